import { createWorker } from '../../kernel/worker.ts';
import type { Database, Tx } from '../../platform/database.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import { isOlderBeside } from '../contents/content.service.ts';
import { nothing } from '../contents/contents.service.ts';
import type { ClockService } from '../log/clock.service.ts';
import type { LogService } from '../log/log.service.ts';
import { eraseBeside } from './erasure.service.ts';
import type { MessagePlace } from './message-view.service.ts';

/**
 * Erases what a node of 0.1.0 leaves of a message that it recalls: what stands in `content`, and the files, of which it knows nothing. Nobody is shown
 * either from the recall on; from here on they are not stored any more. Ends with `isOlderBeside`.
 */
export interface RemainsService {
  /** Looks for it by itself from now on, at first through the last two hours; several nodes may. */
  start(): void;
  /** Ends that, and resolves when the message at hand is through. */
  stop(): Promise<void>;
}

const everyMs = 30_000;
const lookBackMs = 7_200_000;
const together = 100;

/** Makes it. `onFault` hears of what failed; it is tried again. */
export function createRemainsService(database: Database, log: LogService, clock: ClockService, onFault: (error: unknown) => void): RemainsService {
  /** What was told up to here has been looked at. */
  let doneUpTo: number | null = null;

  const worker = createWorker({
    everyMs,
    onFault,
    async takePortion() {
      const { n, above, places } = await database.read(async (tx) => {
        const { n, now } = await clock.read(tx);
        const above = doneUpTo ?? (await epochBefore(tx, now - lookBackMs));
        return { n, above, places: await recalledElsewhere(tx, { above, most: together }) };
      });
      for (const place of places) await erase(log, place);
      // The open epoch is looked at again.
      doneUpTo = places.length < together ? n - 1 : above;
      return places.length < together ? null : 0;
    },
  });
  return isOlderBeside ? worker : { start: () => {}, stop: async () => {} };
}

/** The newest epoch that was closed before a time; 0 where nobody knows. */
async function epochBefore(tx: Tx, time: number): Promise<number> {
  const row = await tx.db.selectFrom('EpochTime').select('epoch').where('at', '<=', time).orderBy('at', 'desc').limit(1).executeTakeFirst();
  return row?.epoch ?? 0;
}

const recalledElsewhere = createStatement((tx, slot: Slots<{ above: number; most: number }>) =>
  tx.db
    .selectFrom('Entry as e')
    .innerJoin('Message as x', (join) => join.onRef('x.conversationId', '=', 'e.logId').onRef('x.seq', '=', 'e.seq'))
    .select(['x.conversationId', 'x.seq'])
    .distinct()
    .where('e.epoch', '>', slot('above'))
    .where('e.kind', '=', 'CHANGED')
    .where('x.recalledAt', 'is not', null)
    .where('x.content', 'is not', null)
    .limit(slot.limit('most')),
);

/** Tells nobody: what is shown of the message stays as it is. */
async function erase(log: LogService, place: MessagePlace): Promise<void> {
  await log.write(async (writer) => {
    await writer.lock([place.conversationId]);
    await eraseBeside(writer, place);
    await writer.db
      .updateTable('Message')
      .set(nothing)
      .where('conversationId', '=', place.conversationId)
      .where('seq', '=', place.seq)
      .where('recalledAt', 'is not', null)
      .execute();
  });
}
