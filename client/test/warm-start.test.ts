import { beforeEach, expect, test, vi } from 'vitest';
import { RecallMessageDocument } from '../../test/generated/graphql.ts';
import { startApp } from '../../test/support/app.ts';
import { registerTwo, registerUser, sendText } from '../../test/support/people.ts';
import { openProxy } from '../../test/support/proxy.ts';
import { pixel } from '../../test/support/uploads.ts';
import { becomes, openPage } from './page.ts';
import { keptIn, look, openBrowser, spoil, stubIndexedDb, textsOf } from './tabs.ts';

beforeEach(stubIndexedDb);

async function setUp() {
  const app = await startApp();
  const [ann, bob] = await registerTwo(app);
  const first = await sendText(ann, bob.user.id, 'hello');
  const proxy = await openProxy(app.url);
  return { app, ann, bob, first, id: first.conversation.id, proxy, browser: openBrowser(ann, proxy.url) };
}

/** Until what is kept holds the text. */
const isKept = (text: string) => expect.poll(async () => JSON.stringify(await keptIn('state')), { timeout: 15_000 }).toContain(text);

test('what was kept is not shown to whoever has signed out, in another tab, while it was read', async () => {
  const { browser, id, proxy } = await setUp();
  const before = await browser.open();
  await (await look(before, id)).send('seen');
  await isKept('seen');
  await before.close();
  await proxy.cut();

  const { parley } = openPage(proxy, { tokens: browser.tokens });
  const restored = parley.restore();
  await browser.tokens.set({ token: '', refreshToken: '', ended: 'SIGNED_OUT' });
  expect(await restored).toBe(false);
  expect(parley.session.get()).toEqual({ status: 'signedOut', reason: 'SIGNED_OUT' });
  expect(parley.conversation(id).messages).toEqual([]);
});

test('a reload shows what was there without the network, and then asks only for what was missed', async () => {
  const { browser, bob, id, proxy } = await setUp();
  const before = await browser.open();
  await (await look(before, id)).send('seen');
  await isKept('seen');
  await before.close();
  await proxy.cut();
  await sendText(bob, id, 'missed');

  const asked: string[] = [];
  const after = await browser.open({
    fetch: (input, init) => {
      asked.push(String(init?.body));
      return fetch(input, init);
    },
  });
  expect(after.session.get()).toMatchObject({ status: 'signedIn' });
  const chat = after.conversation(id);
  chat.subscribe(() => {});
  expect(textsOf(chat.messages)).toEqual(['hello', 'seen']);
  expect(after.conversations.get().conversations.map((conversation) => conversation.id)).toEqual([id]);

  await proxy.mend();
  await becomes(chat, ({ messages }) => messages.length === 3, 'what was missed');
  expect(textsOf(chat.messages)).toEqual(['hello', 'seen', 'missed']);
  expect(asked.filter((body) => body.includes('conversations('))).toEqual([]);
});

test('what was recalled meanwhile is recalled after the reload', async () => {
  const { browser, ann, first, id } = await setUp();
  const before = await browser.open();
  await look(before, id);
  await isKept('hello');
  await before.close();
  await ann.ask(RecallMessageDocument, { id: first.id });

  const chat = await look(await browser.open(), id);
  await becomes(chat, ({ messages }) => messages[0]?.recalledAt !== null, 'the recall');
  expect(chat.messages[0]?.content).toBeNull();
});

test('no address of a file is kept', async () => {
  const { browser, id } = await setUp();
  const parley = await browser.open();
  const chat = await look(parley, id);
  await chat.send({ attachments: [new Blob([pixel], { type: 'image/png' })], caption: 'a picture' });
  await isKept('a picture');
  expect(JSON.stringify(await keptIn('state'))).not.toContain('/files/');
});

test('signing out deletes what was kept, in whatever tab it was', async () => {
  const { browser, id } = await setUp();
  const [one, two] = [await browser.open(), await browser.open()];
  await look(one, id);
  await look(two, id);
  await isKept('hello');
  await one.signOut();
  await becomes(two.session, ({ status }) => status === 'signedOut', 'the end of the session');
  await expect.poll(() => keptIn('state'), { timeout: 20_000 }).toEqual([]);
  expect(await keptIn('outbox')).toEqual([]);
});

test('whoever signs in next sees nothing of it, and it is there again for whom it was kept', async () => {
  const { app, ann, browser, id } = await setUp();
  const cid = await registerUser(app);
  const before = await browser.open();
  await look(before, id);
  await isKept('hello');
  await before.close();

  await browser.tokens.set({ token: cid.token, refreshToken: cid.refreshToken, userId: cid.user.id });
  const between = await browser.open();
  expect(between.session.get()).toMatchObject({ status: 'signedIn', user: { id: cid.user.id } });
  expect(between.conversations.get().conversations).toEqual([]);
  await between.close();

  await browser.tokens.set({ token: ann.token, refreshToken: ann.refreshToken, userId: ann.user.id });
  expect(textsOf((await browser.open()).conversation(id).messages)).toEqual(['hello']);
});

test('what another version or somebody has spoiled is read anew', async () => {
  const { browser, id } = await setUp();
  const before = await browser.open();
  await look(before, id);
  await isKept('hello');
  await before.close();
  await spoil('state', (row) => ({ ...row, dump: { nonsense: [1, 2, 3] } }));
  expect(textsOf((await look(await browser.open(), id)).messages)).toEqual(['hello']);
});

test('with warmStart false nothing is kept', async () => {
  const { browser, id } = await setUp();
  const parley = await browser.open({ warmStart: false });
  await (await look(parley, id)).send('not kept');
  expect(await indexedDB.databases()).toEqual([]);
});

/** A browser that never opens its database, or does so once it is let. */
function stubHangingIndexedDb(): () => void {
  const real = globalThis.indexedDB;
  const waiting: (() => void)[] = [];
  vi.stubGlobal('indexedDB', {
    open(name: string, version: number) {
      const request: Partial<IDBOpenDBRequest> = {};
      waiting.push(() => Object.assign(real.open(name, version), request));
      return request;
    },
  });
  return () => {
    for (const open of waiting) open();
  };
}

test('a browser whose database hangs is one that keeps nothing: the page begins without it, and can be closed', async () => {
  const { browser, id } = await setUp();
  stubHangingIndexedDb();
  const parley = await browser.open();
  expect(parley.session.get()).toMatchObject({ status: 'signedIn' });
  const chat = await look(parley, id);
  await chat.send('by memory alone');
  await parley.close();
}, 30_000);

test('a page that was closed while what was kept is read connects no more', async () => {
  const { browser, proxy } = await setUp();
  const goOn = stubHangingIndexedDb();
  const { parley } = openPage(proxy, { tokens: browser.tokens });
  const restored = parley.restore();
  await expect.poll(() => parley.session.get().status).toBe('restoring');
  const closed = parley.close();
  expect(await restored).toBe(false);
  goOn();
  await closed;
  expect(parley.connection.get()).toEqual({ status: 'idle' });
});
