import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readFileSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, request } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { startApp } from '../support/app.ts';
import { closeLater } from '../support/lifetime.ts';
import { emptyFolder, runMain, serve } from '../support/operator.ts';
import { registerUser } from '../support/people.ts';
import { openRawSocket } from '../support/raw-socket.ts';

const post = (url: string, query: string, token?: string, headers = {}) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}), ...headers },
    body: JSON.stringify({ query }),
  });

/** Begins a request, so far that the server is known to have it; gives what sends the rest and reads the answer. */
async function begun(url: string, query: string): Promise<() => Promise<string>> {
  const headers = { 'content-type': 'application/json', expect: '100-continue' };
  const sent = request(url, { method: 'POST', headers });
  const answered = new Promise<IncomingMessage>((resolve, reject) => sent.on('response', resolve).on('error', reject));
  const taken = new Promise((resolve) => sent.on('continue', resolve));
  sent.flushHeaders();
  await Promise.race([taken, answered]);
  return async () => {
    sent.end(JSON.stringify({ query }));
    return await text(await answered);
  };
}

/** Sends half a request, and never the rest. */
async function holdRequest(url: string): Promise<void> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  closeLater(() => socket.destroy());
  socket.on('error', () => {});
  socket.write('POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{');
  await new Promise((resolve) => setTimeout(resolve, 200));
}

describe('the process', () => {
  it('ends on SIGTERM with 0, closes sockets with 1001 and finishes what is in flight', async () => {
    const server = await serve({ DRAIN_SECONDS: '0.2' });
    const registered = await (await post(server.url, 'mutation { register(input: { username: "shut_down", password: "a secret" }) { token } }')).json();
    const socket = await openRawSocket(server.url.replace('http', 'ws'));
    await socket.init({ token: registered.data.register.token });
    const overHttp = await begun(server.url, 'mutation { register(input: { username: "in_flight_1", password: "a secret" }) { user { username } } }');
    socket.send({
      type: 'subscribe',
      id: '1',
      payload: { query: 'mutation { register(input: { username: "in_flight_2", password: "a secret" }) { user { username } } }' },
    });
    // Frames are taken in their order: who answers this one has the one before.
    socket.send({ type: 'ping' });
    await socket.until('pong');
    const began = performance.now();
    server.child.kill('SIGTERM');
    expect(JSON.parse(await overHttp())).toEqual({ data: { register: { user: { username: 'in_flight_1' } } } });
    expect((await socket.until('next', '1')).payload).toEqual({ data: { register: { user: { username: 'in_flight_2' } } } });
    expect(await socket.closed()).toEqual({ code: 1001, reason: 'Going away' });
    expect(await server.exit).toBe(0);
    expect(performance.now() - began).toBeLessThan(5000);
    expect(server.said().err).toBe('');
  });

  it('ends in time though somebody does not let go', async () => {
    const server = await serve({ SHUTDOWN_SECONDS: '1' });
    await holdRequest(server.url);
    const began = performance.now();
    server.child.kill('SIGINT');
    expect(await server.exit).toBe(0);
    expect(performance.now() - began).toBeLessThan(5000);
  });

  it('ends at once on a signal that comes a second after the first', async () => {
    const server = await serve({ SHUTDOWN_SECONDS: '8', DRAIN_SECONDS: '0' });
    await holdRequest(server.url);
    server.child.kill('SIGTERM');
    await sleep(1200);
    const began = performance.now();
    server.child.kill('SIGTERM');
    expect(await server.exit).toBe(1);
    expect(performance.now() - began).toBeLessThan(1000);
  });

  it('takes signals that come together for one: every socket is closed with 1001', async () => {
    const server = await serve({ DRAIN_SECONDS: '1', SOCKETS_PER_USER: '60' });
    const answer = await post(server.url, 'mutation { register(input: { username: "shut_twice", password: "a secret" }) { token } }');
    const { token } = (await answer.json()).data.register;
    const sockets = await Promise.all(
      Array.from({ length: 60 }, async () => {
        const socket = await openRawSocket(server.url.replace('http', 'ws'));
        await socket.init({ token });
        return socket;
      }),
    );
    server.child.kill('SIGTERM');
    await sleep(20);
    server.child.kill('SIGINT');
    const ends = await Promise.all(sockets.map((socket) => socket.closed(8000)));
    expect(ends.filter(({ code }) => code !== 1001)).toEqual([]);
    expect(await server.exit).toBe(0);
  });

  it('stops while it still starts, also where a thread waits for something that never comes', async () => {
    const data = emptyFolder();
    const secret = join(data, 'token-secret');
    execFileSync('mkfifo', [secret]);
    const { child, exit } = runMain([], { PORT: '0', DATA_DIR: data, SHUTDOWN_SECONDS: '0.3' });
    const open = () => openSync(secret, constants.O_WRONLY | constants.O_NONBLOCK);
    // Fails until the server reads there, and then never writes.
    const held = await vi.waitFor(open, { timeout: 20_000 });
    closeLater(() => closeSync(held));
    const began = performance.now();
    child.kill('SIGTERM');
    await exit;
    expect(performance.now() - began).toBeLessThan(3000);
  });

  it('is ended by force where the event loop stands still', async () => {
    const stuck = "process.on('SIGTERM', () => setTimeout(() => { for (;;); }, 50))";
    const server = await serve({ SHUTDOWN_SECONDS: '0.3' }, { node: ['--import', `data:text/javascript,${encodeURIComponent(stuck)}`] });
    const began = performance.now();
    server.child.kill('SIGTERM');
    expect(await server.exit).toBeNull();
    expect(performance.now() - began).toBeLessThan(5000);
  });

  it('makes its secret once, for its owner only', async () => {
    const data = emptyFolder();
    const first = await serve({ DATA_DIR: data, DRAIN_SECONDS: '0' });
    const { data: made } = await (await post(first.url, 'mutation { register(input: { username: "stays_in", password: "a secret" }) { token } }')).json();
    first.child.kill('SIGTERM');
    await first.exit;
    const path = join(data, 'token-secret');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(Buffer.from(readFileSync(path, 'utf8'), 'base64').length).toBe(48);
    const second = await serve({ DATA_DIR: data, DRAIN_SECONDS: '0' });
    const answer = await (await post(second.url, '{ viewer { user { username } } }', made.register.token)).json();
    expect(answer).toEqual({ data: { viewer: { user: { username: 'stays_in' } } } });
  });

  it('tells every problem of the configuration, without frames', async () => {
    const { exit, said } = runMain([], { PORT: 'many', ADMIN_USERNAME: 'boss' });
    expect(await exit).toBe(2);
    expect(said().err).toMatch(/PORT/);
    expect(said().err).not.toMatch(/^ +at /m);
    expect(said().out).toBe('');
  });

  it('says in a sentence why it cannot start', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    closeLater(() => taken.close());
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as AddressInfo;
    const busy = runMain([], { PORT: String(port), DATA_DIR: emptyFolder() });
    expect(await busy.exit).toBe(1);
    expect(busy.said().err).toBe(`Port ${port} of 127.0.0.1 is in use: stop what listens there, or set PORT to another one.\n`);
    const lost = runMain([], { DATABASE_URL: 'mysql://somebody:hidden@127.0.0.1:1/parley', TOKEN_SECRET: 'x'.repeat(32) });
    expect(await lost.exit).toBe(1);
    expect(lost.said().err).toMatch(/^The database mysql:\/\/127.0.0.1:1\/parley cannot be used .*DATABASE_URL/);
    expect(lost.said().err).not.toContain('hidden');
  });

  it('prints its schema and knows no other command', async () => {
    const printed = runMain(['schema'], {});
    expect(await printed.exit).toBe(0);
    expect(printed.said().out).toContain('type Query');
    const unknown = runMain(['dance'], {});
    expect(await unknown.exit).toBe(2);
    expect(unknown.said().err).toContain('Usage');
  });
});

