import { randomUUID } from 'node:crypto';
import { describe, expect, inject, it } from 'vitest';
import { createMemoryUsedProofs } from '../../src/platform/used-proofs.memory.ts';
import { createRedisUsedProofs } from '../../src/platform/used-proofs.redis.ts';
import { keptMs, type UsedProofs } from '../../src/platform/used-proofs.ts';
import { awayUrl, openRedis } from '../support/redis.ts';

const redisUrl = inject('redisUrl');
const clusterUrl = inject('redisClusterUrl');

const implementations: { name: string; there: boolean; make: () => Promise<UsedProofs> }[] = [
  { name: 'memory', there: true, make: async () => createMemoryUsedProofs() },
  { name: 'redis', there: redisUrl !== null, make: async () => createRedisUsedProofs(await openRedis()) },
  { name: 'a redis cluster', there: clusterUrl !== null, make: async () => createRedisUsedProofs(await openRedis({ url: clusterUrl ?? '' })) },
];

describe.each(implementations.filter(({ there }) => there))('used proofs in $name', ({ make }) => {
  it('are taken once each, by one of those who come at once', async () => {
    const used = await make();
    const taken = await Promise.all(Array.from({ length: 10 }, () => used.take('a')));
    expect(taken.filter(Boolean)).toHaveLength(1);
    expect(await used.take('b')).toBe(true);
    expect(await used.take('a')).toBe(false);
  });
});

describe('used proofs in redis', () => {
  it.runIf(redisUrl !== null)('are taken once on all nodes, and forgotten when they are too old to be good', async () => {
    const prefix = `test-${randomUUID()}:`;
    const redis = await openRedis({ prefix });
    const nodes = [createRedisUsedProofs(redis), createRedisUsedProofs(await openRedis({ prefix }))];
    const taken = await Promise.all(nodes.map((node) => node.take('a')));
    expect(taken.filter(Boolean)).toHaveLength(1);
    const left = await redis.client.pttl(`${prefix}proof:a`);
    expect(left).toBeGreaterThan(600_000);
    expect(left).toBeLessThanOrEqual(keptMs);
  });

  it('are taken once on each node while Redis is away', async () => {
    const nodes = await Promise.all([1, 2].map(async () => createRedisUsedProofs(await openRedis({ url: awayUrl }))));
    for (const node of nodes) {
      expect(await node.take('a')).toBe(true);
      expect(await node.take('a')).toBe(false);
    }
  });
});
