import { randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type Env, startApp, type TestApp } from '../support/app.ts';
import { closeLater } from '../support/lifetime.ts';
import { adminEnv, loginAdmin, type Person, registerAgent, registerTwo, registerUser, registerVisitor, sendText } from '../support/people.ts';
import { openRawSocket, type RawSocket } from '../support/raw-socket.ts';

/** A server that counts what is done on a socket, and little else. */
const startCounting = (rates: string, env: Env = {}) => startApp({ RATE_LIMITS: 'on', RATES: `register=1000/min, ${rates}`, ...env });

async function opened({ app, token }: Person): Promise<RawSocket> {
  const socket = await openRawSocket(app.socketUrl);
  await socket.init({ token });
  return socket;
}

/** How somebody is let in: null, or how the socket was closed. */
async function letIn({ app, token }: Person) {
  const socket = await openRawSocket(app.socketUrl);
  return await socket.init({ token }).then(
    () => null,
    () => socket.closed(),
  );
}

const ask = (socket: RawSocket, id: string, query: string, variables = {}) => socket.send({ type: 'subscribe', id, payload: { query, variables } });
const events = 'subscription { events { __typename ... on MessageSent { message { content { text } } } } }';
const tooMany = { code: 1013, reason: 'RATE_LIMITED' };

describe('the frames of a socket', () => {
  it.each<[string, (socket: RawSocket) => void]>([
    ['words of the protocol', (socket) => socket.send({ type: 'pong' })],
    ['pings', ({ socket }) => socket.ping()],
    ['pongs', ({ socket }) => socket.pong()],
  ])('are %s too: so many at once, and with one more it is closed with 4429', async (_what, send) => {
    const app = await startCounting('frameOfSocket=20/h+10');
    const person = await registerUser(app);
    const [one, other] = [await opened(person), await opened(person)];
    // The first was the greeting.
    for (let count = 1; count < 29; count += 1) send(one);
    one.send({ type: 'ping' });
    await one.until('pong');
    send(one);
    expect(await one.closed()).toEqual({ code: 4429, reason: 'Too many frames' });
    // Another one of the same person has its own.
    ask(other, '1', '{ serverInfo { name } }');
    await other.until('complete', '1');
  });

  it('are counted before the greeting as well, and come again with time', async () => {
    const app = await startCounting('frameOfSocket=2/s');
    const person = await registerUser(app);
    const socket = await opened(person);
    for (let count = 0; count < 3; count += 1) {
      await sleep(600);
      socket.send({ type: 'ping' });
      await socket.until('pong');
    }
    const stranger = await openRawSocket(app.socketUrl);
    for (let count = 0; count < 3; count += 1) stranger.send({ type: 'ping' });
    expect((await stranger.closed()).code).toBe(4429);
  });

  it('do nothing where they come behind those that were too many', async () => {
    const app = await startCounting('frameOfSocket=5/h');
    const [one, other] = await registerTwo(app);
    const socket = await opened(one);
    const input = { to: other.user.id, clientId: randomUUID(), content: { text: 'too late' } };
    for (let count = 0; count < 5; count += 1) socket.send({ type: 'pong' });
    ask(socket, '1', 'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { seq } }', { input });
    expect((await socket.closed()).code).toBe(4429);
    expect((await sendText(one, other.user.id, 'the first')).seq).toBe(1);
  });
});

