import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { print } from 'graphql';
import { memoryTokens, type Tokens } from 'parley-client';
import { EventsDocument, type EventsSubscription } from 'parley-client/documents';
import { createTransport, type Transport, type TransportOptions } from 'parley-client/urql';
import { WebSocket } from 'ws';
import { ChatSendDocument, type ChatSendMutation, ChatStartDocument, type ChatStartQuery } from '../generated/graphql.ts';
import { present } from '../support/client.ts';
import { closeLater } from '../support/lifetime.ts';
import type { Person } from '../support/people.ts';
import { createQueue, type Queue } from '../support/queue.ts';

/** An event as the package selects it. */
export type ChatEvent = EventsSubscription['events'];

/** A frame that a page has sent or got. */
export interface Frame {
  readonly type: string;
  readonly payload?: { readonly variables?: { readonly after?: string | null }; readonly data?: { readonly events?: ChatEvent } | null };
}

/** A web page of somebody, with the session and the socket of the package, and what tests look at. */
export interface Page {
  /** What the page gives to the package. Whatever is made with it is seen here. */
  readonly options: TransportOptions;
  readonly transport: Transport;
  /** Every event that came, in order, once it was applied. */
  readonly events: Queue<ChatEvent>;
  /** The code of every close of the socket. */
  readonly closed: Queue<number>;
  /** Every frame that the socket has sent. */
  readonly sent: readonly Frame[];
  ask<R, V>(document: TypedDocumentNode<R, V>, variables: V): Promise<R>;
  /** Reads what a page shows first, and from where its events go on. */
  start(): Promise<ChatStartQuery>;
  send(to: string, text: string): Promise<NonNullable<ChatSendMutation['sendMessage']>>;
  /** Follows the events from there on, or from another place; rejects with what ends it. */
  follow(apply?: (event: ChatEvent) => void, from?: string): Promise<void>;
  token(): string;
}

/** Opens a page at a server, or at a proxy in front of it. The socket connects with the first subscription. */
export function openPage(person: Person, { at = person.app.url }: { at?: string } = {}): Page {
  return openPageAt(new URL('/graphql', at).href, { token: person.token, refreshToken: person.refreshToken, userId: person.user.id });
}

/** Opens a page of whoever has these tokens, of nobody without. */
export function openPageAt(url: string, initial: Tokens | null): Page {
  const events = createQueue<ChatEvent>('the events of a page');
  const closed = createQueue<number>('the close of the socket');
  const sent: Frame[] = [];
  class SpiedWebSocket extends WebSocket {
    constructor(...args: ConstructorParameters<typeof WebSocket>) {
      super(...args);
      this.on('close', (code) => closed.push(code));
      this.on('message', (data) => {
        const { payload }: Frame = JSON.parse(String(data));
        if (payload?.data?.events) events.push(payload.data.events);
      });
    }
    override send(data: string): void {
      sent.push(JSON.parse(data));
      super.send(data);
    }
  }
  let kept = initial;
  const { subscribe = () => () => {}, ...store } = memoryTokens(kept);
  const tokens = {
    ...store,
    subscribe,
    set(next: Tokens | null) {
      kept = next;
      return store.set(next);
    },
  };
  const options = { url, tokens, webSocket: SpiedWebSocket, locale: 'en' };
  const transport = createTransport(options);
  closeLater(transport.close);

  const ask = async <R, V>(document: TypedDocumentNode<R, V>, variables: V): Promise<R> => {
    const body = JSON.stringify({ query: print(document), variables });
    const response = await transport.fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    const { data, errors } = await response.json();
    if (errors) throw new Error(JSON.stringify(errors));
    return data;
  };
  let cursor: string | null = null;
  return {
    options,
    transport,
    events,
    closed,
    sent,
    ask,
    async start() {
      const data = await ask(ChatStartDocument, {});
      ({ cursor } = present(data.viewer));
      return data;
    },
    async send(to, text) {
      const { sendMessage } = await ask(ChatSendDocument, { input: { to, clientId: crypto.randomUUID(), content: { text } } });
      return present(sendMessage);
    },
    follow(apply = () => {}, from) {
      let after = from ?? cursor;
      const variables = {
        get after() {
          return after;
        },
      };
      return new Promise((resolve, reject) => {
        transport.subscribe<EventsSubscription>(
          { query: String(EventsDocument), variables },
          {
            next({ data }) {
              if (!data) return;
              apply(data.events);
              after = data.events.cursor;
            },
            error: reject,
            complete: resolve,
          },
        );
      });
    },
    token: () => kept?.token ?? '',
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
