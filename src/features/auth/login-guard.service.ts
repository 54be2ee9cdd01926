import { AppError } from '../../kernel/errors.ts';
import type { Bucket } from '../../kernel/rates.ts';
import type { ProofsOfWork } from '../../platform/proof-of-work.ts';
import type { Key, Pause, RateLimiter } from '../../platform/rate-limit.ts';
import { type Caller, difficultyAfter, type Work } from './caller.policy.ts';
import type { Entrances } from './entrance.service.ts';

/** One try to log in. */
export interface LoginTry {
  /**
   * Throws `RATE_LIMITED` after too many wrong ones: of the name from that address; and where the name has not come in from there, of all such names from
   * that address, and of the name from all such addresses. A proof of work passes at once, so that no stranger keeps anybody out.
   */
  requirePassing(): Promise<void>;
  /** Which line it waits in at that address: null with all who are neither known there nor have brought a proof. */
  readonly line: string | null;
  /** It was wrong, with or without a proof. */
  countWrong(): Promise<void>;
}

/** Bounds how often passwords are guessed. */
export interface LoginGuard {
  /** Begins a try with a name, which may be nobody's (`userId` null), and perhaps a proof of work. */
  begin(input: { readonly username: string; readonly work?: Work }, userId: number | null, caller: Caller): Promise<LoginTry>;
}

/** Of what is given as a name, for counting. */
const longestName = 100;

/** Makes it. */
export function createLoginGuard(limiter: RateLimiter, proofs: ProofsOfWork, entrances: Entrances): LoginGuard {
  return {
    async begin({ username, work }, userId, { address }) {
      const name = username.toLowerCase().slice(0, longestName);
      const purpose = ['login', name] as const;
      const isKnownHere = await entrances.cameIn(userId ?? 0, address);
      const rows: readonly (readonly [Bucket, Key])[] = [
        ['wrongLogin', [name, address]],
        ...(isKnownHere
          ? []
          : ([
              ['wrongLoginOfAddress', [address]],
              ['wrongLoginOfName', [name]],
            ] as const)),
      ];
      let isProven = false;
      return {
        async requirePassing() {
          if (isProven) return;
          const pauses: (Pause & { readonly bucket: Bucket })[] = [];
          for (const [bucket, key] of rows) {
            const pause = await limiter.pauseOf(bucket, key);
            if (pause !== null) pauses.push({ bucket, ...pause });
          }
          if (pauses.length === 0) return;
          const difficulty = difficultyAfter(Math.max(...pauses.map(({ further }) => further)));
          isProven = typeof work === 'string' && (await proofs.take(work, purpose, difficulty));
          if (isProven) return;
          for (const { bucket } of pauses) limiter.refused(bucket);
          const retryAfterSeconds = Math.max(...pauses.map(({ seconds }) => seconds));
          throw new AppError('RATE_LIMITED', { retryAfterSeconds, challenge: await proofs.challenge(purpose, difficulty) });
        },
        get line() {
          return isKnownHere || isProven ? name : null;
        },
        async countWrong() {
          for (const [bucket, key] of rows) await limiter.countWrong(bucket, key);
        },
      };
    },
  };
}
