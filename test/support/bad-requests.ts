import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { within } from './lifetime.ts';
import { patience } from './queue.ts';

/** A request as it goes over the wire. */
export interface BadRequest {
  /** Default POST. */
  readonly method?: string;
  /** Default /graphql. */
  readonly target?: string;
  /** In the place of those that a good one has; null leaves one out. */
  readonly headers?: Readonly<Record<string, string | null>>;
  /** Default a good one. */
  readonly body?: string | Buffer;
}

/** What came back. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly code: string | null;
  readonly field: string | null;
}

/** A query that everybody may ask. */
const hello = '{"query":"{ __typename }"}';

/** Sends a request on a connection of its own, and reads until the server closes. */
export async function sendRaw(
  url: string,
  { method = 'POST', target = '/graphql', headers = {}, body = method === 'POST' ? hello : '' }: BadRequest,
): Promise<RawAnswer> {
  const { host, port } = new URL(url);
  const all = {
    Host: host,
    Connection: 'close',
    Accept: 'application/graphql-response+json',
    ...(method === 'POST' ? { 'Content-Type': 'application/json' } : {}),
    ...('Transfer-Encoding' in headers ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }),
    ...headers,
  };
  const lines = Object.entries(all).flatMap(([name, value]) => (value === null ? [] : [`${name}: ${value}\r\n`]));
  const socket = connect(Number(port), '127.0.0.1');
  const pieces: Buffer[] = [];
  const done = new Promise<void>((resolve) => {
    socket.on('data', (piece) => pieces.push(piece));
    socket.on('close', () => resolve());
    socket.on('error', () => resolve());
  });
  socket.write(Buffer.concat([Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('')}\r\n`, 'latin1'), Buffer.from(body)]));
  await within(done, patience, () => `no answer to ${method} ${target.slice(0, 100)}`).finally(() => socket.destroy());
  return answerOf(Buffer.concat(pieces).toString());
}

function answerOf(text: string): RawAnswer {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [line = '', ...lines] = head.split('\r\n');
  const headers = Object.fromEntries(lines.map((each) => [each.slice(0, each.indexOf(':')).toLowerCase(), each.slice(each.indexOf(':') + 1).trim()]));
  const body = rest.join('\r\n\r\n');
  const status = Number(/^HTTP\/1\.1 (\d+)/.exec(line)?.[1] ?? 0);
  const parsed: { readonly errors?: readonly { readonly extensions?: { readonly code?: string; readonly field?: string } }[] } = body.startsWith('{')
    ? JSON.parse(body)
    : {};
  const { code = null, field = null } = parsed.errors?.[0]?.extensions ?? {};
  return { status, headers, body, code, field };
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const persisted = (of: object, query?: string) => ({ body: JSON.stringify({ query, extensions: { persistedQuery: of } }) });
const query = (text: string, more: object = {}) => ({ body: JSON.stringify({ query: text, ...more }) });
const get = (search: string): BadRequest => ({ method: 'GET', target: `/graphql?${search}` });
const asked = `query=${encodeURIComponent('{ __typename }')}`;
const typed = (type: string | null, body = hello): BadRequest => ({ headers: { 'Content-Type': type }, body });
const signed = (authorization: string): BadRequest => ({ headers: { Authorization: authorization } });
const shake = (headers: BadRequest['headers'], more: Omit<BadRequest, 'headers'> = {}): BadRequest => ({
  method: 'GET',
  ...more,
  headers: {
    Connection: 'close, Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    'Sec-WebSocket-Protocol': 'graphql-transport-ws',
    ...headers,
  },
});
const repeated = (count: number, text: string) => Array.from({ length: count }, (_, index) => text.replaceAll('#', String(index))).join(' ');
const unsigned = `${btoa('{"alg":"none"}')}.${btoa('{"sub":"1"}')}.`.replaceAll('=', '');

/** Bad requests with the status and the code that they get from a server with `BODY_BYTES=20000`; null where the answer is none of GraphQL. */
export const badRequests: readonly (readonly [what: string, sent: BadRequest, status: number, code: string | null])[] = [
  // Where.
  ['the root', { target: '/' }, 404, null],
  ['a path below', { target: '/graphql/' }, 404, null],
  ['a path that is longer', { target: '/graphqlx' }, 404, null],
  ['a path with two slashes', { target: '//graphql' }, 404, null],
  ['a path around a corner', { target: '/x/../graphql' }, 404, null],
  ['a path that is encoded', { target: '/%67raphql' }, 404, null],
  ['a path in other letters', { target: '/GraphQL' }, 404, null],
  ['a file of GraphiQL that is none', { method: 'GET', target: '/graphql/../../package.json' }, 404, null],
  ['a target of another scheme', { target: 'ftp://x/graphql' }, 404, null],
  ['an asterisk', { method: 'GET', target: '*' }, 404, null],
  ['a header section that never ends', { headers: { 'X-Long': 'x'.repeat(20_000) } }, 431, null],
  ['no Host', { headers: { Host: null } }, 400, null],
  // How.
  ['PUT', { method: 'PUT', body: hello }, 405, 'BAD_QUERY'],
  ['DELETE', { method: 'DELETE' }, 405, 'BAD_QUERY'],
  ['PATCH', { method: 'PATCH', body: hello }, 405, 'BAD_QUERY'],
  ['TRACE', { method: 'TRACE' }, 405, 'BAD_QUERY'],
  ['a method that is none', { method: 'FROBNICATE' }, 400, null],
  ['a method in small letters', { method: 'post', headers: { 'Content-Type': 'application/json' }, body: hello }, 400, null],
  ['POST to where health is told', { target: '/healthz' }, 405, null],
  ['a mutation by GET', get(`query=${encodeURIComponent('mutation { logout }')}`), 405, 'BAD_QUERY'],
  ['a subscription by GET', get(`query=${encodeURIComponent('subscription { events { cursor } }')}`), 400, 'BAD_QUERY'],
  ['a subscription by POST', query('subscription { events { cursor } }'), 400, 'BAD_QUERY'],
  // Types, codings and languages.
  ['no type', typed(null), 415, 'BAD_QUERY'],
  ['an empty type', typed(''), 415, 'BAD_QUERY'],
  ['a form', typed('application/x-www-form-urlencoded', 'query=%7B__typename%7D'), 415, 'BAD_QUERY'],
  ['a form in parts', typed('multipart/form-data; boundary=x', '--x--'), 415, 'BAD_QUERY'],
  ['text', typed('text/plain'), 415, 'BAD_QUERY'],
  ['a bare document', typed('application/graphql', '{ __typename }'), 415, 'BAD_QUERY'],
  ['another JSON', typed('application/json-patch+json'), 415, 'BAD_QUERY'],
  ['the type of answers', typed('application/graphql-response+json'), 415, 'BAD_QUERY'],
  ['UTF-16', typed('application/json; charset=utf-16'), 415, 'BAD_QUERY'],
  ['Latin 1', typed('application/json; charset="iso-8859-1"'), 415, 'BAD_QUERY'],
  ['two charsets', typed('application/json; charset=utf-8; charset=utf-16'), 415, 'BAD_QUERY'],
  ['two types', typed('application/json, text/plain'), 415, 'BAD_QUERY'],
  ['gzip', { headers: { 'Content-Encoding': 'gzip' }, body: gzipSync(hello) }, 415, 'BAD_QUERY'],
  ['a coding that is none', { headers: { 'Content-Encoding': 'x' } }, 415, 'BAD_QUERY'],
  ['a transfer coding', { headers: { 'Transfer-Encoding': 'gzip, chunked' }, body: '0\r\n\r\n' }, 501, 'BAD_QUERY'],
  ['two lengths', { headers: { 'Content-Length': '5, 6' } }, 400, null],
  ['a length and chunks', { headers: { 'Transfer-Encoding': 'chunked', 'Content-Length': '5' }, body: '0\r\n\r\n' }, 400, null],
  ['a length that is none', { headers: { 'Content-Length': '-1' } }, 400, null],
  ['a chunk that is none', { headers: { 'Transfer-Encoding': 'chunked' }, body: 'zz\r\n\r\n' }, 400, null],
  ['an Accept of pictures', { headers: { Accept: 'image/png' } }, 406, 'BAD_QUERY'],
  ['an Accept of nothing', { headers: { Accept: '*/*;q=0' } }, 406, 'BAD_QUERY'],
  ['an Accept-Encoding of nothing', { headers: { 'Accept-Encoding': 'identity;q=0, *;q=0' } }, 406, 'BAD_QUERY'],
  ['a wish that is none', { headers: { Expect: 'wonders' } }, 417, null],
  ['another page', { headers: { Origin: 'https://evil.example.com' } }, 403, 'BAD_QUERY'],
  ['a page of nowhere', { headers: { Origin: 'null' } }, 403, 'BAD_QUERY'],
  ['a preflight of another page', { method: 'OPTIONS', headers: { Origin: 'https://evil.example.com' } }, 403, 'BAD_QUERY'],
  // Handshakes of sockets.
  ['a handshake without a key', shake({ 'Sec-WebSocket-Key': null }), 400, null],
  ['a handshake with half a key', shake({ 'Sec-WebSocket-Key': 'AAAA' }), 400, null],
  ['a handshake of another version', shake({ 'Sec-WebSocket-Version': '12' }), 400, null],
  ['a handshake of no version', shake({ 'Sec-WebSocket-Version': null }), 400, null],
  ['a handshake with a protocol that is none', shake({ 'Sec-WebSocket-Protocol': 'a b' }), 400, null],
  ['a handshake of another page', shake({ Origin: 'https://evil.example.com' }), 403, null],
  ['a handshake elsewhere', shake({}, { target: '/socket' }), 404, null],
  ['a handshake by DELETE', shake({}, { method: 'DELETE' }), 405, 'BAD_QUERY'],
  // Bodies.
  ['no body', { body: '' }, 400, 'BAD_QUERY'],
  ['blanks', { body: ' \n ' }, 400, 'BAD_QUERY'],
  ['half of a body', { body: hello.slice(0, -1) }, 400, 'BAD_QUERY'],
  ['a body and a half', { body: `${hello}}` }, 400, 'BAD_QUERY'],
  ['two bodies', { body: hello + hello }, 400, 'BAD_QUERY'],
  ['null', { body: 'null' }, 400, 'BAD_QUERY'],
  ['a number', { body: '1' }, 400, 'BAD_QUERY'],
  ['a text', { body: '"{ __typename }"' }, 400, 'BAD_QUERY'],
  ['an empty list', { body: '[]' }, 400, 'BAD_QUERY'],
  ['a batch', { body: `[${hello},${hello}]` }, 400, 'BAD_QUERY'],
  ['an empty object', { body: '{}' }, 400, 'BAD_QUERY'],
  ['JSON with a comment', { body: `/* */ ${hello}` }, 400, 'BAD_QUERY'],
  ['JSON in single quotes', { body: "{'query':'{ __typename }'}" }, 400, 'BAD_QUERY'],
  ['a query that is a number', { body: '{"query":1}' }, 400, 'BAD_QUERY'],
  ['a query that is null', { body: '{"query":null}' }, 400, 'BAD_QUERY'],
  ['a query that is a list', { body: '{"query":["{ __typename }"]}' }, 400, 'BAD_QUERY'],
  ['variables in a list', query('{ __typename }', { variables: [] }), 400, 'BAD_QUERY'],
  ['variables in a text', query('{ __typename }', { variables: '{}' }), 400, 'BAD_QUERY'],
  ['variables that are a number', query('{ __typename }', { variables: 0 }), 400, 'BAD_QUERY'],
  ['extensions in a text', query('{ __typename }', { extensions: '{}' }), 400, 'BAD_QUERY'],
  ['a name that is a number', query('{ __typename }', { operationName: 1 }), 400, 'BAD_QUERY'],
  ['a name that is an object', query('{ __typename }', { operationName: {} }), 400, 'BAD_QUERY'],
  ['a member more', query('{ __typename }', { more: 1 }), 400, 'BAD_QUERY'],
  ['a member called __proto__', { body: '{"query":"{ __typename }","__proto__":{}}' }, 400, 'BAD_QUERY'],
  ['JSON that nests without end', { body: `{"query":"{ __typename }","variables":${'['.repeat(9_000)}${']'.repeat(9_000)}}` }, 400, 'BAD_QUERY'],
  ['brackets that are never closed', { body: '['.repeat(19_000) }, 400, 'BAD_QUERY'],
  ['Latin 1 in the body', { body: Buffer.from('{"query":"{ __typename } # caf\xe9"}', 'latin1') }, 400, 'BAD_QUERY'],
  ['UTF-16 in the body', { body: Buffer.from(hello, 'utf16le') }, 400, 'BAD_QUERY'],
  ['half a character', { body: Buffer.from([0x22, 0xe6, 0xb6, 0x22]) }, 400, 'BAD_QUERY'],
  ['bytes', { body: Buffer.from([0, 1, 2, 3, 0xfe, 0xff]) }, 400, 'BAD_QUERY'],
  ['one byte too many', { body: hello + ' '.repeat(20_001 - hello.length) }, 413, 'BAD_QUERY'],
  ['an address that is too long', get(`${asked}&x=${'x'.repeat(15_000)}&y=${'y'.repeat(6_000)}`), 431, null],
  // Parameters.
  ['no query', get(''), 400, 'BAD_QUERY'],
  ['an empty query', get('query='), 400, 'BAD_QUERY'],
  ['variables that are no JSON', get(`${asked}&variables=%7B`), 400, 'BAD_QUERY'],
  ['variables that are a list', get(`${asked}&variables=[]`), 400, 'BAD_QUERY'],
  ['extensions that are no JSON', get(`${asked}&extensions=x`), 400, 'BAD_QUERY'],
  ['extensions that are a text', get(`${asked}&extensions=%22x%22`), 400, 'BAD_QUERY'],
  ['parameters that are no UTF-8', get(`${asked}%23%ff`), 400, 'BAD_QUERY'],
  // Who.
  ['a token of another scheme', signed('Basic YTpi'), 401, 'TOKEN_INVALID'],
  ['a token that is none', signed('Bearer x'), 401, 'TOKEN_INVALID'],
  ['a scheme alone', signed('Bearer'), 401, 'TOKEN_INVALID'],
  ['two tokens', signed('Bearer a b'), 401, 'TOKEN_INVALID'],
  ['a token that nobody signed', signed(`Bearer ${unsigned}`), 401, 'TOKEN_INVALID'],
  ['a token of nearly all that fits', signed(`Bearer ${'x'.repeat(8_000)}`), 401, 'TOKEN_INVALID'],
  // Documents.
  ['an empty document', query(''), 400, 'BAD_QUERY'],
  ['a comment', query('# nothing'), 400, 'BAD_QUERY'],
  ['no document', query('}'), 400, 'BAD_QUERY'],
  ['half a text', query('{ node(id: "x'), 400, 'BAD_QUERY'],
  ['a character that is none of GraphQL', query('{ ; }'), 400, 'BAD_QUERY'],
  ['a field that does not exist', query('{ nothing }'), 400, 'BAD_QUERY'],
  ['a field without a selection', query('{ serverInfo }'), 400, 'BAD_QUERY'],
  ['a selection of a text', query('{ serverInfo { name { length } } }'), 400, 'BAD_QUERY'],
  ['an argument that does not exist', query('{ serverInfo(x: 1) { name } }'), 400, 'BAD_QUERY'],
  ['an argument that is missing', query('{ node { id } }'), 400, 'BAD_QUERY'],
  ['a directive that does not exist', query('{ __typename @defer }'), 400, 'BAD_QUERY'],
  ['a type that does not exist', query('{ ... on Nothing { a } }'), 400, 'BAD_QUERY'],
  ['a variable that is not declared', query('{ node(id: $id) { id } }'), 400, 'BAD_QUERY'],
  ['a variable that is not used', query('query ($id: ID) { __typename }'), 400, 'BAD_QUERY'],
  ['a variable of a type of answers', query('query ($user: User) { __typename }'), 400, 'BAD_QUERY'],
  ['a variable that is missing', query('query ($id: ID!) { node(id: $id) { id } }'), 400, 'BAD_USER_INPUT'],
  ['a fragment that is not there', query('{ ...F }'), 400, 'BAD_QUERY'],
  ['a fragment alone', query('fragment F on Query { __typename }'), 400, 'BAD_QUERY'],
  ['a fragment in itself', query('{ ...F } fragment F on Query { ...F }'), 400, 'BAD_QUERY'],
  ['two things at one place', query('{ a: __typename a: serverInfo { name } }'), 400, 'BAD_QUERY'],
  ['two operations without a name', query('{ __typename } { __typename }'), 400, 'BAD_QUERY'],
  ['two operations and none named', query('query A { __typename } query B { __typename }'), 400, 'BAD_QUERY'],
  ['an operation that is not there', query('query A { __typename }', { operationName: 'B' }), 400, 'BAD_QUERY'],
  ['a schema', query('type Query { a: Int }'), 400, 'BAD_QUERY'],
  ['a schema beside a query', query('{ __typename } type A { a: Int }'), 400, 'BAD_QUERY'],
  ['NUL in the document', query('{ __typename } # \0'), 400, 'BAD_USER_INPUT'],
  ['half a surrogate in the document', query('{ __typename } # \ud800'), 400, 'BAD_USER_INPUT'],
  ['NUL in a text', query('{ node(id: "\\u0000") { id } }'), 400, 'BAD_USER_INPUT'],
  ['NUL in the name of a variable', query('{ __typename }', { variables: { '\0': 1 } }), 400, 'BAD_USER_INPUT'],
  ['a number beyond all', query(`{ conversations(first: ${'9'.repeat(400)}) { pageInfo { endCursor } } }`), 400, 'BAD_QUERY'],
  ['a name that is too long', query(`{ ${'x'.repeat(201)} }`), 400, 'BAD_QUERY'],
  ['brackets in brackets', query('{ a '.repeat(101)), 400, 'BAD_QUERY'],
  ['fields in fields', query(`{ viewer { ${'user { '.repeat(14)} id ${'}'.repeat(15)} }`), 400, 'BAD_QUERY'],
  ['too many tokens', query(`{ ${'a '.repeat(2_000)} }`), 400, 'BAD_QUERY'],
  ['too many fields', query(`{ ${repeated(11, 'a#: serverInfo { name }')} }`), 400, 'BAD_QUERY'],
  ['too many directives', query(`{ __typename ${'@include(if: true) '.repeat(9)} }`), 400, 'BAD_QUERY'],
  ['too many fragments', query(`{ __typename } ${repeated(101, 'fragment F# on Query { __typename }')}`), 400, 'BAD_QUERY'],
  ['too many variables', query(`query (${repeated(101, '$v#: Int')}) { __typename }`), 400, 'BAD_QUERY'],
  ['a document that is too dear', query('{ conversations(first: 100) { edges { node { messages(first: 100) { edges { cursor } } } } } }'), 400, 'BAD_QUERY'],
  ['two passwords in one', query(`mutation { ${repeated(2, 'l#: login(input: { username: "a", password: "b" }) { token }')} }`), 400, 'BAD_QUERY'],
  // Documents by their hash.
  ['a hash that nobody sent', persisted({ version: 1, sha256Hash: sha256('{ a }') }), 400, 'PERSISTED_QUERY_NOT_FOUND'],
  ['a hash that is a number', persisted({ version: 1, sha256Hash: 1 }), 400, 'PERSISTED_QUERY_NOT_FOUND'],
  ['a hash in great letters', persisted({ version: 1, sha256Hash: sha256('{ __typename }').toUpperCase() }, '{ __typename }'), 400, 'BAD_QUERY'],
  ['a hash of another document', persisted({ version: 1, sha256Hash: sha256('{ a }') }, '{ __typename }'), 400, 'BAD_QUERY'],
  ['another version', persisted({ version: 2, sha256Hash: sha256('{ a }') }), 400, 'PERSISTED_QUERY_NOT_SUPPORTED'],
  ['no version', persisted({}), 400, 'PERSISTED_QUERY_NOT_SUPPORTED'],
];
