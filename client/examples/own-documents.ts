import { type ApolloCache, ApolloClient } from '@apollo/client';
import { applyEvent, createLink, type ListEvent, onData, ParleyCache, possibleTypes, type Transport, typePolicies } from 'parley-client/apollo';

/** Apollo Client put together by hand: with policies and fields of your own beside those of the package. */
export function createOwnApollo(transport: Transport): ApolloClient {
  const cache = new ParleyCache({
    possibleTypes,
    typePolicies: { ...typePolicies, User: { fields: { initial: { read: (_known, { readField }) => String(readField('nickname')).slice(0, 1) } } } },
  });
  return new ApolloClient({ cache, link: createLink(transport), defaultOptions: { watchQuery: { fetchPolicy: 'cache-and-network' } } });
}

/** What `useSubscription(ChatEventsDocument, { variables: { after }, onData })` calls, for an event that has come in another way. */
export function take(client: ApolloClient, events: ListEvent): void {
  onData({ client, data: { data: { events } } });
}

/** Only the lists, where a SyncReset is none of its business. */
export function file(cache: ApolloCache, event: ListEvent): void {
  applyEvent(cache, event);
}
