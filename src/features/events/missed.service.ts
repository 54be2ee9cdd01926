import { type RawBuilder, type SqlBool, sql } from 'kysely';
import type { Tx } from '../../platform/database.ts';
import { portionsOf } from '../../platform/portions.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import { visibleRequests } from '../groups/join-request.service.ts';

const logsAtOnce = 64;

/**
 * How many entries of these logs, each from a rev on, would be given to somebody by the rights of now: counted as far as `most` and one more. What
 * lies before a join, what is silent, and what is about things that somebody has no part in is nothing that they have missed.
 */
export async function countMissed(tx: Tx, userId: number, from: ReadonlyMap<number, number>, most: number): Promise<number> {
  let count = 0;
  for (const portion of portionsOf(from, logsAtOnce)) {
    if (count > most) break;
    const [found] = await missedFrom(tx, { userId, from: portion, limit: most + 1 - count });
    count += Number(found?.count ?? 0);
  }
  return count;
}

const missedFrom = createStatement((tx, slot: Slots<{ userId: number; from: readonly (readonly [logId: number, rev: number])[]; limit: number }>) => {
  const missed = toldTo(tx, slot('userId'))
    .where(slot.oneOf(['e.logId', 'e.rev >='], 'from'))
    .limit(slot.limit('limit'));
  return tx.db.selectFrom(missed.as('missed')).select((eb) => eb.fn.countAll<number>().as('count'));
});

/** The entries that somebody is told of: of their own log, and of conversations in which they are. */
function toldTo(tx: Tx, userId: RawBuilder<number>) {
  const isAbout = (column: string) => sql<SqlBool>`${sql.ref(column)} = ${sql.ref('e.aboutId')}`;
  const place = tx.db
    .selectFrom('Member as other')
    .innerJoin('Conversation as of', 'of.id', 'other.logId')
    .select('other.logId')
    .where(isAbout('other.logId'))
    .where('other.userId', '=', userId)
    .where('other.active', '=', 1)
    .where('of.dissolvedAt', 'is', null);
  const friendRequest = tx.db
    .selectFrom('FriendRequest as f')
    .select('f.id')
    .where(isAbout('f.id'))
    .where((eb) => eb.or([eb('f.fromId', '=', userId), eb.and([eb('f.toId', '=', userId), eb('f.isHidden', '=', 0)])]));
  const upload = tx.db.selectFrom('File as u').select('u.id').where(isAbout('u.id')).where('u.ownerId', '=', userId).where('u.state', '!=', 'GONE');
  const joinRequest = visibleRequests(tx, userId).clearSelect().select('j.id').where(isAbout('j.id'));
  return tx.db
    .selectFrom('Entry as e')
    .leftJoin('Member as m', (join) => join.onRef('m.logId', '=', 'e.logId').on('m.userId', '=', userId))
    .leftJoin('Conversation as c', 'c.id', 'e.logId')
    .select('e.rev')
    .where((eb) => {
      const isOwn = eb('e.logId', '=', userId);
      const isThere = eb('m.active', '=', 1);
      return eb.or([
        eb.and([isOwn, eb('e.kind', '=', 'VIEWER')]),
        eb.and([isOwn, eb('e.kind', 'in', ['LEFT', 'PERSON']), eb('e.aboutId', 'is not', null)]),
        eb.and([isOwn, eb('e.kind', '=', 'CONVERSATION'), eb.exists(place)]),
        eb.and([isOwn, eb('e.kind', '=', 'FRIEND_REQUEST'), eb.exists(friendRequest)]),
        eb.and([isOwn, eb('e.kind', '=', 'JOIN_REQUEST'), eb.exists(joinRequest)]),
        eb.and([isOwn, eb('e.kind', '=', 'UPLOAD'), eb.exists(upload)]),
        eb.and([isThere, eb('c.dissolvedAt', 'is not', null), eb('e.kind', '=', 'DISSOLVED')]),
        eb.and([
          isThere,
          eb('c.dissolvedAt', 'is', null),
          eb('e.rev', '>=', eb.ref('m.stateRev')),
          eb.or([
            eb.and([eb('e.kind', 'in', ['SENT', 'CHANGED']), eb('e.seq', '>=', eb.ref('m.fromSeq'))]),
            eb('e.kind', 'in', ['MEMBERS', 'CONVERSATION', 'DISSOLVED']),
          ]),
        ]),
      ]);
    });
}
