import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  AuditLogDocument,
  MeDocument,
  ProviderAgainDocument,
  type ProviderInput,
  ProvidersDocument,
  RotateProviderSecretDocument,
  SaveProviderDocument,
  UpdateUserDocument,
} from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { codesOf, present } from '../support/client.ts';
import { insertProvider, upsertUser } from '../support/external-users.ts';
import { openTables } from '../support/groups.ts';
import { comeIn, createSigningKey, goodClaims, identify, proofByKey, proofBySecret, secretEnv } from '../support/issuers.ts';
import { setOf, startKeyServer } from '../support/key-server.ts';
import { adminEnv, loginAdmin, type Person, registerAgent, registerUser, registerVisitor } from '../support/people.ts';
import { keyClient } from '../support/server-keys.ts';

let app: TestApp;
let admin: Person;
beforeAll(async () => {
  app = await startApp({ ...adminEnv, ...secretEnv, IDENTITY_PRIVATE: 'on' });
  admin = await loginAdmin(app);
});

const save = async (input: ProviderInput, by: Person = admin) => present((await by.ask(SaveProviderDocument, { input })).saveProvider, 'the provider');
const rotate = async (id: string, dropsPrevious?: boolean) =>
  present((await admin.ask(RotateProviderSecretDocument, { id, ...(dropsPrevious !== undefined && { dropsPrevious }) })).rotateProviderSecret);
const refusalOf = async (input: ProviderInput) => {
  const { errors } = await admin.execute(SaveProviderDocument, { input });
  return errors.map(({ extensions }) => [extensions?.code, extensions?.field].filter(Boolean).join(' '));
};
const ownOf = async (by: Person) => present((await by.ask(ProvidersDocument, {})).providers).find(({ key }) => key === 'default');
const published = { kind: 'JWKS', issuer: 'https://issuer.example', audience: 'chat' } as const;

