import { expect, onTestFinished, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { UpdateUserDocument } from '../../test/generated/graphql.ts';
import { startApp } from '../../test/support/app.ts';
import { closeLater } from '../../test/support/lifetime.ts';
import { adminEnv, loginAdmin, registerAgent, registerTwo, registerUser, sendText } from '../../test/support/people.ts';
import { openProxy } from '../../test/support/proxy.ts';
import type { Chat, ChatState, Parley, TokenStore } from '../src/index.ts';
import type { Timing } from '../src/timing.ts';
import { becomes, isLive, openPage, tokensOf, valuesOf } from './page.ts';

const textsOf = ({ messages }: ChatState) => messages.map(({ content }) => content?.text);

/** The texts of a chat become these. */
async function shows(chat: Chat, texts: readonly string[]): Promise<void> {
  const state = await becomes(chat, (state) => JSON.stringify(textsOf(state)) === JSON.stringify(texts), `a chat that shows ${texts}`);
  expect(textsOf(state)).toEqual(texts);
}

/** A page of somebody who is signed in, live. */
async function openLive(
  options: Parameters<typeof openPage>[1] & { tokens: TokenStore },
  app: { url: string },
  timing: Partial<Timing> = {},
): Promise<ReturnType<typeof openPage>> {
  const page = openPage(app, options, timing);
  await page.parley.restore();
  await isLive(page.parley);
  return page;
}

/** The events of a browser's window, which Node has not. */
function standInForWindow(): EventTarget {
  const target = new EventTarget();
  vi.stubGlobal('addEventListener', target.addEventListener.bind(target));
  vi.stubGlobal('removeEventListener', target.removeEventListener.bind(target));
  onTestFinished(() => void vi.unstubAllGlobals());
  return target;
}

const isWaiting = (parley: Parley) => becomes(parley.connection, ({ status }) => status === 'waiting', 'a page that waits');

test('what was sent while the connection was cut arrives once and in order, and the page says how it is connected', async () => {
  const app = await startApp();
  const [ann, bob] = await registerTwo(app);
  const proxy = await openProxy(app.url);
  const { parley, events } = await openLive({ tokens: tokensOf(bob) }, proxy);
  const { conversation } = await sendText(ann, bob.user.id, 'one');
  const chat = parley.conversation(conversation.id);
  await shows(chat, ['one']);
  const states = valuesOf(parley.connection, 'the connection');
  await proxy.cut();
  await isWaiting(parley);
  for (const text of ['two', 'three', 'four']) await sendText(ann, conversation.id, text);
  await proxy.mend();
  await isLive(parley);
  await sendText(ann, conversation.id, 'five');
  await shows(chat, ['one', 'two', 'three', 'four', 'five']);
  expect(events.all().filter(({ __typename }) => __typename === 'MessageSent')).toHaveLength(5);
  const seen = states.all().map(({ status }) => status);
  expect(seen.filter((status) => status === 'catchingUp')).toHaveLength(1);
  expect(seen.slice(-3)).toEqual(['connecting', 'catchingUp', 'live']);
});

test('a page that is opened while the server is away begins when it is there', async () => {
  const app = await startApp();
  const proxy = await openProxy(app.url);
  const tokens = tokensOf(await registerUser(app));
  await proxy.cut();
  const { parley } = openPage(proxy, { tokens });
  const restored = parley.restore();
  await isWaiting(parley);
  expect(parley.session.get().status).toBe('restoring');
  await proxy.mend();
  expect(await restored).toBe(true);
  await isLive(parley);
});

test('a network that silently carries nothing any more is noticed, and nothing is lost', async () => {
  const app = await startApp();
  const [ann, bob] = await registerTwo(app);
  const proxy = await openProxy(app.url);
  const { parley } = await openLive({ tokens: tokensOf(bob), webSocket: WebSocket }, proxy, { ping: 0.5, pong: 1 });
  const { conversation } = await sendText(ann, bob.user.id, 'one');
  const chat = parley.conversation(conversation.id);
  await shows(chat, ['one']);
  // The connections that are open carry nothing any more, and nobody says so. Those of Node for HTTP are kept too, but `ws` opens its own, as browsers do.
  proxy.abandon();
  await sendText(ann, conversation.id, 'two');
  await becomes(parley.connection, ({ status }) => status === 'waiting', 'a page that has noticed');
  await shows(chat, ['one', 'two']);
});

test('somebody who looks at the page again need not wait until a dead connection is noticed by itself', async () => {
  const target = standInForWindow();
  const app = await startApp();
  const [ann, bob] = await registerTwo(app);
  const proxy = await openProxy(app.url);
  const { parley } = await openLive({ tokens: tokensOf(bob), webSocket: WebSocket }, proxy);
  const { conversation } = await sendText(ann, bob.user.id, 'one');
  const chat = parley.conversation(conversation.id);
  await shows(chat, ['one']);
  proxy.abandon();
  await sendText(ann, conversation.id, 'two');
  target.dispatchEvent(new Event('online'));
  await shows(chat, ['one', 'two']);
});

test('a message that somebody in between has put off goes out at once when the network is back', async () => {
  const target = standInForWindow();
  const app = await startApp();
  const [ann, bob] = await registerTwo(app);
  let refusals = 0;
  const { parley } = await openLive(
    {
      tokens: tokensOf(ann),
      fetch: async (input, init) =>
        String(init?.body).includes('sendMessage') && refusals++ === 0
          ? new Response('', { status: 503, headers: { 'retry-after': '86400' } })
          : await fetch(input, init),
    },
    app,
  );
  const chat = parley.conversationWith(bob.user.id);
  const sending = chat.send('put off');
  await becomes(chat, ({ messages }) => messages.at(-1)?.error?.code === 'NETWORK', 'what it waits for');
  target.dispatchEvent(new Event('online'));
  expect(await sending).toMatchObject({ state: 'sent' });
});

test('a pause ends at once when the network is back', async () => {
  const target = standInForWindow();
  const app = await startApp();
  const { parley } = await openLive({ tokens: tokensOf(await registerUser(app)) }, app);
  // The longest pause that chance could make, and longer than a test waits.
  vi.spyOn(Math, 'random').mockReturnValue(1000);
  target.dispatchEvent(new Event('offline'));
  expect(await isWaiting(parley)).toMatchObject({ seconds: 300 });
  target.dispatchEvent(new Event('online'));
  await isLive(parley);
});

test('a renewal that hangs is given up and made again, and the page goes on', async () => {
  const app = await startApp({ TOKEN_TTL_SECONDS: '2' });
  let renewals = 0;
  const hangsOnce: typeof fetch = async (input, init) => {
    if (!String(init?.body).includes('refreshSession') || ++renewals > 1) return await fetch(input, init);
    return await new Promise((_, reject) => init?.signal?.addEventListener('abort', () => reject(new Error('given up'))));
  };
  const { parley } = openPage(app, { tokens: tokensOf(await registerUser(app)), fetch: hangsOnce });
  await parley.restore();
  await isLive(parley);
  await becomes(parley.connection, ({ status }) => status !== 'live', 'an expired token');
  await isLive(parley, 40_000);
  expect(renewals).toBeGreaterThan(1);
});

test('a token that expires on an open socket is renewed once for all tabs, and nothing is lost', async () => {
  const app = await startApp({ TOKEN_TTL_SECONDS: '2' });
  const [ann, bob] = await registerTwo(app);
  const tokens = tokensOf(bob);
  let refreshes = 0;
  let pairs = 0;
  const counting: TokenStore = {
    ...tokens,
    set(next) {
      pairs += 1;
      return tokens.set(next);
    },
  };
  const options = {
    tokens: counting,
    fetch: (...request: Parameters<typeof fetch>) => {
      if (String(request[1]?.body).includes('refreshSession')) refreshes += 1;
      return fetch(...request);
    },
  };
  const pages = await Promise.all(Array.from({ length: 4 }, () => openLive(options, app)));
  const sender = await openLive({ tokens: tokensOf(ann) }, app);
  const to = sender.parley.conversationWith(bob.user.id);
  const texts = ['one', 'two', 'three', 'four'];
  const id = (await to.send('one')).conversation.id;
  const chats = pages.map(({ parley }) => parley.conversation(id));
  for (const text of texts.slice(1)) {
    // Each is sent when every socket has been closed for its token once more.
    await Promise.all(pages.map(({ parley }) => becomes(parley.connection, ({ status }) => status !== 'live', 'an expired token')));
    await to.send(text);
  }
  for (const chat of chats) await shows(chat, texts);
  expect(refreshes).toBeGreaterThan(0);
  expect(pairs).toBe(refreshes);
});

test('after a restart of the server the page comes back by itself, and nothing is lost or doubled', async () => {
  const first = await startApp();
  const [ann, bob] = await registerTwo(first);
  const { parley, events } = await openLive({ tokens: tokensOf(bob) }, first);
  const { conversation } = await sendText(ann, bob.user.id, 'one');
  const chat = parley.conversation(conversation.id);
  await shows(chat, ['one']);
  await first.stop();
  await isWaiting(parley);
  const second = await startApp({ ...first.env, PORT: new URL(first.url).port });
  await sendText(ann.at(second), conversation.id, 'two');
  await shows(chat, ['one', 'two']);
  expect(events.all().filter(({ __typename }) => __typename === 'MessageSent')).toHaveLength(2);
});

test('a page that was away for longer than is replayed reads anew what it shows', async () => {
  const app = await startApp({ REPLAY_LIMIT: '3' });
  const [ann, bob] = await registerTwo(app);
  const proxy = await openProxy(app.url);
  const { parley, events } = await openLive({ tokens: tokensOf(bob) }, proxy);
  const { conversation } = await sendText(ann, bob.user.id, '0');
  const chat = parley.conversation(conversation.id);
  await shows(chat, ['0']);
  await becomes(chat, ({ isLoading }) => !isLoading, 'a chat that is read');
  const stop = chat.subscribe(() => {});
  await proxy.cut();
  await isWaiting(parley);
  const texts = Array.from({ length: 8 }, (_, index) => String(index));
  for (const text of texts.slice(1)) await sendText(ann, conversation.id, text);
  await proxy.mend();
  await shows(chat, texts);
  await isLive(parley);
  expect(parley.conversations.get().conversations).toMatchObject([{ id: conversation.id, unreadCount: 8, lastMessage: { content: { text: '7' } } }]);
  await sendText(ann, conversation.id, '8');
  await shows(chat, [...texts, '8']);
  // Whoever shows what is not in the store reads it anew by that.
  expect(events.all().filter(({ __typename }) => __typename === 'SyncReset')).toHaveLength(1);
  stop();
});

test("one who is disabled takes nobody else's presence away", async () => {
  const app = await startApp(adminEnv);
  const admin = await loginAdmin(app);
  const [one, gone, other] = [await registerAgent(admin), await registerAgent(admin), await registerAgent(admin)];
  await admin.ask(UpdateUserDocument, { userId: gone.user.id, enabled: false });
  const { parley } = await openLive({ tokens: tokensOf(await registerUser(app)) }, app);
  const presences = [one, gone, other].map(({ user }) => parley.presence(user.id));
  for (const presence of presences) closeLater(presence.subscribe(() => {}));
  for (const present of [one, other]) {
    await openLive({ tokens: tokensOf(present) }, app);
  }
  for (const presence of [presences[0], presences[2]]) if (presence) await becomes(presence, ({ status }) => status === 'ONLINE', 'somebody who is there');
  expect(presences[1]?.get().status).toBe(null);
});

test('a session that ended while the page was away is over when it comes back', async () => {
  const app = await startApp();
  const person = await registerUser(app);
  const proxy = await openProxy(app.url);
  const { parley } = await openLive({ tokens: tokensOf(person) }, proxy);
  await proxy.cut();
  await isWaiting(parley);
  const elsewhere = openPage(app, { tokens: tokensOf(person) });
  await elsewhere.parley.restore();
  await elsewhere.parley.signOut();
  await proxy.mend();
  expect(await becomes(parley.session, ({ status }) => status === 'signedOut', 'the end')).toEqual({ status: 'signedOut', reason: 'TOKEN_INVALID' });
  expect(parley.connection.get()).toEqual({ status: 'ended', reason: 'TOKEN_INVALID' });
});

test('a mistake in a listener of the page stops nothing', async () => {
  const app = await startApp();
  const [ann, bob] = await registerTwo(app);
  const { parley, events } = await openLive({ tokens: tokensOf(bob) }, app);
  const mistakes: string[] = [];
  const waitFor = setTimeout;
  vi.spyOn(globalThis, 'setTimeout').mockImplementation(
    Object.assign((run: () => void, ms?: number) => {
      // What is thrown there reaches the console, or whatever the page has for that.
      if (ms !== undefined) return waitFor(run, ms);
      expect(run).toThrow('a mistake');
      mistakes.push('told');
      return waitFor(() => {}, 0);
    }, waitFor),
  );
  parley.onEvent(() => {
    throw new Error('a mistake');
  });
  await sendText(ann, bob.user.id, 'one');
  await becomes(parley.unread, (count) => count === 1, 'the message all the same');
  await events.until(({ __typename }) => __typename === 'MessageSent');
  expect(mistakes).not.toEqual([]);
});
