import { randomBytes, randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { schema } from '../../src/schema.ts';
import {
  AuditLogDocument,
  CreateServerKeyDocument,
  FollowDocument,
  MeDocument,
  RevokeServerKeyDocument,
  SendFriendRequestDocument,
  ServerKeyNodeDocument,
  ServerKeysDocument,
  UpdateUserDocument,
  UsersDocument,
} from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { codesOf, present } from '../support/client.ts';
import { openTables } from '../support/groups.ts';
import { globalId } from '../support/hidden-things.ts';
import { documentOf } from '../support/id-places.ts';
import { adminEnv, loginAdmin, openChatset, type Person, registerUser, sendText } from '../support/people.ts';
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

const revoke = (key: KeyClient) => admin.ask(RevokeServerKeyDocument, { id: present(key.key).id });
const linesWith = (text: string) => app.logs().filter((line) => line.includes(text));

describe('a server key', () => {
  it('is told once, and kept as a hash', async () => {
    const key = await keyClient(app, ['USERS', 'READ', 'USERS'], admin);
    expect(key.secret).toMatch(/^psk_[A-Za-z0-9_-]{43}$/);
    expect(key.key).toMatchObject({
      rights: ['USERS', 'READ'],
      ending: key.secret.slice(-4),
      createdBy: { id: admin.user.id },
      lastUsedAt: null,
      revokedAt: null,
    });
    const row = await rowOfKey(tables, key);
    expect(JSON.stringify(row)).not.toContain(key.secret.slice(4, -4));
    expect(row.keyHash).toMatch(/^[0-9a-f]{64}$/);
    const shown = JSON.stringify([await admin.ask(ServerKeysDocument, {}), await admin.ask(ServerKeyNodeDocument, { id: present(key.key).id }), app.logs()]);
    expect(shown).not.toContain(key.secret.slice(4, -4));
  });

  it('is listed for admins, and seen by nobody else', async () => {
    const key = await keyClient(app, ['READ'], admin);
    const { id } = present(key.key);
    const { serverKeys } = await admin.ask(ServerKeysDocument, {});
    expect(present(serverKeys)[0]?.id).toBe(id);
    await revoke(key);
    const after = present((await admin.ask(ServerKeysDocument, {})).serverKeys);
    const place = after.findIndex((each) => each.id === id);
    expect(after[place]?.revokedAt).not.toBeNull();
    expect(after.slice(place).every(({ revokedAt }) => revokedAt !== null)).toBe(true);
    expect((await admin.ask(ServerKeyNodeDocument, { id })).node).toMatchObject({ id });
    const user = await registerUser(app);
    for (const asker of [user, all, all.actingAs(user)]) expect((await asker.execute(ServerKeyNodeDocument, { id })).data?.node).toBeNull();
  });

  it('is no person', async () => {
    expect(await all.ask(MeDocument, {})).toEqual({ viewer: null });
  });

  it('ends within a second when it is revoked, for good, and again changes nothing', async () => {
    const key = await keyClient(app, ['READ'], admin);
    await key.ask(UsersDocument, {});
    const first = (await revoke(key)).revokeServerKey;
    const until = performance.now() + 1000;
    await expect.poll(async () => codesOf(await key.execute(UsersDocument, {})), { timeout: 20_000 }).toEqual(['TOKEN_INVALID']);
    // A slow machine may have looked late: then nothing is said of the second.
    if (performance.now() < until) expect(performance.now()).toBeLessThan(until);
    expect((await revoke(key)).revokeServerKey?.revokedAt).toBe(first?.revokedAt);
    expect(codesOf(await key.execute(UsersDocument, {}))).toEqual(['TOKEN_INVALID']);
  });

  it('is written down when it is made and when it ends, by whom', async () => {
    const key = await keyClient(app, ['ACT'], admin);
    await revoke(key);
    const { auditLog } = await admin.ask(AuditLogDocument, { filter: { targetId: present(key.key).id } });
    expect(present(auditLog).edges.map(({ node }) => node)).toMatchObject([
      { action: 'serverKey.revoke', actor: { id: admin.user.id }, serverKeyId: null, targetId: present(key.key).id, change: null },
      { action: 'serverKey.create', actor: { id: admin.user.id }, change: '{"after":{"rights":["ACT"]}}' },
    ]);
  });

  it('tells when it was used last, without a write for each call', async () => {
    const key = await keyClient(app, ['READ'], admin);
    const writes: unknown[] = [];
    for (let call = 0; call < 20; call += 1) {
      await key.ask(UsersDocument, { first: 1 });
      writes.push((await rowOfKey(tables, key)).lastUsedAt);
    }
    const used = () => rowOfKey(tables, key).then(({ lastUsedAt }) => lastUsedAt);
    await expect.poll(used, { timeout: 20_000 }).not.toBeNull();
    const first = await used();
    for (let call = 0; call < 20; call += 1) await key.ask(UsersDocument, { first: 1 });
    expect(await used()).toBe(first);
    expect(new Set(writes).size).toBeLessThanOrEqual(2);
  });

  it('is one of 100 at most that are good', async () => {
    const own = await startApp(adminEnv);
    const by = await loginAdmin(own);
    const first = present((await keyClient(own, ['READ'], by)).key);
    const ownTables = await openTables(own);
    await ownTables.transaction(async (tx) => {
      const { id: _, ...row } = await tx.db.selectFrom('ServerKey').selectAll().executeTakeFirstOrThrow();
      const others = Array.from({ length: 99 }, (_unused, index) => ({ ...row, uuid: randomUUID(), keyHash: `${index}`.padStart(64, '0') }));
      await tx.db.insertInto('ServerKey').values(others).execute();
    });
    const oneMore = async () => codesOf(await by.execute(CreateServerKeyDocument, { name: 'one more', rights: ['READ'] }));
    expect(await oneMore()).toEqual(['CONFLICT']);
    await by.ask(RevokeServerKeyDocument, { id: first.id });
    expect(await oneMore()).toEqual([]);
    expect(await oneMore()).toEqual(['CONFLICT']);
    // Those that are good come first, the newest in front.
    const { serverKeys } = await by.ask(ServerKeysDocument, {});
    expect(serverKeys?.map(({ revokedAt }) => revokedAt)).toEqual(Array.from({ length: 100 }, () => null));
    expect(serverKeys?.[0]?.name).toBe('one more');
  });

  it('is one of 100 at most, however many admins make one at the same moment', async () => {
    const own = await startApp(adminEnv);
    const by = await loginAdmin(own);
    const first = await keyClient(own, ['READ'], by);
    const ownTables = await openTables(own);
    const admins = await Promise.all(Array.from({ length: 5 }, () => registerUser(own)));
    for (const { user } of admins) await by.ask(UpdateUserDocument, { userId: user.id, role: 'ADMIN' });
    const { id: _, ...row } = await rowOfKey(ownTables, first);
    const others = Array.from({ length: 98 }, (_unused, index) => ({ ...row, uuid: randomUUID(), keyHash: `${index}`.padStart(64, '0') }));
    await ownTables.transaction((tx) => tx.db.insertInto('ServerKey').values(others).execute());
    const answers = await Promise.all(admins.map((one) => one.execute(CreateServerKeyDocument, { name: 'one more', rights: ['READ'] })));
    expect(answers.map((answer) => codesOf(answer).join()).toSorted()).toEqual(['', 'CONFLICT', 'CONFLICT', 'CONFLICT', 'CONFLICT']);
  });

  it('is made and ended by nobody who is no admin any more', async () => {
    const person = await registerUser(app);
    await admin.ask(UpdateUserDocument, { userId: person.user.id, role: 'ADMIN' });
    const maker = present(await tables.read((tx) => tx.db.selectFrom('User').select('id').where('uuid', '=', person.user.uuid).executeTakeFirst()));
    await tables.transaction((tx) => tx.db.updateTable('User').set({ role: 'USER' }).where('id', '=', maker.id).execute());
    // The session still says ADMIN, as at a node that has not heard.
    expect(codesOf(await person.execute(CreateServerKeyDocument, { name: 'late', rights: ['ALL'] }))).toEqual(['FORBIDDEN']);
    expect(codesOf(await person.execute(RevokeServerKeyDocument, { id: present(all.key).id }))).toEqual(['FORBIDDEN']);
    const nobodys = Buffer.from(`ServerKey:${randomUUID()}`).toString('base64url');
    for (const id of [nobodys, person.user.id, '']) expect(codesOf(await admin.execute(RevokeServerKeyDocument, { id }))).toEqual(['NOT_FOUND']);
  });
});

describe('what is no server key', () => {
  const forms: readonly (readonly [string, string])[] = [
    ['one that nobody made', `psk_${randomBytes(32).toString('base64url')}`],
    ['one of 8 KB', `psk_${'a'.repeat(8_000)}`],
    ['one that is too short', `psk_${'a'.repeat(42)}`],
    ['nothing behind the prefix', 'psk_'],
    ['one in other letters', `psk_${'ä'.repeat(43)}`.replaceAll('ä', '%')],
    ['the hash of one', `psk_${'0'.repeat(43)}`],
    ['one with a blank in it', `psk_${'a'.repeat(20)}\t${'a'.repeat(22)}`],
  ];
  it.each(forms)('%s is TOKEN_INVALID, and nothing is written', async (_what, secret) => {
    const count = () => tables.read((tx) => tx.db.selectFrom('ServerKey').selectAll().execute());
    const before = await count();
    const answer = await clientWithKey(app, secret).execute(UsersDocument, {});
    expect([codesOf(answer), answer.data]).toEqual([['TOKEN_INVALID'], null]);
    expect((await count()).length).toBe(before.length);
  });

  it('is one with another letter at its end, or in other case', async () => {
    const { secret } = await keyClient(app, ['READ'], admin);
    const swapped = secret.replace(/[a-z](?=[^a-z]*$)/, (letter) => letter.toUpperCase());
    for (const wrong of [`${secret.slice(0, -1)}${secret.endsWith('A') ? 'E' : 'A'}`, `psk_${swapped.slice(4)}`, secret.toUpperCase()])
      expect(codesOf(await clientWithKey(app, wrong).execute(UsersDocument, {}))).toEqual(['TOKEN_INVALID']);
  });

  it('is one that comes over a socket, in whatever place', async () => {
    const { secret } = all;
    const places = [
      { token: secret },
      { Authorization: `Bearer ${secret}` },
      { headers: { authorization: `Bearer ${secret}` } },
      { token: secret, 'Parley-Act-As': 'uuid:x' },
    ];
    for (const params of places) expect(await app.socket({ params }).closed()).toEqual({ code: 4401, reason: 'TOKEN_INVALID' });
  });

  it('is one in the address, or in the body', async () => {
    const query = '{ users { edges { cursor } } }';
    const codeOf = async (response: Response) => (await response.json()).errors?.[0]?.extensions?.code;
    const search = new URLSearchParams({ query, token: all.secret, access_token: all.secret, authorization: `Bearer ${all.secret}` });
    expect(await codeOf(await fetch(`${app.url}?${search}`))).toBe('TOKEN_MISSING');
    const body = JSON.stringify({ query, extensions: { token: all.secret } });
    expect(await codeOf(await fetch(app.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body }))).toBe('TOKEN_MISSING');
    expect(app.logs().join('\n')).not.toContain(all.secret.slice(4, -4));
  });

  it('is one in a page: it is refused and said in the log, good as it is', async () => {
    const key = await keyClient(app, ['READ'], admin);
    const own = new URL(app.url).origin;
    for (const origin of [own, 'https://shop.example.com', 'null', '']) {
      const answer = await key.execute(UsersDocument, {}, { origin });
      expect(answer.headers.get('access-control-allow-origin')).toBe(origin === own ? own : null);
      expect([codesOf(answer), answer.data]).toEqual([['FORBIDDEN'], null]);
      expect(answer.errors[0]?.message).toContain('page');
    }
    const [line] = linesWith('a server key came from a page');
    expect(JSON.parse(present(line))).toMatchObject({ level: 'warn', origin: new URL(app.url).origin });
    // Nobody learns by that whether one is good.
    expect(codesOf(await clientWithKey(app, `psk_${'b'.repeat(43)}`).execute(UsersDocument, {}, { origin: new URL(app.url).origin }))).toEqual([
      'TOKEN_INVALID',
    ]);
  });
});

