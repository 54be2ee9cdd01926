import { readFileSync } from 'node:fs';
import type { ObservableQuery, OperationVariables } from '@apollo/client';
import { buildSchema, isInterfaceType } from 'graphql';
import { applyEvent, createApollo, documentNode, onData, possibleTypes } from 'parley-client/apollo';
import { StartDocument } from 'parley-client/documents';
import { expect, test } from 'vitest';
import { openApollo } from '../../client/examples/apollo.ts';
import {
  ChatHistoryDocument,
  type ChatHistoryQuery,
  ChatSendDocument,
  ChatStartDocument,
  type ChatStartQuery,
  MarkReadDocument,
  RecallMessageDocument,
  UpdateConversationDocument,
} from '../generated/graphql.ts';
import { startApp } from '../support/app.ts';
import { present } from '../support/client.ts';
import { closeLater } from '../support/lifetime.ts';
import { openChatset, type Person, registerTwo, registerUser, sendText } from '../support/people.ts';
import { openProxy } from '../support/proxy.ts';
import { createQueue } from '../support/queue.ts';
import { isSent, openPage, textsSent } from './page.ts';

/** A page that shows an inbox with Apollo Client, live when the promise resolves. */
async function openInbox(person: Person, at: string = person.app.url) {
  const page = openPage(person, { at });
  const { transport, apollo, stop } = await openApollo(page.options);
  closeLater(transport.close);
  closeLater(() => apollo.stop());
  closeLater(stop);
  await page.events.until(({ __typename }) => __typename === 'CaughtUp');
  return { page, apollo };
}

/** What a component that watches a query would show, each time that it changes. */
function watch<R, V extends OperationVariables, S>(query: ObservableQuery<R, V>, show: (data: R) => S) {
  const shown = createQueue<S>('what a component shows');
  const subscription = query.subscribe((result) => {
    if (result.dataState === 'complete') shown.push(show(result.data));
  });
  closeLater(() => subscription.unsubscribe());
  return {
    now: () => shown.all().at(-1),
    until: (predicate: (value: S) => boolean, what?: string) => shown.until(predicate, what),
  };
}

const textsOf = ({ conversation }: ChatHistoryQuery) => present(conversation).messages.edges.map(({ node }) => node.content?.text ?? null);
const titlesOf = ({ conversations }: ChatStartQuery) => present(conversations).edges.map(({ node }) => node.title);

test('after a reconnect the events go on from the newest cursor, and what is shown loses and doubles nothing', async () => {
  const app = await startApp();
  const [ann, bob] = await registerTwo(app);
  const { conversation } = await sendText(ann, bob.user.id, 'one');
  const proxy = await openProxy(app.url);
  const { page, apollo } = await openInbox(bob, proxy.url);
  const history = watch(apollo.watchQuery({ query: ChatHistoryDocument, variables: { id: conversation.id } }), textsOf);
  const list = watch(
    apollo.watchQuery({ query: ChatStartDocument, variables: {} }),
    ({ conversations }) => present(conversations).edges[0]?.node.lastMessage?.content?.text,
  );

  await sendText(ann, conversation.id, 'two');
  await history.until((texts) => texts.length === 2);
  // The history may have been read with it, before the event came.
  await page.events.until(isSent('two'));
  await proxy.cut();
  await page.closed.next();
  for (const text of ['three', 'four']) await sendText(ann, conversation.id, text);
  await proxy.mend();
  await page.events.until(isSent('four'));
  await sendText(ann, conversation.id, 'five');
  await page.events.until(isSent('five'));

  expect(textsSent(page.events.all())).toEqual(['two', 'three', 'four', 'five']);
  await history.until((texts) => texts.length >= 5);
  expect(history.now()).toEqual(['one', 'two', 'three', 'four', 'five']);
  await list.until((text) => text === 'five');
  const subscribed = page.sent.filter(({ type }) => type === 'subscribe').map(({ payload }) => payload?.variables?.after);
  expect(subscribed).toEqual([expect.any(String), expect.any(String)]);
  expect(new Set(subscribed).size).toBe(2);
});

