import type { Gate } from '../../kernel/gate.ts';
import { gramsToFind } from '../../kernel/grams.ts';
import { parseUuid } from '../../kernel/ids.ts';
import { decodeKeys, encodeKeys, type Page, pageOf, pageSize } from '../../kernel/page.ts';
import { foldText } from '../../kernel/search-text.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import type { Read, Tx } from '../../platform/database.ts';
import { portionSize, portionsOf } from '../../platform/portions.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import { searchableOf } from '../contents/contents.service.ts';
import { shelvesUpTo } from '../message-index/index-layout.service.ts';
import { createLookup, type Lookup } from '../message-index/lookup.service.ts';
import { createUnindexedReader, type Seen } from '../message-index/unindexed.service.ts';
import { type MessagePlace, type MessageView, type PlaceKey, selectMessages } from '../messages/message-view.service.ts';
import { requireKeyword } from './keyword.policy.ts';
import type { SearchArgs } from './user-search.service.ts';

/** Finds messages by a part of their text. */
export interface MessageSearch {
  /**
   * The texts that hold the keyword, whatever the case and the width of letters, newest first: in the conversations of which the viewer is a member,
   * from where the viewer sees them on, or in one of them by its uuid. An unknown uuid finds nothing, as does null. Throws `BAD_USER_INPUT`.
   */
  find(read: Read, viewer: Viewer, args: SearchArgs & { readonly conversationUuid?: string | null }): Promise<Page<MessageView>>;
}

/** A conversation of the viewer's. */
interface Place extends Seen {
  readonly uuid: string;
  readonly activeAt: number;
}

/** What is left of a conversation. */
interface Thread extends Place {
  /** Messages that hold all grams, newest first, which were not read yet. */
  readonly seqs: readonly number[];
  /** The next shelf of the index to look at, and how many at once. */
  readonly shelf: number;
  readonly shelvesAtOnce: number;
  /** Above nothing is left, by time, and by seq. */
  readonly newestAt: number;
  readonly below: number;
  /** How many to take next at most. */
  readonly portion: number;
}

/** A place in the list: newest first; of the same millisecond, by conversation and seq, downwards. */
type Keys = readonly [at: number, conversationUuid: string, seq: number];

interface Search {
  readonly viewer: Viewer;
  readonly folded: string;
  readonly lookup: Lookup;
  readonly after: Keys | null;
  readonly wanted: number;
}

/** Where the index lacks so many messages of a conversation it is told so. */
const manyBehind = 64;

/** More of the keyword than this says little more. */
const mostGrams = 4;
/**
 * So many messages are read together, of as many conversations as have them, and so many of each; where that does not fill the page, twice as many. To look
 * further into the index of a conversation counts as some messages.
 */
const leastMessages = 160;
const mostMessages = 1280;
const leastPortion = 10;
const mostPortion = portionSize;
const furtherAs = 8;
/** In so many conversations it is looked first: what is common fills a page from these. */
const firstPlaces = 8;
/** The portion of each, where so many conversations may fill the page together. */
const fewThreads = 16;
/** So many shelves of a conversation are looked at first; where nothing is, twice as many. */
const firstShelves = 2;
const mostShelves = 128;

/**
 * Makes the search: many small reads, between which others have their turn. `gate` lets a few people search at once; `onBehind` hears of conversations
 * of which the index lacks many messages.
 */
export function createMessageSearch(gate: Gate, onBehind: (conversationId: number) => void): MessageSearch {
  const find: MessageSearch['find'] = async (read, viewer, { keyword, conversationUuid, first, after }) => {
    const size = pageSize(first);
    const folded = requireKeyword(keyword);
    const keys = typeof after === 'string' ? decodeKeys(after, isKeys) : null;
    const search: Search = { viewer, folded, lookup: createLookup(gramsToFind(folded, mostGrams)), after: keys, wanted: size + 1 };
    const unindexed = createUnindexedReader(keys === null ? null : keys[0]);
    let found: MessageView[] = [];
    /** Whether something of this time could still come onto the page. */
    const isOpen = (newestAt: number | undefined) => newestAt !== undefined && newestAt >= (found[size]?.createdAt ?? 0);
    const add = (messages: readonly MessageView[]) => {
      const fitting = messages.filter(({ createdAt }) => isOpen(createdAt));
      // What the index has taken in meanwhile is found twice.
      const known = new Set(found.map(nameOf));
      found = [...found, ...fitting.filter((message) => !known.has(nameOf(message)))].sort((one, other) => compareKeys(keysOf(one), keysOf(other)));
      found = found.slice(0, size + 1);
    };
    const all = await read((tx) => placesOf(tx, viewer, conversationUuid));
    for (let [begin, count] = [0, firstPlaces]; begin < all.length; begin += count, count = placesAfter(count, found.length / size)) {
      const places = all.slice(begin, begin + count);
      for (const { id, lastSeq, searchableSeq } of places) if (lastSeq - (searchableSeq ?? 0) >= manyBehind) onBehind(id);
      if (!isOpen(places[0]?.activeAt)) break;
      const fresh = await unindexed.find(read, places, (text) => foldText(text).includes(folded));
      for (let next = 0; isOpen(fresh[next]?.createdAt); next += search.wanted)
        add((await read((tx) => readable(tx, search, fresh.slice(next, next + search.wanted)))).messages);
      let threads = await read((tx) => threadsIn(tx, search, places));
      for (let most = leastMessages; isOpen(threads[0]?.newestAt); most = Math.min(most * 2, mostMessages)) {
        const count = countWithin(threads, most);
        const { messages, rest } = await takeNewest(read, search, threads.slice(0, count));
        add(messages);
        threads = [...rest, ...threads.slice(count)].sort(byNewest);
      }
    }
    return pageOf(found, size, keys !== null, (message) => encodeKeys(keysOf(message)));
  };
  return { find: (read, viewer, args) => gate.run(() => find(read, viewer, args), viewer.userId) };
}

