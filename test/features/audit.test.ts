import { sql } from 'kysely';
import { beforeAll, describe, expect, it } from 'vitest';
import { scopesOf } from '../../src/graphql/scopes.ts';
import { insertAll } from '../../src/platform/bulk.ts';
import type { Database } from '../../src/platform/database.ts';
import { schema } from '../../src/schema.ts';
import {
  type AuditFilter,
  AuditLogDocument,
  AuditRecordDocument,
  MeDocument,
  ResetPasswordDocument,
  SendMessageDocument,
  UpdateProfileDocument,
  UpdateUserDocument,
  UsersDocument,
} from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { codesOf, present } from '../support/client.ts';
import { insertUsers, openTables } from '../support/groups.ts';
import { adminEnv, freshName, loginAdmin, type Person, registerAgent, registerUser, registerVisitor } from '../support/people.ts';

let app: TestApp;
let admin: Person;
let database: Database;
beforeAll(async () => {
  app = await startApp(adminEnv);
  admin = await loginAdmin(app);
  database = await openTables(app);
});

const recordsOf = async (filter: AuditFilter = {}, page: { readonly first?: number; readonly after?: string | null } = { first: 100 }, by: Person = admin) =>
  present((await by.ask(AuditLogDocument, { filter, ...page })).auditLog);
const nodesOf = async (filter: AuditFilter = {}, by: Person = admin) => (await recordsOf(filter, { first: 100 }, by)).edges.map(({ node }) => node);
const idOf = (uuid: string) => Buffer.from(`User:${uuid}`).toString('base64url');
const countAll = () =>
  database.read(async (tx) =>
    Number(
      (
        await tx.db
          .selectFrom('AuditRecord')
          .select((eb) => eb.fn.countAll<number>().as('n'))
          .executeTakeFirstOrThrow()
      ).n,
    ),
  );

/** What admins set up, of which the records are asked for where it is tried. */
const elsewhere: readonly string[] = ['createServerKey', 'revokeServerKey', 'rotateProviderSecret', 'saveProvider'];

/** What an admin can do to others: the mutation, the variables, and what is to be found afterwards, newest first. */
const actions: Readonly<Record<string, readonly (readonly [variables: object, expected: readonly object[]])[]>> = {
  resetPassword: [[{}, [{ action: 'user.password', reason: null, change: null }]]],
  updateUser: [
    [{ enabled: false, reason: 'spam' }, [{ action: 'user.disable', reason: 'spam', change: { before: { enabled: true }, after: { enabled: false } } }]],
    [{ enabled: true }, [{ action: 'user.enable', reason: null, change: { before: { enabled: false }, after: { enabled: true } } }]],
    [{ role: 'AGENT' }, [{ action: 'user.role', reason: null, change: { before: { role: 'USER' }, after: { role: 'AGENT' } } }]],
    [
      { role: 'ADMIN', enabled: false, reason: ' ' },
      [
        { action: 'user.disable', reason: null, change: { before: { enabled: true }, after: { enabled: false } } },
        { action: 'user.role', reason: null, change: { before: { role: 'AGENT' }, after: { role: 'ADMIN' } } },
      ],
    ],
  ],
};

