import { AppError } from '../../kernel/errors.ts';
import type { RowOf, Tx } from '../../platform/database.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import type { Member } from '../conversations/conversation.entity.ts';
import { refuseReadOnly } from '../conversations/conversation.policy.ts';
import { refuseMuted } from '../conversations/member.policy.ts';
import type { LogService, LogWriter } from '../log/log.service.ts';
import type { GroupRow } from './group.entity.ts';

/** Somebody's place in a group. */
export type MemberRow = RowOf<typeof Member>;

/** A group with what every conversation has: as it is under the lock of its log. */
export type HeldGroup = GroupRow & { readonly uuid: string; readonly name: string; readonly avatar: string | null };

/** Which logs a change of a group needs: its own, and those of the people who join, leave or are told. */
export interface GroupPlan {
  readonly conversationId: number;
  readonly people: readonly number[];
}

/** A transaction that holds the log of a group. */
export interface GroupHolder extends LogWriter {
  readonly group: Pick<HeldGroup, 'id'>;
  /** Begins the whole transaction anew, with a new plan, where the own log of one of these is not held. */
  needs(userIds: readonly number[]): void;
}

/** Likewise, of one that is there, as it is under the lock. */
export interface GroupWriter extends GroupHolder {
  readonly group: HeldGroup;
}

/** Under the locks it turned out that more had to be locked. */
class LocksMissing extends Error {}

const attempts = 8;

/**
 * Changes a group in one transaction. `plan` says by plain reads what to lock, which is then locked in one call, in ascending order; `work`
 * judges everything again under the locks. Throws `NOT_FOUND` where there is no such group, or no more, and `FORBIDDEN` where people only read.
 */
export async function writeGroup<T>(log: LogService, plan: (tx: Tx) => Promise<GroupPlan>, work: (writer: GroupWriter) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await log.write(async (writer) => {
        const { conversationId, people } = await plan(writer);
        const held = await writer.lock([conversationId, ...people]);
        const group = await readHeld(writer, conversationId);
        const needs = (userIds: readonly number[]) => {
          if (userIds.some((id) => !held.has(id))) throw new LocksMissing();
        };
        return await work({ ...writer, group, needs });
      });
    } catch (error) {
      if (!(error instanceof LocksMissing)) throw error;
      if (attempt === attempts) throw new AppError('UNAVAILABLE');
    }
  }
}

async function readHeld(tx: Tx, id: number): Promise<HeldGroup> {
  const row = await tx.db
    .selectFrom('Group as g')
    .innerJoin('Conversation as c', 'c.id', 'g.id')
    .selectAll('g')
    .select(['c.uuid', 'c.name', 'c.avatar'])
    .where('g.id', '=', id)
    .where('c.dissolvedAt', 'is', null)
    .executeTakeFirst();
  if (row) return { ...row, name: row.name ?? '' };
  const other = await tx.db.selectFrom('Conversation').select('kind').where('id', '=', id).executeTakeFirst();
  if (other) refuseReadOnly(other.kind);
  throw new AppError('NOT_FOUND');
}

/** The place of somebody who is a member now. Throws `NOT_FOUND`. */
export async function requireMember(tx: Tx, conversationId: number, userId: number): Promise<MemberRow> {
  const row = await findMember(tx, conversationId, userId);
  if (!row) throw new AppError('NOT_FOUND');
  return row;
}

/** The place of somebody who is a member now, or null. */
export async function findMember(tx: Tx, conversationId: number, userId: number): Promise<MemberRow | null> {
  const row = await tx.db
    .selectFrom('Member')
    .selectAll()
    .where('logId', '=', conversationId)
    .where('userId', '=', userId)
    .where('active', '=', 1)
    .executeTakeFirst();
  return row ?? null;
}

/** The owner and the admins of a group. */
export async function approversOf(tx: Tx, conversationId: number): Promise<number[]> {
  const rows = await tx.db
    .selectFrom('Member')
    .select('userId')
    .where('logId', '=', conversationId)
    .where('active', '=', 1)
    .where('role', 'in', ['OWNER', 'ADMIN'])
    .execute();
  return rows.map(({ userId }) => userId);
}

/** The nickname of somebody whose own log is held. Throws `USER_DISABLED` where the account was disabled since its session was checked. */
export async function requireActor(tx: Tx, userId: number): Promise<string> {
  const row = await tx.db.selectFrom('User').select(['nickname', 'enabled']).where('id', '=', userId).executeTakeFirstOrThrow();
  if (row.enabled === 0) throw new AppError('USER_DISABLED');
  return row.nickname;
}

/**
 * The nickname of a member whose own log is held, who is about to do what the others will see. Throws `USER_DISABLED` likewise, and `MUTED` while
 * the group keeps the member from it; leaving, and taking back what is one's own, passes that.
 */
export async function requireSpeaker(tx: Tx, member: MemberRow): Promise<string> {
  const nickname = await requireActor(tx, member.userId);
  const { now } = await tx.db.selectFrom('Clock').select(tx.dialect.now.as('now')).executeTakeFirstOrThrow();
  refuseMuted(member.mutedUntil, Number(now));
  return nickname;
}

type Uuids = Slots<{ uuids: readonly string[] }>;

const nicknames = createStatement((tx, slot: Slots<{ ids: readonly number[] }>) =>
  tx.db.selectFrom('User').select(['id', 'nickname']).where('id', 'in', slot('ids')),
);
const everybody = createStatement((tx, slot: Uuids) => tx.db.selectFrom('User').select('id').where('uuid', 'in', slot('uuids')));
const enabled = createStatement((tx, slot: Uuids) =>
  tx.db.selectFrom('User').select(['id', 'uuid']).where('uuid', 'in', slot('uuids')).where('enabled', '=', 1),
);

/** The nicknames of these people, in their order. */
export async function nicknamesOf(tx: Tx, userIds: readonly number[]): Promise<string[]> {
  const names = new Map((await nicknames(tx, { ids: userIds })).map(({ id, nickname }) => [id, nickname]));
  return userIds.map((id) => names.get(id) ?? '');
}

/** The ids of people by their uuids, disabled ones included; those who are not there are left out. */
export async function peopleAmong(tx: Tx, uuids: readonly string[]): Promise<number[]> {
  return (await everybody(tx, { uuids })).map(({ id }) => id);
}

/** The ids of enabled people by their uuids, in their order. `NOT_FOUND` with the field where one is not there. */
export async function requirePeople(tx: Tx, field: string, uuids: readonly string[]): Promise<number[]> {
  const rows = await enabled(tx, { uuids });
  const ids = new Map(rows.map(({ id, uuid }) => [uuid, id]));
  return uuids.map((uuid) => {
    const id = ids.get(uuid);
    if (id === undefined) throw new AppError('NOT_FOUND', { field });
    return id;
  });
}
