import { beforeAll, describe, expect, it } from 'vitest';
import {
  AuditLogDocument,
  ChangePasswordDocument,
  EndSessionsDocument,
  IssueSessionDocument,
  type IssueSessionInput,
  LoginDocument,
  MeDocument,
  RefreshSessionDocument,
  ResetPasswordDocument,
  SessionsDocument,
  UpdateUserDocument,
} from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { codesOf, outcomeOf, present } from '../support/client.ts';
import { freshExternalId, insertProvider, upsertUser } from '../support/external-users.ts';
import { openTables } from '../support/groups.ts';
import { adminEnv, loginAdmin, loginAgain, type Person, personOf, registerAgent, registerUser, registerVisitor } from '../support/people.ts';
import { type KeyClient, keyClient } from '../support/server-keys.ts';

let app: TestApp;
let admin: Person;
let shop: KeyClient;
let all: KeyClient;
beforeAll(async () => {
  app = await startApp(adminEnv);
  admin = await loginAdmin(app);
  await insertProvider(app, 'shop');
  shop = await keyClient(app, ['USERS', 'SESSIONS'], admin);
  all = await keyClient(app, ['ALL'], admin);
});

const external = (id: string): IssueSessionInput['person'] => ({ external: { id } });
const issue = async (person: IssueSessionInput['person'], more: Partial<IssueSessionInput> = {}, by: KeyClient = shop) =>
  personOf(app, (await by.ask(IssueSessionDocument, { input: { person, ...more } })).issueSession);
const tryToIssue = async (person: IssueSessionInput['person'], more: Partial<IssueSessionInput> = {}, by: KeyClient = shop) =>
  outcomeOf(await by.execute(IssueSessionDocument, { input: { person, ...more } }));
const check = async (person: Pick<Person, 'execute'>) => codesOf(await person.execute(MeDocument, {})).join() || 'OK';
const sessionsOf = async (person: Person) => present((await person.ask(SessionsDocument, {})).viewer).sessions;
const refresh = (person: Person) => app.execute(RefreshSessionDocument, { refreshToken: person.refreshToken });
const actionsOn = async (userId: string) =>
  present((await admin.ask(AuditLogDocument, { filter: { targetId: userId }, first: 100 })).auditLog).edges.map(({ node }) => node.action);
/** Moves a session's times back, as if so much had passed. */
const age = async (person: Person, ms: number) => {
  const tables = await openTables(app);
  const { uuid } = person.user;
  await tables.transaction((tx) =>
    tx.db
      .updateTable('Session')
      .set((eb) => ({ refreshedAt: eb('refreshedAt', '-', ms), expiresAt: eb('expiresAt', '-', ms), tokenExpiresAt: eb('tokenExpiresAt', '-', ms) }))
      .where('userId', '=', (eb) => eb.selectFrom('User').select('id').where('uuid', '=', uuid))
      .execute(),
  );
};

