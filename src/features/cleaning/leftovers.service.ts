import type { Tx } from '../../platform/database.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import { openStatuses } from '../friends/friend-request.policy.ts';

/** A row that is looked at. */
export interface Aged {
  readonly id: number;
  readonly createdAt: number;
}

// What somebody holds at this moment is left for the next round.

type Old = Slots<{ ids: readonly number[]; before: number }>;
type These = Slots<{ ids: readonly number[] }>;

const sessions = createStatement((tx, slot: Old) =>
  tx.db
    .selectFrom('Session')
    .select('id')
    .where('id', 'in', slot('ids'))
    .where((eb) => eb.or([eb('endedAt', '<', slot('before')), eb('expiresAt', '<', slot('before'))]))
    .modifyEnd(tx.dialect.forUpdateOfFree),
);
const deleteSessions = createStatement((tx, slot: These) => tx.db.deleteFrom('Session').where('id', 'in', slot('ids')));

/** Deletes those of these sessions that ended or ran out before a time. */
export async function clearSessions(tx: Tx, rows: readonly Aged[], before: number): Promise<void> {
  await deleteSessions(tx, { ids: idsOf(await sessions(tx, { ids: idsOf(rows), before })) });
}

const friendRequests = createStatement((tx, slot: Old) =>
  tx.db
    .selectFrom('FriendRequest')
    .select('id')
    .where('status', 'not in', openStatuses)
    .where('id', 'in', slot('ids'))
    .where('answeredAt', '<', slot('before'))
    .modifyEnd(tx.dialect.forUpdateOfFree),
);
const deleteFriendRequests = createStatement((tx, slot: These) => tx.db.deleteFrom('FriendRequest').where('id', 'in', slot('ids')));

/** Deletes those of these friend requests that were answered or withdrawn before a time. */
export async function clearFriendRequests(tx: Tx, rows: readonly Aged[], before: number): Promise<void> {
  await deleteFriendRequests(tx, { ids: idsOf(await friendRequests(tx, { ids: idsOf(rows), before })) });
}

const joinRequests = createStatement((tx, slot: Old) =>
  tx.db
    .selectFrom('JoinRequest')
    .select('id')
    .where('status', '!=', 'PENDING')
    .where('id', 'in', slot('ids'))
    .where('answeredAt', '<', slot('before'))
    .modifyEnd(tx.dialect.forUpdateOfFree),
);
const deleteJoinRequests = createStatement((tx, slot: These) => tx.db.deleteFrom('JoinRequest').where('id', 'in', slot('ids')));

/** Deletes those of these join requests that were answered or withdrawn before a time. */
export async function clearJoinRequests(tx: Tx, rows: readonly Aged[], before: number): Promise<void> {
  await deleteJoinRequests(tx, { ids: idsOf(await joinRequests(tx, { ids: idsOf(rows), before })) });
}

function idsOf(rows: readonly { readonly id: number }[]): number[] {
  return rows.map(({ id }) => id);
}
