/** What is sent: an object as JSON, a text as it is, bytes as a binary frame. */
export type BadFrame = object | string | Buffer;

/** What becomes of the socket: the code of its close and the reason, or the answer that comes while it stays open. */
export type FrameEnd = readonly [code: number, reason: string] | { readonly type: string; readonly code?: string };

const subscribe = (id: unknown, payload: unknown) => ({ type: 'subscribe', id, payload });
const ask = (query: string, more: object = {}) => subscribe('1', { query, ...more });
const hello = ask('{ __typename }');
const invalid = [4400, 'Invalid message received'] as const;

/** Sent before the acknowledgement, and how the socket ends. */
export const badGreetings: readonly (readonly [what: string, sent: readonly BadFrame[], end: FrameEnd])[] = [
  ['an operation', [hello], [4401, 'Unauthorized']],
  ['the end of an operation, then one', [{ type: 'complete', id: '1' }, hello], [4401, 'Unauthorized']],
  ['no token', [{ type: 'connection_init' }], [4401, 'TOKEN_MISSING']],
  ['an empty token', [{ type: 'connection_init', payload: { token: '' } }], [4401, 'TOKEN_MISSING']],
  ['a token that is none', [{ type: 'connection_init', payload: { token: 'x' } }], [4401, 'TOKEN_INVALID']],
  ['a token that is a number', [{ type: 'connection_init', payload: { token: 1 } }], [4401, 'TOKEN_MISSING']],
  ['a token of another scheme', [{ type: 'connection_init', payload: { Authorization: 'Basic x' } }], [4401, 'TOKEN_INVALID']],
  ['a payload that is a list', [{ type: 'connection_init', payload: ['x'] }], invalid],
  ['a payload that is a text', [{ type: 'connection_init', payload: 'x' }], invalid],
  ['two greetings', [{ type: 'connection_init' }, { type: 'connection_init' }], [4429, 'Too many initialisation requests']],
  ['an acknowledgement', [{ type: 'connection_ack' }], invalid],
  ['the greeting of the protocol before', [{ type: 'start', id: '1', payload: { query: '{ __typename }' } }], invalid],
  ['no JSON', ['hello'], invalid],
  ['nothing', [''], invalid],
  ['bytes', [Buffer.from('{"type":"connection_init"}')], [1003, 'Binary frames are not spoken here']],
];