describe('the key of the environment', () => {
  it('may do everything, is in no table, and is no other', async () => {
    const key = clientWithKey(app, ofEnvironment);
    const person = await registerUser(app);
    await key.ask(UsersDocument, {});
    expect((await key.actingAs(person).ask(MeDocument, {})).viewer?.user.id).toBe(person.user.id);
    expect(await tables.read((tx) => tx.db.selectFrom('ServerKey').select('id').where('ending', '=', 'eeee').execute())).toEqual([]);
    const other = await startApp(adminEnv);
    expect(codesOf(await clientWithKey(other, ofEnvironment).execute(UsersDocument, {}))).toEqual(['TOKEN_INVALID']);
  });
});

describe('a key that reads', () => {
  it('reads of people what everybody may, and comes to no conversation, relation or session of anybody', async () => {
    const read = await keyClient(app, ['READ'], admin);
    const person = await registerUser(app);
    const node = await read.ask(ServerKeyNodeDocument, { id: person.user.id });
    expect(node.node).toMatchObject({ id: person.user.id });
    const field = present(schema.getQueryType()?.getFields().users);
    const whole = documentOf({ name: 'Query.users', operation: 'query', field, path: [], scalar: '' }, schema);
    const answer = await read.execute<unknown, object>(whole, { first: 3 });
    expect(codesOf(answer).filter((code) => code !== 'FORBIDDEN')).toEqual([]);
    const message = await sendText(person, (await opened()).user.id, 'not for keys');
    for (const id of [message.id, message.conversation.id, globalId('Viewer', person.user.uuid)])
      expect((await read.ask(ServerKeyNodeDocument, { id })).node).toBeNull();
  });

  const opened = async () => {
    const person = await registerUser(app);
    await openChatset(person);
    return person;
  };
});

