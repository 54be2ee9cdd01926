import { Connection } from 'mysql2';
import { parse } from 'graphql';
import { randomUUID } from 'node:crypto';
import { expect, it, vi } from 'vitest';
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { startNodes } from '../support/app.ts';
import { present } from '../support/client.ts';
import { createGroup, openTables, registerFriends } from '../support/groups.ts';

const parts = 'fragment MessageParts on Message { id seq rev clientId createdAt recalledAt conversation { id } sender { id uuid username } content { __typename text } }';
const documentOf = <R, V>(text: string): TypedDocumentNode<R, V> => parse(`${text} ${parts}`);
const Send = documentOf<{ sendMessage: { id: string } | null }, { input: object }>('mutation Send($input: SendMessageInput!) { sendMessage(input: $input) { ...MessageParts } }');
const Events = documentOf<{ events: { __typename: string; message?: { id: string } } }, object>('subscription Events { events { __typename cursor at ... on MessageSent { message { ...MessageParts } } } }');
const Messages = documentOf<{ messages: { id: string } }, { conversationId: string }>('subscription Messages($conversationId: ID!) { messages(conversationId: $conversationId) { ...MessageParts } }');

it('costs so much', async () => {
  const [app] = await startNodes(1);
  const tables = await openTables(present(app));
  const { one, other, third } = await registerFriends(present(app), tables, 'one', 'other', 'third');
  const { id } = await createGroup(one, [other, third]);
  const socket = other.socket();
  const events = socket.subscribe(Events, {});
  await events.until(({ events: { __typename } }) => __typename === 'CaughtUp');
  const messages = third.socket().subscribe(Messages, { conversationId: id });
  const sender = one.socket();
  const send = async () => {
    const input = { to: id, clientId: randomUUID(), content: { text: 'hello' } };
    const [answer] = await Promise.all([sender.ask(Send, { input }), events.until(({ events: { __typename } }) => __typename === 'MessageSent'), messages.next()]);
    return answer;
  };
  for (let i = 0; i < 5; i += 1) await send();
  const query = vi.spyOn(Connection.prototype, 'query');
  for (let i = 0; i < 5; i += 1) {
    query.mockClear();
    await send();
    const texts = query.mock.calls.map(([sql]: unknown[]) => String(sql));
    console.log(i, texts.length, texts.map((t) => t.slice(0, 3000)).join('\n   ## '));
  }
  expect(1).toBe(1);
});
