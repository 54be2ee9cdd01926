import type { ClockService } from '../log/clock.service.ts';
import { createDatabaseAge } from '../log/database-age.service.ts';
import type { EntryRow } from '../log/log.service.ts';
import { readTold, type Told, type ToldEntry } from '../log/told.service.ts';
import type { Pass } from './replay.service.ts';

/** What another node told longer ago, in milliseconds, is read: nobody knows where it has been. */
const toldMs = 500;

/** Gives what was told of logs, in the place of reading it. */
export interface Telling {
  /** The clock, from whose readings is known how old it is what is told. */
  readonly clock: ClockService;
  /** Takes what this process itself has written. */
  take(told: Told): void;
  /** Takes what a bell brings of a log up to a rev. */
  hear(logId: number, rev: number, told: unknown): void;
}

/**
 * Makes it. `given` is the epoch up to which everything was given; `give` gives one more entry of a log, whose pass has moved to it. `onTold` is called
 * before, with what is known of it.
 */
export function createTelling(
  parts: { readonly clock: ClockService; readonly onTold?: (told: ToldEntry) => void },
  passes: Map<number, Pass>,
  { given, ensure }: { readonly given: () => number; readonly ensure: (logId: number, rev: number) => void },
): Telling {
  const { clock, isYounger } = createDatabaseAge(parts.clock);

  /** As far as it follows on what was given. What does not is read; and where a log is being read, that goes on. */
  const take = ({ logId, epochBefore, entries }: Told): void => {
    const [first] = entries;
    if (!first || first.entry.epoch <= given()) return;
    // Where nothing is kept of a log all of it was given up to that epoch.
    if (!passes.has(logId) && epochBefore <= given())
      passes.set(logId, { last: first.entry.rev - 1, target: 0, again: false, busy: false, epoch: epochBefore });
    for (const told of entries) {
      const { rev, epoch } = told.entry;
      const pass = passes.get(logId);
      if (!pass || pass.busy || pass.last === null || pass.last < rev - 1) return;
      if (pass.last >= rev) continue;
      pass.last = rev;
      pass.target = Math.max(pass.target, rev);
      pass.epoch = epoch;
      parts.onTold?.(told);
      give(told.entry);
    }
  };

  return {
    clock,
    take,
    hear(logId, rev, told) {
      if ((passes.get(logId)?.last ?? 0) >= rev) return;
      const found = readTold(logId, told);
      if (found && isYounger(found.at, toldMs)) take(found);
    },
  };
}
