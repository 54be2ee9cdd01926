import type { RedisServer } from './redis.ts';
import { createMemoryUsedProofs } from './used-proofs.memory.ts';
import { keptMs, type UsedProofs } from './used-proofs.ts';

/** How long to wait for Redis, in milliseconds: a Redis that hangs must keep nobody from coming in. */
const patienceMs = 100;

/**
 * The memory that all nodes share: `<prefix>proof:<id>`. While Redis is away each node remembers by itself, so that a proof is good once on each: that
 * is at most as many tries as there are nodes for one, and nobody is kept out.
 */
export function createRedisUsedProofs({ client, prefix }: Pick<RedisServer, 'client' | 'prefix'>): UsedProofs {
  const own = createMemoryUsedProofs();
  return {
    async take(id) {
      if (!(await own.take(id))) return false;
      const taking = client.set(`${prefix}proof:${id}`, 1, 'PX', keptMs, 'NX').then(
        (answer) => answer === 'OK',
        () => true,
      );
      return await Promise.race([taking, patience()]);
    },
  };
}

function patience(): Promise<boolean> {
  return new Promise((resolve) => {
    // The answer may have come while this process was busy, and only waits to be read.
    setTimeout(() => setImmediate(() => resolve(true)), patienceMs).unref();
  });
}
