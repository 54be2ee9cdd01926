import { createMemoryKeyShelf } from './key-shelf.memory.ts';
import { type KeyShelf, keptMs, restMs } from './key-shelf.ts';
import type { RedisServer } from './redis.ts';

/**
 * A shelf that all nodes share: `<prefix>keys:<address>` holds what was got, and `<prefix>keys-turn:<address>` whose turn it is. While Redis is away
 * each node has one of its own.
 */
export function createRedisKeyShelf({ client, prefix }: Pick<RedisServer, 'client' | 'prefix'>): KeyShelf {
  const own = createMemoryKeyShelf();
  const keysOf = (url: string) => `${prefix}keys:${url}`;
  const turnOf = (url: string) => `${prefix}keys-turn:${url}`;
  return {
    async read(url) {
      try {
        const [text, leftMs] = await Promise.all([client.get(keysOf(url)), client.pttl(keysOf(url))]);
        if (text !== null && leftMs > 0) return { text, ageMs: keptMs - leftMs };
      } catch {
        // What this node knows itself.
      }
      return await own.read(url);
    },
    async keep(url, text) {
      await own.keep(url, text);
      await client.set(keysOf(url), text, 'PX', keptMs).catch(() => null);
    },
    async begin(url) {
      try {
        if ((await client.set(turnOf(url), 'ASKING', 'PX', restMs, 'NX')) === 'OK') return 'YOURS';
        return (await client.get(turnOf(url))) === 'ASKING' ? 'ASKING' : 'RESTING';
      } catch {
        return await own.begin(url);
      }
    },
    async end(url, how) {
      await own.end(url, how);
      await (how === 'FREE' ? client.del(turnOf(url)) : client.set(turnOf(url), 'RESTING', 'PX', restMs)).catch(() => null);
    },
  };
}
