import type { Tx } from '../../platform/database.ts';
import { portionSize, portionsOf } from '../../platform/portions.ts';
import { openStatuses } from '../friends/friend-request.policy.ts';

interface Aged {
  readonly id: number;
  readonly createdAt: number;
}

/** The last row that was looked at; null where the rest is too young, or nothing. */
function reached(rows: readonly Aged[], before: number): number | null {
  const last = rows.at(-1);
  return last === undefined || rows.length < portionSize || last.createdAt >= before ? null : last.id;
}

/** Deletes sessions that ended or ran out before a time. */
export async function clearSessions(tx: Tx, upTo: number, before: number): Promise<number | null> {
  const rows = await tx.db
    .selectFrom('Session')
    .select(['id', 'createdAt', 'endedAt', 'expiresAt'])
    .where('id', '>', upTo)
    .orderBy('id')
    .limit(portionSize)
    .execute();
  const over = rows.filter(({ endedAt, expiresAt }) => (endedAt ?? expiresAt) < before || expiresAt < before);
  for (const portion of portionsOf(over.map(({ id }) => id))) await tx.db.deleteFrom('Session').where('id', 'in', portion).execute();
  return reached(rows, before);
}

/** Deletes friend requests that were answered or withdrawn before a time. */
export async function clearFriendRequests(tx: Tx, upTo: number, before: number): Promise<number | null> {
  const rows = await tx.db
    .selectFrom('FriendRequest')
    .select(['id', 'createdAt', 'answeredAt', 'status'])
    .where('id', '>', upTo)
    .orderBy('id')
    .limit(portionSize)
    .execute();
  const over = rows.filter(({ status, answeredAt }) => !openStatuses.includes(status) && answeredAt !== null && answeredAt < before);
  for (const portion of portionsOf(over.map(({ id }) => id))) await tx.db.deleteFrom('FriendRequest').where('id', 'in', portion).execute();
  return reached(rows, before);
}

/** Deletes join requests that were answered or withdrawn before a time. */
export async function clearJoinRequests(tx: Tx, upTo: number, before: number): Promise<number | null> {
  const rows = await tx.db
    .selectFrom('JoinRequest')
    .select(['id', 'createdAt', 'answeredAt', 'status'])
    .where('id', '>', upTo)
    .orderBy('id')
    .limit(portionSize)
    .execute();
  const over = rows.filter(({ status, answeredAt }) => status !== 'PENDING' && answeredAt !== null && answeredAt < before);
  for (const portion of portionsOf(over.map(({ id }) => id))) await tx.db.deleteFrom('JoinRequest').where('id', 'in', portion).execute();
  return reached(rows, before);
}
