import { createInbox } from 'parley-client/urql';
import { expect, test } from 'vitest';
import { type ChatConversationFragment, type ChatMessageFragment, LogoutDocument, RecallMessageDocument } from '../generated/graphql.ts';
import { startApp } from '../support/app.ts';
import { present } from '../support/client.ts';
import { sendNotice } from '../support/notices.ts';
import { adminEnv, type Person, registerTwo, registerUser, sendText } from '../support/people.ts';
import { openProxy } from '../support/proxy.ts';
import { keyClient } from '../support/server-keys.ts';
import { isSent, openPage, textsSent } from './page.ts';

/** A page that shows an inbox without any other client, live when the promise resolves. */
async function openInbox(person: Person, options: { at?: string } = {}) {
  const page = openPage(person, options);
  const inbox = createInbox();
  await page.start();
  const ended = page.follow(inbox.apply);
  ended.catch(() => {});
  await page.events.until(({ __typename }) => __typename === 'CaughtUp');
  return { page, inbox, ended, texts: (conversationId: string) => inbox.messages(conversationId).map(({ content }) => content?.text) };
}

test('what was sent while the connection was cut arrives once and in order, then it is live again', async () => {
  const app = await startApp();
  const [ann, bob] = await registerTwo(app);
  const proxy = await openProxy(app.url);
  const { page, inbox, texts } = await openInbox(bob, { at: proxy.url });

  const { conversation } = await sendText(ann, bob.user.id, 'one');
  await page.events.until(isSent('one'));
  await proxy.cut();
  await page.closed.next();
  for (const text of ['two', 'three', 'four']) await sendText(ann, conversation.id, text);
  await proxy.mend();
  await page.events.until(isSent('four'));
  await sendText(ann, conversation.id, 'five');
  await page.events.until(isSent('five'));

  const all = ['one', 'two', 'three', 'four', 'five'];
  expect(textsSent(page.events.all())).toEqual(all);
  expect(texts(conversation.id)).toEqual(all);
  expect(inbox.conversations.get(conversation.id)).toMatchObject({ unreadCount: 5, lastMessage: { content: { text: 'five' } } });
});

test('notices of a server of the operator’s are shown and counted as every other message, the first one too', async () => {
  const app = await startApp(adminEnv);
  const key = await keyClient(app, ['NOTICES']);
  const ann = await registerUser(app);
  const { page, inbox, texts } = await openInbox(ann);
  const { conversation } = await sendNotice(key, ann, 'one');
  await page.events.until(isSent('one'));
  await sendNotice(key, ann, 'two');
  await page.events.until(isSent('two'));
  expect(texts(conversation.id)).toEqual(['one', 'two']);
  expect(inbox.conversations.get(conversation.id)).toMatchObject({
    title: 'Notifications',
    unreadCount: 2,
    lastMessage: { sender: null, content: { text: 'two' } },
  });
});

test('a network that silently carries nothing any more is noticed by the client, and nothing is lost', { timeout: 60_000 }, async () => {
  const app = await startApp();
  const [ann, bob] = await registerTwo(app);
  const proxy = await openProxy(app.url);
  const { page } = await openInbox(bob, { at: proxy.url });

  const { conversation } = await sendText(ann, bob.user.id, 'one');
  await page.events.until(isSent('one'));
  proxy.freeze();
  await sendText(ann, conversation.id, 'two');
  await page.closed.next('the close', 40_000);
  proxy.thaw();
  await page.events.until(isSent('two'));
  await sendText(ann, conversation.id, 'three');
  await page.events.until(isSent('three'));
  expect(textsSent(page.events.all())).toEqual(['one', 'two', 'three']);
});

test('a token that expires on an open socket closes it with 4403, the client comes back with a fresh one, and nothing is lost', async () => {
  const app = await startApp({ TOKEN_TTL_SECONDS: '2' });
  const [ann, bob] = await registerTwo(app);
  const sender = openPage(ann);
  const { page } = await openInbox(bob);

  await sender.send(bob.user.id, 'one');
  await page.events.until(isSent('one'));
  expect(await page.closed.next()).toBe(4403);
  await sender.send(bob.user.id, 'two');
  await page.events.until(isSent('two'));
  expect(await page.closed.next()).toBe(4403);
  await sender.send(bob.user.id, 'three');
  await page.events.until(isSent('three'));
  expect(textsSent(page.events.all())).toEqual(['one', 'two', 'three']);
});

test('after a restart of the server on the same data the client comes back by itself, and nothing is lost or doubled', async () => {
  const first = await startApp();
  const [ann, bob] = await registerTwo(first);
  const { page } = await openInbox(bob);

  const { conversation } = await sendText(ann, bob.user.id, 'one');
  await page.events.until(isSent('one'));
  await first.stop();
  expect(await page.closed.next()).toBe(1001);
  const second = await startApp({ ...first.env, PORT: new URL(first.url).port });
  await sendText(ann.at(second), conversation.id, 'two');
  await page.events.until(isSent('two'));
  expect(textsSent(page.events.all())).toEqual(['one', 'two']);
});

test('a session that has ended closes the socket with 4401, and the client gives up', async () => {
  const app = await startApp();
  const [, bob] = await registerTwo(app);
  const { page, ended } = await openInbox(bob);

  await bob.ask(LogoutDocument, {});
  await expect(ended).rejects.toMatchObject({ name: 'ParleyError', code: 'TOKEN_INVALID' });
  expect(page.closed.all()).toEqual([4401]);
});

test('a session that ended while the page was away is noticed by the refresh, and the client gives up', async () => {
  const app = await startApp();
  const [, bob] = await registerTwo(app);
  const proxy = await openProxy(app.url);
  const { page, ended } = await openInbox(bob, { at: proxy.url });

  await proxy.cut();
  await page.closed.next();
  await bob.ask(LogoutDocument, {});
  await proxy.mend();
  await expect(ended).rejects.toMatchObject({ name: 'ParleyError' });
});

test('a recalled message loses its text on the page', async () => {
  const app = await startApp();
  const [ann, bob] = await registerTwo(app);
  const { page, texts } = await openInbox(bob);

  const message = await sendText(ann, bob.user.id, 'one');
  await page.events.until(isSent('one'));
  await ann.ask(RecallMessageDocument, { id: message.id });
  await page.events.until(({ __typename }) => __typename === 'MessageChanged');
  expect(texts(message.conversation.id)).toEqual([undefined]);
});

test('a cursor that cannot be used resets the page, which reads anew and goes on live', async () => {
  const app = await startApp();
  const [ann, bob] = await registerTwo(app);
  const { conversation } = await sendText(ann, bob.user.id, 'one');
  const page = openPage(bob);
  const inbox = createInbox<ChatMessageFragment, ChatConversationFragment>();
  page.follow(() => {}, 'of another server').catch(() => {});
  await page.events.until(({ __typename }) => __typename === 'SyncReset');
  const { conversations } = await page.start();
  inbox.putConversation(present(conversations?.edges[0]).node);
  expect(inbox.conversations.get(conversation.id)?.unreadCount).toBe(1);
  await sendText(ann, conversation.id, 'two');
  await page.events.until(isSent('two'));
});
