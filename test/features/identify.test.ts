import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { UserRow } from '../../src/features/users/user.entity.ts';
import type { Database } from '../../src/platform/database.ts';
import {
  ChangePasswordDocument,
  EndSessionsDocument,
  EventsDocument,
  IdentifyDocument,
  LoginDocument,
  MeDocument,
  RefreshSessionDocument,
  RegisterDocument,
  RegisterVisitorDocument,
  SearchUsersDocument,
  SessionsDocument,
  UpdateProfileDocument,
  UpdateUserDocument,
} from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { codesOf, present } from '../support/client.ts';
import { upsertUser } from '../support/external-users.ts';
import { openTables } from '../support/groups.ts';
import { comeIn, goodClaims, identify, proofByJose, proofBySecret, secondsNow, secretEnv } from '../support/issuers.ts';
import { adminEnv, freshName, loginAdmin, makeFriends, type Person, registerAgent, registerUser, registerVisitor, sendText } from '../support/people.ts';
import { keyClient } from '../support/server-keys.ts';

let app: TestApp;
let admin: Person;
let database: Database;
beforeAll(async () => {
  app = await startApp({ ...adminEnv, ...secretEnv });
  admin = await loginAdmin(app);
  database = await openTables(app);
});

const fresh = () => `customer ${randomUUID()}`;
const proofOf = (sub: string, more: Readonly<Record<string, unknown>> = {}) => proofBySecret(goodClaims(sub, more));
const userOf = async (person: Person) => present((await person.ask(MeDocument, {})).viewer).user;
const rowOf = async ({ user }: Person) =>
  await database.read((tx) =>
    tx.db
      .selectFrom('ExternalPerson')
      .innerJoin('User', 'User.id', 'ExternalPerson.userId')
      .selectAll('ExternalPerson')
      .where('User.uuid', '=', user.uuid)
      .executeTakeFirstOrThrow(),
  );
const change = (person: Person, changes: Partial<UserRow>) =>
  database.transaction((tx) => tx.db.updateTable('User').set(changes).where('uuid', '=', person.user.uuid).execute());
const endSessionsAt = async (person: Person, sessionsEndedAt: number) => {
  const { userId } = await rowOf(person);
  await database.transaction((tx) => tx.db.updateTable('ExternalPerson').set({ sessionsEndedAt }).where('userId', '=', userId).execute());
};

