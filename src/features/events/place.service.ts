import { type CursorCodec, cursorItems, type Mark, type Position } from '../../kernel/cursor.ts';
import type { EntryRow } from '../log/log.service.ts';

/** Where one stream stands, moving: what it has been given, and the cursor that says so. */
export interface Place {
  /** Whether an entry has been given. One predicate is position, guard and proof. */
  covers(entry: EntryRow): boolean;
  /** Notes an entry that is given out of its epoch's turn. False where the cursor has no room for its log. */
  add(entry: EntryRow): boolean;
  /** Notes an entry that is given in a sweep. */
  sweep(entry: EntryRow): void;
  /** Begins a sweep of all epochs up to this one. */
  beginSweep(epoch: number): void;
  /** Everything up to this epoch has been given. Never goes back. Ends a sweep. */
  advance(epoch: number): void;
  /** Says when the entries that came with a client's cursor were committed at the latest. */
  date(epoch: number): void;
  readonly base: number;
  readonly mark: Mark | null;
  /** The rev given last of a log that the list holds; 0 else. */
  rev(logId: number): number;
  /** The list is more than half full: time to have an epoch closed. */
  isCrowded(): boolean;
  cursor(): string;
}

/** A place at a position, whose entries were committed in `epochs` where that is known. */
export function createPlace(
  codec: CursorCodec,
  viewerId: number,
  incarnation: number,
  start: Position,
  epochs: ReadonlyMap<number, number> = new Map(),
): Place {
  let { base, mark } = start;
  let head: string | null = null;
  const items = new Map(
    [...start.revs].map(([logId, rev]) => [logId, { rev, epoch: epochs.get(logId) ?? Number.POSITIVE_INFINITY, text: codec.item(logId, rev) }]),
  );

  return {
    covers: ({ logId, rev, epoch }) =>
      epoch <= base ||
      (items.get(logId)?.rev ?? 0) >= rev ||
      (mark !== null && epoch <= mark.epoch && (logId < mark.logId || (logId === mark.logId && rev <= mark.rev))),
    add({ logId, rev, epoch }) {
      if (!items.has(logId) && items.size >= cursorItems) return false;
      items.set(logId, { rev, epoch, text: codec.item(logId, rev) });
      return true;
    },
    sweep({ logId, rev, epoch }) {
      if (mark === null) throw new Error('no sweep has begun');
      mark = { epoch: mark.epoch, logId, rev };
      head = null;
      if (items.has(logId)) items.set(logId, { rev, epoch, text: codec.item(logId, rev) });
    },
    beginSweep(epoch) {
      mark = { epoch, logId: 0, rev: 0 };
      head = null;
    },
    advance(epoch) {
      // The sealed head is kept as long as it says the same.
      if (mark === null && epoch <= base) return;
      mark = null;
      head = null;
      base = Math.max(base, epoch);
      for (const [logId, item] of items) if (item.epoch <= base) items.delete(logId);
    },
    date(epoch) {
      for (const item of items.values()) if (item.epoch === Number.POSITIVE_INFINITY) item.epoch = epoch;
    },
    get base() {
      return base;
    },
    get mark() {
      return mark;
    },
    rev: (logId) => items.get(logId)?.rev ?? 0,
    isCrowded: () => items.size * 2 > cursorItems,
    cursor() {
      head ??= codec.head(viewerId, incarnation, base, mark);
      return codec.join(
        head,
        [...items.values()].map(({ text }) => text),
      );
    },
  };
}
