import { type AnyVariables, Client, type ClientOptions, type Exchange, fetchExchange, gql, subscriptionExchange, type TypedDocumentNode } from '@urql/core';
import { subscribeFrom } from './links/resume.ts';
import type { Transport } from './links/transport.ts';
import type { TypedDocument } from './types.ts';

export type { InboxConversation, InboxEvent, InboxMessage } from './links/events.ts';
export { createInbox, type Inbox } from './links/inbox.ts';
export { possibleTypes } from './links/possible-types.ts';
export { createTransport, type Transport, type TransportOptions } from './links/transport.ts';

/** A document of `parley-client/documents` as urql takes it. */
export function documentNode<Result, Variables extends AnyVariables>(document: TypedDocument<Result, Variables>): TypedDocumentNode<Result, Variables> {
  return gql<Result, Variables>(`${document}`);
}

/** Runs subscriptions on the socket of the page: for a client that is put together by hand, beside `fetch: parley.fetch`. */
export function socketExchange(parley: Transport): Exchange {
  return subscriptionExchange({
    forwardSubscription: ({ query = '', variables, operationName, extensions }) => ({
      subscribe: (sink) => ({ unsubscribe: subscribeFrom(parley, { query, variables, operationName, extensions }, sink) }),
    }),
  });
}

/** A client of urql with the session and the socket of the page. By default it caches nothing: an inbox, or an exchange of the page's, keeps what is shown. */
export function createUrql(parley: Transport, options: Partial<ClientOptions> = {}): Client {
  return new Client({ url: parley.url, fetch: parley.fetch, preferGetMethod: false, exchanges: [fetchExchange, socketExchange(parley)], ...options });
}

/** What to follow, and from where. */
export interface FollowOptions<Event> {
  /** `viewer.cursor` of the query that has read what the page shows first. */
  readonly after?: string | null | undefined;
  /** Is given every event once, in order. */
  readonly onEvent: (event: Event) => void;
  /** Is given what the server says in the place of an event, such as that the document is refused. That the session is over, `parley.session` tells too. */
  readonly onError?: (error: Error) => void;
}

/** Follows the events; gives the function that ends it. The document declares `$after: String` and selects `cursor`. */
export function followEvents<Event>(
  urql: Client,
  document: TypedDocumentNode<{ events: Event }, { after?: string | null }> | TypedDocument<{ events: Event }, { after?: string | null }>,
  { after, onEvent, onError }: FollowOptions<Event>,
): () => void {
  const query = typeof document === 'object' && 'kind' in document ? document : documentNode(document);
  const { unsubscribe } = urql.subscription(query, { after: after ?? null }).subscribe(({ data, error }) => {
    if (error) onError?.(error);
    else if (data) onEvent(data.events);
  });
  return unsubscribe;
}
