import type { Database, Tx } from '../../platform/database.ts';
import type { LogService, LogWriter } from '../log/log.service.ts';

/** Tells friends and DIRECT peers that somebody's name, profile or chatset has changed, in portions, whatever happens to the node that began. */
export interface ProfileJobService {
  /** Stores the job in the change's own transaction; it is taken up as soon as that has committed. */
  add(writer: LogWriter, userId: number): Promise<void>;
  /** Works on all jobs that are stored, until none is left. Several nodes may do so at once: each portion is told once. */
  runOnce(): Promise<void>;
  /** Takes up jobs by itself from now on: its own at once, those of other nodes within two seconds. */
  start(): void;
  /** Ends that, and resolves when the portion that is being told is through. What is left is taken up by another node, or after the next start. */
  stop(): Promise<void>;
}

const portion = 100;
const intervalMs = 2000;

/** Makes the worker. `onFault` hears of portions that failed; they are tried again. */
export function createProfileJobService(database: Database, log: LogService, onFault: (error: unknown) => void): ProfileJobService {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let wantedAgain = false;

  const tellPortion = (jobId: number) =>
    log.write(async (writer) => {
      const job = await writer.db.selectFrom('ProfileJob').selectAll().where('id', '=', jobId).modifyEnd(writer.dialect.forUpdate).executeTakeFirst();
      if (!job) return false;
      const concerned = (await audienceOf(writer, job.userId)).filter((id) => id > job.toldUpTo).slice(0, portion);
      const logs = await writer.lock(concerned);
      await writer.stamp();
      for (const id of logs.keys()) writer.append(id, { kind: 'PERSON', aboutId: job.userId }, [id]);
      const last = concerned.at(-1);
      const more = last !== undefined && concerned.length === portion;
      if (more) await writer.db.updateTable('ProfileJob').set({ toldUpTo: last }).where('id', '=', jobId).execute();
      else await writer.db.deleteFrom('ProfileJob').where('id', '=', jobId).execute();
      return more;
    });

  const runAll = async (mayGoOn: () => boolean) => {
    for (;;) {
      const jobs = await database.read((tx) => tx.db.selectFrom('ProfileJob').select('id').orderBy('id').limit(portion).execute());
      if (jobs.length === 0) return;
      for (const { id } of jobs) {
        let more = true;
        while (more && mayGoOn()) more = await tellPortion(id);
      }
      if (!mayGoOn()) return;
    }
  };

  const kick = () => {
    if (timer === undefined) return;
    if (running) {
      wantedAgain = true;
      return;
    }
    wantedAgain = false;
    running = runAll(() => timer !== undefined)
      .catch(onFault)
      .finally(() => {
        running = undefined;
        // A job that was stored after the list was read would otherwise wait for the next turn of the timer.
        if (wantedAgain) kick();
      });
  };

  return {
    async add(writer, userId) {
      await writer.db.insertInto('ProfileJob').values({ userId, toldUpTo: 0 }).execute();
      writer.afterCommit(kick);
    },
    runOnce: () => runAll(() => true),
    start() {
      timer ??= setInterval(kick, intervalMs);
      kick();
    },
    async stop() {
      clearInterval(timer);
      timer = undefined;
      await running;
    },
  };
}

/** Friends and DIRECT peers, in ascending order. Peers are found by the person's own memberships, for which there is a key. */
async function audienceOf(tx: Tx, userId: number): Promise<number[]> {
  const friends = await tx.db.selectFrom('Relation').select('otherId').where('userId', '=', userId).where('isFriend', '=', 1).execute();
  const conversations = await tx.db
    .selectFrom('Member as m')
    .innerJoin('Conversation as c', 'c.id', 'm.logId')
    .select(['c.lowUserId', 'c.highUserId'])
    .where('m.userId', '=', userId)
    .where('c.kind', '=', 'DIRECT')
    .execute();
  const peers = conversations.flatMap(({ lowUserId, highUserId }) => [lowUserId, highUserId]);
  const ids = new Set([...friends.map(({ otherId }) => otherId), ...peers.filter((id) => id !== null)]);
  ids.delete(userId);
  return [...ids].sort((a, b) => a - b);
}