/** The viewer's conversations, or one of them, newest activity first. */
async function placesOf(tx: Tx, viewer: Viewer, conversationUuid: string | null | undefined): Promise<Place[]> {
  let query = tx.db
    .selectFrom('Member as m')
    .innerJoin('Conversation as c', 'c.id', 'm.logId')
    .innerJoin('Log as l', 'l.id', 'm.logId')
    .select(['c.id', 'c.uuid', 'c.searchableSeq', 'm.fromSeq', 'l.activeAt', 'l.lastSeq'])
    .where('m.userId', '=', viewer.userId)
    .where('m.active', '=', 1)
    .where('c.dissolvedAt', 'is', null);
  if (conversationUuid !== undefined) query = query.where('c.uuid', '=', conversationUuid);
  return await query.orderBy('l.activeAt', 'desc').execute();
}

/** In how many conversations to look next, where what was found in so many before fills this part of a page: what is hardly there is looked for in all. */
function placesAfter(count: number, filled: number): number {
  return filled < 1 / 8 ? portionSize : Math.min(count * 4, portionSize);
}

/** Those of the conversations that may hold the keyword, those with the newest in front. */
async function threadsIn(tx: Tx, search: Search, places: readonly Place[]): Promise<Thread[]> {
  const { after, wanted } = search;
  const begun = places.map((place): Thread => {
    const below = after?.[1] === place.uuid ? after[2] : Number.MAX_SAFE_INTEGER;
    return { ...place, seqs: [], shelf: 0, shelvesAtOnce: firstShelves, newestAt: place.activeAt, below, portion: 0 };
  });
  const threads = await lookFurther(tx, search, begun);
  const portion = Math.max(leastPortion, Math.ceil((2 * wanted) / Math.min(fewThreads, threads.length)));
  return threads.map((thread) => ({ ...thread, portion })).sort(byNewest);
}

/** How many of the first are taken together: at least one. */
function countWithin(threads: readonly Thread[], most: number): number {
  let sum = 0;
  const beyond = threads.findIndex(({ seqs, portion }) => {
    sum += seqs.length === 0 ? furtherAs : Math.min(seqs.length, portion);
    return sum > most;
  });
  return beyond === -1 ? threads.length : Math.max(1, beyond);
}

/** Looks into the next shelves of some conversations of which all that was found has been read. Leaves out those of which nothing is left. */
async function lookFurther(tx: Tx, { lookup }: Search, threads: readonly Thread[]): Promise<Thread[]> {
  const looked = await lookup.find(
    tx,
    threads.map(({ id, searchableSeq, shelf, shelvesAtOnce }) => ({ id, searchableSeq, first: shelf, count: shelvesAtOnce })),
  );
  const further = threads.flatMap((thread, index) => {
    const { seqs, from } = looked[index] ?? { seqs: [], from: 0 };
    const shelf = thread.shelf + thread.shelvesAtOnce;
    const found = seqs.filter((seq) => seq >= thread.fromSeq && seq < thread.below);
    const isMore = from > thread.fromSeq && shelf < shelvesUpTo(thread.searchableSeq ?? 0);
    if (found.length === 0 && !isMore) return [];
    const left = { ...thread, seqs: found, shelf: isMore ? shelf : Number.POSITIVE_INFINITY, shelvesAtOnce: Math.min(thread.shelvesAtOnce * 2, mostShelves) };
    return [{ thread: left, seq: found[0] ?? from }];
  });
  const times = await timesOf(
    tx,
    further.map(({ thread, seq }) => ({ id: thread.id, seq })),
  );
  return further.map(({ thread, seq }) => ({ ...thread, newestAt: Math.min(thread.newestAt, times.get(`${thread.id}:${seq}`) ?? thread.newestAt) }));
}

function byNewest(one: Thread, other: Thread): number {
  return other.newestAt - one.newestAt;
}

async function timesOf(tx: Tx, places: readonly { readonly id: number; readonly seq: number }[]): Promise<ReadonlyMap<string, number>> {
  const rows = await timesAt(tx, { places: places.map(({ id, seq }) => [id, seq]) });
  return new Map(rows.map(({ conversationId, seq, createdAt }) => [`${conversationId}:${seq}`, createdAt]));
}

