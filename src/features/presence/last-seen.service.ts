import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../platform/database.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';

/** Writes when users were last seen. Nobody waits for it. */
export interface LastSeen {
  /** The user has just come or gone. */
  add(userId: number): void;
  /** Resolves when all is written. */
  stop(): Promise<void>;
}

/** How long people are gathered whose `lastSeenAt` is written together, and how many at most: a thousand who come at once are a few commits. */
const writing = { afterMs: 100, together: 250 } as const;

const setSeen = createStatement((tx, slot: Slots<{ ids: readonly number[] }>) =>
  tx.db.updateTable('User').set({ lastSeenAt: tx.dialect.now }).where('id', 'in', slot('ids')),
);

/** Makes the writer. `onFault` is told of what could not be written. */
export function createLastSeen(database: Database, onFault?: (error: unknown) => void): LastSeen {
  /** Users who came or went, and of whom that is not written yet. */
  const seen = new Set<number>();
  let writer: Promise<void> | null = null;
  const stopping = Promise.withResolvers<void>();

  /** One transaction at a time, so that it does not take the connections of those who wait, however many come and go at once. */
  async function write(): Promise<void> {
    await Promise.race([sleep(writing.afterMs, undefined, { ref: false }), stopping.promise]);
    while (seen.size > 0) {
      const some = [...seen].slice(0, writing.together).sort((a, b) => a - b);
      for (const userId of some) seen.delete(userId);
      await database.transaction((tx) => setSeen(tx, { ids: some })).catch((error: unknown) => onFault?.(error));
    }
    // In the same turn as the look at what is left: nobody is added between the two.
    writer = null;
  }

  return {
    add(userId) {
      seen.add(userId);
      writer ??= write();
    },
    async stop() {
      stopping.resolve();
      await writer;
    },
  };
}
