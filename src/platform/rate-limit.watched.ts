import { AppError } from '../kernel/errors.ts';
import type { Bucket } from '../kernel/rates.ts';
import { type Metrics, noMetrics } from './metrics.ts';
import type { RateLimiter } from './rate-limit.ts';

/** A limiter whose refusals are counted. */
export function watchedRateLimiter(limiter: RateLimiter, metrics: Metrics): RateLimiter {
  if (metrics === noMetrics) return limiter;
  const count = (bucket: Bucket, error: unknown): never => {
    if (error instanceof AppError && error.code === 'RATE_LIMITED') metrics.add('refusals', { bucket });
    throw error;
  };
  const counted = <T>(bucket: Bucket, ask: () => T | Promise<T>): T | Promise<T> => {
    try {
      const asked = ask();
      return asked instanceof Promise ? asked.catch((error: unknown) => count(bucket, error)) : asked;
    } catch (error) {
      return count(bucket, error);
    }
  };
  return {
    ...limiter,
    take: async (bucket, key, points) => await counted(bucket, () => limiter.take(bucket, key, points)),
    charge: (bucket, key, points) => counted(bucket, () => limiter.charge(bucket, key, points)),
    refused: (bucket) => metrics.add('refusals', { bucket }),
    requireNoPause: async (bucket, key) => await counted(bucket, () => limiter.requireNoPause(bucket, key)),
  };
}
