import type { eventNames } from './possible-types.ts';

type EventName = (typeof eventNames)[number];

/** What of an event changes lists, however much else a document selects of it. */
export type ListEvent =
  | { readonly __typename: 'MessageSent'; readonly message: { readonly id: string; readonly conversation: { readonly id: string } } }
  | { readonly __typename: 'ConversationChanged'; readonly conversation: { readonly id: string } }
  | Gone
  | { readonly __typename: Exclude<EventName, 'MessageSent' | 'ConversationChanged' | 'ConversationGone'> };

interface Gone {
  readonly __typename: 'ConversationGone';
  readonly conversationId: string;
  readonly rev: number;
}

/** A message as an inbox needs it: `id`, `seq` and `rev`, and whatever a page shows. */
export interface InboxMessage {
  readonly id: string;
  readonly seq: number;
  readonly rev: number;
}

/** A conversation as an inbox needs it. */
export interface InboxConversation {
  readonly id: string;
  readonly rev: number;
  readonly readSeq: number;
  readonly peerReadSeq?: number | null;
}

/** An event as an inbox needs it. */
export type InboxEvent<M extends InboxMessage, C extends InboxConversation> =
  | { readonly __typename: 'MessageSent' | 'MessageChanged'; readonly message: M & { readonly conversation: C } }
  | { readonly __typename: 'ConversationChanged'; readonly conversation: C }
  | Gone
  | { readonly __typename: Exclude<EventName, 'MessageSent' | 'MessageChanged' | 'ConversationChanged' | 'ConversationGone'> };