describe('whoever brings a good proof', () => {
  it('is the same user for ever, by whichever library it was made, and however often it comes', async () => {
    const sub = fresh();
    const proof = proofOf(sub, { name: 'Zoë 王' });
    const first = await comeIn(app, proof, { device: 'laptop' });
    expect(first.user).toMatchObject({ nickname: 'Zoë 王', role: 'USER', avatar: null });
    expect(first.username).toMatch(/^EXT[A-Z0-9]{8}$/);
    for (const again of [proof, proofOf(sub), await proofByJose(goodClaims(sub))])
      expect((await comeIn(app, again, { provider: 'default' })).user).toEqual(first.user);
    expect((await userOf(first)).uuid).toBe(first.user.uuid);
    const { sessions } = present((await first.ask(SessionsDocument, {})).viewer);
    expect(sessions.map(({ device }) => device)).toEqual([null, null, null, 'laptop']);
  });

  it('is somebody else where one byte of the sub is another one', async () => {
    const sub = fresh();
    const others = [sub, `${sub} `, ` ${sub}`, sub.toUpperCase(), `${sub}é`, `${sub}e\u0301`, `${sub}e`, `${sub}\u200b`];
    const uuids = [];
    for (const one of others) uuids.push((await comeIn(app, proofOf(one))).user.uuid);
    expect(new Set(uuids).size).toBe(others.length);
    for (const [index, one] of others.entries()) expect((await comeIn(app, proofOf(one))).user.uuid).toBe(uuids[index]);
  });

  it('has a sub of 1 to 128 characters', async () => {
    for (const sub of ['x', '𝒳'.repeat(128), ' ']) await comeIn(app, proofOf(sub));
    for (const sub of ['', 'x'.repeat(129), '\ud800', 'a\0', 7, null, ['x'], { x: 'x' }])
      expect(codesOf(await identify(app, await proofByJose({ ...goodClaims('x'), sub }).catch(() => 'none'))), JSON.stringify(sub)).toEqual([
        'IDENTITY_INVALID',
      ]);
  });

  it('comes in over the socket as well, and without the token that comes along', async () => {
    const [sub, stranger] = [fresh(), await registerUser(app)];
    const overHttp = await identify(app, proofOf(sub), {}, { token: 'what is none' });
    const { uuid } = present(overHttp.data?.identify).user;
    const answer = await stranger.socket().execute(IdentifyDocument, { input: { proof: proofOf(sub) } });
    expect(answer.data?.identify?.user.uuid).toBe(uuid);
    const person = await comeIn(app, proofOf(sub));
    expect((await person.socket().ask(MeDocument, {})).viewer?.user.uuid).toBe(uuid);
  });

  it('may be late and early by a minute, and no more', async () => {
    const now = secondsNow();
    for (const times of [{ exp: now - 50 }, { iat: now + 50 }, { nbf: now + 50 }, { exp: now + 3650 }, { iat: now - 100_000, nbf: 0 }])
      expect(codesOf(await identify(app, proofOf(fresh(), times))), JSON.stringify(times)).toEqual([]);
    for (const times of [{ exp: now - 70 }, { iat: now + 70 }, { nbf: now + 70 }, { exp: now + 3670 }])
      expect(codesOf(await identify(app, proofOf(fresh(), times))), JSON.stringify(times)).toEqual(['IDENTITY_INVALID']);
  });

  it('logs in with no password, as an unknown name does, and changes none', async () => {
    const person = await comeIn(app, proofOf(fresh()));
    const wrong = await app.execute(LoginDocument, { input: { username: person.username, password: '' } });
    const unknown = await app.execute(LoginDocument, { input: { username: 'EXTNOBODY01', password: '' } });
    expect([codesOf(wrong), wrong.errors[0]?.message]).toEqual([['INVALID_CREDENTIALS'], unknown.errors[0]?.message]);
    expect(codesOf(await person.execute(ChangePasswordDocument, { oldPassword: '', newPassword: 'correct horse' }))).toEqual(['INVALID_CREDENTIALS']);
  });

  it('has a name that nobody else can take, in either case', async () => {
    for (const username of ['EXTABCD1234', 'extabcd1234', 'ExtABCDefgh'])
      expect(codesOf(await app.execute(RegisterDocument, { input: { username, password: 'correct horse' } }))).toEqual(['BAD_USER_INPUT']);
    for (const username of ['ext_1234567', 'extra', 'EXTABCDEFGHI'])
      expect(codesOf(await app.execute(RegisterDocument, { input: { username, password: 'correct horse' } }))).toEqual([]);
  });
});

