import type { Database, Tx } from '../../platform/database.ts';
import type { Batch, Shape } from './event-batch.ts';

/** Reads what is listed in one moment of the database; without a batch whatever is asked. */
export type ReadMoment = <T>(work: (tx: Tx) => Promise<T>, batch?: Batch) => Promise<T>;

/** So many times a selection is not tried at a glance after one was not enough for it. */
const rest = 64;

/**
 * Makes it: at a glance, where all that is listed is known and nothing of it has changed since, which is one packet and no wait; else in a snapshot. What
 * was begun at a glance that did not do is dropped as it is.
 */
export function createMoments({ snapshot, glance }: Pick<Database, 'snapshot' | 'glance'>): ReadMoment {
  /** Selections that need more than one packet, and how often they are to be left alone yet. */
  const deep = new WeakMap<Shape, number>();

  const mayDo = ({ forMany, forOne }: Batch): boolean => {
    if (forOne.length > 0) return false;
    let isShallow = true;
    for (const [shape, events] of forMany) {
      const left = deep.get(shape) ?? 0;
      if (left > 0) {
        deep.set(shape, left - 1);
        isShallow = false;
      }
      for (const { isKnown } of events.keys()) if (isKnown?.() !== true) return false;
    }
    return isShallow;
  };

  return async (work, batch) => {
    if (!batch || !mayDo(batch)) return await snapshot(work);
    const seen = await glance(work);
    if (typeof seen === 'object') return seen.found;
    if (seen === 'MORE') for (const shape of batch.forMany.keys()) deep.set(shape, rest);
    return await snapshot(work);
  };
}
