import { createParley } from 'parley-client';

const parley = createParley({ url: 'https://chat.example.com/graphql' });

export async function openChat(username: string, password: string, userId: string, show: (texts: string[]) => void) {
  if (!(await parley.restore())) await parley.signIn({ username, password });
  const chat = parley.conversationWith(userId);
  chat.subscribe(() => show(chat.messages.map(({ isOwn, state, content }) => `${isOwn ? 'I' : 'They'} (${state}): ${content?.text}`)));
  await chat.send('Hello');
  return chat;
}