describe('the operations of a socket', () => {
  it('are so many at once; one more is RATE_LIMITED, says how long, and ends neither the socket nor its subscriptions', async () => {
    const app = await startCounting('operationOfSocket=3/h+2');
    const [one, other] = await registerTwo(app);
    const socket = await opened(other);
    ask(socket, 'events', events);
    await socket.until('next', 'events');
    for (const id of ['2', '3', '4', '5']) {
      ask(socket, id, '{ serverInfo { name } }');
      await socket.until('complete', id);
    }
    ask(socket, '6', '{ serverInfo { name } }');
    const { payload } = await socket.until('error', '6');
    expect(payload).toMatchObject([{ extensions: { code: 'RATE_LIMITED', retryAfterSeconds: expect.any(Number) } }]);
    expect(JSON.stringify(payload)).toMatch(/"retryAfterSeconds":1(1\d\d|200)\b/);
    await sendText(one, other.user.id, 'still here');
    expect(JSON.stringify(await socket.until('next', 'events'))).toContain('still here');
    // Another socket of the same person has its own.
    const another = await opened(other);
    ask(another, '1', '{ serverInfo { name } }');
    await another.until('complete', '1');
  });

  it('may be so many subscriptions at once, whatever is counted; one more is RATE_LIMITED until another one is completed', async () => {
    const app = await startApp({ SOCKET_SUBSCRIPTIONS: '3' });
    const socket = await opened(await registerUser(app));
    for (const id of ['1', '2', '3', '4', '5']) ask(socket, id, events);
    const kinds: Record<string, string[]> = { next: [], error: [] };
    while (Object.values(kinds).flat().length < 5) {
      const { type, id = '' } = await socket.next();
      kinds[type]?.push(id);
    }
    expect([kinds.next?.length, kinds.error?.length]).toEqual([3, 2]);
    ask(socket, 'query', '{ serverInfo { name } }');
    await socket.until('complete', 'query');
    ask(socket, '6', events);
    expect((await socket.until('error', '6')).payload).toMatchObject([{ extensions: { code: 'RATE_LIMITED', retryAfterSeconds: expect.any(Number) } }]);
    socket.send({ type: 'complete', id: kinds.next?.[0] });
    ask(socket, '7', events);
    await socket.until('next', '7');
    // One that was refused is none.
    ask(socket, '8', 'subscription { messages(conversationId: "nonsense") { seq } }');
    await socket.until('error', '8');
    socket.send({ type: 'complete', id: '7' });
    for (const id of ['9', '10']) {
      ask(socket, id, 'subscription { messages(conversationId: "nonsense") { seq } }');
      expect(JSON.stringify(await socket.next(id))).toContain('NOT_FOUND');
      await socket.until('complete', id);
    }
    ask(socket, '11', events);
    await socket.until('next', '11');
  });
});

describe('the sockets that somebody has open', () => {
  it.each<[string, Env, (app: TestApp) => Promise<Person>]>([
    ['a user', { SOCKETS_PER_USER: '2', SOCKETS_PER_VISITOR: '1' }, registerUser],
    ['a visitor', { SOCKETS_PER_USER: '1', SOCKETS_PER_VISITOR: '2' }, registerVisitor],
    ['an agent', { SOCKETS_PER_USER: '2', SOCKETS_PER_VISITOR: '1', ...adminEnv }, async (app) => registerAgent(await loginAdmin(app))],
  ])('of %s are so many, whatever is counted; one more is closed with 1013, and let in when another one is gone', async (_who, env, make) => {
    const app = await startApp(env);
    const [one, other] = [await make(app), await make(app)];
    const first = await opened(one);
    await opened(one);
    expect(await letIn(one)).toEqual(tooMany);
    expect(await letIn(other)).toBeNull();
    first.close();
    await first.closed();
    await expect.poll(() => letIn(one)).toBeNull();
    expect(await letIn(one)).toEqual(tooMany);
  });

  it('make room where they are dead and nobody has noticed yet, and stay where they are not', async () => {
    // No regular ping comes in time to find out.
    const app = await startApp({ SOCKETS_PER_USER: '3', SOCKET_PING_SECONDS: '600' });
    const person = await registerUser(app);
    const alive = await opened(person);
    const dead: WebSocket[] = [];
    for (let count = 0; count < 2; count += 1) {
      const socket = new WebSocket(app.socketUrl, 'graphql-transport-ws', { autoPong: false });
      closeLater(() => socket.terminate());
      dead.push(socket);
      await new Promise((resolve) => socket.once('open', resolve));
      socket.send(JSON.stringify({ type: 'connection_init', payload: { token: person.token } }));
      await new Promise((resolve) => socket.once('message', resolve));
    }
    // However often is asked meanwhile: an answer to a ping needs its time.
    expect(await Promise.all([1, 2, 3, 4, 5].map(() => letIn(person)))).toEqual([1, 2, 3, 4, 5].map(() => tooMany));
    await expect.poll(() => letIn(person), { timeout: 20_000, interval: 500 }).toBeNull();
    expect(await letIn(person)).toBeNull();
    await expect.poll(() => dead.map(({ readyState }) => readyState)).toEqual([WebSocket.CLOSED, WebSocket.CLOSED]);
    ask(alive, '1', '{ serverInfo { name } }');
    await alive.until('complete', '1');
  });
});

