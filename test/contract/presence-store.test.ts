import { randomUUID } from 'node:crypto';
import { describe, expect, inject, it, vi } from 'vitest';
import { createMemoryPresenceStore } from '../../src/platform/presence-store.memory.ts';
import { createRedisPresenceStore } from '../../src/platform/presence-store.redis.ts';
import type { PresenceStore } from '../../src/platform/presence-store.ts';
import { createRedis, type RedisServer } from '../../src/platform/redis.ts';
import { closeLater } from '../support/lifetime.ts';
import { openProxy } from '../support/proxy.ts';

const redisUrl = inject('redisUrl');
const clusterUrl = inject('redisClusterUrl');

async function openRedis(prefix = `test-${randomUUID()}:`, url = redisUrl ?? ''): Promise<RedisServer> {
  const redis = await createRedis({ url, prefix, timeoutMs: 500 });
  closeLater(() => redis.close());
  return redis;
}

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
      return [createRedisPresenceStore(await openRedis(prefix)), createRedisPresenceStore(await openRedis(prefix))];
    },
  },
  {
    name: 'a redis cluster',
    there: clusterUrl !== null,
    make: async () => {
      const prefix = `test-${randomUUID()}:`;
      const stores = await Promise.all([1, 2].map(async () => createRedisPresenceStore(await openRedis(prefix, clusterUrl ?? ''))));
      const [here, there] = stores;
      if (!here || !there) throw new Error('two stores');
      return [here, there];
    },
  },
];

const long = 60_000;
const lease = (userId: number, connectionId: string) => ({ userId, connectionId });
const isOnline = async (store: PresenceStore, userId: number) => (await store.online([userId]))?.get(userId);

describe.each(implementations.filter(({ there }) => there))('the presence store in $name', ({ make }) => {
  it('says which connection was the first and which the last', async () => {
    const [here, there] = await make();
    expect(await here.connect(lease(1, 'a'), long)).toEqual({ first: true });
    expect(await there.connect(lease(1, 'b'), long)).toEqual({ first: false });
    expect(await here.connect(lease(1, 'a'), long)).toEqual({ first: false });
    expect(await there.disconnect(lease(1, 'a'))).toEqual({ last: false });
    expect(await here.disconnect(lease(1, 'b'))).toEqual({ last: true });
    expect(await here.connect(lease(1, 'c'), long)).toEqual({ first: true });
  });

  it('has a user online while there is a connection on any node', async () => {
    const [here, there] = await make();
    await here.connect(lease(1, 'a'), long);
    await there.connect(lease(1, 'b'), long);
    await here.disconnect(lease(1, 'a'));
    expect(await isOnline(here, 1)).toBe(true);
    await there.disconnect(lease(1, 'b'));
    expect(await isOnline(here, 1)).toBe(false);
  });

  it('answers for many users at once, unknown ones included', async () => {
    const [here, there] = await make();
    const userIds = Array.from({ length: 1200 }, (_, index) => index + 1);
    await here.renew(
      userIds.filter((id) => id % 3 === 0).map((id) => lease(id, `c${id}`)),
      long,
    );
    expect(await there.online(userIds)).toEqual(new Map(userIds.map((id) => [id, id % 3 === 0])));
    expect(await there.online([])).toEqual(new Map());
  });

  it('lets a connection go when its lease ends', async () => {
    const [here, there] = await make();
    await here.connect(lease(1, 'dies'), 50);
    await here.connect(lease(2, 'dies too'), 50);
    await here.connect(lease(2, 'lives'), long);
    expect(await isOnline(there, 1)).toBe(true);
    await vi.waitFor(async () => expect(await isOnline(there, 1)).toBe(false));
    expect(await isOnline(there, 2)).toBe(true);
    expect(await there.disconnect(lease(2, 'lives'))).toEqual({ last: true });
    expect(await there.connect(lease(1, 'again'), long)).toEqual({ first: true });
  });

  it('keeps what is renewed, and takes in what it does not know', async () => {
    const [here, there] = await make();
    await here.connect(lease(1, 'a'), 200);
    await here.connect(lease(3, 'a witness'), 250);
    await here.renew([lease(1, 'a'), lease(2, 'b'), lease(2, 'c')], long);
    await vi.waitFor(async () => expect(await isOnline(there, 3)).toBe(false));
    expect(await there.online([1, 2])).toEqual(
      new Map([
        [1, true],
        [2, true],
      ]),
    );
    await there.disconnect(lease(2, 'b'));
    expect(await isOnline(there, 2)).toBe(true);
  });

  it('leaves out a connection that is taken out while it is renewed', async () => {
    const [here] = await make();
    const many = Array.from({ length: 1200 }, (_, index) => lease(index, 'a'));
    const renewing = here.renew(many, long);
    const leaving = Promise.all([here.disconnect(lease(0, 'a')), here.disconnect(lease(1199, 'a'))]);
    await Promise.all([renewing, leaving]);
    expect(await here.online([0, 1199])).toEqual(
      new Map([
        [0, false],
        [1199, false],
      ]),
    );
  });

  it('takes out what it does not know without complaint', async () => {
    const [here] = await make();
    expect(await here.disconnect(lease(1, 'never there'))).toEqual({ last: true });
  });

  it('has one incarnation for everybody', async () => {
    const [here, there] = await make();
    expect(await here.incarnation()).toBe(await there.incarnation());
  });
});

describe.skipIf(redisUrl === null)('the presence store in redis', () => {
  it('leaves nothing behind', async () => {
    const redis = await openRedis();
    const store = createRedisPresenceStore(redis);
    await store.connect(lease(1, 'a'), 50);
    await store.connect(lease(2, 'a'), long);
    await store.disconnect(lease(2, 'a'));
    await vi.waitFor(async () => expect(await redis.client.keys(`${redis.prefix}*`)).toEqual([]));
  });

  it('has another incarnation after it has lost everything', async () => {
    const redis = await openRedis();
    const store = createRedisPresenceStore(redis);
    const before = await store.incarnation();
    await redis.client.del(...(await redis.client.keys(`${redis.prefix}*`)));
    expect(await store.incarnation()).not.toBe(before);
  });

  it('knows nothing while Redis is away, and never says offline', async () => {
    const proxy = await openProxy(redisUrl ?? '');
    const store = createRedisPresenceStore(await openRedis(undefined, proxy.url));
    await store.connect(lease(1, 'a'), long);
    await proxy.cut();
    expect(await store.online([1])).toBeNull();
    for (const refused of [store.connect(lease(2, 'b'), long), store.disconnect(lease(1, 'a')), store.renew([lease(1, 'a')], long), store.incarnation()])
      await expect(refused).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await proxy.mend();
    await vi.waitFor(async () => expect(await isOnline(store, 1)).toBe(true));
  });
});