describe('the audit log', () => {
  it('has a record of each thing that an admin does to others, with who, when, to whom, why and what became different', async () => {
    const person = await registerUser(app);
    const all = Object.entries(actions).flatMap(([name, ways]) => ways.map(([variables, expected]) => ({ name, variables, expected })));
    for (const { name, variables, expected } of all) {
      const before = Date.now();
      const userId = person.user.id;
      if (name === 'resetPassword') await admin.ask(ResetPasswordDocument, { userId });
      else await admin.ask(UpdateUserDocument, { userId, ...variables });
      const found = (await nodesOf({ targetId: person.user.id })).slice(0, expected.length);
      expect(found.map(({ action, reason, change }) => ({ action, reason, change: JSON.parse(change ?? 'null') }))).toEqual(expected);
      for (const { at, actor, targetId } of found) {
        expect([actor?.id, targetId]).toEqual([admin.user.id, person.user.id]);
        expect(Math.abs(Date.parse(at) - before)).toBeLessThan(10_000);
      }
    }
    const rows = await database.read((tx) => tx.db.selectFrom('AuditRecord').select('sessionUuid').where('targetKey', '=', person.user.uuid).execute());
    const [{ uuid } = { uuid: '' }] = await database.read((tx) =>
      tx.db.selectFrom('Session').innerJoin('User', 'User.id', 'Session.userId').select('Session.uuid').where('User.uuid', '=', admin.user.uuid).execute(),
    );
    expect(new Set(rows.map(({ sessionUuid }) => sessionUuid))).toEqual(new Set([uuid]));
  });

  it('has what an admin does of every mutation that is for admins', () => {
    const forAdmins = Object.values(present(schema.getMutationType()).getFields()).filter((field) => scopesOf(field)?.includes('admin'));
    expect(forAdmins.map(({ name }) => name).sort()).toEqual([...Object.keys(actions), ...elsewhere].sort());
  });

  it('begins with the first admin, whom the server made', async () => {
    const [first] = (await nodesOf({ action: 'user.create' })).toReversed();
    expect(first).toMatchObject({ actor: null, action: 'user.create', targetId: admin.user.id, reason: null, change: '{"after":{"role":"ADMIN"}}' });
  });

  it('has no record of what changes nothing, is refused, or is somebody’s own affair', async () => {
    const person = await registerUser(app);
    const before = await countAll();
    await admin.ask(UpdateUserDocument, { userId: person.user.id, enabled: true, role: 'USER', reason: 'nothing' });
    expect(codesOf(await admin.execute(UpdateUserDocument, { userId: person.user.id, role: 'VISITOR' }))).toEqual(['BAD_USER_INPUT']);
    expect(codesOf(await admin.execute(UpdateUserDocument, { userId: idOf('nobody'), enabled: false }))).toEqual(['NOT_FOUND']);
    await admin.ask(UpdateProfileDocument, { input: { nickname: freshName() } });
    await admin.ask(UsersDocument, {});
    expect(await countAll()).toBe(before);
  });

  it('names people by nothing but their uuid, and has no text of theirs', async () => {
    const [name, nickname] = [freshName(), `nickname of ${freshName()}`];
    const person = await registerUser(app, { username: name, nickname });
    await admin.ask(UpdateUserDocument, { userId: person.user.id, role: 'AGENT' });
    const rows = await database.read((tx) => tx.db.selectFrom('AuditRecord').selectAll().where('targetKey', '=', person.user.uuid).execute());
    expect(rows).toHaveLength(1);
    for (const text of [name, nickname, person.token, person.password, adminEnv.ADMIN_USERNAME]) expect(JSON.stringify(rows)).not.toContain(text);
  });

  it('is for admins', async () => {
    const [user, visitor, agent] = await Promise.all([registerUser(app), registerVisitor(app), registerAgent(admin)]);
    for (const person of [user, agent]) expect(codesOf(await person.execute(AuditLogDocument, {}))).toEqual(['FORBIDDEN']);
    expect(codesOf(await visitor.execute(AuditLogDocument, {}))).toEqual(['VISITOR_FORBIDDEN']);
    expect(codesOf(await app.execute(AuditLogDocument, {}))).toEqual(['TOKEN_MISSING']);
    const [record] = await nodesOf();
    const { id } = present(record);
    for (const person of [user, agent, visitor]) expect(await person.ask(AuditRecordDocument, { id })).toEqual({ node: null });
    expect((await admin.ask(AuditRecordDocument, { id })).node).toEqual(record);
    expect(await admin.ask(AuditRecordDocument, { id: Buffer.from('AuditRecord:nonsense').toString('base64url') })).toEqual({ node: null });
  });
});

describe('what cannot be written down', () => {
  it('is not done', async () => {
    const person = await registerUser(app);
    const run = (text: string) => database.transaction((tx) => sql.raw(text).execute(tx.db));
    const head = 'create trigger full before insert on audit_record';
    await run(
      database.dialect.name === 'mysql'
        ? `${head} for each row if new.target_key = '${person.user.uuid}' then signal sqlstate '45000'; end if`
        : `${head} when new.target_key = '${person.user.uuid}' begin select raise(abort, 'full'); end`,
    );
    expect(codesOf(await admin.execute(UpdateUserDocument, { userId: person.user.id, enabled: false, role: 'AGENT' }))).toEqual(['INTERNAL']);
    expect((await person.ask(MeDocument, {})).viewer?.user.role).toBe('USER');
    await run('drop trigger full');
    await admin.ask(UpdateUserDocument, { userId: person.user.id, enabled: false });
    expect(codesOf(await person.execute(MeDocument, {}))).toEqual(['USER_DISABLED']);
  });
});

