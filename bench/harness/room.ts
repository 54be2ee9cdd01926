import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { inTurn, openReader, type Reader, tally } from './reader.ts';
import type { Guest, Room } from './scene.ts';

/** What a page of a chat shows of a message. */
const messageParts = partsWith('');

function partsWith(more: string): string {
  return `fragment MessageParts on Message {
  id seq rev clientId createdAt recalledAt conversation { id } sender { id uuid username }
  content { __typename text ${more}}
}`;
}

const subscriptionsWith = (parts: string) => ({
  messages: `subscription ($conversationId: ID!) { messages(conversationId: $conversationId) { ...MessageParts } } ${parts}`,
  events: `subscription { events { __typename cursor at ... on MessageSent { message { ...MessageParts } } } } ${parts}`,
});

/** The two subscriptions that bring messages. */
export const subscriptions = subscriptionsWith(messageParts);

/** The same of a page that shows pictures. */
export const pictureSubscriptions: typeof subscriptions = subscriptionsWith(
  partsWith(`... on AttachmentsContent {
    caption
    files {
      __typename id name mime size url urlExpiresAt
      ... on ImageFile { width height isAnimated thumbnailUrl placeholder }
    }
  } `),
);

/** So long that a stream which begins is no more of those that came just before it, for which the server reads together. */
export async function untilAlone(): Promise<void> {
  await sleep(30);
}

/** What is said: a text, or files, by the ids of their uploads. */
export type Said = string | readonly string[];

const sendMessage = `mutation ($input: SendMessageInput!) { sendMessage(input: $input) { ...MessageParts } } ${messageParts}`;

/** The text that is sent. */
const text = 'The quick brown fox jumps over the lazy dog. 你好！';

/** Opens a socket, from this address, and waits for the acknowledgement. */
export async function enter(port: number, guest: Pick<Guest, 'token'>, localAddress?: string): Promise<Reader> {
  const reader = await openReader(port, '/graphql', 'graphql-transport-ws', {}, localAddress);
  const acknowledged = Promise.withResolvers<void>();
  reader.listen((frame) => (frame.includes('"connection_ack"') ? acknowledged.resolve() : undefined));
  reader.send(JSON.stringify({ type: 'connection_init', payload: { token: guest.token } }));
  const late = setTimeout(() => acknowledged.reject(new Error('no acknowledgement')), 30_000);
  await acknowledged.promise;
  clearTimeout(late);
  reader.listen(null);
  return reader;
}

/** Where the events of whoever opened the socket stand. */
export async function cursorOf(socket: Reader): Promise<string> {
  const answered = Promise.withResolvers<string>();
  socket.listen(answered.resolve);
  socket.send(JSON.stringify({ id: 'cursor', type: 'subscribe', payload: { query: '{ viewer { cursor } }' } }));
  const answer = await answered.promise;
  const cursor = /"cursor":"([^"]+)"/.exec(answer)?.[1];
  if (cursor === undefined) throw new Error(answer);
  return cursor;
}

/** Opens sockets with a subscription each. Those of `events` are caught up. */
export async function subscribe(
  port: number,
  guests: readonly Guest[],
  kind: keyof typeof subscriptions,
  room: Room,
  documents = subscriptions,
): Promise<Reader[]> {
  return await inTurn(guests, 32, async (guest) => {
    const reader = await enter(port, guest);
    const begun = Promise.withResolvers<void>();
    const variables = kind === 'messages' ? { conversationId: room.globalId } : {};
    reader.listen((frame) => {
      if (frame.includes('CaughtUp') || frame.includes('"id":"s-ping"')) begun.resolve();
      if (frame.includes('"error"')) begun.reject(new Error(frame));
    });
    reader.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: documents[kind], variables } }));
    if (kind === 'messages') begun.resolve();
    await begun.promise;
    reader.listen(null);
    return reader;
  });
}

/** A frame that sends a message. */
export function messageFrame(id: string, room: Room, said: Said): string {
  const content = typeof said === 'string' ? { text: said } : { attachments: { uploadIds: said } };
  const input = { clientId: randomUUID(), to: room.globalId, content };
  return JSON.stringify({ id, type: 'subscribe', payload: { query: sendMessage, variables: { input } } });
}

/** Somebody who sends. */
export interface Sender {
  /** Sends messages, all at once, and resolves when all are acknowledged. */
  send(count?: number): Promise<void>;
  close(): void;
}

/** Opens a socket for sending; a refused message is an error. */
export async function createSender(port: number, guest: Guest, room: Room, said: Said = text): Promise<Sender> {
  const reader = await enter(port, guest);
  const waiting = new Map<string, { readonly resolve: () => void; readonly reject: (error: Error) => void }>();
  let last = 0;
  reader.listen((frame) => {
    // Whatever a sender hears is no delivery.
    tally.frames -= 1;
    if (!frame.includes('"type":"next"') && !frame.includes('"type":"error"')) return;
    const id = /"id":"(\d+)"/.exec(frame)?.[1] ?? '';
    const sent = waiting.get(id);
    waiting.delete(id);
    if (frame.includes('"errors"') || frame.includes('"type":"error"')) sent?.reject(new Error(frame));
    else sent?.resolve();
  });
  return {
    async send(count = 1) {
      const answers: Promise<void>[] = [];
      const frames = Array.from({ length: count }, () => {
        const id = `${++last}`;
        answers.push(new Promise((resolve, reject) => waiting.set(id, { resolve, reject })));
        return messageFrame(id, room, said);
      });
      reader.send(...frames);
      await Promise.all(answers);
    },
    close: reader.close,
  };
}
