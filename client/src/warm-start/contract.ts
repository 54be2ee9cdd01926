import type { ParleyEvent } from '../types.ts';

/** What was shown, kept for the next time: one record for each person and server. `createWarmStart(core, store)` makes it, lazily loaded. */
export interface WarmStart {
  /** Puts what was kept for the person into the store and gives the cursor from which events go on; null where there is nothing that can be used. */
  load(userId: string): Promise<string | null>;
  /** The store has everything up to this event: kept after a while, store and cursor in one transaction. */
  reached(event: Pick<ParleyEvent, '__typename' | 'cursor'>): void;
  /** Signing out: deletes what was kept for the person. */
  drop(userId: string): Promise<void>;
  close(): void;
}
