import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import jwt, { type SignOptions } from 'jsonwebtoken';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { createKeys } from '../../src/platform/keys.ts';
import {
  ChangePasswordDocument,
  EventsDocument,
  LoginDocument,
  LogoutDocument,
  MeDocument,
  RefreshSessionDocument,
  RegisterDocument,
  RegisterVisitorDocument,
  SessionsDocument,
  UpdateSettingsDocument,
  UpdateUserDocument,
} from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { codesOf, outcomeOf, present } from '../support/client.ts';
import { idsOf, openTables } from '../support/groups.ts';
import { adminEnv, freshName, loginAdmin, loginAgain, type Person, personOf, registerUser, registerVisitor } from '../support/people.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startApp(adminEnv);
});

const many = <T>(count: number, one: (index: number) => Promise<T>) => Promise.all(Array.from({ length: count }, (_, index) => one(index)));
const register = (input: { username: string; password?: string; deviceId?: string }) =>
  app.execute(RegisterDocument, { input: { password: 'correct horse', ...input } });
const refresh = (refreshToken: string, at: TestApp = app) => at.execute(RefreshSessionDocument, { refreshToken });
/** What the session check says of a token. */
const check = async (token: string, at: TestApp = app) => outcomeOf(await at.execute(MeDocument, {}, { token }));
const sessionsOf = async (person: Person) => present((await person.ask(SessionsDocument, {})).viewer, 'the viewer').sessions;
const claimsOf = (token: string): Record<string, unknown> => {
  const claims = jwt.decode(token, { json: true });
  return { ...present(claims, 'the claims') };
};
const forge = (claims: object, options: SignOptions = {}) => jwt.sign(claims, createKeys(present(app.env.TOKEN_SECRET)).current('token'), options);

describe('visitors (S1)', () => {
  it('are known by their device: however often and however fast it asks, it is the same visitor', async () => {
    const deviceId = randomUUID();
    const visitors = await many(10, (index) => registerVisitor(app, index % 2 === 0 ? deviceId : deviceId.toUpperCase()));
    expect(new Set(visitors.map(({ user }) => user.uuid)).size).toBe(1);
    expect(visitors[0]?.user).toMatchObject({ role: 'VISITOR', username: expect.stringMatching(/^VIS[A-Z0-9]{8}$/) });
    expect(await check(present(visitors[9]).token)).toBe('OK');
  });

  it('have no password to guess', async () => {
    const visitor = await registerVisitor(app);
    expect(codesOf(await app.execute(LoginDocument, { input: { username: visitor.username, password: '' } }))).toEqual(['INVALID_CREDENTIALS']);
  });

  it('may not use what is for registered users', async () => {
    const visitor = await registerVisitor(app);
    const attempts = [visitor.execute(UpdateSettingsDocument, {}), visitor.execute(ChangePasswordDocument, { oldPassword: 'a', newPassword: 'b' })];
    for (const answer of await Promise.all(attempts)) expect(codesOf(answer)).toEqual(['VISITOR_FORBIDDEN']);
  });

  it('tell of their device within bounds', async () => {
    const answer = await app.execute(RegisterVisitorDocument, { input: { deviceId: randomUUID(), platform: 'web', brand: 'x'.repeat(51) } });
    expect(outcomeOf(answer)).toBe('BAD_USER_INPUT brand');
    expect(outcomeOf(await app.execute(RegisterVisitorDocument, { input: { deviceId: 'my phone' } }))).toBe('BAD_USER_INPUT input.deviceId');
  });

  it('stay themselves when the secret of the server is renewed, and so do their tokens', async () => {
    const deviceId = randomUUID();
    const old = await startApp();
    const before = await registerVisitor(old, deviceId);
    await old.stop();
    const renewed = await startApp({ ...old.env, TOKEN_SECRET: randomBytes(32).toString('hex'), TOKEN_SECRET_PREVIOUS: old.env.TOKEN_SECRET });
    expect(await check(before.token, renewed)).toBe('OK');
    expect((await registerVisitor(renewed, deviceId)).user.uuid).toBe(before.user.uuid);
    expect(outcomeOf(await refresh(before.refreshToken, renewed))).toBe('OK');
  });
});