describe('how often', () => {
  it('is counted for the key, whoever it acts as, and what protects others for the person', async () => {
    const RATES = 'operationOfKey=60/h, friendRequest=2/h, mutation=3/h, search=1/h, cost=20/h, register=1000/min';
    const counting = await startApp({ ...adminEnv, RATE_LIMITS: 'on', RATES, SAME_REQUESTS_A_DAY: '100' });
    const act = await keyClient(counting, ['ACT']);
    const one = await registerUser(counting);
    const others = await Promise.all(Array.from({ length: 3 }, () => registerUser(counting)));
    // Past the rates of one person, and what documents of one may cost.
    for (let time = 0; time < 5; time += 1) for (const other of others) await act.actingAs(one).ask(FollowDocument, { userId: other.user.id });
    const asked = [];
    for (const other of others) asked.push(codesOf(await act.actingAs(one).execute(SendFriendRequestDocument, { userId: other.user.id })).join());
    expect(asked).toEqual(['', '', 'RATE_LIMITED']);
    expect(codesOf(await one.execute(SendFriendRequestDocument, { userId: present(others[2]).user.id }))).toEqual(['RATE_LIMITED']);
    const last = [];
    for (let time = 0; time < 80; time += 1) last.push(codesOf(await act.execute(MeDocument, {})).join());
    expect(last.at(-1)).toBe('RATE_LIMITED');
    expect(codesOf(await act.actingAs(present(others[0])).execute(MeDocument, {}))).toEqual(['RATE_LIMITED']);
    // It is an affair of the key alone.
    expect(codesOf(await (await keyClient(counting, ['ACT'])).execute(MeDocument, {}))).toEqual([]);
  });

  it('keys that are none cost their address, so that nobody has the database asked without an end', async () => {
    const counting = await startApp({ RATE_LIMITS: 'on', RATES: 'costOfAddress=100/h' });
    const codes = [];
    for (let time = 0; time < 12; time += 1)
      codes.push(codesOf(await clientWithKey(counting, `psk_${randomBytes(32).toString('base64url')}`).execute(MeDocument, {})).join());
    expect(codes.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 'TOKEN_INVALID'));
    expect(codes.slice(-1)).toEqual(['RATE_LIMITED']);
  });
});

describe('when TOKEN_SECRET changes', () => {
  it('a key goes on, and once it was used the secret before is not needed any more', async () => {
    const secrets = ['the first secret of this server, long enough', 'the second secret of this server, long enough'] as const;
    const first = await startApp({ ...adminEnv, TOKEN_SECRET: secrets[0] });
    const [used, unused] = [await keyClient(first, ['READ']), await keyClient(first, ['READ'])];
    await first.stop();
    const second = await startApp({ ...first.env, TOKEN_SECRET: secrets[1], TOKEN_SECRET_PREVIOUS: secrets[0] });
    await used.at(second).ask(UsersDocument, {});
    await second.stop();
    const third = await startApp({ ...first.env, TOKEN_SECRET: secrets[1] });
    await used.at(third).ask(UsersDocument, {});
    expect(codesOf(await unused.at(third).execute(UsersDocument, {}))).toEqual(['TOKEN_INVALID']);
  });
});