describe('what a proof says beside', () => {
  it('does not bring back what the operator’s server has changed since, and a proof that is made later does', async () => {
    const [sub, now] = [fresh(), secondsNow()];
    const older = proofOf(sub, { iat: now - 100, name: 'Ann' });
    const person = await comeIn(app, older);
    const server = await keyClient(app, ['USERS'], admin);
    await upsertUser(server, { externalId: sub, nickname: 'Ann Smith' });
    // Of that second as proofs name it: one that is made later in the same one is newer.
    expect(Number((await rowOf(person)).profileAt) % 1000).toBe(0);
    expect((await comeIn(app, older)).user).toMatchObject({ uuid: person.user.uuid, nickname: 'Ann Smith' });
    expect((await comeIn(app, proofOf(sub, { iat: secondsNow() + 30, name: 'Ann Miller' }))).user.nickname).toBe('Ann Miller');
  });

  it('is cut or left out where it does not fit, and never refused', async () => {
    const traits = {
      plan: 'gold',
      ['k'.repeat(51)]: 'x',
      long: 'v'.repeat(300),
      empty: '',
      number: 1,
      half: 'a\ud83d',
      nothing: 'a\0b',
      ...Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`t${index}`, 'x'])),
    };
    const person = await comeIn(app, proofOf(fresh(), { name: `  ${'名'.repeat(60)}`, picture: 'http://example.com/x.png', traits }));
    expect(person.user).toMatchObject({ nickname: '名'.repeat(50), avatar: null });
    const stored: { key: string; value: string }[] = JSON.parse(present((await rowOf(person)).traits));
    expect(stored).toEqual([
      { key: 'plan', value: 'gold' },
      { key: 'long', value: 'v'.repeat(200) },
      ...Array.from({ length: 18 }, (_, index) => ({ key: `t${index}`, value: 'x' })),
    ]);
    const pairs = [
      ['a\0b', 'x'],
      ['a\ud83d', 'x'],
      [' ', 'x'],
      ['blank', '\u200b'],
      [7, 'x'],
      ['kept', 'x'],
    ].map(([key, value]) => ({ key, value }));
    const listed = await comeIn(app, proofOf(fresh(), { traits: [...pairs, 'x', null] }));
    expect(JSON.parse(present((await rowOf(listed)).traits))).toEqual([{ key: 'kept', value: 'x' }]);
    const odd = [
      { name: 7 },
      { name: '\u200b' },
      { name: 'a\u202eb\nc' },
      { name: `a${'\u0301'.repeat(9)}` },
      { picture: 'https://user:pass@example.com/' },
      { picture: ['x'] },
      { traits: 'x' },
      { traits: [1, null, { key: 'a' }] },
      { traits: null },
    ];
    for (const more of odd) expect(codesOf(await identify(app, proofOf(fresh(), more))), JSON.stringify(more)).toEqual([]);
    expect((await comeIn(app, proofOf(fresh(), { name: 'a\u202eb\nc' }))).user.nickname).toBe('ab c');
  });

  it('is that of the newest one, also where the first one made the person, and where the newest said nothing new', async () => {
    const [now, deviceId] = [secondsNow(), randomUUID()];
    await registerVisitor(app, deviceId);
    for (const input of [{}, { deviceId }]) {
      const sub = fresh();
      const proof = (age: number, name: string) => proofOf(sub, { iat: now - age, name });
      const nameAfter = async (age: number, name: string) => (await comeIn(app, proof(age, name))).user.nickname;
      expect((await comeIn(app, proof(40, 'first'), input)).user.nickname).toBe('first');
      expect(await nameAfter(50, 'older')).toBe('first');
      expect(await nameAfter(20, 'first')).toBe('first');
      expect(await nameAfter(30, 'between')).toBe('first');
      expect(await nameAfter(10, 'newest')).toBe('newest');
    }
  });

  it('is found by others under its new name, and shown on the person’s own devices', async () => {
    const sub = fresh();
    const word = randomUUID().slice(0, 8);
    const person = await comeIn(app, proofOf(sub, { iat: secondsNow() - 10, name: 'before' }));
    const events = person.socket().subscribe(EventsDocument, {});
    await events.until(({ events: event }) => event.__typename === 'CaughtUp');
    await comeIn(app, proofOf(sub, { name: `${word} after` }));
    const { events: told } = await events.until(({ events: event }) => event.__typename === 'UserChanged');
    expect(told).toMatchObject({ user: { nickname: `${word} after` } });
    const searcher = await registerUser(app);
    const found = async () => present((await searcher.ask(SearchUsersDocument, { keyword: word })).searchUsers).edges.map(({ node }) => node.id);
    expect(await found()).toEqual([person.user.id]);
  });

  it('is as the newest proof says it, and friends are told only where it is something else', async () => {
    const sub = fresh();
    const now = secondsNow();
    const older = proofOf(sub, { iat: now - 20, name: 'old', picture: 'https://example.com/old.png' });
    const newer = proofOf(sub, { iat: now - 10, name: 'new', picture: 'https://example.com/new.png', traits: [{ key: 'a', value: 'b' }] });
    const person = await comeIn(app, older);
    const friend = await registerUser(app);
    await makeFriends(friend, person);
    const events = friend.socket().subscribe(EventsDocument, {});
    await events.until(({ events: event }) => event.__typename === 'CaughtUp');
    expect((await comeIn(app, newer)).user).toMatchObject({ nickname: 'new', avatar: 'https://example.com/new.png' });
    await events.until(({ events: event }) => event.__typename === 'UserChanged');
    // Neither an older one nor the same again.
    for (const proof of [older, newer, proofOf(sub)])
      expect((await comeIn(app, proof)).user).toMatchObject({ nickname: 'new', avatar: 'https://example.com/new.png' });
    expect(JSON.parse(present((await rowOf(person)).traits))).toEqual([{ key: 'a', value: 'b' }]);
    await person.ask(UpdateProfileDocument, { input: { nickname: 'chosen' } });
    const { events: told } = await events.until(({ events: event }) => event.__typename === 'UserChanged');
    expect(told).toMatchObject({ user: { nickname: 'chosen' } });
    expect((await comeIn(app, proofOf(sub, { name: 'newest' }))).user.nickname).toBe('newest');
  });
});