const timesAt = createStatement((tx, slot: Slots<{ places: readonly PlaceKey[] }>) =>
  tx.db
    .selectFrom('Message')
    .select(['conversationId', 'seq', 'createdAt'])
    .where(slot.among(['conversationId', 'seq'], 'places')),
);

/** The next of several conversations, to be compared with the keyword, and what is left of these. */
async function takeNewest(read: Read, search: Search, threads: readonly Thread[]): Promise<{ readonly messages: MessageView[]; readonly rest: Thread[] }> {
  const spent = threads.filter(({ seqs }) => seqs.length === 0);
  const further = spent.length === 0 ? [] : await read((tx) => lookFurther(tx, search, spent));
  const ready = [...threads.filter(({ seqs }) => seqs.length > 0), ...further];
  const places = ready.flatMap(({ id, seqs, portion }) => seqs.slice(0, portion).map((seq) => ({ conversationId: id, seq })));
  const { messages, oldest } = await read((tx) => readable(tx, search, places));
  const rest = ready.flatMap((thread) => {
    const seqs = thread.seqs.slice(thread.portion);
    if (seqs.length === 0 && thread.shelf === Number.POSITIVE_INFINITY) return [];
    const newestAt = Math.min(thread.newestAt, oldest.get(thread.id) ?? thread.newestAt);
    return [{ ...thread, seqs, newestAt, portion: Math.min(thread.portion * 2, mostPortion) }];
  });
  return { messages, rest };
}

/** What of some messages can come onto a page. */
interface Readable {
  /** Those that hold the keyword, newest first, at most as many as are wanted. */
  readonly messages: MessageView[];
  /** The time of the oldest one that was read, by conversation. */
  readonly oldest: ReadonlyMap<number, number>;
}

/**
 * Those of the messages that the viewer may see. Judged in the statement that reads them: the viewer may have been removed since. One query for each
 * conversation, in one statement: in a single one databases read whole conversations. Of a portion nothing is kept but what may be shown: what holds
 * all grams of a keyword and not the keyword has no end.
 */
async function readable(tx: Tx, search: Search, places: readonly MessagePlace[]): Promise<Readable> {
  const { after, folded, wanted } = search;
  const oldest = new Map<number, number>();
  let messages: MessageView[] = [];
  for (const portion of portionsOf(places)) {
    const rows = await readableAmong(tx, search, portion);
    for (const message of rows) {
      if (after && compareKeys(keysOf(message), after) <= 0) continue;
      const { conversationId, createdAt } = message;
      oldest.set(conversationId, Math.min(createdAt, oldest.get(conversationId) ?? createdAt));
      if (foldText(searchableOf(message) ?? '').includes(folded)) messages.push(message);
    }
    messages = messages.sort((one, other) => compareKeys(keysOf(one), keysOf(other))).slice(0, wanted);
  }
  return { messages, oldest };
}

async function readableAmong(tx: Tx, { viewer: { userId }, after }: Search, places: readonly MessagePlace[]): Promise<MessageView[]> {
  const upTo = after?.[0] ?? Number.MAX_SAFE_INTEGER;
  const conversations = [...Map.groupBy(places, ({ conversationId }) => conversationId)];
  const runs = conversations.map(([id, of]) => ({ userId, id, seqs: of.map(({ seq }) => seq), upTo }));
  return (await readableIn.each(tx, runs)).flat();
}

const readableIn = createStatement((tx, slot: Slots<{ userId: number; id: number; seqs: readonly number[]; upTo: number }>) =>
  selectMessages(tx)
    .innerJoin('Member as m', 'm.logId', 'x.conversationId')
    .where('m.userId', '=', slot('userId'))
    .where('m.active', '=', 1)
    .where('c.dissolvedAt', 'is', null)
    .where('x.conversationId', '=', slot('id'))
    .where('x.seq', 'in', slot('seqs'))
    .whereRef('x.seq', '>=', 'm.fromSeq')
    .where('x.kind', '!=', 'NOTICE')
    .where('x.recalledAt', 'is', null)
    .where('x.createdAt', '<=', slot('upTo')),
);

function nameOf({ conversationId, seq }: MessagePlace): string {
  return `${conversationId}:${seq}`;
}

function keysOf({ createdAt, conversationUuid, seq }: MessageView): Keys {
  return [createdAt, conversationUuid, seq];
}

/** Below 0 where `a` comes before `b`. */
function compareKeys(a: Keys, b: Keys): number {
  if (a[0] !== b[0]) return b[0] - a[0];
  if (a[1] !== b[1]) return a[1] > b[1] ? -1 : 1;
  return b[2] - a[2];
}

function isKeys(value: unknown): value is Keys {
  return (
    Array.isArray(value) &&
    value.length === 3 &&
    Number.isSafeInteger(value[0]) &&
    typeof value[1] === 'string' &&
    parseUuid(value[1]) === value[1] &&
    Number.isSafeInteger(value[2])
  );
}
