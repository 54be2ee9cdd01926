import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../src/platform/database.ts';
import {
  AuditLogDocument,
  ChangePasswordDocument,
  ConversationsDocument,
  EventsDocument,
  ExternalUserDocument,
  IssueSessionDocument,
  LoginDocument,
  MeDocument,
  RegisterDocument,
  RegisterVisitorDocument,
  SearchUsersDocument,
  UpdateUserDocument,
  UpsertUserDocument,
  type UpsertUserInput,
  UserByExternalIdDocument,
} from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { codesOf, outcomeOf, present } from '../support/client.ts';
import { freshExternalId, insertProvider, upsertUser } from '../support/external-users.ts';
import { idsOf, openTables } from '../support/groups.ts';
import {
  adminEnv,
  loginAdmin,
  makeFriends,
  openChatset,
  type Person,
  personOf,
  registerAgent,
  registerUser,
  registerVisitor,
  sendText,
} from '../support/people.ts';
import { type KeyClient, keyClient } from '../support/server-keys.ts';

let app: TestApp;
let admin: Person;
let shop: KeyClient;
beforeAll(async () => {
  app = await startApp(adminEnv);
  admin = await loginAdmin(app);
  await insertProvider(app, 'shop');
  shop = await keyClient(app, ['USERS', 'SESSIONS'], admin);
});

const upsert = (input: Partial<UpsertUserInput>, by: KeyClient = shop) =>
  by.execute(UpsertUserDocument, { input: { externalId: freshExternalId(), ...input } });
/** Somebody of the shop's with a session. */
const makeBuyer = async (input: Partial<UpsertUserInput> = {}) => {
  const externalId = input.externalId ?? freshExternalId();
  await upsertUser(shop, { ...input, externalId });
  const { issueSession } = await shop.ask(IssueSessionDocument, { input: { person: { external: { id: externalId } } } });
  return { ...personOf(app, issueSession), externalId };
};
const shownTo = async (reader: Pick<Person, 'ask'>, uuid: string) => present((await reader.ask(ExternalUserDocument, { uuid })).userInfo, 'the user');
const recordsOf = async (userId: string) => {
  const { auditLog } = await admin.ask(AuditLogDocument, { filter: { targetId: userId }, first: 100 });
  return present(auditLog)
    .edges.map(({ node }) => [node.action, JSON.parse(node.change ?? 'null')])
    .toReversed();
};
/** What would grow if somebody were told something of these people. */
const toldOf = async (tables: Database, people: readonly Person[]) => {
  const ids = await idsOf(
    tables,
    people.map(({ user }) => user),
  );
  return await tables.read(async (tx) => ({
    logs: await tx.db.selectFrom('Log').select(['id', 'lastRev']).where('id', 'in', ids).orderBy('id').execute(),
    jobs: await tx.db.selectFrom('ProfileJob').selectAll().where('userId', 'in', ids).execute(),
  }));
};

