import { createHmac } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../src/platform/database.ts';
import { IdentifyDocument, SaveProviderDocument } from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { type Answer, codesOf, present } from '../support/client.ts';
import { openTables } from '../support/groups.ts';
import {
  comeIn,
  createSigningKey,
  goodClaims,
  identify,
  identitySecret,
  proofByKey,
  proofBySecret,
  rawByKey,
  rawBySecret,
  type SigningKey,
  secondsNow,
  secretEnv,
  unsigned,
} from '../support/issuers.ts';
import { type KeyServer, startKeyServer } from '../support/key-server.ts';
import { adminEnv, loginAdmin, type Person, registerUser } from '../support/people.ts';
import type { Socket } from '../support/socket.ts';

const issuer = 'https://issuer.example';
const audience = 'chat';
const rsa = createSigningKey('RS256');
const elliptic = createSigningKey('ES256');
const edwards = createSigningKey('EdDSA');
const foreign = createSigningKey('ES256');

let app: TestApp;
let stranger: Person;
let socket: Socket;
let server: KeyServer;
let published: string;
let other: string;
let database: Database;
beforeAll(async () => {
  server = await startKeyServer(rsa, elliptic, edwards);
  app = await startApp({ ...adminEnv, ...secretEnv, IDENTITY_PRIVATE: 'on' });
  const admin = await loginAdmin(app);
  const make = async (name: string) => {
    const input = { name, kind: 'JWKS', jwksUrl: server.url, issuer, audience } as const;
    return present((await admin.ask(SaveProviderDocument, { input })).saveProvider).key;
  };
  published = await make('published');
  other = await make('other');
  stranger = await registerUser(app);
  socket = stranger.socket();
  database = await openTables(app);
});

const claims = (more: Readonly<Record<string, unknown>> = {}) => goodClaims('forged', { iss: issuer, aud: audience, ...more });
const ofSecret = (more: Readonly<Record<string, unknown>> = {}) => goodClaims('forged', more);
const pem = ({ publicKey }: SigningKey) => publicKey.export({ format: 'pem', type: 'spki' }).toString();
const jwt = { alg: 'HS256', typ: 'JWT' };
const without = (name: string) => {
  const { [name]: _, ...rest } = ofSecret();
  return rest;
};
/** A good one, of which a part is another one. */
const bent = (part: 0 | 1 | 2, how: (text: string) => string) =>
  proofBySecret(ofSecret())
    .split('.')
    .map((text, index) => (index === part ? how(text) : text))
    .join('.');

