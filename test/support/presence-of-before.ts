import type { RedisServer } from '../../src/platform/redis.ts';

/** What a node of 0.1.0 says to Redis of who is online: a lease for each connection, and no word of nodes. */
export interface PresenceOfBefore {
  /** A connection of a user comes, or is renewed; without a signal, as where that was lost. Gives how many there were before. */
  put(userId: number, connectionId: string, leaseMs: number): Promise<number>;
  /** It goes. Gives how many are left. */
  remove(userId: number, connectionId: string): Promise<number>;
  count(userId: number): Promise<number>;
}

const clock = "#!lua\nlocal t = redis.call('TIME') local now = t[1] * 1000 + math.floor(t[2] / 1000) ";
const prune = "redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now) ";
// The scripts of 0.1.0; the first line came later, and they are the same but for it.
const putScript = `${clock}${prune}local before = redis.call('ZCARD', KEYS[1])
for i = 2, #ARGV do redis.call('ZADD', KEYS[1], now + ARGV[1], ARGV[i]) end
redis.call('PEXPIREAT', KEYS[1], redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2])
return before`;
const removeScript = `${clock}${prune}redis.call('ZREM', KEYS[1], ARGV[1])
return redis.call('ZCARD', KEYS[1])`;
const countScript = `${clock}return redis.call('ZCOUNT', KEYS[1], '(' .. now, '+inf')`;

/** Speaks to Redis as a node of 0.1.0 does. */
export function createPresenceOfBefore({ client, prefix }: RedisServer): PresenceOfBefore {
  const run = async (script: string, userId: number, ...values: (string | number)[]) =>
    Number(await client.eval(script, 1, `${prefix}online:${userId}`, ...values));
  return {
    put: async (userId, connectionId, leaseMs) => await run(putScript, userId, leaseMs, connectionId),
    remove: async (userId, connectionId) => await run(removeScript, userId, connectionId),
    count: async (userId) => await run(countScript, userId),
  };
}
