import type { NewsListener } from '../../kernel/feed.ts';
import type { EntryRow } from '../log/log.service.ts';

/** A stream that is served by this node. */
export interface LogListener {
  readonly userId: number;
  /** Called for all entries of the logs that its user receives: strictly in order within a log, each once, without a hole. */
  readonly round: (round: Round) => void;
  /** Who reads what it makes of a round at once, where nothing else is to be told before; null where it makes nothing of it, or not at once. */
  readonly readerOf: (round: Round) => NewsListener | null;
  /** What it would make of an entry of a round; null: nothing. */
  readonly foresee: (entry: EntryRow) => unknown;
}

/**
 * Entries of one log, one right after the other, that are given together: whoever has the first has all of them. So what they show can be read before
 * they are given, once for all who see the same, and is handed over where they are given.
 */
export interface Round {
  readonly logId: number;
  readonly entries: readonly [EntryRow, ...EntryRow[]];
  readonly last: EntryRow;
  /** It changes to whom what comes after it is given, and is one entry. */
  readonly changesMembers: boolean;
  /** Nothing was read or told of the log that comes after it: where more waits, each round would wait for what is read for those before it. */
  readonly isLast: boolean;
}

/**
 * Reads ahead what a round shows, and has it given in the turn in which that was read. `forAll` calls for each stream to which it would be given by
 * now. Null where there is nobody to read it for: then it is not given yet.
 */
export type ReadAhead = (round: Round, forAll: (call: (listener: LogListener) => void) => void, give: () => void) => Promise<void> | null;

/** So many entries are given together at most: what is read in one snapshot for one reader. */
const mostEntries = 16;

/** Cuts a page of a log into rounds. */
export function roundsOf(page: readonly EntryRow[]): Round[] {
  const cut: { readonly entries: [EntryRow, ...EntryRow[]]; readonly changesMembers: boolean }[] = [];
  for (const entry of page) {
    const changesMembers = entry.people !== null || entry.kind === 'JOINED' || entry.kind === 'LEFT' || entry.kind === 'DISSOLVED';
    const open = cut.at(-1);
    const fits =
      open && !open.changesMembers && !changesMembers && open.entries.length < mostEntries && entry.rev === open.entries[0].rev + open.entries.length;
    if (fits) open.entries.push(entry);
    else cut.push({ entries: [entry], changesMembers });
  }
  return cut.map(({ entries, changesMembers }, index) => ({
    logId: entries[0].logId,
    entries,
    last: entries.at(-1) ?? entries[0],
    changesMembers,
    isLast: index === cut.length - 1,
  }));
}
