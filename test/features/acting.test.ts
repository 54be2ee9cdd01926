import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { externalKeyOf } from '../../src/features/identity/external-person.policy.ts';
import {
  AuditLogDocument,
  FollowDocument,
  LoginDocument,
  MeDocument,
  PresenceOfDocument,
  SendMessageDocument,
  ServerKeyNodeDocument,
  SessionsDocument,
  UpdateUserDocument,
  UsersDocument,
} from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { codesOf, present } from '../support/client.ts';
import { openTables } from '../support/groups.ts';
import { adminEnv, loginAdmin, type Person, registerAgent, registerTwo, registerUser, registerVisitor, sendText } from '../support/people.ts';
import { clientWithKey, type KeyClient, keyClient, rowOfKey } from '../support/server-keys.ts';

const ofEnvironment = `psk_${'e'.repeat(43)}`;

let app: TestApp;
let admin: Person;
let tables: Awaited<ReturnType<typeof openTables>>;
let all: KeyClient;
beforeAll(async () => {
  app = await startApp({ ...adminEnv, PARLEY_SERVER_KEY: ofEnvironment, LOG_LEVEL: 'debug' });
  admin = await loginAdmin(app);
  tables = await openTables(app);
  all = await keyClient(app, ['ALL'], admin);
});

const linesWith = (text: string) => app.logs().filter((line) => line.includes(text));

