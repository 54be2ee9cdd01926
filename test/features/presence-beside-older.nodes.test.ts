import { randomUUID } from 'node:crypto';
import { describe, expect, inject, it } from 'vitest';
import { createRedis } from '../../src/platform/redis.ts';
import { PresenceDocument, PresenceOfDocument } from '../generated/graphql.ts';
import { type Env, startApp, type TestApp } from '../support/app.ts';
import { present } from '../support/client.ts';
import { idsOf, openTables } from '../support/groups.ts';
import { closeLater } from '../support/lifetime.ts';
import { adminEnv, loginAdmin, type Person, registerAgent, registerUser } from '../support/people.ts';
import { createPresenceOfBefore } from '../support/presence-of-before.ts';
import { freePort } from '../support/private-services.ts';
import { startProcess } from '../support/process.ts';
import { openSocket } from '../support/socket.ts';

const quick: Env = { ...adminEnv, PRESENCE_GRACE_SECONDS: '0.4', PRESENCE_LEASE_SECONDS: '2', PRESENCE_RENEW_SECONDS: '0.5' };

const presenceSeenBy = async (viewer: Person, person: Person) => present((await viewer.ask(PresenceOfDocument, { uuid: person.user.uuid })).userInfo).presence;

async function openOlder({ env }: TestApp) {
  const redis = await createRedis({ url: inject('redisUrl') ?? '', prefix: env.REDIS_PREFIX ?? '', timeoutMs: 1000 });
  closeLater(() => redis.close());
  return createPresenceOfBefore(redis);
}

async function scene() {
  const app = await startApp(quick);
  const [person, viewer] = [await registerAgent(await loginAdmin(app)), await registerUser(app)];
  const [userId = 0] = await idsOf(await openTables(app), [person.user]);
  const socket = viewer.socket();
  await socket.connected();
  const events = socket.subscribe(PresenceDocument, { userIds: [person.user.id] });
  expect((await events.next()).presence.presence).toBe('OFFLINE');
  return { app, person, viewer, userId, events, older: await openOlder(app) };
}

describe('presence beside a node of the version before', () => {
  it('is told of its people while they are there, and until their leases end where it dies without a word', async () => {
    const { person, viewer, userId, events, older } = await scene();
    expect(await older.put(userId, randomUUID(), 1500)).toBe(0);
    // The signal of the older node, as it sends one; and the state at once.
    expect(await presenceSeenBy(viewer, person)).toBe('ONLINE');
    // What older nodes do not write down is looked for as soon as one of them was seen.
    expect((await events.next()).presence.presence).toBe('ONLINE');
    expect((await events.next()).presence.presence).toBe('OFFLINE');
    expect(await presenceSeenBy(viewer, person)).toBe('OFFLINE');
  });

  it('shows its own people to it, with somebody on both too', async () => {
    const { person, viewer, userId, events, older } = await scene();
    const socket = person.socket();
    await socket.connected();
    expect(await older.count(userId)).toBe(1);
    expect((await events.next()).presence.presence).toBe('ONLINE');
    expect(await older.put(userId, 'a connection', 60_000)).toBe(1);
    await socket.close();
    await expect.poll(() => older.count(userId)).toBe(1);
    expect(await presenceSeenBy(viewer, person)).toBe('ONLINE');
    expect(await older.remove(userId, 'a connection')).toBe(0);
    expect((await events.next()).presence.presence).toBe('OFFLINE');
    expect(events.all()).toHaveLength(3);
  });

  it('takes the people of a node that was killed out of what older ones read', { timeout: 90_000 }, async () => {
    const { app, person, userId, events, older } = await scene();
    const node = await startProcess(await freePort(), app.env);
    await openSocket(`${node.url.replace('http', 'ws')}/graphql`, { token: person.token }).connected();
    expect((await events.next()).presence.presence).toBe('ONLINE');
    expect(await older.count(userId)).toBe(1);
    node.kill('SIGKILL');
    await node.exit;
    expect((await events.next()).presence.presence).toBe('OFFLINE');
    await expect.poll(() => older.count(userId)).toBe(0);
  });
});
