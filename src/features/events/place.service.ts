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
  const items = [...start.revs].map(([logId, rev]) => ({ logId, rev, epoch: epochs.get(logId) ?? Number.POSITIVE_INFINITY, text: codec.item(logId, rev) }));
  return new OnePlace(codec, viewerId, incarnation, start, items);
}

interface Item {
  readonly logId: number;
  rev: number;
  epoch: number;
  text: string;
}

/** A class and not closures, because there is one for each stream: it has its data and no more. */
class OnePlace implements Place {
  base: number;
  mark: Mark | null;
  private readonly codec: CursorCodec;
  private readonly viewerId: number;
  private readonly incarnation: number;
  private head: string | null = null;
  /** Few, and mostly none: a Map would be larger than all the rest. */
  private items: readonly Item[];

  constructor(codec: CursorCodec, viewerId: number, incarnation: number, { base, mark }: Position, items: readonly Item[]) {
    this.codec = codec;
    this.viewerId = viewerId;
    this.incarnation = incarnation;
    this.base = base;
    this.mark = mark;
    this.items = items;
  }

  covers({ logId, rev, epoch }: EntryRow) {
    const { base, mark } = this;
    return (
      epoch <= base || this.rev(logId) >= rev || (mark !== null && epoch <= mark.epoch && (logId < mark.logId || (logId === mark.logId && rev <= mark.rev)))
    );
  }

  add(entry: EntryRow) {
    if (this.move(entry)) return true;
    if (this.items.length >= cursorItems) return false;
    const { logId, rev, epoch } = entry;
    this.items = [...this.items, { logId, rev, epoch, text: this.codec.item(logId, rev) }];
    return true;
  }

  sweep(entry: EntryRow) {
    if (this.mark === null) throw new Error('no sweep has begun');
    this.mark = { epoch: this.mark.epoch, logId: entry.logId, rev: entry.rev };
    this.head = null;
    this.move(entry);
  }

  beginSweep(epoch: number) {
    this.mark = { epoch, logId: 0, rev: 0 };
    this.head = null;
  }

  advance(epoch: number) {
    // The sealed head is kept as long as it says the same.
    if (this.mark === null && epoch <= this.base) return;
    this.mark = null;
    this.head = null;
    this.base = Math.max(this.base, epoch);
    if (this.items.length > 0) this.items = this.items.filter((item) => item.epoch > this.base);
  }

  date(epoch: number) {
    for (const item of this.items) if (item.epoch === Number.POSITIVE_INFINITY) item.epoch = epoch;
  }

  rev(logId: number) {
    for (const item of this.items) if (item.logId === logId) return item.rev;
    return 0;
  }

  isCrowded() {
    return this.items.length * 2 > cursorItems;
  }

  cursor() {
    this.head ??= this.codec.head(this.viewerId, this.incarnation, this.base, this.mark);
    return this.codec.join(this.head, this.items);
  }

  /** Notes a newer rev of a log that the list holds. */
  private move({ logId, rev, epoch }: EntryRow): boolean {
    for (const item of this.items) {
      if (item.logId !== logId) continue;
      item.rev = rev;
      item.epoch = epoch;
      item.text = this.codec.item(logId, rev);
      return true;
    }
    return false;
  }
}
