import type { Compilable } from 'kysely';
import type { Tx } from '../../platform/database.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import { openStatuses } from '../friends/friend-request.policy.ts';

/** A row that is looked at. */
export interface Aged {
  readonly id: number;
  readonly createdAt: number;
}

/** Deletes those of these rows that are over since before a time; leaves none of them. */
type Clear = (tx: Tx, rows: readonly Aged[], before: number) => Promise<null>;

type Old = Slots<{ ids: readonly number[]; before: number }>;

/** Makes one, of the query that finds which of these rows of a table are over. What somebody holds at this moment is left for the next round. */
function clearing(table: 'Session' | 'FriendRequest' | 'JoinRequest', find: (tx: Tx, slot: Old) => Compilable<{ id: number }>): Clear {
  const over = createStatement(find);
  const deleteFrom = createStatement((tx, slot: Slots<{ ids: readonly number[] }>) => tx.db.deleteFrom(table).where('id', 'in', slot('ids')));
  const idsOf = (rows: readonly { readonly id: number }[]) => rows.map(({ id }) => id);
  return async (tx, rows, before) => {
    await deleteFrom(tx, { ids: idsOf(await over(tx, { ids: idsOf(rows), before })) });
    return null;
  };
}

/** Deletes those of these sessions that ended or ran out before a time. */
export const clearSessions = clearing('Session', (tx, slot) =>
  tx.db
    .selectFrom('Session')
    .select('id')
    .where('id', 'in', slot('ids'))
    .where((eb) => eb.or([eb('endedAt', '<', slot('before')), eb('expiresAt', '<', slot('before'))]))
    .modifyEnd(tx.dialect.forUpdateOfFree),
);

/** Deletes those of these friend requests that were answered or withdrawn before a time. */
export const clearFriendRequests = clearing('FriendRequest', (tx, slot) =>
  tx.db
    .selectFrom('FriendRequest')
    .select('id')
    .where('status', 'not in', openStatuses)
    .where('id', 'in', slot('ids'))
    .where('answeredAt', '<', slot('before'))
    .modifyEnd(tx.dialect.forUpdateOfFree),
);

/** Deletes those of these join requests that were answered or withdrawn before a time. */
export const clearJoinRequests = clearing('JoinRequest', (tx, slot) =>
  tx.db
    .selectFrom('JoinRequest')
    .select('id')
    .where('status', '!=', 'PENDING')
    .where('id', 'in', slot('ids'))
    .where('answeredAt', '<', slot('before'))
    .modifyEnd(tx.dialect.forUpdateOfFree),
);
