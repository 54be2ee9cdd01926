import { randomUUID } from 'node:crypto';
import { AppError } from '../../kernel/errors.ts';
import { parseUuid } from '../../kernel/ids.ts';
import { decodeKeys, encodeKeys, type Page, pageOf, pageSize } from '../../kernel/page.ts';
import { optionalText } from '../../kernel/texts.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import type { Tx } from '../../platform/database.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import type { PermissionService } from '../contacts/permission.service.ts';
import { requestTextLimit } from '../contacts/repetition.policy.ts';
import { readTies } from '../contacts/tie.policy.ts';
import type { LogService, LogWriter } from '../log/log.service.ts';
import type { MadeService, Making } from '../users/made.service.ts';
import { requireAvailable, requireStillEnabled } from '../users/user.service.ts';
import { type FriendService, lockDirect, requireRemark } from './friend.service.ts';
import type { FriendRequestRow, FriendRequestStatus } from './friend-request.entity.ts';
import {
  type FriendRequestAnswer,
  isShownPending,
  judgeAnswer,
  judgeRequest,
  mayKnow,
  openStatuses,
  type RequestFacts,
  type RequestLimits,
} from './friend-request.policy.ts';

/** Requests to the viewer, or of the viewer. */
export type FriendRequestDirection = 'INCOMING' | 'OUTGOING';

/** Which part of a list, as Relay's connections ask for it. */
interface PageArgs {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
}

/** A request to be sent. */
export interface NewFriendRequest {
  readonly userUuid: string;
  readonly message?: string | null | undefined;
  /** The same one again gives what was answered first. */
  readonly clientId?: string | null | undefined;
}

/** Friend requests. Of a request of somebody whom the receiver had blocked the receiver never learns, whatever becomes of it. */
export interface FriendRequestService {
  /**
   * Asks somebody to be the viewer's friend, and gives the request as it stands afterwards: PENDING, or ACCEPTED at once; where the other one had
   * asked the viewer, it is that request. Throws `BAD_USER_INPUT` for oneself or a message that is too long, `NOT_FOUND` where there is no such
   * enabled user or it is a visitor, `ALREADY_FRIENDS`, `REQUEST_PENDING`, and `RATE_LIMITED` for some days after a refusal, unless the two were friends
   * since, and for whoever asks the same person too often in a day. `CONFLICT` for a clientId that was used for something else.
   */
  send(viewer: Viewer, request: NewFriendRequest): Promise<FriendRequestRow>;
  /**
   * Answers a request; the same answer again changes nothing. With ACCEPT the remark becomes the viewer's name for the new friend. Throws
   * `NOT_FOUND` for whoever may not know of it, `FORBIDDEN` where it is for the other one to say, `CONFLICT` where it has had another answer, and
   * with ACCEPT `RECIPIENT_UNAVAILABLE` where the other one is disabled, or the reason where one of the two blocks the other.
   */
  answer(viewer: Viewer, uuid: string, answer: FriendRequestAnswer, remark: string | null | undefined): Promise<FriendRequestRow>;
  /** All requests of one direction that the viewer may know of, answered ones included, newest first; without those to the viewer that were taken back. */
  list(tx: Tx, viewer: Viewer, direction: FriendRequestDirection, page: PageArgs): Promise<Page<FriendRequestRow>>;
  /** Those of these requests that the viewer may know of. */
  byIds(tx: Tx, viewer: Viewer, ids: readonly number[]): Promise<ReadonlyMap<number, FriendRequestRow>>;
  /** The request with this uuid, where the viewer may know of it. */
  find(tx: Tx, viewer: Viewer, uuid: string): Promise<FriendRequestRow | null>;
  /** The pending request between the viewer and each of these users; of two that cross the one to the viewer, which the viewer can answer. */
  pendingWith(tx: Tx, viewer: Viewer, userIds: readonly number[]): Promise<ReadonlyMap<number, FriendRequestRow>>;
}

/** What the service stands on. */
export interface FriendRequestServiceParts {
  readonly log: LogService;
  readonly friends: FriendService;
  readonly permissions: PermissionService;
  readonly made: MadeService;
  readonly limits: RequestLimits;
}

const notThere = (): never => {
  throw new AppError('NOT_FOUND');
};

