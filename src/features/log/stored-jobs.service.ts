import { AppError } from '../../kernel/errors.ts';
import { createSetbacks } from '../../kernel/setbacks.ts';
import { createWorker, type Worker } from '../../kernel/worker.ts';
import { type Database, isDatabaseAway, type Tx } from '../../platform/database.ts';
import type { LogService, LogWriter } from './log.service.ts';

/** A kind of work of which each piece is a row, stored in the transaction of what made it necessary, and is done in portions by any node. */
export interface StoredJob {
  /** The id of the next job above one that is due, without those that are left alone. */
  next(tx: Tx, above: number, resting: readonly number[]): Promise<number | undefined>;
  /**
   * Does a portion of a job, and notes in the same transaction how far that is; or APART: makes a job of its own for each thing in the portion, so
   * that what fails keeps nothing else from being done. False: nothing came of it, because another node works on it, somebody holds what it needs,
   * or it is for one thing already. What is locked is never waited for.
   */
  take(writer: LogWriter, id: number, how: 'TOGETHER' | 'APART'): Promise<boolean>;
}

const intervalMs = 2000;

/** How long a job that has failed is left alone. */
const pauses = { firstMs: 2000, longestMs: 600_000, most: 400 } as const;

/**
 * Makes the worker of one kind. All jobs take turns, a portion of each, so that none stands in the way of another: neither one with very much to do,
 * nor one that fails, nor one of which another node holds something. `onFault` hears once of each that fails; it is tried again, each time later.
 */
export function createStoredJobs(database: Database, log: LogService, { next, take }: StoredJob, onFault: (error: unknown) => void): Worker {
  const setbacks = createSetbacks<number>(pauses);
  /** The last job that had its turn, and whether anything was done since the first one had. */
  let mark = 0;
  let progressed = false;

  const portion = async (id: number, how: 'TOGETHER' | 'APART'): Promise<boolean> => {
    const isDone = await log.write((writer) => take(writer, id, how), { attempts: 2 });
    if (isDone) setbacks.clear(id);
    return isDone;
  };

  const attempt = async (id: number): Promise<boolean> => {
    try {
      return await portion(id, 'TOGETHER');
    } catch (error) {
      // Where the database is away it is so for all of them.
      if (isDatabaseAway(error)) throw error;
      if (setbacks.add(id)) onFault(error);
      return error instanceof AppError && error.code === 'UNAVAILABLE' ? false : await portion(id, 'APART');
    }
  };

  return createWorker({
    everyMs: intervalMs,
    onFault,
    async takePortion() {
      const id = await database.read((tx) => next(tx, mark, setbacks.resting()));
      if (id === undefined) {
        const again = progressed;
        [mark, progressed] = [0, false];
        return again ? 0 : null;
      }
      mark = id;
      try {
        if (await attempt(id)) progressed = true;
      } catch (error) {
        // What keeps it from being made into smaller ones is what was said of it already.
        if (isDatabaseAway(error)) throw error;
      }
      return 0;
    },
  });
}
