import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { MeDocument } from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { openFloods } from '../support/flood.ts';
import { within } from '../support/lifetime.ts';
import { registerUser } from '../support/people.ts';

const mebibyte = 1_048_576;
/** What Node reads at once. */
const chunk = 65_536;

const handshake =
  'GET /graphql HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n';
/** A frame that is masked with zeros (RFC 6455, section 5.2). */
const frame = (kind: number, text = '') => Buffer.concat([Buffer.from([0x80 | kind, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)]);

const request = (method: string, path: string) =>
  `${method} ${path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n`;
const bytewise = Buffer.from('1\r\na\r\n');

const isUp = async (app: TestApp) => expect((await fetch(new URL('/healthz', app.url))).status).toBe(200);

const smallFrames = [
  ['pings', frame(9)],
  ['pongs', frame(10)],
  ['words of the protocol that ask for nothing', frame(1, '{"type":"pong"}')],
] as const;

/** What comes back for these bytes until the server closes, or a whole answer of JSON is there. */
async function answerTo(app: TestApp, bytes: string): Promise<string> {
  const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
  let text = '';
  const done = new Promise<void>((resolve) => {
    socket.on('data', (data) => {
      text += data.toString('latin1');
      if (text.endsWith('}')) resolve();
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve());
  });
  socket.write(bytes);
  await within(done, 8_000, () => `no answer; so far: ${text}`);
  socket.destroy();
  return text;
}

describe('sockets that never stop sending', () => {
  it.each(smallFrames)('%s are read a little in each turn of the event loop, however many they are', async (_what, piece) => {
    const app = await startApp({ SOCKET_INIT_SECONDS: '60' });
    const floods = openFloods(app.url, { connections: 3 }, handshake, piece);
    await expect.poll(floods.bytes, { timeout: 40_000 }).toBeGreaterThan(16 * mebibyte);
    expect(floods.bytesOfTurn()).toBeLessThan(3 * chunk);
    await isUp(app);
  });

  it.each(smallFrames)('%s are read no more when there were too many, and the socket is closed with 4429', async (_what, piece) => {
    const app = await startApp({ RATE_LIMITS: 'on', SOCKET_INIT_SECONDS: '60' });
    const floods = openFloods(app.url, { connections: 3 }, handshake, piece);
    const ends = await floods.ended();
    // A close frame of the server (RFC 6455, section 5.5.1).
    const close = Buffer.concat([Buffer.from([0x88, 2 + 'Too many frames'.length, 4429 >> 8, 4429 & 255]), Buffer.from('Too many frames')]);
    expect(ends.map(({ last }) => last.endsWith(close.toString('latin1')))).toEqual([true, true, true]);
    expect(floods.bytes()).toBeLessThan(3 * mebibyte);
    await isUp(app);
  });
});

describe('a request that never ends', () => {
  it.each([
    ['POST', '/nothing', 404],
    ['PUT', '/graphql', 405],
    ['GET', '/healthz', 200],
    ['POST', '/graphql', 400],
  ])('%s %s gets its answer and is cut off, though it comes byte by byte', async (method, path, status) => {
    const app = await startApp();
    const floods = openFloods(app.url, { connections: 2 }, request(method, path), bytewise);
    const ends = await floods.ended();
    expect(ends.map(({ first }) => first.split('\r\n')[0])).toEqual(ends.map(() => expect.stringContaining(` ${status} `)));
    expect(floods.bytes()).toBeLessThan(2 * mebibyte);
    await isUp(app);
  });

  it('is a body of any size for whoever sends it in fewer pieces than that', async () => {
    const app = await startApp();
    const body = (pieces: number) => {
      const text = JSON.stringify({ query: '{ serverInfo { name } }' });
      const rest = Array.from({ length: pieces - 1 }, () => '1\r\n \r\n').join('');
      return `${request('POST', '/graphql')}${text.length.toString(16)}\r\n${text}\r\n${rest}0\r\n\r\n`;
    };
    expect(await answerTo(app, body(1000))).toMatch(/^HTTP\/1.1 200 OK[\s\S]*"name":"Parley"/);
    expect(await answerTo(app, body(1001))).toMatch(/^HTTP\/1.1 400 Bad Request[\s\S]*at most 1000 pieces/);
  });
});

describe('twenty floods at once', () => {
  it.each<[string, string, Buffer]>([
    ...smallFrames.map(([what, piece]): [string, string, Buffer] => [`of ${what}`, handshake, piece]),
    ['of bodies that come byte by byte', request('POST', '/graphql'), bytewise],
    ['of requests whose answers nobody waits for', '', Buffer.from('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n')],
    ['of requests without a Host', '', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['of requests that expect what there is not', '', Buffer.from('GET / HTTP/1.1\r\nHost: x\r\nExpect: y\r\n\r\n')],
  ])('%s are ended, and everybody else is served meanwhile and after', async (_what, head, piece) => {
    const app = await startApp({ RATE_LIMITS: 'on', SOCKET_INIT_SECONDS: '60' });
    const person = await registerUser(app);
    const socket = person.socket();
    await socket.connected();
    const floods = openFloods(app.url, { connections: 20, processes: 2 }, head, piece);
    let isOver = false;
    const ended = floods.ended().finally(() => {
      isOver = true;
    });
    await expect.poll(floods.bytes, { timeout: 20_000 }).toBeGreaterThan(0);
    for (let count = 0; count < 10 || !isOver; count += 1) {
      expect((await person.ask(MeDocument, {})).viewer?.user.id).toBe(person.user.id);
      expect((await socket.ask(MeDocument, {})).viewer?.user.id).toBe(person.user.id);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(await ended).toHaveLength(20);
    expect(floods.bytes()).toBeLessThan(20 * mebibyte);
  });
});
