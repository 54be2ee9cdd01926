import { type Bucket, buckets, type Rate, type Rates } from '../kernel/rates.ts';
import { Charge, type Counters, createRateLimiter, type PortionCounters, type RateLimiter, refusal } from './rate-limit.ts';
import { type Name, roomIn, Windows, waitFor, windowsOf } from './rate-windows.ts';

/** The limiter of a server that is one process. */
export function createMemoryRateLimiter(rates: Rates, secret: Buffer): RateLimiter {
  const made = new Map<Bucket, Counters & PortionCounters>(buckets.map((bucket) => [bucket, memoryCounters(rates[bucket])]));
  return createRateLimiter(rates, secret, { exact: made, portioned: made });
}

/** Counters inside this process: each key has its place as long as its time lasts, and there are so many places and no more. */
export function memoryCounters(rate: Rate): Counters & PortionCounters {
  const counting = new Windows(rate.points, rate.seconds);
  const levels = windowsOf(rate, counting);
  const pauses = new Windows(1, rate.seconds);
  const takeNow = (name: Name, points: number, part: number): Charge | number => {
    const window = roomIn(levels, name, points, part);
    if (!window) return waitFor(levels, name, points);
    window.add(points);
    return new Charge(window, points);
  };
  return {
    takeNow,
    take(name, points) {
      const taken = takeNow(name, points, 1);
      if (typeof taken === 'number') throw refusal(taken);
      return taken;
    },
    giveBack: (name) =>
      levels
        .map((level) => level.find(name))
        .find((window) => window !== null && window.taken() > 0)
        ?.add(-1),
    count(name) {
      const window = counting.at(name);
      window.add(1);
      return window.taken() - rate.points;
    },
    pauseOf(name) {
      const lasting = pauses.find(name);
      const ms = (lasting?.ends ?? 0) - performance.now();
      return lasting && ms > 0 ? { seconds: Math.ceil(ms / 1000), further: lasting.taken() } : null;
    },
    pause(name, { seconds, further }) {
      const begun = pauses.at(name);
      begun.ends = performance.now() + seconds * 1000;
      begun.add(further - begun.taken());
    },
  };
}
