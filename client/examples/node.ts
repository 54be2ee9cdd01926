import { createParley, memoryTokens } from 'parley-client';
import { WebSocket } from 'ws';

/** A program that answers everybody once. Node 20 has no WebSocket of its own: `npm install ws`. */
export async function startBot(url: string, username: string, password: string) {
  const parley = createParley({ url, tokens: memoryTokens(), webSocket: WebSocket, warmStart: false, locale: 'en' });
  await parley.signIn({ username, password });
  const answered = new Set<string>();
  const answer = () => {
    for (const { id, unreadCount, lastMessage } of parley.conversations.get().conversations) {
      if (unreadCount === 0 || !lastMessage?.sender || answered.has(lastMessage.id)) continue;
      answered.add(lastMessage.id);
      const chat = parley.conversation(id);
      chat.markRead(lastMessage.seq);
      void chat.send(`You said: ${lastMessage.content?.text}`);
    }
  };
  parley.conversations.subscribe(answer);
  return parley;
}
