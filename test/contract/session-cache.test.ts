import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, inject, it, vi } from 'vitest';
import { createMemorySessionCache } from '../../src/platform/session-cache.memory.ts';
import { createRedisSessionCache } from '../../src/platform/session-cache.redis.ts';
import type { SessionCache, SessionState } from '../../src/platform/session-cache.ts';
import { awayUrl, openRedis } from '../support/redis.ts';

const redisUrl = inject('redisUrl');
const clusterUrl = inject('redisClusterUrl');

const implementations: { name: string; there: boolean; make: () => Promise<SessionCache> }[] = [
  { name: 'memory', there: true, make: async () => createMemorySessionCache() },
  { name: 'redis', there: redisUrl !== null, make: async () => createRedisSessionCache(await openRedis()) },
  { name: 'a redis cluster', there: clusterUrl !== null, make: async () => createRedisSessionCache(await openRedis({ url: clusterUrl ?? '' })) },
];

const live: SessionState = { sessionId: 7, userId: 3, userUuid: randomUUID(), role: 'USER', tokenExpiresAt: 1_700_000_000_123, refusal: null };
const ended: SessionState = { ...live, refusal: 'TOKEN_INVALID' };

describe.each(implementations.filter(({ there }) => there))('the session cache in $name', ({ make }) => {
  it('knows nothing of a session of which nothing was kept', async () => {
    expect(await (await make()).get('a')).toBeNull();
  });

  it('gives what was kept as it was', async () => {
    const cache = await make();
    await cache.put('a', live, 10_000);
    await cache.putIfAbsent('b', ended, 10_000);
    expect([await cache.get('a'), await cache.get('b')]).toEqual([live, ended]);
  });

  it('never lets a reader overwrite what a writer kept, and always the other way', async () => {
    const cache = await make();
    await cache.putIfAbsent('a', live, 10_000);
    await cache.put('a', ended, 10_000);
    await cache.putIfAbsent('a', live, 10_000);
    expect(await cache.get('a')).toEqual(ended);
  });

  it('forgets after the time', async () => {
    const cache = await make();
    await cache.put('a', ended, 50);
    await sleep(80);
    expect(await cache.get('a')).toBeNull();
    await cache.putIfAbsent('a', live, 10_000);
    expect(await cache.get('a')).toEqual(live);
  });
});

describe('the session cache in memory', () => {
  it('holds a bounded number of sessions: the oldest gives way', async () => {
    const cache = createMemorySessionCache();
    for (let index = 0; index <= 50_000; index += 1) await cache.put(`session ${index}`, live, 60_000);
    expect(await cache.get('session 0')).toBeNull();
    expect(await cache.get('session 50000')).toEqual(live);
  });
});

describe('the session cache in redis', () => {
  it('has nothing, and throws nothing, while Redis is away', async () => {
    const cache = createRedisSessionCache(await openRedis({ url: awayUrl }));
    const began = Date.now();
    await cache.put('a', live, 10_000);
    await cache.putIfAbsent('a', live, 10_000);
    expect(await cache.get('a')).toBeNull();
    expect(Date.now() - began).toBeLessThan(1500);
  });

  it.runIf(redisUrl !== null)('asks once for all sessions that are asked for in one turn of the event loop', async () => {
    const redis = await openRedis();
    const cache = createRedisSessionCache(redis);
    const names = Array.from({ length: 50 }, (_, index) => `session ${index}`);
    await Promise.all(names.slice(0, 25).map((name) => cache.put(name, live, 10_000)));
    const commands = vi.spyOn(redis.client, 'sendCommand');
    const found = await Promise.all([...names, ...names].map((name) => cache.get(name)));
    expect(found).toEqual([...names, ...names].map((_, index) => (index % 50 < 25 ? live : null)));
    expect(commands.mock.calls.map(([command]) => command.name)).toEqual(['mget']);
  });

  it.runIf(redisUrl !== null)('takes text that it does not understand for nothing', async () => {
    const redis = await openRedis();
    const cache = createRedisSessionCache(redis);
    for (const text of ['', '{', 'null', JSON.stringify({ ...live, role: 'KING' })]) {
      await redis.client.set(`${redis.prefix}session:a`, text);
      expect(await cache.get('a')).toBeNull();
    }
  });
});