describe('issueSession', () => {
  it('gives tokens for a person of a provider, and for an account of Parley’s own, as a login does', async () => {
    const externalId = freshExternalId();
    const user = await upsertUser(shop, { externalId });
    const buyer = await issue(external(externalId), { device: 'browser 1' });
    expect(buyer.user.id).toBe(user.id);
    expect(await check(buyer)).toBe('OK');
    expect(await sessionsOf(buyer)).toMatchObject([{ device: 'browser 1', isCurrent: true }]);
    expect(await buyer.socket().ask(MeDocument, {})).toMatchObject({ viewer: { user: { id: user.id } } });
    const [person, visitor] = [await registerUser(app), await registerVisitor(app)];
    for (const own of [person, visitor]) expect((await issue({ userId: own.user.uuid })).user.id).toBe(own.user.id);
    const next = await refresh(buyer);
    expect(next.data?.refreshSession?.user.id).toBe(user.id);
  });

  it('goes on with the newest one of the same person and device, so that a page that is loaded again is not one more', async () => {
    const externalId = freshExternalId();
    await upsertUser(shop, { externalId });
    const first = await issue(external(externalId), { device: 'browser 1' });
    const socket = first.socket();
    await socket.ask(MeDocument, {});
    const pages: Person[] = [];
    for (let count = 0; count < 60; count += 1) pages.push(await issue(external(externalId), { device: 'browser 1' }));
    const other = await issue(external(externalId), { device: 'browser 2' });
    const nameless = await issue(external(externalId));
    await issue(external(externalId), { device: ' ' });
    expect((await sessionsOf(first)).map(({ device }) => device)).toEqual([null, 'browser 2', 'browser 1']);
    // All pages live side by side, with the tokens that each was given.
    for (const page of [first, present(pages[0]), present(pages[59]), other, nameless]) expect(await check(page)).toBe('OK');
    expect(await socket.ask(MeDocument, {})).toMatchObject({ viewer: { user: { id: first.user.id } } });
    // Names that a database takes for the same are different ones.
    await issue(external(externalId), { device: 'BROWSER 1' });
    expect(await sessionsOf(first)).toHaveLength(4);
  });

  it('never goes on with a session that somebody has come in with, or that is over', async () => {
    const person = await registerUser(app);
    const login = await loginAgain(person, 'phone');
    const own = { userId: person.user.id };
    const issued = await issue(own, { device: 'phone' });
    expect(await sessionsOf(login)).toHaveLength(3);
    await shop.ask(EndSessionsDocument, { person: own });
    const again = await issue(own, { device: 'phone' });
    expect(await sessionsOf(again)).toHaveLength(1);
    expect([await check(login), await check(issued), await check(again)]).toEqual(['TOKEN_INVALID', 'TOKEN_INVALID', 'OK']);
  });

  it('a page that is loaded leaves the refresh tokens of the others good', async () => {
    const person = { userId: (await registerUser(app)).user.id };
    const [one, other] = [await issue(person, { device: 'tab' }), await issue(person, { device: 'tab' })];
    expect(outcomeOf(await refresh(other))).toBe('OK');
    const third = await issue(person, { device: 'tab' });
    expect(await check(third)).toBe('OK');
    expect(outcomeOf(await refresh(third))).toBe('OK');
    expect(await check(one)).toBe('OK');
  });

  it('lives as long as it was asked for without a refresh, and as long again with each', async () => {
    const externalId = freshExternalId();
    await upsertUser(shop, { externalId });
    const person = external(externalId);
    const before = Date.now();
    const { issueSession } = await shop.ask(IssueSessionDocument, { input: { person, ttlSeconds: 60 } });
    const ends = Date.parse(present(issueSession).expiresAt);
    expect(Math.abs(ends - before - 60_000)).toBeLessThan(10_000);
    const buyer = personOf(app, issueSession);
    await age(buyer, 50_000);
    const refreshed = personOf(app, (await refresh(buyer)).data?.refreshSession);
    await age(refreshed, 50_000);
    expect(outcomeOf(await refresh(refreshed))).toBe('OK');
    await age(refreshed, 61_000);
    const last = await app.execute(RefreshSessionDocument, { refreshToken: refreshed.refreshToken });
    expect(outcomeOf(last)).toBe('TOKEN_INVALID');
    expect((await sessionsOf(await issue(person))).length).toBe(1);
    const longest = 30 * 86_400;
    for (const ttlSeconds of [0, -1, longest + 1]) expect(await tryToIssue(person, { ttlSeconds })).toBe('BAD_USER_INPUT ttlSeconds');
    for (const ttlSeconds of [1, longest, null]) expect(await tryToIssue(person, { ttlSeconds })).toBe('OK');
    expect(await tryToIssue(person, { device: 'a\nb' })).toBe('BAD_USER_INPUT device');
    expect(await tryToIssue(person, { device: 'x'.repeat(101) })).toBe('BAD_USER_INPUT device');
  });

  it('replaces the others where a user has one session', async () => {
    const own = await startApp({ ...adminEnv, SESSIONS: 'single' });
    const server = await keyClient(own, ['SESSIONS']);
    const person = await registerUser(own);
    const issueHere = async (device: string) =>
      personOf(own, (await server.ask(IssueSessionDocument, { input: { person: { userId: person.user.id }, device } })).issueSession);
    const first = await issueHere('one');
    const again = await issueHere('one');
    for (const page of [first, again]) expect(await check(page)).toBe('OK');
    expect(await check(person)).toBe('SESSION_REPLACED');
    const second = await issueHere('two');
    expect([await check(first), await check(second)]).toEqual(['SESSION_REPLACED', 'OK']);
  });

  it('reaches no admin, an agent only with ALL, and nobody who is not there or is disabled', async () => {
    const [agent, person] = [await registerAgent(admin), await registerUser(app)];
    for (const by of [shop, all]) expect(await tryToIssue({ userId: admin.user.id }, {}, by)).toBe('FORBIDDEN');
    expect(await tryToIssue({ userId: agent.user.id })).toBe('FORBIDDEN');
    expect(await tryToIssue({ userId: agent.user.id }, {}, all)).toBe('OK');
    await admin.ask(UpdateUserDocument, { userId: person.user.id, enabled: false });
    expect(await tryToIssue({ userId: person.user.id })).toBe('USER_DISABLED');
    for (const nobody of [{ userId: '' }, { userId: 'x' }, external(freshExternalId()), external('')]) expect(await tryToIssue(nobody)).toBe('NOT_FOUND');
    expect(await tryToIssue({ external: { id: 'x', provider: 'nobody' } })).toBe('NOT_FOUND provider');
  });

  it.each(['AGENT', 'ADMIN'] as const)('leaves no session to whoever has asked for it once the person is an %s', async (role) => {
    const person = await registerUser(app);
    const issued = await issue({ userId: person.user.id });
    const socket = issued.socket();
    await socket.ask(MeDocument, {});
    await admin.ask(UpdateUserDocument, { userId: person.user.id, role });
    expect((await socket.closed()).code).toBe(4401);
    expect(codesOf(await refresh(issued))).toEqual(['TOKEN_INVALID']);
    expect(await check(issued)).toBe('TOKEN_INVALID');
    // What the person's own password has begun goes on.
    expect(await check(person)).toBe('OK');
    expect(present((await person.ask(MeDocument, {})).viewer).user.role).toBe(role);
  });

  it('goes on where somebody is an agent no more', async () => {
    const agent = await registerAgent(admin);
    const issued = await issue({ userId: agent.user.id }, {}, all);
    await admin.ask(UpdateUserDocument, { userId: agent.user.id, role: 'USER' });
    expect(await check(issued)).toBe('OK');
  });

  it('lets whoever came in so change a password that was reset, while that is good', async () => {
    const person = await registerUser(app);
    const { resetPassword } = await admin.ask(ResetPasswordDocument, { userId: person.user.id });
    const oldPassword = present(resetPassword);
    const issued = await issue({ userId: person.user.id });
    const tables = await openTables(app);
    const setUntil = (passwordUntil: number) =>
      tables.transaction((tx) => tx.db.updateTable('User').set({ passwordUntil }).where('uuid', '=', person.user.uuid).execute());
    await setUntil(1);
    const change = { oldPassword, newPassword: 'another horse' };
    expect(outcomeOf(await issued.execute(ChangePasswordDocument, change))).toBe('INVALID_CREDENTIALS oldPassword');
    await setUntil(Date.now() + 60_000);
    expect(outcomeOf(await issued.execute(ChangePasswordDocument, change))).toBe('OK');
    expect(outcomeOf(await app.execute(LoginDocument, { input: { username: person.username, password: 'another horse' } }))).toBe('OK');
  });
});