describe('a proof does not lead', () => {
  it('to an account that has a password, to an admin, nor, by a secret, to an agent', async () => {
    const sub = fresh();
    const person = await comeIn(app, proofOf(sub));
    const { passwordHash } = await database.read((tx) =>
      tx.db.selectFrom('User').select('passwordHash').where('uuid', '=', admin.user.uuid).executeTakeFirstOrThrow(),
    );
    const ways: readonly Partial<UserRow>[] = [{ passwordHash }, { role: 'ADMIN' }, { role: 'AGENT' }, { role: 'VISITOR' }];
    for (const way of ways) {
      await change(person, way);
      expect(codesOf(await identify(app, proofOf(sub))), JSON.stringify(way)).toEqual(['IDENTITY_INVALID']);
      await change(person, { passwordHash: null, role: 'USER' });
    }
    expect(codesOf(await identify(app, proofOf(sub)))).toEqual([]);
  });

  it('to an admin or an agent by having been good before: the sessions of whoever becomes one end', async () => {
    for (const role of ['AGENT', 'ADMIN'] as const) {
      const person = await comeIn(app, proofOf(fresh()));
      await admin.ask(UpdateUserDocument, { userId: person.user.id, role });
      expect(codesOf(await person.execute(MeDocument, {}))).toEqual(['TOKEN_INVALID']);
      expect(codesOf(await app.execute(RefreshSessionDocument, { refreshToken: person.refreshToken }))).toEqual(['TOKEN_INVALID']);
    }
  });

  it('to what has the uuid, the id or the name of somebody', async () => {
    const somebody = await registerAgent(admin);
    for (const sub of [somebody.user.uuid, somebody.user.id, somebody.username, admin.user.uuid, admin.username]) {
      const { user } = await comeIn(app, proofOf(sub, { role: 'ADMIN', roles: ['ADMIN'], uuid: somebody.user.uuid, email_verified: true }));
      expect([somebody.user.uuid, admin.user.uuid]).not.toContain(user.uuid);
      expect(user.role).toBe('USER');
    }
  });

  it('into an account that an admin has disabled, and does again when it is enabled', async () => {
    const sub = fresh();
    const person = await comeIn(app, proofOf(sub, { name: 'before' }));
    await admin.ask(UpdateUserDocument, { userId: person.user.id, enabled: false });
    expect(codesOf(await identify(app, proofOf(sub, { name: 'after' })))).toEqual(['USER_DISABLED']);
    expect((await rowOf(person)).externalId).toBe(sub);
    await admin.ask(UpdateUserDocument, { userId: person.user.id, enabled: true });
    expect((await comeIn(app, proofOf(sub))).user).toMatchObject({ uuid: person.user.uuid, nickname: 'before' });
  });

  it('anywhere where it is older than the end of all sessions of that person', async () => {
    const [sub, now] = [fresh(), secondsNow()];
    const [older, newer] = [proofOf(sub, { iat: now - 100 }), proofOf(sub, { iat: now - 10 })];
    const person = await comeIn(app, older);
    await endSessionsAt(person, (now - 50) * 1000);
    expect(codesOf(await identify(app, older))).toEqual(['IDENTITY_INVALID']);
    expect((await comeIn(app, newer)).user.uuid).toBe(person.user.uuid);
    await endSessionsAt(person, (now - 10) * 1000);
    expect((await comeIn(app, newer)).user.uuid).toBe(person.user.uuid);
    await endSessionsAt(person, (now - 10) * 1000 + 1);
    expect(codesOf(await identify(app, newer))).toEqual(['IDENTITY_INVALID']);
  });

  it('anywhere any more once the operator’s server has ended all sessions, and one that is made later does', async () => {
    const [sub, now] = [fresh(), secondsNow()];
    const kept = proofOf(sub, { iat: now - 10 });
    const person = await comeIn(app, kept);
    const server = await keyClient(app, ['SESSIONS'], admin);
    await server.ask(EndSessionsDocument, { person: { external: { id: sub } } });
    expect(codesOf(await identify(app, kept))).toEqual(['IDENTITY_INVALID']);
    expect(codesOf(await person.execute(MeDocument, {}))).toEqual(['TOKEN_INVALID']);
    expect((await comeIn(app, proofOf(sub, { iat: secondsNow() + 30 }))).user.uuid).toBe(person.user.uuid);
  });
});

