import { AppError, badInput } from '../../kernel/errors.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import { insertAll } from '../../platform/bulk.ts';
import type { Tx } from '../../platform/database.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import { isUnblockedBy } from '../contacts/tie.policy.ts';
import { mentionLimit } from './mention.policy.ts';
import { keyOf, type MessagePlace, type PlaceKey } from './message-view.service.ts';

/** Stands for everyone among the mentions of a message, so that unread ones are counted without reading what names nobody. */
const everyoneId = 0;

/** Whom a message names. */
export interface NewMentions {
  /** Uuids of users. */
  readonly people: readonly string[];
  readonly everyone: boolean;
}

/** Where a message with mentions goes: an existing conversation, or one of the viewer and a peer that is being made. */
export type MentionPlace = { readonly conversationId: number; readonly peerId: number | null } | { readonly conversationId: null; readonly peerId: number };

/**
 * The ids of the people whom a message names, each once. Throws `BAD_USER_INPUT` for `mentions` where one of them is no member or they are too many,
 * for `mentionsEveryone` in a DIRECT conversation; `FORBIDDEN` where the viewer may not name everyone.
 */
export async function requireMentions(tx: Tx, viewer: Viewer, place: MentionPlace, { people, everyone }: NewMentions): Promise<number[]> {
  if (everyone && place.peerId !== null)
    throw badInput('mentionsEveryone', { zh: '只有在群聊中才能提及所有人', en: 'Everyone can be mentioned in groups only' });
  if (everyone && place.conversationId !== null) await requireChief(tx, viewer, place.conversationId);
  const uuids = [...new Set(people)];
  if (uuids.length > mentionLimit)
    throw badInput('mentions', { zh: `一条消息最多提及 ${mentionLimit} 人`, en: `A message mentions at most ${mentionLimit} people` });
  if (uuids.length === 0) return [];
  const { conversationId, peerId } = place;
  const found = await (conversationId === null ? oneOfTwo(tx, { uuids, userId: viewer.userId, peerId }) : membersNamed(tx, { uuids, conversationId }));
  if (found.length < uuids.length) throw unknownMention();
  return found.map(({ id }) => id);
}

function inOrder(tx: Tx) {
  return tx.db.selectFrom('User as u').select('u.id').orderBy('u.id');
}

const oneOfTwo = createStatement((tx, slot: Slots<{ uuids: readonly string[]; userId: number; peerId: number }>) =>
  inOrder(tx)
    .where('u.uuid', 'in', slot('uuids'))
    .where('u.id', 'in', [slot('userId'), slot('peerId')]),
);

const membersNamed = createStatement((tx, slot: Slots<{ uuids: readonly string[]; conversationId: number }>) =>
  inOrder(tx)
    .innerJoin('Member as m', (join) => join.onRef('m.userId', '=', 'u.id').on('m.logId', '=', slot('conversationId')).on('m.active', '=', 1))
    .where('u.uuid', 'in', slot('uuids')),
);

/** The refusal of somebody who is no member, the same whether there is such a user or not. */
export function unknownMention(): AppError {
  return badInput('mentions', { zh: '只能提及会话中的成员', en: 'Only members of the conversation can be mentioned' });
}

async function requireChief(tx: Tx, viewer: Viewer, conversationId: number): Promise<void> {
  const member = await tx.db.selectFrom('Member').select('role').where('userId', '=', viewer.userId).where('logId', '=', conversationId).executeTakeFirst();
  if (member?.role !== 'OWNER' && member?.role !== 'ADMIN') throw new AppError('FORBIDDEN', { field: 'mentionsEveryone' });
}

/** Remembers whom a message names. */
export async function writeMentions(tx: Tx, { conversationId, seq }: MessagePlace, userIds: readonly number[], everyone: boolean): Promise<void> {
  const named = everyone ? [everyoneId, ...userIds] : userIds;
  await insertAll(
    tx,
    'Mention',
    named.map((userId) => ({ userId, conversationId, seq })),
  );
}

/** Whom these messages name, in one query; a message that names nobody is left out. */
export async function readMentions(tx: Tx, places: readonly MessagePlace[]): Promise<readonly (MessagePlace & { readonly userId: number })[]> {
  return await mentionsAt(tx, { places: places.map(keyOf) });
}

const mentionsAt = createStatement((tx, slot: Slots<{ places: readonly PlaceKey[] }>) =>
  tx.db
    .selectFrom('Mention')
    .selectAll()
    .where(slot.oneOf(['conversationId', 'seq'], 'places'))
    .where('userId', '!=', everyoneId)
    .orderBy('userId'),
);

const unreadIn = createStatement((tx, slot: Slots<{ userId: number; conversationIds: readonly number[] }>) =>
  tx.db
    .selectFrom('Member as m')
    .innerJoin('Mention as n', (join) =>
      join
        .on('n.userId', 'in', [slot('userId'), everyoneId])
        .onRef('n.conversationId', '=', 'm.logId')
        .onRef('n.seq', '>', 'm.readSeq')
        .onRef('n.seq', '>=', 'm.fromSeq'),
    )
    .innerJoin('Message as x', (join) => join.onRef('x.conversationId', '=', 'n.conversationId').onRef('x.seq', '=', 'n.seq'))
    .select((eb) => ['m.logId', eb.fn.count<number>('n.seq').distinct().as('count')])
    .where('m.userId', '=', slot('userId'))
    .where('m.logId', 'in', slot('conversationIds'))
    .where('m.active', '=', 1)
    .where('x.senderId', '!=', slot('userId'))
    .where('x.recalledAt', 'is', null)
    .where(isUnblockedBy(slot('userId'), 'x.senderId'))
    .groupBy('m.logId'),
);

/** How many messages of others, of whom they have blocked none, above somebody's read mark name them, or everyone, in each of these conversations; without recalled ones. */
export async function unreadMentionCounts(tx: Tx, userId: number, conversationIds: readonly number[]): Promise<ReadonlyMap<number, number>> {
  const rows = await unreadIn(tx, { userId, conversationIds });
  return new Map(rows.map(({ logId, count }) => [logId, Number(count)]));
}
