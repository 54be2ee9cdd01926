import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { print } from 'graphql';
import { createClient } from 'graphql-ws';
import { describe, expect, it } from 'vitest';
import { EventsDocument, type EventsSubscription, MeDocument, SendMessageDocument } from '../generated/graphql.ts';
import { createData, startApp } from '../support/app.ts';
import { openBalancer } from '../support/balancer.ts';
import { executeHttp, present } from '../support/client.ts';
import { closeLater } from '../support/lifetime.ts';
import { openChatset, type Person, registerTwo, registerUser, sendText } from '../support/people.ts';
import { freePort } from '../support/private-services.ts';
import { startProcess } from '../support/process.ts';
import { openRawSocket } from '../support/raw-socket.ts';

const secret = 'a secret for tests, long enough for everybody';

/** A client with nothing but graphql-ws's defaults, and the newest cursor in its `connectionParams`. */
function stockClient(url: string, person: Person) {
  const texts: string[] = [];
  const codes: number[] = [];
  let cursor: string | null = null;
  let failure: unknown = null;
  const client = createClient({
    url,
    connectionParams: () => ({ token: person.token, cursor }),
    on: { closed: (event) => void (typeof event === 'object' && event !== null && 'code' in event && codes.push(Number(event.code))) },
  });
  client.subscribe<EventsSubscription>(
    { query: print(EventsDocument), variables: {} },
    {
      next({ data }) {
        if (!data) return;
        if (data.events.__typename === 'MessageSent') texts.push(data.events.message.content?.text ?? '');
        cursor = data.events.cursor;
      },
      error: (error) => {
        failure = error;
      },
      complete: () => {},
    },
  );
  closeLater(() => client.dispose());
  return { texts, codes, isLive: () => cursor !== null, failure: () => failure };
}

describe('a rolling restart under load', () => {
  it('loses nothing to stock clients, repeats nothing and keeps the order; each node ends with 0', { timeout: 180_000 }, async () => {
    const env = { ...(await createData()), TOKEN_SECRET: secret, RATE_LIMITS: 'off' };
    const ports = [await freePort(), await freePort()];
    const nodes = [await startProcess(present(ports[0]), env), await startProcess(present(ports[1]), env)];
    const balancer = await openBalancer(ports, 'turns');
    const makers = await startApp(env);
    const sender = await registerUser(makers);
    const readers = await Promise.all(Array.from({ length: 8 }, () => registerUser(makers)));
    await Promise.all(readers.map(openChatset));
    const clients = readers.map((reader) => stockClient(balancer.socketUrl, reader));
    await expect.poll(() => clients.every(({ isLive }) => isLive()), { timeout: 30_000 }).toBe(true);

    /** Sends through the balancer until it is acknowledged, as a client does. */
    const send = async (to: Person, text: string) => {
      const input = { to: to.user.id, clientId: randomUUID(), content: { text } };
      for (;;) {
        const answer = await executeHttp(`${balancer.url}/graphql`, SendMessageDocument, { input }, { token: sender.token }).catch(() => null);
        if (answer?.data?.sendMessage) return;
        await sleep(50);
      }
    };
    const sent = readers.map((): string[] => []);
    let sending = true;
    const load = Promise.all(
      readers.map(async (reader, index) => {
        for (let count = 0; sending; count += 1) {
          await send(reader, `${count}`);
          sent[index]?.push(`${count}`);
          await sleep(200);
        }
      }),
    );

    for (const [index, port] of ports.entries()) {
      const node = present(nodes[index]);
      const began = performance.now();
      node.kill('SIGTERM');
      expect(await node.exit, node.said()).toBe(0);
      expect(performance.now() - began).toBeLessThan(10_000);
      await startProcess(port, env);
      await sleep(1_000);
    }
    sending = false;
    await load;
    for (const [index, client] of clients.entries()) {
      const expected = present(sent[index]);
      await expect.poll(() => client.texts.length, { timeout: 30_000 }).toBeGreaterThanOrEqual(expected.length);
      expect(client.texts).toEqual(expected);
      expect(client.failure()).toBeNull();
    }
    const codes = clients.flatMap((client) => client.codes);
    expect(codes.filter((code) => code === 1001).length).toBeGreaterThanOrEqual(clients.length);
  });
});

describe('a node that stops', () => {
  it('does not wait for whoever reads nothing of what was asked for', { timeout: 60_000 }, async () => {
    const app = await startApp({ DRAIN_SECONDS: '0.5', SHUTDOWN_SECONDS: '6', ANSWER_STALL_SECONDS: '30' });
    const [one, other] = await registerTwo(app);
    const { conversation } = await sendText(one, other.user.id, 'x'.repeat(5000));
    for (let count = 0; count < 60; count += 1) await sendText(one, conversation.id, 'x'.repeat(5000));
    const slow = await openRawSocket(app.socketUrl);
    await slow.init({ token: one.token });
    slow.socket.pause();
    const query = `{ conversation(id: "${conversation.id}") { messages(last: 60) { edges { node { content { text } } } } } }`;
    for (let id = 0; id < 60; id += 1) slow.send({ type: 'subscribe', id: String(id), payload: { query } });
    // As many are answered as there is room for.
    await expect.poll(async () => (await other.execute(MeDocument, {})).errors).toEqual([]);
    await sleep(500);
    await app.stop();
    expect(app.logs().filter((line) => line.includes('some work did not end in time'))).toEqual([]);
  });

  it('closes its sockets one after the other, and serves on until the last one is closed', async () => {
    const app = await startApp({ DRAIN_SECONDS: '1.5', SHUTDOWN_SECONDS: '5', SOCKETS_PER_USER: '60' });
    const person = await registerUser(app);
    const sockets = await Promise.all(
      Array.from({ length: 60 }, async () => {
        const socket = await openRawSocket(app.socketUrl);
        await socket.init({ token: person.token });
        return socket;
      }),
    );
    const closed: number[] = [];
    const began = performance.now();
    const ends = sockets.map(async (socket) => {
      expect(await socket.closed(8_000)).toEqual({ code: 1001, reason: 'Going away' });
      closed.push(performance.now() - began);
    });
    const stopping = app.stop();
    expect((await fetch(new URL('/readyz', app.url))).status).toBe(503);
    expect((await fetch(new URL('/healthz', app.url))).status).toBe(200);
    // A proxy can ask the next node; a stock client that is refused would give up for good.
    await expect(openRawSocket(app.socketUrl, { headers: { 'x-forwarded-for': '203.0.113.7' } })).rejects.toThrow('503');
    expect((await (await openRawSocket(app.socketUrl)).closed()).code).toBe(1001);
    const last = present(sockets.at(-1));
    last.send({ type: 'subscribe', id: 'q', payload: { query: '{ serverInfo { name } }' } });
    expect((await last.until('next', 'q')).payload).toMatchObject({ data: { serverInfo: {} } });
    const answer = await app.execute(MeDocument, {}, { token: person.token });
    expect(answer.data?.viewer?.user.id).toBe(person.user.id);
    expect(answer.headers.get('connection')).toBe('close');
    await Promise.all(ends);
    await stopping;
    const [first = 0] = closed;
    expect(Math.max(...closed) - first).toBeGreaterThan(700);
    // Spread, and not all in the end.
    expect(closed.filter((ms) => ms < first + 600).length).toBeGreaterThan(10);
    await expect(fetch(app.url)).rejects.toThrow();
  });
});
