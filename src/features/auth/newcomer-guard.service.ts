import type { Config } from '../../config.ts';
import { AppError } from '../../kernel/errors.ts';
import type { ProofsOfWork } from '../../platform/proof-of-work.ts';
import type { RateLimiter } from '../../platform/rate-limit.ts';
import type { Work } from './caller.policy.ts';

/** Bounds how many register, and asks for proofs of work where the operator wants them. */
export interface NewcomerGuard {
  /**
   * Lets somebody register. Throws `RATE_LIMITED` where too many from that address have, `PROOF_REQUIRED` where a proof is always asked for; both with a
   * challenge where a proof helps.
   */
  requirePassing(action: 'register' | 'registerVisitor', work: Work, address: string): Promise<void>;
}

/** The easiest. */
const difficulty = 1;

/** Makes it. */
export function createNewcomerGuard(mode: Config['proof'], limiter: RateLimiter, proofs: ProofsOfWork): NewcomerGuard {
  return {
    async requirePassing(action, work, address) {
      const isAlwaysAsked = mode === 'all' || (mode === 'visitors' && action === 'registerVisitor');
      const isProven = async () => typeof work === 'string' && (await proofs.take(work, [action], difficulty));
      const challenge = () => proofs.challenge([action], difficulty);
      if (isAlwaysAsked && !(await isProven())) throw new AppError('PROOF_REQUIRED', { challenge: await challenge() });
      try {
        await limiter.take(action, [address]);
      } catch (error) {
        if (mode === 'off' || !(error instanceof AppError) || error.code !== 'RATE_LIMITED') throw error;
        if (!isAlwaysAsked && !(await isProven())) throw new AppError('RATE_LIMITED', { ...error.details, challenge: await challenge() });
        await limiter.take(`${action}WithProof`, [address]);
      }
    },
  };
}
