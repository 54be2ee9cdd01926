import type { ChatConversationFragment, ChatEventsSubscription, ChatMessageFragment } from '../generated/graphql.ts';

type Event = ChatEventsSubscription['events'];

/** What a page shows, for clients without a cache of their own. */
export function createInbox() {
  const conversations = new Map<string, ChatConversationFragment>();
  /** By conversation, then by the message's id. */
  const messages = new Map<string, Map<string, ChatMessageFragment>>();

  /** Takes a copy that came in whatever way, unless the one at hand is newer. */
  const putConversation = (copy: ChatConversationFragment) => {
    const known = conversations.get(copy.id);
    if (!known || isNewer(copy, known)) conversations.set(copy.id, copy);
  };
  const putMessage = (conversationId: string, copy: ChatMessageFragment) => {
    const known = messages.get(conversationId) ?? new Map<string, ChatMessageFragment>();
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
    /** The messages of a conversation that this page holds, in order. */
    messages: (conversationId: string) => [...(messages.get(conversationId)?.values() ?? [])].sort((a, b) => a.seq - b.seq),
    apply(event: Event) {
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
function isNewer(a: ChatConversationFragment, b: ChatConversationFragment): boolean {
  return a.rev >= b.rev && a.readSeq >= b.readSeq && (a.peerReadSeq ?? 0) >= (b.peerReadSeq ?? 0);
}
