import type { CompiledQuery } from 'kysely';
import { runAll, updatesOf } from '../../platform/bulk.ts';
import type { Tx } from '../../platform/database.ts';
import { portionSize } from '../../platform/portions.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import { contentColumns, maySearch, searchableOf, sizeOf } from '../contents/contents.service.ts';
import { tailFrom } from './index-layout.service.ts';
import { editionsOf } from './message-gram.service.ts';
import { type Text, type Writing, writingsOf } from './text-index.service.ts';

/** A conversation of which something is not in the index yet. */
export interface Due {
  readonly id: number;
  /** Whether anything of it is noted, and whether the index lacks messages. */
  readonly isNoted: boolean;
  readonly isBehind: boolean;
}

/** What was taken into the index of a conversation. */
export interface Indexed {
  /** How much work it was, in bytes of text, more or less. */
  readonly bytes: number;
  /** Nothing of the conversation is left. */
  readonly isThrough: boolean;
}

/** So many messages of a conversation are taken at once at most. */
export const messagesAtOnce = 512;

/** What it costs to put a page into its block, as bytes of text. */
const pageBytes = 4096;

interface Taking {
  readonly due: Due;
  readonly from: number;
  readonly indexedSeq: number | null;
  bytes: number;
  to: number;
  areNotesThrough: boolean;
  isThrough: boolean;
  readonly notes: { readonly seq: number; readonly rev: number; readonly text: string | null }[];
}

/**
 * Takes what is noted of some conversations and then their next messages into the index, of about so many bytes of text in all and in their order; at
 * least something. Holds their rows meanwhile, and waits for nothing else then: a recall comes before it or after it. Gives null for those that somebody
 * else holds, and nothing for those to which it did not come. For the job alone.
 */
export async function takeInto(tx: Tx, dues: readonly Due[], bytesAtOnce: number, isBusy: boolean): Promise<ReadonlyMap<number, Indexed | null>> {
  const takings = await begin(tx, dues);
  let left = bytesAtOnce;
  for (const taking of takings) if (taking.due.isNoted) left -= left > 0 ? await chooseNotes(tx, taking, left) : 0;
  const sizes = Map.groupBy(await sizesWithin(tx, { keys: takings.filter(({ due }) => due.isBehind).map(rangeOf) }), ({ conversationId }) => conversationId);
  for (const taking of takings)
    if (taking.areNotesThrough && (left > 0 || !taking.due.isBehind)) left -= chooseTail(taking, sizes.get(taking.due.id) ?? [], left);
  const taken = takings.filter(({ bytes, isThrough }) => bytes > 0 || isThrough);
  const { writings, older } = await writingsFor(tx, taken);
  // One by one, so that none of them is long.
  for (const statement of await writingsOf(tx, writings, isBusy)) await tx.db.executeQuery(statement);
  await runAll(tx, [...older, ...forgettingOf(tx, taken)]);
  const moved = taken.filter(({ from, to }) => to > from).map(({ due, to }) => ({ key: { id: due.id }, set: { searchableSeq: to } }));
  // Not with what comes next: where it fails it is these conversations that do.
  for (const statement of updatesOf(tx, 'Conversation', moved)) await tx.db.executeQuery(statement);
  const free = new Set(takings.map(({ due }) => due.id));
  const held = dues.flatMap(({ id }) => (free.has(id) ? [] : [[id, null] as const]));
  return new Map<number, Indexed | null>([...held, ...taken.map(({ due, bytes, isThrough }) => [due.id, { bytes, isThrough }] as const)]);
}

async function begin(tx: Tx, dues: readonly Due[]): Promise<Taking[]> {
  const rows = await freeConversations(tx, { ids: dues.map(({ id }) => id) });
  const free = new Map(rows.map((row) => [row.id, row]));
  return dues.flatMap((due): Taking[] => {
    const row = free.get(due.id);
    if (!row) return [];
    const from = row.searchableSeq ?? 0;
    return [{ due, from, indexedSeq: row.indexedSeq, bytes: 0, to: from, areNotesThrough: !due.isNoted, isThrough: false, notes: [] }];
  });
}

const freeConversations = createStatement((tx, slot: Slots<{ ids: readonly number[] }>) =>
  tx.db
    .selectFrom('Conversation')
    .select(['id', 'indexedSeq', 'searchableSeq'])
    .where('id', 'in', slot('ids'))
    .orderBy('id')
    .modifyEnd(tx.dialect.forUpdateOfFree),
);

function rangeOf({ due, from }: Taking): readonly [id: number, above: number, upTo: number] {
  return [due.id, from, from + messagesAtOnce];
}

const sizesWithin = createStatement((tx, slot: Slots<{ keys: readonly (readonly [id: number, above: number, upTo: number])[] }>) =>
  tx.db
    .selectFrom('Message')
    .select((eb) => ['conversationId', 'seq', sizeOf(eb).as('size')])
    .where(slot.oneOf(['conversationId', 'seq >', 'seq <='], 'keys'))
    .orderBy('conversationId')
    .orderBy('seq'),
);

