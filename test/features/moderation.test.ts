import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { listUsers } from '../../src/features/moderation/moderation.service.ts';
import {
  EventsDocument,
  LoginDocument,
  MeDocument,
  RegisterDocument,
  UpdateUserDocument,
  type UpdateUserMutationVariables,
  UserInfoDocument,
  UsersDocument,
} from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { codesOf, present } from '../support/client.ts';
import { openTables } from '../support/groups.ts';
import { adminEnv, freshName, loginAdmin, type Person, registerUser, registerVisitor } from '../support/people.ts';

let app: TestApp;
let admin: Person;
beforeAll(async () => {
  app = await startApp(adminEnv);
  admin = await loginAdmin(app);
});

const update = (variables: UpdateUserMutationVariables, by: Person = admin) => by.execute(UpdateUserDocument, variables);
const check = async (person: Person) => codesOf(await person.execute(MeDocument, {}))[0] ?? 'OK';

describe('users', () => {
  it('is for admins', async () => {
    const [user, visitor] = await Promise.all([registerUser(app), registerVisitor(app)]);
    expect(codesOf(await user.execute(UsersDocument, {}))).toEqual(['FORBIDDEN']);
    expect(codesOf(await visitor.execute(UsersDocument, {}))).toEqual(['VISITOR_FORBIDDEN']);
    expect(codesOf(await app.execute(UsersDocument, {}))).toEqual(['TOKEN_MISSING']);
  });

  it('finds by part of a name, by role and by whether they are enabled, in pages', async () => {
    const mark = freshName();
    const people = await Promise.all([0, 1, 2].map((index) => registerUser(app, { nickname: `${mark} ${index}` })));
    await update({ userId: present(people[2]).user.id, enabled: false });
    const list = async (variables: object) => present((await admin.ask(UsersDocument, { keyword: mark.toUpperCase(), ...variables })).users);
    const names = async (variables: object) => (await list(variables)).edges.map(({ node }) => node.username);
    const sorted = people.map(({ username }) => username).sort();
    expect(await names({})).toEqual(sorted);
    expect(await names({ enabled: false })).toEqual([people[2]?.username]);
    expect(await names({ enabled: true, role: 'USER' })).toEqual(sorted.filter((name) => name !== people[2]?.username));
    expect(await names({ role: 'AGENT' })).toEqual([]);
    const first = await list({ first: 2 });
    expect(first.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    expect(await names({ after: first.pageInfo.endCursor })).toEqual(sorted.slice(2));
    expect(codesOf(await admin.execute(UsersDocument, { after: 'nonsense' }))).toEqual(['BAD_USER_INPUT']);
    expect(codesOf(await admin.execute(UsersDocument, { first: 101 }))).toEqual(['BAD_USER_INPUT']);
  });

  it('passes over nobody where somebody of the page is disabled while it is read', async () => {
    const mark = freshName();
    const people = await Promise.all([0, 1, 2, 3].map((index) => registerUser(app, { nickname: `${mark} ${index}` })));
    const [first = '', ...others] = people.map(({ username }) => username).sort();
    const [reading, writing] = [await openTables(app), await openTables(app)];
    let isDisabled = false;
    const filter = { keyword: mark, enabled: true, first: 1 } as const;
    const page = await reading.read((tx) => {
      const db = tx.db.withPlugin({
        transformQuery: ({ node }) => node,
        async transformResult({ result }) {
          if (!isDisabled) await writing.transaction((other) => other.db.updateTable('User').set({ enabled: 0 }).where('username', '=', first).execute());
          isDisabled = true;
          return result;
        },
      });
      return listUsers({ ...tx, db }, filter);
    });
    expect([page.edges, page.pageInfo.hasNextPage]).toEqual([[], true]);
    const { users } = await admin.ask(UsersDocument, { ...filter, first: 100, after: page.pageInfo.endCursor });
    expect(users?.edges.map(({ node }) => node.username)).toEqual(others);
  });

  it('takes the signs of a pattern as they are', async () => {
    for (const keyword of ['%', '_%_', '\\'])
      expect((await admin.ask(UsersDocument, { keyword, first: 100 })).users?.edges.every(({ node }) => node.nickname.includes(keyword))).toBe(true);
  });
});

describe('updateUser', () => {
  it('disables at once: token, login, userInfo, the device of a visitor; enabling brings no session back', async () => {
    const deviceId = randomUUID();
    const [person, visitor] = await Promise.all([registerUser(app), registerVisitor(app, deviceId)]);
    const socket = person.socket();
    await socket.connected();
    for (const { user } of [person, visitor]) await update({ userId: user.id, enabled: false, reason: 'spam' });
    expect(await socket.closed()).toEqual({ code: 4401, reason: 'USER_DISABLED' });
    expect([await check(person), await check(visitor)]).toEqual(['USER_DISABLED', 'USER_DISABLED']);
    const login = (password: string) => app.execute(LoginDocument, { input: { username: person.username, password } });
    expect(codesOf(await login(person.password))).toEqual(['USER_DISABLED']);
    expect(codesOf(await login('wrong horse'))).toEqual(['INVALID_CREDENTIALS']);
    expect((await app.ask(UserInfoDocument, { uuid: person.user.uuid })).userInfo).toBeNull();
    await expect(registerVisitor(app, deviceId)).rejects.toThrow('USER_DISABLED');
    const detour = await app.execute(RegisterDocument, { input: { username: freshName(), password: 'correct horse', deviceId } });
    expect(codesOf(detour)).toEqual(['USER_DISABLED']);
    await update({ userId: person.user.id, enabled: true });
    expect(await check(person)).toBe('TOKEN_INVALID');
    expect(codesOf(await login(person.password))).toEqual([]);
  });

  it('gives another role, which holds at once for sessions that are open, and is told', async () => {
    const person = await registerUser(app);
    expect(codesOf(await person.execute(UsersDocument, {}))).toEqual(['FORBIDDEN']);
    const stream = person.socket().subscribe(EventsDocument, {});
    await stream.until(({ events }) => events.__typename === 'CaughtUp');
    expect((await update({ userId: person.user.id, role: 'AGENT' })).data?.updateUser).toMatchObject({ role: 'AGENT', chatset: { visitor: { sendCount: 2 } } });
    await stream.until(({ events }) => events.__typename === 'UserChanged' && events.user.role === 'AGENT', 'UserChanged');
    await update({ userId: person.user.id, role: 'ADMIN' });
    expect(codesOf(await person.execute(UsersDocument, {}))).toEqual([]);
    await update({ userId: person.user.id, role: 'USER' });
    expect(codesOf(await person.execute(UsersDocument, {}))).toEqual(['FORBIDDEN']);
  });

  it('keeps roles and the last admin', async () => {
    const [person, visitor] = await Promise.all([registerUser(app), registerVisitor(app)]);
    const refused = async (variables: UpdateUserMutationVariables) =>
      (await update(variables)).errors.map(({ extensions }) => [extensions?.code, extensions?.field].join(' '));
    expect(await refused({ userId: admin.user.id, enabled: false })).toEqual(['FORBIDDEN ']);
    expect(await refused({ userId: admin.user.id, role: 'USER' })).toEqual(['FORBIDDEN ']);
    expect(await refused({ userId: visitor.user.id, role: 'AGENT' })).toEqual(['BAD_USER_INPUT role']);
    expect(await refused({ userId: person.user.id, role: 'VISITOR' })).toEqual(['BAD_USER_INPUT role']);
    expect(await refused({ userId: 'nonsense', enabled: false })).toEqual(['NOT_FOUND ']);
    expect(codesOf(await update({ userId: admin.user.id, enabled: false }, person))).toEqual(['FORBIDDEN']);
  });

  it('lets one of two admins win who disable each other at the same moment', async () => {
    const [one, other] = await Promise.all([registerUser(app), registerUser(app)]);
    for (const { user } of [one, other]) await update({ userId: user.id, role: 'ADMIN' });
    const answers = await Promise.all([update({ userId: other.user.id, enabled: false }, one), update({ userId: one.user.id, enabled: false }, other)]);
    const outcomes = await Promise.all([one, other].map(check));
    expect(outcomes.filter((outcome) => outcome === 'OK')).toHaveLength(1);
    expect(answers.filter(({ errors }) => errors.length === 0)).toHaveLength(1);
  });
});