describe('upsertUser', () => {
  it('makes a person with a name that is kept for such people, without a password', async () => {
    const externalId = freshExternalId();
    const made = await upsertUser(shop, { externalId, nickname: ' Ann ', avatar: 'https://EXAMPLE.com/a.png', traits: [{ key: 'plan', value: 'gold' }] });
    expect(made).toMatchObject({
      username: expect.stringMatching(/^EXT[A-Z0-9]{8}$/),
      nickname: 'Ann',
      avatar: 'https://example.com/a.png',
      role: 'USER',
      externalId,
      traits: [{ key: 'plan', value: 'gold' }],
    });
    expect(codesOf(await app.execute(LoginDocument, { input: { username: made.username, password: '' } }))).toEqual(['INVALID_CREDENTIALS']);
    const plain = await upsertUser(shop);
    expect(plain).toMatchObject({ nickname: plain.username, avatar: null, traits: [] });
    for (const username of ['EXTABCDEF12', 'ext12345678'])
      expect(outcomeOf(await app.execute(RegisterDocument, { input: { username, password: 'correct horse' } }))).toBe('BAD_USER_INPUT username');
  });

  it('changes what is given and leaves the rest; a list of traits replaces', async () => {
    const externalId = freshExternalId();
    const given = { externalId, nickname: 'Ann', avatar: 'https://example.com/a.png', traits: [{ key: 'plan', value: 'gold' }] };
    const made = await upsertUser(shop, given);
    expect(await upsertUser(shop, { externalId })).toEqual(made);
    expect(await upsertUser(shop, { externalId, nickname: 'Anna' })).toEqual({ ...made, nickname: 'Anna' });
    const traits = [
      { key: 'b', value: '2' },
      { key: 'a', value: '1' },
    ];
    expect(await upsertUser(shop, { externalId, traits })).toEqual({ ...made, nickname: 'Anna', traits });
    expect(await upsertUser(shop, { externalId, nickname: null, avatar: null, traits: [] })).toEqual({
      ...made,
      nickname: made.username,
      avatar: null,
      traits: [],
    });
    expect(await upsertUser(shop, { externalId, enabled: null, traits: null })).toMatchObject({ traits: [] });
  });

  it('the same again changes nothing, tells nobody and leaves no record; what is shown is told to friends', async () => {
    const buyer = await makeBuyer({ nickname: 'Bo', traits: [{ key: 'plan', value: 'gold' }] });
    const friend = await registerUser(app);
    await makeFriends(buyer, friend);
    const same = { externalId: buyer.externalId, nickname: 'Bo', enabled: true, traits: [{ key: 'plan', value: 'gold' }] };
    const tables = await openTables(app);
    const [before, told] = [await recordsOf(buyer.user.id), await toldOf(tables, [buyer, friend])];
    await upsertUser(shop, same);
    expect(await recordsOf(buyer.user.id)).toEqual(before);
    await upsertUser(shop, { ...same, traits: [] });
    expect(await toldOf(tables, [buyer, friend])).toEqual(told);
    // The person’s own devices show it too.
    const streams = [buyer, friend].map((person) => person.socket().subscribe(EventsDocument, {}));
    for (const stream of streams) await stream.until(({ events }) => events.__typename === 'CaughtUp');
    await upsertUser(shop, { ...same, nickname: 'Bob' });
    for (const stream of streams) await stream.until(({ events }) => events.__typename === 'UserChanged' && events.user.nickname === 'Bob');
    expect((await friend.ask(SearchUsersDocument, { keyword: 'Bob' })).searchUsers?.edges.map(({ node }) => node.id)).toContain(buyer.user.id);
  });

  it('closes an account and opens it again, as an admin does', async () => {
    const buyer = await makeBuyer();
    const socket = buyer.socket();
    await socket.ask(MeDocument, {});
    await upsertUser(shop, { externalId: buyer.externalId, enabled: false });
    expect(await socket.closed()).toMatchObject({ code: 4401, reason: 'USER_DISABLED' });
    expect(codesOf(await buyer.execute(MeDocument, {}))).toEqual(['USER_DISABLED']);
    expect(await admin.ask(ExternalUserDocument, { uuid: buyer.user.uuid })).toEqual({ userInfo: null });
    const person = { external: { id: buyer.externalId } };
    expect(codesOf(await shop.execute(IssueSessionDocument, { input: { person } }))).toEqual(['USER_DISABLED']);
    await upsertUser(shop, { externalId: buyer.externalId, enabled: true });
    expect(codesOf(await shop.execute(IssueSessionDocument, { input: { person } }))).toEqual([]);
    expect(codesOf(await buyer.execute(MeDocument, {}))).toEqual(['TOKEN_INVALID']);
    const made = await upsertUser(shop, { enabled: false });
    expect(await admin.ask(ExternalUserDocument, { uuid: made.uuid })).toEqual({ userInfo: null });
  });

  it('says what does not fit, with its field, and makes nobody', async () => {
    const text = (length: number) => 'x'.repeat(length);
    const many = Array.from({ length: 21 }, (_, index) => ({ key: `${index}`, value: 'x' }));
    const trait = (key: string, value: string) => ({
      traits: [
        { key: 'ok', value: 'ok' },
        { key, value },
      ],
    });
    const cases: readonly (readonly [Partial<UpsertUserInput>, string])[] = [
      [{ externalId: '' }, 'externalId'],
      [{ externalId: text(129) }, 'externalId'],
      [{ nickname: text(51) }, 'nickname'],
      [{ nickname: 'a\u202eb' }, 'nickname'],
      [{ avatar: 'http://example.com/a.png' }, 'avatar'],
      [{ avatar: '/avatars/0123456789abcdef0123456789abcdef' }, 'avatar'],
      [{ traits: many }, 'traits'],
      [trait('', 'x'), 'traits.1.key'],
      [trait(text(51), 'x'), 'traits.1.key'],
      [trait('x', ''), 'traits.1.value'],
      [trait('x', text(201)), 'traits.1.value'],
      [trait('ok', 'x'), 'traits.1.key'],
    ];
    for (const [input, field] of cases) {
      const externalId = input.externalId ?? freshExternalId();
      expect([input, outcomeOf(await upsert({ ...input, externalId }))]).toEqual([input, `BAD_USER_INPUT ${field}`]);
      expect(await admin.ask(UserByExternalIdDocument, { externalId })).toEqual({ userByExternalId: null });
    }
    expect(outcomeOf(await upsert({ externalId: '\u{1f600}'.repeat(128), nickname: text(50), ...trait(text(50), text(200)) }))).toBe('OK');
    expect(outcomeOf(await upsert({ traits: many.slice(1) }))).toBe('OK');
  });

  it('takes ids for different ones where any byte of them is', async () => {
    const base = randomUUID();
    const ids = [base, base.toUpperCase(), `${base} `, ` ${base}`, `${base}é`, `${base}e\u0301`, `${base}É`, `${base}e`];
    const users = [];
    for (const externalId of ids) users.push(await upsertUser(shop, { externalId }));
    expect(new Set(users.map(({ id }) => id)).size).toBe(ids.length);
    for (const [index, externalId] of ids.entries()) {
      const { userByExternalId } = await shop.ask(UserByExternalIdDocument, { externalId });
      expect([userByExternalId?.id, userByExternalId?.externalId]).toEqual([users[index]?.id, externalId]);
    }
  });

  it('never takes an external id for an id of somebody', async () => {
    const victim = await registerUser(app);
    const names = [victim.user.uuid, victim.user.id, victim.username];
    for (const externalId of names) {
      expect(await shop.ask(UserByExternalIdDocument, { externalId })).toEqual({ userByExternalId: null });
      const external = { external: { id: externalId } };
      expect(codesOf(await shop.execute(IssueSessionDocument, { input: { person: external } }))).toEqual(['NOT_FOUND']);
      const made = await upsertUser(shop, { externalId });
      expect(made.id).not.toBe(victim.user.id);
      const { issueSession } = await shop.ask(IssueSessionDocument, { input: { person: external } });
      expect(issueSession?.user.id).toBe(made.id);
    }
    expect(codesOf(await victim.execute(MeDocument, {}))).toEqual([]);
  });

  it('never reaches an admin', async () => {
    const buyer = await makeBuyer();
    await admin.ask(UpdateUserDocument, { userId: buyer.user.id, role: 'ADMIN' });
    expect(outcomeOf(await upsert({ externalId: buyer.externalId, enabled: false }))).toBe('FORBIDDEN');
    expect(outcomeOf(await upsert({ externalId: buyer.externalId }))).toBe('FORBIDDEN');
    expect((await recordsOf(buyer.user.id)).map(([action]) => action)).not.toContain('user.disable');
    expect(await shop.ask(UserByExternalIdDocument, { externalId: buyer.externalId })).toEqual({ userByExternalId: null });
    // But whoever reads what admins read.
    const reader = await keyClient(app, ['USERS', 'READ'], admin);
    expect((await reader.ask(UserByExternalIdDocument, { externalId: buyer.externalId })).userByExternalId?.id).toBe(buyer.user.id);
    expect((await admin.ask(UserByExternalIdDocument, { externalId: buyer.externalId })).userByExternalId?.id).toBe(buyer.user.id);
  });

  it('leaves one record of what it does, by the key', async () => {
    const externalId = freshExternalId();
    const user = await upsertUser(shop, { externalId });
    await upsertUser(shop, { externalId, nickname: 'Cy', traits: [{ key: 'a', value: 'a secret thing' }] });
    await upsertUser(shop, { externalId, enabled: false, nickname: null });
    await upsertUser(shop, { externalId, enabled: true });
    const records = await recordsOf(user.id);
    expect(records).toEqual([
      ['user.create', { after: { provider: 'shop' } }],
      ['user.profile', { after: { fields: ['nickname', 'traits'] } }],
      ['user.disable', { after: { fields: ['enabled', 'nickname'] } }],
      ['user.enable', { after: { fields: ['enabled'] } }],
    ]);
    const tables = await openTables(app);
    const rows = await tables.read((tx) => tx.db.selectFrom('AuditRecord').selectAll().where('targetKey', '=', user.uuid).execute());
    expect(new Set(rows.map(({ serverKey }) => serverKey)).size).toBe(1);
    expect(rows.every(({ actorUuid, serverKey }) => actorUuid === null && serverKey !== null)).toBe(true);
    expect(JSON.stringify(rows)).not.toContain('a secret thing');
  });
});

