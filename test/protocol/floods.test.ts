import { describe, expect, it } from 'vitest';
import { startApp } from '../support/app.ts';
import { openFloods } from '../support/flood.ts';

const mebibyte = 1_048_576;
/** What Node reads at once. */
const chunk = 65_536;

const handshake =
  'GET /graphql HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n';
/** A frame that is masked with zeros (RFC 6455, section 5.2). */
const frame = (kind: number, text = '') => Buffer.concat([Buffer.from([0x80 | kind, 0x80 | text.length, 0, 0, 0, 0]), Buffer.from(text)]);

const request = (method: string, path: string) =>
  `${method} ${path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n`;

describe('sockets that never stop sending', { timeout: 60_000 }, () => {
  it.each([
    ['pings', frame(9)],
    ['pongs', frame(10)],
    ['words of the protocol that ask for nothing', frame(1, '{"type":"pong"}')],
  ])('%s are read a little in each turn of the event loop, however many they are', async (_what, piece) => {
    const app = await startApp({ SOCKET_INIT_SECONDS: '60' });
    const floods = openFloods(app.url, 3, handshake, piece);
    await expect.poll(floods.bytes, { timeout: 40_000 }).toBeGreaterThan(16 * mebibyte);
    expect(floods.bytesOfTurn()).toBeLessThan(3 * chunk);
    expect((await fetch(new URL('/healthz', app.url))).status).toBe(200);
  });
});

describe('a request that never ends', { timeout: 60_000 }, () => {
  it.each([
    ['POST', '/nothing', 404],
    ['PUT', '/graphql', 405],
    ['GET', '/healthz', 200],
    ['POST', '/graphql', 413],
  ])('%s %s gets its answer and is cut off, though it comes byte by byte', async (method, path, status) => {
    const app = await startApp();
    const floods = openFloods(app.url, 2, request(method, path), Buffer.from('1\r\na\r\n'));
    const ends = await floods.ended();
    expect(ends.map((answer) => answer.split('\r\n')[0])).toEqual(ends.map(() => expect.stringContaining(` ${status} `)));
    expect(floods.bytes()).toBeLessThan(2 * 4 * mebibyte);
    expect((await fetch(new URL('/healthz', app.url))).status).toBe(200);
  });
});
