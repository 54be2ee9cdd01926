import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, inject, it } from 'vitest';
import {
  BlockUserDocument,
  EventsDocument,
  type EventsSubscription,
  LogoutDocument,
  MeDocument,
  PresenceOfDocument,
  SendMessageDocument,
  UpdateUserDocument,
} from '../generated/graphql.ts';
import { createData, type Env, startApp, type TestApp } from '../support/app.ts';
import { codesOf, present } from '../support/client.ts';
import { adminEnv, loginAdmin, loginAgain, type Person, registerAgent, registerTwo, sendText } from '../support/people.ts';
import { openProxy, type Proxy as Wire } from '../support/proxy.ts';
import type { Stream } from '../support/socket.ts';

const env: Env = { ...adminEnv, DATABASE_POOL: '4', RATE_LIMITS: 'off' };

/** Two nodes: one that reaches both services directly, and one over wires that can be cut. */
async function twoNodes(more: Env = {}) {
  const data = await createData();
  const database = await openProxy(present(data.DATABASE_URL));
  const redis = await openProxy(present(inject('redisUrl')));
  const near = await startApp({ ...data, ...env, ...more });
  const far = await startApp({ ...data, ...env, ...more, DATABASE_URL: database.url, REDIS_URL: redis.url });
  return { data, database, redis, near, far };
}

/** Likewise, with both nodes behind the wires: the service is away for everybody. */
async function twoNodesBehind(more: Env = {}) {
  const data = await createData();
  const database = await openProxy(present(data.DATABASE_URL));
  const redis = await openProxy(present(inject('redisUrl')));
  const wired = { ...data, ...env, ...more, DATABASE_URL: database.url, REDIS_URL: redis.url };
  return { database, redis, one: await startApp(wired), other: await startApp(wired) };
}

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

const ways: [string, (proxy: Wire) => unknown, (proxy: Wire) => unknown][] = [
  ['is cut off', (proxy) => proxy.cut(), (proxy) => proxy.mend()],
  ['hangs', (proxy) => proxy.freeze(), (proxy) => proxy.thaw()],
];

describe.each(ways)('a database that %s', { timeout: 60_000 }, (_name, leave, comeBack) => {
  it('refuses sends within 5 s and acknowledges none; sockets stay open, and everything is right again within 10 s', async () => {
    const { database, one, other } = await twoNodesBehind();
    const [sender, reader] = await registerTwo(one);
    await sendText(sender, reader.user.id, 'before');
    const { socket, stream } = await listen(reader, other);
    const sending = sender.socket();
    await sending.connected();
    await leave(database);
    const clientIds = Array.from({ length: 12 }, () => randomUUID());
    // More at once than there are connections: those in the line must not wait longer.
    const answers = await Promise.all(
      clientIds.map((clientId, index) => timed(send(index % 2 === 0 ? sender : sender.at(other), reader.user.id, clientId, clientId))),
    );
    for (const [answer, ms] of answers) {
      expect(codesOf(answer)).toEqual(['UNAVAILABLE']);
      expect(ms).toBeLessThan(5_000);
    }
    const [overSocket, ms] = await timed(
      sending.execute(SendMessageDocument, { input: { to: reader.user.id, clientId: randomUUID(), content: { text: 'x' } } }),
    );
    expect(codesOf(overSocket)).toEqual(['UNAVAILABLE']);
    expect(ms).toBeLessThan(5_000);
    // Long enough for every connection of the pools to have been given up.
    await sleep(3_000);
    await comeBack(database);
    const back = performance.now();
    const clientId = randomUUID();
    await expect.poll(async () => codesOf(await send(sender, reader.user.id, 'again', clientId)), { timeout: 10_000 }).toEqual([]);
    await untilText(stream, 'again', 10_000);
    expect(performance.now() - back).toBeLessThan(10_000);
    // Each of those that failed, sent again with its clientId, is there once.
    for (const clientId of clientIds) await sendText(sender, reader.user.id, clientId, clientId);
    for (const clientId of clientIds) await untilText(stream, clientId, 5_000);
    const texts = stream.all().flatMap(({ data }) => (data ? [textOf(data)] : []));
    expect(new Set(texts).size).toBe(texts.length);
    expect(socket.client).toBeDefined();
    expect((await socket.ask(MeDocument, {})).viewer?.user.id).toBe(reader.user.id);
    expect((await sending.ask(MeDocument, {})).viewer?.user.id).toBe(sender.user.id);
    expect((await fetch(new URL('/readyz', one.url))).status).toBe(200);
  });
});