describe('an account of Parley’s own that becomes a person of a provider', () => {
  it('keeps its uuid, its name and its conversations; its password goes and its sessions end', async () => {
    const [person, other] = [await registerUser(app, { nickname: 'Dan' }), await registerUser(app)];
    await openChatset(other);
    const { conversation } = await sendText(person, other.user.id, 'hello');
    const socket = person.socket();
    await socket.ask(MeDocument, {});
    const externalId = freshExternalId();
    const became = await upsertUser(shop, { externalId, userId: person.user.id, traits: [{ key: 'plan', value: 'gold' }] });
    expect(became).toMatchObject({ id: person.user.id, username: person.username, nickname: 'Dan', externalId, traits: [{ key: 'plan', value: 'gold' }] });
    expect(await socket.closed()).toMatchObject({ code: 4401, reason: 'TOKEN_INVALID' });
    expect(codesOf(await person.execute(MeDocument, {}))).toEqual(['TOKEN_INVALID']);
    for (const password of [person.password, ''])
      expect(codesOf(await app.execute(LoginDocument, { input: { username: person.username, password } }))).toEqual(['INVALID_CREDENTIALS']);
    const { issueSession } = await shop.ask(IssueSessionDocument, { input: { person: { external: { id: externalId } } } });
    const back = personOf(app, issueSession);
    expect((await back.ask(ConversationsDocument, {})).conversations?.edges.map(({ node }) => node.id)).toEqual([conversation.id]);
    const change = { oldPassword: person.password, newPassword: 'another horse' };
    expect(codesOf(await back.execute(ChangePasswordDocument, change))).toEqual(['INVALID_CREDENTIALS']);
    expect(await recordsOf(person.user.id)).toEqual([['user.external', { after: { provider: 'shop' } }]]);
  });

  it('is that person from then on: again it changes nothing, and nobody else becomes it', async () => {
    const [person, other] = [await registerUser(app), await registerUser(app)];
    const externalId = freshExternalId();
    const became = await upsertUser(shop, { externalId, userId: person.user.uuid });
    const { issueSession } = await shop.ask(IssueSessionDocument, { input: { person: { userId: person.user.id } } });
    expect(await upsertUser(shop, { externalId, userId: person.user.uuid.toUpperCase() })).toEqual(became);
    expect(codesOf(await personOf(app, issueSession).execute(MeDocument, {}))).toEqual([]);
    expect(outcomeOf(await upsert({ externalId, userId: other.user.id }))).toBe('CONFLICT userId');
    expect(outcomeOf(await upsert({ userId: person.user.id }))).toBe('CONFLICT userId');
    expect(codesOf(await other.execute(MeDocument, {}))).toEqual([]);
  });

  it('is never an admin, an agent, or somebody of a provider', async () => {
    const [agent, buyer, boss] = [await registerAgent(admin), await upsertUser(shop), await registerUser(app)];
    await admin.ask(UpdateUserDocument, { userId: boss.user.id, role: 'ADMIN' });
    for (const { id } of [agent.user, buyer, boss.user, admin.user]) expect(outcomeOf(await upsert({ userId: id }))).toBe('CONFLICT userId');
    for (const userId of ['', randomUUID(), Buffer.from(`User:${randomUUID()}`).toString('base64url')])
      expect(outcomeOf(await upsert({ userId }))).toBe('NOT_FOUND userId');
    for (const person of [agent, boss, admin]) expect(codesOf(await person.execute(MeDocument, {}))).toEqual([]);
  });

  it('may be a visitor, whose device is used up by it, and whom their peers hear of', async () => {
    const deviceId = randomUUID();
    const [visitor, peer] = [await registerVisitor(app, deviceId), await registerUser(app)];
    await openChatset(peer);
    await sendText(visitor, peer.user.id, 'hello');
    const stream = peer.socket().subscribe(EventsDocument, {});
    await stream.until(({ events }) => events.__typename === 'CaughtUp');
    // Null is the username, also where that is another one from now on.
    const became = await upsertUser(shop, { userId: visitor.user.id, nickname: null });
    expect(became).toMatchObject({ id: visitor.user.id, role: 'USER', username: expect.stringMatching(/^EXT[A-Z0-9]{8}$/) });
    expect(became.nickname).toBe(became.username);
    await stream.until(({ events }) => events.__typename === 'UserChanged' && events.user.username === became.username);
    expect(codesOf(await visitor.execute(MeDocument, {}))).toEqual(['TOKEN_INVALID']);
    const { registerVisitor: next } = await app.ask(RegisterVisitorDocument, { input: { deviceId } });
    expect(next?.user.id).not.toBe(visitor.user.id);
  });

  it('may be closed by it', async () => {
    const person = await registerUser(app);
    await upsertUser(shop, { userId: person.user.id, enabled: false });
    expect(codesOf(await person.execute(MeDocument, {}))).toEqual(['USER_DISABLED']);
  });
});

