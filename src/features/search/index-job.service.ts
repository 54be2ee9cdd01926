import { type Database, isDuplicate } from '../../platform/database.ts';
import type { LogService, LogWriter } from '../log/log.service.ts';
import { indexNext } from '../messages/text-index.service.ts';
import { indexNames } from '../users/name-index.service.ts';

/**
 * Takes what was written before there was an index into it, in portions, once in the life of a database: until it is through, searching finds
 * only a part of that. What is written meanwhile is found at once, as always.
 */
export interface IndexJob {
  /** Goes on where it stopped, until all is through. Several nodes may do so at once: they take turns. */
  run(): Promise<void>;
  /** Does that by itself, and tries again where it fails. */
  start(): void;
  /** Ends that, and resolves when the portion at hand is through. The next start goes on. */
  stop(): Promise<void>;
}

/** How much one transaction takes: writers of these logs wait for it. */
const logsAtOnce = 50;
const messagesAtOnce = 100;
const retryMs = 2000;

/** Makes the job. `onFault` hears of portions that failed. */
export function createIndexJob(database: Database, log: LogService, onFault: (error: unknown) => void): IndexJob {
  let stopped = false;
  let running: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;

  const prepare = async (): Promise<void> => {
    if (await database.read((tx) => tx.db.selectFrom('IndexProgress').select('id').executeTakeFirst())) return;
    await database
      .transaction((tx) => tx.db.insertInto('IndexProgress').values({ id: 1, logId: 0, isDone: 0 }).execute())
      .catch((error: unknown) => {
        if (!isDuplicate(error)) throw error;
      });
  };

  /** Some logs, or a portion of the messages of one. False: nothing is left. */
  const takePortion = () =>
    log.write(async (writer) => {
      const progress = await writer.db.selectFrom('IndexProgress').selectAll().modifyEnd(writer.dialect.forUpdate).executeTakeFirstOrThrow();
      if (progress.isDone === 1) return false;
      const logs = await writer.db.selectFrom('Log').select(['id', 'kind']).where('id', '>=', progress.logId).orderBy('id').limit(logsAtOnce).execute();
      // Whoever changes a name holds these locks: the index is made of what is so now.
      await writer.lock(logs.map(({ id }) => id));
      let { logId } = progress;
      let left = messagesAtOnce;
      for (const { id, kind } of logs) {
        const taken = kind === 'USER' ? await takeUser(writer, id) : await indexNext(writer, id, { least: 1, most: left });
        left -= taken;
        if (left <= 0) break;
        logId = id + 1;
      }
      await writer.db
        .updateTable('IndexProgress')
        .set({ logId, isDone: logs.length === 0 ? 1 : 0 })
        .execute();
      return logs.length > 0;
    });

  const run = async () => {
    await prepare();
    while (!stopped && (await takePortion()));
  };
  const begin = () => {
    running = run().catch((error: unknown) => {
      onFault(error);
      if (!stopped) timer = setTimeout(begin, retryMs);
    });
  };

  return {
    run,
    start: begin,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}

async function takeUser(writer: LogWriter, id: number): Promise<number> {
  const user = await writer.db.selectFrom('User').selectAll().where('id', '=', id).executeTakeFirst();
  if (user) await indexNames(writer, id, null, user);
  return 1;
}
