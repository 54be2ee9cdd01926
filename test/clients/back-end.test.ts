import { expect, test } from 'vitest';
import { openApollo } from '../../client/examples/apollo.ts';
import { openUrql } from '../../client/examples/urql.ts';
import { ChatStartDocument } from '../generated/graphql.ts';
import { createData } from '../support/app.ts';
import { present } from '../support/client.ts';
import { startBackEnd } from '../support/example.ts';
import { closeLater } from '../support/lifetime.ts';
import { freePort } from '../support/private-services.ts';
import { startProcess } from '../support/process.ts';
import { isSent, openPageAt, type Page, textsSent } from './page.ts';

const secrets = { IDENTITY_SECRET: 'a secret of the shop, long enough for everybody', PARLEY_SERVER_KEY: `psk_${'k'.repeat(43)}` };

/** Parley and the shop, each in a process of its own. What a page gets is the address of the shop. */
async function openShop(): Promise<string> {
  const data = await createData({ migrated: true });
  const parley = await startProcess(await freePort(), { ...data, TOKEN_SECRET: 'a secret for tests, long enough for everybody', ...secrets });
  const shop = await startBackEnd('examples/backend/server.mjs', { ...secrets, PARLEY_URL: `${parley.url}/graphql` });
  return shop.url;
}

/** What a page asks of its shop. */
async function ask(shop: string, path: string, login?: string, body?: object) {
  const headers: Record<string, string> = login === undefined ? {} : { authorization: `Bearer ${login}` };
  const response = await fetch(new URL(path, shop), body ? { method: 'POST', headers, body: JSON.stringify(body) } : { headers });
  return { status: response.status, ...(await response.json()) };
}

const logIn = async (shop: string, email: string, password: string): Promise<string> => (await ask(shop, '/login', undefined, { email, password })).login;

/** A page of somebody who has a login at the shop: it knows the shop, hears from it where the chat is, and comes in with a proof. */
async function openByProof(shop: string, login: string): Promise<Page> {
  const { url, proof } = await ask(shop, '/chat', login);
  const page = openPageAt(url, null);
  await page.transport.identify({ proof });
  return page;
}

/** As above, with a session that the shop has asked for. */
async function openBySession(shop: string, login: string): Promise<Page> {
  const { url, token, refreshToken } = await ask(shop, '/chat/session', login);
  return openPageAt(url, { token, refreshToken });
}

test('somebody who is logged in at the shop chats with Apollo by a proof, and is told that the order has been shipped', { timeout: 60_000 }, async () => {
  const shop = await openShop();
  const login = await logIn(shop, 'ann@example.com', 'ann likes tea');
  const page = await openByProof(shop, login);
  const { transport, apollo, stop } = await openApollo(page.options);
  closeLater(transport.close);
  closeLater(() => apollo.stop());
  closeLater(stop);
  await page.events.until(({ __typename }) => __typename === 'CaughtUp');

  const { id } = await ask(shop, '/orders', login, { what: 'a teapot' });
  expect(await ask(shop, '/ship', login, { id })).toEqual({ status: 200, shipped: true });
  await page.events.until(isSent('On its way to you: a teapot'));
  // A shop whose answer was lost asks again.
  await ask(shop, '/ship', login, { id });
  const other = await ask(shop, '/orders', login, { what: 'a cup' });
  await ask(shop, '/ship', login, { id: other.id });
  await page.events.until(isSent('On its way to you: a cup'));

  expect(textsSent(page.events.all())).toEqual(['On its way to you: a teapot', 'On its way to you: a cup']);
  const shown = present(apollo.readQuery({ query: ChatStartDocument, variables: {} })).conversations;
  expect(present(shown).edges.map(({ node }) => [node.title, node.unreadCount, node.lastMessage?.sender])).toEqual([['Notifications', 2, null]]);
});

test('another one chats with urql by a session that the shop asks for, and both ways lead to the same account', { timeout: 60_000 }, async () => {
  const shop = await openShop();
  const login = await logIn(shop, 'bob@example.com', 'bob likes coffee');
  const page = await openBySession(shop, login);
  const { transport, stop } = await openUrql(page.options);
  closeLater(transport.close);
  closeLater(stop);
  const viewer = present((await page.start()).viewer);
  await page.events.until(({ __typename }) => __typename === 'CaughtUp');

  const { id } = await ask(shop, '/orders', login, { what: 'a coffee mill' });
  await ask(shop, '/ship', login, { id });
  const event = await page.events.until(isSent('On its way to you: a coffee mill'));
  expect(event).toMatchObject({ message: { sender: null, conversation: { unreadCount: 1 } } });

  const again = await openByProof(shop, login);
  const second = await again.start();
  expect(present(second.viewer).id).toBe(viewer.id);
  expect(present(second.conversations).edges.map(({ node }) => node.unreadCount)).toEqual([1]);
});

test('the shop lets in whom it knows, and a page without its login gets neither a proof nor a session', { timeout: 60_000 }, async () => {
  const shop = await openShop();
  expect((await ask(shop, '/login', undefined, { email: 'ann@example.com', password: 'bob likes coffee' })).status).toBe(401);
  const paths = ['/chat', '/chat/session'];
  expect(await Promise.all(paths.flatMap((path) => [undefined, 'made up'].map(async (login) => (await ask(shop, path, login)).status)))).toEqual(
    Array(4).fill(401),
  );
});