describe('what a provider knows of somebody', () => {
  it('is for admins and for servers that look after people or read; null to everybody else', async () => {
    const externalId = freshExternalId();
    const { uuid } = await upsertUser(shop, { externalId, traits: [{ key: 'a', value: 'b' }] });
    const [user, visitor, agent, friend] = [await registerUser(app), await registerVisitor(app), await registerAgent(admin), await registerUser(app)];
    const { issueSession } = await shop.ask(IssueSessionDocument, { input: { person: { external: { id: externalId } } } });
    const self = personOf(app, issueSession);
    await makeFriends(self, friend);
    const known = { externalId, traits: [{ key: 'a', value: 'b' }] };
    const nothing = { externalId: null, traits: null };
    for (const reader of [user, visitor, agent, friend, self]) expect(await shownTo(reader, uuid)).toMatchObject(nothing);
    expect(present((await app.ask(ExternalUserDocument, { uuid })).userInfo)).toMatchObject(nothing);
    for (const reader of [admin, shop, await keyClient(app, ['READ'], admin)]) expect(await shownTo(reader, uuid)).toMatchObject(known);
    for (const reader of [await keyClient(app, ['NOTICES'], admin), (await keyClient(app, ['ALL'], admin)).actingAs(self)])
      expect(await shownTo(reader, uuid)).toMatchObject(nothing);
    expect(await shownTo(admin, user.user.uuid)).toMatchObject(nothing);
  });

  it('is found by admins and by keys with USERS', async () => {
    const externalId = freshExternalId();
    const { id } = await upsertUser(shop, { externalId });
    for (const reader of [admin, shop]) expect((await reader.ask(UserByExternalIdDocument, { externalId })).userByExternalId?.id).toBe(id);
    expect(codesOf(await (await registerUser(app)).execute(UserByExternalIdDocument, { externalId }))).toEqual(['FORBIDDEN']);
    expect(codesOf(await (await keyClient(app, ['SESSIONS'], admin)).execute(UserByExternalIdDocument, { externalId }))).toEqual(['FORBIDDEN']);
    expect(await shop.ask(UserByExternalIdDocument, { externalId, provider: 'nobody' })).toEqual({ userByExternalId: null });
  });
});

