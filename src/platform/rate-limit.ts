import { createHmac, createSecretKey } from 'node:crypto';
import { AppError } from '../kernel/errors.ts';
import type { Bucket, Rates } from '../kernel/rates.ts';
import type { Name } from './rate-windows.ts';

/**
 * Counts what each caller does. A key is who is counted: a number of ours, or texts (an address, a name), which are nowhere kept as they are but as a
 * hash with a key of the day.
 */
export interface RateLimiter {
  /** Takes one, or `points` at once. Throws `RATE_LIMITED` with `retryAfterSeconds` where there is not as much. */
  take(bucket: Bucket, key: Key, points?: number): Promise<void>;
  /** Likewise, at once where this process knows enough: then it throws or gives no promise. Whoever wants more than there ever is takes all there is. */
  charge(bucket: Bucket, key: Key, points?: number): Charge | Promise<Charge>;
  /**
   * Likewise, without asking anybody, for what goes on later by itself: out of a part of a bucket in portions, of which one more passes than there is
   * where nothing else of it is under way. Where there is nothing to take it gives in how many milliseconds to come again.
   */
  chargeNow(bucket: Bucket, key: Key, points: number, part: number): Charge | number;
  /** Gives one back: what was taken turned out not to count. */
  giveBack(bucket: Bucket, key: Key): Promise<void>;
  /** The pause that `countWrong` has begun, while it lasts. */
  pauseOf(bucket: Bucket, key: Key): Promise<Pause | null>;
  /** Is told that somebody was refused because a pause lasts, by whoever asked for it. */
  refused(bucket: Bucket): void;
  /** Throws `RATE_LIMITED` while a pause lasts. */
  requireNoPause(bucket: Bucket, key: Key): Promise<void>;
  /** Counts a wrong try. With the last one that the bucket has comes a pause of a minute, and with each further one a pause twice as long, up to a quarter of an hour. */
  countWrong(bucket: Bucket, key: Key): Promise<void>;
}

/** A pause after wrong tries. */
export interface Pause {
  /** How long it still lasts. */
  readonly seconds: number;
  /** How many wrong tries there were further than the bucket has. */
  readonly further: number;
}

/** Who is counted. */
export type Key = number | readonly string[];

/** From where something was taken: adds to it as long as its time lasts. */
interface Source {
  add(points: number): void;
}

/** Something that was taken. */
export class Charge {
  private readonly source: Source;
  private readonly points: number;

  constructor(source: Source, points: number) {
    this.source = source;
    this.points = points;
  }

  /** Says, once, how much of it was used. The rest is given back; where it was more, as much more is taken. */
  settle(used: number): void {
    if (used !== this.points) this.source.add(used - this.points);
  }
}

/** The counters of one bucket, wherever they are. */
export interface Counters {
  /** Throws, or rejects, with a `refusal`. */
  take(name: Name, points: number): Charge | Promise<Charge>;
  /** Gives one back. */
  giveBack(name: Name): void | Promise<void>;
  /** Counts one, and gives how many there are by now further than the bucket has: less than nothing while it has some. */
  count(name: Name): number | Promise<number>;
  /** The pause that was begun, while it lasts. */
  pauseOf(name: Name): Pause | null | Promise<Pause | null>;
  /** Begins a pause, after so many wrong tries further than the bucket has. */
  pause(name: Name, pause: Pause): void | Promise<void>;
}

/** Those of a bucket of which this process knows enough to decide by itself. */
export interface PortionCounters extends Pick<Counters, 'take'> {
  /** See `RateLimiter.chargeNow`. */
  takeNow(name: Name, points: number, part: number): Charge | number;
}

/** The counters of all buckets. */
export interface CountersOf {
  readonly exact: ReadonlyMap<Bucket, Counters>;
  readonly portioned: ReadonlyMap<Bucket, PortionCounters>;
}

/** The pauses that follow wrong tries, in seconds. */
export const pause = { first: 60, longest: 900 } as const;

const dayMs = 86_400_000;

const free = new Charge({ add() {} }, 0);

/** What bounds nothing. */
export const noLimits: RateLimiter = {
  take: async () => {},
  charge: () => free,
  chargeNow: () => free,
  giveBack: async () => {},
  pauseOf: async () => null,
  refused: () => {},
  requireNoPause: async () => {},
  countWrong: async () => {},
};

/** Makes it on counters; `secret` keys what stands for names and addresses. */
export function createRateLimiter(rates: Rates, secret: Buffer, { exact, portioned }: CountersOf): RateLimiter {
  let day = { number: -1, key: createSecretKey(secret) };
  const keyOfDay = () => {
    const number = Math.floor(Date.now() / dayMs);
    if (number !== day.number) day = { number, key: createSecretKey(createHmac('sha256', secret).update(String(number)).digest()) };
    return day.key;
  };
  const nameOf = (key: Key): Name => (typeof key === 'number' ? key : createHmac('sha256', keyOfDay()).update(JSON.stringify(key)).digest('base64url'));
  const charge: RateLimiter['charge'] = (bucket, key, points = 1) => of(portioned.get(bucket) ?? exact.get(bucket)).take(nameOf(key), points);

  const pauseOf = async (bucket: Bucket, key: Key) => await of(exact.get(bucket)).pauseOf(nameOf(key));

  return {
    async take(bucket, key, points) {
      await charge(bucket, key, points);
    },
    charge: (bucket, key, points = 1) => charge(bucket, key, Math.min(points, most(rates[bucket]))),
    chargeNow: (bucket, key, points, part) => of(portioned.get(bucket)).takeNow(nameOf(key), Math.min(points, Math.floor(most(rates[bucket]) * part)), part),
    async giveBack(bucket, key) {
      await of(exact.get(bucket)).giveBack(nameOf(key));
    },
    pauseOf,
    refused() {},
    async requireNoPause(bucket, key) {
      const lasting = await pauseOf(bucket, key);
      if (lasting !== null) throw refusal(lasting.seconds * 1000);
    },
    async countWrong(bucket, key) {
      const name = nameOf(key);
      const counters = of(exact.get(bucket));
      const further = await counters.count(name);
      if (further < 0) return;
      await counters.pause(name, { seconds: Math.min(pause.first * 2 ** Math.min(further, 10), pause.longest), further });
    },
  };
}

/** The refusal of what may be tried again in so many milliseconds. */
export function refusal(ms: number): AppError {
  return new AppError('RATE_LIMITED', { retryAfterSeconds: Math.max(1, Math.ceil(ms / 1000)) });
}

function most({ points, burst }: Rates[Bucket]): number {
  return Math.max(points, burst);
}

function of<C>(counters: C | undefined): C {
  if (counters === undefined) throw new Error('a bucket that is not counted in this way');
  return counters;
}
