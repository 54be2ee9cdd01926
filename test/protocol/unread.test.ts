import { connect, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Env, startApp, type TestApp } from '../support/app.ts';
import { closeLater } from '../support/lifetime.ts';
import { type Person, registerTwo, sendText } from '../support/people.ts';
import { openRawSocket } from '../support/raw-socket.ts';

const mebibyte = 1_048_576;
const limit = 16 * mebibyte;

/** Larger than the buffers of both kernels, so that most of it waits in the process. */
const copies = 10;
const messages = 40;
const text = '消'.repeat(5000);
const answerBytes = messages * copies * Buffer.byteLength(text);
const query = `{ conversations(first: 1) { edges { node { messages(last: ${messages}) { edges { node { content { ${Array.from(
  { length: copies },
  (_, index) => `t${index}: text`,
).join(' ')} } } } } } } } }`;

/** All that waits in sockets of this process, and the most that it ever was. Clients send little: what waits, waits in servers. */
let most = 0;
let sockets = new Set<Socket>();
const { write } = Socket.prototype;
const watched: typeof write = function (this: Socket, ...args: unknown[]) {
  const isTaken = Reflect.apply(write, this, args);
  sockets.add(this);
  let sum = 0;
  for (const socket of sockets) {
    if (socket.destroyed) sockets.delete(socket);
    else sum += socket.writableLength;
  }
  most = Math.max(most, sum);
  return isTaken;
};
beforeEach(() => {
  most = 0;
  sockets = new Set();
  Socket.prototype.write = watched;
});
afterEach(() => {
  Socket.prototype.write = write;
});

async function start(env: Env = {}, count = messages) {
  const app = await startApp({ UNREAD_BYTES: String(limit), DOCUMENT_CHARACTERS: String(mebibyte), ...env });
  const [sender, reader] = await registerTwo(app);
  for (let index = 0; index < count; index += 1) await sendText(sender, reader.user.id, text);
  return { app, sender, reader };
}

