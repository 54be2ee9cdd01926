import { type CursorCodec, cursorItems, type Mark, type Position } from '../../kernel/cursor.ts';
import type { EntryRow } from '../log/log.service.ts';
import { emptyList, PlaceList, type Step } from './place-list.service.ts';

/** Where one stream stands, moving: what it has been given, and the cursor that says so. */
export interface Place {
  /** Whether an entry has been given. One predicate is position, guard and proof. */
  covers(entry: EntryRow): boolean;
  /** Notes an entry that is given out of its epoch's turn. False where the cursor has no room for its log. */
  add(entry: EntryRow): boolean;
  /** What it is like to have been given entries of one log together, none of which it covers. Null where that is not so, or the cursor has no room. */
  stepOver(entries: readonly [EntryRow, ...EntryRow[]]): Step | null;
  /** Notes them. */
  stepTo(step: Step): void;
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
  /** The viewer's own part of the cursor. */
  head(): string;
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
  return new OnePlace(codec, viewerId, incarnation, start, items.length > 0 ? new PlaceList(codec, items) : emptyList);
}

/** A class and not closures, because there is one for each stream: it has its data and no more. */
class OnePlace implements Place {
  base: number;
  mark: Mark | null;
  private readonly codec: CursorCodec;
  private readonly viewerId: number;
  private readonly incarnation: number;
  private sealed: string | null = null;
  private list: PlaceList;

  constructor(codec: CursorCodec, viewerId: number, incarnation: number, { base, mark }: Position, list: PlaceList) {
    this.codec = codec;
    this.viewerId = viewerId;
    this.incarnation = incarnation;
    this.base = base;
    this.mark = mark;
    this.list = list;
  }

  covers({ logId, rev, epoch }: EntryRow) {
    const { base, mark } = this;
    return (
      epoch <= base || this.rev(logId) >= rev || (mark !== null && epoch <= mark.epoch && (logId < mark.logId || (logId === mark.logId && rev <= mark.rev)))
    );
  }

  add(entry: EntryRow) {
    const list = this.list.with(this.codec, entry);
    if (list === null) return false;
    this.list = list;
    return true;
  }

  stepOver(entries: readonly [EntryRow, ...EntryRow[]]) {
    return this.mark === null && entries[0].epoch > this.base ? this.list.over(this.codec, entries) : null;
  }

  stepTo({ list }: Step) {
    this.list = list;
  }

  sweep(entry: EntryRow) {
    if (this.mark === null) throw new Error('no sweep has begun');
    this.mark = { epoch: this.mark.epoch, logId: entry.logId, rev: entry.rev };
    this.sealed = null;
    if (this.list.rev(entry.logId) > 0) this.add(entry);
  }

  beginSweep(epoch: number) {
    this.mark = { epoch, logId: 0, rev: 0 };
    this.sealed = null;
  }

  advance(epoch: number) {
    // The sealed head is kept as long as it says the same.
    if (this.mark === null && epoch <= this.base) return;
    this.mark = null;
    this.sealed = null;
    this.base = Math.max(this.base, epoch);
    this.list = this.list.above(this.codec, this.base);
  }

  date(epoch: number) {
    const { items } = this.list;
    if (items.some((item) => item.epoch === Number.POSITIVE_INFINITY))
      this.list = new PlaceList(
        this.codec,
        items.map((item) => (item.epoch === Number.POSITIVE_INFINITY ? { ...item, epoch } : item)),
      );
  }

  rev(logId: number) {
    return this.list.rev(logId);
  }

  isCrowded() {
    return this.list.items.length * 2 > cursorItems;
  }

  cursor() {
    return this.head() + this.list.text;
  }

  head() {
    this.sealed ??= this.codec.head(this.viewerId, this.incarnation, this.base, this.mark);
    return this.sealed;
  }
}
