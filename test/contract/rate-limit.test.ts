import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, inject, it } from 'vitest';
import { AppError } from '../../src/kernel/errors.ts';
import { type Rates, rateOf, ratesOf } from '../../src/kernel/rates.ts';
import { createMemoryRateLimiter } from '../../src/platform/rate-limit.memory.ts';
import { createRedisRateLimiter } from '../../src/platform/rate-limit.redis.ts';
import type { RateLimiter } from '../../src/platform/rate-limit.ts';
import { createRedis, type RedisServer } from '../../src/platform/redis.ts';
import { closeLater } from '../support/lifetime.ts';

const redisUrl = inject('redisUrl');
const clusterUrl = inject('redisClusterUrl');
const secret = randomBytes(32);
const rates = ratesOf('send=2/min+3, search=4/min, wrongLogin=3/h, invite=10/h, edit=5/s', (problem) => {
  throw new Error(problem);
});

async function openRedis(url: string, prefix = `test-${randomUUID()}:`): Promise<RedisServer> {
  const redis = await createRedis({ url, prefix, timeoutMs: 300 });
  closeLater(() => redis.close());
  return redis;
}

const implementations: { name: string; there: boolean; make: (with_: Rates) => Promise<RateLimiter> }[] = [
  { name: 'memory', there: true, make: async (with_) => createMemoryRateLimiter(with_, secret) },
  { name: 'redis', there: redisUrl !== null, make: async (with_) => createRedisRateLimiter(await openRedis(redisUrl ?? ''), with_, secret) },
  { name: 'a redis cluster', there: clusterUrl !== null, make: async (with_) => createRedisRateLimiter(await openRedis(clusterUrl ?? ''), with_, secret) },
];

/** How many seconds somebody is asked to wait; 0 where it passed. */
async function waitOf(taking: Promise<void>): Promise<number> {
  try {
    await taking;
    return 0;
  } catch (error) {
    if (error instanceof AppError && error.code === 'RATE_LIMITED') return error.details.retryAfterSeconds ?? Number.NaN;
    throw error;
  }
}

async function passing(many: number, take: () => Promise<void>): Promise<number> {
  const waits = await Promise.all(Array.from({ length: many }, () => waitOf(take())));
  return waits.filter((wait) => wait === 0).length;
}

describe.each(implementations.filter(({ there }) => there))('a limiter on $name', ({ make }) => {
  it('lets the rate pass, and the burst, and says how long the rest has to wait', async () => {
    const limiter = await make(rates);
    expect(await passing(20, () => limiter.take('send', 1))).toBe(5);
    const wait = await waitOf(limiter.take('send', 1));
    expect(wait).toBeGreaterThan(50);
    expect(wait).toBeLessThanOrEqual(60);
    expect(await passing(20, () => limiter.take('search', 1))).toBe(4);
  });

  it('counts each key and each bucket by itself', async () => {
    const limiter = await make(rates);
    expect(await passing(20, () => limiter.take('search', 1))).toBe(4);
    expect(await passing(20, () => limiter.take('search', 2))).toBe(4);
    expect(await passing(20, () => limiter.take('search', ['1']))).toBe(4);
    expect(await passing(20, () => limiter.take('search', ['1', '']))).toBe(4);
    expect(await waitOf(limiter.take('send', 1))).toBe(0);
  });

  it('gives again when the time is over', async () => {
    const limiter = await make(rates);
    expect(await passing(6, () => limiter.take('edit', 1))).toBe(5);
    await expect.poll(() => waitOf(limiter.take('edit', 1)), { timeout: 5000 }).toBe(0);
  });

  it('takes many at once or none', async () => {
    const limiter = await make(rates);
    expect(await waitOf(limiter.take('invite', 1, 6))).toBe(0);
    expect(await waitOf(limiter.take('invite', 1, 5))).toBeGreaterThan(0);
    expect(await waitOf(limiter.take('invite', 1, 4))).toBe(0);
    expect(await waitOf(limiter.take('invite', 1))).toBeGreaterThan(0);
  });

  it('pauses with the last wrong try that may be, and longer with each further one', async () => {
    const limiter = await make(rates);
    const key = ['ann', '203.0.113.7'];
    const waits: number[] = [];
    for (let count = 1; count <= 9; count += 1) {
      await limiter.countWrong('wrongLogin', key);
      waits.push(await waitOf(limiter.requireNoPause('wrongLogin', key)));
    }
    expect(waits.slice(0, 2)).toEqual([0, 0]);
    for (const [index, most] of [60, 120, 240, 480, 900, 900, 900].entries()) {
      expect(waits[index + 2]).toBeGreaterThan(most - 10);
      expect(waits[index + 2]).toBeLessThanOrEqual(most);
    }
    expect(await waitOf(limiter.requireNoPause('wrongLogin', ['bob', '203.0.113.7']))).toBe(0);
  });
});

describe.runIf(redisUrl !== null)('a limiter on redis', () => {
  it('is one for all nodes', async () => {
    const prefix = `test-${randomUUID()}:`;
    const nodes = await Promise.all([1, 2, 3].map(async () => createRedisRateLimiter(await openRedis(redisUrl ?? '', prefix), rates, secret)));
    const passed = await Promise.all(nodes.map((node) => passing(20, () => node.take('search', ['somebody']))));
    expect(passed.reduce((sum, each) => sum + each)).toBe(4);
  });

  it('keeps no name and no address', async () => {
    const redis = await openRedis(redisUrl ?? '');
    const limiter = createRedisRateLimiter(redis, rates, secret);
    await limiter.take('register', ['203.0.113.7']);
    await limiter.countWrong('wrongLogin', ['somebody', '203.0.113.7']);
    const kept = await redis.client.keys(`${redis.prefix}*`);
    expect(kept).toHaveLength(2);
    expect(kept.join()).not.toMatch(/203|somebody/);
  });

  it('lets half as much pass at each node while redis is away', async () => {
    const redis = await openRedis('redis://127.0.0.1:1');
    const limiter = createRedisRateLimiter(redis, rates, secret);
    expect(await passing(20, () => limiter.take('search', 1))).toBe(2);
    expect(await passing(20, () => limiter.take('send', 1))).toBe(2);
  });
});

describe('a rate', () => {
  it.each([
    ['5/s+30', { points: 5, seconds: 1, burst: 30 }],
    ['20/h', { points: 20, seconds: 3600, burst: 0 }],
    ['10/15min', { points: 10, seconds: 900, burst: 0 }],
    ['1/20d', { points: 1, seconds: 1_728_000, burst: 0 }],
  ])('is written as %s', (text, rate) => {
    expect(rateOf(text)).toEqual(rate);
  });

  it.each(['', '5', '5/', '/s', '0/s', '5/0s', '5/sec', '5 / s', '-1/s', '5/s+', '5/s+x', '1/21d', '1/d+30', '1e3/s', '5/s+30+1', '99999999999/s'])(
    'is not "%s"',
    (text) => {
      expect(rateOf(text)).toBeNull();
    },
  );
});
