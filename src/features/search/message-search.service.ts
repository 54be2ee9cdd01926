import type { Gate } from '../../kernel/gate.ts';
import { parseUuid } from '../../kernel/ids.ts';
import { decodeKeys, encodeKeys, type Page, pageOf, pageSize } from '../../kernel/page.ts';
import { foldings, foldText, type GramQuery, gramQuery } from '../../kernel/search-text.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import type { Read, Tx } from '../../platform/database.ts';
import { portionSize, portionsOf } from '../../platform/portions.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import { searchableOf } from '../contents/contents.service.ts';
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

/** What is left of a conversation that holds all grams. */
interface Thread extends Place {
  /** The rarest there in front. */
  readonly grams: readonly number[];
  /** Above nothing is left, by seq and by time. */
  readonly below: number;
  readonly newestAt: number;
  /** How many to take next at most. */
  readonly portion: number;
}

/** A place in the list: newest first; of the same millisecond, by conversation and seq, downwards. */
type Keys = readonly [at: number, conversationUuid: string, seq: number];

interface Search {
  readonly viewer: Viewer;
  readonly folded: string;
  readonly query: GramQuery;
  readonly after: Keys | null;
  readonly wanted: number;
}

/** Where the index lacks so many messages of a conversation it is told so. */
const manyBehind = 64;

/** More of the keyword than this says little more. */
const mostGrams = 4;
/** In so many conversations one statement looks for messages, and for so many in each; where that does not fill the page, for twice as much. */
const leastThreads = 16;
const mostThreads = 128;
const leastPortion = 10;
const mostPortion = portionSize;

/**
 * Makes the search: many small reads, between which others have their turn. `gate` lets a few people search at once; `onBehind` hears of conversations
 * of which the index lacks many messages.
 */
