import { createHmac } from 'node:crypto';
import type { BurstyRateLimiter, RateLimiterAbstract } from 'rate-limiter-flexible';
import { RateLimiterRes } from 'rate-limiter-flexible';
import { AppError } from '../kernel/errors.ts';
import { type Bucket, buckets, type Rate, type Rates } from '../kernel/rates.ts';

/**
 * Counts what each caller does. A key is who is counted: a number of ours, or texts (an address, a name), which are nowhere kept as they are but as a
 * hash with a key of the day.
 */
export interface RateLimiter {
  /** Takes one, or `points` at once. Throws `RATE_LIMITED` with `retryAfterSeconds` where there is not as much. */
  take(bucket: Bucket, key: Key, points?: number): Promise<void>;
  /** Gives one back: what was taken turned out not to count. */
  giveBack(bucket: Bucket, key: Key): Promise<void>;
  /** Throws `RATE_LIMITED` while a pause lasts that `countWrong` has begun. */
  requireNoPause(bucket: Bucket, key: Key): Promise<void>;
  /** Counts a wrong try. With the last one that the bucket has comes a pause of a minute, and with each further one a pause twice as long, up to a quarter of an hour. */
  countWrong(bucket: Bucket, key: Key): Promise<void>;
}

/** Who is counted. */
export type Key = number | readonly string[];

/** The way to the counters of one bucket. */
export interface Counters {
  readonly taking: Pick<BurstyRateLimiter, 'consume'> | RateLimiterAbstract;
  /** Without the burst. */
  readonly counting: RateLimiterAbstract;
  /** When the key of a pause is there, it lasts. */
  readonly pauses: RateLimiterAbstract;
}

/** Uses the counters of a bucket, wherever they are. What it gives rejects with a `RateLimiterRes` where there is nothing to take. */
export type UseCounters = <T>(bucket: Bucket, use: (counters: Counters) => Promise<T>) => Promise<T>;

/** The pauses that follow wrong tries, in seconds. */
const pause = { first: 60, longest: 900 } as const;

const dayMs = 86_400_000;

/** What bounds nothing. */
export const noLimits: RateLimiter = {
  take: async () => {},
  giveBack: async () => {},
  requireNoPause: async () => {},
  countWrong: async () => {},
};

/** Makes it on counters; `secret` keys what stands for names and addresses. */
export function createRateLimiter(rates: Rates, secret: Buffer, use: UseCounters): RateLimiter {
  let day = { number: -1, key: secret };
  const keyOfDay = () => {
    const number = Math.floor(Date.now() / dayMs);
    if (number !== day.number) day = { number, key: createHmac('sha256', secret).update(String(number)).digest() };
    return day.key;
  };
  const nameOf = (key: Key) => (typeof key === 'number' ? String(key) : createHmac('sha256', keyOfDay()).update(JSON.stringify(key)).digest('base64url'));

  return {
    async take(bucket, key, points = 1) {
      const name = nameOf(key);
      try {
        await use(bucket, ({ taking }) => taking.consume(name, points));
      } catch (error) {
        if (!(error instanceof RateLimiterRes)) throw error;
        // It counts what it refuses, too: that is what others still could have, and what is given back would not be there again.
        await use(bucket, ({ counting }) => counting.reward(name, points));
        throw refusal(error);
      }
    },
    async giveBack(bucket, key) {
      await use(bucket, ({ counting }) => counting.reward(nameOf(key)));
    },
    async requireNoPause(bucket, key) {
      const name = nameOf(key);
      const lasting = await use(bucket, ({ pauses }) => pauses.get(name));
      if (lasting !== null && lasting.msBeforeNext > 0) throw refusal(lasting);
    },
    async countWrong(bucket, key) {
      const name = nameOf(key);
      const { consumedPoints } = await use(bucket, ({ counting }) => counting.penalty(name));
      const past = consumedPoints - rates[bucket].points;
      if (past < 0) return;
      await use(bucket, ({ pauses }) => pauses.set(name, 1, Math.min(pause.first * 2 ** Math.min(past, 10), pause.longest)));
    },
  };
}

/** Makes something for each bucket. */
export function forEachBucket<T>(rates: Rates, make: (bucket: Bucket, rate: Rate) => T): (bucket: Bucket) => T {
  const made = new Map(buckets.map((bucket) => [bucket, make(bucket, rates[bucket])]));
  return (bucket) => {
    const found = made.get(bucket);
    if (found === undefined) throw new Error(`no bucket ${bucket}`);
    return found;
  };
}

function refusal({ msBeforeNext }: RateLimiterRes): AppError {
  return new AppError('RATE_LIMITED', { retryAfterSeconds: Math.max(1, Math.ceil(msBeforeNext / 1000)) });
}
