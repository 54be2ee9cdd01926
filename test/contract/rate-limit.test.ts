import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, inject, it, vi } from 'vitest';
import { AppError } from '../../src/kernel/errors.ts';
import { type Bucket, type Rates, rateOf, ratesOf } from '../../src/kernel/rates.ts';
import { createMemoryRateLimiter } from '../../src/platform/rate-limit.memory.ts';
import { createRedisRateLimiter } from '../../src/platform/rate-limit.redis.ts';
import type { Charge, RateLimiter } from '../../src/platform/rate-limit.ts';
import { Windows } from '../../src/platform/rate-windows.ts';
import type { RedisServer } from '../../src/platform/redis.ts';
import { awayUrl, openRedis } from '../support/redis.ts';

const redisUrl = inject('redisUrl');
const clusterUrl = inject('redisClusterUrl');
const secret = randomBytes(32);
const rates = ratesOf('send=2/min+3, search=4/min, wrongLogin=3/h, invite=10/h, edit=5/s', (problem) => {
  throw new Error(problem);
});

const implementations: { name: string; there: boolean; make: (with_: Rates) => Promise<RateLimiter> }[] = [
  { name: 'memory', there: true, make: async (with_) => createMemoryRateLimiter(with_, secret) },
  { name: 'redis', there: redisUrl !== null, make: async (with_) => createRedisRateLimiter(await openRedis(), with_, secret) },
  {
    name: 'a redis cluster',
    there: clusterUrl !== null,
    make: async (with_) => createRedisRateLimiter(await openRedis({ url: clusterUrl ?? '' }), with_, secret),
  },
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

  it.each(['edit', 'register'] as const)('leaves the burst of %s to whoever has not come more often than the rate', async (bucket) => {
    const limiter = await make(ratesOf(`${bucket}=3/s+9`, () => {}));
    for (let second = 0; second < 2; second += 1) {
      expect(await passing(3, () => limiter.take(bucket, 1))).toBe(3);
      await new Promise((resolve) => setTimeout(resolve, 1020));
    }
    // All of the burst, and what the rate gives: of a second or, on a slow machine, of two.
    expect(await passing(20, () => limiter.take(bucket, 1))).toBeGreaterThanOrEqual(12);
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

  it('takes all there is for what is more, gives back what was not used, and takes more where more was', async () => {
    const limiter = await make(rates);
    const charge = await limiter.charge('search', 1, 100);
    expect(await waitOf(limiter.take('search', 1))).toBeGreaterThan(0);
    charge.settle(1);
    expect(await passing(10, () => limiter.take('search', 1))).toBe(3);
    const small = await limiter.charge('search', 2);
    small.settle(3);
    expect(await passing(10, () => limiter.take('search', 2))).toBe(1);
  });

  it('charges without waiting out of a part of a bucket only, and says when to come again', async () => {
    const limiter = await make(ratesOf('cost=900/min', () => {}));
    const charges: Charge[] = [];
    const pay = () => {
      const taken = limiter.chargeNow('cost', 1, 100, 2 / 3);
      if (typeof taken !== 'number') charges.push(taken);
      return charges.length;
    };
    await expect.poll(pay, { interval: 5 }).toBe(6);
    await expect.poll(pay).toBe(6);
    expect(limiter.chargeNow('cost', 1, 100, 2 / 3)).toBeGreaterThan(0);
    // The rest is there for what is asked for.
    expect(await waitOf(limiter.take('cost', 1, 300))).toBe(0);
    for (const charge of charges) charge.settle(0);
    await expect.poll(pay).toBeGreaterThan(6);
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
    // Nine wrong ones where three may be: the third began the pause.
    expect(await limiter.pauseOf('wrongLogin', key)).toEqual({ seconds: expect.any(Number), further: 6 });
    expect(await limiter.pauseOf('wrongLogin', ['bob', '203.0.113.7'])).toBeNull();
  });
});

/** Takes one after the other at all nodes at once, until each has refused so often. Gives how many passed. */
async function passingAtAll(nodes: readonly RateLimiter[], bucket: Bucket, refusals: number): Promise<number> {
  let passed = 0;
  const takeAt = async (node: RateLimiter) => {
    for (let refused = 0; refused < refusals; ) {
      if ((await waitOf(node.take(bucket, 1))) === 0) passed += 1;
      else refused += 1;
      if ((passed + refused) % 7 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  };
  await Promise.all(nodes.map(takeAt));
  return passed;
}

describe.runIf(redisUrl !== null)('a limiter on redis', () => {
  async function openNodes(many: number, with_: Rates): Promise<{ nodes: RateLimiter[]; redis: RedisServer }> {
    const redis = await openRedis();
    const nodes = await Promise.all(Array.from({ length: many }, async () => createRedisRateLimiter(await openRedis({ prefix: redis.prefix }), with_, secret)));
    // They hear how many they are.
    for (const node of nodes) await node.take('cost', 0);
    await expect.poll(() => redis.client.zcard(`${redis.prefix}rate:nodes`)).toBe(many);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    for (const node of nodes) await node.take('cost', 0);
    return { nodes, redis };
  }

  it.each([
    ['cost', 1000],
    ['send', 500],
  ] as const)('lets nodes that take at once out of %s pass at most a fifth more, all together, and nothing after that', async (bucket, limit) => {
    const { nodes } = await openNodes(
      4,
      ratesOf('cost=1000/h, send=200/h+300', () => {}),
    );
    const passed = await passingAtAll(nodes, bucket, 3);
    expect(passed).toBeGreaterThanOrEqual(limit);
    expect(passed).toBeLessThanOrEqual(limit * 1.2);
    expect(await passingAtAll(nodes, bucket, 20)).toBe(0);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await passingAtAll(nodes, bucket, 20)).toBe(0);
  });

  it('leaves the burst to whoever has not come more often than the rate, whichever node they came to', async () => {
    const { nodes } = await openNodes(
      4,
      ratesOf('edit=5/s+50', () => {}),
    );
    for (let second = 0; second < 5; second += 1) {
      for (let count = 0; count < 5; count += 1) expect(await waitOf((nodes[count % 4] ?? nodes[0])?.take('edit', 1) ?? Promise.reject())).toBe(0);
      await new Promise((resolve) => setTimeout(resolve, 1020));
    }
    // The burst comes again within ten seconds only.
    expect(await passingAtAll(nodes, 'edit', 3)).toBeGreaterThanOrEqual(50);
  });

  it('asks redis seldom where much is taken, and leaves nothing there for ever', async () => {
    const redis = await openRedis();
    const node = createRedisRateLimiter(
      redis,
      ratesOf('cost=100000/30s', () => {}),
      secret,
    );
    await node.take('cost', 0);
    const asked = vi.spyOn(redis.client, 'eval');
    for (let person = 1; person <= 300; person += 1) for (let count = 0; count < 3; count += 1) await node.take('cost', person, 10);
    await expect.poll(async () => (await redis.client.keys(`${redis.prefix}rate:cost:*`)).length, { timeout: 8000 }).toBe(301);
    expect(asked.mock.calls.length).toBeLessThan(100);
    expect(await redis.client.get(`${redis.prefix}rate:cost:{300}`)).toBe('30');
    for (const key of await redis.client.keys(`${redis.prefix}*`)) expect(await redis.client.pttl(key), key).toBeGreaterThan(0);
  });

  it('tells the other nodes of what was given back', async () => {
    const { nodes } = await openNodes(
      2,
      ratesOf('cost=1000/h', () => {}),
    );
    const [one, other] = nodes;
    if (!one || !other) throw new Error('no nodes');
    const charge = await one.charge('cost', 1, 1000);
    // Less than a fifth it takes without asking.
    expect(await waitOf(other.take('cost', 1, 300))).toBeGreaterThan(0);
    charge.settle(10);
    await expect.poll(() => waitOf(other.take('cost', 1, 900))).toBe(0);
    expect(await waitOf(other.take('cost', 1, 200))).toBeGreaterThan(0);
  });

  it('is one for all nodes', async () => {
    const prefix = `test-${randomUUID()}:`;
    const nodes = await Promise.all([1, 2, 3].map(async () => createRedisRateLimiter(await openRedis({ prefix }), rates, secret)));
    const passed = await Promise.all(nodes.map((node) => passing(20, () => node.take('search', ['somebody']))));
    expect(passed.reduce((sum, each) => sum + each)).toBe(4);
  });

  it('keeps no name and no address', async () => {
    const redis = await openRedis();
    const limiter = createRedisRateLimiter(redis, rates, secret);
    await limiter.take('register', ['203.0.113.7']);
    await limiter.countWrong('wrongLogin', ['somebody', '203.0.113.7']);
    const kept = await redis.client.keys(`${redis.prefix}*`);
    expect(kept).toHaveLength(2);
    expect(kept.join()).not.toMatch(/203|somebody/);
  });

  it('leaves no key without an end, whatever is counted', async () => {
    const redis = await openRedis();
    const limiter = createRedisRateLimiter(redis, rates, secret);
    await limiter.giveBack('invite', 1);
    await limiter.charge('search', 1);
    for (let count = 0; count < 8; count += 1) await waitOf(limiter.take('send', 1));
    for (let count = 0; count < 5; count += 1) await limiter.countWrong('wrongLogin', ['somebody', '203.0.113.7']);
    await limiter.giveBack('wrongLogin', ['somebody', '203.0.113.7']);
    const kept = await redis.client.keys(`${redis.prefix}*`);
    expect(kept.length).toBeGreaterThan(4);
    for (const key of kept) expect(await redis.client.pttl(key), key).toBeGreaterThan(0);
  });

  it('lets half as much pass at each node while redis is away', async () => {
    const redis = await openRedis({ url: awayUrl });
    const limiter = createRedisRateLimiter(redis, rates, secret);
    expect(await passing(20, () => limiter.take('search', 1))).toBe(2);
    expect(await passing(20, () => limiter.take('send', 1))).toBe(2);
  });

  it('lets half as many be wrong at each node while redis is away', async () => {
    const redis = await openRedis({ url: awayUrl });
    const limiter = createRedisRateLimiter(
      redis,
      ratesOf('wrongLogin=6/h', () => {}),
      secret,
    );
    const pauses: boolean[] = [];
    for (let count = 0; count < 4; count += 1) {
      await limiter.countWrong('wrongLogin', ['ann', '203.0.113.7']);
      pauses.push((await limiter.pauseOf('wrongLogin', ['ann', '203.0.113.7'])) !== null);
    }
    expect(pauses).toEqual([false, false, true, true]);
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

describe('windows in memory', () => {
  it('are so many and no more, and those that are over go', async () => {
    const windows = new Windows(5, 0.05, undefined, 1000);
    for (let name = 0; name < 1500; name += 1) windows.at(name).add(1);
    expect(windows.size).toBe(1000);
    expect([windows.find(499), windows.find(500)?.taken(), windows.find(1499)?.taken()]).toEqual([null, 1, 1]);
    await expect.poll(() => windows.find(1499)).toBeNull();
    for (let name = 2000; name < 2600; name += 1) windows.at(name);
    expect(windows.size).toBeLessThanOrEqual(610);
  });

  it('take nothing back that was not taken in them', async () => {
    const windows = new Windows(5, 0.05);
    const window = windows.at(1);
    window.add(2);
    window.add(-4);
    expect(window.taken()).toBe(0);
    window.add(2);
    await expect.poll(() => windows.find(1)).toBeNull();
    const next = windows.at(1);
    next.add(3);
    window.add(-2);
    expect(windows.find(1)?.taken()).toBe(3);
  });
});