/** Asks for a socket by hand; gives the status, and when to try again. */
async function handshake(app: TestApp, headers: Readonly<Record<string, string>> = {}) {
  const key = { 'sec-websocket-version': '13', 'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==', 'sec-websocket-protocol': 'graphql-transport-ws' };
  return await new Promise<{ readonly status: number | undefined; readonly retryAfter: string | undefined }>((resolve, reject) => {
    const asking = request(app.url, { headers: { connection: 'upgrade', upgrade: 'websocket', ...key, ...headers } });
    asking.on('response', (response) => {
      response.resume();
      resolve({ status: response.statusCode, retryAfter: response.headers['retry-after'] });
    });
    asking.on('upgrade', (response, socket) => {
      closeLater(() => socket.destroy());
      resolve({ status: response.statusCode, retryAfter: undefined });
    });
    asking.on('error', reject);
    asking.end();
  });
}

const from = (address: string) => ({ 'x-forwarded-for': address });
const turnedAway = { status: 429, retryAfter: '5' };

describe('the sockets that an address has open', () => {
  it('are so many, whatever is counted; one more is 429 before the handshake, and let in when another one is gone', async () => {
    const app = await startApp({ SOCKETS_PER_ADDRESS: '3', TRUSTED_PROXIES: '127.0.0.1' });
    const people = await Promise.all([1, 2, 3].map(() => registerUser(app)));
    const sockets = await Promise.all(people.map(opened));
    // They came without the header.
    expect(await handshake(app)).toEqual(turnedAway);
    expect(await handshake(app, from('203.0.113.1'))).toMatchObject({ status: 101 });
    sockets[0]?.socket.terminate();
    await expect.poll(() => handshake(app)).toMatchObject({ status: 101 });
    expect(await handshake(app)).toEqual(turnedAway);
  });

  it('are so many without a session; with each that shows one there is room for another one', async () => {
    const app = await startApp({ SOCKETS_WITHOUT_SESSION: '2' });
    const person = await registerUser(app);
    const [first] = [await openRawSocket(app.socketUrl), await openRawSocket(app.socketUrl)];
    expect(await handshake(app)).toEqual(turnedAway);
    await first.init({ token: person.token });
    const third = await openRawSocket(app.socketUrl);
    expect(await handshake(app)).toEqual(turnedAway);
    third.send({ type: 'connection_init', payload: { token: 'nonsense' } });
    await third.closed();
    await expect.poll(() => handshake(app)).toMatchObject({ status: 101 });
    // The one with a session is over as one with a session.
    first.socket.terminate();
    await sleep(200);
    expect(await handshake(app)).toEqual(turnedAway);
  });

  it('are none that were refused for whatever reason', async () => {
    const app = await startApp({ SOCKETS_PER_ADDRESS: '2', RATE_LIMITS: 'on', RATES: 'socketOfAddress=5/2s' });
    for (const key of ['none', '']) expect((await handshake(app, { 'sec-websocket-key': key })).status).toBe(400);
    expect((await handshake(app, { 'sec-websocket-version': '7' })).status).toBe(400);
    expect((await handshake(app, { origin: 'https://evil.example.com' })).status).toBe(403);
    expect((await handshake(app)).status).toBe(101);
    // Too often, three times, and then not any more.
    for (let count = 0; count < 3; count += 1) await handshake(app, { 'sec-websocket-version': '7' });
    expect((await handshake(app)).status).toBe(429);
    await expect.poll(() => handshake(app), { timeout: 20_000 }).toMatchObject({ status: 101 });
    expect(await handshake(app)).toEqual(turnedAway);
  });
});