/** What is forged, for which provider: `default` takes a secret, `published` keys. */
const forged: readonly (readonly [what: string, provider: 'default' | 'published', proof: () => string | Promise<string>])[] = [
  ['nothing', 'default', () => ''],
  ['no JWT', 'default', () => 'x'],
  ['three dots', 'default', () => '...'],
  ['algorithm none', 'default', () => unsigned({ alg: 'none' }, ofSecret())],
  ['algorithm None, for keys', 'published', () => unsigned({ alg: 'None', kid: rsa.kid }, claims())],
  ['an empty signature', 'default', () => unsigned(jwt, ofSecret())],
  ['an empty signature, for keys', 'published', () => unsigned({ alg: 'ES256', kid: elliptic.kid }, claims())],
  ['another secret', 'default', () => proofBySecret(ofSecret(), 'another secret, which is long enough for it')],
  ['an empty secret', 'default', () => rawBySecret(jwt, ofSecret(), '')],
  ['HS384 over the secret', 'default', () => bent(0, () => Buffer.from('{"alg":"HS384"}').toString('base64url'))],
  ['a key where a secret is wanted', 'default', () => proofByKey(elliptic, claims({ aud: 'default' }))],
  ['the public RSA key as a secret', 'published', () => rawBySecret({ alg: 'HS256', kid: rsa.kid }, claims(), pem(rsa))],
  ['the same without the last line break', 'published', () => rawBySecret({ alg: 'HS256', kid: rsa.kid }, claims(), pem(rsa).trim())],
  ['the published key as a secret', 'published', () => rawBySecret({ alg: 'HS256', kid: rsa.kid }, claims(), JSON.stringify(rsa.jwk))],
  ['the secret where a key is wanted', 'published', () => proofBySecret(claims())],
  ['a foreign kid', 'published', () => proofByKey(foreign, claims())],
  ['the kid of another key', 'published', () => proofByKey({ ...foreign, kid: elliptic.kid }, claims())],
  ['the key in the header', 'published', () => proofByKey(foreign, claims(), { kid: elliptic.kid, jwk: foreign.jwk, jku: server.url })],
  ['no kid, though there are several', 'published', () => rawByKey(foreign, { alg: 'ES256' }, claims())],
  ['RS256 with the kid of an elliptic key', 'published', () => proofByKey({ ...rsa, kid: elliptic.kid }, claims())],
  ['another issuer', 'published', () => proofByKey(elliptic, claims({ iss: `${issuer}/` }))],
  ['no issuer', 'published', () => proofByKey(elliptic, claims({ iss: undefined }))],
  ['another audience', 'published', () => proofByKey(rsa, claims({ aud: 'shop' }))],
  ['the key of the provider as audience of keys', 'published', () => proofByKey(rsa, claims({ aud: published }))],
  ['another audience of a secret', 'default', () => proofBySecret(ofSecret({ aud: 'chat' }))],
  ['no audience', 'default', () => proofBySecret(without('aud'))],
  ['an audience that is an object', 'default', () => rawBySecret(jwt, ofSecret({ aud: { default: 'default' } }))],
  ['no sub', 'default', () => proofBySecret(without('sub'))],
  ['a sub with a NUL', 'default', () => proofBySecret(ofSecret({ sub: 'a\0b' }))],
  ['a sub with half a character', 'default', () => proofBySecret(ofSecret({ sub: 'a\ud83d' }))],
  ['no iat', 'default', () => rawBySecret(jwt, without('iat'))],
  ['an iat in the future', 'default', () => proofBySecret(ofSecret({ iat: secondsNow() + 600 }))],
  ['an iat that is a text', 'default', () => rawBySecret(jwt, ofSecret({ iat: String(secondsNow()) }))],
  ['an iat before all time', 'default', () => rawBySecret(jwt, JSON.stringify(ofSecret()).replace(/"iat":\d+/, '"iat":-1e300'))],
  ['a typ that is a number', 'default', () => rawBySecret({ ...jwt, typ: 5 }, ofSecret())],
  ['a typ that is null', 'default', () => rawBySecret({ ...jwt, typ: null }, ofSecret())],
  ['a typ that is a list', 'default', () => rawBySecret({ ...jwt, typ: ['JWT'] }, ofSecret())],
  ['an alg that is a list', 'default', () => rawBySecret({ ...jwt, alg: ['HS256'] }, ofSecret())],
  ['a header that is a list', 'default', () => rawBySecret([jwt], ofSecret())],
  ['a header that is null', 'default', () => rawBySecret(null, ofSecret())],
  ['claims that are null', 'default', () => rawBySecret(jwt, null)],
  ['a kid that is a number', 'published', () => rawByKey(elliptic, { alg: 'ES256', kid: 5 }, claims())],
  ['a kid that is a list', 'published', () => rawByKey(elliptic, { alg: 'ES256', kid: [elliptic.kid] }, claims())],
  ['no exp', 'default', () => proofBySecret(without('exp'))],
  ['an exp that is over', 'default', () => proofBySecret(ofSecret({ exp: secondsNow() - 600 }))],
  ['an exp that is over, of keys', 'published', () => proofByKey(edwards, claims({ exp: secondsNow() - 600 }))],
  ['an exp that is too far ahead', 'default', () => proofBySecret(ofSecret({ exp: secondsNow() + 7_200 }))],
  ['an exp that is too far ahead, of keys', 'published', () => proofByKey(edwards, claims({ exp: secondsNow() + 90_000 }))],
  ['an exp without an end', 'default', () => rawBySecret(jwt, JSON.stringify(ofSecret()).replace(/"exp":\d+/, '"exp":1e999'))],
  ['an exp that is a text', 'default', () => rawBySecret(jwt, ofSecret({ exp: String(secondsNow() + 600) }))],
  ['an nbf in the future', 'default', () => proofBySecret(ofSecret({ nbf: secondsNow() + 600 }))],
  ['an nbf that is null', 'default', () => rawBySecret(jwt, ofSecret({ nbf: null }))],
  ['b64 that is false', 'default', () => rawBySecret({ ...jwt, b64: false, crit: ['b64'] }, ofSecret())],
  ['b64 that is true', 'default', () => rawBySecret({ ...jwt, b64: true, crit: ['b64'] }, ofSecret())],
  ['b64 that is not critical', 'default', () => rawBySecret({ ...jwt, b64: false }, ofSecret())],
  ['something critical that nobody knows', 'default', () => rawBySecret({ ...jwt, crit: ['x'], x: 1 }, ofSecret())],
  ['nothing critical', 'default', () => rawBySecret({ ...jwt, crit: [] }, ofSecret())],
  ['a proof in a proof', 'default', () => rawBySecret({ ...jwt, cty: 'JWT' }, proofBySecret(ofSecret()))],
  ['claims that call themselves a proof', 'default', () => rawBySecret({ ...jwt, cty: 'JWT' }, ofSecret())],
  ['what says that it is made for a logout', 'published', () => proofByKey(elliptic, claims(), { typ: 'logout+jwt' })],
  ['a list of claims', 'default', () => rawBySecret(jwt, [ofSecret()])],
  ['claims that are no JSON', 'default', () => rawBySecret(jwt, `${JSON.stringify(ofSecret())}x`)],
  ['8 KB', 'default', () => proofBySecret(ofSecret({ x: 'x'.repeat(8_192) }))],
  ['200 KB', 'default', () => proofBySecret(ofSecret({ x: 'x'.repeat(150_000) }))],
  ['another payload under the signature', 'default', () => bent(1, () => Buffer.from(JSON.stringify(ofSecret({ sub: 'admin' }))).toString('base64url'))],
  ['a signature that is cut', 'default', () => bent(2, (text) => text.slice(0, -2))],
  ['a signature with more behind it', 'default', () => bent(2, (text) => `${text}AAAA`)],
  ['a fourth part', 'default', () => `${proofBySecret(ofSecret())}.x`],
  ['five parts, as what is encrypted has', 'default', () => `${proofBySecret(ofSecret())}.x.y`],
  ['JSON, as another form of JWS has', 'default', () => JSON.stringify({ payload: 'x', signatures: [] })],
  ['a plain HMAC of the id', 'default', () => createHmac('sha256', identitySecret).update('forged').digest('hex')],
];

