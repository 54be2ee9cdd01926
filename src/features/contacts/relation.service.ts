import { AppError, badInput } from '../../kernel/errors.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import type { Tx } from '../../platform/database.ts';
import { inPortions } from '../../platform/portions.ts';
import type { BlockFacts } from './contact.policy.ts';
import type { RelationRow } from './relation.entity.ts';

/** What somebody made of another, as long as nothing was ever made of them. */
const noRelation = { isFriend: 0, isFollowing: 0, isBlocked: 0, isStarred: 0, remark: null } as const;

/** What decides what may come from one person before another, beside what they have set for everybody. */
export interface Ties extends BlockFacts {
  readonly areFriends: boolean;
}

/** Two people who are not the same. */
export interface Pair {
  readonly userId: number;
  readonly otherId: number;
}

/** The numeric id of somebody else. Throws `NOT_FOUND` where there is no such user, `BAD_USER_INPUT` for `userId` where it is the viewer. */
export async function requireOther(tx: Tx, viewer: Viewer, uuid: string): Promise<number> {
  const found = await tx.db.selectFrom('User').select('id').where('uuid', '=', uuid).executeTakeFirst();
  if (!found) throw new AppError('NOT_FOUND');
  if (found.id === viewer.userId) throw badInput('userId', { zh: '不能对自己进行此操作', en: 'Choose somebody else: this is you' });
  return found.id;
}

/** What `userId` made of `otherId`; all zeros where nothing ever was. */
export async function readRelation(tx: Tx, { userId, otherId }: Pair): Promise<RelationRow> {
  const stored = await tx.db.selectFrom('Relation').selectAll().where('userId', '=', userId).where('otherId', '=', otherId).executeTakeFirst();
  return stored ?? { userId, otherId, ...noRelation };
}

/** What somebody and each of these others are to each other, as far as it decides what may come from the one before the others, in one query. */
export async function readTies(tx: Tx, senderId: number, recipientIds: readonly number[]): Promise<(recipientId: number) => Ties> {
  const rows = await inPortions(new Set(recipientIds), (ids) =>
    tx.db
      .selectFrom('Relation')
      .select(['userId', 'otherId', 'isFriend', 'isBlocked'])
      .where(({ and, eb, or }) =>
        or([and([eb('userId', '=', senderId), eb('otherId', 'in', ids)]), and([eb('otherId', '=', senderId), eb('userId', 'in', ids)])]),
      )
      .execute(),
  );
  const mine = new Map(rows.filter(({ userId }) => userId === senderId).map((row) => [row.otherId, row]));
  const theirs = new Map(rows.filter(({ otherId }) => otherId === senderId).map((row) => [row.userId, row]));
  return (id) => ({
    areFriends: mine.get(id)?.isFriend === 1,
    senderBlocksRecipient: mine.get(id)?.isBlocked === 1,
    recipientBlocksSender: theirs.get(id)?.isBlocked === 1,
  });
}

/** The ids of those whom somebody has blocked, as a part of a query. */
export function blockedBy(tx: Tx, userId: number) {
  return tx.db.selectFrom('Relation').select('otherId').where('userId', '=', userId).where('isBlocked', '=', 1);
}

/** Changes what `userId` made of `otherId`. The writer holds the log of `userId`, without which nobody changes it. */
export async function writeRelation(tx: Tx, { userId, otherId }: Pair, changes: Partial<Omit<RelationRow, keyof Pair>>): Promise<void> {
  const stored = await tx.db.selectFrom('Relation').select('userId').where('userId', '=', userId).where('otherId', '=', otherId).executeTakeFirst();
  if (stored) await tx.db.updateTable('Relation').set(changes).where('userId', '=', userId).where('otherId', '=', otherId).execute();
  else
    await tx.db
      .insertInto('Relation')
      .values({ userId, otherId, ...noRelation, ...changes })
      .execute();
}