describe('a key that acts as somebody', () => {
  let act: KeyClient;
  beforeAll(async () => {
    act = await keyClient(app, ['ACT'], admin);
  });

  it('is that person, by the uuid in either case, and no more than that person', async () => {
    const [one, other] = await registerTwo(app);
    for (const uuid of [one.user.uuid, one.user.uuid.toUpperCase()])
      expect((await act.actingAs(`uuid:${uuid}`).ask(MeDocument, {})).viewer?.user.id).toBe(one.user.id);
    const sent = await act
      .actingAs(one)
      .ask(SendMessageDocument, { input: { to: other.user.id, clientId: randomUUID(), content: { text: 'sent by a bridge' } } });
    expect(sent.sendMessage?.sender?.id).toBe(one.user.id);
    // What is refused to the person is refused to the key.
    const closed = await registerUser(app);
    const direct = await one.execute(SendMessageDocument, { input: { to: closed.user.id, clientId: randomUUID(), content: { text: 'no' } } });
    const acted = await act.actingAs(one).execute(SendMessageDocument, { input: { to: closed.user.id, clientId: randomUUID(), content: { text: 'no' } } });
    expect(codesOf(direct)).toHaveLength(1);
    expect(codesOf(acted)).toEqual(codesOf(direct));
  });

  it('stands in the row of the message and in the log, and its queries at debug', async () => {
    const [one, other] = await registerTwo(app);
    const text = `of a key ${randomUUID()}`;
    await act.actingAs(one).ask(SendMessageDocument, { input: { to: other.user.id, clientId: randomUUID(), content: { text } } });
    await sendText(one, other.user.id, `${text} by hand`);
    const rows = await tables.read((tx) =>
      tx.db.selectFrom('Message').select(['text', 'actedById']).where('text', 'like', `${text}%`).orderBy('seq').execute(),
    );
    const { id, uuid } = await rowOfKey(tables, act);
    expect(rows).toEqual([
      { text, actedById: id },
      { text: `${text} by hand`, actedById: null },
    ]);
    const line = linesWith('a server key acts as somebody').find((each) => each.includes(one.user.uuid));
    expect(JSON.parse(present(line))).toMatchObject({
      level: 'info',
      actedBy: uuid,
      userUuid: one.user.uuid,
      type: 'mutation',
      field: 'sendMessage',
      requestId: expect.any(String),
    });
    await act.actingAs(one).ask(MeDocument, {});
    expect(linesWith('a server key reads as somebody').filter((each) => each.includes(one.user.uuid))).toHaveLength(1);
    await clientWithKey(app, ofEnvironment).actingAs(one).ask(FollowDocument, { userId: other.user.id });
    expect(linesWith('"actedBy":"environment"').filter((each) => each.includes(one.user.uuid))).toHaveLength(1);
  });

  it('makes nobody online and nobody seen', async () => {
    const visitor = await registerVisitor(app);
    const row = () => tables.read((tx) => tx.db.selectFrom('User').select('lastSeenAt').where('uuid', '=', visitor.user.uuid).executeTakeFirstOrThrow());
    const before = await row();
    const agent = await registerAgent(admin);
    await act.actingAs(visitor).ask(SendMessageDocument, { input: { to: agent.user.id, clientId: randomUUID(), content: { text: 'hello' } } });
    expect(await row()).toEqual(before);
    expect((await admin.ask(PresenceOfDocument, { uuid: visitor.user.uuid })).userInfo?.presence).not.toBe('ONLINE');
  });

  it('has no session: what is about logins, sessions, passwords and the affairs of admins is FORBIDDEN, and no record blames the person', async () => {
    const person = await registerUser(app);
    const acting = act.actingAs(person);
    expect(codesOf(await acting.execute(SessionsDocument, {}))).toEqual(['FORBIDDEN']);
    expect(codesOf(await acting.execute(LoginDocument, { input: { username: person.username, password: person.password } }))).toEqual(['FORBIDDEN']);
    expect(codesOf(await acting.execute(UpdateUserDocument, { userId: person.user.id, enabled: false }))).toEqual(['FORBIDDEN']);
    const [session] = present((await person.ask(SessionsDocument, {})).viewer).sessions;
    expect((await acting.execute(ServerKeyNodeDocument, { id: present(session).id })).data?.node).toBeNull();
    expect(present((await admin.ask(AuditLogDocument, { filter: { actorId: person.user.id } })).auditLog).edges).toEqual([]);
  });

  it('needs the right, and reaches no admin, and an agent only with ALL', async () => {
    const [person, agent, visitor] = await Promise.all([registerUser(app), registerAgent(admin), registerVisitor(app)]);
    const read = await keyClient(app, ['READ', 'USERS', 'SESSIONS', 'NOTICES'], admin);
    const reach = async (key: KeyClient, who: Person) => codesOf(await key.actingAs(who).execute(MeDocument, {})).join() || 'ok';
    expect(await reach(read, person)).toBe('FORBIDDEN');
    expect([await reach(act, visitor), await reach(act, person), await reach(act, agent), await reach(act, admin)]).toEqual([
      'ok',
      'ok',
      'FORBIDDEN',
      'FORBIDDEN',
    ]);
    expect([await reach(all, agent), await reach(all, admin)]).toEqual(['ok', 'FORBIDDEN']);
  });

  it('is refused as somebody who is disabled, from the next request on', async () => {
    const person = await registerUser(app);
    await act.actingAs(person).ask(MeDocument, {});
    await admin.ask(UpdateUserDocument, { userId: person.user.id, enabled: false });
    expect(codesOf(await act.actingAs(person).execute(MeDocument, {}))).toEqual(['USER_DISABLED']);
  });

  it.each([
    ['nothing', ' x', 'BAD_USER_INPUT'],
    ['a uuid alone', randomUUID(), 'BAD_USER_INPUT'],
    ['no uuid', 'uuid:x', 'BAD_USER_INPUT'],
    ['a uuid in braces', `uuid:{${randomUUID()}}`, 'BAD_USER_INPUT'],
    ['a uuid and more', `uuid:${randomUUID()}:x`, 'BAD_USER_INPUT'],
    ['another form', `email:${randomUUID()}`, 'BAD_USER_INPUT'],
    ['the form in other letters', `UUID:${randomUUID()}`, 'BAD_USER_INPUT'],
    ['no id', 'external:', 'BAD_USER_INPUT'],
    ['no provider', 'external::x', 'BAD_USER_INPUT'],
    ['no id of a provider', 'external:x:', 'BAD_USER_INPUT'],
    ['three parts', 'external:a:b:c', 'BAD_USER_INPUT'],
    ['a percent sign that means nothing', 'external:100%', 'BAD_USER_INPUT'],
    ['half a letter', 'external:%E4%BD', 'BAD_USER_INPUT'],
    ['letters that are not encoded', 'external:\u00e9', 'BAD_USER_INPUT'],
    ['two halves of people, as two headers come', 'external:a, b', 'BAD_USER_INPUT'],
    ['two people by their ids', 'external:a, external:b', 'BAD_USER_INPUT'],
    ['two people', `uuid:${randomUUID()}, uuid:${randomUUID()}`, 'BAD_USER_INPUT'],
    ['somebody who never was', `uuid:${randomUUID()}`, 'NOT_FOUND'],
    ['an id of nobody', 'external:nobody', 'NOT_FOUND'],
    ['an id of nobody, of 8 KB', `external:${'x'.repeat(8_000)}`, 'NOT_FOUND'],
    ['an id with what a database would read', "external:%27%20or%20'1'%3D'1", 'NOT_FOUND'],
    ['an id with NUL', 'external:%00', 'NOT_FOUND'],
    ['a provider that is none', 'external:nobody:x', 'NOT_FOUND'],
  ])('%s is as it has to be', async (_what, header, code) => {
    const answer = await act.actingAs(header.includes(':') ? header : `:${header}`).execute(MeDocument, {});
    expect([codesOf(answer), answer.data]).toEqual([[code], null]);
  });

  it('is nobody where the header is empty, and not the key by itself', async () => {
    for (const header of ['', ' ', '\t']) {
      const answer = await all.execute(UsersDocument, {}, { 'parley-act-as': header });
      expect([codesOf(answer), answer.data]).toEqual([['BAD_USER_INPUT'], null]);
    }
    expect(codesOf(await all.execute(UsersDocument, {}))).toEqual([]);
    const headers = { authorization: `Bearer ${all.secret}`, 'content-type': 'application/json', 'parley-act-as': '' };
    const answer = await app.app.fetch(new Request(app.url, { method: 'POST', headers, body: JSON.stringify({ query: '{ viewer { user { id } } }' }) }));
    expect(await answer.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_USER_INPUT', field: 'Parley-Act-As' } }] });
  });

  it('is asked for by keys only: with a token of a person it is FORBIDDEN, without any TOKEN_MISSING', async () => {
    const [one, other] = [await registerUser(app), await registerUser(app)];
    const headers = { 'parley-act-as': `uuid:${other.user.uuid}` };
    expect(codesOf(await app.execute(MeDocument, {}, { token: one.token, headers }))).toEqual(['FORBIDDEN']);
    expect(codesOf(await app.execute(MeDocument, {}, { headers }))).toEqual(['TOKEN_MISSING']);
  });
});

describe('acting as somebody by the id that a provider gives', () => {
  it('finds nobody but whom that provider means, byte by byte', async () => {
    const own = await startApp(adminEnv);
    const act = await keyClient(own, ['ACT']);
    const ownTables = await openTables(own);
    const provider = async (id: number, key: string) => {
      const row = { id, uuid: randomUUID(), key, name: key, kind: 'SECRET' as const, enabled: 1 as const, createdAt: 1 };
      await ownTables.transaction((tx) =>
        tx.db
          .insertInto('Provider')
          .values({ ...row })
          .execute(),
      );
    };
    const known = async (providerId: number, externalId: string) => {
      const person = await registerUser(own);
      await ownTables.transaction(async (tx) => {
        const { id: userId } = await tx.db.selectFrom('User').select('id').where('uuid', '=', person.user.uuid).executeTakeFirstOrThrow();
        const row = { providerId, externalKey: externalKeyOf(externalId), externalId, userId, createdAt: 1 };
        await tx.db
          .insertInto('ExternalPerson')
          .values({ ...row })
          .execute();
      });
      return person;
    };
    const whom = async (header: string) => {
      const answer = await act.actingAs(header).execute(MeDocument, {});
      return codesOf(answer).join() || (answer.data?.viewer?.user.username ?? '');
    };
    await provider(1, 'shop');
    const bystander = await registerUser(own);
    const ids = ['42', 'Ann', 'ann', 'änn', 'ann ', 'a:b', '100%', '张三', bystander.user.uuid, 'x'.repeat(128)];
    const people = new Map<string, Person>();
    for (const id of ids) people.set(id, await known(1, id));
    for (const [id, person] of people) {
      expect([id, await whom(`external:${encodeURIComponent(id)}`)]).toEqual([id, person.username]);
      expect([id, await whom(`external:shop:${encodeURIComponent(id)}`)]).toEqual([id, person.username]);
    }
    expect(await whom(`uuid:${bystander.user.uuid}`)).toBe(bystander.username);
    for (const id of ['4', '042', 'ANN', ' 42', '42 ', bystander.user.uuid.toUpperCase(), present(people.get('42')).user.uuid])
      expect([id, await whom(`external:${encodeURIComponent(id)}`)]).toEqual([id, 'NOT_FOUND']);

    await provider(2, 'desk');
    const other = await known(2, '42');
    expect(await whom('external:42')).toBe('BAD_USER_INPUT');
    expect([await whom('external:shop:42'), await whom('external:desk:42'), await whom('external:desk:Ann'), await whom('external:SHOP:42')]).toEqual([
      present(people.get('42')).username,
      other.username,
      'NOT_FOUND',
      'NOT_FOUND',
    ]);
  });
});
