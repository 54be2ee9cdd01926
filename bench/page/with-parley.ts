import { createParley, memoryTokens } from 'parley-client';
import { createView } from './view.ts';

const { api, token, userId, conversationId } = window.setting;
const tokens = memoryTokens();
await tokens.set({ token, refreshToken: '', userId });
const parley = createParley({ url: api, tokens });
const chat = parley.conversation(conversationId);
const draw = createView(
  () => ({
    list: parley.conversations.get().conversations.map(({ id, title, lastMessage, unreadCount }) => ({
      id,
      title,
      text: lastMessage?.content?.text ?? '',
      unread: unreadCount,
    })),
    lines: chat.messages.map(({ id, sender, content }) => ({ id, name: sender?.nickname ?? '', text: content?.text ?? '' })),
  }),
  (text) => void chat.send(text),
);
chat.subscribe(draw);
const more = () => {
  draw();
  const { hasMore, isLoading } = parley.conversations.get();
  if (hasMore && !isLoading) void parley.conversations.loadMore();
};
parley.conversations.subscribe(more);
await parley.restore();
more();