describe('where there are several providers', () => {
  it('each has people of its own, and it has to be said which one is meant', async () => {
    const own = await startApp(adminEnv);
    const boss = await loginAdmin(own);
    const server = await keyClient(own, ['USERS'], boss);
    const input = { externalId: '1' };
    expect(outcomeOf(await server.execute(UpsertUserDocument, { input }))).toBe('NOT_FOUND provider');
    await insertProvider(own, 'shop');
    const inShop = await upsertUser(server, input);
    await insertProvider(own, 'club');
    expect(outcomeOf(await server.execute(UpsertUserDocument, { input }))).toBe('BAD_USER_INPUT provider');
    expect(outcomeOf(await server.execute(UserByExternalIdDocument, { externalId: '1' }))).toBe('BAD_USER_INPUT provider');
    expect(outcomeOf(await server.execute(UpsertUserDocument, { input: { ...input, provider: 'other' } }))).toBe('NOT_FOUND provider');
    const inClub = await upsertUser(server, { ...input, provider: 'club' });
    expect(inClub.id).not.toBe(inShop.id);
    expect(await upsertUser(server, { ...input, provider: 'shop' })).toEqual(inShop);
    expect(outcomeOf(await server.execute(UpsertUserDocument, { input: { ...input, provider: 'club', userId: inShop.id } }))).toBe('CONFLICT userId');
    expect(outcomeOf(await server.execute(UpsertUserDocument, { input: { externalId: '2', provider: 'club', userId: inShop.id } }))).toBe('CONFLICT userId');
  });
});

