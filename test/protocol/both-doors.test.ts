import { createHash } from 'node:crypto';
import { beforeAll, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.ts';
import { adminEnv, type Person, registerUser, registerVisitor } from '../support/people.ts';
import { openRawSocket } from '../support/raw-socket.ts';

let app: TestApp;
let user: Person;
let visitor: Person;
beforeAll(async () => {
  app = await startApp(adminEnv);
  user = await registerUser(app);
  visitor = await registerVisitor(app);
});

type Ask = (payload: object, locale: string, person: Person) => Promise<unknown>;

const post =
  (accept: string): Ask =>
  async (payload, locale, { token }) => {
    const headers = { 'content-type': 'application/json', accept, authorization: `Bearer ${token}`, 'accept-language': locale };
    return (await fetch(app.url, { method: 'POST', headers, body: JSON.stringify(payload) })).json();
  };

const overSocket: Ask = async (payload, locale, { token }) => {
  const socket = await openRawSocket(app.socketUrl);
  await socket.init({ token, locale });
  socket.send({ type: 'subscribe', id: '1', payload });
  const { type, payload: answer } = await socket.next('an answer');
  socket.close();
  return type === 'error' ? { errors: answer } : answer;
};

/** What each run makes anew. */
const comparable = (answer: unknown) => JSON.parse(JSON.stringify(answer).replace(/"(errorId|requestId)":"[^"]+"/g, '"$1":"…"'));

const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');
const userInfo = 'query Q($uuid: UUID!) { userInfo(uuid: $uuid) { uuid username } }';
const nested = (depth: number) => `{ ${'conversations { edges { node { '.repeat(depth)}id${' } } }'.repeat(depth)} }`;

const cases: Readonly<Record<string, () => object>> = {
  'a query': () => ({ query: '{ viewer { user { uuid } } serverInfo { name } }' }),
  'a query with variables': () => ({ query: userInfo, variables: { uuid: user.user.uuid } }),
  'null for everything optional': () => ({ query: '{ __typename }', variables: null, operationName: null, extensions: null }),
  'an empty name': () => ({ query: '{ __typename }', operationName: '' }),
  'one of two operations': () => ({ query: 'query A { __typename } query B { serverInfo { name } }', operationName: 'B' }),
  'none of two operations': () => ({ query: 'query A { __typename } query B { __typename }' }),
  'none of two operations, with an empty name': () => ({ query: 'query A { __typename } query B { __typename }', operationName: '' }),
  'an operation that is not there': () => ({ query: 'query A { __typename }', operationName: 'C' }),
  'a document that does not parse': () => ({ query: '{ serverInfo {' }),
  'an empty document': () => ({ query: '' }),
  'no operation at all': () => ({ query: 'fragment F on Query { __typename }' }),
  'a document that is not valid': () => ({ query: '{ nothing neither { at } all }' }),
  'a long name that is not there': () => ({ query: `{ ${'x'.repeat(5000)} }` }),
  'a lone surrogate': () => ({ query: '{ __typename } # \ud800' }),
  'too many tokens': () => ({ query: `{ ${'a '.repeat(5000)} }` }),
  'a selection that is too deep': () => ({ query: nested(8) }),
  'brackets that nest too deep': () => ({ query: `{ ${'a{'.repeat(500)}` }),
  'one field under too many names': () => ({ query: `{ ${Array.from({ length: 30 }, (_, index) => `a${index}: serverInfo { name }`).join(' ')} }` }),
  'what costs too much': () => ({
    query:
      '{ conversations(first: 100) { edges { node { messages(last: 100) { edges { node { conversation { messages(last: 100) { edges { node { id } } } } } } } } } } }',
  }),
  'a variable that does not fit': () => ({ query: userInfo, variables: { uuid: 'no' } }),
  'a variable that is missing': () => ({ query: userInfo }),
  'a variable that nobody wants': () => ({ query: '{ __typename }', variables: { a: 1 } }),
  'a variable that is not clean': () => ({ query: userInfo, variables: { uuid: '\0' } }),
  'a literal that does not fit': () => ({ query: '{ userInfo(uuid: "x") { username } }' }),
  'an id that was never given': () => ({ query: '{ node(id: "nonsense") { id } conversation(id: "x") { id } }' }),
  'a mutation that is refused': () => ({ query: 'mutation { recallMessage(id: "nonsense") { seq } }' }),
  'a mutation with an empty input': () => ({ query: 'mutation { updateProfile(input: {}) { nickname } }' }),
  'a login that fails': () => ({ query: 'mutation { login(input: { username: "nobody", password: "nothing" }) { token } }' }),
  'what only an admin may': () => ({ query: '{ users { edges { node { id } } } }' }),
  'what only users may': () => ({ query: '{ searchUsers(keyword: "nobody at all") { edges { node { id } } } }' }),
  'an error beside data': () => ({ query: '{ serverInfo { name } users { edges { node { id } } } }' }),
  'a page that is too long': () => ({ query: '{ conversations(first: 1000) { edges { node { id } } } }' }),
  'a negative page': () => ({ query: '{ conversations(first: -1) { edges { node { id } } } }' }),
  'a cursor that is none': () => ({ query: '{ conversations(after: "x") { edges { node { id } } } }' }),
  'an unknown hash': () => ({ query: '', extensions: { persistedQuery: { version: 1, sha256Hash: 'x' } } }),
  'the hash of another text': () => ({ query: '{ __typename }', extensions: { persistedQuery: { version: 1, sha256Hash: 'x' } } }),
  'a hash of another version': () => ({ query: '{ __typename }', extensions: { persistedQuery: { version: 2, sha256Hash: 'x' } } }),
  'a text with its hash': () => ({
    query: '{ serverInfo { name } }',
    extensions: { persistedQuery: { version: 1, sha256Hash: hashOf('{ serverInfo { name } }') } },
  }),
  introspection: () => ({ query: '{ __schema { queryType { name } } __type(name: "User") { kind } }' }),
};

// Whatever is behind the doors: the answer has to be the same, in every language and for everybody.
it.each(Object.entries(cases))('the same answer through both doors: %s', async (_what, make) => {
  for (const [who, locale] of [
    [user, 'en'],
    [visitor, 'zh'],
  ] as const) {
    const payload = make();
    const [plainly, byYoga, socket] = [post('application/json'), post('application/json; charset=utf-8'), overSocket];
    const answer = comparable(await plainly(payload, locale, who));
    expect(comparable(await byYoga(payload, locale, who))).toEqual(answer);
    expect(comparable(await socket(payload, locale, who))).toEqual(answer);
    expect(JSON.stringify(answer)).not.toContain('INTERNAL');
  }
});