describe('endSessions', () => {
  it('ends all sessions of a person at once, open sockets too, and leaves a record', async () => {
    const externalId = freshExternalId();
    const user = await upsertUser(shop, { externalId });
    const [one, other] = [await issue(external(externalId), { device: '1' }), await issue(external(externalId), { device: '2' })];
    const socket = one.socket();
    await socket.ask(MeDocument, {});
    const before = Date.now();
    expect(await shop.ask(EndSessionsDocument, { person: external(externalId) })).toEqual({ endSessions: true });
    expect(await socket.closed()).toMatchObject({ code: 4401, reason: 'TOKEN_INVALID' });
    for (const page of [one, other]) expect([await check(page), outcomeOf(await refresh(page))]).toEqual(['TOKEN_INVALID', 'TOKEN_INVALID']);
    const tables = await openTables(app);
    const row = await tables.read((tx) => tx.db.selectFrom('ExternalPerson').selectAll().where('externalId', '=', externalId).executeTakeFirstOrThrow());
    expect(Math.abs(Number(row.sessionsEndedAt) - before)).toBeLessThan(10_000);
    expect(await actionsOn(user.id)).toEqual(['user.logout', 'user.create']);
    expect(await check(await issue(external(externalId)))).toBe('OK');
  });

  it('of an account of Parley’s own lets it come in again, and leaves no record where there was nothing to end', async () => {
    const person = await registerUser(app);
    const own = { userId: person.user.uuid };
    for (let count = 0; count < 2; count += 1) expect(await shop.ask(EndSessionsDocument, { person: own })).toEqual({ endSessions: true });
    expect(await check(person)).toBe('TOKEN_INVALID');
    expect(await check(await loginAgain(person))).toBe('OK');
    expect(await actionsOn(person.user.id)).toEqual(['user.logout']);
  });

  it('reaches no admin, an agent only with ALL, and nobody who is not there', async () => {
    const agent = await registerAgent(admin);
    const end = async (person: IssueSessionInput['person'], by: KeyClient) => outcomeOf(await by.execute(EndSessionsDocument, { person }));
    for (const by of [shop, all]) expect(await end({ userId: admin.user.id }, by)).toBe('FORBIDDEN');
    expect(await end({ userId: agent.user.id }, shop)).toBe('FORBIDDEN');
    expect(await check(agent)).toBe('OK');
    expect(await end({ userId: agent.user.id }, all)).toBe('OK');
    expect(await check(agent)).toBe('TOKEN_INVALID');
    expect(await end(external(freshExternalId()), shop)).toBe('NOT_FOUND');
    expect(await check(admin)).toBe('OK');
  });
});

