import { AppError } from '../../kernel/errors.ts';
import { encodeKeys, type Page, pageOf } from '../../kernel/page.ts';
import { optionalText } from '../../kernel/texts.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import type { Tx } from '../../platform/database.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import { inviterOf, type PermissionService } from '../contacts/permission.service.ts';
import { requestTextLimit, requireSeldom } from '../contacts/repetition.policy.ts';
import { namesOf } from '../contents/notice.service.ts';
import { runsGroup } from '../conversations/member.policy.ts';
import type { LogService, LogWriter } from '../log/log.service.ts';
import type { NewNotice } from '../messages/notice.service.ts';
import type { MadeService, Making } from '../users/made.service.ts';
import { requireAvailable } from '../users/user.service.ts';
import type { JoinRequestRow } from './group.entity.ts';
import { letsIn, requirePortion, requireRoom, requireRoomToWait } from './group.policy.ts';
import { findByCode, requireMembership } from './group.service.ts';
import {
  approversOf,
  findMember,
  type GroupPlan,
  type GroupWriter,
  nicknamesOf,
  requireActor,
  requireMember,
  requirePeople,
  requireSpeaker,
  writeGroup,
} from './group-lock.service.ts';
import {
  answerRequests,
  askedAt,
  concernedBy,
  latestAccepted,
  type NewRequest,
  pendingRequests,
  pendingRequestsOf,
  type RequestRange,
  requestAt,
  storeRequest,
  visibleRequests,
  waitingIn,
} from './join-request.service.ts';
import { addMembers, removedAmong } from './membership.service.ts';
import type { OwnerJobService } from './owner-job.service.ts';

/** Somebody wants in by an invite code. */
export interface NewJoining {
  readonly inviteCode: string;
  readonly message?: string | null | undefined;
  /** The same one again gives what was answered first. */
  readonly clientId?: string | null | undefined;
}

/** How people come into groups. */
export interface JoinService {
  /**
   * These pages of requests that wait, in their order, by one statement for a portion of them; without those of people whom the viewer has blocked.
   * Other rights are the caller's matter.
   */
  pending(tx: Tx, viewer: Viewer, ranges: readonly RequestRange[]): Promise<readonly Page<JoinRequestRow>[]>;
  /**
   * Brings friends in, up to 100; members already are passed over. Where the group lets in only whom the owner or an admin approves, those whom
   * a member invites wait. Gives the id of the conversation. Throws `NOT_FOUND`, what `requireInvitation` throws, `MUTED`, `BAD_USER_INPUT`, `CONFLICT`
   * (the group is full) and `FORBIDDEN` (a member brings somebody back who was removed) with the field.
   */
  invite(viewer: Viewer, conversationUuid: string, userUuids: readonly string[]): Promise<number>;
  /**
   * Comes in by the invite code, or asks to. A request that waits already is given back, whoever is a member is told so. Throws `NOT_FOUND` for
   * a code that lets nobody in, `LOGIN_REQUIRED` to visitors where only users are let in, `FORBIDDEN` to whoever was removed, `CONFLICT` where the
   * group is full, too many wait, or the clientId was used for something else.
   */
  join(viewer: Viewer, joining: NewJoining): Promise<JoinRequestRow>;
  /**
   * Answers a request; the same answer again changes nothing. Throws `NOT_FOUND`, `FORBIDDEN`, `CONFLICT` where it has had another answer or the
   * group is full, `MUTED`, `RECIPIENT_UNAVAILABLE` where the account of whoever is to be let in is disabled, and `FRIENDSHIP_REQUIRED` where whoever
   * proposed the person may not bring them in any more.
   */
  answer(viewer: Viewer, uuid: string, accept: boolean): Promise<JoinRequestRow>;
  /**
   * Takes back what the viewer has asked, or says no for the viewer whom a member has proposed; the same again changes nothing. Throws `NOT_FOUND`
   * for what the viewer does not see, `FORBIDDEN` to those who may answer it, `CONFLICT` where it has been answered.
   */
  withdraw(viewer: Viewer, uuid: string): Promise<JoinRequestRow>;
}

/** What the service stands on. `memberLimit`: how many people a group may have. */
export interface JoinServiceParts {
  readonly log: LogService;
  readonly permissions: PermissionService;
  readonly ownerJobs: OwnerJobService;
  readonly made: MadeService;
  readonly memberLimit: number;
  /** How many requests may wait in a group. */
  readonly waitLimit: number;
  /** How often somebody may ask, or be proposed, to the same group in 24 hours; null: without limit. */
  readonly aDay: number | null;
}

