import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { insertAll } from '../../src/platform/bulk.ts';
import type { Database } from '../../src/platform/database.ts';
import {
  ChangePasswordDocument,
  LoginDocument,
  LogoutDocument,
  MeDocument,
  RefreshSessionDocument,
  RegisterDocument,
  SessionsDocument,
  UpdateUserDocument,
} from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { codesOf, present } from '../support/client.ts';
import { idsOf, openTables } from '../support/groups.ts';
import { adminEnv, freshName, loginAdmin, loginAgain, type Person, personOf, registerUser, registerVisitor } from '../support/people.ts';

let app: TestApp;
let database: Database;
let admin: Person;
beforeAll(async () => {
  app = await startApp({ ...adminEnv, SESSIONS_PER_USER: '3', SESSIONS_PER_VISITOR: '2' });
  database = await openTables(app);
  admin = await loginAdmin(app);
});

/** What the session check says of the token of somebody's session. */
const check = async ({ token }: Pick<Person, 'token'>) => codesOf(await app.execute(MeDocument, {}, { token })).join() || 'OK';

describe('the number of live sessions', () => {
  it('has an end: one login more ends the one that was not used for longest, its sockets too', async () => {
    const first = await registerUser(app);
    const second = await loginAgain(first);
    const third = await loginAgain(first);
    const sockets = [first, second, third].map((person) => person.socket());
    for (const socket of sockets) await socket.connected();
    const refreshed = personOf(app, (await app.ask(RefreshSessionDocument, { refreshToken: first.refreshToken })).refreshSession, first.password);
    expect(await Promise.all([refreshed, second, third].map(check))).toEqual(['OK', 'OK', 'OK']);
    const fourth = await loginAgain(first);
    expect(await Promise.all([refreshed, second, third, fourth].map(check))).toEqual(['OK', 'TOKEN_INVALID', 'OK', 'OK']);
    expect((await present(sockets[1]).closed()).code).toBe(4401);
    for (const socket of [sockets[0], sockets[2]]) await socket?.ask(MeDocument, {});
    expect(present((await fourth.ask(SessionsDocument, {})).viewer).sessions).toHaveLength(3);
  });

  it('has another end for visitors, however often a device comes again', async () => {
    const deviceId = randomUUID();
    const visits: Person[] = [];
    for (let count = 0; count < 4; count += 1) visits.push(await registerVisitor(app, deviceId));
    expect(await Promise.all(visits.map(check))).toEqual(['TOKEN_INVALID', 'TOKEN_INVALID', 'OK', 'OK']);
  });

  it('does not count in the list those that have run out: one that lives is shown behind a hundred of them', async () => {
    const person = await registerUser(app);
    await insertSessions(person, 150, 1);
    expect(present((await person.ask(SessionsDocument, {})).viewer).sessions).toMatchObject([{ isCurrent: true }]);
  });
});

describe('the sessions of somebody that are over', () => {
  it('are kept, but for all except the last 200: who logs in and out without an end fills no table', async () => {
    const person = await registerUser(app);
    const [userId = 0] = await idsOf(database, [person.user]);
    const over = Array.from({ length: 1000 }, (_, index) => ({ uuid: randomUUID(), endedAt: 1000 + index }));
    const fields = { userId, generation: 0, createdAt: 1, refreshedAt: 1, lastSeenAt: 1, tokenExpiresAt: 1, expiresAt: 1, endReason: 'LOGOUT' as const };
    await database.transaction((tx) =>
      insertAll(
        tx,
        'Session',
        over.map((session) => ({ ...fields, ...session })),
      ),
    );
    const another = await loginAgain(person);
    await another.ask(LogoutDocument, {});
    const ended = await database.read((tx) =>
      tx.db.selectFrom('Session').select('endedAt').where('userId', '=', userId).where('endedAt', 'is not', null).orderBy('endedAt').execute(),
    );
    expect(ended.slice(0, -1).map(({ endedAt }) => endedAt)).toEqual(over.slice(-199).map(({ endedAt }) => endedAt));
    expect(await Promise.all([person, another].map(check))).toEqual(['OK', 'TOKEN_INVALID']);
    for (let count = 0; count < 3; count += 1) await (await loginAgain(person)).ask(LogoutDocument, {});
    const left = await database.read((tx) => tx.db.selectFrom('Session').select('id').where('userId', '=', userId).execute());
    expect(left).toHaveLength(201);
  });
});

async function insertSessions(person: Person, count: number, expiresAt: number): Promise<void> {
  const [userId = 0] = await idsOf(database, [person.user]);
  const fields = { userId, generation: 0, createdAt: 1, refreshedAt: 1, lastSeenAt: 1, tokenExpiresAt: expiresAt, expiresAt };
  await database.transaction((tx) =>
    insertAll(
      tx,
      'Session',
      Array.from({ length: count }, () => ({ ...fields, uuid: randomUUID() })),
    ),
  );
}

describe('an account of more sessions than fit into a statement', () => {
  const many = 33_000;
  const day = 86_400_000;
  const live = async (person: Person) => {
    const [userId = 0] = await idsOf(database, [person.user]);
    const rows = await database.read((tx) => tx.db.selectFrom('Session').select('id').where('userId', '=', userId).where('endedAt', 'is', null).execute());
    return rows.length;
  };

  it('can be disabled', async () => {
    const person = await registerUser(app);
    await insertSessions(person, many, Date.now() + day);
    await admin.ask(UpdateUserDocument, { userId: person.user.id, enabled: false });
    expect(await check(person)).toBe('USER_DISABLED');
    expect(await live(person)).toBe(0);
    await admin.ask(UpdateUserDocument, { userId: person.user.id, enabled: true });
    expect(await check(person)).toBe('TOKEN_INVALID');
  });

  it('can change its password, which ends all but one', async () => {
    const person = await registerUser(app);
    await insertSessions(person, many, Date.now() + day);
    await person.ask(ChangePasswordDocument, { oldPassword: person.password, newPassword: 'another correct horse' });
    expect(await live(person)).toBe(1);
    expect(await check(person)).toBe('OK');
  });

  it('can be logged into, which leaves as many as there may be', async () => {
    const person = await registerUser(app);
    await insertSessions(person, many, Date.now() + day);
    const again = await app.ask(LoginDocument, { input: { username: person.username, password: person.password } });
    expect(await live(person)).toBe(3);
    expect(await check(present(again.login))).toBe('OK');
  });

  it('can be turned from a visitor into a user', async () => {
    const deviceId = randomUUID();
    const visitor = await registerVisitor(app, deviceId);
    await insertSessions(visitor, many, Date.now() + day);
    const input = { username: freshName(), password: 'correct horse battery', deviceId };
    const registered = personOf(app, (await app.ask(RegisterDocument, { input })).register);
    expect(registered.user.uuid).toBe(visitor.user.uuid);
    expect(await live(visitor)).toBe(1);
    expect(await Promise.all([visitor, registered].map(check))).toEqual(['TOKEN_INVALID', 'OK']);
  });
});
