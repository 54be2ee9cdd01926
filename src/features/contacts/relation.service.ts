import { AppError, badInput } from '../../kernel/errors.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import type { Tx } from '../../platform/database.ts';
import type { RelationRow } from './relation.entity.ts';

/** What somebody made of another, as long as nothing was ever made of them. */
const noRelation = { isFriend: 0, isFollowing: 0, isBlocked: 0, isStarred: 0, remark: null, countsAsWritten: 0 } as const;

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
