import { connect } from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.ts';
import { openChatset, registerUser } from '../support/people.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startApp({ ALLOWED_ORIGINS: 'https://app.example.com', BODY_BYTES: '20000' });
});

interface Sent {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly path?: string;
}

async function send({ method = 'POST', headers = {}, body, path = '' }: Sent) {
  const json = { 'content-type': 'application/json' };
  const response = await fetch(app.url + path, {
    method,
    headers: { ...(method === 'POST' ? json : {}), ...headers },
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  const parsed = text.startsWith('{') ? JSON.parse(text) : null;
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: parsed,
    code: parsed?.errors?.[0]?.extensions?.code,
    field: parsed?.errors?.[0]?.extensions?.field,
  };
}

const ask = (query: string, variables?: object, headers: Readonly<Record<string, string>> = {}) =>
  send({ headers, body: JSON.stringify({ query, variables }) });
const strict = { accept: 'application/graphql-response+json' };
const hello = JSON.stringify({ query: '{ serverInfo { name } }' });

describe('what is served', () => {
  it('answers a query by POST and by GET', async () => {
    expect((await ask('{ serverInfo { name } }')).body).toEqual({ data: { serverInfo: { name: 'Parley' } } });
    expect((await send({ method: 'GET', path: `?query=${encodeURIComponent('{ serverInfo { name } }')}` })).body.data.serverInfo.name).toBe('Parley');
  });

  it('answers the same inside the process, without the port', async () => {
    const response = await app.app.fetch(
      new Request('http://anywhere/graphql', { method: 'POST', headers: { 'content-type': 'application/json' }, body: hello }),
    );
    expect(await response.json()).toEqual({ data: { serverInfo: { name: 'Parley' } } });
    const large = await app.app.fetch(
      new Request('http://anywhere/graphql', { method: 'POST', headers: { 'content-type': 'application/json' }, body: ' '.repeat(20_001) }),
    );
    expect(large.status).toBe(413);
  });

  it('says that the process lives and that it is ready, and has nothing elsewhere', async () => {
    const at = (path: string) => fetch(new URL(app.url).origin + path);
    expect((await at('/healthz')).status).toBe(200);
    expect(await (await at('/readyz')).json()).toEqual({ status: 'ready' });
    for (const path of ['/', '/graphql/', '/graphqlx', '//graphql', '/health', '/%']) expect((await at(path)).status, path).toBe(404);
  });

  it('runs no mutation by GET and no subscription at all', async () => {
    const byGet = (query: string) => send({ method: 'GET', path: `?query=${encodeURIComponent(query)}` });
    const mutation = await byGet('mutation { setTyping(conversationId: "x") }');
    expect(mutation.status).toBe(405);
    expect(mutation.code).toBe('BAD_QUERY');
    expect(mutation.headers.get('allow')).toBe('POST');
    const { code, body } = await ask('subscription { events { cursor } }');
    expect(code).toBe('BAD_QUERY');
    expect(body.errors[0].message).toContain('WebSocket');
  });

  it('has neither GraphiQL nor introspection nor hints where they are off', async () => {
    const closed = await startApp({ NODE_ENV: 'production' });
    const query = async (text: string) => {
      const response = await fetch(closed.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query: text }) });
      return await response.text();
    };
    const page = await fetch(closed.url, { headers: { accept: 'text/html' } });
    expect([page.status, page.headers.get('content-type')]).toEqual([406, 'application/json; charset=utf-8']);
    expect(await query('{ __schema { types { name } } }')).toContain('BAD_QUERY');
    expect(await query('{ serverInf }')).not.toContain('Did you mean');
    expect(await query('{ __typename serverInfo { name } }')).toContain('Parley');
  });
});

