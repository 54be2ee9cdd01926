import { randomUUID } from 'node:crypto';
import { describe, expect, inject, it, vi } from 'vitest';
import { createMemoryKeyShelf } from '../../src/platform/key-shelf.memory.ts';
import { createRedisKeyShelf } from '../../src/platform/key-shelf.redis.ts';
import { type KeyShelf, keptMs } from '../../src/platform/key-shelf.ts';
import { createPublicKeys } from '../../src/platform/public-keys.ts';
import { createRedis, type RedisServer } from '../../src/platform/redis.ts';
import { createSigningKey } from '../support/issuers.ts';
import { setOf } from '../support/key-server.ts';
import { closeLater } from '../support/lifetime.ts';

const url = 'https://issuer.example/keys';
const redisUrl = inject('redisUrl');
const clusterUrl = inject('redisClusterUrl');

async function openRedis(address = redisUrl ?? '', prefix = `test-${randomUUID()}:`): Promise<RedisServer> {
  const redis = await createRedis({ url: address, prefix, timeoutMs: 300 });
  closeLater(() => redis.close());
  return redis;
}

/** A shelf for each of two nodes. */
const implementations: { name: string; there: boolean; make: () => Promise<readonly [KeyShelf, KeyShelf]> }[] = [
  {
    name: 'memory',
    there: true,
    make: async () => {
      const shelf = createMemoryKeyShelf();
      return [shelf, shelf];
    },
  },
  {
    name: 'redis',
    there: redisUrl !== null,
    make: async () => {
      const prefix = `test-${randomUUID()}:`;
      return [createRedisKeyShelf(await openRedis(undefined, prefix)), createRedisKeyShelf(await openRedis(undefined, prefix))];
    },
  },
  {
    name: 'a redis cluster',
    there: clusterUrl !== null,
    make: async () => {
      const prefix = `test-${randomUUID()}:`;
      return [createRedisKeyShelf(await openRedis(clusterUrl ?? '', prefix)), createRedisKeyShelf(await openRedis(clusterUrl ?? '', prefix))];
    },
  },
];

const [one, other] = [createSigningKey(), createSigningKey()];

describe.each(implementations.filter(({ there }) => there))('public keys, shared through $name', ({ make }) => {
  async function twoNodes(freshMs?: number) {
    const shelves = await make();
    let answer: () => Promise<string> = async () => setOf(one);
    const text = vi.fn(() => answer());
    const onFault = vi.fn();
    const nodes = shelves.map((shelf) => createPublicKeys({ fetch: { text }, shelf, onFault, ...(freshMs !== undefined && { freshMs }) }));
    const [first, second] = nodes;
    if (!first || !second) throw new Error('two nodes are wanted');
    return { first, second, text, onFault, say: (how: () => Promise<string>) => (answer = how) };
  }
  const findsIn = async (keys: Awaited<ReturnType<ReturnType<typeof createPublicKeys>['keysAt']>>, kid: string) =>
    await Promise.resolve(keys({ alg: 'ES256', kid }, { payload: '', signature: '' })).then(
      () => true,
      () => false,
    );

  it('are got once for all who come at the same moment on all nodes', async () => {
    const { first, second, text } = await twoNodes();
    const found = await Promise.all(Array.from({ length: 20 }, (_, index) => (index % 2 ? first : second).keysAt(url, one.kid)));
    for (const keys of found) expect(await findsIn(keys, one.kid)).toBe(true);
    expect(text).toHaveBeenCalledTimes(1);
  });

  it('are asked for once more where one is not among them, and then not again for a while, on any node', async () => {
    const { first, second, text, say } = await twoNodes();
    await first.keysAt(url, one.kid);
    say(async () => setOf(one, other));
    expect(await findsIn(await second.keysAt(url, other.kid), other.kid)).toBe(true);
    expect(await findsIn(await first.keysAt(url, other.kid), other.kid)).toBe(true);
    expect(text).toHaveBeenCalledTimes(2);
    for (let count = 0; count < 10; count += 1) await Promise.all([first.keysAt(url, randomUUID()), second.keysAt(url, randomUUID())]);
    expect(text).toHaveBeenCalledTimes(2);
  });

  it('are kept while they cannot be had, and after a failure nobody asks for a while', async () => {
    const { first, second, text, onFault, say } = await twoNodes(0);
    await first.keysAt(url, one.kid);
    say(() => Promise.reject(new Error('away')));
    for (const node of [first, second, first]) expect(await findsIn(await node.keysAt(url, one.kid), one.kid)).toBe(true);
    expect(text).toHaveBeenCalledTimes(2);
    expect(onFault).toHaveBeenCalledTimes(1);
  });

  it('are UNAVAILABLE where they cannot be had and none are kept, on every node at once', async () => {
    const { first, second, text, say } = await twoNodes();
    say(() => Promise.reject(new Error('away')));
    const outcomes = await Promise.allSettled([first, second, first, second].map((node) => node.keysAt(url, one.kid)));
    for (const outcome of outcomes) expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'UNAVAILABLE' } });
    await expect(second.keysAt(url, one.kid)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(text).toHaveBeenCalledTimes(1);
  });

  it.each(['', 'no JSON', '[]', '{}', '{"keys":{}}', '{"keys":[1]}', '{"keys":[{}]}', 'null'])('are not what %j says', async (text) => {
    const { first, say } = await twoNodes();
    say(async () => text);
    await expect(first.keysAt(url, undefined)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  it('of one address say nothing of another one', async () => {
    const { first, text } = await twoNodes();
    await first.keysAt(url, one.kid);
    await first.keysAt('https://issuer.example/others', one.kid);
    expect(text.mock.calls).toEqual([[url], ['https://issuer.example/others']]);
  });
});

it('keys that are kept end after an hour', async () => {
  vi.useFakeTimers();
  try {
    const shelf = createMemoryKeyShelf();
    await shelf.keep(url, '{}');
    vi.advanceTimersByTime(keptMs - 1);
    expect(await shelf.read(url)).toMatchObject({ text: '{}' });
    vi.advanceTimersByTime(1);
    expect(await shelf.read(url)).toBeNull();
  } finally {
    vi.useRealTimers();
  }
});

it.runIf(redisUrl !== null)('while Redis is away each node asks by itself', async () => {
  const redis = await openRedis();
  const shelf = createRedisKeyShelf(redis);
  await redis.close();
  const text = vi.fn(async () => setOf(one));
  const keys = createPublicKeys({ fetch: { text }, shelf, onFault: () => {} });
  await keys.keysAt(url, one.kid);
  await keys.keysAt(url, one.kid);
  expect(text).toHaveBeenCalledTimes(1);
  await keys.keysAt(url, randomUUID());
  await keys.keysAt(url, randomUUID());
  expect(text).toHaveBeenCalledTimes(2);
});
