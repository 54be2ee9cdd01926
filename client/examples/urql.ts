import { EventsDocument, StartDocument } from 'parley-client/documents';
import { createInbox, createTransport, createUrql, documentNode, followEvents, type TransportOptions } from 'parley-client/urql';

export async function openUrql(options: TransportOptions) {
  const transport = createTransport(options);
  if (!(await transport.restore())) await transport.visit();
  const [urql, inbox] = [createUrql(transport), createInbox()];
  const { data } = await urql.query(documentNode(StartDocument), {});
  for (const { node } of data?.conversations?.edges ?? []) inbox.putConversation(node);
  const stop = followEvents(urql, EventsDocument, { after: data?.viewer?.cursor, onEvent: inbox.apply });
  return { transport, urql, inbox, stop };
}
