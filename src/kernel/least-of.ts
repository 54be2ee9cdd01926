/** The first `count` of many in an order, without bringing the others into it. */
export function leastOf<T>(items: Iterable<T>, count: number, compare: (one: T, other: T) => number): T[] {
  let kept: T[] = [];
  /** What comes behind it is none of them. */
  let last: T | undefined;
  const cut = () => {
    kept = kept.sort(compare).slice(0, count);
  };
  for (const item of items) {
    if (last !== undefined && compare(item, last) >= 0) continue;
    kept.push(item);
    if (kept.length < count * 2) continue;
    cut();
    last = kept.at(-1);
  }
  cut();
  return kept;
}
