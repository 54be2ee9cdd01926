import { beforeAll, describe, expect, it } from 'vitest';
import { startApp } from '../support/app.ts';
import { type Ask, overHttp, overSocket } from '../support/doors.ts';
import { registerUser } from '../support/people.ts';

let http: Ask;
let socket: Ask;
const doors: { name: string; ask: Ask }[] = [
  { name: 'HTTP', ask: (...asked) => http(...asked) },
  { name: 'the socket', ask: (...asked) => socket(...asked) },
];

beforeAll(async () => {
  const app = await startApp();
  const { token } = await registerUser(app);
  http = overHttp(app, token);
  socket = await overSocket(app, token);
});

const clientId = '6a0f8e0e-5d0c-4b7e-9a43-3f2f5b1c7d10';
const send = 'mutation ($what: SendMessageInput!) { sendMessage(input: $what) { id } }';
const whole = (change: object) => ({ what: { to: 'x', clientId, content: { text: 'a' }, ...change } });
const parts =
  'mutation ($key: UUID!, $said: String, $named: [ID!]) { ...Send } fragment Send on Mutation { sendMessage(input: { to: "x", clientId: $key, content: { text: $said }, mentions: $named }) { id } }';

/** Whatever the variables are called, and wherever they stand: a form finds its field by the path of the input. */
const cases: readonly (readonly [what: string, query: string, variables: object, field: string, code?: string])[] = [
  ['a scalar in a variable', send, whole({ clientId: 'no' }), 'input.clientId'],
  ['a text that is none', send, whole({ content: { text: 5 } }), 'input.content.text'],
  ['an item of a list', send, whole({ mentions: ['a', 'b', 'c', {}] }), 'input.mentions.3'],
  ['a field that is missing', send, { what: { to: 'x', content: { text: 'a' } } }, 'input.clientId'],
  ['a text that no database keeps', send, whole({ content: { text: '\0' } }), 'input.content.text'],
  ['a key that no database keeps', send, whole({ content: { '\0': 'a' } }), 'input.content'],
  ['a variable inside of the input', parts, { key: 'no', said: 'a' }, 'input.clientId'],
  ['a text inside of the input', parts, { key: clientId, said: {} }, 'input.content.text'],
  ['an item of a list inside of the input', parts, { key: clientId, said: 'a', named: ['a', false] }, 'input.mentions.1'],
  ['a text inside of the input that no database keeps', parts, { key: clientId, said: '\ud800' }, 'input.content.text'],
  ['a variable that is an item', 'mutation ($id: ID!) { createGroup(input: { memberIds: ["a", "b", "c", $id] }) { id } }', { id: {} }, 'input.memberIds.3'],
  ['a list as an argument', 'mutation ($ids: [ID!]!) { inviteToGroup(conversationId: "x", userIds: $ids) { id } }', { ids: ['a', 1.5] }, 'userIds.1'],
  ['a scalar as an argument', 'query ($who: UUID!) { userInfo(uuid: $who) { id } }', { who: 'no' }, 'uuid'],
  ['a scalar that stands in the document', '{ userInfo(uuid: "no") { id } }', {}, 'uuid'],
  [
    'a scalar in the input of the document',
    `mutation { sendMessage(input: { to: "x", clientId: "no", content: { text: "a" } }) { id } }`,
    {},
    'input.clientId',
  ],
  ['an item that stands in the document', 'mutation { createGroup(input: { memberIds: ["a", "b", "c", true] }) { id } }', {}, 'input.memberIds.3', 'BAD_QUERY'],
  ['a variable under a directive', 'query ($on: Boolean!) { viewer @include(if: $on) { id } }', { on: 'x' }, 'on'],
];

describe.each(doors)('over $name', ({ ask }) => {
  it.each(cases.map(([what, query, variables, field, code = 'BAD_USER_INPUT']) => ({ what, query, variables, field, code })))(
    'names the place of $what',
    async ({ query, variables, field, code }) => {
      const { errors } = await ask(query, JSON.stringify(variables));
      expect(errors?.[0]?.extensions).toMatchObject({ code, field });
    },
  );

  it('names the place in the operation that was meant', async () => {
    const text = 'query A($id: UUID!) { userInfo(uuid: $id) { id } } query B($id: ID!) { node(id: $id) { id } }';
    expect((await ask(text, '{"id":{}}', 'B')).errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field: 'id' });
    expect((await ask(text, '{"id":{}}', 'A')).errors?.[0]?.extensions).toMatchObject({ code: 'BAD_USER_INPUT', field: 'uuid' });
  });
});
