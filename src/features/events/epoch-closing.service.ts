import type { Metrics } from '../../platform/metrics.ts';
import type { ClockService } from '../log/clock.service.ts';

/** The longest pause between two tries, in milliseconds. */
const longestBlock = 8000;

/** What it stands on. */
interface EpochClosingParts {
  readonly clock: Pick<ClockService, 'close'>;
  readonly metrics: Pick<Metrics, 'add'>;
  readonly pause: (ms: number) => Promise<void>;
  readonly onFault: (error: unknown) => void;
}

/** Closes the open epoch, one closing at a time; where a writer blocks it, the next try waits 1, 2, 4, 8 s. */
export function createEpochClosing({ clock, metrics, pause, onFault }: EpochClosingParts): () => Promise<void> {
  let closing: Promise<void> | null = null;
  let blockedFor = 0;
  let closeAgainAt = 0;
  return () => {
    // A pause that is longer than the longest one is of a clock that was set back since.
    const left = closeAgainAt - Date.now();
    if (left > 0 && left <= longestBlock) return pause(50);
    closing ??= clock
      .close()
      .then(async (outcome) => {
        metrics.add('epochClosings', { outcome });
        blockedFor = outcome === 'BLOCKED' ? Math.min(8000, Math.max(1000, blockedFor * 2)) : 0;
        closeAgainAt = Date.now() + blockedFor;
        if (outcome !== 'CLOSED') await pause(50);
      })
      .catch(onFault)
      .finally(() => {
        closing = null;
      });
    return closing;
  };
}