describe('a provider with a secret', () => {
  it('is told its secret once, and the present and the previous one are good', async () => {
    const made = await save({ name: 'Shop & Co', kind: 'SECRET' });
    expect(made).toMatchObject({ name: 'Shop & Co', kind: 'SECRET', enabled: true, secretsSetAt: [], jwksUrl: null, issuer: null, audience: null });
    expect(made.key).toMatch(/^shop-co-[a-z0-9]{8}$/);
    const bring = async (secret: string) =>
      codesOf(await identify(app, proofBySecret(goodClaims('x', { aud: made.key }), secret), { provider: made.key }))[0] ?? 'OK';
    expect(await bring('no secret is there yet, so this is none')).toBe('IDENTITY_INVALID');
    const first = await rotate(made.id);
    expect(first.secret).toMatch(/^[\w-]{43}$/);
    expect(first.provider.secretsSetAt).toHaveLength(1);
    const second = await rotate(made.id);
    expect([await bring(first.secret), await bring(second.secret)]).toEqual(['OK', 'OK']);
    expect(second.provider.secretsSetAt[1]).toBe(first.provider.secretsSetAt[0]);
    const third = await rotate(made.id, false);
    expect([await bring(first.secret), await bring(second.secret), await bring(third.secret)]).toEqual(['IDENTITY_INVALID', 'OK', 'OK']);
    // One has leaked.
    const last = await rotate(made.id, true);
    expect([await bring(second.secret), await bring(third.secret), await bring(last.secret)]).toEqual(['IDENTITY_INVALID', 'IDENTITY_INVALID', 'OK']);
    expect(last.provider.secretsSetAt).toHaveLength(1);
  });

  it('stands in the tables in a form that nobody reads, and goes on where TOKEN_SECRET is changed and the one before is known', async () => {
    const first = await startApp({ ...adminEnv, TOKEN_SECRET: 'the first secret, which is long enough' });
    const by = await loginAdmin(first);
    const provider = await save({ name: 'shop', kind: 'SECRET' }, by);
    const made = present((await by.ask(RotateProviderSecretDocument, { id: provider.id })).rotateProviderSecret);
    const database = await openTables(first);
    const { secret } = await database.read((tx) => tx.db.selectFrom('Provider').select('secret').executeTakeFirstOrThrow());
    expect(secret).not.toContain(made.secret);
    expect(secret?.length).toBeLessThan(256);
    const proof = proofBySecret(goodClaims('x', { aud: provider.key }), made.secret);
    const { user } = await comeIn(first, proof);
    await first.stop();
    const second = { TOKEN_SECRET: 'the second secret, which is long enough' };
    const both = await startApp({ ...first.env, ...second, TOKEN_SECRET_PREVIOUS: 'the first secret, which is long enough' });
    expect((await comeIn(both, proof)).user).toEqual(user);
    await both.stop();
    // By then it was sealed anew.
    const later = await startApp({ ...first.env, ...second });
    expect((await comeIn(later, proof)).user).toEqual(user);
    await later.stop();
    const lost = await startApp({ ...first.env, TOKEN_SECRET: 'a third secret, which is long enough' });
    expect(codesOf(await identify(lost, proof))).toEqual(['IDENTITY_INVALID']);
    expect(lost.logs().some((line) => line.includes('cannot be opened') && line.includes(provider.key))).toBe(true);
  });

  it('keeps its secrets, and every other provider what it has, where TOKEN_SECRET is changed', async () => {
    const [before, after] = [{ TOKEN_SECRET: 'the first secret, which is long enough' }, { TOKEN_SECRET: 'the second secret, which is long enough' }];
    const first = await startApp({ ...adminEnv, ...secretEnv, ...before });
    const by = await loginAdmin(first);
    const rows = async () => await (await openTables(first)).read((tx) => tx.db.selectFrom('Provider').selectAll().orderBy('id').execute());
    const proofs: (readonly [provider: string, proof: string])[] = [['default', proofBySecret(goodClaims('x'))]];
    for (const name of ['shop', 'desk']) {
      const { id, key } = await save({ name, kind: 'SECRET' }, by);
      for (let count = 0; count < 2; count += 1) {
        const { secret } = present((await by.ask(RotateProviderSecretDocument, { id })).rotateProviderSecret);
        proofs.push([key, proofBySecret(goodClaims('x', { aud: key }), secret)]);
      }
    }
    await save({ name: 'company', ...published, jwksUrl: 'https://id.example.com/keys' }, by);
    const unsealed = async () => (await rows()).map((row) => ({ ...row, secret: row.secret !== null, previousSecret: row.previousSecret !== null }));
    const uuids = async (own: TestApp) => await Promise.all(proofs.map(async ([provider, proof]) => (await comeIn(own, proof, { provider })).user.uuid));
    const people = await uuids(first);
    expect(new Set(people).size).toBe(3);
    const kept = await unsealed();
    await first.stop();
    await (await startApp({ ...first.env, ...after, TOKEN_SECRET_PREVIOUS: before.TOKEN_SECRET })).stop();
    // Without the secret before: all were sealed anew, and none as another one.
    const later = await startApp({ ...first.env, ...after });
    expect(await unsealed()).toEqual(kept);
    expect(await uuids(later)).toEqual(people);
    const stored = await rows();
    await later.stop();
    await (await startApp({ ...first.env, ...after })).stop();
    expect(await rows()).toEqual(stored);
  });

  it('lets nobody in while it is disabled, and lets those go on who are in', async () => {
    const { id, key } = await save({ name: 'closed', kind: 'SECRET' });
    const { secret } = await rotate(id);
    const proof = proofBySecret(goodClaims('x', { aud: key }), secret);
    const person = await comeIn(app, proof, { provider: key });
    expect((await save({ id, name: 'closed', kind: 'SECRET', enabled: false })).enabled).toBe(false);
    expect(codesOf(await identify(app, proof, { provider: key }))).toEqual(['IDENTITY_INVALID']);
    expect((await person.ask(MeDocument, {})).viewer?.user).toEqual(person.user);
    expect((await comeIn(app, proofBySecret(goodClaims('y')), { provider: 'default' })).user.uuid).not.toBe(person.user.uuid);
    await save({ id, name: 'open', kind: 'SECRET', enabled: true });
    expect((await comeIn(app, proof, { provider: key })).user).toEqual(person.user);
  });
});