/** Makes the service. */
export function createFriendRequestService({ log, friends, permissions, made, limits }: FriendRequestServiceParts): FriendRequestService {
  const send: FriendRequestService['send'] = async (viewer, { userUuid, message, clientId }) => {
    const text = optionalText('message', message, requestTextLimit);
    const making: Making = { kind: 'FRIEND_REQUEST', clientId, given: [userUuid, message ?? null] };
    return await log.write(async (writer) => {
      const other = await writer.db.selectFrom('User').select('id').where('uuid', '=', userUuid).executeTakeFirst();
      if (!other) throw new AppError('NOT_FOUND');
      const pair = { userId: viewer.userId, otherId: other.id };
      // Everything between two people happens under both own logs: of two that cross, or twenty that are the same, each sees what the one before did.
      await writer.lock([pair.userId, pair.otherId]);
      const before = await made.find(writer, viewer, making);
      if (before !== null) return (await service.byIds(writer, viewer, [before])).get(before) ?? notThere();
      const requests = await openBetween(writer, pair.userId, pair.otherId);
      const theirs = requests.find((request) => request.fromId === other.id && mayKnow(request, viewer.userId));
      const { facts, now } = await readFacts(writer, viewer, other.id, requests, limits);
      const verdict = judgeRequest({ ...facts, wasAsked: theirs !== undefined }, now, limits);
      const directId = verdict === 'ACCEPT_THEIRS' || verdict === 'ACCEPTED' ? await lockDirect(writer, pair.userId, pair.otherId) : null;
      const request = theirs !== undefined && verdict === 'ACCEPT_THEIRS' ? theirs : await insert(writer, pair, text, verdict === 'HIDDEN' ? 1 : 0);
      await made.remember(writer, viewer, making, request.id);
      if (verdict === 'PENDING' || verdict === 'HIDDEN') tell(writer, request);
      else await accept(writer, viewer, other.id, directId, undefined);
      return await byId(writer, request.id);
    });
  };

  const answer: FriendRequestService['answer'] = async (viewer, uuid, wanted, remarkGiven) => {
    const remark = requireRemark(remarkGiven);
    return await log.write(async (writer) => {
      const found = await service.find(writer, viewer, uuid);
      if (!found) throw new AppError('NOT_FOUND');
      const otherId = found.fromId === viewer.userId ? found.toId : found.fromId;
      await writer.lock([viewer.userId, otherId]);
      const request = await byId(writer, found.id);
      const status = judgeAnswer(request, viewer.userId, wanted);
      if (status === null) return request;
      await requireStillEnabled(writer, viewer.userId);
      if (status === 'ACCEPTED') {
        await requireAvailable(writer, otherId);
        await permissions.requireUnblocked(writer, viewer.userId, otherId);
        await accept(writer, viewer, otherId, await lockDirect(writer, viewer.userId, otherId), remark);
      } else await settle(writer, request, status);
      return await byId(writer, request.id);
    });
  };

  /** Makes the two friends. With that every open request between them is answered, crossing and hidden ones too. */
  const accept = async (writer: LogWriter, viewer: Viewer, otherId: number, directId: number | null, remark: string | null | undefined) => {
    await writer.stamp();
    for (const request of await openBetween(writer, viewer.userId, otherId)) await settle(writer, request, 'ACCEPTED');
    await friends.befriend(writer, { actorId: viewer.userId, otherId, directId, remark });
  };

  const service: FriendRequestService = {
    send,
    answer,
    async list(tx, viewer, direction, { first, after }) {
      const size = pageSize(first);
      let query = tx.db.selectFrom('FriendRequest').selectAll();
      query =
        direction === 'OUTGOING'
          ? query.where('fromId', '=', viewer.userId)
          : query.where('toId', '=', viewer.userId).where('isHidden', '=', 0).where('status', '!=', 'CANCELLED');
      if (typeof after === 'string') {
        const [uuid] = decodeKeys(after, isKeys);
        // Where the request that a page ended with is gone, because it was answered long ago, the list begins anew: nothing behind it is passed over.
        const before = await tx.db.selectFrom('FriendRequest').select('id').where('uuid', '=', uuid).executeTakeFirst();
        if (before) query = query.where('id', '<', before.id);
      }
      const rows = await query
        .orderBy('id', 'desc')
        .limit(size + 1)
        .execute();
      return pageOf(rows, size, typeof after === 'string', ({ uuid }) => encodeKeys([uuid]));
    },
    async byIds(tx, viewer, ids) {
      const rows = await requestsById(tx, { ids });
      return new Map(rows.filter((row) => mayKnow(row, viewer.userId)).map((row) => [row.id, row]));
    },
    async find(tx, viewer, uuid) {
      const row = await tx.db.selectFrom('FriendRequest').selectAll().where('uuid', '=', uuid).executeTakeFirst();
      return row && mayKnow(row, viewer.userId) ? row : null;
    },
    async pendingWith(tx, viewer, userIds) {
      const rows = await openWith(tx, { userId: viewer.userId, otherIds: userIds });
      const pending = rows.filter((row) => isShownPending(row, viewer.userId));
      const outgoing = pending.filter(({ fromId }) => fromId === viewer.userId);
      const incoming = pending.filter(({ toId }) => toId === viewer.userId);
      return new Map([...outgoing.map((row) => [row.toId, row] as const), ...incoming.map((row) => [row.fromId, row] as const)]);
    },
  };
  return service;
}

