import type { Parley } from 'parley-client';
import { EventsDocument, StartDocument } from 'parley-client/documents';
import { createInbox, createUrql, documentNode, followEvents } from 'parley-client/urql';

/** For somebody who is signed in: reads what the page shows first, and keeps the inbox up to date from there on. */
export async function openUrql(parley: Parley) {
  const [urql, inbox] = [createUrql(parley), createInbox()];
  const { data } = await urql.query(documentNode(StartDocument), {});
  for (const { node } of data?.conversations?.edges ?? []) inbox.putConversation(node);
  const stop = followEvents(urql, EventsDocument, { after: data?.viewer?.cursor, onEvent: inbox.apply });
  return { urql, inbox, stop };
}
