import type { RequestRelease } from '@tus/server';
import { UploadBusy, type UploadLocks, usualPatienceMs } from './upload-locks.ts';

interface Holder {
  readonly letGo: RequestRelease;
  /** Called when it has. */
  readonly waiting: Set<() => void>;
}

/** Locks of one process. */
export function createMemoryUploadLocks(patienceMs = usualPatienceMs): UploadLocks {
  const holders = new Map<string, Holder>();
  return {
    holds: (id) => holders.has(id),
    newLock(id) {
      let mine: Holder | null = null;
      return {
        async lock(signal, letGo) {
          const until = performance.now() + patienceMs;
          for (let other = holders.get(id); other; other = holders.get(id)) {
            void other.letGo();
            await released(other, signal, until - performance.now());
          }
          mine = { letGo, waiting: new Set() };
          holders.set(id, mine);
        },
        async unlock() {
          const held = mine;
          mine = null;
          if (held === null) return;
          holders.delete(id);
          for (const goOn of held.waiting) goOn();
        },
      };
    },
  };
}

/** Resolves when the holder has let go. Throws an `UploadBusy` where it does not in time, or where nobody waits for it any more. */
async function released({ waiting }: Holder, signal: AbortSignal, ms: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const giveUp = () => reject(new UploadBusy());
  const timer = setTimeout(giveUp, Math.max(0, ms));
  signal.addEventListener('abort', giveUp);
  if (signal.aborted) giveUp();
  waiting.add(resolve);
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', giveUp);
    waiting.delete(resolve);
  }
}
