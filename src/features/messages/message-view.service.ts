import { badInput } from '../../kernel/errors.ts';
import { pageSize } from '../../kernel/page.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import type { Tx } from '../../platform/database.ts';
import { portionsByRows, portionsOf } from '../../platform/portions.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import type { ConversationView } from '../conversations/conversation.service.ts';
import type { UserRow } from '../users/user.entity.ts';
import type { MessageRow } from './message.entity.ts';

/** A message with the public key of its conversation. */
export type MessageView = MessageRow & { readonly conversationUuid: string };

/** A message that was sent just now, with its sender where that was asked for. */
export type SentMessage = MessageView & { readonly sender?: UserRow };

/** Where a message stands: the public key of its conversation, and its seq there. */
export interface MessageKey {
  readonly conversationUuid: string;
  readonly seq: number;
}

/** The numeric place of a message. */
export interface MessagePlace {
  readonly conversationId: number;
  readonly seq: number;
}

/** A place as the key of its row. */
export type PlaceKey = readonly [conversationId: number, seq: number];

/** The key of a place. */
export function keyOf({ conversationId, seq }: MessagePlace): PlaceKey {
  return [conversationId, seq];
}

/** The arguments of a page of history, as Relay has them; without any, the last 20. */
export interface HistoryArgs {
  readonly first?: number | null | undefined;
  readonly after?: MessageKey | null;
  readonly last?: number | null | undefined;
  readonly before?: MessageKey | null;
}

/** All messages, each with the public key of its conversation; rights are the caller's matter. */
export function selectMessages({ db }: Pick<Tx, 'db'>) {
  return db.selectFrom('Message as x').innerJoin('Conversation as c', 'c.id', 'x.conversationId').selectAll('x').select('c.uuid as conversationUuid');
}

const messagesOfOne = createStatement((tx, slot: Slots<{ conversationId: number; seqs: readonly number[] }>) =>
  selectMessages(tx).where('x.conversationId', '=', slot('conversationId')).where('x.seq', 'in', slot('seqs')),
);

const messagesOfMany = createStatement((tx, slot: Slots<{ places: readonly PlaceKey[] }>) =>
  selectMessages(tx).where(slot.oneOf(['x.conversationId', 'x.seq'], 'places')),
);

/** The message at a place where there is one; rights are the caller's matter. */
export async function messageAt(tx: Tx, { conversationId, seq }: MessagePlace): Promise<MessageView> {
  const [message] = await messagesOfOne(tx, { conversationId, seqs: [seq] });
  if (!message) throw new Error('there is no message at this place');
  return message;
}

/** The messages at these places; rights are the caller's matter. */
export async function messagesAt(tx: Tx, places: readonly MessagePlace[]): Promise<readonly MessageView[]> {
  const [place, ...others] = places;
  if (!place) return [];
  const { conversationId } = place;
  if (others.every((other) => other.conversationId === conversationId)) return await messagesOfOne(tx, { conversationId, seqs: places.map(({ seq }) => seq) });
  return await messagesOfMany(tx, { places: places.map(keyOf) });
}

/** The message that the viewer can see under this key, or null. */
export async function findMessage(tx: Tx, viewer: Viewer, key: MessageKey): Promise<MessageView | null> {
  const message = await selectMessages(tx)
    .innerJoin('Member as m', 'm.logId', 'x.conversationId')
    .where('c.uuid', '=', key.conversationUuid)
    .where('x.seq', '=', key.seq)
    .where('m.userId', '=', viewer.userId)
    .where('m.active', '=', 1)
    .where('c.dissolvedAt', 'is', null)
    .whereRef('x.seq', '>=', 'm.fromSeq')
    .executeTakeFirst();
  return message ?? null;
}

/** A page of the history, before it is read: seq has no holes, so that what is on it is known. */
export interface HistoryRange {
  readonly conversationId: number;
  readonly from: number;
  /** Below `from` where the page is empty. */
  readonly to: number;
  readonly hasPreviousPage: boolean;
  readonly hasNextPage: boolean;
}

/** Where the page stands that the viewer asks for. Throws `BAD_USER_INPUT` for arguments that ask for none. */
export function historyRange(
  { id, uuid, fromSeq, lastSeq }: Pick<ConversationView, 'id' | 'uuid' | 'fromSeq' | 'lastSeq'>,
  { first, after, last, before }: HistoryArgs,
): HistoryRange {
  if (first != null && last != null) throw badInput('last', { zh: 'first 和 last 只能二选一', en: 'Give either first or last' });
  for (const [field, key] of Object.entries({ after, before })) {
    if (key && key.conversationUuid !== uuid) throw badInput(field, { zh: '游标不属于这个会话', en: 'This cursor belongs to another conversation' });
  }
  const backwards = first == null && (last != null || !after);
  const size = backwards ? pageSize(last, 'last') : pageSize(first);
  const lowest = Math.max(fromSeq, 1, after ? after.seq + 1 : 1);
  const highest = Math.min(lastSeq, before ? before.seq - 1 : lastSeq);
  const goesOn = highest - lowest + 1 > size;
  return backwards
    ? {
        conversationId: id,
        from: Math.max(lowest, highest - size + 1),
        to: highest,
        hasPreviousPage: goesOn,
        hasNextPage: before ? before.seq <= lastSeq : false,
      }
    : {
        conversationId: id,
        from: lowest,
        to: Math.min(highest, lowest + size - 1),
        hasPreviousPage: after ? after.seq >= fromSeq : false,
        hasNextPage: goesOn,
      };
}

const messagesBetween = createStatement((tx, slot: Slots<{ ranges: readonly (readonly [conversationId: number, from: number, to: number])[] }>) =>
  selectMessages(tx).where(slot.oneOf(['x.conversationId', 'x.seq >=', 'x.seq <='], 'ranges')),
);

/** Pages in one statement, which brings a portion of rows at most: each may have the longest text. */
const pagesAtOnce = 100;

/** How many messages can be on a page. */
export function messagesOn({ from, to }: Pick<HistoryRange, 'from' | 'to'>): number {
  return Math.max(0, to - from + 1);
}

/** The messages on these pages, each page in ascending seq, in the order of the pages; rights are the caller's matter. */
export async function readHistory(
  tx: Tx,
  ranges: readonly Pick<HistoryRange, 'conversationId' | 'from' | 'to'>[],
): Promise<readonly (readonly MessageView[])[]> {
  const found: MessageView[] = [];
  const pages = ranges.filter(({ from, to }) => from <= to);
  for (const portion of portionsByRows(pages, messagesOn).flatMap((some) => portionsOf(some, pagesAtOnce)))
    found.push(...(await messagesBetween(tx, { ranges: portion.map(({ conversationId, from, to }) => [conversationId, from, to]) })));
  const conversations = Map.groupBy(found, ({ conversationId }) => conversationId);
  return ranges.map(({ conversationId, from, to }) => {
    // Pages of one conversation may overlap, and come together then.
    const bySeq = new Map((conversations.get(conversationId) ?? []).filter(({ seq }) => seq >= from && seq <= to).map((message) => [message.seq, message]));
    return [...bySeq.values()].sort((one, other) => one.seq - other.seq);
  });
}
