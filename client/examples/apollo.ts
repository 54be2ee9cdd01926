import { createApollo, createTransport, documentNode, followEvents, type TransportOptions } from 'parley-client/apollo';
import { EventsDocument, StartDocument } from 'parley-client/documents';

export async function openApollo(options: TransportOptions) {
  const transport = createTransport(options);
  if (!(await transport.restore())) await transport.visit();
  const apollo = createApollo(transport);
  const { data } = await apollo.query({ query: documentNode(StartDocument), variables: {} });
  const stop = followEvents(apollo, EventsDocument, { after: data?.viewer?.cursor });
  return { transport, apollo, stop };
}