describe('a provider that publishes keys', () => {
  it('takes each of the three algorithms, keys that come, and none that goes after a while', async () => {
    const [rsa, elliptic, edwards] = [createSigningKey('RS256'), createSigningKey('ES256'), createSigningKey('EdDSA')];
    const server = await startKeyServer(rsa, elliptic);
    const { key: provider } = await save({ name: 'company', ...published, jwksUrl: server.url });
    const proofBy = (key: typeof rsa) =>
      proofByKey(key, goodClaims('x', { iss: published.issuer, aud: published.audience, exp: Math.floor(Date.now() / 1000) + 80_000 }));
    const { user } = await comeIn(app, await proofBy(rsa), { provider });
    // It turns its keys over: the new one is asked for, once.
    server.publish(elliptic, edwards);
    for (const key of [edwards, elliptic, edwards]) expect((await comeIn(app, await proofBy(key), { provider })).user).toEqual(user);
    for (let count = 0; count < 5; count += 1)
      expect(codesOf(await identify(app, await proofBy(createSigningKey()), { provider }))).toEqual(['IDENTITY_INVALID']);
    expect(server.asked()).toBe(2);
  });

  it('where its keys cannot be had, is UNAVAILABLE, and what cannot be good is said to be none', async () => {
    const key = createSigningKey();
    const server = await startKeyServer();
    const claims = goodClaims('x', { iss: published.issuer, aud: published.audience });
    const ways: (readonly [string, Parameters<typeof server.answer>[0]])[] = [
      ['hangs', () => {}],
      ['is away', (request) => void request.socket.destroy()],
      ['refuses', (_request, response) => void response.writeHead(503).end()],
      ['says too much', (_request, response) => void response.end(`{"keys":[]}${' '.repeat(70_000)}`)],
      ['lies about its length', (_request, response) => void response.writeHead(200, { 'content-length': 70_000 }).end('{"keys":[]}')],
      ['sends on to another host', (_request, response) => void response.writeHead(302, { location: 'http://localhost:1/keys' }).end()],
      ['speaks of something else', (_request, response) => void response.end('<html>')],
    ];
    for (const [name, how] of ways) {
      server.answer(how);
      const { key: provider } = await save({ name, ...published, jwksUrl: `${server.origin}/${encodeURIComponent(name)}` });
      expect(codesOf(await identify(app, await proofByKey(key, { ...claims, aud: 'shop' }), { provider })), name).toEqual(['IDENTITY_INVALID']);
      expect(codesOf(await identify(app, await proofByKey(key, claims), { provider })), name).toEqual(['UNAVAILABLE']);
    }
    expect(server.asked()).toBe(ways.length);
  });

  it.each([
    ['is disabled', { enabled: false }, 'IDENTITY_INVALID'],
    ['publishes its keys elsewhere', { jwksUrl: 'http://127.0.0.1:1/keys' }, 'UNAVAILABLE'],
    ['has another audience', { audience: 'another' }, 'UNAVAILABLE'],
  ] as const)('lets nobody in whose proof waits for its keys while an admin says that it %s', async (name, change, code) => {
    const key = createSigningKey();
    const server = await startKeyServer(key);
    const deviceId = randomUUID();
    const visitor = await registerVisitor(app, deviceId);
    const proofOf = (sub: string) => proofByKey(key, goodClaims(sub, { iss: published.issuer, aud: published.audience }));
    const { id, key: provider } = await save({ name, ...published, jwksUrl: server.url });
    await comeIn(app, await proofOf('known'), { provider });
    await save({ id, name, ...published, jwksUrl: `${server.url}/of-now` });
    const { promise: asked, resolve } = Promise.withResolvers<() => void>();
    server.answer((_request, response) => resolve(() => void response.end(setOf(key))));
    // Somebody who is known, somebody new, and a visitor who would be somebody.
    const ways = [await proofOf('known'), await proofOf('new')].map((proof) => identify(app, proof, { provider }));
    ways.push(identify(app, await proofOf('of the device'), { provider, deviceId }));
    const answer = await asked;
    await save({ id, name, ...published, ...change });
    answer();
    expect((await Promise.all(ways)).map(codesOf)).toEqual([[code], [code], [code]]);
    expect(codesOf(await visitor.execute(MeDocument, {}))).toEqual([]);
  });

  it('is not asked in the own network, unless IDENTITY_PRIVATE is on', async () => {
    const key = createSigningKey();
    const server = await startKeyServer(key);
    const guarded = await startApp(adminEnv);
    const by = await loginAdmin(guarded);
    const { errors } = await by.execute(SaveProviderDocument, { input: { name: 'x', ...published, jwksUrl: server.url } });
    expect(errors[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field: 'jwksUrl' });
    const { port } = new URL(server.url);
    for (const host of ['127.0.0.1', 'localhost', '[::1]']) {
      const { key: provider } = await save({ name: host, ...published, jwksUrl: `https://${host}:${port}/keys` }, by);
      const proof = await proofByKey(key, goodClaims('x', { iss: published.issuer, aud: published.audience }));
      expect(codesOf(await identify(guarded, proof, { provider })), host).toEqual(['UNAVAILABLE']);
    }
    expect(server.asked()).toBe(0);
  });

  it('may bring in an agent, whom a secret may not', async () => {
    const key = createSigningKey('RS256');
    const server = await startKeyServer(key);
    const { key: provider } = await save({ name: 'staff', ...published, jwksUrl: server.url });
    const proof = await proofByKey(key, goodClaims('agent', { iss: published.issuer, aud: published.audience }));
    const person = await comeIn(app, proof, { provider });
    const database = await openTables(app);
    const be = (role: 'AGENT' | 'ADMIN') =>
      database.transaction((tx) => tx.db.updateTable('User').set({ role }).where('uuid', '=', person.user.uuid).execute());
    await be('AGENT');
    expect((await comeIn(app, proof, { provider })).user).toMatchObject({ uuid: person.user.uuid, role: 'AGENT' });
    await be('ADMIN');
    expect(codesOf(await identify(app, proof, { provider }))).toEqual(['IDENTITY_INVALID']);
  });
});

