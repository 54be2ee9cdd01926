import { v7 as uuidv7 } from 'uuid';
import { AppError } from '../../kernel/errors.ts';
import { parseUuid } from '../../kernel/ids.ts';
import { decodeKeys, encodeKeys, type Page, pageOf, pageSize } from '../../kernel/page.ts';
import { optionalText } from '../../kernel/texts.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import type { Tx } from '../../platform/database.ts';
import { inPortions, portionsOf } from '../../platform/portions.ts';
import type { LogService } from '../log/log.service.ts';
import { namesOf } from '../messages/notice.policy.ts';
import type { NewNotice } from '../messages/notice.service.ts';
import type { JoinRequestRow, JoinRequestStatus } from './group.entity.ts';
import { letsIn, requirePortion, requireRoom } from './group.policy.ts';
import { findByCode, requireMembership } from './group.service.ts';
import {
  approversOf,
  findMember,
  type GroupPlan,
  type GroupWriter,
  nicknamesOf,
  requireActor,
  requireFriends,
  requireMember,
  requirePeople,
  writeGroup,
} from './group-lock.service.ts';
import { addMembers } from './membership.service.ts';

/** How people come into groups. */
export interface JoinService {
  /** The requests that wait in a group, the oldest first; rights are the caller's matter. */
  pending(
    tx: Tx,
    conversationId: number,
    page: { readonly first?: number | null | undefined; readonly after?: string | null | undefined },
  ): Promise<Page<JoinRequestRow>>;
  /**
   * Brings friends in, up to 100; members already are passed over. Where the group lets in only whom the owner or an admin approves, those whom
   * a member invites wait. Gives the id of the conversation. Throws `NOT_FOUND`, `FRIENDSHIP_REQUIRED`, `BAD_USER_INPUT` and `CONFLICT` (the
   * group is full) with the field.
   */
  invite(viewer: Viewer, conversationUuid: string, userUuids: readonly string[]): Promise<number>;
  /**
   * Comes in by the invite code, or asks to. A request that waits already is given back, whoever is a member is told so. Throws `NOT_FOUND` for
   * a code that lets nobody in, `LOGIN_REQUIRED` to visitors where only users are let in, `CONFLICT` where the group is full.
   */
  join(viewer: Viewer, inviteCode: string, message: string | null | undefined): Promise<JoinRequestRow>;
  /** Answers a request; the same answer again changes nothing. Throws `NOT_FOUND`, `FORBIDDEN`, `CONFLICT` where it has had another answer or the group is full. */
  answer(viewer: Viewer, uuid: string, accept: boolean): Promise<JoinRequestRow>;
}

/**
 * Of these requests those that somebody may see: their own, an accepted one as long as they are a member; and those to groups of which they
 * are the owner or an admin.
 */
export function visibleRequests(tx: Tx, userId: number) {
  return tx.db
    .selectFrom('JoinRequest as j')
    .innerJoin('Conversation as c', 'c.id', 'j.conversationId')
    .leftJoin('Member as m', (join) =>
      join.onRef('m.logId', '=', 'j.conversationId').on('m.userId', '=', userId).on('m.active', '=', 1).on('c.dissolvedAt', 'is', null),
    )
    .selectAll('j')
    .where((eb) =>
      eb.or([
        eb('m.role', 'in', ['OWNER', 'ADMIN']),
        eb.and([eb('j.userId', '=', userId), eb.or([eb('j.status', '!=', 'ACCEPTED'), eb('m.userId', 'is not', null)])]),
      ]),
    );
}

