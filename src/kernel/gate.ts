import { AppError } from './errors.ts';

/** Lets a bounded number of tasks run at once; the others wait in order. */
export interface Gate {
  /** Runs the task when there is room. Throws `UNAVAILABLE` at once where too many wait already. */
  run<T>(task: () => Promise<T>): Promise<T>;
}

/** A gate for `atOnce` tasks, with at most `waiting` more in the line (default: no bound). */
export function createGate(atOnce: number, waiting = Number.POSITIVE_INFINITY): Gate {
  let running = 0;
  const line: (() => void)[] = [];
  return {
    async run(task) {
      if (running >= atOnce) {
        if (line.length >= waiting) throw new AppError('UNAVAILABLE');
        // The one that leaves hands its place over, so `running` does not change and nobody can slip in between.
        await new Promise<void>((resolve) => line.push(resolve));
      } else running += 1;
      try {
        return await task();
      } finally {
        const next = line.shift();
        if (next) next();
        else running -= 1;
      }
    },
  };
}
