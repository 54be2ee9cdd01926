import { randomUUID } from 'node:crypto';
import { describe, expect, inject, it, vi } from 'vitest';
import { createMemoryPresenceStore } from '../../src/platform/presence-store.memory.ts';
import { createRedisPresenceStore } from '../../src/platform/presence-store.redis.ts';
import type { PresenceStore } from '../../src/platform/presence-store.ts';
import type { RedisServer } from '../../src/platform/redis.ts';
import { closeLater } from '../support/lifetime.ts';
import { openProxy } from '../support/proxy.ts';
import { openRedis } from '../support/redis.ts';

const redisUrl = inject('redisUrl');
const clusterUrl = inject('redisClusterUrl');
/** For what comes by itself, on a machine that is busy. */
const patience = { timeout: 20_000 };

/** Two stores that know the same; in memory they are the same one. */
const implementations: { name: string; there: boolean; make: () => Promise<[PresenceStore, PresenceStore]> }[] = [
  {
    name: 'memory',
    there: true,
    make: async () => {
      const store = createMemoryPresenceStore();
      return [store, store];
    },
  },
  {
    name: 'redis',
    there: redisUrl !== null,
    make: async () => {
      const prefix = `test-${randomUUID()}:`;
      return [createRedisPresenceStore(await openRedis({ prefix })), createRedisPresenceStore(await openRedis({ prefix }))];
    },
  },
  {
    name: 'a redis cluster',
    there: clusterUrl !== null,
    make: async () => {
      const prefix = `test-${randomUUID()}:`;
      const stores = await Promise.all([1, 2].map(async () => createRedisPresenceStore(await openRedis({ url: clusterUrl ?? '', prefix }))));
      const [here, there] = stores;
      if (!here || !there) throw new Error('two stores');
      return [here, there];
    },
  },
];

const long = 60_000;
const isOnline = async (store: PresenceStore, userId: number) => (await store.online([userId]))?.get(userId);
const ids = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

