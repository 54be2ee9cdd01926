import { beforeAll, describe, expect, it } from 'vitest';
import type { Outcome } from '../support/doors.ts';
import { serve } from '../support/operator.ts';

// What graphql-cop (https://github.com/dolevf/graphql-cop) asks of a server, and how it tells from the answer that something is open, asked of a server
// as an operator starts it in production.

let url: string;
beforeAll(async () => {
  ({ url } = await serve({ NODE_ENV: 'production' }));
});

interface Answer extends Outcome {
  readonly extensions?: unknown;
}

/** The answer, and null where it is no JSON. */
async function parsed(response: Response): Promise<Answer | null> {
  const text = await response.text();
  return response.headers.get('content-type')?.includes('json') ? JSON.parse(text) : null;
}

const json = { 'content-type': 'application/json' };
const ask = async (query: string) => await parsed(await fetch(url, { method: 'POST', headers: json, body: JSON.stringify({ query, operationName: 'cop' }) }));
const byGet = async (query: string) => await parsed(await fetch(`${url}?${new URLSearchParams({ query })}`));
const has = (answer: Answer | null, name: string) => typeof answer?.data === 'object' && answer.data !== null && name in answer.data;
const times = (count: number, make: (index: number) => string) => Array.from({ length: count }, (_, index) => make(index)).join(' ');

/** Whether it is open. */
const questions: Readonly<Record<string, () => Promise<boolean>>> = {
  'one field under a hundred names': async () => has(await ask(`query cop { ${times(101, (index) => `alias${index}: __typename`)} }`), 'alias100'),
  'several operations in one request': async () => {
    const body = JSON.stringify(Array.from({ length: 10 }, () => ({ query: 'query cop { __typename }', operationName: 'cop' })));
    const answer: unknown = await parsed(await fetch(url, { method: 'POST', headers: json, body }));
    return Array.isArray(answer) && answer.length > 1;
  },
  'the schema asked for in circles': async () =>
    has(await ask('query cop { __schema { types { fields { type { fields { type { fields { type { fields { type { name } } } } } } } } } } }'), '__schema'),
  'directives without number': async () => {
    const answers = [await ask(`query cop { __typename ${'@aa'.repeat(10)} }`), await ask(`query cop { __typename ${'@include(if: true) '.repeat(50)} }`)];
    return answers.some((answer) => has(answer, '__typename') || (answer?.errors?.length ?? 0) > 1);
  },
  'one field five hundred times': async () => has(await ask(`query cop { ${times(500, () => '__typename')} }`), '__typename'),
  'names that are nearly right': async () => {
    const documents = [
      'query cop { __schema { directive } }',
      'query cop { serverInf { name } }',
      'query cop { serverInfo { nam } }',
      'query cop { contacts(kid: FRIEND) { pageInfo { endCursor } } }',
      'query cop { contacts(kind: FRIED) { pageInfo { endCursor } } }',
      'query cop { serverInfo { ... on ServerInf { name } } }',
      'mutation cop { login(input: { usernam: "x" }) { token } }',
      'query cop ($kind: ContactKin) { serverInfo { name } }',
      'query cop { serverInfo @inclde(if: true) { name } }',
    ];
    const told = await Promise.all(documents.map(async (document) => JSON.stringify(await ask(document))));
    for (const body of [
      { query: 'mutation cop ($input: LoginInput!) { login(input: $input) { token } }', variables: { input: { usernam: 'x' } } },
      { query: 'query cop ($kind: ContactKind!) { contacts(kind: $kind) { pageInfo { endCursor } } }', variables: { kind: 'FRIED' } },
      { query: 'query cop ($kind: ContactKind = FRIED) { contacts(kind: $kind) { pageInfo { endCursor } } }' },
    ])
      told.push(await (await fetch(url, { method: 'POST', headers: json, body: JSON.stringify(body) })).text());
    return told.some((text) => /did you mean|suggest/i.test(text));
  },
  'a page for trying out': async () => {
    const read = async (page: string) => await (await fetch(new URL(page, url), { headers: { accept: 'text/html' } })).text();
    const texts = await Promise.all(['/graphql', '/graphiql', '/playground', '/console', '/altair', '/voyager'].map(read));
    // What is at `/` is for people who chat.
    return texts.some((text) => /<script/i.test(text)) || [...texts, await read('/')].some((text) => /graphiql|playground|sandbox|altair/i.test(text));
  },
  'a mutation by GET': async () => has(await byGet('mutation cop { __typename }'), '__typename'),
  'an operation from a form': async () => {
    const forms = ['application/x-www-form-urlencoded', 'text/plain', 'multipart/form-data; boundary=x'];
    const bodies = [
      'query=query+cop+%7B__typename%7D',
      '{"query":"query cop { __typename }"}',
      '--x\r\nContent-Disposition: form-data; name="query"\r\n\r\n{__typename}\r\n--x--',
    ];
    const answers = forms.flatMap((type) => bodies.map(async (body) => parsed(await fetch(url, { method: 'POST', headers: { 'content-type': type }, body }))));
    return (await Promise.all(answers)).some((answer) => has(answer, '__typename'));
  },
  'how long each step took': async () => (await ask('query cop { __typename }'))?.extensions !== undefined,
  'the schema': async () => {
    const answers = [await ask('query cop { __schema { types { name fields { name } } } }'), await ask('query cop { __type(name: "User") { name } }')];
    return answers.some((answer) => has(answer, '__schema') || has(answer, '__type'));
  },
  'what went wrong inside': async () => {
    const told = [await ask('qwerty cop { abc }'), await ask('query cop { node(id: "x") { id } }')].map((answer) => JSON.stringify(answer));
    return told.some((text) => /exception|stack|node_modules|\.ts\b/i.test(text));
  },
};

describe('in production nobody is given', () => {
  it.each(Object.keys(questions))('%s', async (name) => {
    expect(await questions[name]?.()).toBe(false);
  });

  it('more than that: the twelve of graphql-cop, of which all but queries by GET are answered no', () => {
    expect(Object.keys(questions)).toHaveLength(12);
  });
});

it('queries by GET are answered: docs/protocol.md says why', async () => {
  expect(has(await byGet('query cop { __typename }'), '__typename')).toBe(true);
});
