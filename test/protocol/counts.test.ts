import { getIntrospectionQuery, getNamedType } from 'graphql';
import { beforeAll, describe, expect, it } from 'vitest';
import { schema } from '../../src/schema.ts';
import { startApp } from '../support/app.ts';
import { type Ask, codeOf, type Outcome, overHttp, overSocket } from '../support/doors.ts';
import { everythingOf } from '../support/everything.ts';
import { registerUser } from '../support/people.ts';

let url: string;
let http: Ask;
let socket: Ask;
const doors: { name: string; ask: Ask }[] = [
  { name: 'HTTP', ask: (...asked) => http(...asked) },
  { name: 'the socket', ask: (...asked) => socket(...asked) },
];

beforeAll(async () => {
  const app = await startApp();
  url = app.url;
  const { token } = await registerUser(app);
  http = overHttp(app, token);
  socket = await overSocket(app, token);
});

const times = (count: number, make: (index: number) => string) => Array.from({ length: count }, (_, index) => make(index)).join(' ');
const user = (selection: string) => `{ viewer { user { ${selection} } } }`;
const nested = (head: string, inner: string, count: number, tail: string) => `${head} ${inner.repeat(count)} ${tail} ${'}'.repeat(count)} }`;
const introspect = (count: number) => `{ __schema { ${nested('types {', 'ofType {', count - 3, 'name')} } }`;
const door = (name: string, alias: string) => `${alias}: ${name === 'refreshSession' ? 'refreshSession(refreshToken: "x")' : `${name}(input: {})`} { token }`;

/** A document that takes exactly so many comparisons, nearly all of them between what stands in different selections. */
function overlapping(count: number): string {
  const pairs = (things: number) => (things * (things + 1)) / 2;
  const [viewers, each] = [6, 15];
  const users = viewers * each;
  // The selections that are looked at, the fields of each name, and in each of the last selections a name of its own.
  let rest = count - (1 + pairs(viewers) + viewers + pairs(users) + users + users);
  const own = Array.from({ length: users }, (_, index) => `t${index}: __typename`);
  for (let name = 0; rest > 0; name += 1) {
    let times = 0;
    while (pairs(times + 1) <= rest) times += 1;
    for (let index = 0; index < times; index += 1) own[index] += ` n${name}: ${['id', 'uuid', 'username', 'nickname'][name % 4]}`;
    rest -= pairs(times);
  }
  return `{ ${times(
    viewers,
    (index) =>
      `viewer { ${own
        .slice(index * each, (index + 1) * each)
        .map((names) => `user { ${names} }`)
        .join(' ')} }`,
  )} }`;
}

