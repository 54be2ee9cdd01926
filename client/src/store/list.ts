import type { EntityRecord } from './entities.ts';

/** Records in order, and what is shown of them: the same array until one of them is another. */
export interface SortedList<T> {
  readonly size: number;
  readonly first: EntityRecord | undefined;
  readonly last: EntityRecord | undefined;
  readonly records: readonly EntityRecord[];
  has(record: EntityRecord): boolean;
  put(record: EntityRecord): void;
  /** Puts records that are in order already. */
  putAll(sorted: readonly EntityRecord[]): void;
  delete(record: EntityRecord): void;
  /** Drops the first ones. */
  dropFirst(count: number): void;
  /** What is shown of the record may be different. */
  touch(record: EntityRecord): void;
  shown(): readonly T[];
}

/**
 * Makes an empty list. `compare` must say the same of two records for as long as they are in it. What comes at the end costs as much as its place, and
 * what is elsewhere a move of those behind it.
 */
export function createList<T>(compare: (a: EntityRecord, b: EntityRecord) => number, show: (record: EntityRecord) => T): SortedList<T> {
  let records: EntityRecord[] = [];
  let shown: readonly T[] = [];
  /** Records whose place in `shown` is right and whose contents may not be. */
  const touched = new Set<EntityRecord>();
  /** How many of `shown` still stand where their records stand. */
  let placed = 0;

  /** Where the record stands, or would stand. */
  const placeOf = (record: EntityRecord): number => {
    const last = records.at(-1);
    if (!last || compare(last, record) < 0) return records.length;
    let [low, high] = [0, records.length - 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const at = records[middle];
      if (at && compare(at, record) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  };

  const put = (record: EntityRecord) => {
    const place = placeOf(record);
    if (records[place] === record) return;
    if (place === records.length) records.push(record);
    else records.splice(place, 0, record);
    placed = Math.min(placed, place);
  };

  return {
    get size() {
      return records.length;
    },
    get first() {
      return records[0];
    },
    get last() {
      return records.at(-1);
    },
    get records() {
      return records;
    },
    has: (record) => records[placeOf(record)] === record,
    put,
    putAll(sorted) {
      const [first, last] = [records[0], sorted.at(-1)];
      if (first && last && compare(last, first) < 0) {
        records = [...sorted, ...records];
        placed = 0;
      } else for (const record of sorted) put(record);
    },
    delete(record) {
      const place = placeOf(record);
      if (records[place] !== record) return;
      records.splice(place, 1);
      touched.delete(record);
      placed = Math.min(placed, place);
    },
    dropFirst(count) {
      if (count <= 0) return;
      records = records.slice(count);
      touched.clear();
      placed = 0;
    },
    touch(record) {
      if (records[placeOf(record)] === record) touched.add(record);
    },
    shown() {
      if (placed === records.length && shown.length === records.length && touched.size === 0) return shown;
      // One copy, and no more: a list of ten thousand messages is shown anew with each one that comes.
      const next = (placed === shown.length ? shown : shown.slice(0, placed)).concat(records.slice(placed).map(show));
      let isOther = next.length !== shown.length;
      for (const record of touched) {
        const place = placeOf(record);
        if (place >= placed || records[place] !== record) continue;
        next[place] = show(record);
        isOther ||= next[place] !== shown[place];
      }
      for (let place = placed; place < next.length && !isOther; place++) isOther = next[place] !== shown[place];
      touched.clear();
      placed = records.length;
      if (isOther) shown = next;
      return shown;
    },
  };
}