describe('what is refused', () => {
  it('takes JSON and nothing else', async () => {
    const form = 'query=mutation%7Blogout%7D';
    for (const [type, body] of [
      ['application/x-www-form-urlencoded', form],
      ['multipart/form-data; boundary=x', '--x\r\nContent-Disposition: form-data; name="operations"\r\n\r\n{"query":"{__typename}"}\r\n--x--'],
      ['application/graphql', '{ __typename }'],
      ['text/plain', hello],
      ['application/jsonp', hello],
      ['application/json; charset=utf-16', hello],
    ] as const) {
      const answer = await send({ headers: { 'content-type': type }, body });
      expect(answer.status, type).toBe(415);
      expect(answer.code).toBe('BAD_QUERY');
    }
    for (const method of ['PUT', 'DELETE', 'PATCH']) expect((await send({ method })).status).toBe(405);
    expect((await send({ headers: { accept: 'image/png' }, body: hello })).status).toBe(406);
  });

  it('takes no body that is no request, and no batch', async () => {
    const query = encodeURIComponent('{ __typename }');
    for (const path of ['', `?query=${query}&variables={`, `?query=${query}&variables=[]`, `?query=${query}&variables=%ff`, '?query=%ff']) {
      const answer = await send({ method: 'GET', headers: strict, path });
      expect([answer.status, answer.code], path).toEqual([400, 'BAD_QUERY']);
    }
    for (const body of [
      '',
      '{',
      'null',
      '1',
      '"x"',
      '[]',
      `[${hello}]`,
      '{}',
      '{"query":1}',
      '{"query":"{__typename}","variables":[]}',
      '{"query":"{__typename}","more":1}',
    ]) {
      const answer = await send({ headers: strict, body });
      expect(answer.status, body).toBe(400);
      expect(answer.code, body).toBe('BAD_QUERY');
      expect(answer.body, body).not.toHaveProperty('data');
    }
  });

  it('takes no body above the limit, said or streamed', async () => {
    const large = await send({ body: JSON.stringify({ query: `{ serverInfo { name } } #${'x'.repeat(20_000)}` }) });
    expect(large.status).toBe(413);
    expect(large.code).toBe('BAD_QUERY');
    const { port } = new URL(app.url);
    const answer = await new Promise<string>((resolve) => {
      const socket = connect(Number(port), '127.0.0.1');
      socket.write('POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n');
      const pump = setInterval(() => socket.write(`1000\r\n${'x'.repeat(4096)}\r\n`), 5);
      let text = '';
      socket.on('data', (chunk) => {
        text += String(chunk);
      });
      socket.on('error', () => {});
      socket.on('close', () => {
        clearInterval(pump);
        resolve(text);
      });
    });
    expect(answer).toMatch(/^HTTP\/1.1 413/);
  });

  it('takes no request of a page elsewhere', async () => {
    const foreign = await send({ headers: { origin: 'https://evil.example.com' }, body: hello });
    expect(foreign.status).toBe(403);
    expect(foreign.headers.get('access-control-allow-origin')).toBeNull();
    for (const origin of ['https://app.example.com', new URL(app.url).origin]) {
      const known = await send({ headers: { origin }, body: hello });
      expect(known.headers.get('access-control-allow-origin')).toBe(origin);
      expect(known.headers.get('access-control-allow-credentials')).toBeNull();
      expect(known.headers.get('vary')).toContain('Origin');
    }
    const preflight = await send({ method: 'OPTIONS', headers: { origin: 'https://app.example.com', 'access-control-request-method': 'POST' } });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-headers')).toContain('Authorization');
    expect((await send({ method: 'OPTIONS', headers: { origin: 'https://app.example.com.evil.com' } })).headers.get('access-control-allow-origin')).toBeNull();
  });
});