describe('with the device of a visitor', () => {
  it('a new sub makes the visitor that user, with uuid and conversations, once', async () => {
    const [sub, deviceId] = [fresh(), randomUUID()];
    const agent = await registerAgent(admin);
    const visitor = await registerVisitor(app, deviceId);
    const message = await sendText(visitor, agent.user.id, 'hello');
    const open = visitor.socket();
    await open.connected();
    const proof = proofOf(sub, { name: 'Ann', picture: 'https://example.com/ann.png' });
    const person = await comeIn(app, proof, { deviceId });
    expect(person.user).toMatchObject({ uuid: visitor.user.uuid, nickname: 'Ann', role: 'USER', avatar: 'https://example.com/ann.png' });
    expect(person.username).toMatch(/^EXT/);
    expect((await open.closed()).code).toBe(4401);
    expect(codesOf(await visitor.execute(MeDocument, {}))).toEqual(['TOKEN_INVALID']);
    expect((await sendText(person, agent.user.id, 'again')).conversation.id).toBe(message.conversation.id);
    // The answer was lost: the same again changes nothing more.
    expect((await comeIn(app, proof, { deviceId })).user).toEqual(person.user);
    expect((await comeIn(app, proof, { deviceId: deviceId.toUpperCase() })).user).toEqual(person.user);
    const next = await registerVisitor(app, deviceId);
    expect(next.user.uuid).not.toBe(visitor.user.uuid);
  });

  it('one who has chosen a nickname keeps it where the proof says none', async () => {
    const [deviceId, other] = [randomUUID(), randomUUID()];
    const [visitor, plain] = [await registerVisitor(app, deviceId), await registerVisitor(app, other)];
    await change(visitor, { nickname: 'chosen' });
    expect((await comeIn(app, proofOf(fresh()), { deviceId })).user.nickname).toBe('chosen');
    const person = await comeIn(app, proofOf(fresh()), { deviceId: other });
    expect([person.user.uuid, person.user.nickname]).toEqual([plain.user.uuid, person.username]);
  });

  it('a sub that there is keeps its account, and the sessions of the visitor end', async () => {
    const [sub, deviceId] = [fresh(), randomUUID()];
    const person = await comeIn(app, proofOf(sub));
    const visitor = await registerVisitor(app, deviceId);
    const again = await comeIn(app, proofOf(sub), { deviceId });
    expect(again.user).toEqual(person.user);
    expect(codesOf(await visitor.execute(MeDocument, {}))).toEqual(['TOKEN_INVALID']);
    // The visitor stays what they were, and nobody comes in as them any more.
    const { role } = await database.read((tx) => tx.db.selectFrom('User').select('role').where('uuid', '=', visitor.user.uuid).executeTakeFirstOrThrow());
    expect(role).toBe('VISITOR');
    const next = await registerVisitor(app, deviceId);
    expect(next.user.uuid).not.toBe(visitor.user.uuid);
  });

  it('what an admin has closed stays closed', async () => {
    const [sub, deviceId] = [fresh(), randomUUID()];
    const person = await comeIn(app, proofOf(sub));
    const visitor = await registerVisitor(app, deviceId);
    await admin.ask(UpdateUserDocument, { userId: visitor.user.id, enabled: false });
    expect(codesOf(await identify(app, proofOf(fresh()), { deviceId }))).toEqual(['USER_DISABLED']);
    expect((await comeIn(app, proofOf(sub), { deviceId })).user).toEqual(person.user);
    expect(codesOf(await app.execute(RegisterVisitorDocument, { input: { deviceId } }))).toEqual(['USER_DISABLED']);
  });

  it('a proof that is none leaves the visitor alone', async () => {
    const deviceId = randomUUID();
    const visitor = await registerVisitor(app, deviceId);
    expect(codesOf(await identify(app, 'x', { deviceId }))).toEqual(['IDENTITY_INVALID']);
    expect((await registerVisitor(app, deviceId)).user).toEqual(visitor.user);
  });
});

