import { insertAll } from '../../platform/bulk.ts';
import type { Database, Tx } from '../../platform/database.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import type { LogService, LogWriter } from '../log/log.service.ts';
import { createStoredJobs } from '../log/stored-jobs.service.ts';
import type { ProfileJobRow } from './user.entity.ts';
import { friendsAmong } from './user.policy.ts';

/** Tells friends and DIRECT peers that somebody's name, profile or chatset has changed, in portions, whatever happens to the node that began. */
export interface ProfileJobService {
  /**
   * Stores the job in the change's own transaction; it is taken up as soon as that has committed. Where others were told of the same person not long
   * ago, it rests for a while, and whatever changes meanwhile is told with it.
   */
  add(writer: LogWriter, userId: number): Promise<void>;
  /** Takes up jobs by itself from now on: its own at once, those of other nodes within two seconds. */
  start(): void;
  /** Ends that, and resolves when the portion that is being told is through. What is left is taken up by another node, or after the next start. */
  stop(): Promise<void>;
}

/** People who are told in one transaction. */
const together = 100;

/** Makes the worker. `restMs`: for how long a job rests at most before it is begun. `onFault` hears of what failed; it is tried again. */
export function createProfileJobService(database: Database, log: LogService, restMs: number, onFault: (error: unknown) => void): ProfileJobService {
  const job = { next: (tx: Tx, above: number, resting: readonly number[]) => nextJob(tx, above, resting, restMs), take: tellPortion };
  const worker = createStoredJobs(database, log, job, onFault);
  return {
    async add(writer, userId) {
      const { now } = await writer.stamp();
      if (await isWaiting(writer, userId)) return;
      const dueAt = Math.max(now, (await lastChange(writer, userId)) + restMs);
      await writer.db.insertInto('ProfileJob').values({ userId, toldUpTo: 0, dueAt }).execute();
      writer.afterCommit(() => (dueAt > now ? void setTimeout(worker.kick, dueAt - now).unref() : worker.kick()));
    },
    start: worker.start,
    stop: worker.stop,
  };
}

/** The next job that is due. One that is due later than any may rest is left over from a clock that was ahead. */
async function nextJob(tx: Tx, above: number, resting: readonly number[], restMs: number): Promise<number | undefined> {
  const [job] = await dueJobs(tx, { above, resting: [0, ...resting], restMs });
  return job?.id;
}

const dueJobs = createStatement(({ db, dialect: { now } }, slot: Slots<{ above: number; resting: readonly number[]; restMs: number }>) =>
  db
    .selectFrom('ProfileJob')
    .select('id')
    .where('id', '>', slot('above'))
    .where('id', 'not in', slot.whole('resting'))
    .where((eb) => eb.or([eb('dueAt', 'is', null), eb('dueAt', '<=', now), eb(eb('dueAt', '-', slot('restMs')), '>', now)]))
    .orderBy('id')
    .limit(1),
);

/** Whether a job of somebody waits that nobody has begun. It is locked then: whoever takes it up sees what this transaction has changed. */
async function isWaiting(writer: LogWriter, userId: number): Promise<boolean> {
  const query = writer.db
    .selectFrom('ProfileJob')
    .select('id')
    .where('userId', '=', userId)
    .where('toldUpTo', '=', 0)
    .where('peersUpTo', 'is', null)
    .where('onlyId', 'is', null);
  return (await query.limit(1).modifyEnd(writer.dialect.forUpdateOfFree).executeTakeFirst()) !== undefined;
}

/** How far back in somebody's own log a change of theirs is looked for. */
const lookBack = 20;

/** When somebody's profile has changed last, as far as the end of their own log says, before this transaction; 0: not lately. */
async function lastChange(tx: Tx, userId: number): Promise<number> {
  const entries = await tx.db
    .selectFrom('Entry')
    .select(['at', 'kind', 'aboutId'])
    .where('logId', '=', userId)
    .orderBy('rev', 'desc')
    .limit(lookBack)
    .execute();
  return entries.find(({ kind, aboutId }) => kind === 'PERSON' && aboutId === userId)?.at ?? 0;
}

