import { BurstyRateLimiter, RateLimiterMemory } from 'rate-limiter-flexible';
import { burstSecondsOf, type Rate, type Rates } from '../kernel/rates.ts';
import { type Counters, createRateLimiter, forEachBucket, type RateLimiter } from './rate-limit.ts';

/** The limiter of a server that is one process. */
export function createMemoryRateLimiter(rates: Rates, secret: Buffer): RateLimiter {
  const countersOf = forEachBucket(rates, (_bucket, rate) => memoryCounters(rate));
  return createRateLimiter(rates, secret, (bucket, use) => use(countersOf(bucket)));
}

/** Counters inside this process. */
export function memoryCounters(rate: Rate): Counters {
  const { points, seconds, burst } = rate;
  const counting = new RateLimiterMemory({ points, duration: seconds });
  const bursts = burst > 0 ? new RateLimiterMemory({ points: burst, duration: burstSecondsOf(rate) }) : null;
  return { counting, taking: bursts ? new BurstyRateLimiter(counting, bursts) : counting, pauses: new RateLimiterMemory({ points: 1, duration: seconds }) };
}