/** Makes the service. `memberLimit`: how many people a group may have. */
export function createJoinService(log: LogService, memberLimit: number): JoinService {
  /** Lets people in; requests of theirs that waited are accepted by it. */
  const letIn = async (writer: GroupWriter, field: string, userIds: readonly number[], notice: Omit<NewNotice, 'people'>): Promise<void> => {
    const { group } = writer;
    requireRoom(field, group.memberCount, userIds.length, memberLimit);
    const waiting = await pendingOf(writer, group.id, userIds);
    await answerAll(writer, waiting, 'ACCEPTED');
    await addMembers(writer, { conversationId: group.id, userIds, notice, showsHistory: group.showsHistory === 1 });
  };

  return {
    async pending(tx, conversationId, { first, after }) {
      const size = pageSize(first);
      const follows = after !== null && after !== undefined;
      let query = tx.db.selectFrom('JoinRequest').selectAll().where('conversationId', '=', conversationId).where('status', '=', 'PENDING');
      if (follows) {
        const [uuid] = decodeKeys(after, isKeys);
        query = query.where('id', '>', ({ selectFrom }) => selectFrom('JoinRequest as before').select('before.id').where('before.uuid', '=', uuid));
      }
      const rows = await query
        .orderBy('id')
        .limit(size + 1)
        .execute();
      return pageOf(rows, size, follows, ({ uuid }) => encodeKeys([uuid]));
    },
    async invite(viewer, conversationUuid, userUuids) {
      const uuids = requirePortion('userIds', userUuids, 1);
      const plan = async (tx: Tx): Promise<GroupPlan> => {
        const conversationId = await requireMembership(tx, viewer, conversationUuid);
        const people = await requirePeople(tx, 'userIds', uuids);
        const role = (await findMember(tx, conversationId, viewer.userId))?.role ?? 'MEMBER';
        const group = await tx.db.selectFrom('Group').select('joinPolicy').where('id', '=', conversationId).executeTakeFirst();
        const isTold = !letsIn(role, group?.joinPolicy ?? 'OPEN') || (await pendingOf(tx, conversationId, people)).length > 0;
        return { conversationId, people: isTold ? [...people, ...(await approversOf(tx, conversationId))] : people };
      };
      return await writeGroup(log, plan, async (writer) => {
        const { group } = writer;
        const { role } = await requireMember(writer, group.id, viewer.userId);
        const people = await requirePeople(writer, 'userIds', uuids);
        const members = await membersAmong(writer, group.id, people);
        const newcomers = people.filter((id) => !members.has(id));
        await requireFriends(writer, viewer.userId, 'userIds', newcomers);
        if (newcomers.length === 0) return group.id;
        const actor = await requireActor(writer, viewer.userId);
        if (letsIn(role, group.joinPolicy)) {
          const names = { actor, ...namesOf(await nicknamesOf(writer, newcomers)) };
          await letIn(writer, 'userIds', newcomers, { code: 'MEMBERS_INVITED', actorId: viewer.userId, names });
        } else {
          const waiting = new Set((await pendingOf(writer, group.id, newcomers)).map(({ userId }) => userId));
          for (const userId of newcomers) if (!waiting.has(userId)) await ask(writer, userId, viewer.userId, null, 'PENDING');
        }
        return group.id;
      });
    },
    async join(viewer, inviteCode, message) {
      const text = optionalText('message', message, 200);
      const plan = async (tx: Tx): Promise<GroupPlan> => {
        const conversationId = await findByCode(tx, inviteCode);
        if (conversationId === null) throw new AppError('NOT_FOUND');
        const { joinPolicy } = await tx.db.selectFrom('Group').select('joinPolicy').where('id', '=', conversationId).executeTakeFirstOrThrow();
        const isTold = joinPolicy !== 'OPEN' || (await pendingOf(tx, conversationId, [viewer.userId])).length > 0;
        return { conversationId, people: isTold ? [viewer.userId, ...(await approversOf(tx, conversationId))] : [viewer.userId] };
      };
      return await writeGroup(log, plan, async (writer) => {
        const { group } = writer;
        // Reset while this waited for the locks.
        if (group.inviteCode !== inviteCode.toLowerCase()) throw new AppError('NOT_FOUND');
        const nickname = await requireActor(writer, viewer.userId);
        if (await findMember(writer, group.id, viewer.userId)) {
          const accepted = await latestAccepted(writer, group.id, viewer.userId);
          return accepted ?? (await ask(writer, viewer.userId, null, null, 'ACCEPTED'));
        }
        if (viewer.role === 'VISITOR' && group.joinPolicy === 'USERS_ONLY')
          throw new AppError(
            'LOGIN_REQUIRED',
            {},
            { zh: '该群只允许注册用户加入，请先注册或登录', en: 'Only registered users are let into this group: register or log in first' },
          );
        const [waiting] = await pendingOf(writer, group.id, [viewer.userId]);
        if (group.joinPolicy !== 'OPEN') return waiting ?? (await ask(writer, viewer.userId, null, text, 'PENDING'));
        await letIn(writer, 'inviteCode', [viewer.userId], { code: 'MEMBER_JOINED', actorId: viewer.userId, names: namesOf([nickname]) });
        return waiting ? await requestAt(writer, waiting.id) : await ask(writer, viewer.userId, null, text, 'ACCEPTED');
      });
    },
    async answer(viewer, uuid, accept) {
      const plan = async (tx: Tx): Promise<GroupPlan> => {
        const request = await tx.db.selectFrom('JoinRequest').select(['conversationId', 'userId']).where('uuid', '=', uuid).executeTakeFirst();
        if (!request) throw new AppError('NOT_FOUND');
        return { conversationId: request.conversationId, people: [request.userId, ...(await approversOf(tx, request.conversationId))] };
      };
      return await writeGroup(log, plan, async (writer) => {
        const { group } = writer;
        const request = await writer.db.selectFrom('JoinRequest').selectAll().where('uuid', '=', uuid).executeTakeFirstOrThrow();
        const me = await findMember(writer, group.id, viewer.userId);
        // Whoever was let in and is a member no more sees it no more than a stranger does: see visibleRequests.
        if (!me && (request.userId !== viewer.userId || request.status === 'ACCEPTED')) throw new AppError('NOT_FOUND');
        if (!me || me.role === 'MEMBER') throw new AppError('FORBIDDEN');
        await requireActor(writer, viewer.userId);
        const answer = accept ? 'ACCEPTED' : 'REFUSED';
        if (request.status === answer) return request;
        if (request.status !== 'PENDING')
          throw new AppError('CONFLICT', { field: 'accept' }, { zh: '这个申请已经处理过了', en: 'This request has had another answer' });
        if (accept) {
          const [name = ''] = await nicknamesOf(writer, [request.userId]);
          await letIn(writer, 'id', [request.userId], await noticeOf(writer, request, name));
        } else await answerAll(writer, [request], answer);
        return await requestAt(writer, request.id);
      });
    },
  };
}

