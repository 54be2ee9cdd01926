import { AppError } from '../../kernel/errors.ts';

const dayMs = 86_400_000;

/** The most characters of what comes with a request, to a friend or to a group. */
export const requestTextLimit = 200;

/**
 * Throws `RATE_LIMITED` where somebody has asked the same of the same one so often within the last 24 hours, whatever became of it. `askedAt`: the
 * times, the newest first; `most`: how often one may, null without limit.
 */
export function requireSeldom(askedAt: readonly number[], now: number, most: number | null): void {
  const first = most === null ? undefined : askedAt[most - 1];
  if (first === undefined || first + dayMs <= now) return;
  throw new AppError('RATE_LIMITED', { retryAfterSeconds: Math.ceil((first + dayMs - now) / 1000) });
}
