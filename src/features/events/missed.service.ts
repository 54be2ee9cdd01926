import { type SqlBool, sql } from 'kysely';
import type { Tx } from '../../platform/database.ts';
import { visibleRequests } from '../groups/join-request.service.ts';
import type { EntryKind } from '../log/log.entity.ts';

const logsAtOnce = 64;

const aboutMessages: readonly EntryKind[] = ['SENT', 'CHANGED'];
const aboutConversations: readonly EntryKind[] = ['MEMBERS', 'CONVERSATION', 'DISSOLVED'];

/**
 * How many entries of these logs, each from a rev on, would be given to somebody by the rights of now: counted as far as `most` and one more. What
 * lies before a join, what is silent, and what is about things that somebody has no part in is nothing that they have missed.
 */
export async function countMissed(tx: Tx, userId: number, from: ReadonlyMap<number, number>, most: number): Promise<number> {
  const logs = [...from];
  let count = 0;
  for (let start = 0; start < logs.length && count <= most; start += logsAtOnce) {
    const some = logs.slice(start, start + logsAtOnce);
    const found = await tx.db
      .selectFrom((of) =>
        of
          .selectFrom('Entry as e')
          .leftJoin('Member as m', (join) => join.onRef('m.logId', '=', 'e.logId').on('m.userId', '=', userId))
          .leftJoin('Conversation as c', 'c.id', 'e.logId')
          .select('e.rev')
          .where((eb) => eb.or(some.map(([logId, rev]) => eb.and([eb('e.logId', '=', logId), eb('e.rev', '>=', rev)]))))
          .where((eb) =>
            eb.or([
              eb.and([
                eb('e.logId', '=', userId),
                eb.or([eb('e.kind', '=', 'VIEWER'), eb.and([eb('e.kind', 'in', ['LEFT', 'PERSON']), eb('e.aboutId', 'is not', null)])]),
              ]),
              eb.and([
                eb('e.logId', '=', userId),
                eb('e.kind', '=', 'CONVERSATION'),
                eb(
                  'e.aboutId',
                  'in',
                  eb
                    .selectFrom('Member as other')
                    .innerJoin('Conversation as of', 'of.id', 'other.logId')
                    .select('other.logId')
                    .whereRef('other.logId', '=', 'e.aboutId')
                    .where('other.userId', '=', userId)
                    .where('other.active', '=', 1)
                    .where('of.dissolvedAt', 'is', null),
                ),
              ]),
              eb.and([
                eb('e.logId', '=', userId),
                eb('e.kind', '=', 'FRIEND_REQUEST'),
                eb(
                  'e.aboutId',
                  'in',
                  eb
                    .selectFrom('FriendRequest as f')
                    .select('f.id')
                    .whereRef('f.id', '=', 'e.aboutId')
                    .where((either) => either.or([either('f.fromId', '=', userId), either.and([either('f.toId', '=', userId), either('f.isHidden', '=', 0)])])),
                ),
              ]),
              eb.and([
                eb('e.logId', '=', userId),
                eb('e.kind', '=', 'JOIN_REQUEST'),
                eb(
                  'e.aboutId',
                  'in',
                  visibleRequests(tx, userId)
                    .clearSelect()
                    .select('j.id')
                    .where(sql<SqlBool>`${sql.ref('j.id')} = ${sql.ref('e.aboutId')}`),
                ),
              ]),
              eb.and([
                eb('m.active', '=', 1),
                eb('c.dissolvedAt', 'is', null),
                eb('e.rev', '>=', eb.ref('m.stateRev')),
                eb.or([eb.and([eb('e.kind', 'in', aboutMessages), eb('e.seq', '>=', eb.ref('m.fromSeq'))]), eb('e.kind', 'in', aboutConversations)]),
              ]),
              eb.and([eb('m.active', '=', 1), eb('c.dissolvedAt', 'is not', null), eb('e.kind', '=', 'DISSOLVED')]),
            ]),
          )
          .limit(most + 1 - count)
          .as('missed'),
      )
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    count += Number(found.count);
  }
  return count;
}
