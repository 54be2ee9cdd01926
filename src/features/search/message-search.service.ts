import type { Gate } from '../../kernel/gate.ts';
import { gramsToFind } from '../../kernel/grams.ts';
import { decodeKeys, encodeKeys, type Page, pageOf, pageSize } from '../../kernel/page.ts';
import { foldText } from '../../kernel/search-text.ts';
import { createTurns } from '../../kernel/turns.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import type { Read, Tx } from '../../platform/database.ts';
import { portionSize, portionsOf } from '../../platform/portions.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import { searchableOf } from '../contents/contents.service.ts';
import { shelfNumbered, shelvesUpTo } from '../message-index/index-layout.service.ts';
import { createLookup, type Lookup } from '../message-index/lookup.service.ts';
import { createUnindexedReader, type Seen } from '../message-index/unindexed.service.ts';
import { type MessagePlace, type MessageView, selectMessages } from '../messages/message-view.service.ts';
import { requireKeyword } from './keyword.policy.ts';
import { compareKeys, isKeys, type Keys, keysOf } from './message-keys.policy.ts';
import { countBefore, timesOf } from './message-times.service.ts';
import type { SearchArgs } from './user-search.service.ts';

/** Finds messages by a part of their text. */
export interface MessageSearch {
  /**
   * The texts that hold the keyword, whatever the case and the width of letters, newest first: in the conversations of which the viewer is a member,
   * from where the viewer sees them on, or in one of them by its uuid. An unknown uuid finds nothing, as does null. Where there is much
   * that nearly fits a page ends early, with fewer messages than wanted or none, and goes on behind its last cursor. Throws `BAD_USER_INPUT`.
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

interface Search {
  readonly viewer: Viewer;
  readonly lookup: Lookup;
  readonly after: Keys | null;
  readonly wanted: number;
  /** Whether a text holds the keyword, when it is the search's turn to look. */
  readonly fits: (text: string) => Promise<boolean>;
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
/** So many messages are read for one page at most, and a few more: what holds all grams of a keyword and not the keyword has no end. */
const messagesAtMost = 2000;
/** So many texts are in memory at once, each as long as a text can be. */
const textsAtOnce = 50;
/** For so long texts are compared in one turn of the event loop, in milliseconds. */
const turnMs = 5;
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
  const turns = createTurns(turnMs);
  const find: MessageSearch['find'] = async (read, viewer, { keyword, conversationUuid, first, after: cursor }) => {
    const size = pageSize(first);
    const folded = requireKeyword(keyword);
    const after = typeof cursor === 'string' ? decodeKeys(cursor, isKeys) : null;
    const fits = async (text: string) => {
      await turns.wait(viewer.userId);
      return foldText(text).includes(folded);
    };
    const search: Search = { viewer, lookup: createLookup(gramsToFind(folded, mostGrams)), after, wanted: size + 1, fits };
    const unindexed = createUnindexedReader(after === null ? null : after[0]);
    let found: MessageView[] = [];
    /** Whether something of this time could still come onto the page. */
    const isOpen = (newestAt: number) => newestAt >= (found[size]?.createdAt ?? 0);
    const add = (messages: readonly MessageView[]) => {
      const fitting = messages.filter(({ createdAt }) => isOpen(createdAt));
      // What the index has taken in meanwhile is found twice.
      const known = new Set(found.map(nameOf));
      found = [...found, ...fitting.filter((message) => !known.has(nameOf(message)))].sort((one, other) => compareKeys(keysOf(one), keysOf(other)));
      found = found.slice(0, size + 1);
    };
    const begin = async (places: readonly Place[]): Promise<Thread[]> => {
      for (const { id, lastSeq, searchableSeq } of places) if (lastSeq - (searchableSeq ?? 0) >= manyBehind) onBehind(id);
      const fresh = await unindexed.find(read, places, fits);
      for (let next = 0; isOpen(fresh[next]?.createdAt ?? -1); next += search.wanted)
        add((await readable(read, search, fresh.slice(next, next + search.wanted))).messages);
      return await threadsIn(read, search, places);
    };
    let places = await read((tx) => placesOf(tx, viewer, conversationUuid));
    let threads: Thread[] = [];
    let count = firstPlaces;
    let most = leastMessages;
    let left = messagesAtMost;
    while (left > 0) {
      const [place] = places;
      const [newest] = threads;
      // What is left of the conversations that were begun is read only as far as nothing of the others comes before it.
      if (place && isOpen(place.activeAt) && (!newest || compareKeys(startOf(place, after), endOf(newest)) <= 0)) {
        threads = [...threads, ...(await begin(places.slice(0, count)))].sort(byNewest);
        places = places.slice(count);
        // What is hardly there is looked for in many.
        count = threads.length === 0 ? portionSize : Math.min(count * 4, portionSize);
      } else if (newest && isOpen(newest.newestAt)) {
        const some = threads.slice(0, countWithin(threads, Math.min(most, left)));
        const { messages, rest } = await takeNewest(read, search, some);
        add(messages);
        left -= some.reduce((sum, thread) => sum + countOf(thread), 0);
        most = Math.min(most * 2, mostMessages);
        threads = [...rest, ...threads.slice(some.length)].sort(byNewest);
      } else break;
    }
    const ends = [...threads.slice(0, 1).map(endOf), ...places.slice(0, 1).map((place) => startOf(place, after))];
    const [end] = left > 0 ? [] : ends.sort(compareKeys);
    const page = pageOf(
      // What comes behind is found again, with all that comes before it.
      end ? found.filter((message) => compareKeys(keysOf(message), end) <= 0) : found,
      size,
      after !== null,
      (message) => encodeKeys(keysOf(message)),
    );
    return !end || page.pageInfo.hasNextPage ? page : { ...page, pageInfo: { ...page.pageInfo, hasNextPage: true, endCursor: encodeKeys(end) } };
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
  return await query.orderBy('l.activeAt', 'desc').orderBy('c.uuid', 'desc').execute();
}

/** Nothing of a conversation comes before this, or before the page. */
function startOf({ activeAt, uuid }: Place, after: Keys | null): Keys {
  const start: Keys = [activeAt, uuid, Number.MAX_SAFE_INTEGER];
  return after && compareKeys(start, after) < 0 ? after : start;
}

/** Behind this comes what is left of a conversation. */
function endOf({ newestAt, uuid, below }: Thread): Keys {
  return [newestAt, uuid, below];
}

function byNewest(one: Thread, other: Thread): number {
  return compareKeys(endOf(one), endOf(other));
}

/** Those of the conversations that may hold the keyword, those with the newest in front. */
async function threadsIn(read: Read, search: Search, places: readonly Place[]): Promise<Thread[]> {
  const { after, wanted } = search;
  const shelves = await firstShelvesOf(read, after, places);
  const begun = places.map((place, index): Thread => {
    const below = after?.[1] === place.uuid ? after[2] : Number.MAX_SAFE_INTEGER;
    const newestAt = Math.min(place.activeAt, after?.[0] ?? place.activeAt);
    return { ...place, seqs: [], shelf: shelves[index] ?? 0, shelvesAtOnce: firstShelves, newestAt, below, portion: 0 };
  });
  const threads = await lookFurther(read, search, begun);
  const portion = Math.max(leastPortion, Math.ceil((2 * wanted) / Math.min(fewThreads, threads.length)));
  return threads.map((thread) => ({ ...thread, portion })).sort(byNewest);
}

/** From which shelf on something of each conversation comes behind the cursor. */
async function firstShelvesOf(read: Read, after: Keys | null, places: readonly Place[]): Promise<number[]> {
  if (after === null) return [];
  return await countBefore(
    read,
    after,
    places.map(({ id, uuid, activeAt, searchableSeq }) => {
      const count = shelvesUpTo(searchableSeq ?? 0);
      // A few are looked at together.
      const skips = activeAt >= after[0] && count > firstShelves;
      return { id, uuid, seqs: Array.from({ length: skips ? count : 0 }, (_, number) => shelfNumbered(number, searchableSeq ?? 0).base) };
    }),
  );
}

/** What the next step of a conversation counts as. */
function countOf({ seqs, portion }: Thread): number {
  return seqs.length === 0 ? furtherAs : Math.min(seqs.length, portion);
}

/** How many of the first are taken together: at least one. */
function countWithin(threads: readonly Thread[], most: number): number {
  let sum = 0;
  const beyond = threads.findIndex((thread) => {
    sum += countOf(thread);
    return sum > most;
  });
  return beyond === -1 ? threads.length : Math.max(1, beyond);
}

/** Looks into the next shelves of some conversations of which all that was found has been read. Leaves out those of which nothing is left. */
async function lookFurther(read: Read, { lookup, after }: Search, threads: readonly Thread[]): Promise<Thread[]> {
  const lookings = threads.map(({ id, searchableSeq, shelf, shelvesAtOnce }) => ({ id, searchableSeq, first: shelf, count: shelvesAtOnce }));
  const looked = await read((tx) => lookup.find(tx, lookings));
  const seen = threads.map(({ fromSeq, below }, index) => (looked[index]?.seqs ?? []).filter((seq) => seq >= fromSeq && seq < below));
  const lists = threads.map(({ id, uuid, newestAt }, index) => ({ id, uuid, seqs: newestAt === after?.[0] ? (seen[index] ?? []) : [] }));
  const before = after === null ? [] : await countBefore(read, after, lists);
  const further = threads.flatMap((thread, index) => {
    const from = looked[index]?.from ?? 0;
    const shelf = thread.shelf + thread.shelvesAtOnce;
    const seqs = (seen[index] ?? []).slice(before[index] ?? 0);
    const isMore = from > thread.fromSeq && shelf < shelvesUpTo(thread.searchableSeq ?? 0);
    const [seq] = seqs;
    if (seq === undefined && !isMore) return [];
    const below = seq === undefined ? Math.min(thread.below, from) : seq + 1;
    const shelvesAtOnce = Math.min(thread.shelvesAtOnce * 2, mostShelves);
    return [{ thread: { ...thread, seqs, below, shelf: isMore ? shelf : Number.POSITIVE_INFINITY, shelvesAtOnce }, id: thread.id, seq: seq ?? from }];
  });
  const timeAt = await read((tx) => timesOf(tx, further));
  return further.map(({ thread, id, seq }) => ({ ...thread, newestAt: Math.min(thread.newestAt, timeAt(id, seq) ?? thread.newestAt) }));
}

/** The next of several conversations, to be compared with the keyword, and what is left of these. */
async function takeNewest(read: Read, search: Search, threads: readonly Thread[]): Promise<{ readonly messages: MessageView[]; readonly rest: Thread[] }> {
  const spent = threads.filter(({ seqs }) => seqs.length === 0);
  const further = spent.length === 0 ? [] : await lookFurther(read, search, spent);
  const ready = [...threads.filter(({ seqs }) => seqs.length > 0), ...further];
  const places = ready.flatMap(({ id, seqs, portion }) => seqs.slice(0, portion).map((seq) => ({ conversationId: id, seq })));
  const { messages, oldest } = await readable(read, search, places);
  const rest = ready.flatMap((thread) => {
    const seqs = thread.seqs.slice(thread.portion);
    if (seqs.length === 0 && thread.shelf === Number.POSITIVE_INFINITY) return [];
    const newestAt = Math.min(thread.newestAt, oldest.get(thread.id) ?? thread.newestAt);
    const below = thread.seqs.slice(0, thread.portion).at(-1) ?? thread.below;
    return [{ ...thread, seqs, newestAt, below, portion: Math.min(thread.portion * 2, mostPortion) }];
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

/** Those of the messages that the viewer may see. Of a portion nothing is kept but what may be shown. */
async function readable(read: Read, search: Search, places: readonly MessagePlace[]): Promise<Readable> {
  const { after, fits, wanted } = search;
  const oldest = new Map<number, number>();
  let messages: MessageView[] = [];
  for (const portion of portionsOf(places, textsAtOnce)) {
    // Compared when the read is over: what waits for its turn holds no connection.
    for (const message of await read((tx) => readableAmong(tx, search, portion))) {
      if (after && compareKeys(keysOf(message), after) <= 0) continue;
      const { conversationId, createdAt } = message;
      oldest.set(conversationId, Math.min(createdAt, oldest.get(conversationId) ?? createdAt));
      if (await fits(searchableOf(message) ?? '')) messages.push(message);
    }
    messages = messages.sort((one, other) => compareKeys(keysOf(one), keysOf(other))).slice(0, wanted);
  }
  return { messages, oldest };
}

/**
 * Judged in the statement that reads them: the viewer may have been removed since. One query for each conversation, in one statement: in a single one
 * databases read whole conversations.
 */
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
