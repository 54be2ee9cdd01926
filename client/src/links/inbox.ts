import type { InboxConversation, InboxEvent, InboxMessage } from './events.ts';

/** What a page shows, for clients without a cache of their own. */
export interface Inbox<M extends InboxMessage, C extends InboxConversation> {
  /** By id. */
  readonly conversations: ReadonlyMap<string, C>;
  /** Takes a copy that came in whatever way, unless the one at hand is newer. */
  putConversation(copy: C): void;
  putMessage(conversationId: string, copy: M): void;
  /** The messages of a conversation that this page holds, in order. */
  messages(conversationId: string): M[];
  /** After `SyncReset` it is empty: read again what is shown, and put it in. */
  apply(event: InboxEvent<M, C>): void;
}

/** Makes an empty inbox: `createInbox<MessageFragment, ConversationFragment>()`, with the types of the page's own documents. */
export function createInbox<M extends InboxMessage, C extends InboxConversation>(): Inbox<M, C> {
  const conversations = new Map<string, C>();
  /** By conversation, then by the message's id. */
  const messages = new Map<string, Map<string, M>>();

  const putConversation = (copy: C) => {
    const known = conversations.get(copy.id);
    if (!known || isNewer(copy, known)) conversations.set(copy.id, copy);
  };
  const putMessage = (conversationId: string, copy: M) => {
    const known = messages.get(conversationId) ?? new Map<string, M>();
    messages.set(conversationId, known);
    if ((known.get(copy.id)?.rev ?? 0) <= copy.rev) known.set(copy.id, copy);
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
          putMessage(event.message.conversation.id, event.message);
          putConversation(event.message.conversation);
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
