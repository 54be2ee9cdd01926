import type { MessageFragment, UserFragment } from '../generated/graphql.ts';
import type { OutboxEntry } from '../outbox/contract.ts';
import type { Message, Sendable } from '../types.ts';

type Content = NonNullable<MessageFragment['content']>;

/** What a message on its way can show of the rest of the store. */
export interface Surroundings {
  readonly conversationId: string;
  readonly viewer: UserFragment | null;
  message(id: string): MessageFragment | null;
  user(id: string): UserFragment | null;
}

/** A message that the server has not, as it is shown. */
export function waitingMessage(entry: OutboxEntry, around: Surroundings): Message {
  const { clientId, createdAt, content, options, state, error, uploads } = entry;
  const quoted = options.replyTo === undefined ? null : around.message(options.replyTo);
  const forwarded = typeof content === 'object' && 'forward' in content ? around.message(content.forward) : null;
  return {
    __typename: 'Message',
    id: clientId,
    seq: 0,
    rev: 0,
    clientId,
    createdAt,
    editedAt: null,
    recalledAt: null,
    pinnedAt: null,
    mentionsEveryone: options.mentionsEveryone ?? false,
    sender: around.viewer,
    forwardedFrom: forwarded ? (forwarded.forwardedFrom ?? forwarded.sender) : null,
    mentions: (options.mentions ?? []).flatMap((id) => around.user(id) ?? []),
    content: forwarded ? forwarded.content : contentOf(content, entry, around),
    replyTo: quoted,
    reactions: [],
    conversation: { __typename: 'Conversation', id: around.conversationId },
    state,
    error,
    isOwn: true,
    uploads,
  };
}

function contentOf(content: Sendable, { uploads }: OutboxEntry, around: Surroundings): Content | null {
  if (typeof content === 'string') return { __typename: 'TextContent', text: content };
  if ('text' in content) return { __typename: 'TextContent', text: content.text };
  if ('attachments' in content) {
    const { caption = null } = content;
    return { __typename: 'AttachmentsContent', text: caption ?? '', caption, files: uploads.flatMap(({ file }) => file ?? []) };
  }
  if ('location' in content) {
    const { latitude, longitude, name = null } = content.location;
    return { __typename: 'LocationContent', text: name ?? '', latitude, longitude, name };
  }
  if ('custom' in content) return { __typename: 'CustomContent', ...content.custom };
  if ('contact' in content) {
    const user = around.user(content.contact);
    return user && { __typename: 'ContactContent', text: user.nickname, user };
  }
  return null;
}