export function createMessageSearch(gate: Gate, onBehind: (conversationId: number) => void): MessageSearch {
  const find: MessageSearch['find'] = async (read, viewer, { keyword, conversationUuid, first, after }) => {
    const size = pageSize(first);
    const folded = requireKeyword(keyword);
    const keys = typeof after === 'string' ? decodeKeys(after, isKeys) : null;
    const search: Search = { viewer, folded, query: gramQuery(folded, mostGrams), after: keys, wanted: size + 1 };
    const searches = foldings(keyword).map((form) => ({ ...search, query: gramQuery(form, mostGrams) }));
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
    for (const places of growing(await read((tx) => placesOf(tx, viewer, conversationUuid)))) {
      for (const { id, lastSeq, indexedSeq } of places) if (lastSeq - (indexedSeq ?? 0) >= manyBehind) onBehind(id);
      if (!isOpen(places[0]?.activeAt)) break;
      const fresh = await unindexed.find(read, places, (text) => foldText(text).includes(folded));
      for (let next = 0; isOpen(fresh[next]?.createdAt); next += search.wanted)
        add((await read((tx) => readable(tx, search, fresh.slice(next, next + search.wanted)))).messages);
      for (const form of searches) {
        let threads = await read((tx) => threadsIn(tx, form, places));
        for (let atOnce = leastThreads; isOpen(threads[0]?.newestAt); atOnce = Math.min(atOnce * 2, mostThreads)) {
          const { messages, rest } = await takeNewest(read, form, threads.slice(0, atOnce));
          add(messages);
          threads = [...rest, ...threads.slice(atOnce)].sort(byNewest);
        }
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
    .select(['c.id', 'c.uuid', 'c.indexedSeq', 'm.fromSeq', 'l.activeAt', 'l.lastSeq'])
    .where('m.userId', '=', viewer.userId)
    .where('m.active', '=', 1)
    .where('c.dissolvedAt', 'is', null);
  if (conversationUuid !== undefined) query = query.where('c.uuid', '=', conversationUuid);
  return await query.orderBy('l.activeAt', 'desc').execute();
}

/** In portions: what is common fills a page from the first few, and what is rare costs little in the many others. */
function* growing(places: readonly Place[]): Generator<readonly Place[]> {
  let size = 8;
  for (let begin = 0; begin < places.length; begin += size, size = Math.min(size * 4, portionSize)) yield places.slice(begin, begin + size);
}

/**
 * Those of the conversations that hold all grams, those with the newest in front. The ids stand in the statement as they are: in a join or a
 * subquery databases read all grams of a conversation instead of one range of the key.
 */
async function threadsIn(tx: Tx, { query, after, wanted }: Search, places: readonly Place[]): Promise<Thread[]> {
  const ids = places.map(({ id }) => id);
  const rows = await ('all' in query ? gramsHeld(tx, { ids, grams: query.all }) : rangeHeld(tx, { ids, from: query.from, to: query.to }));
  const held = Map.groupBy(rows, ({ conversationId }) => conversationId);
  const complete = places.flatMap((place) => {
    const grams = held.get(place.id) ?? [];
    const seq = Math.min(...grams.map(({ newest }) => Number(newest)));
    if (grams.length < ('all' in query ? query.all.length : 1) || seq < place.fromSeq) return [];
    return [{ ...place, seq, grams: grams.toSorted((a, b) => Number(a.count) - Number(b.count)).map(({ gram }) => gram) }];
  });
  const times = await timesOf(tx, complete);
  // With a short keyword databases sort all that a conversation holds, however few are wanted: better once.
  const portion = 'from' in query ? wanted : Math.max(leastPortion, Math.ceil((2 * wanted) / Math.min(leastThreads, complete.length)));
  const threads = complete.map(({ seq, ...place }) => {
    const newestAt = times.get(`${place.id}:${seq}`) ?? place.activeAt;
    return { ...place, newestAt, portion, below: after?.[1] === place.uuid ? after[2] : Number.MAX_SAFE_INTEGER };
  });
  return threads.sort(byNewest);
}

function heldGrams(tx: Tx) {
  return tx.db.selectFrom('MessageGram').select(({ fn }) => ['conversationId', fn.max('seq').as('newest'), fn.countAll<number>().as('count')]);
}

const gramsHeld = createStatement((tx, slot: Slots<{ ids: readonly number[]; grams: readonly number[] }>) =>
  heldGrams(tx).select('gram').where('conversationId', 'in', slot('ids')).where('gram', 'in', slot('grams')).groupBy(['conversationId', 'gram']),
);

const rangeHeld = createStatement((tx, slot: Slots<{ ids: readonly number[]; from: number; to: number }>) =>
  heldGrams(tx)
    .select('conversationId as gram')
    .where('conversationId', 'in', slot('ids'))
    .where('gram', '>=', slot('from'))
    .where('gram', '<=', slot('to'))
    .groupBy('conversationId'),
);

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
    .where(slot.oneOf(['conversationId', 'seq'], 'places')),
);

/** The next of several conversations, to be compared with the keyword, and what is left of these. */
async function takeNewest(read: Read, search: Search, threads: readonly Thread[]): Promise<{ readonly messages: MessageView[]; readonly rest: Thread[] }> {
  const places = await read((tx) => nextSeqs(tx, search, threads));
  const { messages, oldest } = await read((tx) => readable(tx, search, places));
  const rest = threads.flatMap((thread) => {
    const seqs = places.filter(({ conversationId }) => conversationId === thread.id).map(({ seq }) => seq);
    if (seqs.length < thread.portion) return [];
    const newestAt = Math.min(thread.newestAt, oldest.get(thread.id) ?? thread.newestAt);
    return [{ ...thread, newestAt, below: Math.min(...seqs), portion: Math.min(thread.portion * 2, mostPortion) }];
  });
  return { messages, rest };
}

/** The newest messages of a conversation, below where it is, that hold all grams of the keyword. */
async function nextSeqs(tx: Tx, { query }: Search, threads: readonly Thread[]): Promise<MessagePlace[]> {
  const places = threads.map(({ id, fromSeq, below, portion, grams }) => ({ grams, place: { id, fromSeq, below, portion } }));
  if ('from' in query)
    return (
      await nextInRange.each(
        tx,
        places.map(({ place }) => ({ ...place, ...query })),
      )
    ).flat();
  const named = places.map(({ grams, place }) => ({ ...place, ...Object.fromEntries(grams.map((gram, index) => [`gram${index}`, gram])) }));
  return (await nextWithGrams(query.all.length).each(tx, named)).flat();
}

function nextOf(tx: Tx, slot: Slots<Record<string, number>>) {
  return tx.db
    .selectFrom('MessageGram as g')
    .select(['g.conversationId', 'g.seq'])
    .where('g.conversationId', '=', slot('id'))
    .where('g.seq', '>=', slot('fromSeq'))
    .where('g.seq', '<', slot('below'))
    .orderBy('g.seq', 'desc')
    .limit(slot.limit('portion'));
}

// Of each number of grams its own text: in one for all of them databases read all grams of a conversation instead of one range of the key.
const withGrams = Array.from({ length: mostGrams }, (_, others) =>
  createStatement((tx, slot: Slots<Record<string, number>>) => {
    let next = nextOf(tx, slot).where('g.gram', '=', slot('gram0'));
    for (let index = 1; index <= others; index += 1)
      next = next.where(({ exists, selectFrom }) =>
        exists(
          selectFrom('MessageGram as o')
            .select('o.seq')
            .where('o.conversationId', '=', slot('id'))
            .where('o.gram', '=', slot(`gram${index}`))
            .whereRef('o.seq', '=', 'g.seq'),
        ),
      );
    return next;
  }),
);

function nextWithGrams(count: number) {
  const statement = withGrams[count - 1];
  if (!statement) throw new RangeError(`a keyword has ${count} grams`);
  return statement;
}

// Several grams of one message may begin with a short keyword.
const nextInRange = createStatement((tx, slot: Slots<Record<string, number>>) =>
  nextOf(tx, slot).distinct().where('g.gram', '>=', slot('from')).where('g.gram', '<=', slot('to')),
);

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
