import { getIntrospectionQuery } from 'graphql';
import { beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.ts';
import { registerUser } from '../support/people.ts';
import { openRawSocket, type RawSocket } from '../support/raw-socket.ts';

interface Outcome {
  readonly data?: unknown;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string; readonly field?: string } }[];
}

/** Variables go as JSON text, because `JSON.stringify` cannot nest as deep as a text can. */
type Ask = (query: string, variables?: string) => Promise<Outcome>;

let app: TestApp;
let socket: RawSocket;
const doors: { name: string; ask: Ask }[] = [
  { name: 'HTTP', ask: overHttp },
  { name: 'the socket', ask: overSocket },
];

beforeAll(async () => {
  app = await startApp();
  const { token } = await registerUser(app);
  socket = await openRawSocket(app.socketUrl);
  await socket.init({ token });
});

const payloadOf = (query: string, variables: string) => `{"query":${JSON.stringify(query)},"variables":${variables}}`;

async function overHttp(query: string, variables = '{}'): Promise<Outcome> {
  const response = await fetch(app.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: payloadOf(query, variables) });
  return await response.json();
}

let lastId = 0;
async function overSocket(query: string, variables = '{}'): Promise<Outcome> {
  lastId += 1;
  const id = String(lastId);
  socket.send(`{"type":"subscribe","id":"${id}","payload":${payloadOf(query, variables)}}`);
  const frame = await socket.next(`the answer to ${query.slice(0, 50)}`);
  expect(frame.id).toBe(id);
  if (frame.type === 'error') return { errors: frame.payload as Outcome['errors'] & {} };
  await socket.until('complete', id);
  return frame.payload as Outcome;
}

const nested = (levels: number) =>
  `{ __typename ${'userInfo(uuid: "00000000-0000-0000-0000-000000000000") { relationship { conversation { peer {'.repeat(levels)} __typename ${'} } } }'.repeat(levels)} }`;
const codeOf = (outcome: Outcome) => outcome.errors?.[0]?.extensions?.code;

describe.each(doors)('over $name', ({ ask }) => {
  it('refuses documents that nest too deep', async () => {
    const deep = `{ viewer { user { ${'relationship { conversation { peer { '.repeat(6)} username ${'} } }'.repeat(6)} } } }`;
    expect(codeOf(await ask(deep))).toBe('BAD_QUERY');
    expect(
      codeOf(
        await ask(
          `query { ...F } fragment F on Query { viewer { user { ${'relationship { conversation { peer { '.repeat(6)} username ${'} } }'.repeat(6)} } } }`,
        ),
      ),
    ).toBe('BAD_QUERY');
    expect((await ask('{ viewer { user { relationship { conversation { peer { username } } } } } }')).errors).toBeUndefined();
  });

  it('refuses endless nesting without a stack overflow', async () => {
    for (const text of [
      `{${'a{'.repeat(1900)}`,
      `{a(b:${'['.repeat(3000)}`,
      `{a(b:${'{c:'.repeat(1900)}`,
      `query ($a: ${'['.repeat(1900)}Int${']'.repeat(1900)}) { a }`,
      nested(40),
    ])
      expect(codeOf(await ask(text)), text.slice(0, 40)).toBe('BAD_QUERY');
    const variables = `{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}`;
    expect((await ask('{ serverInfo { name } }', variables)).data).toEqual({ serverInfo: { name: 'Parley' } });
    expect(codeOf(await ask('query ($a: UUID!) { userInfo(uuid: $a) { id } }', variables))).toBe('BAD_USER_INPUT');
  });

  it('refuses documents with too many tokens, and quickly those that are costly to judge', async () => {
    expect(codeOf(await ask(`{${' __typename'.repeat(4001)} }`))).toBe('BAD_QUERY');
    const began = performance.now();
    await ask(`{${' viewer { id }'.repeat(700)} }`);
    await ask(
      `{ ...f0 } ${Array.from({ length: 300 }, (_, index) => `fragment f${index} on Query { ...f${index + 1} __typename }`).join(' ')} fragment f300 on Query { __typename }`,
    );
    expect(performance.now() - began).toBeLessThan(5000);
  });

  it('refuses fragments in a circle', async () => {
    expect(codeOf(await ask('{ ...A } fragment A on Query { ...B } fragment B on Query { ...A }'))).toBe('BAD_QUERY');
  });

  it('answers the introspection of stock tools', async () => {
    const answer = await ask(
      getIntrospectionQuery({ directiveIsRepeatable: true, inputValueDeprecation: true, oneOf: true, schemaDescription: true, specifiedByUrl: true }),
    );
    expect(answer.errors).toBeUndefined();
    expect(answer.data).toHaveProperty('__schema');
  });

  it('names what does not fit', async () => {
    expect((await ask('query ($uuid: UUID!) { userInfo(uuid: $uuid) { id } }', '{"uuid":"\\u0000"}')).errors?.[0]?.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      field: 'uuid',
    });
    expect((await ask('query ($uuid: UUID!) { userInfo(uuid: $uuid) { id } }', '{"uuid":"no"}')).errors?.[0]?.extensions).toMatchObject({
      code: 'BAD_USER_INPUT',
      field: 'uuid',
    });
    expect(codeOf(await ask('query A { __typename } query B { __typename }'))).toBe('BAD_QUERY');
    expect(codeOf(await ask('fragment A on Query { __typename }'))).toBe('BAD_QUERY');
  });
});