/** Each is taken at its limit and refused one past it, in these words. The documents need not be good otherwise. */
const limits: readonly { readonly what: string; readonly make: (count: number) => string; readonly most: number; readonly words: RegExp }[] = [
  { what: 'characters', make: (count) => '{ __typename } #'.padEnd(count, '\n#消'), most: 65_536, words: /at most 65536 characters/ },
  {
    what: 'tokens',
    make: (count) => `mutation { inviteToGroup(conversationId: "x", userIds: [${'"a" '.repeat(count - 16)}]) { id } }`,
    most: 2000,
    words: /at most 2000 tokens/,
  },
  { what: 'nested fields', make: (count) => nested('{ viewer {', 'user {', count - 2, 'id } '), most: 15, words: /nest at most 15 deep/ },
  {
    what: 'nested fields through fragments',
    make: (count) =>
      `{ ...F0 } ${times(count - 1, (index) => `fragment F${index} on Query { user { ...F${index + 1} } }`)} fragment F${count - 1} on Query { id }`,
    most: 15,
    words: /nest at most 15 deep/,
  },
  { what: 'root fields', make: (count) => `{ ${times(count, (index) => `a${index}: serverInfo { name }`)} }`, most: 10, words: /at most 10 root fields/ },
  {
    what: 'root fields through fragments',
    make: (count) => `{ ...A ${times(count - 5, (index) => `a${index}: serverInfo { name }`)} } fragment A on Query { ... { ${times(5, () => 'x')} } }`,
    most: 10,
    words: /at most 10 root fields/,
  },
  { what: 'fields of one name', make: (count) => user(times(count, (index) => `a${index}: id`)), most: 15, words: /A field may stand at most 15 times/ },
  {
    what: 'fields of one response name',
    make: (count) => user(times(count, (index) => `id: f${index}`)),
    most: 15,
    words: /A response name may stand at most 15 times/,
  },
  {
    what: 'fields of one name through one fragment',
    make: (count) => `${user(times(count, () => '...F'))} fragment F on User { ... { id } }`,
    most: 15,
    words: /stand at most 15 times/,
  },
  {
    what: 'fields of one name in fragments on one type and on all',
    make: (count) => `{ node(id: "x") { id ... on Node { id } ${times(count - 2, () => '... on User { id }')} } }`,
    most: 15,
    words: /stand at most 15 times/,
  },
  { what: 'directives at a field', make: (count) => `{ viewer { id ${'@include(if: true)'.repeat(count)} } }`, most: 8, words: /At most 8 directives/ },
  { what: 'directives at a fragment', make: (count) => `{ ...F } fragment F on Query ${'@a'.repeat(count)} { a }`, most: 8, words: /At most 8 directives/ },
  { what: 'directives at a spread', make: (count) => `{ ... ${'@a'.repeat(count)} { a } }`, most: 8, words: /At most 8 directives/ },
  { what: 'directives at an operation', make: (count) => `query ${'@a'.repeat(count)} { a }`, most: 8, words: /At most 8 directives/ },
  { what: 'directives at a variable', make: (count) => `query ($a: Int ${'@a'.repeat(count)}) { a }`, most: 8, words: /At most 8 directives/ },
  { what: 'comparisons', make: overlapping, most: 5000, words: /at the same places of the answer/ },
  {
    what: 'comparisons in a fragment that nothing spreads',
    make: (count) => `{ viewer { id } } fragment F on Query ${overlapping(count - 4)}`,
    most: 5000,
    words: /at the same places of the answer/,
  },
  { what: 'fragments', make: (count) => `{ a } ${times(count, (index) => `fragment F${index} on Query { a }`)}`, most: 100, words: /at most 100 fragments/ },
  { what: 'variables', make: (count) => `query (${times(count, (index) => `$a${index}: Int`)}) { a }`, most: 100, words: /at most 100 variables/ },
  { what: 'nested fields of the schema', make: introspect, most: 20, words: /nest at most 20 deep/ },
  { what: '__schema', make: (count) => `{ ${times(count, (index) => `a${index}: __schema { __typename }`)} }`, most: 1, words: /__schema once/ },
  { what: '__type', make: (count) => `{ ${times(count, (index) => `a${index}: __type(name: "User") { name }`)} }`, most: 10, words: /__type at most 10 times/ },
  {
    what: 'a field of the schema',
    make: (count) =>
      `{ __schema { ...F ...F types { name ${count > 1 ? '...G' : ''} } } } fragment F on __Schema { __typename } fragment G on __Type { a: name }`,
    most: 1,
    words: /only once in a selection/,
  },
  {
    what: 'entries',
    make: (count) => `mutation { ...A ${door('login', 'b').repeat(count - 1)} } fragment A on Mutation { ${door('login', 'a')} }`,
    most: 1,
    words: /only one of login/,
  },
];

const told = ({ errors }: Outcome) => (errors ?? []).map(({ message }) => message).join('; ');

describe.each(doors)('over $name', ({ ask }) => {
  it.each(limits)('takes $most $what and no more', async ({ make, most, words }) => {
    expect(told(await ask(make(most)))).not.toMatch(words);
    const past = await ask(make(most + 1));
    expect([codeOf(past), told(past)]).toEqual(['BAD_QUERY', expect.stringMatching(words)]);
  });

  it('lets somebody in only once in a document, by whichever ways', async () => {
    const ways = ['login', 'register', 'registerVisitor', 'identify', 'refreshSession'];
    for (const one of ways)
      for (const other of ways) expect(told(await ask(`mutation { ${door(one, 'a')} ${door(other, 'b')} }`)), `${one}, ${other}`).toMatch(/only one of login/);
    expect(told(await ask(`mutation A { ${door('login', 'a')} } mutation B { ${door('login', 'a')} }`, '{}', 'A'))).toMatch(/only one of login/);
    expect(told(await ask('mutation { changePassword(oldPassword: "a", newPassword: "b") identify }'))).toMatch(/only one of login/);
  });

  it('counts the fields of an event that cannot come together each by itself', async () => {
    const kinds = ['MessageSent', 'MessageChanged', 'MembersChanged', 'ConversationChanged', 'ConversationGone', 'UserChanged', 'ViewerChanged', 'CaughtUp'];
    const each = (kind: string) => `... on ${kind} { __typename cursor at }`;
    const text = `query { node(id: "x") { ${kinds.map(each).join(' ')} ${kinds.map(each).join(' ')} ${kinds.map(each).join(' ')} } }`;
    expect(told(await ask(text))).not.toMatch(/at most/);
  });

  it('takes no time for what stands at the same places, through whatever it comes there', async () => {
    const many = `{ ${times(8, () => `viewer { ${times(15, () => `user { ${times(13, () => 'id')} }`)} }`)} }`;
    const spreads = `{ ${times(8, () => `viewer { ${times(12, () => `user { ${times(8, (index) => `...F${index}`)} }`)} }`)} } ${times(8, (index) => `fragment F${index} on User { a${index}: id }`)}`;
    const doubling = `{ viewer { ...F0 } } ${times(13, (index) => `fragment F${index} on Viewer { a: user { ...F${index + 1} } b: user { ...F${index + 1} } }`)} fragment F13 on Viewer { ${'... { '.repeat(80)} id ${'}'.repeat(80)} }`;
    const lists = `{ ${times(9, () => `a: node(id: [${'"a" '.repeat(205)}]) { id }`)} }`;
    for (const text of [many, spreads, doubling, lists]) expect(told(await ask(text))).toMatch(/at the same places/);
  });

  it('takes a page that shows everything of an event and of what it is about', async () => {
    const events = schema.getSubscriptionType()?.getFields().events?.type;
    if (!events) throw new Error('there are no events');
    const text = `subscription { events { ${everythingOf(schema, getNamedType(events), 2)} } }`;
    expect(text.length).toBeGreaterThan(3000);
    expect(told(await ask(text))).not.toMatch(/at the same places|at most 15|tokens/);
  });

  it('answers the introspection of stock tools', async () => {
    for (const options of [{}, { directiveIsRepeatable: true, inputValueDeprecation: true, oneOf: true, schemaDescription: true, specifiedByUrl: true }]) {
      const answer = await ask(getIntrospectionQuery(options));
      expect(answer.errors).toBeUndefined();
      expect(answer.data).toHaveProperty('__schema');
    }
  });

  it('refuses lists of the schema in lists of it', async () => {
    expect(told(await ask('{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }'))).toMatch(/introspection depth/i);
  });

  it('measures a document of fragments that spread each other twice once for each of them', async () => {
    const doubled = times(60, (index) => `fragment F${index} on User { a${index} { ...F${index + 1} ...F${index + 1} } }`);
    const began = performance.now();
    expect(codeOf(await ask(`${user('...F0')} ${doubled} fragment F60 on User { id }`))).toBe('BAD_QUERY');
    const inline = `${'... { '.repeat(48)} id ${'}'.repeat(48)}`;
    expect(told(await ask(user(`${inline} ${inline}`)))).toBe('');
    // To follow each spread would take years.
    expect(performance.now() - began).toBeLessThan(5000);
  }, 10_000);
});

