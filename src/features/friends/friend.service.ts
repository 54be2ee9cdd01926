import { randomUUID } from 'node:crypto';
import { AppError } from '../../kernel/errors.ts';
import { nameLimit, requireName } from '../../kernel/names.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import type { Bus } from '../../platform/bus.ts';
import type { RelationRow } from '../contacts/relation.entity.ts';
import { readRelation, requireOther, writeRelation } from '../contacts/relation.service.ts';
import { createDirect, findDirect } from '../conversations/conversation.service.ts';
import type { LogService, LogWriter } from '../log/log.service.ts';
import { writeNotice } from '../messages/notice.service.ts';
import type { UserRow } from '../users/user.entity.ts';
import { requireStillEnabled } from '../users/user.service.ts';

/** What a user keeps of a friend; null or absent as said with each. */
export interface FriendChange {
  /** 1 to 50 characters; null clears, absent leaves. */
  readonly remark?: string | null | undefined;
  /** Null or absent leaves. */
  readonly isStarred?: boolean | null | undefined;
}

/** Two people who are to become friends. */
export interface Befriending {
  /** Who made it happen. */
  readonly actorId: number;
  readonly otherId: number;
  /** The id of their DIRECT conversation, as `lockDirect` gave it. */
  readonly directId: number | null;
  /** The actor's name for the other one; absent leaves. */
  readonly remark?: string | null | undefined;
}

/** Friendships: what begins and ends them, and what each keeps of a friend. */
export interface FriendService {
  /**
   * Makes two people friends, who are none yet: with a notice in their DIRECT conversation, which is made where there is none. The writer holds
   * both own logs and the conversation's. Tells both; requests are the caller's matter.
   */
  befriend(writer: LogWriter, pair: Befriending): Promise<void>;
  /** Changes the viewer's remark and star for a friend, which nobody else sees. Throws `NOT_FOUND` where the two are no friends. */
  update(viewer: Viewer, uuid: string, change: FriendChange): Promise<UserRow>;
  /**
   * Ends a friendship for both. Remarks and stars are gone on both sides: only friends have them. Who has written and what was sent before count
   * anew from here on. Doing it again changes nothing. Throws `USER_DISABLED` where the viewer was disabled since the session was checked.
   */
  remove(viewer: Viewer, uuid: string): Promise<UserRow>;
}

/** Locks the DIRECT conversation of two people whose own logs the writer holds, and gives its id; null where there is none. */
export async function lockDirect(writer: LogWriter, oneId: number, otherId: number): Promise<number | null> {
  const id = await findDirect(writer, oneId, otherId);
  // Its log is younger than both people's, so its id is above theirs and the order of locks holds.
  if (id !== null) await writer.lock([id]);
  return id;
}

/** A remark without the blanks around it; null and absent as they are. `BAD_USER_INPUT` where it does not have 1 to 50 characters. */
export function requireRemark(value: string | null | undefined): string | null | undefined {
  if (value === null || value === undefined) return value;
  return requireName('remark', value, nameLimit);
}

/** Makes the service. */
export function createFriendService(log: LogService, bus: Bus): FriendService {
  const userById = (writer: LogWriter, id: number) => writer.db.selectFrom('User').selectAll().where('id', '=', id).executeTakeFirstOrThrow();

  /** Tells both that they are something else to each other now. */
  const tell = (writer: LogWriter, oneId: number, otherId: number) => {
    writer.append(oneId, { kind: 'PERSON', aboutId: otherId }, [oneId]);
    writer.append(otherId, { kind: 'PERSON', aboutId: oneId }, [otherId]);
    // Friends see each other's presence, others mostly do not: whoever watches it judges anew.
    for (const userId of [oneId, otherId]) writer.afterCommit(() => bus.publish(`presence:${userId}`, { kind: 'PRESENCE', userId }));
  };

  return {
    async befriend(writer, { actorId, otherId, directId, remark }) {
      const people = [actorId, otherId];
      await writer.stamp();
      await writeRelation(writer, { userId: actorId, otherId }, { isFriend: 1, ...(remark !== undefined && { remark }) });
      await writeRelation(writer, { userId: otherId, otherId: actorId }, { isFriend: 1 });
      tell(writer, actorId, otherId);
      const conversationId = directId ?? (await createDirect(writer, randomUUID(), actorId, otherId));
      await writeNotice(writer, conversationId, { code: 'FRIENDS', actorId, names: {} }, people);
    },
    async update(viewer, uuid, change) {
      const remark = requireRemark(change.remark);
      return await log.write(async (writer) => {
        const pair = { userId: viewer.userId, otherId: await requireOther(writer, viewer, uuid) };
        await writer.lock([viewer.userId]);
        const before = await readRelation(writer, pair);
        if (before.isFriend === 0) throw new AppError('NOT_FOUND');
        const isStarred = change.isStarred === null || change.isStarred === undefined ? before.isStarred : change.isStarred ? 1 : 0;
        const after: RelationRow = { ...before, isStarred, ...(remark !== undefined && { remark }) };
        if (after.remark !== before.remark || after.isStarred !== before.isStarred) {
          await writer.stamp();
          await writeRelation(writer, pair, { remark: after.remark, isStarred });
          writer.append(viewer.userId, { kind: 'PERSON', aboutId: pair.otherId }, [viewer.userId]);
        }
        return await userById(writer, pair.otherId);
      });
    },
    remove: (viewer, uuid) =>
      log.write(async (writer) => {
        const otherId = await requireOther(writer, viewer, uuid);
        await writer.lock([viewer.userId, otherId]);
        await requireStillEnabled(writer, viewer.userId);
        const { isFriend } = await readRelation(writer, { userId: viewer.userId, otherId });
        if (isFriend === 1) {
          const directId = await lockDirect(writer, viewer.userId, otherId);
          await writer.stamp();
          const ended = { isFriend: 0, isStarred: 0, remark: null, countsAsWritten: 0 } as const;
          await writeRelation(writer, { userId: viewer.userId, otherId }, ended);
          await writeRelation(writer, { userId: otherId, otherId: viewer.userId }, ended);
          // A send counts under the conversation's lock: none that was judged by the old count is still under way.
          if (directId !== null) await writer.db.updateTable('Member').set({ sentCount: 0 }).where('logId', '=', directId).execute();
          tell(writer, viewer.userId, otherId);
        }
        return await userById(writer, otherId);
      }),
  };
}
