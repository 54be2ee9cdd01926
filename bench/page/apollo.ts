import { ApolloClient, ApolloLink, HttpLink } from '@apollo/client';
import { GraphQLWsLink } from '@apollo/client/link/subscriptions';
import { OperationTypeNode } from 'graphql';
import type { Client } from 'graphql-ws';
import { possibleTypes } from 'parley-client/apollo';
import type { ChatEventsSubscription } from '../../test/generated/graphql.ts';
import { applyEvent, NewestCache, typePolicies } from './apollo-cache.ts';
import type { Session } from './session.ts';
import type { Place } from './socket.ts';

/** Subscriptions go over the socket, everything else over HTTP. */
export function createApollo(api: string, session: Session, socket: Client): ApolloClient {
  return new ApolloClient({
    link: ApolloLink.split(
      ({ operationType }) => operationType === OperationTypeNode.SUBSCRIPTION,
      new GraphQLWsLink(socket),
      new HttpLink({ uri: api, fetch: session.fetch }),
    ),
    cache: new NewestCache({ possibleTypes, typePolicies }),
    // With the default, cache-first, an event that comes while fetchMore is under way may never be shown (Apollo Client 4.3).
    defaultOptions: { watchQuery: { fetchPolicy: 'cache-and-network' } },
  });
}

/** For `useSubscription(ChatEventsDocument, { variables: { after }, onData: onData(place) })`, and for `client.subscribe`. */
export function onData(place: Place) {
  return ({ client, data: { data } }: { client: ApolloClient; data: { data?: ChatEventsSubscription | null | undefined } }): void => {
    if (!data) return;
    if (data.events.__typename === 'SyncReset') void client.resetStore();
    else applyEvent(client.cache, data.events);
    place.cursor = data.events.cursor;
  };
}
