import { parse, specifiedRules, validate, validateExecutionArgs } from 'graphql';
import { beforeAll, describe, expect, it } from 'vitest';
import { schema } from '../../src/schema.ts';
import { costOf } from '../../src/server/engine/cost.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { present } from '../support/client.ts';
import { codeOf, type Outcome, overHttp, overSocket } from '../support/doors.ts';
import { adminEnv, loginAdmin, type Person, registerAgent, registerUser, registerVisitor } from '../support/people.ts';
import { openRawSocket } from '../support/raw-socket.ts';

let app: TestApp;
const people = new Map<string, Person>();

beforeAll(async () => {
  app = await startApp(adminEnv);
  const admin = await loginAdmin(app);
  people
    .set('admin', admin)
    .set('agent', await registerAgent(admin))
    .set('user', await registerUser(app))
    .set('visitor', await registerVisitor(app));
});

const personOf = (who: string) => present(people.get(who), who);

/** A document that costs exactly so much, for somebody in no conversation. */
function documentOf(cost: number): string {
  const pages = [
    { each: 403, inner: 'messages(last: 100) { edges { node { seq rev clientId } } }' },
    { each: 23, inner: 'messages(last: 10) { edges { node { seq } } }' },
    { each: 1, inner: '__typename' },
  ];
  const parts: string[] = [];
  let rest = cost;
  for (const { each, inner } of pages) {
    // A page costs 2 beside its items, and the last one costs 3 to 102.
    while (rest > 102 && rest - 3 >= 3 + each) {
      const first = Math.min(100, Math.floor((rest - 3 - 2) / each));
      parts.push(`a${parts.length}: conversations(first: ${first}) { edges { node { ${inner} } } }`);
      rest -= 2 + first * each;
    }
  }
  return `{ ${parts.join(' ')} last: conversations(first: ${rest - 2}) { edges { cursor } } }`;
}

const tooDear = ({ errors }: Outcome) => errors?.find(({ extensions }) => extensions?.code === 'BAD_QUERY')?.extensions;

const limits = [
  { who: 'nobody', limit: 1000 },
  { who: 'visitor', limit: 25_000 },
  { who: 'user', limit: 50_000 },
  { who: 'agent', limit: 100_000 },
  { who: 'admin', limit: 100_000 },
];

describe('what an operation may cost', () => {
  it.each(limits)('is $limit for a caller who is $who, over HTTP', async ({ who, limit }) => {
    const ask = overHttp(app, people.get(who)?.token);
    expect(tooDear(await ask(documentOf(limit)))).toBeUndefined();
    expect(tooDear(await ask(documentOf(limit + 1)))).toEqual({ code: 'BAD_QUERY', cost: limit + 1, limit });
  });

  it.each(limits.slice(1))('is $limit for a caller who is $who, over the socket', async ({ who, limit }) => {
    const ask = await overSocket(app, personOf(who).token);
    expect(tooDear(await ask(documentOf(limit)))).toBeUndefined();
    expect(tooDear(await ask(documentOf(limit + 1)))).toEqual({ code: 'BAD_QUERY', cost: limit + 1, limit });
  });

  it('counts what is asked beside a way in as that of nobody', async () => {
    const { token } = personOf('admin');
    const friends = 'relationship { conversation { pinnedMessages { id seq rev reactions { emoji } } } }';
    const answer = await overHttp(app, token)(`mutation { login(input: { username: "nobody", password: "nothing" }) { token user { ${friends} } } }`);
    expect(tooDear(answer)).toMatchObject({ limit: 1000 });
  });

  it('is told in both languages', async () => {
    const answer = await fetch(app.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'accept-language': 'zh' },
      body: JSON.stringify({ query: documentOf(1001) }),
    });
    expect(JSON.stringify(await answer.json())).toContain('查询的开销为 1001，不能超过 1000');
  });

  it('is judged by the variables that came, whichever document was known before', async () => {
    const ask = overHttp(app, personOf('visitor').token);
    const text = 'query ($a: Int, $b: Int = 100) { conversations(first: $a) { edges { node { messages(last: $b) { edges { node { id seq } } } } } } }';
    const costs = async (variables: object) => tooDear(await ask(text, JSON.stringify(variables)))?.cost;
    expect(await costs({ a: 100 })).toBe(2 + 100 * (3 + 300));
    expect(await costs({ a: 100, b: 50 })).toBeUndefined();
    expect(await costs({ a: 100, b: 99 })).toBe(2 + 100 * (3 + 297));
    expect(await costs({ a: 100 })).toBe(2 + 100 * (3 + 300));
    // A page of 20, and one that is refused for its size counts as the largest.
    expect(await costs({})).toBeUndefined();
    expect(await costs({ a: 2_000_000_000 })).toBe(2 + 100 * (3 + 300));
    expect(await costs({ a: 100, b: null })).toBeUndefined();
  });

  it('is that of the operation that is named', async () => {
    const ask = overHttp(app);
    const text = `query Small { serverInfo { name } } query Large ${documentOf(1001)}`;
    expect((await ask(text, '{}', 'Small')).errors).toBeUndefined();
    expect(tooDear(await ask(text, '{}', 'Large'))).toMatchObject({ cost: 1001 });
  });

  it('refuses pages in pages in pages before anything is read', async () => {
    const inner = 'messages(last: 100) { edges { node { conversation {';
    const text = `{ conversations(first: 1) { edges { node { ${inner.repeat(3)} id ${'} } } }'.repeat(3)} } } } }`;
    for (const ask of [overHttp(app), overHttp(app, personOf('admin').token), await overSocket(app, personOf('user').token)]) {
      const began = performance.now();
      expect(codeOf(await ask(text))).toBe('BAD_QUERY');
      expect(performance.now() - began).toBeLessThan(1000);
    }
  });
});