/** What `judgeRequest` wants to know, but whether there is a request of the other one; and the time. */
async function readFacts(
  writer: LogWriter,
  viewer: Viewer,
  otherId: number,
  open: readonly FriendRequestRow[],
  { aDay }: RequestLimits,
): Promise<{ readonly facts: Omit<RequestFacts, 'wasAsked'>; readonly now: number }> {
  const people = await writer.db
    .selectFrom('User')
    .select(['id', 'role', 'enabled', 'acceptsFriendsAtOnce', writer.dialect.now.as('now')])
    .where('id', 'in', [viewer.userId, otherId])
    .execute();
  const sender = people.find(({ id }) => id === viewer.userId);
  const receiver = people.find(({ id }) => id === otherId);
  // Disabled since the session was checked: a request that comes after the disabling has answered must not pass.
  if (!sender || sender.enabled === 0) throw new AppError('USER_DISABLED');
  const ties = (await readTies(writer, viewer.userId, [otherId]))(otherId);
  const sent = writer.db.selectFrom('FriendRequest').where('fromId', '=', viewer.userId).where('toId', '=', otherId);
  const latest = aDay === null ? [] : await sent.select('createdAt').orderBy('id', 'desc').limit(aDay).execute();
  const refused = await sent
    .select((eb) => eb.fn.max('answeredAt').as('at'))
    .where('status', '=', 'REFUSED')
    .executeTakeFirst();
  const befriended = await writer.db
    .selectFrom('FriendRequest')
    .select((eb) => eb.fn.max('answeredAt').as('at'))
    .where('fromId', 'in', [viewer.userId, otherId])
    .where('toId', 'in', [viewer.userId, otherId])
    .where('status', '=', 'ACCEPTED')
    .executeTakeFirst();
  const [refusedAt, friendsAt] = [refused?.at ?? null, befriended?.at ?? null];
  return {
    now: Number(sender.now),
    facts: {
      isSelf: viewer.userId === otherId,
      canReceive: receiver !== undefined && receiver.enabled === 1 && receiver.role !== 'VISITOR',
      ...ties,
      hasAsked: open.some(({ fromId }) => fromId === viewer.userId),
      refusedAt: refusedAt !== null && (friendsAt === null || Number(friendsAt) < Number(refusedAt)) ? Number(refusedAt) : null,
      askedAt: latest.map(({ createdAt }) => createdAt),
      receiverAcceptsAtOnce: receiver?.acceptsFriendsAtOnce === 1,
    },
  };
}

async function insert(writer: LogWriter, pair: { readonly userId: number; readonly otherId: number }, message: string | null, isHidden: 0 | 1) {
  const { now } = await writer.stamp();
  const fresh = { uuid: randomUUID(), fromId: pair.userId, toId: pair.otherId, message, status: 'PENDING', isHidden, createdAt: now } as const;
  const inserted = await writer.db
    .insertInto('FriendRequest')
    .values({ ...fresh })
    .executeTakeFirstOrThrow();
  return { ...fresh, id: Number(inserted.insertId), answeredAt: null };
}

/** Writes how a request stands now, and tells those who are shown something else by it. */
async function settle(writer: LogWriter, request: FriendRequestRow, status: FriendRequestStatus): Promise<void> {
  const { now } = await writer.stamp();
  await writer.db.updateTable('FriendRequest').set({ status, answeredAt: now }).where('id', '=', request.id).execute();
  tell(writer, { ...request, status });
}

/** Tells of a request, and that the two are something else to each other by it; the sender of an ignored one hears nothing. */
function tell(writer: LogWriter, request: FriendRequestRow): void {
  const { id, fromId, toId, status } = request;
  for (const [userId, otherId] of [
    [fromId, toId],
    [toId, fromId],
  ] as const) {
    if (!mayKnow(request, userId) || (status === 'IGNORED' && userId === fromId)) continue;
    writer.append(userId, { kind: 'FRIEND_REQUEST', aboutId: id }, [userId]);
    // Accepting is told by the friendship itself.
    if (status !== 'ACCEPTED') writer.append(userId, { kind: 'PERSON', aboutId: otherId }, [userId]);
  }
}

/** The requests between two people that wait for an answer, whoever may know of them. */
async function openBetween(tx: Tx, oneId: number, otherId: number): Promise<FriendRequestRow[]> {
  return await tx.db
    .selectFrom('FriendRequest')
    .selectAll()
    .where('fromId', 'in', [oneId, otherId])
    .where('toId', 'in', [oneId, otherId])
    .where('status', 'in', openStatuses)
    .orderBy('id')
    .execute();
}

async function byId(tx: Tx, id: number): Promise<FriendRequestRow> {
  return await tx.db.selectFrom('FriendRequest').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
}

// The uuid, not the numeric id by which the list is sorted: a cursor is readable, and numeric ids never leave the server.
function isKeys(value: unknown): value is readonly [string] {
  return Array.isArray(value) && value.length === 1 && typeof value[0] === 'string' && parseUuid(value[0]) === value[0];
}

const requestsById = createStatement((tx, slot: Slots<{ ids: readonly number[] }>) =>
  tx.db.selectFrom('FriendRequest').selectAll().where('id', 'in', slot('ids')),
);

const openWith = createStatement((tx, slot: Slots<{ userId: number; otherIds: readonly number[] }>) =>
  tx.db
    .selectFrom('FriendRequest')
    .selectAll()
    .where(({ and, eb, or }) =>
      or([
        and([eb('fromId', '=', slot('userId')), eb('toId', 'in', slot('otherIds'))]),
        and([eb('toId', '=', slot('userId')), eb('fromId', 'in', slot('otherIds'))]),
      ]),
    )
    .where('status', 'in', openStatuses),
);