/** Sent after the acknowledgement on a socket with `SOCKET_FRAME_BYTES=20000`, and what becomes of it. */
export const badFrames: readonly (readonly [what: string, sent: readonly BadFrame[], end: FrameEnd])[] = [
  // Forms.
  ['nothing', [''], invalid],
  ['a bracket', ['{'], invalid],
  ['null', ['null'], invalid],
  ['a number', ['1'], invalid],
  ['a list', ['[]'], invalid],
  ['a list of messages', [[hello]], invalid],
  ['an empty object', [{}], invalid],
  ['a type that is none', [{ type: 'hello' }], invalid],
  ['a type that is a number', [{ type: 1 }], invalid],
  ['a type that is a list', [{ type: ['subscribe'] }], invalid],
  ['a type in other letters', [{ ...hello, type: 'Subscribe' }], invalid],
  ['a type of the protocol before', [{ type: 'connection_terminate' }], invalid],
  ['what a server says: next', [{ type: 'next', id: '1', payload: { data: null } }], invalid],
  ['what a server says: error', [{ type: 'error', id: '1', payload: [{ message: 'x' }] }], invalid],
  ['what a server says: connection_ack', [{ type: 'connection_ack' }], invalid],
  ['a second greeting', [{ type: 'connection_init' }], [4429, 'Too many initialisation requests']],
  ['bytes', [Buffer.from(JSON.stringify(hello))], [1003, 'Binary frames are not spoken here']],
  ['no bytes', [Buffer.alloc(0)], [1003, 'Binary frames are not spoken here']],
  ['too much at once', [ask(`{ __typename } # ${'x'.repeat(20_000)}`)], [1009, '']],
  ['JSON that nests without end', [`{"type":"subscribe","id":"1","payload":${'['.repeat(9_000)}${']'.repeat(9_000)}}`], invalid],
  ['a ping with a text', [{ type: 'ping', payload: 'x' }], invalid],
  ['a pong with a list', [{ type: 'pong', payload: [] }], invalid],
  // Ids.
  ['no id', [{ type: 'subscribe', payload: { query: '{ __typename }' } }], invalid],
  ['an empty id', [subscribe('', { query: '{ __typename }' })], invalid],
  ['an id that is a number', [subscribe(1, { query: '{ __typename }' })], invalid],
  ['an id that is null', [subscribe(null, { query: '{ __typename }' })], invalid],
  ['an id that is too long', [subscribe('x'.repeat(65), { query: '{ __typename }' })], invalid],
  [
    'an id that is open',
    [ask('subscription { events { cursor } }'), ask('subscription { events { cursor } }')],
    [4409, 'An operation with this id is open already'],
  ],
  ['the end of an id that is too long', [{ type: 'complete', id: 'x'.repeat(65) }], invalid],
  ['the end of no id', [{ type: 'complete' }], invalid],
  // Payloads.
  ['no payload', [{ type: 'subscribe', id: '1' }], invalid],
  ['a payload that is null', [subscribe('1', null)], invalid],
  ['a payload that is a text', [subscribe('1', '{ __typename }')], invalid],
  ['a payload that is a list', [subscribe('1', [])], invalid],
  ['no query', [subscribe('1', {})], invalid],
  ['a query that is a number', [subscribe('1', { query: 1 })], invalid],
  ['a query that is null', [subscribe('1', { query: null })], invalid],
  ['variables in a list', [ask('{ __typename }', { variables: [] })], invalid],
  ['variables in a text', [ask('{ __typename }', { variables: '{}' })], invalid],
  ['a name that is a number', [ask('{ __typename }', { operationName: 1 })], invalid],
  ['extensions in a text', [ask('{ __typename }', { extensions: 'x' })], invalid],
  // Operations, which end nothing but themselves.
  ['an empty document', [ask('')], { type: 'error', code: 'BAD_QUERY' }],
  ['no document', [ask('}')], { type: 'error', code: 'BAD_QUERY' }],
  ['a field that does not exist', [ask('{ nothing }')], { type: 'error', code: 'BAD_QUERY' }],
  ['an operation that is not there', [ask('query A { __typename }', { operationName: 'B' })], { type: 'error', code: 'BAD_QUERY' }],
  ['two operations', [ask('{ __typename } query B { __typename }')], { type: 'error', code: 'BAD_QUERY' }],
  [
    'a variable that does not fit',
    [ask('query ($id: UUID!) { userInfo(uuid: $id) { id } }', { variables: { id: 1 } })],
    { type: 'error', code: 'BAD_USER_INPUT' },
  ],
  ['NUL in a variable', [ask('query ($id: ID!) { node(id: $id) { id } }', { variables: { id: '\0' } })], { type: 'error', code: 'BAD_USER_INPUT' }],
  ['two subscriptions in one', [ask('subscription { events { cursor } typing(conversationId: "x") { at } }')], { type: 'error', code: 'BAD_QUERY' }],
  [
    'a stream that is too dear',
    [ask('subscription { events { ... on ConversationChanged { conversation { messages(first: 100) { edges { node { mentions { id } } } } } } } }')],
    { type: 'error', code: 'BAD_QUERY' },
  ],
  [
    'a hash that nobody sent',
    [subscribe('1', { extensions: { persistedQuery: { version: 1, sha256Hash: 'x' } } })],
    { type: 'error', code: 'PERSISTED_QUERY_NOT_FOUND' },
  ],
  ['a stream of what is not there', [ask('subscription { messages(conversationId: "x") { seq } }')], { type: 'next', code: 'NOT_FOUND' }],
  // What is no fault.
  ['the end of what never began', [{ type: 'complete', id: 'x' }, { type: 'ping' }], { type: 'pong' }],
  ['a pong that nobody asked for', [{ type: 'pong' }, { type: 'ping' }], { type: 'pong' }],
];
