import { builder } from '../../graphql/builder.ts';
import { connectionOf } from '../../graphql/connection.ts';
import { type Context, type RunForMany, requireViewer } from '../../graphql/context.ts';
import { createCommonLoader } from '../../graphql/loader.ts';
import { perViewer } from '../../graphql/per-viewer.ts';
import { asksFor, asksOnlyForId } from '../../graphql/selection.ts';
import { announceFeature } from '../../graphql/server-info.ts';
import { AppError, badInput } from '../../kernel/errors.ts';
import { encodeGlobalId, keyOf, parseUuid, userUuidOf, uuidOf } from '../../kernel/ids.ts';
import type { Tx } from '../../platform/database.ts';
import { givenContent, MessageContentInput, MessageContentRef } from '../contents/content.schema.ts';
import { contentOf } from '../contents/contents.service.ts';
import { ConversationRef, conversationLoader, ownView } from '../conversations/conversation.schema.ts';
import type { ConversationKey, JoinSpan } from '../conversations/conversation.service.ts';
import { UserRef, userLoader } from '../users/user.schema.ts';
import { mentionLimit } from './mention.policy.ts';
import { unknownMention } from './mention.service.ts';
import { historyRange, type MessageKey, type MessagePlace, type MessageView, messagesOn, type SentMessage } from './message-view.service.ts';

announceFeature('forward');

/** The `Message` type. */
export const MessageRef = builder.objectRef<SentMessage>('Message');

/** Loads messages by `placeKey`; rights are judged before. */
export const messageLoader = createCommonLoader<string, MessageView>(async (tx, keys, services) => {
  const messages = await services.messages.byPlace(tx, keys.map(placeOf));
  return new Map(messages.map((message) => [placeKey(message), message]));
});

/** The key of a message's place for `messageLoader`. */
export function placeKey({ conversationId, seq }: MessagePlace): string {
  return `${conversationId}:${seq}`;
}

/** The place that the key of a message's global id names, or null where it is none. */
function messageKeyOf(key: string): MessageKey | null {
  const [conversationUuid = '', seq = ''] = key.split(':');
  return parseUuid(conversationUuid) === conversationUuid && /^[1-9]\d{0,14}$/.test(seq) && key === `${conversationUuid}:${seq}`
    ? { conversationUuid, seq: Number(seq) }
    : null;
}

const globalKeyOf = (id: string): MessageKey | null => {
  const key = keyOf('Message', id);
  return key === null ? null : messageKeyOf(key);
};

/** The place that a message's global id names; `NOT_FOUND`, with the field where one is said, for an id that is none. */
export function requireMessageKey(id: string, field?: string): MessageKey {
  const key = globalKeyOf(id);
  if (key === null) throw new AppError('NOT_FOUND', field === undefined ? {} : { field });
  return key;
}

/** The place that `placeKey` has named. */
export function placeOf(key: string): MessagePlace {
  const [conversationId = 0, seq = 0] = key.split(':').map(Number);
  return { conversationId, seq };
}

/** The global id of a message. */
export const messageIdOf = ({ conversationUuid, seq }: MessageKey): string => encodeGlobalId('Message', `${conversationUuid}:${seq}`);

/** The global id of the message at a place; rights are the caller's matter. */
export async function messageIdAt(tx: Tx, { conversationId, seq }: MessagePlace): Promise<string> {
  const { uuid } = await tx.db.selectFrom('Conversation').select('uuid').where('id', '=', conversationId).executeTakeFirstOrThrow();
  return messageIdOf({ conversationUuid: uuid, seq });
}

/** A message of a conversation that the viewer is shown, or null where it lies before the viewer joined. */
async function loadVisible(context: Context, conversation: ConversationKey, seq: number): Promise<MessageView | null> {
  const { id, fromSeq } = ownView(conversation, context);
  return seq < fromSeq ? null : await messageLoader(context).load(placeKey({ conversationId: id, seq }));
}

const joinsLoader = createCommonLoader<number, JoinSpan>((tx, ids, { conversations }) => conversations.joinSpans(tx, ids));

/** Likewise for many viewers: where some joined before it and some after it, each has to be shown their own. */
async function loadVisibleToMany(context: Context, forMany: RunForMany, conversationId: number, seq: number): Promise<MessageView | null> {
  const joins = await joinsLoader(context).load(conversationId);
  if (!joins || seq < joins.first) return null;
  return seq < joins.last ? forMany.giveUp() : await messageLoader(context).load(placeKey({ conversationId, seq }));
}

