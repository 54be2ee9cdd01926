import { isAbout, placesOfKey } from '../../kernel/postings.ts';
import { readAll } from '../../platform/bulk.ts';
import type { Tx } from '../../platform/database.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import { keyOf, partOf, type Shelf, shelfNumbered, shelvesUpTo, tailFrom } from './index-layout.service.ts';

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

/** From so many on rows that are asked alike have a statement of their own. */
const manyRows = 16;

interface Spot {
  readonly id: number;
  readonly shelf: Shelf;
  /** The places that hold all grams so far; null: as yet all. */
  places: readonly number[] | null;
}

type Rows = ReadonlyMap<number, ReadonlyMap<number, Uint8Array>>;

/** Makes one for some grams: the rarest is read first, and of the others only where that one is. Which it is shows where few rows are read. */
export function createLookup(grams: readonly number[]): Lookup {
  let ordered = grams;
  const counts = new Map<number, number>();

  /** Narrows down some spots, and gives the conversations of which the index has moved something meanwhile. */
  const look = async (tx: Tx, spots: readonly Spot[]): Promise<ReadonlySet<number>> => {
    const moved = new Set<number>();
    const step = async (some: readonly number[]) => {
      const open = spots.filter(({ places }) => places === null || places.length > 0);
      const rows = await rowsOf(tx, open, some);
      for (const spot of open)
        for (const gram of some) {
          const data = rows.get(spot.id)?.get(partOf(spot.shelf, gram));
          const isThere = data !== undefined && isAbout(data, spot.shelf);
          if (data && !isThere) moved.add(spot.id);
          const places = isThere ? placesOfKey(data, keyOf(spot.shelf, gram)) : [];
          counts.set(gram, (counts.get(gram) ?? 0) + places.length);
          spot.places = spot.places === null ? places : common(spot.places, places);
        }
    };
    if (spots.length * ordered.length <= fewRows) {
      await step(ordered);
      ordered = ordered.toSorted((one, other) => (counts.get(one) ?? 0) - (counts.get(other) ?? 0));
    } else {
      await step(ordered.slice(0, 1));
      if (ordered.length > 1) await step(ordered.slice(1));
    }
    return moved;
  };

  const find = async (tx: Tx, lookings: readonly Looking[]): Promise<Looked[]> => {
    const all = lookings.map((looking) => spotsOf(looking));
    const moved = await look(tx, all.flat());
    const found: Looked[] = [];
    // What has left a shelf meanwhile is on another one.
    for (const [index, looking] of lookings.entries()) found.push((moved.has(looking.id) ? await findAnew(tx, looking) : null) ?? lookedOf(all[index] ?? []));
    return found;
  };

  /** From the newest message down to where the shelves that were asked for end; null where the index has not moved and a row is wrong. */
  const findAnew = async (tx: Tx, looking: Looking): Promise<Looked | null> => {
    const from = Math.min(...spotsOf(looking).map(({ shelf }) => shelf.base));
    const { searchableSeq } = await tx.db.selectFrom('Conversation').select('searchableSeq').where('id', '=', looking.id).executeTakeFirstOrThrow();
    if (tailFrom(searchableSeq ?? 0) === tailFrom(looking.searchableSeq ?? 0)) return null;
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

/** The rows of some grams at some spots. */
async function rowsOf(tx: Tx, spots: readonly Spot[], grams: readonly number[]): Promise<Rows> {
  const partsOf = new Map<number, Set<number>>();
  for (const { id, shelf } of spots) {
    const parts = partsOf.get(id) ?? new Set();
    for (const gram of grams) parts.add(partOf(shelf, gram));
    partsOf.set(id, parts);
  }
  // Most conversations are short, and of those the same parts are asked: two lists are found much quicker than pairs.
  const alike = [...Map.groupBy(partsOf, ([, parts]) => [...parts].join()).values()].map((some) => ({
    ids: some.map(([id]) => id),
    parts: [...(some[0]?.[1] ?? [])],
  }));
  const isLarge = ({ ids, parts }: (typeof alike)[number]) => ids.length * parts.length >= manyRows;
  const keys = alike.filter((lists) => !isLarge(lists)).flatMap(({ ids, parts }) => ids.flatMap((id) => parts.map((part) => [id, part] as const)));
  const queries = [...alike.filter(isLarge).flatMap((lists) => rowsIn.parts(tx, lists)), ...rowsAt.parts(tx, { keys })];
  const found = (
    await readAll(
      tx,
      queries.map((query) => ({ compile: () => query })),
    )
  ).flat();
  const rows = new Map<number, Map<number, Uint8Array>>();
  for (const { conversationId, part, data } of found) {
    const parts = rows.get(conversationId);
    if (parts) parts.set(part, data);
    else rows.set(conversationId, new Map([[part, data]]));
  }
  return rows;
}

const rowsIn = createStatement((tx, slot: Slots<{ ids: readonly number[]; parts: readonly number[] }>) =>
  tx.db.selectFrom('SearchRow').selectAll().where('conversationId', 'in', slot('ids')).where('part', 'in', slot('parts')),
);

const rowsAt = createStatement((tx, slot: Slots<{ keys: readonly (readonly [id: number, part: number])[] }>) =>
  tx.db
    .selectFrom('SearchRow')
    .selectAll()
    .where(slot.among(['conversationId', 'part'], 'keys')),
);
