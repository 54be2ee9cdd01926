import type { eventNames } from './possible-types.ts';

type EventName = (typeof eventNames)[number];

interface Gone {
  readonly __typename: 'ConversationGone';
  readonly conversationId: string;
  readonly rev: number;
}

/** What of an event changes the lists of a cache, however much else a document selects of it. */
export type ListEvent =
  | { readonly __typename: 'MessageSent'; readonly message: { readonly id: string; readonly conversation: { readonly id: string } } }
  | { readonly __typename: 'ConversationChanged'; readonly conversation: { readonly id: string } }
  | Gone
  | { readonly __typename: Exclude<EventName, 'MessageSent' | 'ConversationChanged' | 'ConversationGone'> };

/** A message as an inbox needs it: `id`, `seq` and `rev`, and whatever a page shows. */
export interface InboxMessage {
  readonly id: string;
  readonly seq: number;
  readonly rev: number;
}

/** A conversation as an inbox needs it. Its newest message the inbox knows by the messages. */
export interface InboxConversation {
  readonly id: string;
  readonly rev: number;
  readonly readSeq: number;
  readonly peerReadSeq?: number | null;
}

/** A conversation as it comes: a document may select its newest message or not. */
export type InboxCopy<M extends InboxMessage, C extends InboxConversation> = C & { readonly lastMessage?: M | null };

/** An event as an inbox needs it. */
export type InboxEvent<M extends InboxMessage, C extends InboxConversation> =
  | { readonly __typename: 'MessageSent' | 'MessageChanged'; readonly message: M & { readonly conversation: InboxCopy<M, C> } }
  | { readonly __typename: 'ConversationChanged'; readonly conversation: InboxCopy<M, C> }
  | Gone
  | { readonly __typename: Exclude<EventName, 'MessageSent' | 'MessageChanged' | 'ConversationChanged' | 'ConversationGone'> };
