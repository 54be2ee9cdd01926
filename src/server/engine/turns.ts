import { type Turns, turn } from '../../kernel/turns.ts';

/**
 * Turns for runs of operations, which together go on for `mostMs` and one more piece. Many who wait go on one after the other, as far as a turn
 * lasts: a long list may have thousands of pieces, which must not all go on in the next one.
 */
export function createRunTurns(mostMs: number): Turns {
  let began: number | null = null;
  let isOver = false;
  let waiting: (() => void)[] = [];
  let isServing = false;

  const end = () => {
    began = null;
    isOver = false;
  };

  const look = (): boolean => {
    if (isOver) return true;
    const now = performance.now();
    if (began !== null) isOver = now - began >= mostMs;
    else {
      began = now;
      setImmediate(end);
    }
    return isOver;
  };

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
    }
    isServing = false;
  };

  return {
    wait() {
      if (!look()) return null;
      if (!isServing) {
        isServing = true;
        void serve();
      }
      return new Promise((resolve) => waiting.push(resolve));
    },
  };
}

/** A line for pieces of work that cannot be cut: each who waits has a turn of the event loop alone. */
export function createOwnTurns(): () => Promise<void> {
  let last = Promise.resolve();
  return () => {
    last = last.then(turn);
    return last;
  };
}
