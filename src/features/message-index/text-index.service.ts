import { setTimeout as sleep } from 'node:timers/promises';
import type { CompiledQuery } from 'kysely';
import { gramsOf } from '../../kernel/grams.ts';
import { isAbout, noPostings, postingsIn, withoutPlaces, withPostings } from '../../kernel/postings.ts';
import { foldText } from '../../kernel/search-text.ts';
import { turn } from '../../kernel/turns.ts';
import { insertionsOf } from '../../platform/bulk.ts';
import type { Tx } from '../../platform/database.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import {
  blockAt,
  blocksBetween,
  fromPosting,
  isOn,
  lastPart,
  partOf,
  postingOf,
  type Shelf,
  shelfOf,
  shelfOfPart,
  tailAt,
  tailFrom,
} from './index-layout.service.ts';

// The index for searching is written behind the messages. `Conversation.searchableSeq` says how far it has come, and notes say what was edited since. Both
// are searched by their texts, so nobody has to wait for the index. Whoever writes here holds the row of the conversation.

/** What a message says; null: nothing that can be found. */
export interface Text {
  readonly seq: number;
  readonly text: string | null;
}

/** What is to be written of a conversation. */
export interface Writing {
  readonly conversationId: number;
  /** How far the index has come, and how far it comes. */
  readonly from: number;
  readonly to: number;
  /** All between the two that say anything. */
  readonly fresh: readonly Text[];
  /** What was edited up to where the index has come, with what it says now. */
  readonly edited: readonly Text[];
}

/** Statements that bring the index of some conversations to where they say, read at the same moment in one go. `isBusy`: whether people write meanwhile. */
export async function writingsOf(tx: Tx, writings: readonly Writing[], isBusy = false): Promise<CompiledQuery[]> {
  const keys = writings.flatMap((writing) => shelvesTouched(writing).map((touched) => [writing.conversationId, touched.part, lastPart(touched)] as const));
  const stored = Map.groupBy(await rowsWithin(tx, { keys }), ({ conversationId }) => conversationId);
  const pause = createPause(tx, isBusy);
  const rows: { conversationId: number; part: number; data: Uint8Array }[] = [];
  for (const writing of writings) {
    const known = new Map((stored.get(writing.conversationId) ?? []).map(({ part, data }) => [part, data]));
    for (const [part, data] of await changesOf(writing, known, pause)) rows.push({ conversationId: writing.conversationId, part, data });
  }
  return insertionsOf(tx, 'SearchRow', rows, { instead: true, bytes: bytesAtOnce });
}

/** Statements after which the index holds nothing of a message, whoever has written it. It has come as far as `searchableSeq`. */
export async function erasureOf(tx: Tx, { conversationId, seq }: { conversationId: number; seq: number }, searchableSeq: number): Promise<CompiledQuery[]> {
  if (seq > searchableSeq) return [];
  const there = { from: searchableSeq, to: searchableSeq, fresh: [], edited: [{ seq, text: null }] };
  return await writingsOf(tx, [{ conversationId, ...there }]);
}

const rowsWithin = createStatement((tx, slot: Slots<{ keys: readonly (readonly [conversationId: number, from: number, to: number])[] }>) =>
  tx.db
    .selectFrom('SearchRow')
    .selectAll()
    .where(slot.oneOf(['conversationId', 'part >=', 'part <='], 'keys')),
);

type Pause = () => Promise<void> | null;

/**
 * How long this holds the event loop, in milliseconds, and a row or a text more, and what comes between: a turn, or a rest in which whatever people do has
 * several. Where all others wait for the end of the transaction there is none.
 */
const quick = { mostMs: 3, rest: turn } as const;
const gentle = { mostMs: 1, rest: async () => await sleep(3) } as const;

/** Bytes that go to the database in one piece: to write a large one as a statement takes long. */
const bytesAtOnce = 65_536;

/** To be awaited between two pieces of what takes long: gives the event loop its turn from time to time. */
function createPause({ dialect }: Pick<Tx, 'dialect'>, isBusy: boolean): Pause {
  const { mostMs, rest } = isBusy && dialect.name !== 'sqlite' ? gentle : quick;
  let began = performance.now();
  const pause = async () => {
    await rest();
    began = performance.now();
  };
  return () => (performance.now() - began < mostMs ? null : pause());
}

/** The shelves of which something may change, or is moved. */
function shelvesTouched({ from, to, edited }: Writing): Shelf[] {
  const [before, after] = [tailFrom(from), tailFrom(to)];
  const touched = edited.map(({ seq }) => shelfOf(seq, after));
  if (to > from) touched.push(tailAt(before));
  if (after > before) touched.push(...blocksBetween(before, after));
  return [...new Map(touched.map((shelf) => [shelf.part, shelf])).values()];
}

/** The rows that become others. */
async function changesOf(
  { from, to, fresh, edited }: Writing,
  known: ReadonlyMap<number, Uint8Array>,
  pause: Pause,
): Promise<[part: number, data: Uint8Array][]> {
  const [before, after] = [tailFrom(from), tailFrom(to)];
  const gone = new Set(edited.map(({ seq }) => seq));
  const added = new Map<number, number[]>();
  const add = (shelf: Shelf, gram: number, seq: number) => {
    const part = partOf(shelf, gram);
    const postings = added.get(part);
    if (postings) postings.push(postingOf(shelf, gram, seq));
    else added.set(part, [postingOf(shelf, gram, seq)]);
  };
  /** Takes everything from a shelf that is another one from now on. */
  const move = (shelf: Shelf) => {
    const shelves = new Map<number, Shelf>();
    const newShelf = (seq: number) => {
      const there = shelves.get(seq) ?? shelfOf(seq, after);
      shelves.set(seq, there);
      return there;
    };
    for (const [part, data] of known) {
      if (!isOn(shelf, part) || !isAbout(data, shelf)) continue;
      for (const posting of postingsIn(data)) {
        const [gram, seq] = fromPosting(shelf, part, posting);
        if (!gone.has(seq)) add(newShelf(seq), gram, seq);
      }
    }
  };
  if (after > before) move(tailAt(before));
  if (before > 0 && blockAt(0, before).bits !== blockAt(0, after).bits) move(blockAt(0, before));
  for (const { seq, text } of [...edited, ...fresh]) {
    await pause();
    const shelf = shelfOf(seq, after);
    if (text !== null) for (const gram of gramsOf(foldText(text))) add(shelf, gram, seq);
  }
  const cleared = [...Map.groupBy(gone, (seq) => shelfOf(seq, after).part).values()].map((seqs) => {
    const shelf = shelfOf(seqs[0] ?? 0, after);
    return { shelf, places: new Set(seqs.map((seq) => seq - shelf.base)) };
  });
  const changed: [number, Uint8Array][] = [];
  for (const part of new Set([...known.keys(), ...added.keys()])) {
    await pause();
    const [shelf, old] = [shelfOfPart(part, after), known.get(part)];
    const places = cleared.find((some) => isOn(some.shelf, part))?.places;
    // What was moved is about something else, as is what a restore of a part has left.
    let now = old && isAbout(old, shelf) ? old : noPostings(shelf);
    if (places) now = withoutPlaces(now, places);
    const postings = added.get(part);
    if (postings) now = withPostings(now, postings);
    if (now !== old) changed.push([part, now]);
  }
  // In the order of the key: whoever writes beside this takes the rows in the same one.
  return changed.sort(([one], [other]) => one - other);
}