describe.each(implementations.filter(({ there }) => there))('the presence store in $name', ({ make }) => {
  /** The two stores, and a node on each. */
  async function open(leaseMs = long): Promise<[PresenceStore, PresenceStore]> {
    const [here, there] = await make();
    await here.open('a', leaseMs);
    await there.open('b', long);
    return [here, there];
  }

  it('says who came first and who left last, of all nodes', async () => {
    const [here, there] = await open();
    expect(await here.enter('a', [], [1, 2])).toEqual(new Set([1, 2]));
    expect(await there.enter('b', [], [1])).toEqual(new Set());
    expect(await here.enter('a', [], [1, 2, 3])).toEqual(new Set([2, 3]));
    expect(await here.leave(['a'], [1, 2])).toEqual(new Set([2]));
    expect(await there.leave(['b'], [1])).toEqual(new Set([1]));
    expect(await here.enter('a', [], [1])).toEqual(new Set([1]));
  });

  it('has a user online while they are on any node', async () => {
    const [here, there] = await open();
    await here.enter('a', [], [1]);
    await there.enter('b', [], [1]);
    await here.leave(['a'], [1]);
    expect(await isOnline(here, 1)).toBe(true);
    await there.leave(['b'], [1]);
    expect(await isOnline(here, 1)).toBe(false);
  });

  it('answers for many users at once, unknown ones included', async () => {
    const [here, there] = await open();
    const userIds = ids(1200);
    await here.enter(
      'a',
      [],
      userIds.filter((id) => id % 3 === 0),
    );
    expect(await there.online(userIds)).toEqual(new Map(userIds.map((id) => [id, id % 3 === 0])));
    expect(await there.online([])).toEqual(new Map());
    expect((await there.peopleOf('a')).length).toBe(400);
  });

  it('lets everybody on a node go when its lease ends, and keeps who is on another too', async () => {
    const [here, there] = await open(100);
    await here.enter('a', [], [1, 2]);
    await there.enter('b', [], [2]);
    expect(await isOnline(there, 1)).toBe(true);
    await vi.waitFor(async () => expect(await isOnline(there, 1)).toBe(false), patience);
    expect(await isOnline(there, 2)).toBe(true);
    await there.renew('b', long);
    expect(await there.leave(['b'], [2])).toEqual(new Set([2]));
    expect(await there.enter('b', [], [1])).toEqual(new Set([1]));
  });

  it('keeps all of a node that renews its lease', async () => {
    const [here, there] = await open(300);
    await there.open('a witness', 350);
    await here.enter('a', [], ids(1000));
    await there.enter('a witness', [], [1001]);
    expect((await here.renew('a', long)).held).toBe(true);
    await vi.waitFor(async () => expect(await isOnline(there, 1001)).toBe(false), patience);
    expect(await there.online([1, 1000])).toEqual(
      new Map([
        [1, true],
        [1000, true],
      ]),
    );
  });

  it('does not hold a name whose lease was over, however late that is found, nor one that was never opened', async () => {
    const [here] = await open(20);
    await vi.waitFor(async () => expect((await here.renew('a', 20)).held).toBe(false), patience);
    expect((await here.renew('a', long)).held).toBe(false);
    expect((await here.renew('never opened', long)).held).toBe(false);
    await here.enter('a', [], [1]);
    expect(await isOnline(here, 1)).toBe(false);
  });

  it('tells one of those who ask of a node that is over, who is left there, and nobody when it is closed', async () => {
    const [here, there] = await open(50);
    await here.enter('a', [], [1, 2]);
    await there.enter('b', [], [2]);
    const told = await vi.waitFor(async () => {
      const { over } = await there.renew('b', long);
      expect(over).toEqual(['a']);
      return over;
    }, patience);
    expect((await here.renew('c', long)).over).toEqual([]);
    expect((await there.peopleOf('a')).toSorted()).toEqual([1, 2]);
    expect(await there.leave(told, [1, 2])).toEqual(new Set([1]));
    await there.close('a');
    await there.open('d', 1);
    await vi.waitFor(async () => expect((await here.renew('c', long)).over).toEqual(['d']), patience);
  });

  it('moves whoever is there to another name, and what comes late under the one that was closed counts nothing', async () => {
    const [here, there] = await open();
    await here.enter('a', [], [1, 2]);
    await here.open('a2', long);
    expect(await here.enter('a2', ['a'], [1])).toEqual(new Set([1]));
    await here.close('a');
    await here.enter('a', [], [3]);
    expect(await there.online([1, 2, 3])).toEqual(
      new Map([
        [1, true],
        [2, false],
        [3, false],
      ]),
    );
    expect(await here.leave(['a2', 'a'], [1])).toEqual(new Set([1]));
    expect(await isOnline(there, 1)).toBe(false);
  });

  it('leaves out a user who leaves while all are written', async () => {
    const [here] = await open();
    const entering = here.enter('a', [], ids(1200));
    const leaving = here.leave(['a'], [1, 1200]);
    await Promise.all([entering, leaving]);
    expect(await here.online([1, 1200])).toEqual(
      new Map([
        [1, false],
        [1200, false],
      ]),
    );
  });

  it('takes out what it does not know without complaint', async () => {
    const [here] = await open();
    expect(await here.leave(['a', 'never there'], [1])).toEqual(new Set([1]));
    await here.unlist('a', [1]);
    await here.close('never there');
  });

  it('says to everybody who has changed since a place, and nothing where nothing has', async () => {
    const [here, there] = await open();
    const { place, userIds } = await there.changes(null);
    expect(userIds).toBeNull();
    expect(await there.changes(place)).toEqual({ place, userIds: [] });
    await here.tell([1, 2]);
    await there.tell([2, 3]);
    const next = await there.changes(place);
    expect(next.userIds).toEqual([1, 2, 3]);
    expect(await here.changes(next.place)).toEqual({ place: next.place, userIds: [] });
    await here.tell([4]);
    expect((await there.changes(next.place)).userIds).toEqual([4]);
    await here.tell(null);
    expect((await there.changes(next.place)).userIds).toBeNull();
  });

  it('says that anybody may have changed to whoever is too far behind', async () => {
    const [here] = await open();
    await here.tell([1]);
    const { place } = await here.changes(null);
    for (let count = 0; count < 12; count += 1) await Promise.all(Array.from({ length: 1000 }, () => here.tell([2])));
    expect((await here.changes(place)).userIds).toBeNull();
  });
});

