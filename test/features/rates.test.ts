import { randomUUID } from 'node:crypto';
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import {
  ChangePasswordDocument,
  CreateGroupDocument,
  LoginDocument,
  MeDocument,
  RefreshSessionDocument,
  RegisterDocument,
  RegisterVisitorDocument,
  SearchUsersDocument,
  SendFriendRequestDocument,
  SendMessageDocument,
  UpdateProfileDocument,
  UpdateSettingsDocument,
} from '../generated/graphql.ts';
import { type Env, startApp, type TestApp } from '../support/app.ts';
import { type Answer, codesOf } from '../support/client.ts';
import { freshName, loginAgain, makeFriends, type Person, registerTwo, registerUser, registerVisitor, sendText } from '../support/people.ts';

/** A server that counts. What callers do as long as the test does not want it to be counted is not. */
async function startCounting(rates: string, env: Env = {}): Promise<TestApp> {
  return await startApp({ RATE_LIMITS: 'on', RATES: `register=1000/min, registerVisitor=1000/min, ${rates}`, TRUSTED_PROXIES: '127.0.0.1', ...env });
}

/** A caller behind the proxy. */
const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });

/** How both doors are asked by somebody. */
async function doorsOf(person: Person) {
  const socket = person.socket();
  await socket.connected();
  return { http: person, socket };
}

function refusal(answer: Answer<unknown>): unknown {
  return answer.errors[0]?.extensions;
}

const limited = { code: 'RATE_LIMITED', retryAfterSeconds: expect.any(Number) };

describe('sending', () => {
  it('is RATE_LIMITED past the limit at both doors together, says how long, and nothing is sent', async () => {
    const app = await startCounting('send=3/h+2');
    const [one, other] = await registerTwo(app);
    const { http, socket } = await doorsOf(one);
    const send = (door: typeof http | typeof socket, text: string) =>
      door.execute(SendMessageDocument, { input: { to: other.user.id, clientId: randomUUID(), content: { text } } });
    for (const text of ['1', '3', '5']) {
      expect(codesOf(await send(http, text))).toEqual([]);
      if (text !== '5') expect(codesOf(await send(socket, String(Number(text) + 1)))).toEqual([]);
    }
    for (const door of [http, socket]) {
      const answer = await send(door, 'one too many');
      expect(refusal(answer)).toMatchObject(limited);
      expect(Number(answer.errors[0]?.extensions?.retryAfterSeconds)).toBeGreaterThan(2000);
      expect(answer.data).toEqual({ sendMessage: null });
    }
    // Somebody else is not slowed down, and the next one has the number that follows.
    expect((await sendText(other, one.user.id, 'still here')).seq).toBe(6);
  });

  it('counts under each name in one document', async () => {
    const app = await startCounting('send=3/h');
    const [one, other] = await registerTwo(app);
    const field = (name: string) =>
      `${name}: sendMessage(input: { to: "${other.user.id}", clientId: "${randomUUID()}", content: { text: "${name}" } }) { content { text } }`;
    const document: TypedDocumentNode<Record<string, unknown>, Record<string, never>> = parse(`mutation { ${['a', 'b', 'c', 'd', 'e'].map(field).join(' ')} }`);
    const answer = await one.execute(document, {});
    expect(answer.data).toEqual({ a: { content: { text: 'a' } }, b: { content: { text: 'b' } }, c: { content: { text: 'c' } }, d: null, e: null });
    expect(answer.errors.map(({ path, extensions }) => [path, extensions?.code])).toEqual([
      [['d'], 'RATE_LIMITED'],
      [['e'], 'RATE_LIMITED'],
    ]);
  });

  it('is counted for the person, whatever session it comes with, and not for the address', async () => {
    const app = await startCounting('send=2/h');
    const [one, other] = await registerTwo(app);
    const again = await loginAgain(one);
    await sendText(one, other.user.id, '1');
    await sendText(again, other.user.id, '2');
    const third = registerUser(app);
    for (const session of [one, again])
      expect(codesOf(await session.execute(SendMessageDocument, { input: { to: other.user.id, clientId: randomUUID(), content: { text: '3' } } }))).toEqual([
        'RATE_LIMITED',
      ]);
    await sendText(await third, other.user.id, 'somebody else from here');
  });
});