test('a new message is shown in its conversation, which moves to the top of the list, and a new conversation appears', async () => {
  const app = await startApp();
  const bob = await registerUser(app);
  await openChatset(bob);
  const [ann, cid, dan] = [
    await registerUser(app, { nickname: 'Ann' }),
    await registerUser(app, { nickname: 'Cid' }),
    await registerUser(app, { nickname: 'Dan' }),
  ];
  await sendText(ann, bob.user.id, 'from Ann');
  await sendText(cid, bob.user.id, 'from Cid');
  const { apollo } = await openInbox(bob);
  const list = watch(apollo.watchQuery({ query: ChatStartDocument, variables: {} }), titlesOf);

  await list.until(([first]) => first === 'Cid');
  await sendText(ann, bob.user.id, 'from Ann again');
  await list.until(([first]) => first === 'Ann');
  expect(list.now()).toEqual(['Ann', 'Cid']);
  await sendText(dan, bob.user.id, 'from Dan');
  await list.until(([first]) => first === 'Dan');
  expect(list.now()).toEqual(['Dan', 'Ann', 'Cid']);
});

test('pages of both lists join into one, without a hole and each row once, while new ones come in', async () => {
  const app = await startApp();
  const bob = await registerUser(app);
  await openChatset(bob);
  const people = [];
  for (const nickname of ['A', 'B', 'C', 'D', 'E']) {
    const person = await registerUser(app, { nickname });
    await sendText(person, bob.user.id, `from ${nickname}`);
    people.push(person);
  }
  const { page, apollo } = await openInbox(bob);
  await apollo.clearStore();
  const conversations = apollo.watchQuery({ query: ChatStartDocument, variables: { first: 2 } });
  const list = watch(conversations, titlesOf);
  await list.until((titles) => titles.length === 2);
  const more = async () => {
    const { pageInfo: info } = present(present(apollo.readQuery({ query: ChatStartDocument, variables: { first: 2 } })).conversations);
    if (info.hasNextPage) await conversations.fetchMore({ variables: { first: 2, after: info.endCursor } });
    return info.hasNextPage;
  };
  await more();
  // One that was not read yet comes to the top, and is not read twice by the next page.
  await sendText(present(people[0]), bob.user.id, 'once more');
  await page.events.until(isSent('once more'));
  while (await more());
  await list.until((titles) => titles.length === 5);
  expect(list.now()).toEqual(['A', 'E', 'D', 'C', 'B']);

  const [ann] = people;
  const { conversation } = await sendText(present(ann), bob.user.id, 'three');
  for (const text of ['four', 'five', 'six']) await sendText(present(ann), bob.user.id, text);
  await page.events.until(isSent('six'));
  const messages = apollo.watchQuery({ query: ChatHistoryDocument, variables: { id: conversation.id, last: 2 } });
  const history = watch(messages, textsOf);
  await history.until((texts) => texts.length >= 2);
  for (;;) {
    const { pageInfo: info } = present(
      present(apollo.readQuery({ query: ChatHistoryDocument, variables: { id: conversation.id, last: 2 } })).conversation,
    ).messages;
    if (!info.hasPreviousPage) break;
    await messages.fetchMore({ variables: { id: conversation.id, last: 2, before: info.startCursor } });
  }
  await sendText(present(ann), bob.user.id, 'seven');
  await history.until((texts) => texts.at(-1) === 'seven');
  expect(history.now()).toEqual(['from A', 'once more', 'three', 'four', 'five', 'six', 'seven']);
});

test('an answer that was read before an event and arrives after it takes nothing back', async () => {
  const app = await startApp();
  const [ann, bob] = await registerTwo(app);
  const { id, conversation } = await sendText(ann, bob.user.id, 'a secret');
  const { page, apollo } = await openInbox(bob);
  const variables = { id: conversation.id };
  const read = async () => present((await createApollo(page.transport).query({ query: ChatHistoryDocument, variables })).data);
  const old = await read();
  const unread = watch(apollo.watchQuery({ query: ChatHistoryDocument, variables }), (data) => present(data.conversation).unreadCount);
  await unread.until((count) => count === 1);

  await ann.ask(RecallMessageDocument, { id });
  await page.events.until(({ __typename }) => __typename === 'MessageChanged');
  apollo.writeQuery({ query: ChatHistoryDocument, variables, data: old });
  expect(textsOf(present(apollo.readQuery({ query: ChatHistoryDocument, variables })))).toEqual([null]);
  expect(apollo.readQuery({ query: ChatHistoryDocument, variables })?.conversation?.unreadCount).toBe(0);

  const { conversation: one } = await sendText(ann, bob.user.id, 'two');
  await page.events.until(isSent('two'));
  await unread.until((count) => count === 1);
  const marks = await read();
  await bob.ask(MarkReadDocument, { conversationId: one.id, seq: 2 });
  await page.events.until(({ __typename }) => __typename === 'ConversationChanged');
  apollo.writeQuery({ query: ChatHistoryDocument, variables, data: marks });
  expect(apollo.readQuery({ query: ChatHistoryDocument, variables })?.conversation).toMatchObject({ readSeq: 2, unreadCount: 0 });
});

