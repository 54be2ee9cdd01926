import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, inject, it } from 'vitest';
import { createDatabaseServer, createFolder, createRedisServer, type Server } from '../chaos/servers.ts';
import {
  EventsDocument,
  type EventsSubscription,
  MeDocument,
  MessagesDocument,
  PresenceDocument,
  PresenceOfDocument,
  SendMessageDocument,
  SetTypingDocument,
  TypingDocument,
} from '../generated/graphql.ts';
import { createData, type Env, startApp, type TestApp } from '../support/app.ts';
import { codesOf, present } from '../support/client.ts';
import { closeLater } from '../support/lifetime.ts';
import { adminEnv, loginAdmin, type Person, registerAgent, registerTwo, sendText } from '../support/people.ts';
import { openProxy } from '../support/proxy.ts';
import type { Stream } from '../support/socket.ts';

const env: Env = { ...adminEnv, DATABASE_POOL: '4', RATE_LIMITS: 'off' };

/** Two nodes: one that reaches the database directly, and one over a wire that can be cut. */
async function twoNodes(more: Env = {}) {
  const data = await createData();
  const database = await openProxy(present(data.DATABASE_URL));
  const near = await startApp({ ...data, ...env, ...more });
  const far = await startApp({ ...data, ...env, ...more, DATABASE_URL: database.url });
  return { database, near, far };
}

/** Two nodes for both of which a service can go away. */
async function twoNodesOn(services: Env) {
  const all = { ...(await createData()), ...env, ...services };
  return { one: await startApp(all), other: await startApp(all) };
}

/** A service that can go away, for everybody. */
interface Service {
  readonly env: Env;
  leave(): unknown;
  comeBack(): unknown;
}

const cutOff = (variable: 'DATABASE_URL' | 'REDIS_URL') => async (): Promise<Service> => {
  const data = await createData();
  const proxy = await openProxy(present(variable === 'REDIS_URL' ? inject('redisUrl') : data.DATABASE_URL));
  return { env: { ...data, [variable]: proxy.url }, leave: proxy.cut, comeBack: proxy.mend };
};

/** A server of the test's own, whose process is stopped as by SIGSTOP: the kernel still takes connections and bytes for it. */
const stopped =
  <Handle>(create: (folder: string) => Promise<Server<Handle>>, envOf: (url: string) => Env) =>
  async (): Promise<Service> => {
    const folder = createFolder();
    closeLater(folder.remove);
    const { program, url, start } = await create(folder.path);
    closeLater(program.retire);
    await start();
    return { env: envOf(url), leave: () => program.signal('SIGSTOP'), comeBack: () => program.signal('SIGCONT') };
  };

const databases: [string, () => Promise<Service>][] = [
  ['is cut off', cutOff('DATABASE_URL')],
  ['is stopped (SIGSTOP)', stopped(createDatabaseServer, (url) => ({ DATABASE_URL: `${url}/parley` }))],
];
const redises: [string, () => Promise<Service>][] = [
  ['is cut off', cutOff('REDIS_URL')],
  ['is stopped (SIGSTOP)', stopped(createRedisServer, (url) => ({ REDIS_URL: url }))],
];

const textOf = ({ events }: EventsSubscription) => (events.__typename === 'MessageSent' ? (events.message.content?.text ?? null) : events.__typename);

async function listen(person: Person, app: TestApp) {
  const socket = person.at(app).socket();
  const stream = socket.subscribe(EventsDocument, {});
  await stream.until(({ events }) => events.__typename === 'CaughtUp');
  return { socket, stream };
}

/** How long until a text came, in milliseconds. */
async function untilText(stream: Stream<EventsSubscription>, text: string, ms: number): Promise<number> {
  const began = performance.now();
  await expect.poll(() => stream.all().filter(({ data }) => data !== null && textOf(data) === text).length, { timeout: ms, interval: 20 }).toBe(1);
  return performance.now() - began;
}

async function timed<T>(work: Promise<T>): Promise<[T, number]> {
  const began = performance.now();
  const result = await work;
  return [result, performance.now() - began];
}

const send = (from: Person, to: string, text: string, clientId: string = randomUUID()) =>
  from.execute(SendMessageDocument, { input: { to, clientId, content: { text } } });

