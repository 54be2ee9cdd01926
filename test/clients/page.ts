import { setTimeout as sleep } from 'node:timers/promises';
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { print } from 'graphql';
import type { Parley } from 'parley-client';
import { EventsDocument, type EventsSubscription } from 'parley-client/documents';
import { WebSocket } from 'ws';
import { createSession, sharedStore } from '../../bench/page/session.ts';
import { createSocket } from '../../bench/page/socket.ts';
import { subscribeFrom } from '../../client/src/links/resume.ts';
import { ChatSendDocument, type ChatSendMutation, ChatStartDocument, type ChatStartQuery } from '../generated/graphql.ts';
import { present } from '../support/client.ts';
import { closeLater } from '../support/lifetime.ts';
import type { Person } from '../support/people.ts';
import { createQueue, type Queue } from '../support/queue.ts';

/** An event as the package selects it. */
export type ChatEvent = EventsSubscription['events'];

/** A frame that a client has sent. */
export interface SentFrame {
  readonly type: string;
  readonly payload?: { readonly variables?: { readonly after?: string | null } };
}

/** A web page of somebody, with the package, and what tests look at. */
export interface Page {
  readonly api: string;
  readonly parley: Parley;
  /** Every event that came and was applied, in order. */
  readonly events: Queue<ChatEvent>;
  /** The code of every close of the socket. */
  readonly closed: Queue<number>;
  /** Every frame that the socket has sent. */
  readonly sent: readonly SentFrame[];
  ask<R, V>(document: TypedDocumentNode<R, V>, variables: V): Promise<R>;
  /** Reads what a page shows first, and from where its events go on. */
  start(): Promise<ChatStartQuery>;
  send(to: string, text: string): Promise<NonNullable<ChatSendMutation['sendMessage']>>;
  /** Follows the events from there on, or from another place; rejects with what ends it. */
  follow(apply?: (event: ChatEvent) => void, from?: string): Promise<void>;
  /** The token that the page has. */
  token(): string;
}

/** Opens a page at a server, or at a proxy in front of it. The socket connects with the first subscription; with `pauses` it comes back after those that the package has, and else at once. */
export function openPage(person: Person, { at = person.app.url, pauses = false } = {}): Page {
  const url = new URL('/graphql', at).href;
  const events = createQueue<ChatEvent>(`the page of ${person.username}`);
  const closed = createQueue<number>('the close of the socket');
  const sent: SentFrame[] = [];
  class SpiedWebSocket extends WebSocket {
    constructor(...args: ConstructorParameters<typeof WebSocket>) {
      super(...args);
      this.on('close', (code) => closed.push(code));
    }
    override send(data: string): void {
      sent.push(JSON.parse(data));
      super.send(data);
    }
  }
  const storage = new Map<string, string>();
  const store = sharedStore({ getItem: (key) => storage.get(key) ?? null, setItem: (key, value) => storage.set(key, value) });
  store.set({ token: person.token, refreshToken: person.refreshToken });
  const session = createSession(url, store);
  const socket = createSocket(
    url.replace('http', 'ws'),
    session,
    { cursor: null },
    {
      webSocketImpl: SpiedWebSocket,
      ...(pauses ? {} : { retryWait: () => sleep(20) }),
    },
  );
  closeLater(async () => void (await Promise.allSettled([socket.dispose()])));
  const opened = { url, fetch: session.fetch, subscribe: socket.subscribe };
  const parley: Parley = {
    ...opened,
    subscribe: (operation, sink) =>
      opened.subscribe(operation, {
        error: (error) => sink.error(error),
        complete: () => sink.complete(),
        next(result) {
          sink.next(result);
          if (isEvent(result)) events.push(result.data.events);
        },
      }),
  };
  const ask = async <R, V>(document: TypedDocumentNode<R, V>, variables: V): Promise<R> => {
    const body = JSON.stringify({ query: print(document), variables });
    const response = await parley.fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    const { data, errors } = await response.json();
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  };
  let cursor: string | undefined;
  return {
    api: url,
    parley,
    events,
    closed,
    sent,
    ask,
    async start() {
      const data = await ask(ChatStartDocument, {});
      cursor = present(data.viewer).cursor;
      return data;
    },
    async send(to, text) {
      const { sendMessage } = await ask(ChatSendDocument, { input: { to, clientId: crypto.randomUUID(), content: { text } } });
      return present(sendMessage);
    },
    follow: (apply = () => {}, from = cursor) =>
      new Promise((resolve, reject) => {
        const operation = { query: `${EventsDocument}`, variables: { after: from ?? null } };
        subscribeFrom<{ data?: EventsSubscription | null }>(parley, operation, {
          next: ({ data }) => data && apply(data.events),
          error: reject,
          complete: resolve,
        });
      }),
    token: () => store.get().token,
  };
}

const isEvent = (result: unknown): result is { data: EventsSubscription } =>
  typeof result === 'object' && result !== null && 'data' in result && typeof result.data === 'object' && result.data !== null && 'events' in result.data;

/** The texts of the messages that were sent, in the order of their events. */
export function textsSent(events: readonly ChatEvent[]): (string | undefined)[] {
  return events.flatMap((event) => (event.__typename === 'MessageSent' ? [event.message.content?.text] : []));
}

/** The event that a message with this text was sent. */
export function isSent(text: string): (event: ChatEvent) => boolean {
  return (event) => event.__typename === 'MessageSent' && event.message.content?.text === text;
}
