import { beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { BlockUserDocument } from '../../test/generated/graphql.ts';
import { startApp } from '../../test/support/app.ts';
import { present } from '../../test/support/client.ts';
import { registerTwo, registerUser, sendText } from '../../test/support/people.ts';
import { openProxy } from '../../test/support/proxy.ts';
import type { Parley, ParleyOptions } from '../src/index.ts';
import { becomes, openPage } from './page.ts';
import { keptIn, look, losing, openBrowser, stubIndexedDb, textsAt, textsOf } from './tabs.ts';

beforeEach(stubIndexedDb);

async function setUp() {
  const app = await startApp();
  const [ann, bob] = await registerTwo(app);
  const { conversation } = await sendText(ann, bob.user.id, 'hello');
  const proxy = await openProxy(app.url);
  const browser = openBrowser(ann, proxy.url);
  return { app, ann, bob, id: conversation.id, proxy, browser, at: () => textsAt(bob, conversation.id) };
}

const waits = (parley: Parley, count: number) => becomes(parley.waiting, (waiting) => waiting === count, `${count} that wait`);
const nameOf = async (sending: Promise<unknown>) => {
  const error: unknown = await sending.then(
    () => null,
    (reason: unknown) => reason,
  );
  return error;
};

describe('a reload', () => {
  test('in the middle of a send: the new page shows what waits, and sends it once and in order', async () => {
    const { browser, id, at } = await setUp();
    const before = await browser.open({ fetch: losing((body) => body.includes('sendMessage')) });
    const chat = await look(before, id);
    for (const text of ['one', 'two', 'three']) void chat.send(text);
    // The server has the first one, and the page does not know.
    await expect.poll(at, { timeout: 20_000 }).toContain('one');
    const ids = chat.messages.slice(-3).map(({ clientId }) => clientId);
    await before.close();

    const gate = Promise.withResolvers<void>();
    const after = await browser.open({
      async fetch(input, init) {
        if (String(init?.body).includes('sendMessage')) await gate.promise;
        return await fetch(input, init);
      },
    });
    await waits(after, 3);
    expect((await look(after, id)).messages.slice(-3).map(({ clientId }) => clientId)).toEqual(ids);
    gate.resolve();
    await waits(after, 0);
    expect(await at()).toEqual(['hello', 'one', 'two', 'three']);
    const again = await look(after, id);
    expect(again.messages.slice(-3).map(({ clientId }) => clientId)).toEqual(ids);
  });

  test.each([
    ['while nobody knows yet whose the session is', false],
    ['at once', true],
  ])('what is written %s goes out behind what was waiting', async (_, isRestored) => {
    const { browser, id, proxy, at } = await setUp();
    const { options } = tabStorage();
    const before = await browser.open(options);
    const chat = await look(before, id);
    for (const text of ['one', 'two']) void chat.send(text);
    await waits(before, 2);
    await before.close();

    const { parley: after } = openPage(proxy, { tokens: browser.tokens });
    if (isRestored) await after.restore();
    await after.conversation(id).send('three');
    expect(await at()).toEqual(['hello', 'one', 'two', 'three']);
  });

  test('a message that was refused is still there, with the reason, to be sent again or discarded', async () => {
    const { browser, ann, bob, id, at } = await setUp();
    const before = await browser.open();
    await bob.ask(BlockUserDocument, { userId: ann.user.id });
    await nameOf((await look(before, id)).send('refused'));
    await before.close();

    const after = await browser.open();
    const chat = await look(after, id);
    const { messages } = await becomes(chat, (state) => state.messages.at(-1)?.state === 'failed', 'the refused message');
    expect(messages.at(-1)).toMatchObject({ error: { code: 'BLOCKED', retryable: false }, content: { text: 'refused' } });
    chat.discard(present(messages.at(-1)?.clientId));
    await after.close();

    const last = await browser.open();
    expect(textsOf((await look(last, id)).messages)).toEqual(['hello']);
    expect(last.waiting.get()).toBe(0);
    expect(await at()).toEqual(['hello']);
  });

  test('nobody else sends what somebody has written', async () => {
    const { app, browser, id, proxy, at } = await setUp();
    const cid = await registerUser(app);
    const before = await browser.open();
    const chat = await look(before, id);
    await proxy.cut();
    void chat.send('by Ann');
    await waits(before, 1);
    await before.close();
    await proxy.mend();

    const other = await openBrowser(cid, proxy.url).open();
    await becomes(other.connection, ({ status }) => status === 'live' || status === 'idle', 'a quiet page');
    expect(other.waiting.get()).toBe(0);
    const again = await browser.open();
    await expect.poll(at, { timeout: 20_000 }).toEqual(['hello', 'by Ann']);
    await waits(again, 0);
    expect(other.waiting.get()).toBe(0);
  });
});

test('what is discarded while its visitor is made is kept nowhere', async () => {
  const { bob, proxy } = await setUp();
  const gate = Promise.withResolvers<void>();
  const visitor = openBrowser(null, proxy.url);
  const parley = await visitor.open({
    async fetch(input, init) {
      if (String(init?.body).includes('registerVisitor')) await gate.promise;
      return await fetch(input, init);
    },
  });
  const chat = parley.conversationWith(bob.user.id);
  const sending = nameOf(chat.send('never mind'));
  await expect.poll(() => keptIn('outbox')).toHaveLength(1);
  chat.discard(present(chat.messages.at(-1)?.clientId));
  expect(await sending).toMatchObject({ name: 'AbortError' });
  gate.resolve();
  await becomes(parley.session, ({ status }) => status === 'signedIn', 'the visitor');
  await parley.close();
  expect(await keptIn('outbox')).toEqual([]);
});

test('where the page has no locks, as without https, what waits is sent all the same, and once', async () => {
  const { browser, id, proxy, at } = await setUp();
  vi.stubGlobal('navigator', { onLine: true });
  const before = await browser.open();
  const chat = await look(before, id);
  await proxy.cut();
  for (const text of ['one', 'two']) void chat.send(text);
  await waits(before, 2);
  await before.close();
  await proxy.mend();

  const tabs = await Promise.all([browser.open(), browser.open()]);
  await expect.poll(at, { timeout: 20_000 }).toEqual(['hello', 'one', 'two']);
  await Promise.all(tabs.map((tab) => waits(tab, 0)));
  expect(await at()).toEqual(['hello', 'one', 'two']);
});

test('where the browser keeps nothing, messages are sent from memory', async () => {
  const { browser, id, at } = await setUp();
  vi.stubGlobal('indexedDB', {
    open() {
      throw new DOMException('Not in private windows', 'SecurityError');
    },
  });
  const parley = await browser.open();
  await (await look(parley, id)).send('from memory');
  expect(await at()).toEqual(['hello', 'from memory']);
  await parley.signOut();
});

test('where IndexedDB hangs, messages are sent all the same', async () => {
  const { app, ann, id, at } = await setUp();
  const requests: { onerror?: () => void }[] = [];
  let isOver = false;
  vi.stubGlobal('indexedDB', {
    open() {
      if (isOver) throw new DOMException('It is over', 'AbortError');
      const request = {};
      requests.push(request);
      return request;
    },
  });
  const { parley } = openPage(app);
  // Whoever closes waits for what is kept.
  onTestFinished(() => {
    isOver = true;
    for (const request of requests) request.onerror?.();
  });
  await parley.signIn({ username: ann.username, password: ann.password });
  await parley.conversation(id).send('from memory');
  expect(await at()).toEqual(['hello', 'from memory']);
});

/** What the pages see that a tab opens: storage of its own, and a server that takes no messages. */
function tabStorage() {
  const kept = new Map<string, string>();
  const storage = { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => kept.set(key, value) };
  return {
    isNamed: () => kept.size > 0,
    get options(): Partial<ParleyOptions> {
      vi.stubGlobal('sessionStorage', storage);
      return {
        async fetch(input, init) {
          if (String(init?.body).includes('sendMessage')) throw new TypeError('Not now');
          return await fetch(input, init);
        },
      };
    },
  };
}

describe('several tabs', () => {
  test('what a tab has written is its own until it is gone, and then of exactly one other', async () => {
    const { browser, id, proxy, at } = await setUp();
    const [one, two, three] = [await browser.open(), await browser.open(), await browser.open()];
    const chat = await look(one, id);
    await proxy.cut();
    for (const text of ['one', 'two']) void chat.send(text);
    await waits(one, 2);
    expect([two.waiting.get(), three.waiting.get()]).toEqual([0, 0]);

    await one.close();
    await expect.poll(() => two.waiting.get() + three.waiting.get(), { timeout: 20_000 }).toBe(2);
    expect([two.waiting.get(), three.waiting.get()].sort()).toEqual([0, 2]);
    await proxy.mend();
    await Promise.all([waits(two, 0), waits(three, 0)]);
    expect(await at()).toEqual(['hello', 'one', 'two']);
  });

  test('a tab that is reloaded gets back what it has written, though another one is open; when it is gone for good the other one gets it', async () => {
    const { browser, id, at } = await setUp();
    const [first, second] = [tabStorage(), tabStorage()];
    const one = await browser.open(first.options);
    await expect.poll(first.isNamed, { timeout: 20_000 }).toBe(true);
    const two = await browser.open(second.options);
    await expect.poll(second.isNamed, { timeout: 20_000 }).toBe(true);
    const chat = await look(one, id);
    for (const text of ['one', 'two']) void chat.send(text);
    await waits(one, 2);
    await one.close();

    const again = await browser.open(first.options);
    await waits(again, 2);
    expect(two.waiting.get()).toBe(0);
    await again.close();
    await becomes(two.waiting, (waiting) => waiting === 2, 'what the other tab has left');
    expect(await at()).toEqual(['hello']);
  });

  test('two tabs that send at once keep the order of each', async () => {
    const { browser, id, at } = await setUp();
    const [one, two] = [await browser.open(), await browser.open()];
    const [first, second] = [await look(one, id), await look(two, id)];
    const texts = Array.from({ length: 5 }, (_, place) => place);
    await Promise.all(texts.flatMap((place) => [first.send(`a${place}`), second.send(`b${place}`)]));
    const sent = (await at()).slice(1);
    expect(sent.filter((text) => text?.startsWith('a'))).toEqual(texts.map((place) => `a${place}`));
    expect(sent.filter((text) => text?.startsWith('b'))).toEqual(texts.map((place) => `b${place}`));
    await becomes(first, ({ messages }) => messages.length === 11 && messages.every(({ state }) => state === 'sent'), 'all messages');
  });

  test('signing out says how many wait in all tabs, and drops them only when told to', async () => {
    const { browser, id, proxy, at } = await setUp();
    const [one, two] = [await browser.open(), await browser.open()];
    const [first, second] = [await look(one, id), await look(two, id)];
    await proxy.cut();
    void first.send('one');
    void second.send('two');
    void second.send('three');
    await waits(two, 2);
    await expect.poll(() => nameOf(one.signOut()), { timeout: 20_000 }).toMatchObject({ name: 'MessagesWaiting', count: 3 });
    expect(one.session.get().status).toBe('signedIn');

    await proxy.mend();
    await Promise.all([waits(one, 0), waits(two, 0)]);
    await proxy.cut();
    void first.send('dropped');
    await waits(one, 1);
    await proxy.mend().then(() => one.signOut({ drop: true }));
    await becomes(two.session, ({ status }) => status === 'signedOut', 'the end of the session');
    expect([one.waiting.get(), two.waiting.get()]).toEqual([0, 0]);
    expect((await at()).filter((text) => text !== 'dropped')).toEqual(expect.arrayContaining(['hello', 'one', 'two', 'three']));
  });
});
