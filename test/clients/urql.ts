import { Client, fetchExchange, subscriptionExchange } from '@urql/core';
import type { Client as Socket } from 'graphql-ws';
import { ChatEventsDocument, type ChatEventsSubscription } from '../generated/graphql.ts';
import type { Session } from './session.ts';
import type { Place } from './socket.ts';

/** Subscriptions go over the socket, everything else over HTTP. */
export function createUrql(api: string, session: Session, socket: Socket): Client {
  return new Client({
    url: api,
    fetch: session.fetch,
    preferGetMethod: false,
    exchanges: [
      fetchExchange,
      subscriptionExchange({
        forwardSubscription: ({ query = '', ...request }) => ({
          subscribe: (sink) => ({ unsubscribe: socket.subscribe({ query, ...request }, sink) }),
        }),
      }),
    ],
  });
}

/** Applies every event, once and in order; gives the function that ends it. */
export function follow(urql: Client, place: Place, apply: (event: ChatEventsSubscription['events']) => void): () => void {
  const { unsubscribe } = urql.subscription(ChatEventsDocument, { after: place.cursor }).subscribe(({ data }) => {
    if (!data) return;
    apply(data.events);
    place.cursor = data.events.cursor;
  });
  return unsubscribe;
}
