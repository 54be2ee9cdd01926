import type { Config } from '../../config.ts';
import { createWorker } from '../../kernel/worker.ts';
import { insertAll } from '../../platform/bulk.ts';
import type { Database } from '../../platform/database.ts';
import type { LogService, LogWriter } from '../log/log.service.ts';
import { clearFriendRequests, clearJoinRequests, clearSessions } from './leftovers.service.ts';
import { clearVisitors } from './visitors.service.ts';

/** Deletes what strangers make and nobody needs any more: sessions and requests that are over, visitors who left no trace. */
export interface CleaningService {
  /** Looks for it by itself from now on; of several nodes one does. */
  start(): void;
  /** Ends that, and resolves when the portion at hand is through. */
  stop(): Promise<void>;
}

/**
 * One kind of cleaning. Goes through a table by id, which is by age: `clear` looks at the rows behind an id, and gives the last one that it looked at,
 * or null where all that follow are too young.
 */
export type Clear = (writer: LogWriter, upTo: number, before: number) => Promise<number | null>;

/** What is left beside a portion for those who wait for answers: so many times as long as it took. */
const restShare = 3;

/** Makes the service. `onFault` hears of portions that failed; they are tried again. */
export function createCleaningService(database: Database, log: LogService, config: Config['cleaning'], onFault: (error: unknown) => void): CleaningService {
  const tasks: readonly (readonly [name: string, keepMs: number, clear: Clear])[] = [
    ['sessions', config.sessionsMs, clearSessions],
    ['friend requests', config.requestsMs, clearFriendRequests],
    ['join requests', config.requestsMs, clearJoinRequests],
    ['visitors', config.visitorsMs, clearVisitors],
  ];

  /** Does a portion of a task; false: it is not due, through, or another node's. */
  const takePortion = (task: string, keepMs: number, clear: Clear) =>
    log.write(async (writer) => {
      const progress = await writer.db
        .selectFrom('CleaningProgress')
        .selectAll()
        .select(writer.dialect.now.as('now'))
        .where('task', '=', task)
        .modifyEnd(writer.dialect.forUpdateOfFree)
        .executeTakeFirst();
      const now = Number(progress?.now);
      // A clock that went back must not keep it from being due for long.
      if (!progress || (progress.upTo === 0 && progress.dueAt > now && progress.dueAt <= now + config.everyMs)) return false;
      const last = await clear(writer, progress.upTo, now - keepMs);
      const next = last === null ? { upTo: 0, dueAt: now + config.everyMs } : { upTo: last };
      await writer.db.updateTable('CleaningProgress').set(next).where('task', '=', task).execute();
      return last !== null;
    });

  const prepare = () =>
    database.transaction((tx) =>
      insertAll(
        tx,
        'CleaningProgress',
        tasks.map(([task]) => ({ task, upTo: 0, dueAt: 0 })),
        { missing: true },
      ),
    );
  let prepared = false;

  const worker = createWorker({
    everyMs: Math.min(config.everyMs / 4, 60_000),
    onFault,
    async takePortion() {
      if (!prepared) await prepare();
      prepared = true;
      const began = performance.now();
      let more = false;
      for (const [task, keepMs, clear] of tasks) {
        try {
          if (await takePortion(task, keepMs, clear)) more = true;
        } catch (error) {
          // One that fails is not in the way of the others.
          onFault(error);
        }
      }
      return more ? (performance.now() - began) * restShare : null;
    },
  });
  return { start: worker.start, stop: worker.stop };
}
