import { AppError } from '../../kernel/errors.ts';
import type { Database, Tx } from '../../platform/database.ts';
import type { Batch, Shape } from './batch.ts';

/** Reads what is listed in one moment of the database; without a batch whatever is asked. */
export type ReadMoment = <T>(work: (tx: Tx) => Promise<T>, batch?: Batch) => Promise<T>;

/** How often a selection is not tried at a glance after one was not enough: twice as often each time, up to so often. */
const longestRest = 64;

/** What is known of a selection that needs more than one packet at times. */
interface Rest {
  /** How often it is to be left alone yet. */
  left: number;
  /** How often it was, the last time. */
  last: number;
}

/**
 * Makes it: at a glance, where all that is listed is known and nothing of it has changed since, which is one packet and no wait; else in a snapshot. What
 * was begun at a glance that did not do is dropped as it is.
 */
export function createMoments({ snapshot, glance }: Pick<Database, 'snapshot' | 'glance'>): ReadMoment {
  const resting = new WeakMap<Shape, Rest>();

  const mayDo = ({ forMany, forOne }: Batch): boolean => {
    if (forOne.length > 0) return false;
    for (const events of forMany.values()) for (const { isKnown } of events.keys()) if (isKnown?.() !== true) return false;
    let isRested = true;
    for (const shape of forMany.keys()) {
      const rest = resting.get(shape);
      if (!rest || rest.left === 0) continue;
      rest.left -= 1;
      isRested = false;
    }
    return isRested;
  };

  return async (work, batch) => {
    if (!batch || !mayDo(batch)) return await snapshot(work);
    const seen = await glance(work).catch((error: unknown) => {
      if (error instanceof AppError && error.code === 'UNAVAILABLE') throw error;
      // Whose fault it is shows in a snapshot, where one question that fails is the matter of that one.
      return 'MORE' as const;
    });
    for (const shape of batch.forMany.keys()) {
      const last = Math.min(longestRest, (resting.get(shape)?.last ?? 0.5) * 2);
      if (seen === 'MORE') resting.set(shape, { left: last, last });
      else if (seen !== 'CHANGED') resting.delete(shape);
    }
    return typeof seen === 'object' ? seen.found : await snapshot(work);
  };
}
