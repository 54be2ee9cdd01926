import { type CursorCodec, cursorItems } from '../../kernel/cursor.ts';
import type { EntryRow } from '../log/log.service.ts';

/** The newest entry of a log that a stream has been given, and its part of a cursor. */
interface Item {
  readonly logId: number;
  readonly rev: number;
  readonly epoch: number;
  readonly text: string;
}

/**
 * The logs of which a stream has been given something above its base. It is never changed, and made once for all streams that stood at the same and are
 * given the same: so what thousands of readers of one conversation stand at, and its part of their cursors, is one object and one text.
 */
export class PlaceList {
  /** Few, and mostly none: a Map would be larger than all the rest. */
  readonly items: readonly Item[];
  /** What stands in a cursor after its head. */
  readonly text: string;
  private shrunk: { readonly base: number; readonly list: PlaceList } | null = null;

  constructor(codec: Pick<CursorCodec, 'join'> | null, items: readonly Item[]) {
    this.items = items;
    this.text = codec === null ? '' : codec.join('', items);
  }

  /** The rev given last of a log; 0 where it is none of them. */
  rev(logId: number): number {
    for (const item of this.items) if (item.logId === logId) return item.rev;
    return 0;
  }

  /** With an entry that is given. Null where there is no room for its log. */
  with(codec: CursorCodec, entry: EntryRow): PlaceList | null {
    if (newest.entry !== entry) newest = { entry, lists: new Map() };
    let list = newest.lists.get(this);
    if (list === undefined) {
      list = this.made(codec, entry);
      newest.lists.set(this, list);
    }
    return list;
  }

  /** With entries of one log that are given together. Null where it has one of them, or there is no room. */
  over(codec: CursorCodec, entries: readonly [EntryRow, ...EntryRow[]]): Step | null {
    if (newestSteps.entries !== entries) newestSteps = { entries, steps: new Map() };
    let step = newestSteps.steps.get(this);
    if (step === undefined) {
      step = this.stepOver(codec, entries);
      newestSteps.steps.set(this, step);
    }
    return step;
  }

  private stepOver(codec: CursorCodec, entries: readonly [EntryRow, ...EntryRow[]]): Step | null {
    if (this.rev(entries[0].logId) >= entries[0].rev) return null;
    const tails: string[] = [];
    let list: PlaceList | null = this;
    for (const entry of entries) {
      list = list.made(codec, entry);
      if (list === null) return null;
      tails.push(list.text);
    }
    return { list, tails };
  }

  private made(codec: CursorCodec, { logId, rev, epoch }: EntryRow): PlaceList | null {
    const item = { logId, rev, epoch, text: codec.item(logId, rev) };
    const at = this.items.findIndex((known) => known.logId === logId);
    if (at >= 0) return new PlaceList(codec, this.items.with(at, item));
    return this.items.length < cursorItems ? new PlaceList(codec, [...this.items, item]) : null;
  }

  /** Without what a base covers. */
  above(codec: CursorCodec, base: number): PlaceList {
    if (this.shrunk?.base === base) return this.shrunk.list;
    const items = this.items.filter(({ epoch }) => epoch > base);
    const list = items.length === 0 ? emptyList : items.length === this.items.length ? this : new PlaceList(codec, items);
    this.shrunk = { base, list };
    return list;
  }
}

/** What is given to all whose streams stand at their base. */
export const emptyList = new PlaceList(null, []);

/** What entries that are given together make of a list. */
export interface Step {
  readonly list: PlaceList;
  /** What stands in the cursors after each of them, behind the head. */
  readonly tails: readonly string[];
}

/** What became of lists with what is given together at present: to all who receive it, one after the other. */
let newestSteps: { readonly entries: readonly EntryRow[] | null; readonly steps: Map<PlaceList, Step | null> } = { entries: null, steps: new Map() };

/** What became of lists with the entry that is given at present: to all who receive it, one after the other. */
let newest: { readonly entry: EntryRow | null; readonly lists: Map<PlaceList, PlaceList | null> } = { entry: null, lists: new Map() };
