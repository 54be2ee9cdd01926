import { connect } from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.ts';
import { registerUser } from '../support/people.ts';

let app: TestApp;
let person: Awaited<ReturnType<typeof registerUser>>;
beforeAll(async () => {
  app = await startApp({ ALLOWED_ORIGINS: 'https://app.example.com' });
  person = await registerUser(app);
});

interface Asked {
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

async function answerTo({ body, headers }: { readonly body: string | Buffer<ArrayBuffer>; readonly headers?: Asked['headers'] }, accept: string) {
  const response = await fetch(app.url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers, accept }, body });
  const { date: _, ...rest } = Object.fromEntries(response.headers);
  return { status: response.status, headers: rest, body: await response.text() };
}

const request = (query: string, variables?: object, more: object = {}) => JSON.stringify({ query, variables, ...more });
const userInfo = 'query Q($uuid: UUID!) { userInfo(uuid: $uuid) { id uuid username nickname avatar role profile { gender } chatset { user { sendCount } } } }';
const token = () => ({ authorization: `Bearer ${person.token}` });
const nobody = '00000000-0000-0000-0000-000000000000';

const cases: Readonly<Record<string, () => Asked>> = {
  'a query': () => ({ body: request(userInfo, { uuid: person.user.uuid }) }),
  'a query with a session': () => ({ body: request('{ viewer { user { username } } userInfo(uuid: null) { id } }'), headers: token() }),
  'a query that finds nothing': () => ({ body: request(userInfo, { uuid: nobody }) }),
  'text beyond ASCII': () => ({
    body: request('query ($k: String!) { searchUsers(keyword: $k, first: 1) { edges { cursor } } }', { k: '张伟 👋 \u2028' }),
    headers: token(),
  }),
  'one operation of two': () => ({ body: request('query A { __typename } query B { serverInfo { name } }', {}, { operationName: 'B' }) }),
  'no operation of two': () => ({ body: request('query A { __typename } query B { __typename }') }),
  'an operation that is not there': () => ({ body: request('query A { __typename }', {}, { operationName: 'C' }) }),
  'null for everything optional': () => ({ body: '{"query":"{ __typename }","variables":null,"operationName":null,"extensions":null}' }),
  'extensions that mean nothing here': () => ({ body: request('{ __typename }', {}, { extensions: { a: [1, null] } }) }),
  'a syntax error': () => ({ body: request('{ serverInfo {') }),
  'a document that does not validate': () => ({ body: request('{ nothing neither { at } all }') }),
  'an empty document': () => ({ body: request('') }),
  'in Chinese': () => ({ body: request('{ nothing }'), headers: { 'accept-language': 'zh-CN' } }),
  'a variable that does not fit': () => ({ body: request(userInfo, { uuid: 'no' }) }),
  'variables that are not clean': () => ({ body: request('{ __typename }', { a: '\0' }) }),
  'an error beside data': () => ({ body: request('{ serverInfo { name } a: conversations { edges { cursor } } }') }),
  'an error that leaves no data': () => ({ body: request('{ viewer { cursor } }') }),
  'a mutation that is refused': () => ({ body: request('mutation { login(input: { username: "nobody", password: "nothing" }) { token } }') }),
  'a mutation that does nothing': () => ({ body: request('mutation { updateProfile(input: {}) { nickname } }'), headers: token() }),
  'a subscription': () => ({ body: request('subscription { events { cursor } }') }),
  'a token that is not valid': () => ({ body: request('{ serverInfo { name } }'), headers: { authorization: 'Bearer nonsense' } }),
  'an unknown hash': () => ({ body: JSON.stringify({ extensions: { persistedQuery: { version: 1, sha256Hash: 'x' } } }) }),
  'the origin of a page': () => ({ body: request('{ __typename }'), headers: { origin: 'https://app.example.com' } }),
  'a byte order mark': () => ({ body: `\ufeff${request('{ __typename }')}` }),
  'no JSON': () => ({ body: '{"query":' }),
  'a list': () => ({ body: `[${request('{ __typename }')}]` }),
  'a field too many': () => ({ body: request('{ __typename }', {}, { more: 1 }) }),
  'a field too many that is null': () => ({ body: request('{ __typename }', {}, { more: null }) }),
  'no text': () => ({ body: '{"variables":{}}' }),
  'a text that is none': () => ({ body: '{"query":1}' }),
  'a list of variables': () => ({ body: '{"query":"{ __typename }","variables":[]}' }),
  'variables that are text': () => ({ body: '{"query":"{ __typename }","variables":"{}"}' }),
  'extensions that are a list': () => ({ body: '{"query":"{ __typename }","extensions":[]}' }),
  'a name that is none': () => ({ body: '{"query":"{ __typename }","operationName":1}' }),
};

/** The same for Yoga: a field too many leaves a request to it, and while it is null Yoga gives it no meaning. What is no object goes there anyway. */
const throughYoga = ({ body, ...asked }: Asked): Asked => ({ ...asked, body: body.replace(/\}$/, ',"nothing":null}') });

describe.each(['application/json', 'application/graphql-response+json'])('what is answered the short way as %s', (type) => {
  it.each(Object.entries(cases))('is what Yoga answers: %s', async (_name, make) => {
    const asked = make();
    const short = await answerTo(asked, type);
    expect(short).toEqual(await answerTo(throughYoga(asked), type));
    expect(short.headers['content-type']).toBe(`${type}; charset=utf-8`);
  });
});

const ways = { 'the short way': (asked: Asked) => asked, 'through Yoga': throughYoga };
const [plain, strict] = ['application/json', 'application/graphql-response+json'];

describe.each(Object.entries(ways))('%s', (_name, by) => {
  it.each([
    ['application/json, application/graphql-response+json', plain],
    ['application/graphql-response+json, application/json;q=0.9', strict],
    ['application/json;q=0.9, application/graphql-response+json', strict],
    ['application/json; charset=utf-8', plain],
    ['text/html, application/graphql-response+json', strict],
    ['*/*', plain],
    ['application/*;q=0.5', plain],
  ])('answers %s with %s', async (accept, type) => {
    const { headers, body } = await answerTo(by({ body: request('{ __typename }') }), accept);
    expect([headers['content-type'], body]).toEqual([`${type}; charset=utf-8`, '{"data":{"__typename":"Query"}}']);
  });

  it('refuses bytes that are not UTF-8', async () => {
    const { body } = by({ body: request('{ __typename } # caf\xe9') });
    const refused = await answerTo({ body: Buffer.from(body, 'latin1') }, plain);
    expect([refused.status, JSON.parse(refused.body).errors[0]]).toEqual([400, { message: 'The body is not UTF-8', extensions: { code: 'BAD_QUERY' } }]);
  });
});

it('lets a client go away with its request half sent, and serves on', async () => {
  const gone = new Promise<void>((resolve) => {
    const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
    socket.on('close', () => resolve());
    socket.write('POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"query":', () => socket.destroy());
  });
  await gone;
  expect((await answerTo({ body: request('{ __typename }') }, '*/*')).status).toBe(200);
  expect(app.logs().filter((line) => line.includes('"level":50'))).toEqual([]);
});