describe('what is refused to those who are no admins', () => {
  const refusalsOf = async (person: Person, by = admin) =>
    (await nodesOf({ actorId: person.user.id, action: 'refused' }, by)).map(({ change, targetId }) => [change, targetId]);

  it('leaves one record a minute and person, with the operation', async () => {
    const own = await startApp(adminEnv);
    const boss = await loginAdmin(own);
    const [user, agent, visitor] = [await registerUser(own), await registerAgent(boss), await registerVisitor(own)];
    const people = [user, agent, visitor];
    const tries = (person: Person) => [
      () => person.execute(UsersDocument, {}),
      () => person.execute(AuditLogDocument, {}),
      () => person.execute(UpdateUserDocument, { userId: person.user.id, role: 'ADMIN' }),
    ];
    for (const person of people) for (const attempt of tries(person)) expect((await attempt()).errors).toHaveLength(1);
    for (const person of people) expect(await refusalsOf(person, boss)).toEqual([['{"operation":"users"}', null]]);
    const tables = await openTables(own);
    const age = async ({ user: { uuid } }: Person, ms: number) =>
      await tables.transaction((tx) =>
        tx.db
          .updateTable('AuditRecord')
          .set((eb) => ({ at: eb('at', '-', ms) }))
          .where('actorUuid', '=', uuid)
          .execute(),
      );
    await age(user, 60_001);
    await age(agent, 30_000);
    // Another server of the same data, which has seen none of it.
    await own.stop();
    const other = await startApp(own.env);
    for (const person of people) for (const attempt of tries(person.at(other)).slice(1)) await attempt();
    expect(await refusalsOf(user, boss.at(other))).toEqual([
      ['{"operation":"auditLog"}', null],
      ['{"operation":"users"}', null],
    ]);
    for (const person of [agent, visitor]) expect(await refusalsOf(person, boss.at(other))).toHaveLength(1);
  });

  it('leaves one record, however many come at once', async () => {
    const user = await registerUser(app);
    const answers = await Promise.all(Array.from({ length: 20 }, () => user.execute(UsersDocument, {})));
    expect(new Set(answers.flatMap(codesOf))).toEqual(new Set(['FORBIDDEN']));
    expect(await refusalsOf(user)).toHaveLength(1);
  });

  it('leaves none of an anonymous caller, none for what is no operation of admins, and one of an admin who must not', async () => {
    const before = await countAll();
    await app.execute(UsersDocument, {});
    const visitor = await registerVisitor(app);
    expect(
      codesOf(await visitor.execute(SendMessageDocument, { input: { to: idOf('nobody'), clientId: crypto.randomUUID(), content: { text: 'x' } } })),
    ).toEqual(['NOT_FOUND']);
    expect(await countAll()).toBe(before);
    expect(codesOf(await admin.execute(UpdateUserDocument, { userId: admin.user.id, role: 'USER' }))).toEqual(['FORBIDDEN']);
    expect(await refusalsOf(admin)).toEqual([['{"operation":"updateUser"}', null]]);
  });

  it('is refused all the same where it cannot be written down', async () => {
    const user = await registerUser(app);
    const run = (text: string) => database.transaction((tx) => sql.raw(text).execute(tx.db));
    const head = 'create trigger full before insert on audit_record';
    await run(
      database.dialect.name === 'mysql'
        ? `${head} for each row if new.actor_uuid = '${user.user.uuid}' then signal sqlstate '45000'; end if`
        : `${head} when new.actor_uuid = '${user.user.uuid}' begin select raise(abort, 'full'); end`,
    );
    expect(codesOf(await user.execute(UsersDocument, {}))).toEqual(['FORBIDDEN']);
    await run('drop trigger full');
    expect(app.logs().filter((line) => line.includes('background work failed'))).toHaveLength(1);
    expect(codesOf(await user.execute(UsersDocument, {}))).toEqual(['FORBIDDEN']);
    expect(await refusalsOf(user)).toHaveLength(1);
  });

  it('does not fill the table, however many people an address has', async () => {
    const limited = await startApp({ ...adminEnv, RATE_LIMITS: 'on', RATES: 'refusedOfAddress=3/h,registerVisitor=1000/s' });
    const boss = await loginAdmin(limited);
    const visitors = await Promise.all(Array.from({ length: 6 }, () => registerVisitor(limited)));
    for (const visitor of visitors) expect(codesOf(await visitor.execute(UsersDocument, {}))).toEqual(['VISITOR_FORBIDDEN']);
    expect(await nodesOf({ action: 'refused' }, boss)).toHaveLength(3);
  });

  it('does not fill the table from many addresses either: all visitors together write so many', async () => {
    const rates = 'refusedOfVisitors=3/h,registerVisitor=1000/s,register=1000/s';
    const limited = await startApp({ ...adminEnv, RATE_LIMITS: 'on', RATES: rates, TRUSTED_PROXIES: '127.0.0.1' });
    const boss = await loginAdmin(limited);
    for (let count = 0; count < 6; count += 1) {
      const { token } = await registerVisitor(limited);
      const caller = { token, headers: { 'x-forwarded-for': `203.0.113.${count}` } };
      expect(codesOf(await limited.execute(UsersDocument, {}, caller))).toEqual(['VISITOR_FORBIDDEN']);
    }
    expect(codesOf(await (await registerUser(limited)).execute(UsersDocument, {}))).toEqual(['FORBIDDEN']);
    expect(await nodesOf({ action: 'refused' }, boss)).toHaveLength(4);
  });
});

