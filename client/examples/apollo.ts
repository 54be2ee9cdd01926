import type { Parley } from 'parley-client';
import { createApollo, documentNode, followEvents } from 'parley-client/apollo';
import { EventsDocument, StartDocument } from 'parley-client/documents';

/** For somebody who is signed in: reads what the page shows first, and keeps the cache up to date from there on. */
export async function openApollo(parley: Parley) {
  const apollo = createApollo(parley);
  const { data } = await apollo.query({ query: documentNode(StartDocument), variables: {} });
  const stop = followEvents(apollo, EventsDocument, { after: data?.viewer?.cursor });
  return { apollo, stop };
}