describe.each(databases)('a database that %s', (_name, createService) => {
  it('refuses sends within 5 s and acknowledges none; sockets stay open, and everything is right again within 10 s', async () => {
    const database = await createService();
    const { one, other } = await twoNodesOn(database.env);
    const [sender, reader] = await registerTwo(one);
    await sendText(sender, reader.user.id, 'before');
    const { socket, stream } = await listen(reader, other);
    const sending = sender.socket();
    await sending.connected();
    const ends: unknown[] = [];
    for (const { client } of [socket, sending]) client.on('closed', (event) => void ends.push(event));
    await database.leave();
    const clientIds = Array.from({ length: 12 }, () => randomUUID());
    const overSocket = { input: { to: reader.user.id, clientId: randomUUID(), content: { text: 'x' } } };
    // More at once than there are connections: those in the line must not wait longer.
    const answers = await Promise.all([
      timed(sending.execute(SendMessageDocument, overSocket)),
      ...clientIds.map((clientId, index) => timed(send(index % 2 === 0 ? sender : sender.at(other), reader.user.id, clientId, clientId))),
    ]);
    for (const [answer, ms] of answers) {
      expect(codesOf(answer)).toEqual(['UNAVAILABLE']);
      expect(ms).toBeLessThan(5_000);
    }
    // Long enough for every connection of the pools to have been given up.
    await sleep(3_000);
    await database.comeBack();
    const back = performance.now();
    const clientId = randomUUID();
    await expect.poll(async () => codesOf(await send(sender, reader.user.id, 'again', clientId)), { timeout: 20_000 }).toEqual([]);
    await untilText(stream, 'again', 10_000);
    expect(performance.now() - back).toBeLessThan(10_000);
    // Each of those that failed, sent again with its clientId, is there once.
    for (const clientId of clientIds) await sendText(sender, reader.user.id, clientId, clientId);
    for (const clientId of clientIds) await untilText(stream, clientId, 5_000);
    const texts = stream.all().flatMap(({ data }) => (data ? [textOf(data)] : []));
    expect(new Set(texts).size).toBe(texts.length);
    expect(ends).toEqual([]);
    expect((await socket.ask(MeDocument, {})).viewer?.user.id).toBe(reader.user.id);
    expect((await sending.ask(MeDocument, {})).viewer?.user.id).toBe(sender.user.id);
    expect((await fetch(new URL('/readyz', one.url))).status).toBe(200);
  });
});

it('a pool of connections is whole again after a database that hung for longer than every limit', async () => {
  const { database, far } = await twoNodes({ DATABASE_TIMEOUT_SECONDS: '1' });
  const [sender, reader] = await registerTwo(far);
  for (let round = 0; round < 2; round += 1) {
    database.freeze();
    const lost = await Promise.all(Array.from({ length: 20 }, () => send(sender, reader.user.id, 'lost')));
    expect(new Set(lost.flatMap(codesOf))).toEqual(new Set(['UNAVAILABLE']));
    await sleep(1_500);
    database.thaw();
    await expect.poll(async () => codesOf(await send(sender, reader.user.id, 'x')), { timeout: 20_000 }).toEqual([]);
    // As many at once as the pool has, and twice that: a place that leaked would be missing here.
    const [good, ms] = await timed(Promise.all(Array.from({ length: 8 }, () => send(sender, reader.user.id, 'good'))));
    expect(good.flatMap(codesOf)).toEqual([]);
    expect(ms).toBeLessThan(3_000);
  }
});

describe.each(redises)('a Redis that %s', (_name, createService) => {
  it('delays a message by at most 5 s and no answer by more than 50 ms; presence is null and never false', async () => {
    const redis = await createService();
    const { one, other } = await twoNodesOn(redis.env);
    const [sender, reader] = await registerTwo(one);
    const agent = await registerAgent(await loginAdmin(one));
    await agent.socket().connected();
    const { stream } = await listen(reader, other);
    const presence = async () => (await sender.ask(PresenceOfDocument, { uuid: agent.user.uuid })).userInfo?.presence ?? null;
    await sendText(sender, reader.user.id, 'before');
    expect(await presence()).toBe('ONLINE');
    const usual: number[] = [];
    for (let count = 0; count < 15; count += 1) usual.push((await timed(sendText(sender, reader.user.id, `usual ${count}`)))[1]);

    await redis.leave();
    const slow: number[] = [];
    for (let count = 0; count < 15; count += 1) slow.push((await timed(sendText(sender, reader.user.id, `away ${count}`)))[1]);
    // The quickest of each: what a busy machine adds to the others is not Redis's doing.
    expect(Math.min(...slow) - Math.min(...usual)).toBeLessThan(50);
    const late = await untilText(stream, 'away 14', 6_000);
    expect(late).toBeLessThan(5_000);
    for (let count = 0; count < 5; count += 1) {
      expect(await presence()).toBeNull();
      await sleep(200);
    }

    await redis.comeBack();
    await expect.poll(presence, { timeout: 20_000 }).toBe('ONLINE');
    await expect
      .poll(
        async () => {
          const text = randomUUID();
          await sendText(sender, reader.user.id, text);
          return await untilText(stream, text, 5_000);
        },
        { timeout: 20_000 },
      )
      .toBeLessThan(500);
  });
});

