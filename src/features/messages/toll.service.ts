import type { Bucket } from '../../kernel/rates.ts';
import type { Key, RateLimiter } from '../../platform/rate-limit.ts';

/** What is taken out of a bucket for a message to a stranger. */
export interface Toll {
  readonly bucket: Bucket;
  readonly key: Key;
}

/** What was taken for a message before it is decided about, and why nothing more was to be had. */
export interface Payment {
  readonly paid: readonly Toll[];
  /** Null as long as there was enough. */
  readonly refusal: unknown;
}

/** Nothing was taken. */
export const unpaid: Payment = { paid: [], refusal: null };

/**
 * Who pays for messages to strangers. Only the transaction that writes a message knows what it owes, and it waits for nobody: so it says it, and the
 * message comes again when that was taken.
 */
export interface Tolls {
  /** False where nothing is counted, and nothing need be owed. */
  readonly isCounting: boolean;
  /** Takes what is owed and was not paid yet. Never throws: what went wrong is in what it gives, a bucket that is empty too. */
  pay(payment: Payment, owed: readonly Toll[]): Promise<Payment>;
  /** Gives back what was paid and not used, in its own time. */
  settle(payment: Payment, used: readonly Toll[]): void;
}

/** Makes it; without a limiter nothing is counted. */
export function createTolls(limiter: RateLimiter | null): Tolls {
  if (limiter === null) return { isCounting: false, pay: async () => unpaid, settle: () => {} };
  return {
    isCounting: true,
    async pay(payment, owed) {
      const paid = [...payment.paid];
      try {
        for (const toll of unpaidOf(payment, owed)) {
          await limiter.take(toll.bucket, toll.key);
          paid.push(toll);
        }
      } catch (refusal) {
        return { paid, refusal };
      }
      return { paid, refusal: null };
    },
    settle({ paid }, used) {
      for (const { bucket, key } of unpaidOf({ paid: used }, paid)) {
        // What is not given back comes again by itself.
        limiter.giveBack(bucket, key).catch(() => {});
      }
    },
  };
}

/** Of what is owed what was not paid. A message has one toll of a bucket at most. */
export function unpaidOf({ paid }: Pick<Payment, 'paid'>, owed: readonly Toll[]): readonly Toll[] {
  return owed.filter(({ bucket }) => !paid.some((toll) => toll.bucket === bucket));
}
