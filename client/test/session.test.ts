import { expect, test } from 'vitest';
import { startApp } from '../../test/support/app.ts';
import { freshName, registerUser } from '../../test/support/people.ts';
import { openProxy } from '../../test/support/proxy.ts';
import { UpdateProfileDocument } from '../src/documents.ts';
import { memoryTokens } from '../src/index.ts';
import { becomes, isLive, openPage, tokensOf, valuesOf } from './page.ts';

const password = 'correct horse';

test('somebody registers, is signed in and live, signs out and in again', async () => {
  const app = await startApp();
  const { parley } = openPage(app);
  const username = freshName();
  expect(parley.session.get()).toEqual({ status: 'restoring' });
  const user = await parley.register({ username, password });
  expect(user.username).toBe(username);
  expect(parley.session.get()).toMatchObject({ status: 'signedIn', user: { id: user.id } });
  await isLive(parley);
  await parley.signOut();
  expect(parley.session.get()).toEqual({ status: 'signedOut', reason: 'SIGNED_OUT' });
  expect(parley.connection.get()).toEqual({ status: 'ended', reason: 'SIGNED_OUT' });
  expect((await parley.signIn({ username, password })).id).toBe(user.id);
  await isLive(parley);
});

test('a page takes up the session that its store has, and says where there is none', async () => {
  const app = await startApp();
  const person = await registerUser(app);
  const { parley } = openPage(app, { tokens: tokensOf(person) });
  expect(await parley.restore()).toBe(true);
  expect(parley.session.get()).toMatchObject({ status: 'signedIn', user: { username: person.username } });
  const { parley: empty } = openPage(app);
  expect(await empty.restore()).toBe(false);
  expect(empty.session.get()).toEqual({ status: 'signedOut', reason: null });
});

test('a wrong password is told by its code and in the language of the page', async () => {
  const app = await startApp();
  const { username } = await registerUser(app);
  const { parley } = openPage(app, { locale: 'zh' });
  await expect(parley.signIn({ username, password: 'not the right one' })).rejects.toMatchObject({
    name: 'ParleyError',
    code: 'INVALID_CREDENTIALS',
    message: '账户或密码错误',
    retryable: false,
    retryAfter: null,
  });
});

test('signing out in one tab signs out all', async () => {
  const app = await startApp();
  const tokens = tokensOf(await registerUser(app));
  const [one, other] = [openPage(app, { tokens }), openPage(app, { tokens })];
  await Promise.all([one.parley.restore(), other.parley.restore()]);
  await Promise.all([isLive(one.parley), isLive(other.parley)]);
  await one.parley.signOut();
  expect(await becomes(other.parley.session, ({ status }) => status === 'signedOut', 'the other tab signed out')).toEqual({
    status: 'signedOut',
    reason: 'SIGNED_OUT',
  });
});

const ended = { token: '', refreshToken: '', ended: 'SIGNED_OUT' } as const;

test.each([
  ['tells of', true],
  ['does not tell of', false],
])('signing out in one tab ends another one that has not begun yet, also where the store of tokens %s it', async (_, tells) => {
  const app = await startApp();
  const proxy = await openProxy(app.url);
  const { get, set, subscribe } = tokensOf(await registerUser(app));
  const { parley } = openPage(proxy, { tokens: tells && subscribe ? { get, set, subscribe } : { get, set } });
  await proxy.cut();
  const restored = parley.restore();
  await set(ended);
  await proxy.mend();
  expect(await restored).toBe(false);
  expect(parley.session.get()).toEqual({ status: 'signedOut', reason: 'SIGNED_OUT' });
  expect(parley.connection.get()).toEqual({ status: 'ended', reason: 'SIGNED_OUT' });
});

test('a page that has not begun for one person when another one signs in, in another tab, begins for that one', async () => {
  const app = await startApp();
  const proxy = await openProxy(app.url);
  const [ann, bob, cid] = [await registerUser(app), await registerUser(app), await registerUser(app)];
  const tokens = tokensOf(ann);
  const { parley } = openPage(proxy, { tokens });
  await parley.restore();
  await isLive(parley);
  await proxy.cut();
  for (const person of [bob, cid]) {
    await tokens.set({ token: person.token, refreshToken: person.refreshToken, userId: person.user.id });
    await becomes(parley.connection, ({ status }) => status === 'waiting', 'a page that waits for the network');
  }
  await proxy.mend();
  const state = await becomes(parley.session, ({ status }) => status === 'signedIn', 'who has signed in last');
  expect(state).toMatchObject({ user: { id: cid.user.id } });
  await isLive(parley);
});

