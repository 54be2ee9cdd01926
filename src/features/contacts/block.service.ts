import type { LogWriter } from '../log/log.service.ts';
import type { Pair } from './relation.service.ts';

/** The most things of one kind that are told; more than these nobody looks at before they are read anew. */
const atMost = 100;

/**
 * Tells somebody, who has just blocked or unblocked another, what is something else to them by it, beside that person: conversations in which unread
 * mentions of the other one count or do not, and what the other one asks of groups that are theirs. The other one is told nothing.
 */
export async function tellOfBlock(writer: LogWriter, { userId, otherId }: Pair): Promise<void> {
  const mentions = await writer.db
    .selectFrom('Member as m')
    .innerJoin('Mention as n', (join) =>
      join.on('n.userId', 'in', [userId, 0]).onRef('n.conversationId', '=', 'm.logId').onRef('n.seq', '>', 'm.readSeq').onRef('n.seq', '>=', 'm.fromSeq'),
    )
    .innerJoin('Message as x', (join) => join.onRef('x.conversationId', '=', 'n.conversationId').onRef('x.seq', '=', 'n.seq'))
    .select('m.logId')
    .distinct()
    .where('m.userId', '=', userId)
    .where('m.active', '=', 1)
    .where('x.senderId', '=', otherId)
    .where('x.recalledAt', 'is', null)
    .limit(atMost)
    .execute();
  const requests = await writer.db
    .selectFrom('JoinRequest as j')
    .innerJoin('Member as m', (join) => join.onRef('m.logId', '=', 'j.conversationId').on('m.userId', '=', userId).on('m.active', '=', 1))
    .select('j.id')
    .where('j.userId', '=', otherId)
    .where('j.status', '=', 'PENDING')
    .where('m.role', 'in', ['OWNER', 'ADMIN'])
    .limit(atMost)
    .execute();
  for (const { logId } of mentions) writer.append(userId, { kind: 'CONVERSATION', aboutId: logId }, [userId]);
  for (const { id } of requests) writer.append(userId, { kind: 'JOIN_REQUEST', aboutId: id }, [userId]);
}
