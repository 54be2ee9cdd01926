import type { EntityRecord } from './entities.ts';
import { createList, type SortedList } from './list.ts';

/** Some messages of a conversation that follow each other, oldest first: none of those between the first and the last one is missing. */
export interface MessageWindow<T> {
  readonly list: SortedList<T>;
  hasOlder: boolean;
  /** It reaches to the newest message: what is sent next goes to its end. */
  isLive: boolean;
}

/** How a page of the history stands to what is around it. What is absent is not told. */
export interface PagePlace {
  readonly hasOlder?: boolean;
  readonly hasNewer?: boolean;
}

/** What a page holds of one conversation: the window that is looked at, and the one at the newest message, which can be the same. */
export interface Windows<T> {
  readonly shown: MessageWindow<T> | null;
  readonly live: MessageWindow<T> | null;
  /** Messages that came before those in front of them, in order. */
  readonly ahead: readonly EntityRecord[];
  /** Whether the window has not been let go or joined to another one. */
  has(window: MessageWindow<T>): boolean;
  /** The window that has the message. */
  find(record: EntityRecord): MessageWindow<T> | undefined;
  /** Adds a page to a window, or opens one with it; gives the window that has the messages now. */
  add(window: MessageWindow<T> | null, records: readonly EntityRecord[], place: PagePlace): MessageWindow<T>;
  /** Shows a window, and lets go what is neither shown nor live. */
  show(window: MessageWindow<T>): void;
  /**
   * A message that was sent. `isNext` says that those before it have been told of: then one that does not follow leaves a hole, and this gives true,
   * for the rest to be read.
   */
  place(record: EntityRecord, isNext: boolean): boolean;
  touch(record: EntityRecord): void;
  /** Drops the oldest messages of the live window, and all other windows. */
  trim(keep: number): void;
  clear(): void;
}

/** The seq of a message; 0 of none. */
export function seqOf(record: EntityRecord | undefined): number {
  return Number(record?.fields.seq ?? 0);
}

/** Makes no window yet. Seqs have no holes, so two windows meet where the seq of the one goes on with that of the other. */
export function createWindows<T>(showMessage: (record: EntityRecord) => T): Windows<T> {
  let windows: MessageWindow<T>[] = [];
  let shown: MessageWindow<T> | null = null;
  /** By seq. */
  let ahead = new Map<number, EntityRecord>();

  const liveWindow = () => windows.find((window) => window.isLive) ?? null;
  const sortedAhead = () => [...ahead.values()].sort((a, b) => seqOf(a) - seqOf(b));

  /** Puts to the end of the live window what follows there. */
  const drain = () => {
    const live = liveWindow();
    if (!live || ahead.size === 0) return;
    for (const record of sortedAhead()) {
      const [seq, end] = [seqOf(record), seqOf(live.list.last)];
      if (seq > end + 1 && live.list.size > 0) break;
      ahead.delete(seq);
      if (seq > end) live.list.put(record);
    }
  };

  const join = () => {
    windows.sort((a, b) => seqOf(a.list.first) - seqOf(b.list.first));
    for (let i = 0; i + 1 < windows.length; ) {
      const [older, newer] = [windows[i], windows[i + 1]];
      if (!older || !newer || seqOf(older.list.last) < seqOf(newer.list.first) - 1) {
        i++;
        continue;
      }
      const isLive = older.isLive || newer.isLive;
      older.list.putAll(newer.list.records);
      older.isLive = isLive;
      if (shown === newer) shown = older;
      windows.splice(i + 1, 1);
    }
  };

  const add = (window: MessageWindow<T> | null, records: readonly EntityRecord[], { hasOlder, hasNewer }: PagePlace) => {
    const grown = window ?? { list: createList<T>((a, b) => seqOf(a) - seqOf(b), showMessage), hasOlder: false, isLive: false };
    if (!window) windows.push(grown);
    grown.list.putAll(records);
    if (hasOlder !== undefined) grown.hasOlder = hasOlder;
    if (hasNewer !== undefined) grown.isLive = !hasNewer;
    join();
    drain();
    const [first] = records;
    return windows.find((other) => other === grown || (first && other.list.has(first))) ?? grown;
  };

  const trim = (keep: number) => {
    ahead = new Map();
    shown = keep > 0 ? liveWindow() : null;
    windows = shown ? [shown] : [];
    if (!shown || shown.list.size <= keep) return;
    shown.list.dropFirst(shown.list.size - keep);
    shown.hasOlder = true;
  };

  return {
    get shown() {
      return shown;
    },
    get live() {
      return liveWindow();
    },
    get ahead() {
      return ahead.size === 0 ? [] : sortedAhead();
    },
    has: (window) => windows.includes(window),
    find: (record) => windows.find((window) => window.list.has(record)),
    add,
    show(window) {
      shown = window;
      windows = windows.filter((other) => other === shown || other.isLive);
    },
    place(record, isNext) {
      const [seq, live] = [seqOf(record), liveWindow()];
      if (live && live.list.size > 0 && seq <= seqOf(live.list.last)) return false;
      ahead.set(seq, record);
      drain();
      if (!live || !isNext || !ahead.has(seq)) return false;
      live.isLive = false;
      return true;
    },
    touch(record) {
      for (const window of windows) if (seqOf(record) <= seqOf(window.list.last)) window.list.touch(record);
    },
    trim,
    clear: () => trim(0),
  };
}