describe('what is done', () => {
  it('has a bucket for each kind', async () => {
    const app = await startCounting('search=1/h, edit=2/h, mutation=3/h, friendRequest=1/h, createGroup=2/h, invite=3/h');
    const one = await registerUser(app);
    const friends = await Promise.all([registerUser(app), registerUser(app)]);
    for (const friend of friends) await makeFriends(friend, one);
    const ids = friends.map(({ user }) => user.id);
    const actions: readonly (readonly [string, number, () => Promise<Answer<unknown>>])[] = [
      ['search', 1, () => one.execute(SearchUsersDocument, { keyword: 'nobody' })],
      ['edit', 2, () => one.execute(UpdateProfileDocument, { input: { bio: 'x' } })],
      // Two requests were answered.
      ['mutation', 1, () => one.execute(UpdateSettingsDocument, { acceptsFriendsAtOnce: false })],
      ['friendRequest', 1, () => one.execute(SendFriendRequestDocument, { userId: one.user.id })],
      ['invite', 1, () => one.execute(CreateGroupDocument, { input: { memberIds: ids } })],
    ];
    for (const [kind, passing, act] of actions) {
      for (let count = 0; count < passing; count += 1) expect(codesOf(await act()), kind).not.toContain('RATE_LIMITED');
      expect(refusal(await act()), kind).toMatchObject(limited);
    }
    // A read is none of these.
    expect(codesOf(await one.execute(MeDocument, {}))).toEqual([]);
  });

  it('is not counted where RATE_LIMITS is off, which the log says', async () => {
    const app = await startApp({ RATE_LIMITS: 'off', RATES: 'send=1/h' });
    const [one, other] = await registerTwo(app);
    for (const text of ['1', '2', '3']) await sendText(one, other.user.id, text);
    expect(app.logs().some((line) => line.includes('RATE_LIMITS is off'))).toBe(true);
    expect((await startCounting('')).logs().some((line) => line.includes('RATE_LIMITS is off'))).toBe(false);
  });
});

describe('coming in', () => {
  it('as somebody new is counted for each address', async () => {
    const app = await startCounting('register=2/h, registerVisitor=1/h');
    const register = (address: string) => app.execute(RegisterDocument, { input: { username: freshName(), password: 'correct horse' } }, from(address));
    const visit = (address: string) => app.execute(RegisterVisitorDocument, { input: { deviceId: randomUUID() } }, from(address));
    for (const address of ['203.0.113.1', '203.0.113.1', '203.0.113.2', '203.0.113.2']) expect(codesOf(await register(address))).toEqual([]);
    expect(refusal(await register('203.0.113.1'))).toMatchObject(limited);
    expect(codesOf(await visit('2001:db8::1'))).toEqual([]);
    // Another address of the same house.
    expect(refusal(await visit('2001:db8::2'))).toMatchObject(limited);
    expect(codesOf(await visit('2001:db8:0:1::1'))).toEqual([]);
    // What the caller writes in front counts for nothing.
    expect(refusal(await visit('198.51.100.1, 2001:db8::3'))).toMatchObject(limited);
  });

  it('again with a good refresh token is counted for each session, and not for the address', async () => {
    const app = await startCounting('refreshOfSession=2/h, refreshOfAddress=2/h');
    const [one, other] = [await registerUser(app), await registerUser(app)];
    const refresh = ({ refreshToken }: Person) => app.execute(RefreshSessionDocument, { refreshToken });
    // The same token again gives the same pair.
    for (const person of [one, one, other]) expect(codesOf(await refresh(person))).toEqual([]);
    expect(refusal(await refresh(one))).toMatchObject(limited);
    expect(codesOf(await refresh(other))).toEqual([]);
    const third = await registerUser(app);
    for (const count of [1, 2, 3])
      expect(codesOf(await refresh({ ...other, refreshToken: `${count}` }))).toEqual([count < 3 ? 'TOKEN_INVALID' : 'RATE_LIMITED']);
    // Nobody behind the same address waits for that.
    expect(codesOf(await refresh(third))).toEqual([]);
  });
});

const login = (app: TestApp, { username }: Pick<Person, 'username'>, password: string, address: string) =>
  app.execute(LoginDocument, { input: { username, password } }, from(address));

