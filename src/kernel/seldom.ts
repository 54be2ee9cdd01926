/**
 * Makes a function that calls `say` at most once in `ms`, the first time at once: for what strangers could otherwise fill a log with.
 * `times` is how often it was asked for since the last word, this time included.
 */
export function createSeldom(ms: number): (say: (times: number) => void) => void {
  let times = 0;
  let last = Number.NEGATIVE_INFINITY;
  return (say) => {
    times += 1;
    const now = performance.now();
    if (now - last < ms) return;
    last = now;
    const count = times;
    times = 0;
    say(count);
  };
}
