import { BurstyRateLimiter, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { burstSecondsOf, type Rate, type Rates } from '../kernel/rates.ts';
import { memoryCounters } from './rate-limit.memory.ts';
import { type Counters, createRateLimiter, forEachBucket, type RateLimiter } from './rate-limit.ts';
import { type RedisServer, usefulOnly } from './redis.ts';

/** How long to wait for Redis, in milliseconds: a Redis that hangs must not make everybody wait. */
const patienceMs = 100;

/** For how long a Redis that did not answer is not asked, in milliseconds. */
const awayMs = 1000;

/** Adds to a counter, which begins its time with the first that is added. */
const countScript = `${usefulOnly}
redis.call('set', KEYS[1], 0, 'EX', ARGV[2], 'NX')
return { redis.call('incrby', KEYS[1], ARGV[1]), redis.call('pttl', KEYS[1]) }
`;

/**
 * The limiter that all nodes share: `<prefix>rate:<bucket>:…` holds what was taken. While Redis is away each node counts by itself, and lets half as much
 * pass.
 */
export function createRedisRateLimiter(redis: Pick<RedisServer, 'client' | 'prefix'>, rates: Rates, secret: Buffer): RateLimiter {
  const countersOf = forEachBucket(rates, (bucket, rate) => ({ shared: redisCounters(redis, bucket, rate), own: memoryCounters(halfOf(rate)) }));
  let awayUntil = Number.NEGATIVE_INFINITY;
  return createRateLimiter(rates, secret, async (bucket, use) => {
    const { shared, own } = countersOf(bucket);
    if (performance.now() < awayUntil) return await use(own);
    try {
      return await soon(use(shared));
    } catch (error) {
      if (error instanceof RateLimiterRes) throw error;
      awayUntil = performance.now() + awayMs;
      return await use(own);
    }
  });
}

function redisCounters({ client, prefix }: Pick<RedisServer, 'client' | 'prefix'>, bucket: string, rate: Rate): Counters {
  const { points, seconds, burst } = rate;
  const make = (kind: string, most: number, duration: number) =>
    new RateLimiterRedis({
      storeClient: client,
      keyPrefix: `${prefix}rate:${bucket}${kind}`,
      points: most,
      duration,
      rejectIfRedisNotReady: true,
      customIncrTtlLuaScript: countScript,
    });
  const counting = make('', points, seconds);
  const taking = burst > 0 ? new BurstyRateLimiter(counting, make('+', burst, burstSecondsOf(rate))) : counting;
  return { counting, taking, pauses: make('!', 1, seconds) };
}

function halfOf({ points, seconds, burst }: Rate): Rate {
  // One that is half would never pass.
  return { points: Math.max(1, Math.floor(points / 2)), seconds: points === 1 ? seconds * 2 : seconds, burst: Math.floor(burst / 2) };
}

async function soon<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    // The answer may have come while this process was busy, and only waits to be read.
    timer = setTimeout(() => setImmediate(() => reject(new Error('Redis did not answer in time'))), patienceMs);
  });
  return await Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