describe('a subscription that is asked for while the database is away', () => {
  it.each([
    ['is not known', '0.001'],
    ['is known', '60'],
  ])('waits for it, where the session %s; queries are refused, and one that is given up never begins', async (_name, SESSION_CACHE_SECONDS) => {
    const { database, near, far } = await twoNodes({ DATABASE_TIMEOUT_SECONDS: '1', SESSION_CACHE_SECONDS });
    const [sender, reader] = await registerTwo(near);
    const { conversation } = await sendText(sender, reader.user.id, 'before');
    const conversationId = conversation.id;
    const socket = reader.at(far).socket();
    await socket.ask(MeDocument, {});
    await database.cut();
    const refused = async () => codesOf(await socket.execute(MeDocument, {}));
    await expect.poll(refused).toEqual(['UNAVAILABLE']);
    const events = socket.subscribe(EventsDocument, {});
    const messages = socket.subscribe(MessagesDocument, { conversationId, afterRev: 1 });
    const typing = socket.subscribe(TypingDocument, { conversationId });
    const presence = socket.subscribe(PresenceDocument, { userIds: [reader.user.id] });
    const givenUp = socket.subscribe(MessagesDocument, { conversationId, afterRev: 0 });
    for (let count = 0; count < 3; count += 1) expect(await refused()).toEqual(['UNAVAILABLE']);
    givenUp.close();
    expect(await refused()).toEqual(['UNAVAILABLE']);
    const streams = [messages, typing, presence, givenUp];
    expect(streams.map((stream) => stream.all())).toEqual([[], [], [], []]);

    await database.mend();
    await events.until((data) => data.events.__typename === 'CaughtUp');
    expect((await presence.next()).presence.presence).toBe('ONLINE');
    await sendText(sender, reader.user.id, 'after');
    await events.until((data) => textOf(data) === 'after');
    expect((await messages.next()).messages.content?.text).toBe('after');
    await expect
      .poll(
        async () => {
          await sender.ask(SetTypingDocument, { conversationId });
          return typing.all().length;
        },
        { timeout: 20_000, interval: 300 },
      )
      .toBeGreaterThan(0);
    expect((await typing.next()).typing.user.id).toBe(sender.user.id);
    expect(givenUp.all()).toEqual([]);
  });

  it('is not ended by a node that stops meanwhile: the socket closes without a word on it, and stock clients ask the next node', async () => {
    const { database, near, far } = await twoNodes({ DATABASE_TIMEOUT_SECONDS: '1', SESSION_CACHE_SECONDS: '0.001' });
    const [sender, reader] = await registerTwo(near);
    const { conversation } = await sendText(sender, reader.user.id, 'before');
    const socket = reader.at(far).socket();
    await socket.ask(MeDocument, {});
    await database.cut();
    await expect.poll(async () => codesOf(await socket.execute(MeDocument, {}))).toEqual(['UNAVAILABLE']);
    const events = socket.subscribe(EventsDocument, {});
    const messages = socket.subscribe(MessagesDocument, { conversationId: conversation.id });
    expect(codesOf(await socket.execute(MeDocument, {}))).toEqual(['UNAVAILABLE']);
    const stopping = far.stop();
    const goingAway = 'the socket closed with 1001 Going away';
    expect([await events.ended(), await messages.ended()]).toEqual([goingAway, goingAway]);
    expect([events.all(), messages.all()]).toEqual([[], []]);
    await stopping;
  });
});
