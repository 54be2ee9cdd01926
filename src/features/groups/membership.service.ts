import { insertAll } from '../../platform/bulk.ts';
import type { Tx } from '../../platform/database.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import { readNotice } from '../contents/notice.service.ts';
import { newMember, newStay } from '../conversations/conversation.service.ts';
import type { LogWriter } from '../log/log.service.ts';
import { type NewNotice, writeNotice } from '../messages/notice.service.ts';

/** How people come into a group. */
export interface Joining {
  readonly conversationId: number;
  /** 1 to 100, none of them a member, the own log of each locked. */
  readonly userIds: readonly number[];
  readonly notice: Omit<NewNotice, 'people'>;
  readonly showsHistory: boolean;
}

/**
 * Lets people into a group, whose log and their own logs the writer holds: one notice and one entry that names them all, and a silent JOINED
 * in each own log, by which every node learns to serve them. They see the log from the notice on, or all of it where the group shows its history.
 */
export async function addMembers(writer: LogWriter, { conversationId, userIds, notice, showsHistory }: Joining): Promise<void> {
  const { now } = await writer.stamp();
  const people = { joined: userIds };
  const { seq, rev } = await writeNotice(writer, conversationId, { ...notice, people }, null);
  writer.append(conversationId, { kind: 'MEMBERS', aboutRev: rev, people }, null);
  const returning = await everMembers(writer, { conversationId, userIds });
  const stay = { ...newStay, stateRev: rev, fromSeq: showsHistory ? 1 : seq, readSeq: seq, joinedAt: now };
  const known = new Set(returning.map(({ userId }) => userId));
  const { stateRev, fromSeq, readSeq } = stay;
  await beginStays(writer, { stateRev, fromSeq, readSeq, joinedAt: now, conversationId, userIds: [...known] });
  const fresh = userIds.filter((userId) => !known.has(userId)).map((userId) => ({ ...newMember, ...stay, userId, logId: conversationId }));
  await insertAll(writer, 'Member', fresh);
  await writer.db
    .updateTable('Group')
    .set((eb) => ({ memberCount: eb('memberCount', '+', userIds.length) }))
    .where('id', '=', conversationId)
    .execute();
  for (const userId of userIds) writer.append(userId, { kind: 'JOINED', aboutId: conversationId, aboutRev: rev }, [userId]);
}

/**
 * Of these people, who are no members now, those who were taken out when they went last. The log says so, for as long as nobody brings them back:
 * whatever a stay begins and ends with does not touch it.
 */
export async function removedAmong(tx: Tx, conversationId: number, userIds: readonly number[]): Promise<ReadonlySet<number>> {
  const rows = await removedOf(tx, { conversationId, userIds });
  return new Set(rows.flatMap(({ userId, ...row }) => (readNotice(row).code === 'MEMBER_REMOVED' ? [userId] : [])));
}

type People = Slots<{ conversationId: number; userIds: readonly number[] }>;

const removedOf = createStatement((tx, slot: People) =>
  tx.db
    .selectFrom('Member as m')
    .innerJoin('Message as x', (join) => join.onRef('x.conversationId', '=', 'm.logId').onRef('x.rev', '=', 'm.stateRev'))
    .select(['m.userId', 'x.content', 'x.noticeCode', 'x.noticeNames'])
    .where('m.logId', '=', slot('conversationId'))
    .where('m.userId', 'in', slot('userIds'))
    .where('m.active', '=', 0),
);

const everMembers = createStatement((tx, slot: People) =>
  tx.db.selectFrom('Member').select('userId').where('logId', '=', slot('conversationId')).where('userId', 'in', slot('userIds')),
);

type Stay = { stateRev: number; fromSeq: number; readSeq: number; joinedAt: number; conversationId: number; userIds: readonly number[] };

const beginStays = createStatement((tx, slot: Slots<Stay>) =>
  tx.db
    .updateTable('Member')
    .set({ ...newStay, stateRev: slot('stateRev'), fromSeq: slot('fromSeq'), readSeq: slot('readSeq'), joinedAt: slot('joinedAt') })
    .where('logId', '=', slot('conversationId'))
    .where('userId', 'in', slot('userIds')),
);

/** How somebody goes: by leaving or by being removed. */
export interface Leaving {
  readonly conversationId: number;
  /** A member whose own log is locked. */
  readonly userId: number;
  readonly notice: Omit<NewNotice, 'people'>;
}

/**
 * Lets somebody out of a group, whose log and the person's own log the writer holds. Nothing from the notice on reaches them; in their own log
 * they are told up to which rev to forget it.
 */
export async function endMembership(writer: LogWriter, { conversationId, userId, notice }: Leaving): Promise<void> {
  const people = { left: [userId] };
  const { rev } = await writeNotice(writer, conversationId, { ...notice, people }, null);
  writer.append(conversationId, { kind: 'MEMBERS', aboutRev: rev, people }, null);
  await writer.db.updateTable('Member').set({ active: 0, stateRev: rev }).where('logId', '=', conversationId).where('userId', '=', userId).execute();
  await writer.db
    .updateTable('Group')
    .set((eb) => ({ memberCount: eb('memberCount', '-', 1) }))
    .where('id', '=', conversationId)
    .execute();
  writer.append(userId, { kind: 'LEFT', aboutId: conversationId, aboutRev: rev }, [userId]);
}