const countAll = () =>
  database.read(async (tx) => {
    const count = (table: 'User' | 'Session' | 'ExternalPerson' | 'Entry' | 'Log') =>
      tx.db
        .selectFrom(table)
        .select((eb) => eb.fn.countAll<number>().as('n'))
        .executeTakeFirstOrThrow();
    const counts = [];
    for (const table of ['User', 'Session', 'ExternalPerson', 'Entry', 'Log'] as const) counts.push(Number((await count(table)).n));
    const used = await tx.db.selectFrom('Provider').select(['key', 'usedAt']).orderBy('id').execute();
    return { counts, used };
  });

const providerOf = (name: 'default' | 'published') => (name === 'default' ? 'default' : published);

describe('a forged proof gets the same answer as every other one, on both doors, and writes nothing', () => {
  it.each(forged)('%s (%s)', async (_what, name, make) => {
    const input = { proof: await make(), provider: providerOf(name) };
    const before = await countAll();
    const refused = (answer: Answer<unknown>) =>
      answer.errors.map(({ message, path, extensions }) => ({ message, path, code: extensions?.code, keys: Object.keys(extensions ?? {}) }));
    const expected = [{ message: 'The proof of identity is not valid or has expired', path: ['identify'], code: 'IDENTITY_INVALID', keys: ['code'] }];
    expect(refused(await app.execute(IdentifyDocument, { input }))).toEqual(expected);
    expect(refused(await stranger.execute(IdentifyDocument, { input }))).toEqual(expected);
    expect(refused(await socket.execute(IdentifyDocument, { input }))).toEqual(expected);
    expect(await countAll()).toEqual(before);
  });
});

it('what was forged above is good where nothing is bent', async () => {
  await comeIn(app, proofBySecret(ofSecret()), { provider: 'default' });
  await comeIn(app, rawBySecret(jwt, ofSecret()), { provider: 'default' });
  await comeIn(app, rawByKey(elliptic, { alg: 'ES256', kid: elliptic.kid }, claims()), { provider: published });
  const uuids = [];
  for (const key of [rsa, elliptic, edwards]) uuids.push((await comeIn(app, await proofByKey(key, claims()), { provider: published })).user.uuid);
  expect(new Set(uuids).size).toBe(1);
  // The same sub of another provider is somebody else, also where the keys are the same.
  const elsewhere = await comeIn(app, await proofByKey(rsa, claims()), { provider: other });
  expect(uuids).not.toContain(elsewhere.user.uuid);
});

it('an audience may be one of several, and where there are several providers one is named', async () => {
  await comeIn(app, await proofByKey(elliptic, claims({ aud: ['shop', audience] })), { provider: published });
  expect(codesOf(await identify(app, proofBySecret(ofSecret())))).toEqual(['BAD_USER_INPUT']);
});
