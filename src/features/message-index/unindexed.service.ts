import type { Read, Tx } from '../../platform/database.ts';
import { portionsOf } from '../../platform/portions.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import { contentColumns, maySearch, searchableOf, sizeOf } from '../contents/contents.service.ts';

/**
 * The index may be far behind for a while, after a burst or an upgrade. A search reads at most so many messages and bytes of what it has not come
 * to, and as many of what was edited since, of so many conversations in one statement, and so many texts at a time.
 */
const most = { rows: 2000, bytes: 1_000_000, conversations: 64, texts: 50 } as const;

/** A conversation, from where somebody sees it on. */
export interface Seen {
  readonly id: number;
  readonly fromSeq: number;
  /** How far the index has come: read before the index is. */
  readonly searchableSeq: number | null;
  readonly lastSeq: number;
}

/** Where a message stands, and when it was sent. */
export interface Found {
  readonly conversationId: number;
  readonly seq: number;
  readonly createdAt: number;
}

/** Whether a text is wanted: it says so when it is its turn to look. */
type Fits = (text: string) => Promise<boolean>;

/** Reads what the index does not speak for, as long as it may. */
export interface UnindexedReader {
  /**
   * The messages of some conversations to which the index has not come, and those that were edited since it had, whose texts fit; newest first. To be
   * read before the index is: what leaves the one has come into the other.
   */
  find(read: Read, places: readonly Seen[], fits: Fits): Promise<Found[]>;
}

type Sized = Found & { readonly bytes: number | null };

/** What may still be read. */
interface Budget {
  rows: number;
  bytes: number;
}

/** Makes the reader of one search, which wants nothing from after a time; null: all. */
export function createUnindexedReader(newest: number | null): UnindexedReader {
  // Apart: however much the index lacks, what was edited is found.
  const budgets = { tail: { ...most }, noted: { ...most } };
  return {
    async find(read, places, fits) {
      const noted = await findFitting(read, await read((tx) => withinNoted(tx, places, newest, budgets.noted)), fits);
      const found: Found[] = [];
      for (const portion of portionsOf(places.filter(isBehind), most.conversations))
        found.push(...(await findFitting(read, await read((tx) => withinTails(tx, portion, newest, budgets.tail)), fits)));
      return [...noted, ...found].sort(byTime);
    },
  };
}

const isBehind = ({ lastSeq, searchableSeq }: Seen) => lastSeq > (searchableSeq ?? 0);

/** Some at a time, so that others have their turn meanwhile, and compared when the read is over: what waits for its turn holds no connection. */
async function findFitting(read: Read, within: readonly Sized[], fits: Fits): Promise<Found[]> {
  const found: Found[] = [];
  for (const some of portionsOf(within, most.texts))
    for (const row of await read((tx) => textsAt(tx, { places: some.map(keyOf) }))) if (await fits(searchableOf(row) ?? '')) found.push(row);
  return found;
}

/** The newest messages to which the index has not come. */
async function withinTails(tx: Tx, places: readonly Seen[], newest: number | null, budget: Budget): Promise<Sized[]> {
  if (isSpent(budget)) return [];
  const each = Math.ceil(budget.rows / places.length);
  const upTo = newest ?? Number.MAX_SAFE_INTEGER;
  const tails = await newestAbove.each(
    tx,
    places.map(({ id, searchableSeq, fromSeq }) => ({ id, above: Math.max(searchableSeq ?? 0, fromSeq - 1), upTo, most: each })),
  );
  return spend(tails.flat(), budget);
}

/** The newest messages that are noted. */
async function withinNoted(tx: Tx, places: readonly Seen[], newest: number | null, budget: Budget): Promise<Sized[]> {
  if (isSpent(budget)) return [];
  const fromSeqs = new Map(places.map(({ id, fromSeq }) => [id, fromSeq]));
  const notes = await notesIn(tx, { ids: [...fromSeqs.keys()], most: most.rows });
  const seen = notes.filter(({ conversationId, seq }) => seq >= (fromSeqs.get(conversationId) ?? 0));
  return spend(await sizesAt(tx, { places: seen.map(keyOf), upTo: newest ?? Number.MAX_SAFE_INTEGER }), budget);
}

type PlaceKey = readonly [conversationId: number, seq: number];

const notesIn = createStatement((tx, slot: Slots<{ ids: readonly number[]; most: number }>) =>
  tx.db
    .selectFrom('IndexNote')
    .select(['conversationId', 'seq'])
    .distinct()
    .where('conversationId', 'in', slot.whole('ids'))
    .orderBy('seq', 'desc')
    .limit(slot.limit('most')),
);

/** Messages that may hold something that can be found, with the size of each. */
const selectSized = ({ db }: Tx) =>
  db
    .selectFrom('Message')
    .select((eb) => ['conversationId', 'seq', 'createdAt', sizeOf(eb).as('bytes')])
    .where(maySearch);

const newestAbove = createStatement((tx, slot: Slots<{ id: number; above: number; upTo: number; most: number }>) =>
  selectSized(tx)
    .where('conversationId', '=', slot('id'))
    .where('seq', '>', slot('above'))
    .where('createdAt', '<=', slot('upTo'))
    .orderBy('seq', 'desc')
    .limit(slot.limit('most')),
);

const sizesAt = createStatement((tx, slot: Slots<{ places: readonly PlaceKey[]; upTo: number }>) =>
  selectSized(tx)
    .where(slot.among(['conversationId', 'seq'], 'places'))
    .where('createdAt', '<=', slot('upTo')),
);

const textsAt = createStatement((tx, slot: Slots<{ places: readonly PlaceKey[] }>) =>
  tx.db
    .selectFrom('Message')
    .select(['conversationId', 'seq', 'createdAt', ...contentColumns])
    .where(slot.among(['conversationId', 'seq'], 'places')),
);

const isSpent = ({ rows, bytes }: Budget) => rows <= 0 || bytes <= 0;

/** Those of the messages, newest first, that may be read. */
function spend(messages: readonly Sized[], budget: Budget): Sized[] {
  return messages.toSorted(byTime).filter(({ bytes }) => {
    budget.rows -= 1;
    budget.bytes -= Number(bytes);
    return budget.rows >= 0 && budget.bytes >= 0;
  });
}

function keyOf({ conversationId, seq }: { readonly conversationId: number; readonly seq: number }): [conversationId: number, seq: number] {
  return [conversationId, seq];
}

function byTime(one: Found, other: Found): number {
  return other.createdAt - one.createdAt;
}