describe('what a provider is', () => {
  it('is said by admins, who alone see it', async () => {
    const provider = await save({ name: 'seen', kind: 'SECRET' });
    expect((await admin.ask(ProviderAgainDocument, { id: provider.id })).node).toMatchObject({ key: provider.key });
    const others = [await registerUser(app), await registerAgent(admin), await registerVisitor(app)];
    for (const other of others) {
      const code = other.user.role === 'VISITOR' ? 'VISITOR_FORBIDDEN' : 'FORBIDDEN';
      expect(codesOf(await other.execute(ProvidersDocument, {}))).toEqual([code]);
      expect(codesOf(await other.execute(SaveProviderDocument, { input: { name: 'x', kind: 'SECRET' } }))).toEqual([code]);
      expect(codesOf(await other.execute(RotateProviderSecretDocument, { id: provider.id }))).toEqual([code]);
      expect((await other.ask(ProviderAgainDocument, { id: provider.id })).node).toBeNull();
    }
  });

  it('is said by nobody who is no admin any more', async () => {
    const { id } = await save({ name: 'of the admins', kind: 'SECRET', enabled: false });
    const late = await registerUser(app);
    await admin.ask(UpdateUserDocument, { userId: late.user.id, role: 'ADMIN' });
    const tables = await openTables(app);
    // The session still says ADMIN, as at a node that has not heard.
    await tables.transaction((tx) => tx.db.updateTable('User').set({ role: 'USER' }).where('uuid', '=', late.user.uuid).execute());
    const input = { name: 'late', kind: 'SECRET' } as const;
    expect(codesOf(await late.execute(SaveProviderDocument, { input }))).toEqual(['FORBIDDEN']);
    expect(codesOf(await late.execute(SaveProviderDocument, { input: { ...input, id } }))).toEqual(['FORBIDDEN']);
    expect(codesOf(await late.execute(RotateProviderSecretDocument, { id }))).toEqual(['FORBIDDEN']);
  });

  it('is one of 50 at most', async () => {
    const own = await startApp({ ...adminEnv, ...secretEnv });
    const by = await loginAdmin(own);
    for (let count = 1; count < 49; count += 1) await insertProvider(own, `p${count}`);
    const last = await save({ name: 'the last one', kind: 'SECRET' }, by);
    expect(codesOf(await by.execute(SaveProviderDocument, { input: { name: 'one more', kind: 'SECRET' } }))).toEqual(['CONFLICT']);
    expect((await save({ id: last.id, name: 'changed', kind: 'SECRET' }, by)).name).toBe('changed');
    const { providers } = await by.ask(ProvidersDocument, {});
    expect(providers?.map(({ key }) => key)).toEqual(['default', ...Array.from({ length: 48 }, (_, index) => `p${index + 1}`), last.key]);
  });

  it('is one of 50 at most, however many admins make one at the same moment', async () => {
    const own = await startApp({ ...adminEnv, ...secretEnv });
    const by = await loginAdmin(own);
    const admins = await Promise.all(Array.from({ length: 5 }, () => registerUser(own)));
    for (const { user } of admins) await by.ask(UpdateUserDocument, { userId: user.id, role: 'ADMIN' });
    for (let count = 1; count < 49; count += 1) await insertProvider(own, `p${count}`);
    const answers = await Promise.all(admins.map((one) => one.execute(SaveProviderDocument, { input: { name: 'one more', kind: 'SECRET' } })));
    expect(answers.map((answer) => codesOf(answer).join()).toSorted()).toEqual(['', 'CONFLICT', 'CONFLICT', 'CONFLICT', 'CONFLICT']);
  });

  it('has all that its kind needs, and nothing of the other kind', async () => {
    const jwksUrl = 'https://issuer.example/keys';
    expect(await refusalOf({ name: '', kind: 'SECRET' })).toEqual(['BAD_USER_INPUT name']);
    expect(await refusalOf({ name: 'x', kind: 'SECRET', issuer: 'y' })).toEqual(['BAD_USER_INPUT issuer']);
    expect(await refusalOf({ name: 'x', kind: 'JWKS' })).toEqual(['BAD_USER_INPUT jwksUrl']);
    expect(await refusalOf({ name: 'x', ...published, jwksUrl: 'ftp://issuer.example/' })).toEqual(['BAD_USER_INPUT jwksUrl']);
    expect(await refusalOf({ name: 'x', ...published, jwksUrl: 'http://a:b@issuer.example/' })).toEqual(['BAD_USER_INPUT jwksUrl']);
    expect(await refusalOf({ name: 'x', ...published, jwksUrl, issuer: ' ' })).toEqual(['BAD_USER_INPUT issuer']);
    expect(await refusalOf({ name: 'x', ...published, jwksUrl, audience: 'x'.repeat(256) })).toEqual(['BAD_USER_INPUT audience']);
    expect(await refusalOf({ id: 'x', name: 'x', kind: 'SECRET' })).toEqual(['NOT_FOUND']);
    const { id } = await save({ name: 'x', ...published, jwksUrl });
    expect(await save({ id, name: 'y', kind: 'JWKS', audience: 'other' })).toMatchObject({ name: 'y', jwksUrl, issuer: published.issuer, audience: 'other' });
    expect(codesOf(await admin.execute(RotateProviderSecretDocument, { id }))).toEqual(['BAD_USER_INPUT']);
  });

  it('may become another kind until somebody came by it, and not afterwards', async () => {
    const key = createSigningKey();
    const server = await startKeyServer(key);
    const made = await save({ name: 'x', kind: 'SECRET' });
    await rotate(made.id);
    const { id } = await save({ id: made.id, name: 'x', ...published, jwksUrl: server.url, issuer: 'https://first.example' });
    const now = await save({ id, name: 'x', ...published, jwksUrl: server.url });
    expect(now.secretsSetAt).toEqual([]);
    await comeIn(app, await proofByKey(key, goodClaims('x', { iss: published.issuer, aud: published.audience })), { provider: made.key });
    expect(await refusalOf({ id, name: 'x', kind: 'SECRET' })).toEqual(['CONFLICT kind']);
    expect(await refusalOf({ id, name: 'x', kind: 'JWKS', issuer: 'https://other.example' })).toEqual(['CONFLICT issuer']);
    expect(await save({ id, name: 'z', kind: 'JWKS', jwksUrl: `${server.url}2`, audience: 'other' })).toMatchObject({
      issuer: published.issuer,
      audience: 'other',
    });
  });

  it('has people also where a server key has made them, or an account has become one', async () => {
    const server = await keyClient(app, ['USERS'], admin);
    for (const input of [{}, { userId: (await registerUser(app)).user.id }]) {
      const { id, key: provider } = await save({ name: 'of a key', ...published, jwksUrl: 'http://127.0.0.1:1/keys' });
      await upsertUser(server, { provider, ...input });
      expect(await refusalOf({ id, name: 'x', kind: 'JWKS', issuer: 'https://other.example' })).toEqual(['CONFLICT issuer']);
    }
  });

  it('is in the audit log, without a secret, and only where something became different', async () => {
    const { id, key } = await save({ name: 'audited', kind: 'SECRET' });
    await save({ id, name: 'audited', kind: 'SECRET' });
    await save({ id, name: 'renamed', kind: 'SECRET', enabled: false });
    const { secret } = await rotate(id, true);
    const records = present((await admin.ask(AuditLogDocument, { filter: { targetId: id }, first: 10 })).auditLog).edges.map(({ node }) => node);
    expect(records.map(({ action, change }) => [action, JSON.parse(change ?? 'null')])).toEqual([
      ['provider.rotate', { after: { dropsPrevious: true } }],
      ['provider.update', { before: { name: 'audited', enabled: true }, after: { name: 'renamed', enabled: false } }],
      ['provider.create', { after: { key, name: 'audited', kind: 'SECRET', jwksUrl: null, issuer: null, audience: null, enabled: true } }],
    ]);
    expect(JSON.stringify(records)).not.toContain(secret);
  });
});

