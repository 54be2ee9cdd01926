import { connect } from 'node:net';
import fc from 'fast-check';
import { anyCharacter } from './any-text.ts';
import { within } from './lifetime.ts';
import { patience } from './queue.ts';

const lines = [
  'POST /graphql HTTP/1.1',
  'GET /graphql?query=%7B__typename%7D HTTP/1.1',
  'GET /graphql?query={__typename}&variables=%7B%7D HTTP/1.1',
  'OPTIONS /graphql HTTP/1.1',
  'HEAD /healthz HTTP/1.1',
  'GET /readyz HTTP/1.1',
  'POST http://x/graphql HTTP/1.1',
  'CONNECT x:1 HTTP/1.1',
  'GET * HTTP/1.1',
  'PUT /graphql HTTP/1.0',
];
const names = [
  'Content-Type',
  'Content-Length',
  'Content-Encoding',
  'Transfer-Encoding',
  'Accept',
  'Accept-Encoding',
  'Accept-Language',
  'Authorization',
  'Origin',
  'Upgrade',
  'Connection',
  'Expect',
  'X-Forwarded-For',
  'Sec-WebSocket-Key',
  'Access-Control-Request-Headers',
  'If-None-Match',
  'Cookie',
  '__proto__',
];
const values = [
  'application/json',
  'application/json; charset=utf-8',
  'text/html',
  '*/*;q=0',
  'gzip',
  'br;q=1, *;q=0',
  'chunked',
  'identity',
  'Bearer x',
  'null',
  'http://localhost:3000',
  'websocket',
  'h2c',
  '100-continue',
  '1, ::1, 🙂',
  '[::1]:80, 999.1.1.1',
  'zh-CN,zh;q=0.9',
  'keep-alive, Upgrade',
  '-1',
  '5',
  'constructor',
  ','.repeat(500),
];
const bodies = [
  '{"query":"{ __typename }"}',
  '{"query":"{ serverInfo { name } }","variables":{}}',
  '[]',
  '{"query":',
  '1a\r\n{"query":"{ __typename }"}\r\n0\r\n\r\n',
];

const head = fc.tuple(
  fc.oneof({ weight: 8, arbitrary: fc.constantFrom(...lines) }, { weight: 1, arbitrary: fc.string({ maxLength: 80 }) }),
  fc.array(
    fc.tuple(
      fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...names) }, { weight: 1, arbitrary: fc.string({ maxLength: 20 }) }),
      fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...values) }, { weight: 1, arbitrary: fc.string({ unit: anyCharacter, maxLength: 40 }) }),
    ),
    { maxLength: 8 },
  ),
);
const body = fc.oneof(
  fc.constantFrom(...bodies).map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  fc.json({ maxDepth: 4 }).map((text) => Buffer.from(text)),
  fc
    .record({ query: fc.json(), variables: fc.jsonValue(), operationName: fc.jsonValue(), extensions: fc.jsonValue() }, { requiredKeys: ['query'] })
    .map((request) => Buffer.from(JSON.stringify(request))),
);

/** Requests of all kinds, some of them good, some with bytes changed, some nothing but bytes. */
export const requests: fc.Arbitrary<Buffer> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .record({ head, body, isMeasured: fc.boolean(), flips: fc.oneof(fc.constant([]), fc.array(fc.tuple(fc.nat(9_999), fc.nat(255)), { maxLength: 4 })) })
      .map(({ head: [line, headers], body: bytes, isMeasured, flips }) => {
        const all = [
          ...headers,
          ['Host', 'x'],
          ...(isMeasured
            ? [
                ['Content-Type', 'application/json'],
                ['Content-Length', String(bytes.length)],
              ]
            : []),
        ];
        const whole = Buffer.concat([Buffer.from(`${line}\r\n${all.map(([name, text]) => `${name}: ${text}\r\n`).join('')}\r\n`), bytes]);
        for (const [place, byte] of flips) whole[place % whole.length] = byte;
        return whole;
      }),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)) },
);

/** All that comes back for some bytes until the server closes. The sender is done with them at once where it is hasty, else when the answer begins to come. */
export async function answerToBytes(url: string, bytes: Buffer, isHasty = false): Promise<string> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  let text = '';
  const done = new Promise<void>((resolve) => {
    socket.on('data', (piece) => {
      text += piece.toString('latin1');
      socket.end();
    });
    socket.on('close', () => resolve());
    socket.on('error', () => resolve());
  });
  socket.write(bytes);
  // What is no whole request is never answered.
  const late = setTimeout(() => socket.end(), isHasty ? 0 : 100);
  await within(done, patience, () => `the connection stays open; so far: ${text}`).finally(() => {
    clearTimeout(late);
    socket.destroy();
  });
  return text;
}
