import { createWorker } from '../../kernel/worker.ts';
import { insertAll } from '../../platform/bulk.ts';
import type { Database, Tx } from '../../platform/database.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import { isOlderBeside } from '../contents/content.service.ts';
import type { ClockService } from '../log/clock.service.ts';

/**
 * Leaves notes of what a node of 0.1.0 has edited or recalled, which knows nothing of them: within half a minute the index says what the messages say.
 * Who has written an entry does not stand in it, so what was edited or recalled here is looked at once more too. Ends with `isOlderBeside`.
 */
export interface OlderEdits {
  /** Looks for it by itself from now on, at first through the last two hours; several nodes may. */
  start(): void;
  /** Ends that. */
  stop(): Promise<void>;
}

const everyMs = 30_000;
const lookBackMs = 7_200_000;
const together = 200;

/** Makes it. `onNoted` hears of notes, `onFault` of what failed; it is tried again. */
export function createOlderEdits(database: Database, clock: ClockService, onNoted: () => void, onFault: (error: unknown) => void): OlderEdits {
  /** What was told up to this epoch has been looked at, and of the next ones what comes up to this entry. */
  let mark: Mark | null = null;

  const worker = createWorker({
    everyMs,
    onFault,
    async takePortion() {
      const { n, changes } = await database.read(async (tx) => {
        const { n, now } = await clock.read(tx);
        return { n, changes: await changesAfter(tx, { ...(mark ?? endOf(await epochBefore(tx, now - lookBackMs))), most: together }) };
      });
      if (changes.length > 0) await database.transaction((tx) => insertAll(tx, 'IndexNote', changes.map(noteOf), { missing: true }));
      const last = changes.at(-1);
      // The open epoch is looked at again.
      mark = last && changes.length === together ? { epoch: last.epoch, logId: last.logId, rev: last.rev } : endOf(n - 1);
      if (changes.length > 0) onNoted();
      return changes.length < together ? null : 0;
    },
  });
  return isOlderBeside ? worker : { start: () => {}, stop: async () => {} };
}

interface Mark {
  readonly epoch: number;
  readonly logId: number;
  readonly rev: number;
}

const endOf = (epoch: number): Mark => ({ epoch, logId: Number.MAX_SAFE_INTEGER, rev: 0 });

/** What it said before nobody knows. */
function noteOf({ logId, seq, rev }: { readonly logId: number; readonly seq: number; readonly rev: number }) {
  return { conversationId: logId, seq, rev, text: null };
}

/** The newest epoch that was closed before a time; 0 where nobody knows. */
async function epochBefore(tx: Tx, time: number): Promise<number> {
  const row = await tx.db.selectFrom('EpochTime').select('epoch').where('at', '<=', time).orderBy('at', 'desc').limit(1).executeTakeFirst();
  return row?.epoch ?? 0;
}

const changesAfter = createStatement((tx, slot: Slots<{ epoch: number; logId: number; rev: number; most: number }>) =>
  tx.db
    .selectFrom('Entry as e')
    .innerJoin('Message as x', (join) => join.onRef('x.conversationId', '=', 'e.logId').onRef('x.seq', '=', 'e.seq'))
    .select(['e.logId', 'e.rev', 'e.epoch', 'x.seq'])
    .where('e.kind', '=', 'CHANGED')
    .where('e.epoch', '>=', slot('epoch'))
    .where((eb) =>
      eb.or([eb('e.epoch', '>', slot('epoch')), eb('e.logId', '>', slot('logId')), eb.and([eb('e.logId', '=', slot('logId')), eb('e.rev', '>', slot('rev'))])]),
    )
    .where((eb) => eb.or([eb('x.editedAt', 'is not', null), eb('x.recalledAt', 'is not', null)]))
    .orderBy('e.epoch')
    .orderBy('e.logId')
    .orderBy('e.rev')
    .limit(slot.limit('most')),
);
