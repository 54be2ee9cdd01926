import type { Config } from '../../config.ts';
import { createWorker } from '../../kernel/worker.ts';
import { insertAll } from '../../platform/bulk.ts';
import { type Database, isDatabaseAway } from '../../platform/database.ts';
import { portionSize } from '../../platform/portions.ts';
import type { PermissionService } from '../contacts/permission.service.ts';
import type { LogService, LogWriter } from '../log/log.service.ts';
import { clearDissolved } from './dissolved.service.ts';
import { type Aged, clearFriendRequests, clearJoinRequests, clearSessions } from './leftovers.service.ts';
import { clearVisitors } from './visitors.service.ts';

/** Deletes what strangers make and nobody needs any more: sessions and requests that are over, visitors who left no trace, and the files of dissolved groups. */
export interface CleaningService {
  /** Looks for it by itself from now on; of several nodes one does. */
  start(): void;
  /** Ends that, and resolves when the portion at hand is through. */
  stop(): Promise<void>;
}

/** One kind of cleaning: goes through a table by id, which is by age. */
interface Task {
  readonly name: string;
  readonly table: 'Session' | 'FriendRequest' | 'JoinRequest' | 'User' | 'Conversation';
  readonly keepMs: number;
  /** How many rows are looked at in one transaction. */
  readonly together: number;
  /**
   * Deletes those of the rows that are not needed any more since a time; judges that under locks, or in the statement that deletes. Gives the row with which
   * to go on where it has left some for another transaction.
   */
  readonly clear: (writer: LogWriter, rows: readonly Aged[], before: number) => Promise<number | null>;
}

/** What is left beside a portion for those who wait for answers: so many times as long as it took. */
const restShare = 3;

/** What the service stands on. */
export interface CleaningParts {
  readonly database: Database;
  readonly log: LogService;
  readonly permissions: PermissionService;
  readonly config: Config['cleaning'];
  /** Told of portions that failed; they are tried again. */
  readonly onFault: (error: unknown) => void;
}

/** Makes the service. */
export function createCleaningService({ database, log, permissions, config, onFault }: CleaningParts): CleaningService {
  const visitors: Task['clear'] = (writer, rows, before) => clearVisitors(writer, permissions, rows, before);
  const tasks: readonly Task[] = [
    { name: 'sessions', table: 'Session', keepMs: config.sessionsMs, together: portionSize, clear: clearSessions },
    { name: 'friend requests', table: 'FriendRequest', keepMs: config.requestsMs, together: portionSize, clear: clearFriendRequests },
    { name: 'join requests', table: 'JoinRequest', keepMs: config.requestsMs, together: portionSize, clear: clearJoinRequests },
    { name: 'visitors', table: 'User', keepMs: config.visitorsMs, together: 100, clear: visitors },
    { name: 'dissolved groups', table: 'Conversation', keepMs: 0, together: portionSize, clear: clearDissolved },
  ];
  /** How many rows of a task are looked at at once, where more have failed: so the one that fails is found, and passed over until the next round. */
  const fewer = new Map<string, number>();

  /** Does a portion of a task; false: it is not due, through, or another node's. */
  const takePortion = ({ name, table, keepMs, together, clear }: Task, passesOver = false) =>
    log.write(
      async (writer) => {
        const progress = await writer.db
          .selectFrom('CleaningProgress')
          .selectAll()
          .select(writer.dialect.now.as('now'))
          .where('task', '=', name)
          .modifyEnd(writer.dialect.forUpdateOfFree)
          .executeTakeFirst();
        const now = Number(progress?.now);
        // A clock that went back must not keep it from being due for long.
        if (!progress || (progress.upTo === 0 && progress.dueAt > now && progress.dueAt <= now + config.everyMs)) return false;
        const before = now - keepMs;
        const size = Math.min(together, fewer.get(name) ?? together);
        const rows = await writer.db.selectFrom(table).select(['id', 'createdAt']).where('id', '>', progress.upTo).orderBy('id').limit(size).execute();
        const left = passesOver ? null : await clear(writer, rows, before);
        const last = rows.at(-1);
        if (left !== null) {
          await writer.db
            .updateTable('CleaningProgress')
            .set({ upTo: left - 1 })
            .where('task', '=', name)
            .execute();
          return true;
        }
        const isThrough = last === undefined || rows.length < size || last.createdAt >= before;
        const next = isThrough ? { upTo: 0, dueAt: now + config.everyMs } : { upTo: last.id };
        await writer.db.updateTable('CleaningProgress').set(next).where('task', '=', name).execute();
        return !isThrough;
      },
      { attempts: 2 },
    );

  /** Likewise, whatever fails in it: looks at fewer rows then, at last at the one that fails, and goes on behind it. */
  const attempt = async (task: Task): Promise<boolean> => {
    const size = fewer.get(task.name) ?? task.together;
    try {
      const more = await takePortion(task);
      if (size < task.together) fewer.set(task.name, size * 2);
      return more;
    } catch (error) {
      if (isDatabaseAway(error)) throw error;
      if (size > 1) fewer.set(task.name, Math.ceil(size / 4));
      else onFault(error);
      return size > 1 || (await takePortion(task, true));
    }
  };

  const prepare = () =>
    database.transaction((tx) =>
      insertAll(
        tx,
        'CleaningProgress',
        tasks.map(({ name }) => ({ task: name, upTo: 0, dueAt: 0 })),
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
      for (const task of tasks) if (await attempt(task)) more = true;
      return more ? (performance.now() - began) * restShare : null;
    },
  });
  return { start: worker.start, stop: worker.stop };
}