/** Which of the notes of a conversation are taken. Gives their bytes. */
async function chooseNotes(tx: Tx, taking: Taking, most: number): Promise<number> {
  const notes = tx.db.selectFrom('IndexNote').where('conversationId', '=', taking.due.id).orderBy('seq').orderBy('rev');
  const sizes = await notes
    .select((eb) => eb.fn<number | null>('length', ['text']).as('size'))
    .limit(portionSize)
    .execute();
  const { count, bytes } = fitting(sizes, most);
  if (count > 0) taking.notes.push(...(await notes.select(['seq', 'rev', 'text']).limit(count).execute()));
  taking.areNotesThrough = sizes.length < portionSize && count === sizes.length;
  // A note may have no text.
  taking.bytes += bytes + count;
  return bytes + count;
}

/** How far the index of a conversation comes. Gives the bytes of that. */
function chooseTail(taking: Taking, sizes: readonly { readonly seq: number; readonly size: number | null }[], most: number): number {
  const { count, bytes } = fitting(sizes, most);
  taking.to = sizes[count - 1]?.seq ?? taking.from;
  taking.isThrough = sizes.length < messagesAtOnce && count === sizes.length;
  const cost = bytes + (tailFrom(taking.to) > tailFrom(taking.from) ? pageBytes : 0);
  taking.bytes += cost;
  return cost;
}

/** How many of the first rows have about so many bytes: at least one, where there is one. */
function fitting(rows: readonly { readonly size: number | null }[], most: number): { readonly count: number; readonly bytes: number } {
  let bytes = 0;
  let count = 0;
  for (const { size } of rows) {
    if (bytes > 0 && bytes + Number(size) > most) break;
    bytes += Number(size);
    count += 1;
  }
  return { count, bytes };
}

/** What is to be written, with what it is for a node of 0.1.0. */
async function writingsFor(tx: Tx, taken: readonly Taking[]): Promise<{ readonly writings: Writing[]; readonly older: CompiledQuery[] }> {
  // After the notes: whoever edits meanwhile leaves a further one, of the text that may be read here.
  const ranges = taken.filter(({ from, to }) => to > from).map(({ due, from, to }) => [due.id, from, to] as const);
  const places = taken.flatMap(({ due, notes }) => notes.map(({ seq }) => [due.id, seq] as const));
  const fresh = Map.groupBy(await textsWithin(tx, { ranges }), ({ conversationId }) => conversationId);
  const noted = Map.groupBy(await textsAt(tx, { places }), ({ conversationId }) => conversationId);
  const older: CompiledQuery[] = [];
  const writings = taken.map(({ due, from, to, notes, indexedSeq }): Writing => {
    const now = new Map((noted.get(due.id) ?? []).map((row) => [row.seq, searchableOf(row)]));
    const edits = [...Map.groupBy(notes, ({ seq }) => seq)].map(([seq, of]) => ({ seq, before: of.map(({ text }) => text), text: now.get(seq) ?? null }));
    for (const { seq, before, text } of edits) older.push(...editionsOf(tx, { conversationId: due.id, seq }, { before, now: text }, indexedSeq));
    const texts = (fresh.get(due.id) ?? []).map((row): Text => ({ seq: row.seq, text: searchableOf(row) }));
    // What is above comes with all the others, and says then what it says then.
    return { conversationId: due.id, from, to, fresh: texts, edited: edits.filter(({ seq }) => seq <= from) };
  });
  return { writings, older };
}

const textsWithin = createStatement((tx, slot: Slots<{ ranges: readonly (readonly [id: number, above: number, upTo: number])[] }>) =>
  tx.db
    .selectFrom('Message')
    .select(['conversationId', 'seq', ...contentColumns])
    .where(slot.oneOf(['conversationId', 'seq >', 'seq <='], 'ranges'))
    .where(maySearch),
);

const textsAt = createStatement((tx, slot: Slots<{ places: readonly (readonly [id: number, seq: number])[] }>) =>
  tx.db
    .selectFrom('Message')
    .select(['conversationId', 'seq', ...contentColumns])
    .where(slot.among(['conversationId', 'seq'], 'places')),
);

function forgettingOf(tx: Tx, taken: readonly Taking[]): CompiledQuery[] {
  return forgetNotes.parts(tx, { notes: taken.flatMap(({ due, notes }) => notes.map(({ seq, rev }) => [due.id, seq, rev] as const)) });
}

const forgetNotes = createStatement((tx, slot: Slots<{ notes: readonly (readonly [id: number, seq: number, rev: number])[] }>) =>
  tx.db.deleteFrom('IndexNote').where(slot.oneOf(['conversationId', 'seq', 'rev'], 'notes')),
);
