import type { Database, Tx } from '../../platform/database.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import { namesOf } from '../contents/notice.service.ts';
import type { LogService, LogWriter } from '../log/log.service.ts';
import { createStoredJobs } from '../log/stored-jobs.service.ts';
import { writeNotice } from '../messages/notice.service.ts';
import { nicknamesOf } from './group-lock.service.ts';

/**
 * Gives groups whose owner's account is disabled to the enabled admin, else member, who has been there for longest; visitors own no groups. Where
 * there is nobody the group waits for somebody who comes or whose account is enabled.
 */
export interface OwnerJobService {
  /** Stores in the transaction of what happened to somebody that their groups are to be looked at; they are as soon as that has committed. */
  add(writer: LogWriter, userId: number): Promise<void>;
  /** Takes up jobs by itself from now on: its own at once, those of other nodes within two seconds. */
  start(): void;
  /** Ends that, and resolves when the group at hand is through. What is left is taken up by another node, or after the next start. */
  stop(): Promise<void>;
}

/** Makes the worker. `onFault` hears of what failed; it is tried again. */
export function createOwnerJobService(database: Database, log: LogService, onFault: (error: unknown) => void): OwnerJobService {
  const worker = createStoredJobs(database, log, { next: nextJob, take: takeGroup }, onFault);
  return {
    async add(writer, userId) {
      await writer.db.insertInto('OwnerJob').values({ userId, doneUpTo: 0 }).execute();
      writer.afterCommit(worker.kick);
    },
    start: worker.start,
    stop: worker.stop,
  };
}

async function nextJob(tx: Tx, above: number, resting: readonly number[]): Promise<number | undefined> {
  const [job] = await jobs(tx, { above, resting: [0, ...resting] });
  return job?.id;
}

const jobs = createStatement((tx, slot: Slots<{ above: number; resting: readonly number[] }>) =>
  tx.db.selectFrom('OwnerJob').select('id').where('id', '>', slot('above')).where('id', 'not in', slot.whole('resting')).orderBy('id').limit(1),
);

/** Looks at the next group of a job; APART: makes a small job for it. False: somebody else works on it, or holds the group that it is for. */
async function takeGroup(writer: LogWriter, jobId: number, how: 'TOGETHER' | 'APART'): Promise<boolean> {
  const job = await writer.db.selectFrom('OwnerJob').selectAll().where('id', '=', jobId).modifyEnd(writer.dialect.forUpdateOfFree).executeTakeFirst();
  if (!job) return false;
  const group = await nextGroup(writer, job.userId, job.doneUpTo);
  if (!group || (job.onlyId !== null && job.onlyId !== group.id)) {
    await writer.db.deleteFrom('OwnerJob').where('id', '=', jobId).execute();
    return true;
  }
  const planned = await heirs(writer, group.id);
  const wanted = [group.id, ...planned.map(({ userId }) => userId)];
  const isFree = how === 'TOGETHER' && (await writer.lock(wanted, { onlyFree: true })).size === wanted.length;
  if (!isFree) {
    if (job.onlyId !== null) return false;
    // A node of the version before, which does not know `onlyId`, looks at those after that one again.
    await writer.db
      .insertInto('OwnerJob')
      .values({ userId: job.userId, doneUpTo: group.id - 1, onlyId: group.id })
      .execute();
  } else if (group.needsOwner === 0) {
    // Committed before anybody is looked for: whoever comes or is enabled from here on sees it, and whoever came before is found.
    await writer.db.updateTable('Group').set({ needsOwner: 1 }).where('id', '=', group.id).execute();
    return true;
  } else if (!(await giveAway(writer, group.id, planned))) return true;
  await writer.db.updateTable('OwnerJob').set({ doneUpTo: group.id }).where('id', '=', jobId).execute();
  return true;
}

/** The next group that somebody owns, or is in while it needs an owner. */
async function nextGroup(tx: Tx, userId: number, above: number): Promise<{ readonly id: number; readonly needsOwner: 0 | 1 } | undefined> {
  return await tx.db
    .selectFrom('Member as m')
    .innerJoin('Group as g', 'g.id', 'm.logId')
    .innerJoin('Conversation as c', (join) => join.onRef('c.id', '=', 'g.id').on('c.dissolvedAt', 'is', null))
    .select(['g.id', 'g.needsOwner'])
    .where('m.userId', '=', userId)
    .where('m.active', '=', 1)
    .where('m.logId', '>', above)
    .where((eb) => eb.or([eb('m.role', '=', 'OWNER'), eb('g.needsOwner', '=', 1)]))
    .orderBy('m.logId')
    .limit(1)
    .executeTakeFirst();
}

/** Gives a group to whoever is next, or leaves it as it is where nobody is. False: under the locks it was somebody else, so look again. */
async function giveAway(writer: LogWriter, groupId: number, planned: readonly { readonly userId: number }[]): Promise<boolean> {
  const [owner, heir, ...others] = await heirs(writer, groupId);
  const known = new Set(planned.map(({ userId }) => userId));
  if (!owner || others.length > 0) return true;
  if (!known.has(owner.userId) || (heir && !known.has(heir.userId))) return false;
  const setNeeds = async (needsOwner: 0 | 1) => await writer.db.updateTable('Group').set({ needsOwner }).where('id', '=', groupId).execute();
  if (owner.enabled === 1) await setNeeds(0);
  else if (heir) {
    const [name = ''] = await nicknamesOf(writer, [heir.userId]);
    const changed = [heir.userId, owner.userId];
    await writer.stamp();
    await writeNotice(writer, groupId, { code: 'OWNER_SUCCEEDED', actorId: null, names: namesOf([name]) }, null);
    const member = (userId: number) => writer.db.updateTable('Member').where('logId', '=', groupId).where('userId', '=', userId);
    await member(owner.userId).set({ role: 'ADMIN' }).execute();
    await member(heir.userId).set({ role: 'OWNER', mutedUntil: null }).execute();
    writer.append(groupId, { kind: 'MEMBERS', people: { changed } }, null);
    await setNeeds(0);
  }
  return true;
}

/** The owner of a group, then whoever is to be the next one, if anybody. */
async function heirs(tx: Tx, groupId: number): Promise<readonly { readonly userId: number; readonly enabled: 0 | 1 }[]> {
  const members = tx.db
    .selectFrom('Member as m')
    .innerJoin('User as u', 'u.id', 'm.userId')
    .select(['m.userId', 'u.enabled'])
    .where('m.logId', '=', groupId)
    .where('m.active', '=', 1);
  const owners = await members.where('m.role', '=', 'OWNER').execute();
  const next = members.where('m.role', '!=', 'OWNER').where('u.enabled', '=', 1).where('u.role', '!=', 'VISITOR');
  // ADMIN comes before MEMBER, then as the list of members stands: who joined first.
  const [heir] = await next.orderBy('m.role').orderBy('m.stateRev').orderBy('u.uuid').limit(1).execute();
  return heir ? [...owners, heir] : owners;
}