/** So many wrong logins, all told that they are. */
async function guess(app: TestApp, many: number, person: Pick<Person, 'username'>, address: (index: number) => string): Promise<void> {
  for (let index = 0; index < many; index += 1) expect(codesOf(await login(app, person, 'wrong', address(index)))).toEqual(['INVALID_CREDENTIALS']);
}

describe('wrong logins', () => {
  it('of one name from one address are followed by a pause, also for the right password, and for nobody else', async () => {
    const app = await startCounting('wrongLogin=3/15min');
    const [one, other] = [await registerUser(app), await registerUser(app)];
    await guess(app, 3, one, () => '203.0.113.1');
    const paused = await login(app, one, 'wrong', '203.0.113.1');
    expect(refusal(paused)).toMatchObject(limited);
    expect(Number(paused.errors[0]?.extensions?.retryAfterSeconds)).toBeLessThanOrEqual(60);
    expect(refusal(await login(app, one, one.password, '203.0.113.1'))).toMatchObject(limited);
    expect(refusal(await login(app, { username: one.username.toUpperCase() }, one.password, '203.0.113.1'))).toMatchObject(limited);
    expect(codesOf(await login(app, other, other.password, '203.0.113.1'))).toEqual([]);
    expect(codesOf(await login(app, one, one.password, '203.0.113.2'))).toEqual([]);
  });

  it('tell nothing of who exists', async () => {
    const app = await startCounting('wrongLogin=2/15min');
    const nobody = { username: freshName() };
    await guess(app, 2, nobody, () => '203.0.113.1');
    expect(refusal(await login(app, nobody, 'wrong', '203.0.113.1'))).toMatchObject(limited);
  });

  it('with many names from one address pause those who never came in from there, and not their neighbours', async () => {
    const app = await startCounting('wrongLoginOfAddress=5/15min');
    const [neighbour, other] = [await registerUser(app), await registerUser(app)];
    expect(codesOf(await login(app, neighbour, neighbour.password, '203.0.113.1'))).toEqual([]);
    // Those of the neighbour do not count for the address.
    await guess(app, 4, neighbour, () => '203.0.113.1');
    for (let count = 0; count < 5; count += 1) await guess(app, 1, { username: freshName() }, () => '203.0.113.1');
    expect(refusal(await login(app, other, other.password, '203.0.113.1'))).toMatchObject(limited);
    expect(codesOf(await login(app, neighbour, neighbour.password, '203.0.113.1'))).toEqual([]);
    expect(codesOf(await login(app, other, other.password, '203.0.113.2'))).toEqual([]);
  });

  it('are the same at the socket', async () => {
    const app = await startCounting('wrongLogin=2/15min');
    const one = await registerUser(app);
    const socket = one.socket();
    await socket.connected();
    const input = { username: one.username, password: 'wrong' };
    for (let count = 0; count < 2; count += 1) expect(codesOf(await socket.execute(LoginDocument, { input }))).toEqual(['INVALID_CREDENTIALS']);
    expect(refusal(await socket.execute(LoginDocument, { input }))).toMatchObject(limited);
    expect(refusal(await app.execute(LoginDocument, { input }))).toMatchObject(limited);
  });
});

it('a wrong old password is counted for each session', async () => {
  const app = await startCounting('wrongPassword=2/15min');
  const one = await registerUser(app);
  const again = await loginAgain(one);
  const change = (person: Person, oldPassword: string) => person.execute(ChangePasswordDocument, { oldPassword, newPassword: 'another correct horse' });
  for (let count = 0; count < 2; count += 1) expect(codesOf(await change(one, 'wrong'))).toEqual(['INVALID_CREDENTIALS']);
  expect(refusal(await change(one, one.password))).toMatchObject(limited);
  expect(codesOf(await change(again, one.password))).toEqual([]);
});

it('a visitor has less than a user', async () => {
  const app = await startCounting('sendOfVisitor=1/h, mutationOfVisitor=1/h');
  const visitor = await registerVisitor(app);
  const send = () => visitor.execute(SendMessageDocument, { input: { to: randomUUID(), clientId: randomUUID(), content: { text: 'x' } } });
  expect(codesOf(await send())).not.toContain('RATE_LIMITED');
  expect(refusal(await send())).toMatchObject(limited);
});
