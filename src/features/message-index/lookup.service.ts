import { placesOfKey } from '../../kernel/postings.ts';
import type { Tx } from '../../platform/database.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import { isMoved, keyOf, partOf, type Shelf, shelfNumbered, shelvesUpTo } from './index-layout.service.ts';

/** Some shelves of a conversation, from one on: 0 is that of its newest messages. */
export interface Looking {
  readonly id: number;
  /** How far the index has come, as it was known when the search began. */
  readonly searchableSeq: number | null;
  readonly first: number;
  readonly count: number;
}

/** What is there. */
export interface Looked {
  /** The messages that hold all grams, newest first. */
  readonly seqs: readonly number[];
  /** Where the oldest shelf that was looked at begins: below nothing was looked at. */
  readonly from: number;
}

/** Looks for the messages of some conversations that hold all of some grams. */
export interface Lookup {
  /** For each that is asked, in their order. */
  find(tx: Tx, lookings: readonly Looking[]): Promise<Looked[]>;
}

/** Up to so many rows are read at once, whatever of them is wanted in the end. */
const fewRows = 64;

interface Spot {
  readonly id: number;
  readonly shelf: Shelf;
  /** The places that hold all grams so far; null: as yet all. */
  places: readonly number[] | null;
}

type Rows = ReadonlyMap<number, ReadonlyMap<number, { readonly data: Uint8Array; readonly searchableSeq: number | null }>>;

/** Makes one for some grams: the rarest is read first, and of the others only where that one is. Which it is shows where few rows are read. */
export function createLookup(grams: readonly number[]): Lookup {
  let ordered = grams;
  const counts = new Map<number, number>();

  const narrow = (spots: readonly Spot[], rows: Rows, some: readonly number[], count: boolean) => {
    for (const spot of spots)
      for (const gram of some) {
        const data = rows.get(spot.id)?.get(partOf(spot.shelf, gram))?.data;
        const places = data ? placesOfKey(data, keyOf(spot.shelf, gram)) : [];
        if (count) counts.set(gram, (counts.get(gram) ?? 0) + places.length);
        spot.places = spot.places === null ? places : common(spot.places, places);
      }
  };

  /** Narrows down some spots, and gives the conversations that the index has moved meanwhile, with how far it has come. */
  const look = async (tx: Tx, spots: readonly Spot[]): Promise<ReadonlyMap<number, number | null>> => {
    const moved = new Map<number, number | null>();
    const step = async (some: readonly number[], count: boolean) => {
      const open = spots.filter(({ places }) => places === null || places.length > 0);
      const keys = open.flatMap(({ id, shelf }) => some.map((gram) => [id, partOf(shelf, gram)] as const));
      const rows = await rowsOf(tx, keys);
      for (const { id, shelf } of open)
        for (const { searchableSeq } of rows.get(id)?.values() ?? []) if (isMoved(shelf, searchableSeq ?? 0)) moved.set(id, searchableSeq);
      narrow(open, rows, some, count);
    };
    if (spots.length * ordered.length <= fewRows) {
      await step(ordered, true);
      ordered = ordered.toSorted((one, other) => (counts.get(one) ?? 0) - (counts.get(other) ?? 0));
    } else {
      await step(ordered.slice(0, 1), false);
      if (ordered.length > 1) await step(ordered.slice(1), false);
    }
    return moved;
  };

  const find = async (tx: Tx, lookings: readonly Looking[]): Promise<Looked[]> => {
    const all = lookings.map((looking) => spotsOf(looking));
    const moved = await look(tx, all.flat());
    const found: Looked[] = [];
    for (const [index, looking] of lookings.entries()) {
      const spots = all[index] ?? [];
      const seq = moved.get(looking.id);
      // What has left a shelf meanwhile is on another one.
      found.push(seq === undefined ? lookedOf(spots) : await findFrom(tx, looking, seq));
    }
    return found;
  };

  /** From the newest message down to where the shelves that were asked for end. */
  const findFrom = async (tx: Tx, looking: Looking, searchableSeq: number | null): Promise<Looked> => {
    const from = Math.min(...spotsOf(looking).map(({ shelf }) => shelf.base));
    let count = 0;
    for (const all = shelvesUpTo(searchableSeq ?? 0); count < all; ) if (shelfNumbered(count++, searchableSeq ?? 0).base <= from) break;
    const [looked] = await find(tx, [{ id: looking.id, searchableSeq, first: 0, count }]);
    return { seqs: looked?.seqs ?? [], from };
  };

  return { find };
}

function spotsOf({ id, searchableSeq, first, count }: Looking): Spot[] {
  const end = Math.min(first + count, shelvesUpTo(searchableSeq ?? 0));
  return Array.from({ length: Math.max(0, end - first) }, (_, index) => ({ id, shelf: shelfNumbered(first + index, searchableSeq ?? 0), places: null }));
}

function lookedOf(spots: readonly Spot[]): Looked {
  const seqs = spots.flatMap(({ shelf, places }) => (places ?? []).map((place) => shelf.base + place).reverse());
  return { seqs, from: spots.at(-1)?.shelf.base ?? 0 };
}

/** What is in both; both ascend. */
function common(one: readonly number[], other: readonly number[]): number[] {
  const both: number[] = [];
  let next = 0;
  for (const place of one) {
    while (next < other.length && (other[next] ?? 0) < place) next += 1;
    if (other[next] === place) both.push(place);
  }
  return both;
}

async function rowsOf(tx: Tx, keys: readonly (readonly [id: number, part: number])[]): Promise<Rows> {
  const rows = new Map<number, Map<number, { data: Uint8Array; searchableSeq: number | null }>>();
  for (const { conversationId, part, data, searchableSeq } of await rowsAt(tx, { keys })) {
    const parts = rows.get(conversationId) ?? new Map();
    rows.set(conversationId, parts.set(part, { data, searchableSeq }));
  }
  return rows;
}

// With how far the index has come in the same statement: a shelf says what it holds only together with that.
const rowsAt = createStatement((tx, slot: Slots<{ keys: readonly (readonly [id: number, part: number])[] }>) =>
  tx.db
    .selectFrom('SearchRow as r')
    .innerJoin('Conversation as c', 'c.id', 'r.conversationId')
    .select(['r.conversationId', 'r.part', 'r.data', 'c.searchableSeq'])
    .where(slot.oneOf(['r.conversationId', 'r.part'], 'keys')),
);
