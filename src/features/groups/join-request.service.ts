import { type RawBuilder, sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import { parseUuid } from '../../kernel/ids.ts';
import { decodeKeys, pageSize } from '../../kernel/page.ts';
import type { Tx } from '../../platform/database.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import type { Inviter, PermissionService } from '../contacts/permission.service.ts';
import { isUnblockedBy } from '../contacts/tie.policy.ts';
import type { JoinRequestRow, JoinRequestStatus } from './group.entity.ts';
import { approversOf, type GroupHolder, type GroupWriter } from './group-lock.service.ts';

/**
 * Of these requests those that somebody may see: their own, an accepted one as long as they are a member; and those to groups of which they
 * are the owner or an admin, unless they have blocked who asks.
 */
export function visibleRequests(tx: Tx, userId: number | RawBuilder<number>) {
  return tx.db
    .selectFrom('JoinRequest as j')
    .innerJoin('Conversation as c', 'c.id', 'j.conversationId')
    .leftJoin('Member as m', (join) =>
      join.onRef('m.logId', '=', 'j.conversationId').on('m.userId', '=', userId).on('m.active', '=', 1).on('c.dissolvedAt', 'is', null),
    )
    .selectAll('j')
    .where((eb) =>
      eb.or([
        eb.and([eb('m.role', 'in', ['OWNER', 'ADMIN']), isUnblockedBy(userId, 'j.userId')]),
        eb.and([eb('j.userId', '=', userId), eb.or([eb('j.status', '!=', 'ACCEPTED'), eb('m.userId', 'is not', null)])]),
      ]),
    );
}

/** Those of these requests, by their numeric ids, that somebody may see. */
export const visibleAmong = createStatement((tx, slot: Slots<{ userId: number; ids: readonly number[] }>) =>
  visibleRequests(tx, slot('userId')).where('j.id', 'in', slot('ids')),
);

/** A page of the requests that wait in a group, the oldest first, before it is read. */
export interface RequestRange {
  readonly conversationId: number;
  readonly size: number;
  /** The cursor's: the page begins after this request; empty where it begins with the first one. */
  readonly afterUuid: string;
}

/** Where the page stands that somebody asks for. Throws `BAD_USER_INPUT` for arguments that ask for none. */
export function requestRange(
  conversationId: number,
  { first, after }: { readonly first?: number | null | undefined; readonly after?: string | null | undefined },
): RequestRange {
  const [afterUuid] = typeof after === 'string' ? decodeKeys(after, isKeys) : [''];
  return { conversationId, size: pageSize(first), afterUuid };
}

/**
 * The requests that wait in a group, as its owner or an admin is shown them: without those of people whom they have blocked. One more than the page
 * has.
 */
export async function pendingRequests(tx: Tx, approverId: number, ranges: readonly RequestRange[]): Promise<JoinRequestRow[][]> {
  return await pendingPages.each(
    tx,
    ranges.map(({ conversationId, size, afterUuid }) => ({ approverId, conversationId, afterUuid, limit: size + 1 })),
  );
}

const pendingPages = createStatement((tx, slot: Slots<{ approverId: number; conversationId: number; afterUuid: string; limit: number }>) => {
  // Where the request that a page ended with is gone, as that of a visitor who left no trace, the list begins anew: nobody behind it is passed over.
  const before = tx.db.selectFrom('JoinRequest as before').select('before.id').where('before.uuid', '=', slot('afterUuid'));
  return tx.db
    .selectFrom('JoinRequest')
    .selectAll()
    .where('conversationId', '=', slot('conversationId'))
    .where('status', '=', 'PENDING')
    .where(isUnblockedBy(slot('approverId'), 'userId'))
    .where('id', '>', sql<number>`coalesce((${before}), 0)`)
    .orderBy('id')
    .limit(slot.limit('limit'));
});

/** How many requests wait in a group; no more are counted than matter. */
export async function waitingIn(tx: Tx, conversationId: number, most: number): Promise<number> {
  const rows = tx.db.selectFrom('JoinRequest').select('id').where('conversationId', '=', conversationId).where('status', '=', 'PENDING').limit(most);
  const { count } = await tx.db
    .selectFrom(rows.as('waiting'))
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** A request to be stored. */
export interface NewRequest {
  readonly userId: number;
  /** The member who proposes the person; absent where the person asks. */
  readonly inviter?: Inviter;
  readonly message?: string | null;
  readonly status: JoinRequestStatus;
}

/**
 * Stores a request to the group that the writer holds. One that waits is told of to those whom it concerns, as `concernedBy` says; one that was granted at
 * once needs no word.
 */
export async function storeRequest(
  writer: GroupWriter,
  { inviter, message, ...request }: NewRequest,
  concerned: readonly number[] = [],
): Promise<JoinRequestRow> {
  const waits = request.status === 'PENDING';
  const { now } = await writer.stamp();
  const fresh = {
    ...request,
    uuid: uuidv7(),
    conversationId: writer.group.id,
    inviterId: inviter?.userId ?? null,
    isActed: inviter?.isActed ? (1 as const) : (0 as const),
    message: message ?? null,
    createdAt: now,
    answeredAt: waits ? null : now,
  };
  const inserted = await writer.db
    .insertInto('JoinRequest')
    .values({ ...fresh })
    .executeTakeFirstOrThrow();
  const id = Number(inserted.insertId);
  tell(writer, id, concerned);
  return { ...fresh, id };
}

/** Writes how requests to the group that the writer holds stand now, and tells those who are shown them. */
export async function answerRequests(
  writer: GroupHolder,
  permissions: PermissionService,
  requests: readonly JoinRequestRow[],
  status: JoinRequestStatus,
): Promise<void> {
  if (requests.length === 0) return;
  const concerned = await concernedBy(
    writer,
    permissions,
    requests.map(({ userId }) => userId),
  );
  const { now } = await writer.stamp();
  await setStatus(writer, { status, now, ids: requests.map(({ id }) => id) });
  for (const { id, userId } of requests) tell(writer, id, concerned(userId));
}

const setStatus = createStatement((tx, slot: Slots<{ status: JoinRequestStatus; now: number; ids: readonly number[] }>) =>
  tx.db
    .updateTable('JoinRequest')
    .set({ status: slot('status'), answeredAt: slot('now') })
    .where('id', 'in', slot('ids')),
);

/** Whom a request of each of these people to the group that the writer holds concerns: the person, and those who may answer it, but for who has blocked them. */
export async function concernedBy(
  writer: GroupHolder,
  permissions: PermissionService,
  userIds: readonly number[],
): Promise<(userId: number) => readonly number[]> {
  const approvers = await approversOf(writer, writer.group.id);
  writer.needs(approvers);
  const blockersOf = await permissions.blockersAmong(writer, userIds, approvers);
  return (userId) => {
    const blockers = blockersOf(userId);
    return [...new Set([userId, ...approvers.filter((id) => !blockers.has(id))])];
  };
}

function tell(writer: GroupHolder, requestId: number, userIds: readonly number[]): void {
  for (const userId of userIds) writer.append(userId, { kind: 'JOIN_REQUEST', aboutId: requestId }, [userId]);
}

/** A request by its numeric id. */
export async function requestAt(tx: Tx, id: number): Promise<JoinRequestRow> {
  return await tx.db.selectFrom('JoinRequest').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
}

/** The requests of these people that wait in a group. */
export async function pendingRequestsOf(tx: Tx, conversationId: number, userIds: readonly number[]): Promise<JoinRequestRow[]> {
  return await pendingOf(tx, { conversationId, userIds });
}

const pendingOf = createStatement((tx, slot: Slots<{ conversationId: number; userIds: readonly number[] }>) =>
  tx.db
    .selectFrom('JoinRequest')
    .selectAll()
    .where('conversationId', '=', slot('conversationId'))
    .where('userId', 'in', slot('userIds'))
    .where('status', '=', 'PENDING'),
);

/** The request by which somebody came into a group last. */
export async function latestAccepted(tx: Tx, conversationId: number, userId: number): Promise<JoinRequestRow | undefined> {
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

/** When somebody asked to be let into the group that the writer holds, or was proposed to it: the newest first, at most so many. */
export async function askedAt({ db, group }: GroupWriter, userId: number, by: 'own' | 'proposed', most: number): Promise<number[]> {
  const rows = await db
    .selectFrom('JoinRequest')
    .select('createdAt')
    .where('userId', '=', userId)
    .where('conversationId', '=', group.id)
    .where('inviterId', by === 'own' ? 'is' : 'is not', null)
    .orderBy('id', 'desc')
    .limit(most)
    .execute();
  return rows.map(({ createdAt }) => createdAt);
}

// The uuid, not the numeric id by which the list is sorted: a cursor is readable, and numeric ids never leave the server.
function isKeys(value: unknown): value is readonly [string] {
  return Array.isArray(value) && value.length === 1 && typeof value[0] === 'string' && parseUuid(value[0]) === value[0];
}
