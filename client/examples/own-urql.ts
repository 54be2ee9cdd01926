import { Client, cacheExchange, fetchExchange } from '@urql/core';
import { createInbox, type Inbox, type InboxConversation, type InboxMessage, socketExchange, type Transport } from 'parley-client/urql';

/** urql put together by hand, here with its document cache. */
export function createOwnUrql(transport: Transport): Client {
  return new Client({
    url: transport.url,
    fetch: transport.fetch,
    preferGetMethod: false,
    exchanges: [cacheExchange, fetchExchange, socketExchange(transport)],
  });
}

/** What documents of your own select, as `ChatMessageFragment` and `ChatConversationFragment` below. */
interface ShortMessage extends InboxMessage {
  readonly content: { readonly text: string } | null;
}

/** An inbox for them. */
export function createShortInbox(): Inbox<ShortMessage, InboxConversation & { readonly title: string }> {
  return createInbox<ShortMessage, InboxConversation & { readonly title: string }>();
}
