import { setTimeout as sleep } from 'node:timers/promises';
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { print } from 'graphql';
import type { Client } from 'graphql-ws';
import { WebSocket } from 'ws';
import { type ChatEventsSubscription, ChatSendDocument, type ChatSendMutation, ChatStartDocument, type ChatStartQuery } from '../generated/graphql.ts';
import { present } from '../support/client.ts';
import { closeLater } from '../support/lifetime.ts';
import type { Person } from '../support/people.ts';
import { createQueue, type Queue } from '../support/queue.ts';
import { createSession, type Session, sharedStore } from './session.ts';
import { codeOf, createSocket, type Place } from './socket.ts';

/** An event as these clients select it. */
export type ChatEvent = ChatEventsSubscription['events'];

/** A frame that a client has sent. */
export interface SentFrame {
  readonly type: string;
  readonly payload?: { readonly cursor?: string; readonly variables?: { readonly after?: string } };
}

/** A web page of somebody: what README.md gives to every page, and what tests look at. */
export interface Page {
  readonly api: string;
  readonly session: Session;
  readonly socket: Client;
  readonly place: Place;
  /** Every event that was applied, in order. */
  readonly events: Queue<ChatEvent>;
  /** The code of every close of the socket. */
  readonly closed: Queue<number | null>;
  /** Every frame that the socket has sent. */
  readonly sent: readonly SentFrame[];
  ask<R, V>(document: TypedDocumentNode<R, V>, variables: V): Promise<R>;
  /** Reads what the page shows first, and from where its events go on. */
  start(): Promise<ChatStartQuery>;
  send(to: string, text: string): Promise<NonNullable<ChatSendMutation['sendMessage']>>;
}

/**
 * Opens a page at a server, or at a proxy in front of it; `keepAlive` is in milliseconds. The socket connects with the first subscription; with
 * `pauses` it comes back after the pauses that README.md has, and else at once.
 */
export function openPage(person: Person, { at = person.app.url, keepAlive = 10_000, pauses = false } = {}): Page {
  const api = new URL('/graphql', at).href;
  const storage = new Map<string, string>();
  const store = sharedStore({ getItem: (key) => storage.get(key) ?? null, setItem: (key, value) => storage.set(key, value) });
  store.set({ token: person.token, refreshToken: person.refreshToken });
  const session = createSession(api, store);
  const place: Place = { cursor: null };
  const sent: SentFrame[] = [];
  class SpiedWebSocket extends WebSocket {
    override send(data: string): void {
      sent.push(JSON.parse(data));
      super.send(data);
    }
  }
  const atOnce = pauses ? {} : { retryWait: () => sleep(20) };
  const socket = createSocket(api.replace('http', 'ws'), session, place, { webSocketImpl: SpiedWebSocket, keepAlive, ...atOnce });
  const events = createQueue<ChatEvent>(`the page of ${person.username}`);
  const closed = createQueue<number | null>('the close of the socket');
  socket.on('closed', (event) => closed.push(codeOf(event)));
  // One that is just trying to connect says so by failing.
  closeLater(async () => void (await Promise.allSettled([socket.dispose()])));

  const ask = async <R, V>(document: TypedDocumentNode<R, V>, variables: V): Promise<R> => {
    const body = JSON.stringify({ query: print(document), variables });
    const response = await session.fetch(api, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    const { data, errors } = await response.json();
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  };
  return {
    api,
    session,
    socket,
    place,
    events,
    closed,
    sent,
    ask,
    async start() {
      const data = await ask(ChatStartDocument, {});
      place.cursor = present(data.viewer).cursor;
      return data;
    },
    async send(to, text) {
      const { sendMessage } = await ask(ChatSendDocument, { input: { to, clientId: crypto.randomUUID(), content: { text } } });
      return present(sendMessage);
    },
  };
}

/** The texts of the messages that were sent, in the order of their events. */
export function textsSent(events: readonly ChatEvent[]): (string | undefined)[] {
  return events.flatMap((event) => (event.__typename === 'MessageSent' ? [event.message.content?.text] : []));
}

/** The event that a message with this text was sent. */
export function isSent(text: string): (event: ChatEvent) => boolean {
  return (event) => event.__typename === 'MessageSent' && event.message.content?.text === text;
}