test('signing in in one tab signs in the others, also as somebody else', async () => {
  const app = await startApp();
  const tokens = memoryTokens();
  const [one, other] = [openPage(app, { tokens }), openPage(app, { tokens })];
  expect(await other.parley.restore()).toBe(false);
  for (const person of [await registerUser(app), await registerUser(app)]) {
    await one.parley.signIn({ username: person.username, password });
    await becomes(other.parley.session, (state) => state.status === 'signedIn' && state.user.id === person.user.id, 'the same person in the other tab');
    await isLive(other.parley);
  }
});

test('where the store of tokens does not tell of other tabs, a page asks for nothing as whom it does not show, and then shows who is there', async () => {
  const app = await startApp();
  const [ann, cid] = [await registerUser(app), await registerUser(app)];
  const { get, set } = tokensOf(ann);
  const { parley } = openPage(app, { tokens: { get, set } });
  await parley.restore();
  await set({ token: cid.token, refreshToken: cid.refreshToken, userId: cid.user.id });
  await expect(parley.request(UpdateProfileDocument, { input: { nickname: 'Of Ann' } })).rejects.toMatchObject({ code: 'TOKEN_MISSING' });
  const state = await becomes(parley.session, (state) => state.status === 'signedIn' && state.user.id !== ann.user.id, 'the other person');
  expect(state).toMatchObject({ user: { id: cid.user.id, nickname: cid.user.nickname } });
});

test('a session that the server ends is over in all tabs, with the reason, also after a reload', async () => {
  const app = await startApp({ SESSIONS: 'single' });
  const person = await registerUser(app);
  const tokens = tokensOf(person);
  const pages = [openPage(app, { tokens }), openPage(app, { tokens })];
  for (const { parley } of pages) {
    await parley.restore();
    await isLive(parley);
  }
  const { parley: elsewhere } = openPage(app);
  await elsewhere.signIn({ username: person.username, password });
  for (const { parley } of pages) {
    const ended = await becomes(parley.session, ({ status }) => status === 'signedOut', 'the end of the session');
    expect(ended).toEqual({ status: 'signedOut', reason: 'SESSION_REPLACED' });
  }
  const { parley: reloaded } = openPage(app, { tokens });
  expect(await reloaded.restore()).toBe(false);
  expect(reloaded.session.get()).toEqual({ status: 'signedOut', reason: 'SESSION_REPLACED' });
});

test('two tabs that become a visitor at the same time are one, who comes back as the same and takes everything along as a user', async () => {
  const app = await startApp();
  const tokens = memoryTokens();
  const [one, other] = [openPage(app, { tokens }), openPage(app, { tokens })];
  const [visitor, same] = await Promise.all([one.parley.visit(), other.parley.visit()]);
  expect(same.id).toBe(visitor.id);
  expect(visitor.role).toBe('VISITOR');
  const user = await one.parley.register({ username: freshName(), password });
  expect(user).toMatchObject({ id: visitor.id, role: 'USER' });
  await isLive(one.parley);
});

test('states of the connection come in their order', async () => {
  const app = await startApp();
  const { parley } = openPage(app, { tokens: tokensOf(await registerUser(app)) });
  const states = valuesOf(parley.connection, 'the connection');
  await parley.restore();
  await isLive(parley);
  await parley.signOut();
  await states.until(({ status }) => status === 'ended');
  expect(states.all().map(({ status }) => status)).toEqual(['idle', 'connecting', 'catchingUp', 'live', 'ended']);
});

test('a proof of work is made where the server asks for one, and nobody has to know', async () => {
  const app = await startApp({ PROOF: 'all' });
  const { parley } = openPage(app);
  expect((await parley.visit()).role).toBe('VISITOR');
  const username = freshName();
  const { parley: other } = openPage(app);
  expect((await other.register({ username, password })).username).toBe(username);
});

test('whoever has guessed too often comes in with the right password by a proof of work, without waiting', async () => {
  const app = await startApp({ RATE_LIMITS: 'on', RATES: 'wrongLogin=2/1h' });
  const { username } = await registerUser(app);
  const { parley } = openPage(app);
  for (let count = 0; count < 4; count += 1) await expect(parley.signIn({ username, password: 'a wrong one' })).rejects.toMatchObject({ name: 'ParleyError' });
  expect((await parley.signIn({ username, password })).username).toBe(username);
});

test('who is signed in changes with the profile, on the device that changes it and on the others', async () => {
  const app = await startApp();
  const person = await registerUser(app);
  const pages = [0, 1].map(() => openPage(app, { tokens: tokensOf(person) }).parley);
  const [one] = pages;
  for (const parley of pages) {
    await parley.restore();
    await isLive(parley);
  }
  await one?.request(UpdateProfileDocument, { input: { nickname: 'Another Name' } });
  for (const { session } of pages)
    expect(await becomes(session, (state) => state.status === 'signedIn' && state.user.nickname === 'Another Name', 'the new name')).toMatchObject({
      user: { id: person.user.id },
    });
});
