import { ApolloClient, ApolloLink, CombinedGraphQLErrors, HttpLink, Observable, type TypedDocumentNode } from '@apollo/client';
import { OperationTypeNode, parse, print } from 'graphql';
import { applyEvent, ParleyCache, typePolicies } from './links/apollo-cache.ts';
import type { ListEvent } from './links/events.ts';
import { possibleTypes } from './links/possible-types.ts';
import { subscribeFrom } from './links/resume.ts';
import type { Transport } from './links/transport.ts';
import type { TypedDocument } from './types.ts';

export type { ListEvent } from './links/events.ts';
export { createTransport, type Transport, type TransportOptions } from './links/transport.ts';
export { applyEvent, ParleyCache, possibleTypes, typePolicies };

/** A document of `parley-client/documents` as Apollo Client takes it. */
export function documentNode<Result, Variables>(document: TypedDocument<Result, Variables>): TypedDocumentNode<Result, Variables> {
  return parse(`${document}`);
}

/** Subscriptions go over the socket of the page, everything else over HTTP: for a client that is put together by hand. */
export function createLink(parley: Transport): ApolloLink {
  const overSocket = new ApolloLink(({ query, variables, operationName, extensions }) => {
    const operation = { query: print(query), variables, operationName, extensions };
    return new Observable((observer) =>
      subscribeFrom(parley, operation, {
        next: (result) => observer.next(result),
        error: (error) => observer.error(Array.isArray(error) ? new CombinedGraphQLErrors({ errors: error }) : error),
        complete: () => observer.complete(),
      }),
    );
  });
  return ApolloLink.split(
    ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
    overSocket,
    new HttpLink({ uri: parley.url, fetch: parley.fetch }),
  );
}

/** Apollo Client with the session and the socket of the page, and a cache that keeps the newest copy of everything. */
export function createApollo(parley: Transport, options: Partial<ApolloClient.Options> = {}): ApolloClient {
  return new ApolloClient({
    link: createLink(parley),
    cache: new ParleyCache({ possibleTypes, typePolicies }),
    // With the default, cache-first, an event that comes while fetchMore is under way may never be shown (Apollo Client 4.3).
    defaultOptions: { watchQuery: { fetchPolicy: 'cache-and-network' } },
    ...options,
  });
}

/** Puts an event into the cache: for `useSubscription(document, { variables: { after }, onData })`. */
export function onData({ client, data: { data } }: { client: ApolloClient; data: { data?: { events: ListEvent } | null | undefined } }): void {
  // What is shown is read again. Who closes the page in the middle of it needs no answer.
  if (data?.events.__typename === 'SyncReset') client.resetStore().catch(() => {});
  else if (data) applyEvent(client.cache, data.events);
}

/** From where to follow, and who is told. */
export interface FollowOptions<Event> {
  /** `viewer.cursor` of the query that has read what the page shows first. */
  readonly after?: string | null | undefined;
  /** Is given every event once, in order, when the cache has it. */
  readonly onEvent?: (event: Event) => void;
  /** Is given what the server says in the place of an event, such as that the document is refused. That the session is over, `parley.session` tells too. */
  readonly onError?: (error: unknown) => void;
}

/**
 * Keeps the cache up to date by the events; gives the function that ends it. The document declares `$after: String`, and selects `cursor` and of each
 * conversation what the list shows.
 */
export function followEvents<Event extends ListEvent>(
  client: ApolloClient,
  document: TypedDocumentNode<{ events: Event }, { after?: string | null }> | TypedDocument<{ events: Event }, { after?: string | null }>,
  { after, onEvent, onError }: FollowOptions<Event> = {},
): () => void {
  const query = typeof document === 'object' && 'kind' in document ? document : documentNode(document);
  const subscription = client.subscribe({ query, variables: { after: after ?? null } }).subscribe({
    next: ({ data, error }) => {
      onData({ client, data: { data } });
      if (error) onError?.(error);
      else if (data) onEvent?.(data.events);
    },
    error: onError,
  });
  return () => subscription.unsubscribe();
}
