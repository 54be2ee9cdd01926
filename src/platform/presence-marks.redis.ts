import { randomUUID } from 'node:crypto';
import type { RedisServer } from './redis.ts';

/** Finds out that a part of a Redis Cluster has lost what was in it. */
export interface PresenceMarks {
  /** Takes what is there now for the whole. */
  remember(): Promise<void>;
  /** Whether nothing was lost since. One command for each shard but one; none on a single server. */
  areUnchanged(): Promise<boolean>;
}

/**
 * Keeps a mark in each shard of a cluster: a shard that lost everything, or that another server took over, which may not know the last of what was
 * written, is another one than before. The shard that holds `home` needs none: what is written there tells by itself.
 */
export function createPresenceMarks(redis: RedisServer, home: string): PresenceMarks {
  const names = new Map<string, string>();
  let before = '';

  /** The name of a key that a shard holds. */
  function nameOn(shard: string): string {
    let name = names.get(shard) ?? '';
    for (let count = 0; name === '' || redis.shardOf(name) !== shard; count += 1) name = `${redis.prefix}online:mark:${count}`;
    names.set(shard, name);
    return name;
  }

  async function read(): Promise<string> {
    const homeShard = redis.shardOf(home);
    const found = redis.shards().map(async (shard) => {
      if (shard === homeShard) return `${shard} is home`;
      const made = randomUUID();
      return `${shard} ${(await redis.client.set(nameOn(shard), made, 'NX', 'GET')) ?? made}`;
    });
    return (await Promise.all(found)).sort().join();
  }

  return {
    async remember() {
      before = await read();
    },
    areUnchanged: async () => (await read()) === before,
  };
}
