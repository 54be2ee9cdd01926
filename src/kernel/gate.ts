import { AppError } from './errors.ts';
import { createFairLine } from './fair-line.ts';

/** Lets a bounded number of tasks run at once; the others wait in order. */
export interface Gate {
  /** How many tasks run. */
  readonly running: number;
  /** How many wait. */
  readonly waiting: number;
  /**
   * Runs the task when there is room. Tasks of the same owner take turns with those of others, however many they are; without an owner each is its
   * own. Throws `UNAVAILABLE` at once where too many wait already.
   */
  run<T>(task: () => Promise<T>, owner?: number | string): Promise<T>;
}

interface Waiting {
  readonly owner: unknown;
  goOn(): void;
}

/** A gate for `atOnce` tasks, with at most `waiting` more in the line (default: no bound). */
export function createGate(atOnce: number, waiting = Number.POSITIVE_INFINITY): Gate {
  let running = 0;
  const line = createFairLine<Waiting>(({ owner }) => owner);

  /** The one that leaves hands its place over, so `running` does not change and nobody can slip in between. */
  const leave = (): void => {
    const next = line.shift();
    if (next) next.goOn();
    else running -= 1;
  };

  return {
    get running() {
      return running;
    },
    get waiting() {
      return line.size;
    },
    async run(task, owner) {
      if (running >= atOnce) {
        if (line.size >= waiting) throw new AppError('UNAVAILABLE');
        await new Promise<void>((resolve) => line.push({ owner: owner ?? Symbol('alone'), goOn: resolve }));
      } else running += 1;
      try {
        return await task();
      } finally {
        leave();
      }
    },
  };
}
