import { randomUUID } from 'node:crypto';
import { describe, expect, inject, it } from 'vitest';
import { createMemoryUploadLocks } from '../../src/platform/upload-locks.memory.ts';
import { createRedisUploadLocks, type LeaseTimes } from '../../src/platform/upload-locks.redis.ts';
import { UploadBusy, type UploadLocks } from '../../src/platform/upload-locks.ts';
import { awayUrl, openRedis } from '../support/redis.ts';

const redisUrl = inject('redisUrl');
const clusterUrl = inject('redisClusterUrl');

const quick: LeaseTimes = { leaseMs: 1_000, beatMs: 20, patienceMs: 5_000 };

const implementations: { name: string; there: boolean; make: (patienceMs: number) => Promise<UploadLocks> }[] = [
  { name: 'memory', there: true, make: async (patienceMs) => createMemoryUploadLocks(patienceMs) },
  { name: 'redis', there: redisUrl !== null, make: async (patienceMs) => createRedisUploadLocks(await openRedis(), { ...quick, patienceMs }) },
  {
    name: 'a redis cluster',
    there: clusterUrl !== null,
    make: async (patienceMs) => createRedisUploadLocks(await openRedis({ url: clusterUrl ?? '' }), { ...quick, patienceMs }),
  },
];

const never = new AbortController().signal;
const stay = () => {};

/** Takes a lock; `asked` resolves when its holder is asked to let go. */
async function take(locks: UploadLocks, id: string, signal = never) {
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  const lock = locks.newLock(id);
  await lock.lock(signal, resolve);
  return { asked, unlock: () => lock.unlock() };
}

describe.each(implementations.filter(({ there }) => there))('locks of uploads in $name', ({ make }) => {
  it('are held by one at a time, who is asked to let go by the next', async () => {
    const locks = await make(2_000);
    const first = await take(locks, 'a');
    expect([locks.holds('a'), locks.holds('b')]).toEqual([true, false]);
    let isSecond = false;
    const second = take(locks, 'a').then((lock) => {
      isSecond = true;
      return lock;
    });
    await first.asked;
    expect(isSecond).toBe(false);
    await first.unlock();
    await (await second).unlock();
    expect(locks.holds('a')).toBe(false);
  });

  it('do not stand in the way of other uploads', async () => {
    const locks = await make(2_000);
    const held = await Promise.all(['a', 'b', 'c'].map((id) => take(locks, id)));
    expect(['a', 'b', 'c'].map((id) => locks.holds(id))).toEqual([true, true, true]);
    for (const { unlock } of held) await unlock();
  });

  it('are refused to whoever waits too long, and to nobody else', async () => {
    const locks = await make(50);
    const first = await take(locks, 'a');
    await expect(locks.newLock('a').lock(never, stay)).rejects.toThrow(UploadBusy);
    expect(locks.holds('a')).toBe(true);
    await first.unlock();
    await (await take(locks, 'a')).unlock();
  });

  it('are not waited for by whoever is gone', async () => {
    const locks = await make(60_000);
    const first = await take(locks, 'a');
    const gone = new AbortController();
    const waiting = locks.newLock('a').lock(gone.signal, stay);
    await first.asked;
    gone.abort();
    await expect(waiting).rejects.toThrow(UploadBusy);
    await first.unlock();
  });

  it('are given back once, and not by somebody who has none', async () => {
    const locks = await make(2_000);
    const first = await take(locks, 'a');
    await locks.newLock('a').unlock();
    expect(locks.holds('a')).toBe(true);
    await first.unlock();
    const second = await take(locks, 'a');
    await first.unlock();
    expect(locks.holds('a')).toBe(true);
    await second.unlock();
  });

  it('have one holder however many come at once', async () => {
    const locks = await make(20_000);
    let holders = 0;
    let most = 0;
    await Promise.all(
      Array.from({ length: 12 }, async () => {
        const { unlock } = await take(locks, 'a');
        holders += 1;
        most = Math.max(most, holders);
        await new Promise(setImmediate);
        holders -= 1;
        await unlock();
      }),
    );
    expect([holders, most]).toEqual([0, 1]);
  });
});

describe.runIf(redisUrl !== null)('locks of uploads in redis', () => {
  const nodes = async (times: Partial<LeaseTimes> = {}) => {
    const prefix = `test-${randomUUID()}:`;
    const servers = await Promise.all([openRedis({ prefix }), openRedis({ prefix })]);
    const [one, other] = servers.map((server) => createRedisUploadLocks(server, { ...quick, ...times }));
    if (!one || !other) throw new Error('there are two');
    return { one, other, redis: servers[0], prefix };
  };

  it('are held by one of all nodes, who is asked to let go by another one', async () => {
    const { one, other } = await nodes();
    const first = await take(one, 'a');
    const second = take(other, 'a');
    await first.asked;
    expect([one.holds('a'), other.holds('a')]).toEqual([true, false]);
    await first.unlock();
    await (await second).unlock();
  });

  it('last for as long as they are renewed', async () => {
    const { one, other } = await nodes({ patienceMs: 1_500 });
    const first = await take(one, 'a');
    await expect(other.newLock('a').lock(never, stay)).rejects.toThrow(UploadBusy);
    expect(one.holds('a')).toBe(true);
    await first.unlock();
  });

  it('end with a node that dies, which does not count on them any more by then', async () => {
    const { one, other, redis } = await nodes();
    const first = await take(one, 'a');
    redis?.client.disconnect();
    const second = await take(other, 'a');
    expect([one.holds('a'), other.holds('a')]).toEqual([false, true]);
    await first.asked;
    await first.unlock();
    expect(other.holds('a')).toBe(true);
    await second.unlock();
  });

  it('end where Redis has lost them', async () => {
    const { one, redis, prefix } = await nodes();
    const first = await take(one, 'a');
    await redis?.client.del(`${prefix}upload:{a}`);
    await first.asked;
    expect(one.holds('a')).toBe(false);
    await first.unlock();
  });

  it('are refused while Redis is away, and nothing stays of the try', async () => {
    const locks = createRedisUploadLocks(await openRedis({ url: awayUrl }), quick);
    for (let count = 0; count < 2; count += 1)
      await expect(locks.newLock('a').lock(never, stay)).rejects.toThrow(expect.objectContaining({ code: 'UNAVAILABLE' }));
    expect(locks.holds('a')).toBe(false);
  });
});