/** What is told of each way to write something. */
const priced: readonly (readonly [what: string, text: string, cost: number, variables?: Readonly<Record<string, unknown>>])[] = [
  ['a field', '{ viewer { id } }', 2],
  ['__typename', '{ __typename viewer { __typename id } }', 2],
  ['a field that stands twice', '{ viewer { id id } viewer { id } }', 5],
  ['an alias', '{ viewer { a: id b: id } }', 3],
  ['a fragment at each spread', '{ viewer { ...F user { id } ... { ...F } } } fragment F on Viewer { id cursor }', 7],
  ['what is left out', 'query ($no: Boolean = false) { viewer @include(if: $no) { id @skip(if: true) } }', 2],
  ['a page of 20', '{ conversations { edges { node { id } } } }', 2 + 20 * 2],
  ['what stands beside its edges', '{ conversations(first: 50) { edges { cursor } pageInfo { endCursor hasNextPage } } }', 2 + 50 + 3],
  ['edges in a fragment', '{ conversations(first: 50) { ...F } } fragment F on ConversationConnection { edges { cursor } pageInfo { endCursor } }', 2 + 50 + 2],
  ['edges twice', '{ conversations(first: 50) { edges { cursor } a: edges { cursor } } }', 3 + 100],
  ['a page of null', '{ conversations(first: null) { edges { cursor } } }', 2 + 20],
  ['a page of less than nothing', '{ conversations(first: -5) { edges { cursor } } }', 2 + 1],
  ['a page of too much', '{ conversations(first: 1000) { edges { cursor } } }', 2 + 100],
  ['a page of both ends', '{ conversation(id: "x") { messages(first: 5, last: 50) { edges { cursor } } } }', 3 + 50],
  ['a page by a variable', 'query ($n: Int) { conversations(first: $n) { edges { cursor } } }', 2 + 70, { n: 70 }],
  ['a page by a default', 'query ($n: Int = 60) { conversations(first: $n) { edges { cursor } } }', 2 + 60],
  ['a page by a variable that is absent', 'query ($n: Int) { conversations(first: $n) { edges { cursor } } }', 2 + 20],
  ['a page by a variable of null', 'query ($n: Int = 60) { conversations(first: $n) { edges { cursor } } }', 2 + 20, { n: null }],
  ['a list with a bound', '{ conversation(id: "x") { pinnedMessages { id } } }', 2 + 50],
  ['a list of scalars', '{ serverInfo { features } }', 2],
  ['sessions', '{ viewer { sessions { id } } }', 2 + 50],
  ['mentions and reactions', '{ node(id: "x") { ... on Message { mentions { id } reactions { emoji users(first: 7) { id } } } } }', 3 + 50 + 20 * (2 + 7)],
  ['the dearest of several types', '{ node(id: "x") { id ... on User { uuid username } ... on Message { id seq rev } ... on Group { name } } }', 1 + 1 + 3],
  ['several fragments on one type', '{ node(id: "x") { ... on User { uuid } ... on User { username } ...F } } fragment F on User { id }', 1 + 3],
  ['a fragment on an interface', '{ node(id: "x") { ... on Node { id ... on User { uuid } ... on Group { name } } } }', 1 + 2],
  [
    'an interface in an interface',
    '{ node(id: "x") { ... on Message { content { text ... on NoticeContent { code } ... on TextContent { text } } } } }',
    1 + 1 + 2,
  ],
  ['what is about the schema', '{ __schema { types { name } } __type(name: "User") { name } }', 0],
  ['a mutation', 'mutation { a: markRead(conversationId: "x", seq: 1) { id } b: markRead(conversationId: "x", seq: 1) { id } }', 4],
  [
    'an event',
    'subscription { events { cursor ... on MessageSent { message { id seq } } ... on MembersChanged { members { role } removedIds } } }',
    2 + 1 + 1 + 101,
  ],
];

