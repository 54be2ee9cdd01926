import { getIntrospectionQuery } from 'graphql';
import { beforeAll, describe, expect, it } from 'vitest';
import { startApp } from '../support/app.ts';
import { type Ask, codeOf, overHttp, overSocket } from '../support/doors.ts';
import { registerUser } from '../support/people.ts';

let socketAsk: Ask;
let httpAsk: Ask;
const doors: { name: string; ask: Ask }[] = [
  { name: 'HTTP', ask: (...asked) => httpAsk(...asked) },
  { name: 'the socket', ask: (...asked) => socketAsk(...asked) },
];

beforeAll(async () => {
  const app = await startApp();
  const { token } = await registerUser(app);
  httpAsk = overHttp(app);
  socketAsk = await overSocket(app, token);
});

const nested = (levels: number) =>
  `{ __typename ${'userInfo(uuid: "00000000-0000-0000-0000-000000000000") { relationship { conversation { peer {'.repeat(levels)} __typename ${'} } } }'.repeat(levels)} }`;

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

  it('refuses quickly what is costly to judge', async () => {
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
