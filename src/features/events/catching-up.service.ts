import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../kernel/errors.ts';
import { rest } from '../../kernel/turns.ts';

/** What a stream that catches up is asked. */
export interface CatchingUp {
  /** One round. True where the stream needs no other one. */
  readonly attempt: () => Promise<boolean>;
  /** Where it stands: a round that has moved it was not for nothing. */
  readonly stand: () => unknown;
  readonly isOver: () => boolean;
  /** Told of what failed, once until it works. */
  readonly onFault: (error: unknown) => void;
}

const awayMs = 250;
const longestFaultMs = 4000;

/**
 * Makes rounds until one needs no other, or the stream is over. Whatever fails is tried again after a pause, which grows where the fault is not that
 * the database is away: a stream that ended would be opened again by its client at once, and meet the same.
 */
export async function goOn({ attempt, stand, isOver, onFault }: CatchingUp): Promise<void> {
  let idle = 0;
  let faults = 0;
  while (!isOver()) {
    const stood = stand();
    try {
      if (await attempt()) return;
      faults = 0;
      idle = stand() === stood ? idle + 1 : 0;
      await rest(idle);
    } catch (error) {
      if (error instanceof AppError && error.code === 'UNAVAILABLE') await sleep(awayMs);
      else {
        if (faults === 0) onFault(error);
        await sleep(Math.min(longestFaultMs, awayMs * 2 ** faults));
        faults += 1;
      }
    }
  }
}