/**
 * Tells the next of those whom a job concerns; APART: makes a small job for each of them, so that whoever cannot be told keeps nobody else from it.
 * False: somebody else works on it, or holds the one whom it is for.
 */
async function tellPortion(writer: LogWriter, jobId: number, how: 'TOGETHER' | 'APART'): Promise<boolean> {
  const job = await writer.db.selectFrom('ProfileJob').selectAll().where('id', '=', jobId).modifyEnd(writer.dialect.forUpdateOfFree).executeTakeFirst();
  if (!job) return false;
  const { ids, next } = await nextOf(writer, job);
  const free = how === 'APART' ? new Map<number, unknown>() : await writer.lock(ids, { onlyFree: true });
  // Whoever writes into these logs at this moment is not waited for: each becomes a small job of its own.
  const busy = await existing(
    writer,
    ids.filter((id) => !free.has(id)),
  );
  if (job.onlyId !== null && busy.length > 0) return false;
  await writer.stamp();
  for (const id of free.keys()) writer.append(id, { kind: 'PERSON', aboutId: job.userId }, [id]);
  await insertAll(
    writer,
    'ProfileJob',
    // A node of the version before, which does not know `onlyId`, tells those after that one again.
    busy.map((id) => ({ userId: job.userId, toldUpTo: id - 1, onlyId: id })),
  );
  if (next) await writer.db.updateTable('ProfileJob').set(next).where('id', '=', jobId).execute();
  else await writer.db.deleteFrom('ProfileJob').where('id', '=', jobId).execute();
  return true;
}

/** Those of these people who have a log. */
async function existing(tx: Tx, userIds: readonly number[]): Promise<number[]> {
  return (await logsAmong(tx, { ids: userIds })).map(({ id }) => id);
}

const logsAmong = createStatement((tx, slot: Slots<{ ids: readonly number[] }>) => tx.db.selectFrom('Log').select('id').where('id', 'in', slot('ids')));

interface Portion {
  readonly ids: readonly number[];
  /** How far the job is after these; null: through. */
  readonly next: Partial<ProfileJobRow> | null;
}

/**
 * The next whom a job concerns: friends by their ids first, then DIRECT peers who are no friends by the ids of the conversations. Each portion begins
 * in the key where the one before ended, so that all together cost as much as there are people.
 */
async function nextOf(tx: Tx, job: ProfileJobRow): Promise<Portion> {
  if (job.onlyId !== null) return { ids: [job.onlyId], next: null };
  if (job.peersUpTo === null) {
    const friends = await tx.db
      .selectFrom('Relation')
      .select('otherId')
      .where('userId', '=', job.userId)
      .where('otherId', '>', job.toldUpTo)
      .where('isFriend', '=', 1)
      .orderBy('otherId')
      .limit(together)
      .execute();
    const ids = friends.map(({ otherId }) => otherId);
    // A node of the version before would go on with all whose ids are above: so that it leaves out nobody, it is told to begin anew.
    return { ids, next: ids.length < together ? { toldUpTo: 0, peersUpTo: 0 } : { toldUpTo: ids.at(-1) ?? 0 } };
  }
  const conversations = await tx.db
    .selectFrom('Member as m')
    .innerJoin('Conversation as c', 'c.id', 'm.logId')
    .select(['m.logId', 'c.lowUserId', 'c.highUserId'])
    .where('m.userId', '=', job.userId)
    .where('m.logId', '>', job.peersUpTo)
    .where('c.kind', '=', 'DIRECT')
    .orderBy('m.logId')
    .limit(together)
    .execute();
  const peers = conversations.flatMap(({ lowUserId, highUserId }) => (lowUserId === job.userId ? highUserId : lowUserId) ?? []);
  const told = await friendsAmong(tx, job.userId, peers);
  const last = conversations.at(-1);
  return { ids: peers.filter((id) => !told.has(id)), next: last && conversations.length === together ? { peersUpTo: last.logId } : null };
}
