import type { ClockService } from '../log/clock.service.ts';
import { createDatabaseAge } from '../log/database-age.service.ts';
import { readTold, type Told, type ToldEntry } from '../log/told.service.ts';
import type { LogPage, Pass } from './replay.service.ts';

/** What another node told longer ago, in milliseconds, is read: nobody knows where it has been. */
const toldMs = 500;

/** Takes what was told of logs, to be given in the place of reading it. */
export interface Telling {
  /** The clock, from whose readings is known how old it is what is told. */
  readonly clock: ClockService;
  /** Takes what this process itself has written. */
  take(told: Told): void;
  /** Takes what a bell brings of a log up to a rev. */
  hear(logId: number, rev: number, told: unknown): void;
  /** What was told of what comes next in a log, as if it had been read; null where it has to be read. */
  next(pass: Pass): LogPage | null;
}

/** So much is kept that was told of a log while something before it is on its way. What is too much is read. */
const mostTold = 500;

/** Nobody joins by what is told. */
const noKinds: LogPage['kinds'] = new Map();

/**
 * Makes it. `given` is the epoch up to which everything was given; `ensure` has a log given up to a rev. `onTold` is called before, with what is known of
 * an entry.
 */
export function createTelling(
  parts: { readonly clock: ClockService; readonly onTold?: (told: ToldEntry) => void },
  passes: Map<number, Pass>,
  { given, ensure }: { readonly given: () => number; readonly ensure: (logId: number, rev: number) => void },
): Telling {
  const { clock, isYounger } = createDatabaseAge(parts.clock);

  /** As far as it follows on what was given, or was told before. What does not is read. */
  const take = ({ logId, epochBefore, entries }: Told): void => {
    const [first] = entries;
    if (!first || first.entry.epoch <= given()) return;
    // Where nothing is kept of a log all of it was given up to that epoch.
    if (!passes.has(logId) && epochBefore <= given())
      passes.set(logId, { last: first.entry.rev - 1, target: 0, again: false, busy: false, epoch: epochBefore, people: null, told: [] });
    const pass = passes.get(logId);
    if (!pass || pass.last === null) return;
    let follows = false;
    for (const told of entries) {
      const { rev } = told.entry;
      if (rev !== standOf(pass) + 1 || pass.told.length >= mostTold) continue;
      pass.told.push(told.entry);
      parts.onTold?.(told);
      follows = true;
    }
    const last = entries.at(-1)?.entry.rev;
    if (follows && last !== undefined) ensure(logId, last);
  };

  return {
    clock,
    take,
    hear(logId, rev, told) {
      const pass = passes.get(logId);
      if (pass && standOf(pass) >= rev) return;
      const found = readTold(logId, told);
      if (found && isYounger(found.at, toldMs)) take(found);
    },
    next(pass) {
      const { last, told } = pass;
      if (told.length === 0) return null;
      pass.told = [];
      if (last === null) return null;
      const entries = told.filter(({ rev }) => rev > last);
      const [first] = entries;
      return first?.rev === last + 1 ? { from: first.rev, entries, kinds: noKinds, people: null } : null;
    },
  };
}

/** Up to where a log is given, or known. */
function standOf({ last, told }: Pass): number {
  return Math.max(last ?? 0, told.at(-1)?.rev ?? 0);
}
