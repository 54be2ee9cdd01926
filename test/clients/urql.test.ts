import { expect, test } from 'vitest';
import { openUrql } from '../../client/examples/urql.ts';
import { ChatSendDocument } from '../generated/graphql.ts';
import { startApp } from '../support/app.ts';
import { closeLater } from '../support/lifetime.ts';
import { type Person, registerTwo, sendText } from '../support/people.ts';
import { openProxy } from '../support/proxy.ts';
import { isSent, openPage, textsSent } from './page.ts';

/** A page that shows an inbox with @urql/core, live when the promise resolves. */
async function openInbox(person: Person, at: string = person.app.url) {
  const page = openPage(person, { at });
  const { transport, urql, inbox, stop } = await openUrql(page.options);
  closeLater(transport.close);
  closeLater(stop);
  await page.events.until(({ __typename }) => __typename === 'CaughtUp');
  return { page, urql, inbox };
}

test('what was sent while the connection was cut arrives once and in order, then it is live again', async () => {
  const app = await startApp();
  const [ann, bob] = await registerTwo(app);
  const proxy = await openProxy(app.url);
  const { page, inbox } = await openInbox(bob, proxy.url);

  const { conversation } = await sendText(ann, bob.user.id, 'one');
  await page.events.until(isSent('one'));
  await proxy.cut();
  await page.closed.next();
  for (const text of ['two', 'three']) await sendText(ann, conversation.id, text);
  await proxy.mend();
  await page.events.until(isSent('three'));
  await sendText(ann, conversation.id, 'four');
  await page.events.until(isSent('four'));

  const all = ['one', 'two', 'three', 'four'];
  expect(textsSent(page.events.all())).toEqual(all);
  expect(inbox.messages(conversation.id).map(({ content }) => content?.text)).toEqual(all);
});

test('an expired token is renewed over HTTP and on the socket, and nothing is lost', async () => {
  const app = await startApp({ TOKEN_TTL_SECONDS: '2' });
  const [ann, bob] = await registerTwo(app);
  const sender = await openInbox(ann);
  const { page } = await openInbox(bob);
  const send = async (text: string) => {
    const answer = await sender.urql.mutation(ChatSendDocument, { input: { to: bob.user.id, clientId: crypto.randomUUID(), content: { text } } }).toPromise();
    expect(answer.error).toBeUndefined();
  };

  await send('one');
  await page.events.until(isSent('one'));
  expect(await page.closed.next()).toBe(4403);
  await send('two');
  await page.events.until(isSent('two'));
  expect(textsSent(page.events.all())).toEqual(['one', 'two']);
  await sender.page.events.until(isSent('two'));
  expect(textsSent(sender.page.events.all())).toEqual(['one', 'two']);
});