describe('at the same moment', () => {
  it('a session that is issued and a disabling: none is left that is good', async () => {
    for (let round = 0; round < 5; round += 1) {
      const externalId = freshExternalId();
      const user = await upsertUser(shop, { externalId });
      const issuing = () => shop.execute(IssueSessionDocument, { input: { person: external(externalId), device: `${round}` } });
      const disabling =
        round % 2 === 0 ? () => admin.execute(UpdateUserDocument, { userId: user.id, enabled: false }) : () => upsertUser(shop, { externalId, enabled: false });
      const [first, , second, third] = await Promise.all([issuing(), disabling(), issuing(), issuing()]);
      for (const answer of [first, second, third]) {
        if (answer.errors.length > 0) expect(outcomeOf(answer)).toBe('USER_DISABLED');
        else expect(await check(personOf(app, answer.data?.issueSession))).toBe('USER_DISABLED');
      }
    }
  });

  it('20 pages of one browser are one session', async () => {
    const externalId = freshExternalId();
    await upsertUser(shop, { externalId });
    const pages = await Promise.all(Array.from({ length: 20 }, () => issue(external(externalId), { device: 'browser' })));
    expect(await sessionsOf(present(pages[0]))).toHaveLength(1);
    for (const page of pages) expect(await check(page)).toBe('OK');
  });
});