describe('an app', () => {
  it('is not ready and serves HTTP for DRAIN_SECONDS after it was told to stop, though no socket is open', async () => {
    const app = await startApp({ DRAIN_SECONDS: '1.5', SHUTDOWN_SECONDS: '3' });
    const began = performance.now();
    const stopping = app.stop();
    let last = 0;
    for (let open = true; open; ) {
      // A connection of its own for each request, as from a balancer that has not looked yet.
      const answered = await post(app.url, '{ serverInfo { name } }', undefined, { connection: 'close' }).catch(() => null);
      open = answered?.status === 200;
      if (open) last = performance.now() - began;
      if (open) expect((await fetch(new URL('/readyz', app.url)).catch(() => null))?.status ?? 503).toBe(503);
      await sleep(10);
    }
    expect(last).toBeGreaterThan(1200);
    await stopping;
  });

  it('is not ready while it stops, and refuses new work', async () => {
    const app = await startApp();
    const ann = await registerUser(app);
    const socket = await openRawSocket(app.socketUrl);
    await socket.init({ token: ann.token });
    const stopping = app.stop();
    const ready = await app.app.fetch(new Request('http://x/readyz'));
    expect(ready.status).toBe(503);
    // A proxy can ask the next node; a stock client that is refused would give up for good.
    await expect(openRawSocket(app.socketUrl, { headers: { 'x-forwarded-for': '203.0.113.7' } })).rejects.toThrow('503');
    expect((await (await openRawSocket(app.socketUrl)).closed()).code).toBe(1001);
    expect((await socket.closed()).code).toBe(1001);
    const ask = async () => {
      const request = new Request('http://x/graphql', { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"query":"{ __typename }"}' });
      return await (await app.app.fetch(request)).json();
    };
    await expect.poll(ask).toMatchObject({ errors: [{ extensions: { code: 'UNAVAILABLE' } }] });
    await stopping;
    await expect(fetch(app.url)).rejects.toThrow();
  });

  it('closes everything again where it cannot start', async () => {
    const first = await startApp();
    const { port } = new URL(first.url);
    await expect(startApp({ ...first.env, DATA_DIR: emptyFolder(), PORT: port })).rejects.toThrow(`Port ${port}`);
    await registerUser(first);
  });

  it('shares nothing with another one in the same process', async () => {
    const [one, other] = await Promise.all([startApp(), startApp()]);
    const person = await registerUser(one);
    const answer = await (await post(other.url, '{ viewer { id } }', person.token)).json();
    expect(answer.errors[0].extensions.code).toBe('TOKEN_INVALID');
  });
});
