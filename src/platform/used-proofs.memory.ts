import { keptMs, type UsedProofs } from './used-proofs.ts';

/** The memory of one process. It holds what was really solved, so that nobody fills it for nothing. */
export function createMemoryUsedProofs(): UsedProofs {
  const until = new Map<string, number>();
  return {
    async take(id) {
      const now = performance.now();
      // All are kept for the same time, and a Map goes through its keys in the order in which they came.
      for (const [oldest, end] of until) {
        if (end > now) break;
        until.delete(oldest);
      }
      if (until.has(id)) return false;
      until.set(id, now + keptMs);
      return true;
    },
  };
}
