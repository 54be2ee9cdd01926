import type { Core } from '../core.ts';
import {
  DirectConversationDocument,
  EditMessageDocument,
  MarkReadDocument,
  MessagesAroundDocument,
  ReactDocument,
  RecallMessageDocument,
  UnreactDocument,
} from '../generated/later.ts';
import type { Tools } from '../tools.ts';
import type { RequestOptions } from '../types.ts';
import type { Entity } from './entities.ts';

/** So many messages are read on each side of one: twice as many would cost a visitor too much. */
const count = 15;

/** What a store asks for only when somebody does something: loaded then. */
export type Asks = ReturnType<typeof createAsks>;

export function createAsks({ request }: Core, { ParleyError }: Tools) {
  return {
    direct: (userId: string) => request(DirectConversationDocument, { userId }),
    /** The ids of the messages before, at and after one. Rejects with NOT_FOUND where it is not in the conversation. */
    async around(id: string, messageId: string) {
      const { node, conversation } = await request(MessagesAroundDocument, { conversationId: id, messageId, place: messageId, count });
      if (node?.__typename !== 'Message' || node.conversation.id !== id || !conversation) throw new ParleyError('NOT_FOUND', 'There is no such message.');
      const { older, newer } = conversation;
      const [before, after] = [older, newer].map(({ edges }) => edges.map((edge) => edge.node.id));
      return {
        ids: [...(before ?? []), messageId, ...(after ?? [])],
        place: { hasOlder: older.pageInfo.hasPreviousPage, hasNewer: newer.pageInfo.hasNextPage },
      };
    },
    edit: ({ id, content }: Entity, text: string, options: RequestOptions) => {
      const hasCaption = typeof content === 'object' && content !== null && 'caption' in content;
      return request(EditMessageDocument, { id, content: hasCaption ? { caption: text } : { text } }, options);
    },
    recall: (id: string, options: RequestOptions) => request(RecallMessageDocument, { id }, options),
    react: (messageId: string, emoji: string, options: RequestOptions) => request(ReactDocument, { messageId, emoji }, options),
    unreact: (messageId: string, emoji: string, options: RequestOptions) => request(UnreactDocument, { messageId, emoji }, options),
    markRead: (conversationId: string, seq: number, options: RequestOptions) => request(MarkReadDocument, { conversationId, seq }, options),
  };
}
