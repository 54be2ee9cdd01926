import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Tx } from '../../platform/database.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import type { BlockFacts } from './contact.policy.ts';

/** What decides what may come from one person before another, beside what they have set for everybody. */
export interface Ties extends BlockFacts {
  readonly areFriends: boolean;
}

/** What somebody and each of these others are to each other, as far as it decides what may come from the one before the others, in one query. */
export async function readTies(tx: Tx, senderId: number, recipientIds: readonly number[]): Promise<(recipientId: number) => Ties> {
  const rows = await relationsBetween(tx, { userId: senderId, otherIds: [...new Set(recipientIds)] });
  const mine = new Map(rows.filter(({ userId }) => userId === senderId).map((row) => [row.otherId, row]));
  const theirs = new Map(rows.filter(({ otherId }) => otherId === senderId).map((row) => [row.userId, row]));
  return (id) => ({
    areFriends: mine.get(id)?.isFriend === 1,
    senderBlocksRecipient: mine.get(id)?.isBlocked === 1,
    recipientBlocksSender: theirs.get(id)?.isBlocked === 1,
  });
}

const relationsBetween = createStatement((tx, slot: Slots<{ userId: number; otherIds: readonly number[] }>) =>
  tx.db
    .selectFrom('Relation')
    .select(['userId', 'otherId', 'isFriend', 'isBlocked'])
    .where(({ and, eb, or }) =>
      or([
        and([eb('userId', '=', slot('userId')), eb('otherId', 'in', slot('otherIds'))]),
        and([eb('otherId', '=', slot('userId')), eb('userId', 'in', slot('otherIds'))]),
      ]),
    ),
);

/** Which of some people have blocked which of others. */
export async function readBlocks(
  tx: Tx,
  senderIds: readonly number[],
  recipientIds: readonly number[],
): Promise<readonly { readonly userId: number; readonly otherId: number }[]> {
  return await blocksAmong(tx, { userIds: recipientIds, otherIds: senderIds });
}

const blocksAmong = createStatement((tx, slot: Slots<{ userIds: readonly number[]; otherIds: readonly number[] }>) =>
  tx.db
    .selectFrom('Relation')
    .select(['userId', 'otherId'])
    .where('userId', 'in', slot('userIds'))
    .where('otherId', 'in', slot('otherIds'))
    .where('isBlocked', '=', 1),
);

/** Whether the id of a person in a column is of nobody whom somebody has blocked, as a part of a query. */
export function isUnblockedBy(userId: number | RawBuilder<number>, column: string): RawBuilder<SqlBool> {
  return sql<SqlBool>`${sql.ref(column)} not in (select other_id from relation where user_id = ${userId} and is_blocked = 1)`;
}