builder.node(MessageRef, {
  description: 'A message of a conversation.',
  id: { resolve: ({ conversationUuid, seq }) => `${conversationUuid}:${seq}` },
  loadOne: (id, context) => {
    const key = messageKeyOf(String(id));
    return key && context.read((tx) => context.services.messages.find(tx, requireViewer(context), key));
  },
  fields: (t) => ({
    conversation: t.field({
      type: ConversationRef,
      description: 'Where it was written.',
      resolve: async ({ conversationId, conversationUuid }, _args, context, info) => {
        // Most clients want only this of it, with every message that is sent or comes.
        if (asksOnlyForId(info)) return { id: conversationId, uuid: conversationUuid };
        const view = await conversationLoader(context).load(conversationId);
        if (!view) throw new AppError('NOT_FOUND');
        return view;
      },
    }),
    seq: t.exposeInt('seq', { description: 'Numbers the messages of its conversation, notices included: 1, 2, 3 … without holes, the same for every member.' }),
    rev: t.exposeInt('rev', { description: "The conversation's rev at this message's last change: keep the copy with the higher rev." }),
    clientId: t.expose('clientId', { type: 'UUID', nullable: true, description: 'As its sender gave it; null for a `NoticeContent`.' }),
    sender: t.field({
      type: UserRef,
      nullable: true,
      description:
        "Who wrote it; of a `NoticeContent`: who did it; null where it was the server itself, and of a message that a server of the operator's has sent.",
      resolve: ({ senderId, sender }, _args, context) => sender ?? (senderId === null ? null : userLoader(context).load(senderId)),
    }),
    content: t.field({
      type: MessageContentRef,
      nullable: true,
      description: 'What it says; null once recalled.',
      // An object of its own: a message that `node` has read carries the name of its type, which the interface would take for that of the content.
      resolve: contentOf,
    }),
    replyTo: t.field({
      type: MessageRef,
      nullable: true,
      description: 'The message that it answers; null also where that lies before the viewer joined.',
      resolve: async ({ conversationId, replyToSeq }, _args, context) => {
        if (replyToSeq === null) return null;
        if (context.forMany) return await loadVisibleToMany(context, context.forMany, conversationId, replyToSeq);
        const view = await conversationLoader(context).load(conversationId);
        return view && (await loadVisible(context, view, replyToSeq));
      },
    }),
    forwardedFrom: t.field({
      type: UserRef,
      nullable: true,
      description: "Who sent it first, of a message that was forwarded; null of every other, where that was a server of the operator's, and once recalled.",
      resolve: ({ forwardedFromId }, _args, context) => (forwardedFromId === null ? null : userLoader(context).load(forwardedFromId)),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was sent, by the database clock.' }),
    recalledAt: t.expose('recalledAt', { type: 'DateTime', nullable: true, description: 'When it was recalled.' }),
  }),
});

const rangeOf = (key: string) => {
  const [conversationId = 0, from = 0, to = 0] = key.split(':').map(Number);
  return { conversationId, from, to };
};

/** Loads pages of history by conversation, first and last seq; rights are judged before. */
const historyLoader = createCommonLoader<string, readonly MessageView[]>(
  async (tx, keys, { messages }) => {
    const pages = await messages.history(tx, keys.map(rangeOf));
    return new Map(keys.map((key, index) => [key, pages[index] ?? []]));
  },
  (key) => messagesOn(rangeOf(key)),
);

/** The `MessageConnection` type: a page of a list of messages. */
export const MessageConnection = connectionOf('Message', MessageRef);

builder.objectFields(ConversationRef, (t) => ({
  lastMessage: t.field({
    ...perViewer,
    type: MessageRef,
    nullable: true,
    description: 'The newest message; null when empty.',
    resolve: (conversation, _args, context) => {
      const { lastSeq } = ownView(conversation, context);
      return lastSeq === 0 ? null : loadVisible(context, conversation, lastSeq);
    },
  }),
  messages: t.field({
    ...perViewer,
    type: MessageConnection,
    description: "The history in ascending seq; without arguments the last 20. An edge's cursor is its message's id.",
    args: {
      first: t.arg.int({ description: 'How many from the beginning, or after `after`: 1 to 100.' }),
      after: t.arg.string({ description: "A message's id: the page begins after it." }),
      last: t.arg.int({ description: 'How many from the end, or before `before`: 1 to 100, default 20.' }),
      before: t.arg.string({ description: "A message's id: the page ends before it." }),
    },
    resolve: async (conversation, { first, after, last, before }, context) => {
      const view = ownView(conversation, context);
      const range = historyRange(view, { first, last, after: cursorKey('after', after), before: cursorKey('before', before) });
      const { from, to, hasPreviousPage, hasNextPage } = range;
      const messages = from <= to ? ((await historyLoader(context).load(`${view.id}:${from}:${to}`)) ?? []) : [];
      const edges = messages.map((node) => ({ cursor: messageIdOf(node), node }));
      return { edges, pageInfo: { hasPreviousPage, hasNextPage, startCursor: edges[0]?.cursor ?? null, endCursor: edges.at(-1)?.cursor ?? null } };
    },
  }),
}));

/** The message that a cursor names, in lists of messages: null without one. Throws `BAD_USER_INPUT` for what is none. */
export function cursorKey(field: string, cursor: string | null | undefined): MessageKey | null {
  if (cursor === null || cursor === undefined) return null;
  const key = globalKeyOf(cursor);
  if (!key) throw badInput(field, { zh: '游标无效，请使用消息的 id', en: "This is no cursor: use a message's id" });
  return key;
}

function requireMentioned(id: string): string {
  const uuid = userUuidOf(id);
  if (uuid === null) throw unknownMention();
  return uuid;
}

const SendMessageInput = builder.inputType('SendMessageInput', {
  description: 'A message to send.',
  fields: (t) => ({
    to: t.id({ required: true, description: "A User's id or uuid (their DIRECT conversation is made by the first message), or a Conversation's." }),
    clientId: t.field({
      type: 'UUID',
      required: true,
      description: 'Made by the client for this message. Sent again with the same one, the same message comes back and nothing is sent twice.',
    }),
    content: t.field({ type: MessageContentInput, required: true, description: 'What it says.' }),
    replyTo: t.id({ description: 'The id of a message of the same conversation that this one answers.' }),
    mentions: t.idList({ description: `Ids or uuids of users whom it names: members of the conversation, at most ${mentionLimit}.` }),
    mentionsEveryone: t.boolean({ description: 'It names all members: in groups, by the owner and admins. Default false.' }),
  }),
});

builder.mutationFields((t) => ({
  sendMessage: t.field({
    type: MessageRef,
    nullable: true,
    authScopes: { session: true },
    description: 'Sends a message. The answer means that it is committed: it will reach everybody concerned.',
    args: { input: t.arg({ type: SendMessageInput, required: true, description: 'The message.' }) },
    resolve: async (_root, { input }, context, info) => {
      const userUuid = userUuidOf(input.to);
      const conversationUuid = uuidOf('Conversation', input.to);
      const to = userUuid !== null ? { userUuid } : conversationUuid !== null ? { conversationUuid } : null;
      if (!to) throw new AppError('NOT_FOUND', { field: 'to' });
      const { forward } = input.content;
      return await context.services.messages.send(requireViewer(context), {
        to,
        clientId: input.clientId,
        content: typeof forward === 'string' ? { forward: requireMessageKey(forward, 'content.forward') } : givenContent(input.content),
        replyTo: typeof input.replyTo === 'string' ? requireMessageKey(input.replyTo, 'replyTo') : null,
        mentions: { people: (input.mentions ?? []).map(requireMentioned), everyone: input.mentionsEveryone ?? false },
        withSender: asksFor(info, 'sender'),
      });
    },
  }),
  recallMessage: t.field({
    type: MessageRef,
    nullable: true,
    authScopes: { session: true },
    description:
      'Takes back a message of one’s own, for some time after it was sent (`RECALL_EXPIRED` afterwards); in a group the owner takes back any, and admins those of members below them, at any time (`MUTED` while they are muted themselves). Nothing that is read after the answer holds the content.',
    args: { id: t.arg.id({ required: true, description: 'The message.' }) },
    resolve: async (_root, { id }, context) => {
      return await context.services.messages.recall(requireViewer(context), requireMessageKey(id));
    },
  }),
}));