describe('register', () => {
  it('gives a name to one of 20 who want it at once, whatever its case', async () => {
    const username = freshName();
    const answers = await many(20, (index) => register({ username: index % 2 === 0 ? username : username.toUpperCase() }));
    const outcomes = answers.map(outcomeOf);
    expect(outcomes.filter((outcome) => outcome === 'OK')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'CONFLICT username')).toHaveLength(19);
  });

  it.each<readonly [string, string, string]>([
    ['abc', 'correct horse', 'username'],
    ['a'.repeat(21), 'correct horse', 'username'],
    ['white space', 'correct horse', 'username'],
    ['VISA1B2C3D4', 'correct horse', 'username'],
    ['visitors123', 'correct horse', 'username'],
    ...['admin', 'Administrator', 'ROOT', 'system', 'Support', 'moderator', 'parley'].map((name) => [name, 'correct horse', 'username'] as const),
    ['用户用户', 'correct horse', 'username'],
    ['tiny_password', 'a1b2c3d', 'password'],
    ['few_letters', 'e\u0301'.repeat(7), 'password'],
    ['same_as_name', 'SAME_as_name', 'password'],
    ['same_as_name2', 'ｓａｍｅ_as_name2', 'password'],
    ...['password', '12345678', 'Password1', 'QWERTYUIOP', 'iloveyou', '1q2w3e4r', 'ｐａｓｓｗｏｒｄ１２３'].map(
      (password) => ['common_one', password, 'password'] as const,
    ),
    ['long_password', 'x'.repeat(129), 'password'],
  ])('refuses %s with %s for its %s', async (username, password, field) => {
    expect(outcomeOf(await register({ username, password }))).toBe(`BAD_USER_INPUT ${field}`);
  });

  it("turns the device's visitor into the user, once, and uses the device up (S2)", async () => {
    const deviceId = randomUUID();
    const visitor = await registerVisitor(app, deviceId);
    const answers = await many(2, () => register({ username: freshName(), deviceId }));
    const users = answers.map((answer) => personOf(app, answer.data?.register));
    expect(users.filter(({ user }) => user.uuid === visitor.user.uuid)).toHaveLength(1);
    expect(users.every(({ user }) => user.role === 'USER' && user.nickname === user.username)).toBe(true);
    expect(await check(visitor.token)).toBe('TOKEN_INVALID');
    expect((await registerVisitor(app, deviceId)).user.uuid).not.toBe(visitor.user.uuid);
  });
});

describe('login (S10)', () => {
  it('says the same to a wrong name and a wrong password', async () => {
    const { username } = await registerUser(app);
    for (const input of [
      { username, password: 'wrong horse' },
      { username: freshName(), password: 'correct horse' },
      { username: `${username}é`, password: 'correct horse' },
    ])
      expect(codesOf(await app.execute(LoginDocument, { input }))).toEqual(['INVALID_CREDENTIALS']);
  });

  it('takes the name in any case, and lists its session under the name of the device, the newest first', async () => {
    const person = await registerUser(app);
    const again = await loginAgain({ ...person, username: person.username.toUpperCase() }, 'my phone');
    const sessions = await sessionsOf(again);
    expect(sessions.map(({ device, isCurrent }) => ({ device, isCurrent }))).toEqual([
      { device: 'my phone', isCurrent: true },
      { device: null, isCurrent: false },
    ]);
  });
});

describe('a token', () => {
  it('holds nothing but who and which session', async () => {
    const { token, user } = await registerUser(app);
    expect(claimsOf(token)).toEqual({
      iss: 'parley',
      aud: 'parley-api',
      sub: user.uuid,
      sid: expect.any(String),
      iat: expect.any(Number),
      exp: expect.any(Number),
    });
  });

  it('is TOKEN_INVALID in every form that is not exactly ours', async () => {
    const { token, refreshToken } = await registerUser(app);
    const claims = claimsOf(token);
    const bad = [
      'x',
      'null',
      refreshToken,
      `${token}x`,
      token.slice(0, -2),
      'x'.repeat(8000),
      `${token.split('.').slice(0, 2).join('.')}.`,
      jwt.sign(claims, '', { algorithm: 'none' }),
      jwt.sign(claims, 'another secret'),
      forge(claims, { algorithm: 'HS512' }),
      forge({ ...claims, iss: 'somebody' }),
      forge({ ...claims, aud: 'something' }),
      forge({ ...claims, sub: randomUUID() }),
      forge({ ...claims, sid: randomUUID() }),
      forge({ ...claims, sid: "' or 1=1" }),
      forge(Object.fromEntries(Object.entries(claims).filter(([name]) => name !== 'exp'))),
    ];
    expect(await check(forge(claims))).toBe('OK');
    for (const text of bad) expect(await check(text)).toBe('TOKEN_INVALID');
  });

  it('is judged in the order invalid, expired, replaced, disabled (S6)', async () => {
    const admin = await loginAdmin(app);
    const person = await registerUser(app);
    const expired = forge({ ...claimsOf(person.token), exp: Date.now() / 1000 - 1 });
    expect(await check(expired)).toBe('TOKEN_EXPIRED');
    await admin.ask(UpdateUserDocument, { userId: person.user.id, enabled: false });
    expect(await check(person.token)).toBe('USER_DISABLED');
    expect(await check(expired)).toBe('TOKEN_EXPIRED');
    await admin.ask(UpdateUserDocument, { userId: person.user.id, enabled: true });
    expect(await check(person.token)).toBe('TOKEN_INVALID');
    expect(await check(expired)).toBe('TOKEN_INVALID');
  });

  it('expires', async () => {
    const brief = await startApp({ TOKEN_TTL_SECONDS: '0.5' });
    const person = await registerUser(brief);
    expect(await check(person.token, brief)).toBe('OK');
    await sleep(600);
    expect(await check(person.token, brief)).toBe('TOKEN_EXPIRED');
    const next = (await brief.ask(RefreshSessionDocument, { refreshToken: person.refreshToken })).refreshSession;
    expect(await check(present(next).token, brief)).toBe('OK');
  });
});

