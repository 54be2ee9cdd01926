/** Gives the event loop its turn where operations have gone on for long: whoever else wants something waits no longer than that. */
export interface Turns {
  /** Whether the present turn has lasted long enough. Cheap: it mostly only counts. */
  isDue(): boolean;
  /** Resolves in a later turn. Many who wait go on one after the other, as far as a turn lasts. */
  next(): Promise<void>;
}

/** How many ask before the clock is looked at. */
const asksPerLook = 4;

/** Makes it for one event loop, whose turns are to last at most so many milliseconds. */
export function createTurns(ms: number): Turns {
  // Between two looks there may be as much again.
  const due = ms / 2;
  let began: number | null = null;
  let isOverdue = false;
  let asks = 0;
  let waiting: (() => void)[] = [];
  let serving = false;

  const over = () => {
    began = null;
    isOverdue = false;
  };

  const look = (): boolean => {
    const now = performance.now();
    if (began === null) {
      began = now;
      setImmediate(over);
    } else isOverdue = now - began >= due;
    return isOverdue;
  };

  const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

  const serve = async () => {
    await turn();
    for (let line = waiting; line.length > 0; line = waiting) {
      waiting = [];
      for (const goOn of line) {
        goOn();
        // What was let go on does so now.
        await null;
        if (look()) await turn();
      }
      await null;
      if (waiting.length > 0) await turn();
    }
    serving = false;
  };

  return {
    isDue() {
      if (isOverdue) return true;
      asks += 1;
      return asks % asksPerLook === 0 && look();
    },
    next() {
      return new Promise<void>((resolve) => {
        waiting.push(resolve);
        if (serving) return;
        serving = true;
        void serve();
      });
    },
  };
}