describe('a large log', () => {
  const count = 1000;
  let boss: Person;
  let people: readonly { readonly uuid: string }[];
  /** By place, oldest first: three records have the same time, five actors and seven targets take turns. */
  const timeOf = (index: number) => 1_000_000 + Math.floor(index / 3);
  beforeAll(async () => {
    const other = await startApp(adminEnv);
    boss = await loginAdmin(other);
    const tables = await openTables(other);
    people = await insertUsers(tables, 12);
    await tables.transaction((tx) =>
      insertAll(
        tx,
        'AuditRecord',
        Array.from({ length: count }, (_, index) => ({
          uuid: crypto.randomUUID(),
          at: timeOf(index),
          actorUuid: present(people[index % 5]).uuid,
          sessionUuid: null,
          action: index % 2 === 0 ? 'user.role' : 'user.enable',
          targetType: 'User',
          targetKey: present(people[5 + (index % 7)]).uuid,
          reason: String(index),
          changes: null,
        })),
      ),
    );
  });

  /** All pages, as places in the order of the list. */
  const read = async (filter: AuditFilter, first = 100) => {
    const found: number[] = [];
    for (let after: string | null | undefined = null; ; ) {
      const { edges, pageInfo } = await recordsOf(filter, { first, after }, boss);
      found.push(...edges.map(({ node }) => Number(node.reason)));
      expect(pageInfo.hasPreviousPage).toBe(after !== null);
      if (!pageInfo.hasNextPage) return found;
      expect(edges).toHaveLength(first);
      after = pageInfo.endCursor;
    }
  };
  const places = (fits: (index: number) => boolean) => Array.from({ length: count }, (_, index) => count - 1 - index).filter(fits);
  const at = (time: number) => new Date(time).toISOString();

  it('is read in pages, newest first, each record once', async () => {
    expect(await read({ to: at(2_000_000) })).toEqual(places(() => true));
    expect(await read({ to: at(2_000_000) }, 7)).toEqual(places(() => true));
  });

  it('is read by actor, target, action and time, and by all of them together', async () => {
    const [actor, target] = [present(people[2]).uuid, present(people[5 + 3]).uuid];
    expect(await read({ actorId: idOf(actor) })).toEqual(places((index) => index % 5 === 2));
    expect(await read({ actorId: actor.toUpperCase() })).toEqual(places((index) => index % 5 === 2));
    expect(await read({ targetId: idOf(target) })).toEqual(places((index) => index % 7 === 3));
    expect(await read({ targetId: target })).toEqual(places((index) => index % 7 === 3));
    expect(await read({ action: 'user.enable' })).toEqual(places((index) => index % 2 === 1));
    const [from, to] = [timeOf(100), timeOf(800)];
    const isWithin = (index: number) => timeOf(index) >= from && timeOf(index) < to;
    expect(await read({ from: at(from), to: at(to) }, 13)).toEqual(places(isWithin));
    const all = { actorId: actor, targetId: target, action: 'user.role', from: at(from), to: at(to) };
    expect(await read(all, 3)).toEqual(places((index) => isWithin(index) && index % 5 === 2 && index % 7 === 3 && index % 2 === 0));
  });

  it('finds nothing for ids that are none, of others, and for times that exclude each other', async () => {
    const nothing: AuditFilter[] = [
      { actorId: 'nonsense' },
      { targetId: 'nonsense' },
      { targetId: Buffer.from(`Session:${present(people[6]).uuid}`).toString('base64url') },
      { actorId: Buffer.from(`Session:${present(people[1]).uuid}`).toString('base64url') },
      { actorId: crypto.randomUUID() },
      { action: 'user' },
      { from: at(1_000_100), to: at(1_000_000) },
    ];
    for (const filter of nothing) expect(await read(filter)).toEqual([]);
    expect(codesOf(await boss.execute(AuditLogDocument, { first: 101 }))).toEqual(['BAD_USER_INPUT']);
    expect(codesOf(await boss.execute(AuditLogDocument, { after: 'nonsense' }))).toEqual(['BAD_USER_INPUT']);
  });

  it('shows the newest twenty where nothing is said', async () => {
    const { edges, pageInfo } = await recordsOf({ to: at(2_000_000) }, {}, boss);
    expect([edges.length, pageInfo.hasNextPage]).toEqual([20, true]);
  });
});