/** Whoever asked has joined; whoever was invited by a member was brought in by that one. */
async function noticeOf(tx: Tx, { userId, inviterId }: JoinRequestRow, name: string): Promise<Omit<NewNotice, 'people'>> {
  if (inviterId === null) return { code: 'MEMBER_JOINED', actorId: userId, names: namesOf([name]) };
  const [actor = ''] = await nicknamesOf(tx, [inviterId]);
  return { code: 'MEMBERS_INVITED', actorId: inviterId, names: { actor, ...namesOf([name]) } };
}

/** Stores a request. One that waits is told of to the person and to those who may answer it; one that was granted at once needs no word. */
async function ask(writer: GroupWriter, userId: number, inviterId: number | null, message: string | null, status: JoinRequestStatus): Promise<JoinRequestRow> {
  const approvers = status === 'PENDING' ? await approversOf(writer, writer.group.id) : [];
  writer.needs(approvers);
  const { now } = await writer.stamp();
  const inserted = await writer.db
    .insertInto('JoinRequest')
    .values({
      uuid: uuidv7(),
      conversationId: writer.group.id,
      userId,
      inviterId,
      message,
      status,
      createdAt: now,
      answeredAt: status === 'PENDING' ? null : now,
    })
    .executeTakeFirstOrThrow();
  const id = Number(inserted.insertId);
  if (status === 'PENDING') tell(writer, id, [userId, ...approvers]);
  return await requestAt(writer, id);
}

async function answerAll(writer: GroupWriter, requests: readonly JoinRequestRow[], status: JoinRequestStatus): Promise<void> {
  if (requests.length === 0) return;
  const approvers = await approversOf(writer, writer.group.id);
  writer.needs(approvers);
  const { now } = await writer.stamp();
  for (const portion of portionsOf(requests.map(({ id }) => id)))
    await writer.db.updateTable('JoinRequest').set({ status, answeredAt: now }).where('id', 'in', portion).execute();
  for (const { id, userId } of requests) tell(writer, id, [userId, ...approvers]);
}

function tell(writer: GroupWriter, requestId: number, userIds: readonly number[]): void {
  for (const userId of new Set(userIds)) writer.append(userId, { kind: 'JOIN_REQUEST', aboutId: requestId }, [userId]);
}

async function requestAt(tx: Tx, id: number): Promise<JoinRequestRow> {
  return await tx.db.selectFrom('JoinRequest').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
}

async function pendingOf(tx: Tx, conversationId: number, userIds: readonly number[]): Promise<JoinRequestRow[]> {
  return await inPortions(userIds, (portion) =>
    tx.db
      .selectFrom('JoinRequest')
      .selectAll()
      .where('conversationId', '=', conversationId)
      .where('userId', 'in', portion)
      .where('status', '=', 'PENDING')
      .execute(),
  );
}

async function latestAccepted(tx: Tx, conversationId: number, userId: number): Promise<JoinRequestRow | undefined> {
  return await tx.db
    .selectFrom('JoinRequest')
    .selectAll()
    .where('conversationId', '=', conversationId)
    .where('userId', '=', userId)
    .where('status', '=', 'ACCEPTED')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst();
}

async function membersAmong(tx: Tx, conversationId: number, userIds: readonly number[]): Promise<ReadonlySet<number>> {
  const rows = await inPortions(userIds, (portion) =>
    tx.db.selectFrom('Member').select('userId').where('logId', '=', conversationId).where('active', '=', 1).where('userId', 'in', portion).execute(),
  );
  return new Set(rows.map(({ userId }) => userId));
}

function isKeys(value: unknown): value is readonly [string] {
  return Array.isArray(value) && value.length === 1 && typeof value[0] === 'string' && parseUuid(value[0]) === value[0];
}