it('a pool of connections is whole again after a database that hung for longer than every limit', { timeout: 60_000 }, async () => {
  const { database, far } = await twoNodes({ DATABASE_TIMEOUT_SECONDS: '1' });
  const [sender, reader] = await registerTwo(far);
  for (let round = 0; round < 3; round += 1) {
    database.freeze();
    const lost = await Promise.all(Array.from({ length: 20 }, () => send(sender, reader.user.id, 'lost')));
    expect(new Set(lost.flatMap(codesOf))).toEqual(new Set(['UNAVAILABLE']));
    await sleep(1_500);
    database.thaw();
    await expect.poll(async () => codesOf(await send(sender, reader.user.id, 'x')), { timeout: 5_000 }).toEqual([]);
    // As many at once as the pool has, and twice that: a place that leaked would be missing here.
    const [good, ms] = await timed(Promise.all(Array.from({ length: 8 }, () => send(sender, reader.user.id, 'good'))));
    expect(good.flatMap(codesOf)).toEqual([]);
    expect(ms).toBeLessThan(3_000);
  }
});

describe.each(ways)('a Redis that %s', { timeout: 60_000 }, (_name, leave, comeBack) => {
  it('delays a message by at most 5 s and no answer by more than 50 ms; presence is null and never false', async () => {
    const { redis, one, other } = await twoNodesBehind();
    const [sender, reader] = await registerTwo(one);
    const agent = await registerAgent(await loginAdmin(one));
    await agent.socket().connected();
    const { stream } = await listen(reader, other);
    const presence = async () => (await sender.ask(PresenceOfDocument, { uuid: agent.user.uuid })).userInfo?.presence ?? null;
    await sendText(sender, reader.user.id, 'before');
    expect(await presence()).toBe('ONLINE');
    const usual: number[] = [];
    for (let count = 0; count < 15; count += 1) usual.push((await timed(sendText(sender, reader.user.id, `usual ${count}`)))[1]);

    await leave(redis);
    const slow: number[] = [];
    for (let count = 0; count < 15; count += 1) slow.push((await timed(sendText(sender, reader.user.id, `away ${count}`)))[1]);
    const delay = median(slow) - median(usual);
    expect(delay).toBeLessThan(50);
    const late = await untilText(stream, 'away 14', 6_000);
    expect(late).toBeLessThan(5_000);
    for (let count = 0; count < 5; count += 1) {
      expect(await presence()).toBeNull();
      await sleep(200);
    }

    await comeBack(redis);
    await expect.poll(presence, { timeout: 10_000 }).toBe('ONLINE');
    await expect
      .poll(
        async () => {
          const text = randomUUID();
          await sendText(sender, reader.user.id, text);
          return await untilText(stream, text, 5_000);
        },
        { timeout: 10_000 },
      )
      .toBeLessThan(500);
  });

  it('lets no session live on: sockets of all nodes are closed within 5 s by way of the database', async () => {
    const { redis, near, far } = await twoNodes();
    const [person] = await registerTwo(near);
    const admin = await loginAdmin(near);
    const disabled = await registerAgent(admin);
    const sockets = [(await loginAgain(person, undefined, far)).socket(), disabled.at(far).socket()] as const;
    const phone = await loginAgain(person, 'phone', far);
    const phoneSocket = phone.socket();
    await Promise.all([...sockets, phoneSocket].map((socket) => socket.connected()));
    await leave(redis);
    const began = performance.now();
    await phone.at(near).ask(LogoutDocument, {});
    await admin.ask(UpdateUserDocument, { userId: disabled.user.id, enabled: false });
    expect(await phoneSocket.closed()).toEqual({ code: 4401, reason: 'TOKEN_INVALID' });
    expect(await sockets[1].closed()).toEqual({ code: 4401, reason: 'USER_DISABLED' });
    expect(performance.now() - began).toBeLessThan(5_500);
    expect(codesOf(await phone.execute(MeDocument, {}))).toEqual(['TOKEN_INVALID']);
    // The other session of the same person stays.
    expect((await sockets[0].ask(MeDocument, {})).viewer?.user.id).toBe(person.user.id);
  });
});

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

describe('the end of a right, with everything there', () => {
  it('is in force on the other node within a second: logout, disabling, a block', async () => {
    const { near, far } = await twoNodes();
    const [person, other] = await registerTwo(near);
    const admin = await loginAdmin(near);
    const phone = await loginAgain(person, 'phone', far);
    const disabled = await registerAgent(admin);
    const sockets = [phone.socket(), disabled.at(far).socket()] as const;
    await Promise.all(sockets.map((socket) => socket.connected()));
    const [, logout] = await timed(
      phone
        .at(near)
        .ask(LogoutDocument, {})
        .then(() => sockets[0].closed()),
    );
    const [, disabling] = await timed(admin.ask(UpdateUserDocument, { userId: disabled.user.id, enabled: false }).then(() => sockets[1].closed()));
    expect(Math.max(logout, disabling)).toBeLessThan(1_000);
    expect(codesOf(await disabled.at(far).execute(MeDocument, {}))).toEqual(['USER_DISABLED']);
    await sendText(person, other.user.id, 'hello');
    await other.ask(BlockUserDocument, { userId: person.user.id });
    expect(codesOf(await send(person.at(far), other.user.id, 'no more'))).toEqual(['BLOCKED']);
  });
});
