import type { Rate } from './rates.ts';

/**
 * A rate for what is counted where it happens, in one number for each caller: the time, in milliseconds, at which all that the caller has done is paid
 * for. At the beginning that is 0.
 */
export interface Pace {
  /** What the number becomes with one more; null where that is one too many. */
  next(paidAt: number, now: number): number | null;
  /** In how many seconds one more passes, rounded up. */
  waitSeconds(paidAt: number, now: number): number;
}

/** Less than what any clock here tells apart, and more than what is lost where thirds are added. */
const tolerance = 0.001;

/** Makes it (GCRA): at once pass as many as the rate and its burst have together, and what is used up comes back one by one, as the rate says. */
export function createPace({ points, seconds, burst }: Rate): Pace {
  const each = (seconds * 1000) / points;
  const most = (points + burst) * each + tolerance;
  const withOneMore = (paidAt: number, now: number) => Math.max(paidAt, now) + each;
  return {
    next(paidAt, now) {
      const then = withOneMore(paidAt, now);
      return then - now > most ? null : then;
    },
    waitSeconds: (paidAt, now) => Math.max(1, Math.ceil((withOneMore(paidAt, now) - now - most) / 1000)),
  };
}
