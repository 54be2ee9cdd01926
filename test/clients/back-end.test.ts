import { expect, test } from 'vitest';
import { ChatEventsDocument, ChatStartDocument } from '../generated/graphql.ts';
import { createData } from '../support/app.ts';
import { present } from '../support/client.ts';
import { startBackEnd } from '../support/example.ts';
import { closeLater } from '../support/lifetime.ts';
import { freePort } from '../support/private-services.ts';
import { startProcess } from '../support/process.ts';
import { createQueue } from '../support/queue.ts';
import { createApollo, onData } from './apollo.ts';
import { identify } from './identify.ts';
import { type ChatEvent, isSent, textsSent } from './page.ts';
import { createSession, sharedStore, type TokenStore } from './session.ts';
import { createSocket, type Place } from './socket.ts';
import { createUrql, follow } from './urql.ts';

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

/** A page of somebody who has a login at the shop: it knows the shop, and hears from it where the chat is. */
async function openPage(shop: string, signIn: (store: TokenStore) => Promise<string>) {
  const storage = new Map<string, string>();
  const store = sharedStore({ getItem: (key) => storage.get(key) ?? null, setItem: (key, value) => storage.set(key, value) });
  const api = await signIn(store);
  const session = createSession(api, store);
  const place: Place = { cursor: null };
  const socket = createSocket(api.replace('http', 'ws'), session, place);
  closeLater(async () => void (await Promise.allSettled([socket.dispose()])));
  return { api, store, session, place, socket, events: createQueue<ChatEvent>(`a page of ${shop}`) };
}

const byProof = (shop: string, login: string) => async (store: TokenStore) => {
  const { url, proof } = await ask(shop, '/chat', login);
  await identify(url, proof, store);
  return url;
};

const bySession = (shop: string, login: string) => async (store: TokenStore) => {
  const { url, token, refreshToken } = await ask(shop, '/chat/session', login);
  store.set({ token, refreshToken });
  return url;
};

test('somebody who is logged in at the shop chats with Apollo by a proof, and is told that the order has been shipped', { timeout: 60_000 }, async () => {
  const shop = await openShop();
  const login = await logIn(shop, 'ann@example.com', 'ann likes tea');
  const page = await openPage(shop, byProof(shop, login));
  const apollo = createApollo(page.api, page.session, page.socket);
  closeLater(() => apollo.stop());
  const start = await apollo.query({ query: ChatStartDocument, variables: {} });
  expect(present(start.data?.conversations).edges).toEqual([]);
  page.place.cursor = present(start.data?.viewer).cursor;
  const take = onData(page.place);
  const subscription = apollo.subscribe({ query: ChatEventsDocument, variables: { after: page.place.cursor } }).subscribe((answer) => {
    take({ client: apollo, data: answer });
    if (answer.data) page.events.push(answer.data.events);
  });
  closeLater(() => subscription.unsubscribe());
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
  const page = await openPage(shop, bySession(shop, login));
  const urql = createUrql(page.api, page.session, page.socket);
  const start = await urql.query(ChatStartDocument, {}).toPromise();
  const viewer = present(start.data?.viewer);
  page.place.cursor = viewer.cursor;
  closeLater(follow(urql, page.place, (event) => page.events.push(event)));
  await page.events.until(({ __typename }) => __typename === 'CaughtUp');

  const { id } = await ask(shop, '/orders', login, { what: 'a coffee mill' });
  await ask(shop, '/ship', login, { id });
  const event = await page.events.until(isSent('On its way to you: a coffee mill'));
  expect(event).toMatchObject({ message: { sender: null, conversation: { unreadCount: 1 } } });

  const again = await openPage(shop, byProof(shop, login));
  const second = await createUrql(again.api, again.session, again.socket).query(ChatStartDocument, {}).toPromise();
  expect(present(second.data?.viewer).id).toBe(viewer.id);
  expect(present(second.data?.conversations).edges.map(({ node }) => node.unreadCount)).toEqual([1]);
});

test('the shop lets in whom it knows, and a page without its login gets neither a proof nor a session', { timeout: 60_000 }, async () => {
  const shop = await openShop();
  expect((await ask(shop, '/login', undefined, { email: 'ann@example.com', password: 'bob likes coffee' })).status).toBe(401);
  const paths = ['/chat', '/chat/session'];
  expect(await Promise.all(paths.flatMap((path) => [undefined, 'made up'].map(async (login) => (await ask(shop, path, login)).status)))).toEqual(
    Array(4).fill(401),
  );
});