describe('how often', () => {
  it('is counted for the person by good proofs, and for the address by bad ones and by whoever is new', async () => {
    const counting = await startApp({ ...secretEnv, RATE_LIMITS: 'on', RATES: 'identify=3/h, identifyOfAddress=6/h', TRUSTED_PROXIES: '127.0.0.1' });
    const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });
    const [one, other] = [proofOf(fresh()), proofOf(fresh())];
    const codes = async (proof: string, address: string) => codesOf(await identify(counting, proof, {}, from(address)))[0] ?? 'OK';
    for (const address of ['203.0.113.1', '203.0.113.2', '203.0.113.2']) expect(await codes(one, address)).toBe('OK');
    expect(await codes(one, '203.0.113.3')).toBe('RATE_LIMITED');
    // Nobody is kept out by what others make up.
    const forged = proofBySecret(goodClaims('x'), 'another secret, which is long enough for it');
    for (let count = 0; count < 6; count += 1) expect(await codes(forged, '203.0.113.4')).toBe('IDENTITY_INVALID');
    expect(await codes(forged, '203.0.113.4')).toBe('RATE_LIMITED');
    expect(await codes(other, '203.0.113.4')).toBe('RATE_LIMITED');
    expect(await codes(other, '203.0.113.5')).toBe('OK');
    // Whoever is known comes in all the same.
    expect(await codes(other, '203.0.113.4')).toBe('OK');
    expect(await codes(other, '203.0.113.4')).toBe('RATE_LIMITED');
  });
});

it('without a provider every proof is none, and a device that is none is said first', async () => {
  const none = await startApp({});
  expect(codesOf(await identify(none, proofOf(fresh())))).toEqual(['IDENTITY_INVALID']);
  expect(codesOf(await identify(app, proofOf(fresh()), { provider: 'another' }))).toEqual(['IDENTITY_INVALID']);
  expect(codesOf(await identify(app, proofOf(fresh()), { provider: '' }))).toEqual(['IDENTITY_INVALID']);
  expect(codesOf(await identify(app, 'x', { device: 'a\nb' }))).toEqual(['BAD_USER_INPUT']);
  expect(codesOf(await app.execute(RegisterDocument, { input: { username: freshName(), password: 'correct horse' } }))).toEqual([]);
});
