import { describe, expect, inject, it } from 'vitest';
import { createRedis } from '../../src/platform/redis.ts';
import { PresenceDocument, PresenceOfDocument, type PresenceSubscription } from '../generated/graphql.ts';
import { createData, type Env, startApp, startNodes, type TestApp } from '../support/app.ts';
import { present } from '../support/client.ts';
import { closeLater } from '../support/lifetime.ts';
import { adminEnv, loginAdmin, loginAgain, type Person, registerAgent, registerUser } from '../support/people.ts';
import { freePort } from '../support/private-services.ts';
import { startProcess } from '../support/process.ts';
import { openProxy } from '../support/proxy.ts';
import { openSocket } from '../support/socket.ts';

const quick: Env = { ...adminEnv, PRESENCE_GRACE_SECONDS: '0.6', PRESENCE_LEASE_SECONDS: '2', PRESENCE_RENEW_SECONDS: '0.5', REDIS_TIMEOUT_SECONDS: '0.5' };

const stateOf = ({ presence }: PresenceSubscription) => presence.presence;
const presenceSeenBy = async (viewer: Person, person: Person) => present((await viewer.ask(PresenceOfDocument, { uuid: person.user.uuid })).userInfo).presence;

async function connect(person: Person) {
  const socket = person.socket();
  await socket.connected();
  return socket;
}

async function watch(viewer: Person, ...people: Person[]) {
  const socket = await connect(viewer);
  return socket.subscribe(PresenceDocument, { userIds: people.map(({ user }) => user.id) });
}

/** A node that others know, and one that reaches Redis over a wire that can be cut. */
async function twoNodes(env: Env = quick) {
  const data = await createData();
  const proxy = await openProxy(inject('redisUrl') ?? '');
  const near = await startApp({ ...data, ...env });
  const far = await startApp({ ...data, ...env, REDIS_URL: proxy.url });
  const person = await registerAgent(await loginAdmin(near));
  return { data, proxy, near, far, person, viewer: await registerUser(near) };
}

async function forgetEverything(app: TestApp): Promise<void> {
  const prefix = app.env.REDIS_PREFIX ?? '';
  const redis = await createRedis({ url: inject('redisUrl') ?? '', prefix, timeoutMs: 1000 });
  closeLater(() => redis.close());
  await redis.client.del(...(await redis.client.keys(`${prefix}*`)));
}

