import { BurstyRateLimiter, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import { type Bucket, buckets, burstSecondsOf, portioned, type Rate, type Rates } from '../kernel/rates.ts';
import { memoryCounters } from './rate-limit.memory.ts';
import { Charge, type Counters, createRateLimiter, type PortionCounters, type RateLimiter, refusal } from './rate-limit.ts';
import { createPortions } from './rate-portions.redis.ts';
import { createReach, type Reach } from './rate-reach.ts';
import { type RedisServer, usefulOnly } from './redis.ts';

/** Adds to a counter, which begins its time with the first that is added. */
const countScript = `${usefulOnly}
redis.call('set', KEYS[1], 0, 'EX', ARGV[2], 'NX')
return { redis.call('incrby', KEYS[1], ARGV[1]), redis.call('pttl', KEYS[1]) }
`;

/**
 * The limiter that all nodes share: `<prefix>rate:<bucket>…` holds what was taken. While Redis is away each node counts by itself, and lets half as much
 * pass.
 */
export function createRedisRateLimiter(redis: Pick<RedisServer, 'client' | 'prefix' | 'slotOf'>, rates: Rates, secret: Buffer): RateLimiter {
  const reach = createReach();
  const portions = createPortions(redis, reach);
  const exact = new Map<Bucket, Counters>();
  const inPortions = new Map<Bucket, PortionCounters>();
  for (const bucket of buckets) {
    const own = memoryCounters(halfOf(rates[bucket]));
    if (portioned.has(bucket)) inPortions.set(bucket, portions(bucket, rates[bucket], own));
    else exact.set(bucket, exactCounters(redis, bucket, rates[bucket], { reach, own }));
  }
  return createRateLimiter(rates, secret, { exact, portioned: inPortions });
}

/** Counters in Redis, which is asked each time. */
function exactCounters(
  { client, prefix }: Pick<RedisServer, 'client' | 'prefix'>,
  bucket: Bucket,
  { points, seconds, burst, ...rate }: Rate,
  { reach, own }: { readonly reach: Reach; readonly own: Counters },
): Counters {
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
  const taking = burst > 0 ? new BurstyRateLimiter(counting, make('+', burst, burstSecondsOf({ points, seconds, burst, ...rate }))) : counting;
  const pauses = make('!', 1, seconds);
  const reward = async (name: string, many: number) => void (await counting.reward(name, many));

  const take = async (name: string, many: number): Promise<Charge> => {
    try {
      await taking.consume(name, many);
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      // It counts what it refuses, too: that is what others still could have, and what is given back would not be there again.
      await reward(name, many);
      throw refusal(error.msBeforeNext);
    }
    return new Charge(
      {
        add: (more) =>
          void reach.ask(
            () => reward(name, -more),
            () => {},
          ),
      },
      many,
    );
  };

  return {
    take: (name, many) =>
      reach.ask(
        () => take(String(name), many),
        () => own.take(name, many),
      ),
    giveBack: (name) =>
      reach.ask(
        () => reward(String(name), 1),
        () => own.giveBack(name),
      ),
    count: (name) =>
      reach.ask(
        async () => (await counting.penalty(String(name))).consumedPoints - points,
        () => own.count(name),
      ),
    pauseOf: (name) =>
      reach.ask(
        async () => {
          const lasting = await pauses.get(String(name));
          return lasting && lasting.msBeforeNext > 0 ? { seconds: Math.ceil(lasting.msBeforeNext / 1000), further: lasting.consumedPoints - 1 } : null;
        },
        () => own.pauseOf(name),
      ),
    pause: (name, begun) =>
      reach.ask(
        // One more: a counter of nothing is none.
        async () => void (await pauses.set(String(name), begun.further + 1, begun.seconds)),
        () => own.pause(name, begun),
      ),
  };
}

function halfOf({ points, seconds, burst }: Rate): Rate {
  // One that is half would never pass.
  return { points: Math.max(1, Math.floor(points / 2)), seconds: points === 1 ? seconds * 2 : seconds, burst: Math.floor(burst / 2) };
}
