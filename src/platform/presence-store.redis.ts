import { randomUUID } from 'node:crypto';
import { AppError } from '../kernel/errors.ts';
import type { Lease, PresenceStore } from './presence-store.ts';
import { type RedisServer, usefulOnly } from './redis.ts';

// A sorted set for each user: the members are connections, the scores the ends of their leases by Redis's own clock, so that the clocks of the
// nodes do not matter. The key goes with the last lease. One key a script, and no stored scripts: a Redis that lost everything needs no preparing.
const clock = `${usefulOnly}local t = redis.call('TIME') local now = t[1] * 1000 + math.floor(t[2] / 1000) `;
const prune = `redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now) `;
/** ARGV: milliseconds, connections. Gives how many connections there were. */
const putScript = `${clock}${prune}local before = redis.call('ZCARD', KEYS[1])
for i = 2, #ARGV do redis.call('ZADD', KEYS[1], now + ARGV[1], ARGV[i]) end
redis.call('PEXPIREAT', KEYS[1], redis.call('ZREVRANGE', KEYS[1], 0, 0, 'WITHSCORES')[2])
return before`;
/** ARGV: connection. Gives how many are left. */
const removeScript = `${clock}${prune}redis.call('ZREM', KEYS[1], ARGV[1])
return redis.call('ZCARD', KEYS[1])`;
/** Gives how many there are. */
const countScript = `${clock}return redis.call('ZCOUNT', KEYS[1], '(' .. now, '+inf')`;

/** Commands in one batch: Redis serves others between two batches. */
const batchSize = 500;

/** Leases in Redis, for all nodes. */
export function createRedisPresenceStore(redis: RedisServer): PresenceStore {
  const { client } = redis;
  const keyOf = (userId: number) => `${redis.prefix}online:${userId}`;
  const unavailable = () => Promise.reject(new AppError('UNAVAILABLE'));

  /** Runs one script for each key, and gives the answers in order. All batches are written in this turn: what is sent later happens later. */
  async function run(script: string, calls: readonly { readonly key: string; readonly values: readonly (string | number)[] }[]): Promise<number[]> {
    const answers: number[] = [];
    const batches: Promise<void>[] = [];
    // A batch goes to one shard.
    const shards = Map.groupBy(calls.entries(), ([, { key }]) => redis.shardOf(key));
    for (const all of shards.values()) {
      for (let start = 0; start < all.length; start += batchSize) {
        const part = all.slice(start, start + batchSize);
        const batch = client.pipeline();
        for (const [, { key, values }] of part) batch.eval(script, 1, key, ...values);
        batches.push(
          batch.exec().then((replies) => {
            for (const [place, [index]] of part.entries()) {
              const [error, result] = replies?.[place] ?? [new Error('no answer')];
              if (error) throw error;
              answers[index] = Number(result);
            }
          }),
        );
      }
    }
    await Promise.all(batches);
    return answers;
  }

  return {
    async connect({ userId, connectionId }, leaseMs) {
      const before = await client.eval(putScript, 1, keyOf(userId), leaseMs, connectionId).catch(unavailable);
      return { first: Number(before) === 0 };
    },
    async renew(leases, leaseMs) {
      const users = Map.groupBy(leases, ({ userId }) => userId);
      const calls = [...users].map(([userId, own]) => ({ key: keyOf(userId), values: [leaseMs, ...own.map(({ connectionId }: Lease) => connectionId)] }));
      await run(putScript, calls).catch(unavailable);
    },
    async disconnect({ userId, connectionId }) {
      const left = await client.eval(removeScript, 1, keyOf(userId), connectionId).catch(unavailable);
      return { last: Number(left) === 0 };
    },
    async online(userIds) {
      try {
        const counts = await run(
          countScript,
          userIds.map((userId) => ({ key: keyOf(userId), values: [] })),
        );
        return new Map(userIds.map((userId, index) => [userId, (counts[index] ?? 0) > 0]));
      } catch {
        return null;
      }
    },
    async incarnation() {
      const key = `${redis.prefix}online:incarnation`;
      const made = randomUUID();
      const found = await client.set(key, made, 'NX', 'GET').catch(unavailable);
      return found ?? made;
    },
  };
}