describe.each(doors)('what is told over $name', ({ ask }) => {
  it('has at most 5 errors of a document and of its variables', async () => {
    const bad = await ask(user(times(20, (index) => `field${index}`)));
    expect(bad.errors).toHaveLength(5);
    const variables = `query (${times(9, (index) => `$v${index}: Int`)}) { viewer { user { ${times(9, (index) => `a${index}: relationship { conversation { messages(first: $v${index}) { pageInfo { endCursor } } } }`)} } } }`;
    const badVariables = await ask(variables, JSON.stringify(Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`v${index}`, 'x']))));
    expect(badVariables.errors).toHaveLength(5);
    expect(codeOf(badVariables)).toBe('BAD_USER_INPUT');
  });

  it('holds no long text of the caller', async () => {
    const long = 'x'.repeat(100_000);
    const asked: readonly (readonly [query: string, variables?: string, operationName?: string])[] = [
      [`{ ${long} }`],
      [`{ viewer { ${'y'.repeat(200)} } }`],
      [`{ viewer { id } } # ${long}`, `{"${long}": "\\u0000"}`],
      [`{ viewer { "${long}" } }`],
      [`{ conversation(id: ["${long}"]) { id } }`],
      [`{ conversations(first: "${long}") { pageInfo { endCursor } } }`],
      [`query ($first: Int) { conversations(first: $first) { pageInfo { endCursor } } }`, JSON.stringify({ first: long })],
      [`query ($first: Int = "${long}") { conversations(first: $first) { pageInfo { endCursor } } }`],
      [`query ($id: UUID!) { userInfo(uuid: $id) { id } }`, JSON.stringify({ id: long })],
      [`{ userInfo(uuid: "${long}") { id } }`],
      [`mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id } }`, JSON.stringify({ input: { [long]: 1 } })],
      [`{ viewer { id } } query A { viewer { id } }`, '{}', long],
    ];
    for (const one of asked) {
      const { errors = [] } = await ask(...one);
      for (const { message, extensions } of errors) {
        expect(message.length, one[0].slice(0, 60)).toBeLessThanOrEqual(200);
        expect(JSON.stringify(extensions).length, one[0].slice(0, 60)).toBeLessThan(400);
      }
    }
  });
});

it('tells no long text of a request that is none', async () => {
  const long = 'x'.repeat(10_000);
  const json = { 'content-type': 'application/json' };
  const requests = [
    fetch(url, { method: 'POST', headers: json, body: JSON.stringify({ query: '{ __typename }', [long]: 1 }) }),
    fetch(url, { method: 'POST', headers: json, body: JSON.stringify({ query: long, variables: long }) }),
    fetch(url, { method: 'POST', headers: json, body: long }),
    fetch(url, { method: 'POST', headers: json, body: JSON.stringify({ extensions: { persistedQuery: { version: 1, sha256Hash: long } } }) }),
    fetch(`${url}?query=${long}`),
    fetch(`${url}?query={__typename}&variables=${long}`),
    fetch(`${url}?query={__typename}&operationName=${long}`),
    fetch(`${url}/${long}`),
  ];
  for (const answer of await Promise.all(requests)) expect((await answer.text()).length).toBeLessThan(500);
});