/** Makes the service. */
export function createJoinService({ log, permissions, ownerJobs, made, memberLimit, waitLimit, aDay }: JoinServiceParts): JoinService {
  /** Lets people in; requests of theirs that waited are accepted by it. */
  const letIn = async (writer: GroupWriter, field: string, userIds: readonly number[], notice: Omit<NewNotice, 'people'>): Promise<void> => {
    const { group } = writer;
    requireRoom(field, group.memberCount, userIds.length, memberLimit);
    const waiting = await pendingRequestsOf(writer, group.id, userIds);
    await answerRequests(writer, permissions, waiting, 'ACCEPTED');
    await addMembers(writer, { conversationId: group.id, userIds, notice, showsHistory: group.showsHistory === 1 });
    if (group.needsOwner === 1) for (const userId of userIds) await ownerJobs.add(writer, userId);
  };

  /** Throws `RATE_LIMITED` where somebody has asked this group too often, or was proposed to it. */
  const requireSeldomAsked = async (writer: GroupWriter, userId: number, by: 'own' | 'proposed') => {
    if (aDay === null) return;
    const { now } = await writer.db.selectFrom('Clock').select(writer.dialect.now.as('now')).executeTakeFirstOrThrow();
    requireSeldom(await askedAt(writer, userId, by, aDay), Number(now), aDay);
  };

  /** Makes room for one more request of each of these people that waits, and gives what stores it. */
  const roomToWait = async (writer: GroupWriter, field: string, userIds: readonly number[]) => {
    requireRoomToWait(field, await waitingIn(writer, writer.group.id, waitLimit), userIds.length, waitLimit);
    const concerned = await concernedBy(writer, permissions, userIds);
    return (request: Omit<NewRequest, 'status'>) => storeRequest(writer, { ...request, status: 'PENDING' }, concerned(request.userId));
  };

  /** Lets the viewer in by the invite code, or stores what they ask. */
  const enter = async (writer: GroupWriter, viewer: Viewer, inviteCode: string, message: string | null): Promise<JoinRequestRow> => {
    const { group } = writer;
    // Reset while this waited for the locks.
    if (group.inviteCode !== inviteCode.toLowerCase()) throw new AppError('NOT_FOUND');
    const nickname = await requireActor(writer, viewer.userId);
    if (await findMember(writer, group.id, viewer.userId)) {
      const accepted = await latestAccepted(writer, group.id, viewer.userId);
      return accepted ?? (await storeRequest(writer, { userId: viewer.userId, status: 'ACCEPTED' }));
    }
    if (viewer.role === 'VISITOR' && group.joinPolicy === 'USERS_ONLY')
      throw new AppError(
        'LOGIN_REQUIRED',
        {},
        { zh: '该群只允许注册用户加入，请先注册或登录', en: 'Only registered users are let into this group: register or log in first' },
      );
    if ((await removedAmong(writer, group.id, [viewer.userId])).size > 0) throw new AppError('FORBIDDEN', {}, removed);
    const [waiting] = await pendingRequestsOf(writer, group.id, [viewer.userId]);
    if (waiting && group.joinPolicy !== 'OPEN') return waiting;
    await requireSeldomAsked(writer, viewer.userId, 'own');
    if (group.joinPolicy !== 'OPEN') {
      const store = await roomToWait(writer, 'inviteCode', [viewer.userId]);
      return await store({ userId: viewer.userId, message });
    }
    await letIn(writer, 'inviteCode', [viewer.userId], { code: 'MEMBER_JOINED', actorId: viewer.userId, names: namesOf([nickname]) });
    return waiting ? await requestAt(writer, waiting.id) : await storeRequest(writer, { userId: viewer.userId, message, status: 'ACCEPTED' });
  };

  return {
    async pending(tx, viewer, ranges) {
      const found = await pendingRequests(tx, viewer.userId, ranges);
      return ranges.map(({ size, afterUuid }, index) => {
        const rows = (found[index] ?? []).sort((one, other) => one.id - other.id);
        return pageOf(rows, size, afterUuid !== '', ({ uuid }) => encodeKeys([uuid]));
      });
    },
    async invite(viewer, conversationUuid, userUuids) {
      const uuids = requirePortion('userIds', userUuids, 1);
      const plan = async (tx: Tx): Promise<GroupPlan> => {
        const conversationId = await requireMembership(tx, viewer, conversationUuid);
        const people = await requirePeople(tx, 'userIds', uuids);
        const role = (await findMember(tx, conversationId, viewer.userId))?.role ?? 'MEMBER';
        const group = await tx.db.selectFrom('Group').select('joinPolicy').where('id', '=', conversationId).executeTakeFirst();
        const isTold = !letsIn(role, group?.joinPolicy ?? 'OPEN') || (await pendingRequestsOf(tx, conversationId, people)).length > 0;
        return { conversationId, people: [viewer.userId, ...people, ...(isTold ? await approversOf(tx, conversationId) : [])] };
      };
      return await writeGroup(log, plan, async (writer) => {
        const { group } = writer;
        const me = await requireMember(writer, group.id, viewer.userId);
        const people = await requirePeople(writer, 'userIds', uuids);
        const members = await membersAmong(writer, group.id, people);
        const newcomers = people.filter((id) => !members.has(id));
        await permissions.requireInvitation(writer, inviterOf(viewer), 'userIds', newcomers);
        if (newcomers.length === 0) return group.id;
        const actor = await requireSpeaker(writer, me);
        if (letsIn(me.role, group.joinPolicy)) {
          if (!runsGroup(me.role) && (await removedAmong(writer, group.id, newcomers)).size > 0) throw new AppError('FORBIDDEN', { field: 'userIds' }, removed);
          const names = { actor, ...namesOf(await nicknamesOf(writer, newcomers)) };
          await letIn(writer, 'userIds', newcomers, { code: 'MEMBERS_INVITED', actorId: viewer.userId, names });
        } else {
          const waiting = new Set((await pendingRequestsOf(writer, group.id, newcomers)).map(({ userId }) => userId));
          const proposed = newcomers.filter((userId) => !waiting.has(userId));
          for (const userId of proposed) await requireSeldomAsked(writer, userId, 'proposed');
          const store = await roomToWait(writer, 'userIds', proposed);
          for (const userId of proposed) await store({ userId, inviter: inviterOf(viewer) });
        }
        return group.id;
      });
    },
    async join(viewer, { inviteCode, message, clientId }) {
      const text = optionalText('message', message, requestTextLimit);
      const plan = async (tx: Tx): Promise<GroupPlan> => {
        const conversationId = await findByCode(tx, inviteCode);
        if (conversationId === null) throw new AppError('NOT_FOUND');
        const { joinPolicy } = await tx.db.selectFrom('Group').select('joinPolicy').where('id', '=', conversationId).executeTakeFirstOrThrow();
        const isTold = joinPolicy !== 'OPEN' || (await pendingRequestsOf(tx, conversationId, [viewer.userId])).length > 0;
        return { conversationId, people: isTold ? [viewer.userId, ...(await approversOf(tx, conversationId))] : [viewer.userId] };
      };
      const making: Making = { kind: 'JOIN_REQUEST', clientId, given: [inviteCode.toLowerCase(), message ?? null] };
      const first = async (writer: LogWriter): Promise<JoinRequestRow | null> => {
        const id = await made.find(writer, viewer, making);
        const request = id === null ? null : await visibleRequests(writer, viewer.userId).where('j.id', '=', id).executeTakeFirst();
        if (request === undefined) throw new AppError('NOT_FOUND');
        return request;
      };
      // Before the code is looked for: it may have been reset since, and the group be gone.
      const before =
        clientId &&
        (await log.write(async (writer) => {
          await writer.lock([viewer.userId]);
          return await first(writer);
        }));
      if (before) return before;
      return await writeGroup(log, plan, async (writer) => {
        const meanwhile = await first(writer);
        if (meanwhile) return meanwhile;
        const request = await enter(writer, viewer, inviteCode, text);
        await made.remember(writer, viewer, making, request.id);
        return request;
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
        const request = await writer.db.selectFrom('JoinRequest').selectAll().where('uuid', '=', uuid).executeTakeFirst();
        // It goes with a visitor who left no trace, and they may have gone while this waited.
        if (!request) throw new AppError('NOT_FOUND');
        const me = await findMember(writer, group.id, viewer.userId);
        // Whoever was let in and is a member no more sees it no more than a stranger does: see visibleRequests.
        if (!me && (request.userId !== viewer.userId || request.status === 'ACCEPTED')) throw new AppError('NOT_FOUND');
        if (!me || !runsGroup(me.role)) throw new AppError('FORBIDDEN');
        const blockersOf = await permissions.blockersAmong(writer, [request.userId], [viewer.userId]);
        if (blockersOf(request.userId).size > 0) throw new AppError('NOT_FOUND');
        const answer = accept ? 'ACCEPTED' : 'REFUSED';
        if (request.status === answer) return request;
        if (request.status !== 'PENDING')
          throw new AppError('CONFLICT', { field: 'accept' }, { zh: '这个申请已经处理过了', en: 'This request has had another answer' });
        await requireSpeaker(writer, me);
        if (accept) {
          await requireAvailable(writer, request.userId);
          await requireProposal(writer, permissions, request);
          const [name = ''] = await nicknamesOf(writer, [request.userId]);
          await letIn(writer, 'id', [request.userId], await noticeOf(writer, request, name));
        } else await answerRequests(writer, permissions, [request], answer);
        return await requestAt(writer, request.id);
      });
    },
    async withdraw(viewer, uuid) {
      const requireSeen = async (tx: Tx) => {
        const request = await visibleRequests(tx, viewer.userId).where('j.uuid', '=', uuid).executeTakeFirst();
        if (!request) throw new AppError('NOT_FOUND');
        if (request.userId !== viewer.userId) throw new AppError('FORBIDDEN');
        if (request.status === 'PENDING' || request.status === 'CANCELLED') return request;
        throw new AppError('CONFLICT', { field: 'id' }, { zh: '这个申请已经处理过了', en: 'This request has been answered already' });
      };
      // What is over stays as it is, also where the group has been dissolved since, so that nothing is there to be locked.
      const found = await log.write(requireSeen);
      if (found.status === 'CANCELLED') return found;
      const { conversationId } = found;
      const plan = async (tx: Tx): Promise<GroupPlan> => ({ conversationId, people: [viewer.userId, ...(await approversOf(tx, conversationId))] });
      return await writeGroup(log, plan, async (writer) => {
        await requireActor(writer, viewer.userId);
        const request = await requireSeen(writer);
        if (request.status === 'PENDING') await answerRequests(writer, permissions, [request], 'CANCELLED');
        return await requestAt(writer, request.id);
      });
    },
  };
}