describe('errors', () => {
  it('names the variable that does not fit', async () => {
    const query = 'query ($uuid: UUID!) { userInfo(uuid: $uuid) { username } }';
    for (const variables of [{}, { uuid: null }, { uuid: 'x' }, { uuid: 1 }, { uuid: ['a'] }]) {
      const answer = await ask(query, variables, strict);
      expect([answer.status, answer.code, answer.field], JSON.stringify(variables)).toEqual([400, 'BAD_USER_INPUT', 'uuid']);
    }
    const nested = 'mutation ($input: RegisterInput!) { register(input: $input) { token } }';
    expect((await ask(nested, { input: { username: 'abcd', password: 1 } })).field).toBe('input.password');
    expect((await ask(nested, { input: { username: 'abcd' } })).field).toBe('input.password');
    expect((await ask(nested, { input: { username: 'abcd', password: 'secret', deviceId: 'no' } })).field).toBe('input.deviceId');
  });

  it('names the argument of a literal that does not fit', async () => {
    const answer = await ask('{ userInfo(uuid: "x") { username } }');
    expect([answer.code, answer.field]).toEqual(['BAD_USER_INPUT', 'uuid']);
  });

  it('takes no text that a database or a client cannot hold', async () => {
    const query = 'mutation ($input: RegisterInput!) { register(input: $input) { token } }';
    for (const bad of ['a\0b', '\ud800', 'x\udc00y']) {
      const answer = await ask(query, { input: { username: 'abcd', password: 'secret', nickname: bad } });
      expect([answer.code, answer.field]).toEqual(['BAD_USER_INPUT', 'input.nickname']);
    }
    const literal = await ask('mutation { register(input: { username: "abcd", password: "secret", nickname: "\\u0000" }) { token } }');
    expect([literal.code, literal.field]).toEqual(['BAD_USER_INPUT', 'input.nickname']);
    expect((await ask('mutation { register(input: { username: "abcd", password: "secret", nickname: "\\ud800" }) { token } }')).code).toBe('BAD_USER_INPUT');
    expect((await ask('{ serverInfo { name } } # \ud800')).code).toBe('BAD_USER_INPUT');
    expect((await ask('{ serverInfo { name } }', { unknown: ['a', { b: '\0' }] })).field).toBe('unknown.1.b');
  });

  it('says what is wrong in the language of the reader, with the same code', async () => {
    const chinese = await ask('{ nothing }', {}, { 'accept-language': 'zh-CN' });
    expect(chinese.code).toBe('BAD_QUERY');
    expect(chinese.body.errors[0].message).toMatch(/^查询语句不正确/);
    const answer = await ask('{ conversations { edges { cursor } } }', {}, { 'accept-language': 'fr, zh;q=0.5' });
    expect(answer.body.errors[0]).toMatchObject({ message: '您没有权限访问即时通讯接口', path: ['conversations'], extensions: { code: 'TOKEN_MISSING' } });
    expect(answer.body.data).toEqual({ conversations: null });
  });

  it('refuses the whole request with a bad token, even a public operation', async () => {
    const bad = { authorization: 'Bearer nonsense' };
    const lenient = await ask('{ serverInfo { name } }', {}, bad);
    expect([lenient.status, lenient.code]).toEqual([200, 'TOKEN_INVALID']);
    const refused = await ask('{ serverInfo { name } }', {}, { ...bad, ...strict });
    expect([refused.status, refused.code]).toEqual([401, 'TOKEN_INVALID']);
    expect(refused.body).not.toHaveProperty('data');
    for (const authorization of ['Basic abc', 'Bearer', 'nonsense', 'Bearer a b'])
      expect((await ask('{ serverInfo { name } }', {}, { authorization })).code, authorization).toBe('TOKEN_INVALID');
  });

  it('ignores the token where a document only makes sessions', async () => {
    const bad = { authorization: 'Bearer nonsense' };
    const login = 'mutation { login(input: { username: "nobody", password: "nothing" }) { token } }';
    expect((await ask(login, {}, bad)).code).toBe('INVALID_CREDENTIALS');
    expect((await ask(`query Q { serverInfo { name } } ${login.replace('mutation', 'mutation M')}`, {}, bad)).code).toBe('BAD_QUERY');
    expect((await ask('mutation { login(input: { username: "nobody", password: "nothing" }) { token } logout }', {}, bad)).code).toBe('TOKEN_INVALID');
    const person = await registerUser(app);
    const again = `mutation { a: login(input: { username: "${person.username}", password: "${person.password}" }) { ...P } } fragment P on AuthPayload { token }`;
    expect((await ask(again, {}, bad)).body.data.a.token).toBeTypeOf('string');
  });

  it('gives the cursor of the moment before everything else', async () => {
    const person = await registerUser(app);
    await openChatset(person);
    const answer = await ask('{ a: viewer { cursor } viewer { cursor user { username } } }', {}, { authorization: `Bearer ${person.token}` });
    expect(answer.body.data.a.cursor).toBe(answer.body.data.viewer.cursor);
    expect(answer.body.data.viewer.user.username).toBe(person.username);
  });
});
