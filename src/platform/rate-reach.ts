import { AppError } from '../kernel/errors.ts';

/** How long to wait for Redis, in milliseconds: a Redis that hangs must not make everybody wait. */
const patienceMs = 100;

/** For how long a Redis that did not answer is not asked, in milliseconds. */
const awayMs = 1000;

/** Redis as limiters ask it: not for long, and not again at once where it did not answer. */
export interface Reach {
  /** Whether it is not asked for now. */
  isAway(): boolean;
  /** What it answers; `otherwise` where it does not. What it refuses is an answer. */
  ask<T>(question: () => Promise<T>, otherwise: () => T | Promise<T>): Promise<T>;
}

/** Makes it. All who ask the same Redis share one. */
export function createReach(): Reach {
  let awayUntil = Number.NEGATIVE_INFINITY;
  const isAway = () => performance.now() < awayUntil;
  return {
    isAway,
    async ask(question, otherwise) {
      if (isAway()) return await otherwise();
      try {
        return await soon(question());
      } catch (error) {
        if (error instanceof AppError && error.code === 'RATE_LIMITED') throw error;
        awayUntil = performance.now() + awayMs;
        return await otherwise();
      }
    },
  };
}

async function soon<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    // The answer may have come while this process was busy, and only waits to be read.
    timer = setTimeout(() => setImmediate(() => reject(new Error('Redis did not answer in time'))), patienceMs);
  });
  return await Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