test('a conversation that is gone is forgotten up to its rev, and what came later stays', async () => {
  const app = await startApp();
  const [ann, bob] = await registerTwo(app);
  const { conversation } = await sendText(ann, bob.user.id, 'one');
  await sendText(ann, bob.user.id, 'two');
  const { apollo } = await openInbox(bob);
  const variables = { id: conversation.id };
  const { data } = await apollo.query({ query: ChatHistoryDocument, variables });
  expect(textsOf(present(data))).toEqual(['one', 'two']);

  const gone = { __typename: 'ConversationGone', cursor: '', conversationId: conversation.id } as const;
  applyEvent(apollo.cache, { ...gone, rev: 1 });
  expect(textsOf(present(apollo.readQuery({ query: ChatHistoryDocument, variables })))).toEqual(['two']);
  applyEvent(apollo.cache, { ...gone, rev: 2 });
  expect(apollo.readQuery({ query: ChatHistoryDocument, variables })).toBeNull();
  expect(titlesOf(present(apollo.readQuery({ query: ChatStartDocument, variables: {} })))).toEqual([]);
  expect(JSON.stringify(apollo.extract())).not.toContain('"two"');
});

test('archiving moves a conversation from one list to the other, and both are kept apart', async () => {
  const app = await startApp();
  const [ann, bob] = await registerTwo(app);
  const { conversation } = await sendText(ann, bob.user.id, 'one');
  const { page, apollo } = await openInbox(bob);
  const list = async (archived: boolean) => {
    const query = apollo.watchQuery({ query: documentNode(StartDocument), variables: { archived } });
    return watch(query, ({ conversations }) => present(conversations).edges.map(({ node }) => node.id));
  };
  const [shown, archived] = [await list(false), await list(true)];
  await shown.until((ids) => ids.length === 1);
  await archived.until((ids) => ids.length === 0);
  await bob.ask(UpdateConversationDocument, { conversationId: conversation.id, isArchived: true });
  await page.events.until(({ __typename }) => __typename === 'ConversationChanged');
  await archived.until((ids) => ids.includes(conversation.id));
  await shown.until((ids) => ids.length === 0);
  expect([shown.now(), archived.now()]).toEqual([[], [conversation.id]]);
});

test('an expired token is renewed over HTTP and on the socket, and nothing is lost', async () => {
  const app = await startApp({ TOKEN_TTL_SECONDS: '2' });
  const [ann, bob] = await registerTwo(app);
  const sender = await openInbox(ann);
  const { page } = await openInbox(bob);
  const send = (text: string) =>
    sender.apollo.mutate({ mutation: ChatSendDocument, variables: { input: { to: bob.user.id, clientId: crypto.randomUUID(), content: { text } } } });

  await send('one');
  await page.events.until(isSent('one'));
  expect(await page.closed.next()).toBe(4403);
  await send('two');
  await page.events.until(isSent('two'));
  expect(textsSent(page.events.all())).toEqual(['one', 'two']);
});

test('a reset reads anew what is shown, and goes on live', async () => {
  const app = await startApp();
  const [ann, bob] = await registerTwo(app);
  const { conversation } = await sendText(ann, bob.user.id, 'one');
  const proxy = await openProxy(app.url);
  const { page, apollo } = await openInbox(bob, proxy.url);
  const history = watch(apollo.watchQuery({ query: ChatHistoryDocument, variables: { id: conversation.id } }), textsOf);
  await history.until((texts) => texts.length === 1);

  await proxy.cut();
  await page.closed.next();
  for (const text of ['two', 'three']) await sendText(ann, conversation.id, text);
  onData({ client: apollo, data: { data: { events: { __typename: 'SyncReset' } } } });
  await proxy.mend();
  await sendText(ann, conversation.id, 'four');
  await page.events.until(isSent('four'));
  await history.until((texts) => texts.length === 4);
  expect(history.now()).toEqual(['one', 'two', 'three', 'four']);
});

test('possibleTypes are those of the schema', () => {
  const schema = buildSchema(readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8'));
  const interfaces = Object.values(schema.getTypeMap()).filter(isInterfaceType);
  const found = interfaces.map(({ name }, index) => {
    const types = schema.getPossibleTypes(present(interfaces[index])).map((type) => type.name);
    return [name, types.sort()];
  });
  expect(possibleTypes).toEqual(Object.fromEntries(found));
});