describe('presence on several nodes', () => {
  it('counts the sockets of all nodes together, and is told on all', async () => {
    const [here, there] = await startNodes(2, quick);
    if (!here || !there) throw new Error('two nodes');
    const person = await registerAgent(await loginAdmin(here));
    const viewer = await registerUser(here);
    const events = [await watch(viewer, person), await watch(viewer.at(there), person)] as const;
    for (const stream of events) expect(stateOf(await stream.next())).toBe('OFFLINE');
    const one = await connect(person);
    const other = await connect(await loginAgain(person, undefined, there));
    for (const stream of events) expect(stateOf(await stream.next())).toBe('ONLINE');
    await one.close();
    expect(await presenceSeenBy(viewer.at(there), person)).toBe('ONLINE');
    await other.close();
    for (const stream of events) expect(stateOf(await stream.next())).toBe('OFFLINE');
  });

  it('ends with the lease where a node dies without a word', async () => {
    const { proxy, far, person, viewer } = await twoNodes();
    await connect(person.at(far));
    const events = await watch(viewer, person);
    expect(stateOf(await events.next())).toBe('ONLINE');
    const died = performance.now();
    // The others see of a dead node what they see of this one: it renews nothing and takes nothing out.
    proxy.freeze();
    expect(stateOf(await events.next())).toBe('OFFLINE');
    const seconds = (performance.now() - died) / 1000;
    expect(seconds).toBeLessThan(Number(quick.PRESENCE_LEASE_SECONDS) + Number(quick.PRESENCE_GRACE_SECONDS) + 1);
    expect(await presenceSeenBy(viewer, person)).toBe('OFFLINE');
  });

  it('is filled again by every node where Redis loses everything, and nobody is told OFFLINE', async () => {
    const { near, far, person, viewer } = await twoNodes({ ...quick, PRESENCE_LEASE_SECONDS: '60', PRESENCE_RENEW_SECONDS: '30', PRESENCE_GRACE_SECONDS: '2' });
    const socket = await connect(person.at(far));
    const events = await watch(viewer, person);
    expect(stateOf(await events.next())).toBe('ONLINE');
    await forgetEverything(near);
    await expect.poll(() => presenceSeenBy(viewer, person)).toBe('ONLINE');
    await socket.close();
    expect(stateOf(await events.next())).toBe('OFFLINE');
    expect(events.all().map(({ data }) => data?.presence.presence)).toEqual(['ONLINE', 'OFFLINE']);
  });

  it('is null while Redis is away, never OFFLINE, and right when it is back', async () => {
    const { proxy, far, person, viewer } = await twoNodes();
    const before = await connect(person.at(far));
    const watcher = viewer.at(far);
    const events = await watch(watcher, person);
    expect(stateOf(await events.next())).toBe('ONLINE');
    await proxy.cut();
    await expect.poll(() => presenceSeenBy(watcher, person)).toBeNull();
    const during = await watch(watcher, person);
    expect(stateOf(await during.next())).toBeNull();
    await proxy.mend();
    expect(stateOf(await during.next())).toBe('ONLINE');
    await before.close();
    expect([stateOf(await events.next()), stateOf(await during.next())]).toEqual(['OFFLINE', 'OFFLINE']);
    expect(events.all()).toHaveLength(2);
  });

  it('knows who came and who went while Redis was away', async () => {
    const { proxy, far, person, viewer } = await twoNodes({ ...quick, PRESENCE_LEASE_SECONDS: '60' });
    const comes = await registerAgent(await loginAdmin(far));
    const leaving = await connect(person.at(far));
    const events = await watch(viewer, person, comes);
    expect([stateOf(await events.next()), stateOf(await events.next())]).toEqual(['ONLINE', 'OFFLINE']);
    await proxy.cut();
    await leaving.close();
    await connect(comes.at(far));
    await proxy.mend();
    const told = [await events.next(), await events.next()].map(({ presence }) => [presence.uuid, presence.presence]);
    expect(new Map(told.map(([uuid, state]) => [uuid, state]))).toEqual(
      new Map([
        [comes.user.uuid, 'ONLINE'],
        [person.user.uuid, 'OFFLINE'],
      ]),
    );
  });

  it('has the people of a node that was frozen for longer than its lease online again by itself, and no ghosts of them', { timeout: 90_000 }, async () => {
    const near = await startApp({ ...(await createData()), ...quick });
    const [person, viewer] = [await registerAgent(await loginAdmin(near)), await registerUser(near)];
    const node = await startProcess(await freePort(), near.env);
    const socket = openSocket(`${node.url.replace('http', 'ws')}/graphql`, { token: person.token });
    await socket.connected();
    const events = await watch(viewer, person);
    expect(stateOf(await events.next())).toBe('ONLINE');
    node.kill('SIGSTOP');
    expect(stateOf(await events.next())).toBe('OFFLINE');
    node.kill('SIGCONT');
    expect(stateOf(await events.next())).toBe('ONLINE');
    await socket.close();
    expect(stateOf(await events.next())).toBe('OFFLINE');
    expect(await presenceSeenBy(viewer, person)).toBe('OFFLINE');
  });

  it('does not take what a node has left behind for the node that comes in its place', { timeout: 90_000 }, async () => {
    // So long that the next node begins within it, also where the machine is busy.
    const near = await startApp({ ...(await createData()), ...quick, PRESENCE_LEASE_SECONDS: '5' });
    const admin = await loginAdmin(near);
    const [stays, goes, viewer] = [await registerAgent(admin), await registerAgent(admin), await registerUser(near)];
    const port = await freePort();
    const before = await startProcess(port, near.env);
    const at = (person: Person) => openSocket(`${before.url.replace('http', 'ws')}/graphql`, { token: person.token });
    await Promise.all([at(stays).connected(), at(goes).connected()]);
    const events = await watch(viewer, stays, goes);
    expect([stateOf(await events.next()), stateOf(await events.next())]).toEqual(['ONLINE', 'ONLINE']);
    before.kill('SIGKILL');
    await before.exit;
    await startProcess(port, near.env);
    await at(stays).connected();
    expect((await events.next()).presence).toMatchObject({ uuid: goes.user.uuid, presence: 'OFFLINE' });
    expect(await presenceSeenBy(viewer, stays)).toBe('ONLINE');
    expect(events.waiting()).toEqual([]);
  });

  it('keeps somebody ONLINE who is on two nodes, one of which dies', async () => {
    const { proxy, near, far, person, viewer } = await twoNodes();
    const witness = await registerAgent(await loginAdmin(near));
    await connect(person.at(far));
    await connect(witness.at(far));
    const other = await connect(await loginAgain(person));
    const events = await watch(viewer, person, witness);
    expect([stateOf(await events.next()), stateOf(await events.next())]).toEqual(['ONLINE', 'ONLINE']);
    proxy.freeze();
    expect((await events.next()).presence).toMatchObject({ uuid: witness.user.uuid, presence: 'OFFLINE' });
    expect(await presenceSeenBy(viewer, person)).toBe('ONLINE');
    await other.close();
    expect((await events.next()).presence).toMatchObject({ uuid: person.user.uuid, presence: 'OFFLINE' });
  });
});
