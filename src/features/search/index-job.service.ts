import { type Database, isDuplicate } from '../../platform/database.ts';
import type { LogService, LogWriter } from '../log/log.service.ts';
import { indexText } from '../messages/text-index.service.ts';
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
      .transaction((tx) => tx.db.insertInto('IndexProgress').values({ id: 1, logId: 0, seq: 0, isDone: 0 }).execute())
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
      // Whoever changes a name or a text holds these locks: the index is made of what is so now.
      await writer.lock(logs.map(({ id }) => id));
      let place: Place = { logId: progress.logId, seq: progress.seq };
      let left = messagesAtOnce;
      for (const { id, kind } of logs) {
        const taken = kind === 'USER' ? await takeUser(writer, id) : await takeMessages(writer, id, id === place.logId ? place.seq : 0, left);
        left -= taken.count;
        place = taken.upTo === null ? { logId: id + 1, seq: 0 } : { logId: id, seq: taken.upTo };
        if (left <= 0) break;
      }
      await writer.db
        .updateTable('IndexProgress')
        .set({ ...place, isDone: logs.length === 0 ? 1 : 0 })
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

interface Place {
  readonly logId: number;
  readonly seq: number;
}

/** What was taken of a log: how many rows, and the seq up to which its messages are through, null where all are. */
interface Taken {
  readonly count: number;
  readonly upTo: number | null;
}

async function takeUser(writer: LogWriter, id: number): Promise<Taken> {
  const user = await writer.db.selectFrom('User').selectAll().where('id', '=', id).executeTakeFirst();
  if (user) await indexNames(writer, id, null, user);
  return { count: 1, upTo: null };
}

async function takeMessages(writer: LogWriter, conversationId: number, after: number, most: number): Promise<Taken> {
  const messages = await writer.db
    .selectFrom('Message')
    .select(['seq', 'text'])
    .where('conversationId', '=', conversationId)
    .where('seq', '>', after)
    .orderBy('seq')
    .limit(most)
    .execute();
  for (const { seq, text } of messages) await indexText(writer, { conversationId, seq }, null, text);
  return { count: messages.length, upTo: messages.length < most ? null : (messages.at(-1)?.seq ?? null) };
}