describe.skipIf(redisUrl === null)('the presence store in redis', () => {
  const keysOf = async ({ client, prefix }: RedisServer) => await client.keys(`${prefix}*`);

  it('leaves nothing behind for ever', async () => {
    const redis = await openRedis();
    const store = createRedisPresenceStore(redis);
    await store.open('a', 50);
    await store.enter('a', [], [1, 2]);
    await store.tell([1, 2]);
    await store.leave(['a'], [1]);
    await store.renew('a', 50);
    const keys = await keysOf(redis);
    expect(keys).toHaveLength(4);
    for (const key of keys) expect(await redis.client.pttl(key)).toBeGreaterThan(0);
    await store.leave(['a'], [2]);
    await store.close('a');
    expect(await keysOf(redis)).toEqual([`${redis.prefix}online:changes`]);
  });

  it('holds no name, and knows no place, after it has lost everything', async () => {
    const redis = await openRedis();
    const store = createRedisPresenceStore(redis);
    await store.open('a', long);
    await store.tell([1]);
    const { place } = await store.changes(null);
    await redis.client.del(...(await keysOf(redis)));
    expect((await store.renew('a', long)).held).toBe(false);
    expect((await store.changes(place)).userIds).toBeNull();
    // Redis names places by the millisecond.
    await new Promise((resolve) => setTimeout(resolve, 2));
    await store.tell([1]);
    expect((await store.changes(place)).userIds).toBeNull();
  });

  it('tells of those who left until that is told to everybody', async () => {
    const redis = await openRedis();
    const store = createRedisPresenceStore(redis);
    await store.open('a', long);
    await store.enter('a', [], [1]);
    await store.leave(['a'], [1]);
    expect(await store.peopleOf('a')).toEqual([1]);
    await store.unlist('a', [1]);
    expect(await store.peopleOf('a')).toEqual([]);
  });

  it('knows nothing while Redis is away, and never says offline', async () => {
    const proxy = await openProxy(redisUrl ?? '');
    const store = createRedisPresenceStore(await openRedis({ url: proxy.url, timeoutMs: 2000 }));
    await store.open('a', long);
    await store.enter('a', [], [1]);
    await proxy.cut();
    expect(await store.online([1])).toBeNull();
    const refusals = [
      store.open('b', long),
      store.renew('a', long),
      store.enter('a', [], [2]),
      store.leave(['a'], [1]),
      store.tell([1]),
      store.unlist('a', [1]),
      store.peopleOf('a'),
      store.changes(null),
      store.close('a'),
    ];
    for (const refused of refusals) await expect(refused).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await proxy.mend();
    await vi.waitFor(async () => expect(await isOnline(store, 1)).toBe(true), patience);
  });
});

describe.skipIf(clusterUrl === null)('the presence store in a redis cluster', () => {
  it('holds no name when any of the shards has lost everything', async () => {
    const redis = await openRedis({ url: clusterUrl ?? '' });
    const store = createRedisPresenceStore(redis);
    expect(redis.shards().length).toBeGreaterThan(1);
    for (const shard of redis.shards()) {
      const node = `a ${shard}`;
      await store.open(node, long);
      await store.enter(node, [], ids(100));
      expect((await store.renew(node, long)).held).toBe(true);
      const lost = redis.another(shard);
      closeLater(() => lost.disconnect());
      await vi.waitFor(() => expect(lost.status).toBe('ready'), patience);
      const keys = await lost.keys(`${redis.prefix}*`);
      expect(keys.length).toBeGreaterThan(0);
      for (const key of keys) await lost.del(key);
      expect((await store.renew(node, long)).held).toBe(false);
    }
  });
});