const removed = { zh: '被移出群聊的人只能由群主或管理员重新加入', en: 'Whoever was removed comes back only by the owner or an admin' };

/** Throws where a member who proposed somebody may not bring them in any more. What is between the two is not for others to know. */
async function requireProposal(tx: Tx, permissions: PermissionService, { inviterId, isActed, userId }: JoinRequestRow): Promise<void> {
  if (inviterId === null) return;
  await permissions.requireInvitation(tx, { userId: inviterId, isActed: isActed === 1 }, 'id', [userId]).catch((error: unknown) => {
    if (!(error instanceof AppError)) throw error;
    const sentence = { zh: '推荐人与对方已不是好友，不能加入', en: 'The member who proposed this person is no friend of theirs any more' };
    throw new AppError('FRIENDSHIP_REQUIRED', { field: 'id' }, sentence);
  });
}

/** Whoever asked has joined; whoever was invited by a member was brought in by that one. */
async function noticeOf(tx: Tx, { userId, inviterId }: JoinRequestRow, name: string): Promise<Omit<NewNotice, 'people'>> {
  if (inviterId === null) return { code: 'MEMBER_JOINED', actorId: userId, names: namesOf([name]) };
  const [actor = ''] = await nicknamesOf(tx, [inviterId]);
  return { code: 'MEMBERS_INVITED', actorId: inviterId, names: { actor, ...namesOf([name]) } };
}

async function membersAmong(tx: Tx, conversationId: number, userIds: readonly number[]): Promise<ReadonlySet<number>> {
  return new Set((await membersOf(tx, { conversationId, userIds })).map(({ userId }) => userId));
}

const membersOf = createStatement((tx, slot: Slots<{ conversationId: number; userIds: readonly number[] }>) =>
  tx.db.selectFrom('Member').select('userId').where('logId', '=', slot('conversationId')).where('active', '=', 1).where('userId', 'in', slot('userIds')),
);
