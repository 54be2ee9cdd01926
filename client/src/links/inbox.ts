import type { ConversationHeadFragment, MessageFragment } from '../generated/graphql.ts';
import type { InboxConversation, InboxCopy, InboxEvent, InboxMessage } from './events.ts';

/** A conversation with its newest message. */
export type Listed<M, C> = C & { readonly lastMessage: M | null };

/** What a page shows, for clients without a cache of their own. */
export interface Inbox<M extends InboxMessage, C extends InboxConversation> {
  /** By id. An object is replaced when something in it changes, never changed. */
  readonly conversations: ReadonlyMap<string, Listed<M, C>>;
  /** Takes a copy that came in whatever way, unless the one at hand is newer. */
  putConversation(copy: InboxCopy<M, C>): void;
  putMessage(conversationId: string, copy: M): void;
  /** The messages of a conversation that this page holds, in order. */
  messages(conversationId: string): M[];
  /** After `SyncReset` it is empty: read again what is shown, and put it in. */
  apply(event: InboxEvent<M, C>): void;
}

/**
 * Makes an empty inbox, for messages and conversations as `EventsDocument` selects them; with documents of the page's own:
 * `createInbox<ChatMessageFragment, ChatConversationFragment>()`.
 */
export function createInbox<M extends InboxMessage = MessageFragment, C extends InboxConversation = ConversationHeadFragment>(): Inbox<M, C> {
  const conversations = new Map<string, Listed<M, C>>();
  /** By conversation, then by the message's id. */
  const messages = new Map<string, Map<string, M>>();

  const putConversation = (copy: InboxCopy<M, C>) => {
    const known = conversations.get(copy.id);
    const lastMessage = newest(copy.lastMessage, known?.lastMessage);
    if (!known || isNewer(copy, known)) conversations.set(copy.id, { ...copy, lastMessage });
    else if (lastMessage !== known.lastMessage) conversations.set(copy.id, { ...known, lastMessage });
  };
  const putMessage = (conversationId: string, copy: M) => {
    const known = messages.get(conversationId) ?? new Map<string, M>();
    messages.set(conversationId, known);
    if ((known.get(copy.id)?.rev ?? 0) <= copy.rev) known.set(copy.id, copy);
    const conversation = conversations.get(conversationId);
    if (conversation) putConversation({ ...conversation, lastMessage: newest(copy, conversation.lastMessage) });
  };
  const forget = (conversationId: string, rev: number) => {
    if ((conversations.get(conversationId)?.rev ?? 0) <= rev) conversations.delete(conversationId);
    for (const message of messages.get(conversationId)?.values() ?? []) {
      if (message.rev <= rev) messages.get(conversationId)?.delete(message.id);
    }
  };

  return {
    conversations,
    putConversation,
    putMessage,
    messages: (conversationId) => [...(messages.get(conversationId)?.values() ?? [])].sort((a, b) => a.seq - b.seq),
    apply(event) {
      switch (event.__typename) {
        case 'MessageSent':
        case 'MessageChanged':
          putConversation(event.message.conversation);
          putMessage(event.message.conversation.id, event.message);
          break;
        case 'ConversationChanged':
          putConversation(event.conversation);
          break;
        case 'ConversationGone':
          forget(event.conversationId, event.rev);
          break;
        case 'SyncReset':
          // What follows is live; what is shown has to be read anew.
          conversations.clear();
          messages.clear();
          break;
        // Everything else: CaughtUp, and what newer servers tell.
      }
    },
  };
}

/** Read marks raise no rev, so of two copies with the same rev the higher marks are newer. None of the three ever falls. */
function isNewer(a: InboxConversation, b: InboxConversation): boolean {
  return a.rev >= b.rev && a.readSeq >= b.readSeq && (a.peerReadSeq ?? 0) >= (b.peerReadSeq ?? 0);
}

/** The later one of two messages of a conversation, and of the same one the newer copy. */
function newest<M extends InboxMessage>(copy: M | null | undefined, known: M | null | undefined): M | null {
  if (!copy || !known) return copy ?? known ?? null;
  return copy.seq > known.seq || (copy.seq === known.seq && copy.rev >= known.rev) ? copy : known;
}