describe('the cost', () => {
  const costFor = (text: string, variableValues?: Readonly<Record<string, unknown>>) => {
    const document = parse(text);
    expect(validate(schema, document, specifiedRules)).toEqual([]);
    const args = validateExecutionArgs({ schema, document, variableValues });
    if (!('operation' in args)) throw new Error(`not fit: ${args[0]?.message}`);
    return costOf(args);
  };

  it.each(priced.map(([what, text, cost, variables]) => ({ what, text, cost, variables })))('counts $what', ({ text, cost, variables }) => {
    expect(costFor(text, variables)).toBe(cost);
  });

  it('is found in the time of the length of a document, whatever its fragments spread', () => {
    const page = (index: number) =>
      `fragment F${index} on Message { conversation { ...G${index} ...G${index} peer { id } } } fragment G${index} on Conversation { lastMessage { ...F${index + 1} ...F${index + 1} } pinnedMessages { ...F${index + 1} } }`;
    const text = `{ conversation(id: "x") { lastMessage { ...F0 } } } ${Array.from({ length: 49 }, (_, index) => page(index)).join(' ')} fragment F49 on Message { id }`;
    const document = parse(text);
    const args = validateExecutionArgs({ schema, document });
    if (!('operation' in args)) throw new Error('not fit');
    const began = performance.now();
    expect(costOf(args)).toBe(Number.MAX_SAFE_INTEGER);
    expect(performance.now() - began).toBeLessThan(100);
  });
});

describe('what a subscription may cost', () => {
  /** One event of it costs exactly so much. */
  const eventsOf = (cost: number) => {
    const lists = [
      { each: 2051, inner: 'reactions { users(first: 1) { id } }' },
      { each: 251, inner: 'id seq rev clientId createdAt' },
      { each: 51, inner: 'id' },
    ];
    const parts: string[] = [];
    let rest = cost - 2;
    for (const { each, inner } of lists) for (; rest >= each; rest -= each) parts.push(`a${parts.length}: pinnedMessages { ${inner} }`);
    const leaves = ['id', 'kind', 'title', 'rev', 'lastSeq', 'readSeq'];
    for (; rest > 0; rest -= 1) parts.push(`a${parts.length}: ${leaves[rest % leaves.length]}`);
    return `subscription { events { ... on ConversationChanged { conversation { ${parts.join(' ')} } } ... on CaughtUp { at } } }`;
  };

  const openFor = async (who: string) => {
    const socket = await openRawSocket(app.socketUrl);
    await socket.init({ token: personOf(who).token });
    return {
      async subscribe(id: string, query: string) {
        socket.send({ type: 'subscribe', id, payload: { query } });
        const { type, payload } = await socket.next(`the first frame of ${id}`);
        return type === 'error' ? tooDear({ errors: payload as Outcome['errors'] & {} }) : type;
      },
      ended: (id: string) => socket.until('complete', id),
      async complete(id: string) {
        socket.send({ type: 'complete', id });
        // What is asked afterwards is answered afterwards.
        socket.send({ type: 'subscribe', id: `after ${id}`, payload: { query: '{ __typename }' } });
        await socket.until('complete', `after ${id}`);
      },
    };
  };

  it.each(['visitor', 'admin'])('is 5,000 for an event of a %s', async (who) => {
    const socket = await openFor(who);
    expect(await socket.subscribe('a', eventsOf(5000))).toBe('next');
    expect(await socket.subscribe('b', eventsOf(5001))).toEqual({ code: 'BAD_QUERY', cost: 5001, limit: 5000 });
  });

  it('is 10,000 for all that are open on a socket', async () => {
    const socket = await openFor('user');
    expect(await socket.subscribe('a', eventsOf(5000))).toBe('next');
    expect(await socket.subscribe('b', eventsOf(4000))).toBe('next');
    expect(await socket.subscribe('c', eventsOf(1001))).toEqual({ code: 'BAD_QUERY', cost: 10_001, limit: 10_000 });
    expect(await socket.subscribe('d', eventsOf(1000))).toBe('next');
    expect(await socket.subscribe('e', eventsOf(3))).toEqual({ code: 'BAD_QUERY', cost: 10_003, limit: 10_000 });
    // Another socket of the same person has its own.
    expect(await (await openFor('user')).subscribe('a', eventsOf(5000))).toBe('next');
    await socket.complete('b');
    expect(await socket.subscribe('f', eventsOf(4001))).toEqual({ code: 'BAD_QUERY', cost: 10_001, limit: 10_000 });
    expect(await socket.subscribe('g', eventsOf(4000))).toBe('next');
    // What was refused, or never began, holds no place.
    await socket.complete('a');
    expect(await socket.subscribe('h', 'subscription { messages(conversationId: "x") { id } }')).toBe('next');
    await socket.ended('h');
    expect(await socket.subscribe('i', eventsOf(5000))).toBe('next');
  });
});