describe('the provider of the environment', () => {
  it('is shown, and changed nowhere else', async () => {
    const own = present(await ownOf(admin));
    expect(own).toMatchObject({ key: 'default', kind: 'SECRET', enabled: true, secretsSetAt: [] });
    expect(await refusalOf({ id: own.id, name: 'x', kind: 'SECRET', enabled: false })).toEqual(['CONFLICT id']);
    expect(codesOf(await admin.execute(RotateProviderSecretDocument, { id: own.id }))).toEqual(['CONFLICT']);
  });

  it('is good at no node whose environment says another one than the table', async () => {
    const own = await startApp(secretEnv);
    const tables = await openTables(own);
    const proof = proofBySecret(goodClaims('x'));
    await comeIn(own, proof);
    // As a node has it that was started with other variables.
    for (const other of [{ kind: 'JWKS', jwksUrl: 'https://id.example.com', issuer: 'id', audience: 'chat' }, { issuer: 'another' }] as const) {
      await tables.transaction((tx) => tx.db.updateTable('Provider').set(other).execute());
      expect(codesOf(await identify(own, proof))).toEqual(['IDENTITY_INVALID']);
      await tables.transaction((tx) => tx.db.updateTable('Provider').set({ kind: 'SECRET', jwksUrl: null, issuer: null, audience: null }).execute());
    }
    await comeIn(own, proof);
  });

  it('is good by its present and its previous secret, and by no other', async () => {
    const [present, previous] = ['the present secret of the environment', 'the previous secret of the environment'];
    const own = await startApp({ IDENTITY_SECRET: present, IDENTITY_SECRET_PREVIOUS: previous });
    const [one, other] = [await comeIn(own, proofBySecret(goodClaims('x'), present)), await comeIn(own, proofBySecret(goodClaims('x'), previous))];
    expect(one.user).toEqual(other.user);
    await own.stop();
    const later = await startApp({ ...own.env, IDENTITY_SECRET_PREVIOUS: undefined });
    expect(codesOf(await identify(later, proofBySecret(goodClaims('x'), previous)))).toEqual(['IDENTITY_INVALID']);
    await later.stop();
    const none = await startApp({ ...own.env, IDENTITY_SECRET: undefined, IDENTITY_SECRET_PREVIOUS: undefined, ...adminEnv });
    expect(codesOf(await identify(none, proofBySecret(goodClaims('x'), present)))).toEqual(['IDENTITY_INVALID']);
    expect((await ownOf(await loginAdmin(none)))?.enabled).toBe(false);
  });

  it('takes published keys, and may change until somebody came by it: after that the start refuses another issuer and another kind', async () => {
    const key = createSigningKey('EdDSA');
    const server = await startKeyServer(key);
    const jwks = { IDENTITY_JWKS: server.url, IDENTITY_ISSUER: published.issuer, IDENTITY_AUDIENCE: published.audience, IDENTITY_PRIVATE: 'on' };
    const first = await startApp(secretEnv);
    await first.stop();
    const kept = { ...first.env, IDENTITY_SECRET: undefined };
    const second = await startApp({ ...kept, ...jwks, IDENTITY_ISSUER: 'https://other.example' });
    await second.stop();
    const third = await startApp({ ...kept, ...jwks });
    await comeIn(third, await proofByKey(key, goodClaims('x', { iss: published.issuer, aud: published.audience })));
    await third.stop();
    await expect(startApp({ ...kept, ...jwks, IDENTITY_ISSUER: 'https://other.example' })).rejects.toThrow(
      /IDENTITY_ISSUER: must stay "https:\/\/issuer\.example"/,
    );
    await expect(startApp({ ...kept, ...secretEnv })).rejects.toThrow(/IDENTITY_SECRET: must not take the place of a JWKS/);
    const again = await startApp({ ...kept, ...jwks, IDENTITY_AUDIENCE: 'another' });
    await comeIn(again, await proofByKey(key, goodClaims('x', { iss: published.issuer, aud: 'another' })));
  });
});