describe('refreshSession (S9)', () => {
  it('gives two who ask at once, and whoever asks again, the same new pair', async () => {
    const person = await registerUser(app);
    const [one, other] = await many(2, () => app.ask(RefreshSessionDocument, { refreshToken: person.refreshToken }));
    const again = await app.ask(RefreshSessionDocument, { refreshToken: person.refreshToken });
    expect(one).toEqual(other);
    expect(one).toEqual(again);
    expect(one?.refreshSession?.refreshToken).not.toBe(person.refreshToken);
    expect(one?.refreshSession?.token).not.toBe(person.token);
    expect(await check(present(one?.refreshSession).token)).toBe('OK');
    expect(await sessionsOf(person)).toHaveLength(1);
  });

  it('tells the other sessions only when what they show of it has changed', async () => {
    const watched = async (env: Record<string, string>) => {
      const at = await startApp(env);
      const person = await registerUser(at);
      const other = await loginAgain(person);
      const stream = other.socket().subscribe(EventsDocument, {});
      await stream.until(({ events }) => events.__typename === 'CaughtUp');
      const seen = async () => Date.parse((await sessionsOf(other)).find(({ isCurrent }) => !isCurrent)?.lastSeenAt ?? '');
      const before = await seen();
      await at.ask(RefreshSessionDocument, { refreshToken: person.refreshToken });
      return { other, stream, before, seen };
    };
    const rare = await watched({});
    // What comes next is the change after it.
    await rare.other.ask(UpdateSettingsDocument, { acceptsFriendsAtOnce: true });
    await rare.stream.until(({ events }) => events.__typename === 'ViewerChanged');
    await rare.other.ask(LogoutDocument, { sessionId: (await sessionsOf(rare.other)).find(({ isCurrent }) => !isCurrent)?.id });
    await rare.stream.until(({ events }) => events.__typename === 'ViewerChanged');
    expect(rare.stream.all().map(({ data }) => data?.events.__typename)).toEqual(['CaughtUp', 'ViewerChanged', 'ViewerChanged']);
    expect(await rare.seen()).toBeNaN();

    const exact = await watched({ SESSION_SEEN_SECONDS: '0' });
    await exact.stream.until(({ events }) => events.__typename === 'ViewerChanged');
    expect(await exact.seen()).toBeGreaterThan(exact.before);
  });

  it('goes on where the tables are older than the token, as after a backup came back', async () => {
    const at = await startApp();
    const next = async (person: Person) => personOf(at, (await at.ask(RefreshSessionDocument, { refreshToken: person.refreshToken })).refreshSession);
    const person = await registerUser(at);
    const latest = await next(await next(person));
    const tables = await openTables(at);
    const [userId = 0] = await idsOf(tables, [person.user]);
    await tables.transaction((tx) => tx.db.updateTable('Session').set({ generation: 0 }).where('userId', '=', userId).execute());
    const after = await next(latest);
    expect(await check(after.token, at)).toBe('OK');
    // What was used up stays so.
    await next(after);
    expect(outcomeOf(await refresh(person.refreshToken, at))).toBe('TOKEN_INVALID');
  });

  it('ends the session where a refresh token is used again later, or an older one at any time', async () => {
    const strict = await startApp({ REFRESH_REUSE_SECONDS: '0.3' });
    const next = async (person: Person) => personOf(strict, (await strict.ask(RefreshSessionDocument, { refreshToken: person.refreshToken })).refreshSession);
    const [late, old] = await Promise.all([registerUser(strict), registerUser(strict)]);
    const [afterLate, afterOld] = [await next(late), await next(await next(old))];
    expect(outcomeOf(await refresh(old.refreshToken, strict))).toBe('TOKEN_INVALID');
    expect(await check(afterOld.token, strict)).toBe('TOKEN_INVALID');
    await sleep(400);
    expect(outcomeOf(await refresh(late.refreshToken, strict))).toBe('TOKEN_INVALID');
    expect(outcomeOf(await refresh(afterLate.refreshToken, strict))).toBe('TOKEN_INVALID');
    expect(await check(afterLate.token, strict)).toBe('TOKEN_INVALID');
  });

  it('is TOKEN_INVALID for whatever is no refresh token, and for one of a session that is over', async () => {
    const person = await registerUser(app);
    const forged = `${person.refreshToken.slice(0, -4)}${person.refreshToken.endsWith('AAAA') ? 'BBBB' : 'AAAA'}`;
    for (const bad of ['', 'x', person.token, `${person.refreshToken}=`, forged, '令牌']) expect(outcomeOf(await refresh(bad))).toBe('TOKEN_INVALID');
    await person.ask(LogoutDocument, {});
    expect(outcomeOf(await refresh(person.refreshToken))).toBe('TOKEN_INVALID');
  });
});

