import { execFile } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildSchema, parse, validate } from 'graphql';
import { createParley, memoryTokens } from 'parley-client';
import { describe, expect, it, test } from 'vitest';
import { WebSocket } from 'ws';
import { comeIn } from '../../client/examples/identify.ts';
import { startApp } from '../support/app.ts';
import { findBinary } from '../support/database-server.ts';
import { startBackEnd } from '../support/example.ts';
import { closeLater } from '../support/lifetime.ts';
import { startOidcProvider } from '../support/oidc-provider.ts';
import { emptyFolder } from '../support/operator.ts';
import { registerUser } from '../support/people.ts';
import { freePort } from '../support/private-services.ts';
import { startProcess } from '../support/process.ts';
import { runLines } from '../support/shell.ts';
import { blocks } from './documents.ts';
import { readText, root } from './sources.ts';

const page = readText('docs/identity.md');
const readme = readText('examples/backend/README.md');
const secrets = { IDENTITY_SECRET: 'a secret of the shop, long enough for everybody', PARLEY_SERVER_KEY: `psk_${'k'.repeat(43)}` };
const run = promisify(execFile);

/** The place where a reader keeps what they copy: a folder in which the packages are found. */
function readersFolder(): string {
  const folder = emptyFolder();
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

/** The program that stands below a name such as `proof.php`, in a file of that name. */
function programOf(language: string, name: string): string {
  const [, text = ''] = new RegExp(`\`${name.replace('.', '\\.')}\`:\n\n\`\`\`${language}\n([\\s\\S]*?)\n\`\`\``).exec(page) ?? [];
  const path = join(readersFolder(), name);
  writeFileSync(path, `${text}\n`);
  return path;
}

/** Comes in with a proof at an address; gives the token. */
async function tokenFor(url: string, proof: string): Promise<string> {
  const tokens = memoryTokens();
  const parley = createParley({ url, tokens, webSocket: WebSocket, warmStart: false });
  closeLater(parley.close);
  await comeIn(parley, async () => proof);
  return (await tokens.get())?.token ?? '';
}

/** Asks as somebody who can ask everything that the page shows; no error is expected. */
async function ask(api: string, token: string | undefined, query: string, variables: object = {}) {
  const headers = { 'content-type': 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
  const response = await fetch(api, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
  const { data, errors } = await response.json();
  if (errors) throw new Error(JSON.stringify(errors));
  return data;
}

const nickname = async (api: string, token: string) => (await ask(api, token, '{ viewer { user { nickname } } }')).viewer.user.nickname;

// Where one is missing, the end of the test run says so (PHP and Python), or nothing was lost that the others do not show (Go).
const languages = [
  { language: 'js', name: 'proof.mjs', program: process.execPath, before: [] },
  { language: 'php', name: 'proof.php', program: findBinary('php'), before: [] },
  { language: 'python', name: 'proof.py', program: findBinary('python3'), before: [] },
  { language: 'go', name: 'proof.go', program: findBinary('go'), before: ['run'] },
].flatMap(({ program, ...rest }) => (program === null ? [] : [{ ...rest, program }]));

describe('docs/identity.md', () => {
  // Go has to build its library first.
  it.each(languages)(
    'has a program in $language that prints a proof with which somebody comes in',
    { timeout: 180_000 },
    async ({ language, name, program, before }) => {
      const { url } = await startApp(secrets);
      const { stdout } = await run(program, [...before, programOf(language, name), '4711', 'Ann “安” O’Neil'], { env: { ...process.env, ...secrets } });
      expect(await nickname(url, await tokenFor(url, stdout.trim()))).toBe('Ann “安” O’Neil');
    },
  );

  it('has lines for a shell that make the secrets, try a proof, and ask as the back end and as a person', async () => {
    const { url } = await startApp(secrets);
    const [make = '', tryProof = '', discovery = '', asServer = '', asPerson = ''] = blocks(page, 'sh');
    const made = await runLines(`${make}\n. ./chat.env\necho "$IDENTITY_SECRET $PARLEY_SERVER_KEY"`);
    expect(made).toMatch(/^[\w+/]{43}= psk_[\w-]{43}\n$/);
    const env = { ...secrets, PARLEY_URL: url };
    expect(JSON.parse(await runLines(tryProof, env, join(programOf('js', 'proof.mjs'), '..'))).data.identify.user).toEqual({ nickname: 'Ann' });
    expect(JSON.parse(await runLines(asServer, env)).data.upsertUser.id).toEqual(expect.any(String));
    expect(JSON.parse(await runLines(asPerson, env)).data).toEqual({ viewer: { user: { nickname: 'Ann' } }, conversations: { edges: [] } });
    expect(discovery).toContain('/.well-known/openid-configuration');
    expect(blocks(page, 'sh')).toHaveLength(5);
  });

  it('has operations that can be asked in their order by those who are named in their first lines', async () => {
    const admin = { username: 'the_boss', password: 'correct horse' };
    const app = await startApp({ ...secrets, ADMIN_USERNAME: admin.username, ADMIN_PASSWORD: admin.password });
    const api = app.url;
    const login = await ask(api, undefined, `mutation ($input: LoginInput!) { login(input: $input) { token } }`, { input: admin });
    const key = secrets.PARLEY_SERVER_KEY;
    await ask(api, key, 'mutation { a: upsertUser(input: { externalId: "4711" }) { id } b: upsertUser(input: { externalId: "4712" }) { id } }');
    const moving = await registerUser(app);
    const forgetful = await registerUser(app);
    const uuidOf = async (token: string): Promise<string> => (await ask(api, token, '{ viewer { user { uuid } } }')).viewer.user.uuid;
    const known: Record<string, string> = { user: await uuidOf(moving.token), username: forgetful.username };
    const answers: Record<string, unknown>[] = [];
    for (const operation of blocks(page, 'graphql')) {
      const who = operation.startsWith('# an admin\n') ? login.login.token : operation.startsWith('# a server key with ') ? key : undefined;
      if (who === undefined) expect(operation).toMatch(/^# nobody yet\n/);
      // The one who has forgotten a password is another one than the one who moves.
      const variables = operation.includes('resetPassword') ? { user: await uuidOf(forgetful.token) } : known;
      const data = await ask(api, who, operation, Object.fromEntries([...operation.matchAll(/\$(\w+):/g)].map(([, name = '']) => [name, variables[name]])));
      known.provider ??= data.saveProvider?.id;
      known.key ??= data.createServerKey?.key.id;
      known.password ??= data.resetPassword;
      answers.push(data);
    }
    expect(answers.flatMap((answer) => Object.keys(answer)).sort()).toEqual(
      [
        ...['allowToWrite', 'createServerKey', 'endSessions', 'issueSession', 'login', 'resetPassword', 'revokeServerKey', 'rotateProviderSecret'],
        ...['rotateProviderSecret', 'saveProvider', 'sendNotice', 'upsertUser', 'upsertUser', 'userByExternalId'],
      ].sort(),
    );
    expect(answers.find((answer) => 'sendNotice' in answer)).toEqual({ sendNotice: { seq: 1, conversation: { kind: 'SYSTEM' } } });
    expect(answers.find((answer) => 'userByExternalId' in answer)).toMatchObject({
      userByExternalId: { nickname: 'Ann', traits: [{ key: 'plan', value: 'gold' }] },
    });
  });

  it('has operations of the schema', () => {
    const schema = buildSchema(readText('schema.graphql'));
    expect(
      blocks(page, 'graphql')
        .flatMap((operation) => validate(schema, parse(operation)))
        .map(({ message }) => message),
    ).toEqual([]);
  });

  it('has a back end that logs people in by OpenID Connect, whose ID token is the proof', async () => {
    const provider = await startOidcProvider({ sub: 'auth0|4711', name: 'Ann', picture: 'https://sso.example.com/ann.png' });
    const discovered = await runLines(blocks(page, 'sh')[2] ?? '', {
      ISSUER: provider.issuer,
      CURL_CA_BUNDLE: provider.certificate,
      NODE_EXTRA_CA_CERTS: provider.certificate,
    });
    const { issuer, jwks_uri: jwks } = JSON.parse(discovered);
    const api = await startProcess(await freePort(), {
      DATA_DIR: emptyFolder(),
      TOKEN_SECRET: 'a secret for tests, long enough for everybody',
      IDENTITY_JWKS: jwks,
      IDENTITY_ISSUER: issuer,
      IDENTITY_AUDIENCE: provider.clientId,
      // The provider is on this machine.
      IDENTITY_PRIVATE: 'on',
      NODE_EXTRA_CA_CERTS: provider.certificate,
    });
    const backEnd = await startBackEnd(programOf('js', 'oidc.mjs'), {
      ISSUER: provider.issuer,
      CLIENT_ID: provider.clientId,
      CLIENT_SECRET: provider.clientSecret,
      PARLEY_URL: `${api.url}/graphql`,
      NODE_EXTRA_CA_CERTS: provider.certificate,
    });
    const login = await fetch(new URL('/login', backEnd.url), { redirect: 'manual' });
    const back = await provider.visit(login.headers.get('location') ?? '');
    const cookie = login.headers.get('set-cookie')?.split(';')[0] ?? '';
    expect((await fetch(back, { headers: { cookie: 'verifier=of-another-browser' } })).status).toBe(401);
    const { url, proof } = await (await fetch(back, { headers: { cookie } })).json();
    expect(await nickname(url, await tokenFor(url, proof))).toBe('Ann');
  });
});

test('the commands of examples/backend do what its page says', { timeout: 60_000 }, async () => {
  const parley = await startProcess(await freePort(), { DATA_DIR: emptyFolder(), ...secrets });
  const shop = await startBackEnd('examples/backend/server.mjs', { ...secrets, PARLEY_URL: `${parley.url}/graphql` });
  const lines = blocks(readme, 'sh').at(-1)?.replace('http://127.0.0.1:3000', shop.url) ?? '';
  const printed = (await runLines(lines)).trim().split('\n');
  expect(printed.map((line) => Object.keys(JSON.parse(line)))).toEqual([['url', 'proof'], ['shipped'], ['data']]);
  expect(`${printed.at(-1)}`).toBe(blocks(readme, 'json')[0]);
  expect(blocks(readme, 'sh')[0]).toContain('export PARLEY_SERVER_KEY=psk_');
});