const requestOf = ({ token }: Person, body = JSON.stringify({ query })) =>
  `POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer ${token}\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

/** A connection that reads nothing until it is told to. */
function connectTo(app: TestApp) {
  const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
  socket.pause();
  let got = 0;
  let tail = '';
  socket.on('data', (chunk) => {
    got += chunk.length;
    tail = (tail + chunk.toString('latin1')).slice(-200_000);
  });
  socket.pause();
  const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  socket.on('error', () => {});
  closeLater(() => socket.destroy());
  return { socket, closed, got: () => got, tail: () => tail };
}

const handshake =
  'GET /graphql HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n';

/** The head of a large frame that is masked with zeros (RFC 6455, section 5.2). */
function frameHead(first: number, length: number): Buffer {
  const head = Buffer.alloc(14);
  head.writeUInt8(first, 0);
  head.writeUInt8(0x80 | 127, 1);
  head.writeBigUInt64BE(BigInt(length), 2);
  return head;
}

/** A frame of one byte, masked with zeros. */
const piece = (first: number) => Buffer.from([first, 0x81, 0, 0, 0, 0, 0x78]);

const says = (app: TestApp, line: string) => app.logs().filter((logged) => logged.includes(line)).length;
const stalled = 'took nothing for too long and is cut off';
const crowded = 'the slowest reader is cut off';
const fully = async (app: TestApp, { token }: Person) => {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  return (await (await fetch(app.url, { method: 'POST', headers, body: JSON.stringify({ query }) })).text()).length;
};

describe('an answer over HTTP', () => {
  it('of which nothing is taken for ANSWER_STALL_SECONDS ends its connection', async () => {
    const { app, reader } = await start({ ANSWER_STALL_SECONDS: '1' });
    const client = connectTo(app);
    client.socket.write(requestOf(reader));
    await expect.poll(() => says(app, stalled), { timeout: 20_000 }).toBe(1);
    client.socket.resume();
    await client.closed;
    expect(client.got()).toBeLessThan(answerBytes);
  });

  it('is kept for whoever reads slowly but reads', async () => {
    const { app, reader } = await start({ ANSWER_STALL_SECONDS: '1' });
    const client = connectTo(app);
    client.socket.write(requestOf(reader));
    const began = performance.now();
    while (client.got() < answerBytes) {
      client.socket.resume();
      await new Promise((resolve) => client.socket.once('data', resolve));
      client.socket.pause();
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    expect(performance.now() - began).toBeGreaterThan(1_500);
    expect(says(app, stalled)).toBe(0);
  });

  it('is not made before the one before it on its connection was taken, however many are asked for at once', async () => {
    const { app, reader } = await start();
    const client = connectTo(app);
    client.socket.write(requestOf(reader).repeat(8));
    await expect.poll(() => most, { timeout: 20_000 }).toBeGreaterThan(mebibyte);
    await fully(app, reader);
    client.socket.resume();
    await expect.poll(client.got, { timeout: 30_000 }).toBeGreaterThan(8 * answerBytes);
    expect(most).toBeLessThan(3 * answerBytes);
    expect(says(app, crowded)).toBe(0);
  });

  it('comes in the order of the requests, and a connection that asks for far too much at once ends', async () => {
    const { app, reader } = await start({}, 0);
    const body = (index: number) => JSON.stringify({ query: `{ serverInfo { n${index}: name } }` });
    const client = connectTo(app);
    client.socket.write(Array.from({ length: 50 }, (_, index) => requestOf(reader, body(index))).join(''));
    client.socket.resume();
    await expect.poll(client.tail, { timeout: 20_000 }).toContain('n49');
    expect([...client.tail().matchAll(/"n(\d+)"/g)].map(([, index]) => Number(index))).toEqual(Array.from({ length: 50 }, (_, index) => index));
    const greedy = connectTo(app);
    greedy.socket.resume();
    greedy.socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(1000));
    await greedy.closed;
    expect((await fetch(app.url.replace('/graphql', '/healthz'))).status).toBe(200);
  });
});

describe('all that waits to be read on a node', () => {
  it('is bounded over HTTP: the slowest go, and whoever reads is served', async () => {
    const { app, reader } = await start();
    const clients = Array.from({ length: 30 }, () => connectTo(app));
    for (const { socket } of clients) socket.write(requestOf(reader));
    await expect.poll(() => says(app, crowded), { timeout: 30_000 }).toBeGreaterThan(10);
    // While the others are still being answered, this process has no turn to read in.
    await expect.poll(() => fully(app, reader), { timeout: 20_000 }).toBeGreaterThan(answerBytes / 3);
    expect(most).toBeLessThan(limit + 2 * answerBytes);
  });

  it('is bounded for answers over sockets', async () => {
    const { app, reader } = await start();
    const clients = await Promise.all(
      Array.from({ length: 30 }, async () => {
        const client = await openRawSocket(app.socketUrl);
        await client.init({ token: reader.token });
        client.socket.pause();
        return client;
      }),
    );
    for (const client of clients) client.send({ type: 'subscribe', id: 'q', payload: { query } });
    await expect.poll(() => says(app, crowded), { timeout: 30_000 }).toBeGreaterThan(10);
    // While the others are still being answered, this process has no turn to read in.
    await expect.poll(() => fully(app, reader), { timeout: 20_000 }).toBeGreaterThan(answerBytes / 3);
    expect(most).toBeLessThan(limit + 2 * answerBytes);
  });

  it('is bounded for events, and whoever reads gets each', async () => {
    const { app, sender, reader } = await start({ UNREAD_BYTES: String(4 * mebibyte) }, 0);
    const events = `subscription { events { ... on MessageSent { message { seq content { ${Array.from({ length: 14 }, (_, index) => `t${index}: text`).join(' ')} } } } } }`;
    const open = async () => {
      const client = await openRawSocket(app.socketUrl);
      await client.init({ token: reader.token });
      client.send({ type: 'subscribe', id: 'e', payload: { query: events } });
      await client.until('next', 'e');
      return client;
    };
    const good = await open();
    const idle = await Promise.all(Array.from({ length: 30 }, open));
    for (const client of idle) client.socket.pause();
    let sent = 0;
    for (; says(app, crowded) < 20 && sent < 200; sent += 1) await sendText(sender, reader.user.id, text);
    expect(says(app, crowded)).toBeGreaterThanOrEqual(20);
    const frame = 14 * Buffer.byteLength(text) + 5_000;
    // All frames of a turn are written before the next turn, one for each reader.
    expect(most).toBeLessThan(4 * mebibyte + 30 * frame);
    for (let seq = 1; seq <= sent; seq += 1) expect(JSON.stringify((await good.until('next', 'e')).payload)).toContain(`"seq":${seq},`);
  });

  it('holds next to nothing for answers to pings, and a socket that reads on is answered', async () => {
    const { app, reader } = await start({}, 0);
    const client = await openRawSocket(app.socketUrl);
    await client.init({ token: reader.token });
    client.socket.pause();
    most = 0;
    const payload = 'x'.repeat(125);
    for (let round = 0; round < 100; round += 1) {
      for (let index = 0; index < 1_000; index += 1) client.socket.ping(payload);
      await new Promise((resolve) => setImmediate(resolve));
    }
    const waits = () =>
      [...sockets].filter((socket) => !socket.destroyed && socket.remotePort !== Number(new URL(app.url).port)).map((socket) => socket.writableLength);
    await expect.poll(() => client.socket.bufferedAmount, { timeout: 20_000 }).toBe(0);
    expect(Math.max(0, ...waits())).toBeLessThan(100_000);
    client.socket.resume();
    client.send({ type: 'ping' });
    await client.until('pong');
    const pong = new Promise((resolve) => client.socket.on('pong', (data) => String(data) === 'last' && resolve(null)));
    await expect
      .poll(
        async () => {
          client.socket.ping('last');
          return await Promise.race([pong.then(() => true), new Promise((resolve) => setTimeout(() => resolve(false), 100))]);
        },
        { timeout: 20_000 },
      )
      .toBe(true);
  });

  it('is bounded for requests that come in slowly: the oldest end, and a new one is served', async () => {
    const { app, reader } = await start({ UNREAD_BYTES: String(mebibyte) }, 0);
    const part = 'x'.repeat(200_000);
    const head = requestOf(reader, '').replace('Content-Length: 0', 'Content-Length: 250000');
    const clients: ReturnType<typeof connectTo>[] = [];
    for (let index = 0; index < 12; index += 1) {
      const client = connectTo(app);
      clients.push(client);
      client.socket.resume();
      client.socket.write(head + part);
    }
    await Promise.all(clients.slice(0, 5).map(({ closed }) => closed));
    expect(clients.filter(({ socket }) => !socket.destroyed).length).toBeGreaterThan(3);
    const query = `{ serverInfo { name } } #${part}`;
    const headers = { 'content-type': 'application/json' };
    expect(await (await fetch(app.url, { method: 'POST', headers, body: JSON.stringify({ query }) })).json()).toEqual({
      data: { serverInfo: { name: 'Parley' } },
    });
  });

  it.each([
    ['half of a frame', Buffer.concat([frameHead(0x81, 250_000), Buffer.alloc(200_000, 'x')])],
    ['a message in pieces of one byte', Buffer.concat([piece(0x01), ...Array.from({ length: 900 }, () => piece(0x00))])],
  ])('is bounded for sockets that send %s and stop: the oldest end, and a new one is let in', async (_what, bytes) => {
    const { app, reader } = await start({ UNREAD_BYTES: String(mebibyte), SOCKET_INIT_SECONDS: '60' }, 0);
    const clients: ReturnType<typeof connectTo>[] = [];
    for (let index = 0; index < 12; index += 1) {
      const client = connectTo(app);
      clients.push(client);
      client.socket.resume();
      client.socket.write(handshake);
      await expect.poll(client.tail).toContain('101 Switching Protocols');
      client.socket.write(bytes);
    }
    await Promise.all(clients.slice(0, 5).map(({ closed }) => closed));
    expect(clients.filter(({ socket }) => !socket.destroyed).length).toBeGreaterThan(3);
    const last = await openRawSocket(app.socketUrl);
    await last.init({ token: reader.token });
    // What has become whole is kept no more, however much comes in all.
    const query = `{ serverInfo { name } } #${'x'.repeat(100_000)}`;
    for (let index = 0; index < 20; index += 1) {
      last.send({ type: 'subscribe', id: String(index), payload: { query } });
      await last.until('complete', String(index));
    }
  });
});