describe('the end of a session (S4)', () => {
  it('comes at once by logout, for this one or another one of mine, and is told to the others', async () => {
    const person = await registerUser(app);
    const other = await loginAgain(person, 'phone');
    const third = await loginAgain(person, 'tablet');
    const stream = third.socket().subscribe(EventsDocument, {});
    await stream.until(({ events }) => events.__typename === 'CaughtUp');
    const phone = present((await sessionsOf(third)).find(({ device }) => device === 'phone'));
    expect(await third.ask(LogoutDocument, { sessionId: phone.id })).toEqual({ logout: true });
    await stream.until(({ events }) => events.__typename === 'ViewerChanged', 'ViewerChanged');
    expect(await check(other.token)).toBe('TOKEN_INVALID');
    expect(codesOf(await third.execute(LogoutDocument, { sessionId: phone.id }))).toEqual(['NOT_FOUND']);
    await person.ask(LogoutDocument, {});
    expect(await check(person.token)).toBe('TOKEN_INVALID');
    expect(await sessionsOf(third)).toHaveLength(1);
  });

  it("never comes by somebody else's hand", async () => {
    const [person, stranger] = await Promise.all([registerUser(app), registerUser(app)]);
    const [session] = await sessionsOf(person);
    expect(codesOf(await stranger.execute(LogoutDocument, { sessionId: present(session).id }))).toEqual(['NOT_FOUND']);
    expect(codesOf(await stranger.execute(LogoutDocument, { sessionId: 'nonsense' }))).toEqual(['NOT_FOUND']);
    expect(await check(person.token)).toBe('OK');
  });

  it('comes to every other session when the password changes', async () => {
    const person = await registerUser(app);
    const other = await loginAgain(person);
    const change = (oldPassword: string, newPassword: string) => person.execute(ChangePasswordDocument, { oldPassword, newPassword });
    expect(outcomeOf(await change('wrong horse', 'another horse'))).toBe('INVALID_CREDENTIALS oldPassword');
    expect(outcomeOf(await change('correct horse', 'short'))).toBe('BAD_USER_INPUT newPassword');
    expect(outcomeOf(await change('correct horse', 'another horse'))).toBe('OK');
    expect([await check(person.token), await check(other.token)]).toEqual(['OK', 'TOKEN_INVALID']);
    expect(codesOf(await app.execute(LoginDocument, { input: { username: person.username, password: person.password } }))).toEqual(['INVALID_CREDENTIALS']);
    expect(await check((await loginAgain({ ...person, password: 'another horse' })).token)).toBe('OK');
  });

  it('comes with another login where the policy is single (S5), also with six at once', async () => {
    const single = await startApp({ SESSIONS: 'single' });
    const person = await registerUser(single);
    const others = await many(6, () => loginAgain(person));
    expect(await check(person.token, single)).toBe('SESSION_REPLACED');
    expect(outcomeOf(await refresh(person.refreshToken, single))).toBe('SESSION_REPLACED');
    const outcomes = await Promise.all(others.map(({ token }) => check(token, single)));
    expect(outcomes.sort()).toEqual(['OK', ...Array.from({ length: 5 }, () => 'SESSION_REPLACED')]);
  });
});

describe('the first admin', () => {
  it('is made once, whatever starts how often', async () => {
    const first = await startApp(adminEnv);
    await first.stop();
    // On SQLite there is one server at a time.
    const again = await Promise.all(Array.from({ length: inject('backend') === 'services' ? 2 : 1 }, () => startApp(first.env)));
    for (const one of again) expect((await loginAdmin(one)).user.role).toBe('ADMIN');
  });

  it('is not made of a user who has the name already', async () => {
    const plain = await startApp();
    const person = await registerUser(plain);
    await plain.stop();
    await expect(startApp({ ...plain.env, ADMIN_USERNAME: person.username, ADMIN_PASSWORD: 'a password for tests' })).rejects.toThrow(
      /ADMIN_USERNAME.*no admin/,
    );
  });
});