describe('at the same moment', () => {
  it('a login and becoming a person of a provider: no session of the password is left', async () => {
    for (let round = 0; round < 5; round += 1) {
      const person = await registerUser(app);
      const login = () => app.execute(LoginDocument, { input: { username: person.username, password: person.password } });
      const [, ...logins] = await Promise.all([upsertUser(shop, { userId: person.user.id }), login(), login(), login(), login()]);
      for (const answer of logins) {
        if (answer.errors.length > 0) expect(outcomeOf(answer)).toBe('INVALID_CREDENTIALS');
        else expect(codesOf(await personOf(app, answer.data?.login).execute(MeDocument, {}))).toEqual(['TOKEN_INVALID']);
      }
    }
  });

  it('two who want the same person to be theirs: one is told of the conflict', async () => {
    const [one, other] = [await registerUser(app), await registerUser(app)];
    const externalId = freshExternalId();
    const answers = await Promise.all([one, other].map(({ user }) => upsert({ externalId, userId: user.id })));
    expect(answers.map(outcomeOf).toSorted()).toEqual(['CONFLICT userId', 'OK']);
    const checks = await Promise.all([one, other].map(async (person) => codesOf(await person.execute(MeDocument, {})).join()));
    expect(checks).toEqual(answers.map((answer) => (answer.errors.length === 0 ? 'TOKEN_INVALID' : '')));
  });
});
