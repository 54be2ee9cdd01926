import type { Chat, Message, Parley } from 'parley-client';

/** The list of conversations, newest activity first, all pages of it. */
export async function titles(parley: Parley): Promise<string[]> {
  const stop = parley.conversations.subscribe(() => {});
  await until(parley.conversations, ({ isLoading }) => !isLoading);
  while (parley.conversations.get().hasMore) await parley.conversations.loadMore();
  stop();
  return parley.conversations.get().conversations.map(({ title, unreadCount }) => `${title} (${unreadCount})`);
}

/** What a room shows: each message by its id, with what the viewer may do about it. */
export function lines(chat: Chat): string[] {
  const { messages, conversation } = chat.get();
  return messages.map((message) => {
    const who = message.isOwn ? 'me' : (message.sender?.nickname ?? conversation?.title);
    const mark = message.state === 'failed' ? ` (${message.error?.message})` : message.state === 'sending' ? ' …' : '';
    return `${who}: ${message.recalledAt ? '(recalled)' : message.content?.text}${mark}`;
  });
}

/** Everything that can be done with a message. All of it shows at once, and is taken back where the server refuses it. */
export async function tryEverything(chat: Chat, other: { readonly id: string }): Promise<Message> {
  const message = await chat.send({ text: 'Shall we meet here?' }, { mentions: [other.id] });
  await chat.send({ location: { latitude: 31.23, longitude: 121.47, name: 'The Bund' } }, { replyTo: message.id });
  await chat.send({ custom: { type: 'poll', text: 'At what time?', data: '{"choices":["6","7"]}' } });
  await chat.send({ contact: other.id });
  await chat.send({ forward: message.id });
  await chat.edit(message.id, 'Shall we meet there?');
  await chat.react(message.id, '👍');
  await chat.unreact(message.id, '👍');
  const mistake = await chat.send('Never mind');
  await chat.recall(mistake.id);
  chat.setTyping();
  chat.markRead();
  return message;
}

/** Goes back to the beginning of a conversation, then to a message, then to the newest one. */
export async function walk(chat: Chat, messageId: string): Promise<void> {
  while (chat.get().hasOlder) await chat.loadOlder();
  await chat.jumpTo(messageId);
  while (chat.get().hasNewer) await chat.loadNewer();
  await chat.jumpToNewest();
}

/** What was refused waits at its message, for one of the two. */
export function tidyUp(chat: Chat): void {
  for (const { clientId, state, error } of chat.messages) {
    if (state !== 'failed' || clientId === null) continue;
    if (error?.retryable) chat.retry(clientId);
    else chat.discard(clientId);
  }
}

/** Waits until something that changes is as it is wanted. */
export function until<T>(readable: { get(): T; subscribe(listener: () => void): () => void }, isSo: (value: T) => boolean): Promise<T> {
  return new Promise((resolve) => {
    const look = () => {
      const value = readable.get();
      if (!isSo(value)) return;
      queueMicrotask(() => stop());
      resolve(value);
    };
    const stop = readable.subscribe(look);
    look();
  });
}
