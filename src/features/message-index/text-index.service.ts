import type { CompiledQuery } from 'kysely';
import { foldings, foldText, gramsOf } from '../../kernel/search-text.ts';
import { insertionsOf, runAll } from '../../platform/bulk.ts';
import type { Tx } from '../../platform/database.ts';
import { portionSize } from '../../platform/portions.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import { contentColumns, maySearch, searchableOf, sizeOf } from '../contents/contents.service.ts';

// The index for searching is written behind the messages: its rows are many times as many. `Conversation.indexedSeq` says how far it has come, and
// notes say what was edited since. Both are searched by their texts, so nobody has to wait for the index.

/** What was taken into the index. */
export interface Indexed {
  /** The bytes of the texts. */
  readonly bytes: number;
  /** Nothing of the conversation is left. */
  readonly isThrough: boolean;
}

/**
 * Takes what is noted of a conversation, where anything is, and then its next messages into the index, of about so many bytes of text. Holds the row of the conversation
 * meanwhile, and waits for nothing else then: a recall comes before it or after it. Null where somebody else holds it. For the job alone.
 */
export async function indexNext(tx: Tx, conversationId: number, bytesAtOnce: number, { isNoted }: { readonly isNoted: boolean }): Promise<Indexed | null> {
  const conversation = await tx.db
    .selectFrom('Conversation')
    .select('indexedSeq')
    .where('id', '=', conversationId)
    .modifyEnd(tx.dialect.forUpdateOfFree)
    .executeTakeFirst();
  if (!conversation) return null;
  const from = conversation.indexedSeq ?? 0;
  const noted = isNoted ? await takeNotes(tx, conversationId, from, bytesAtOnce) : { bytes: 0, isThrough: true };
  if (!noted.isThrough || noted.bytes >= bytesAtOnce) return { bytes: noted.bytes, isThrough: false };
  const { bytes, isThrough } = await takeTail(tx, conversationId, from, bytesAtOnce - noted.bytes);
  return { bytes: noted.bytes + bytes, isThrough };
}

/** The next messages that the index has not come to, in the order of their seqs. */
async function takeTail(tx: Tx, conversationId: number, from: number, bytesAtOnce: number): Promise<Indexed> {
  const sizes = await tx.db
    .selectFrom('Message')
    .select((eb) => ['seq', sizeOf(eb).as('size')])
    .where('conversationId', '=', conversationId)
    .where('seq', '>', from)
    .orderBy('seq')
    .limit(portionSize)
    .execute();
  const { count, bytes } = fitting(sizes, bytesAtOnce);
  const last = sizes[count - 1]?.seq;
  if (last === undefined) return { bytes, isThrough: true };
  const messages = await tx.db
    .selectFrom('Message')
    .select(['seq', ...contentColumns])
    .where('conversationId', '=', conversationId)
    .where('seq', '>', from)
    .where('seq', '<=', last)
    .where(maySearch)
    .execute();
  const texts = messages.map((message) => ({ seq: message.seq, text: searchableOf(message) }));
  await runAll(tx, insertionOf(tx, conversationId, texts));
  // Not with what comes next: where it fails it is this conversation that does.
  await tx.db.updateTable('Conversation').set({ indexedSeq: last }).where('id', '=', conversationId).execute();
  return { bytes, isThrough: sizes.length < portionSize && count === sizes.length };
}

/** What was edited: the grams of the texts of before go, and those of what the message says now come. */
async function takeNotes(tx: Tx, conversationId: number, indexedSeq: number, bytesAtOnce: number): Promise<Indexed> {
  const notes = tx.db.selectFrom('IndexNote').where('conversationId', '=', conversationId).orderBy('seq').orderBy('rev');
  const sizes = await notes
    .select((eb) => eb.fn<number | null>('length', ['text']).as('size'))
    .limit(portionSize)
    .execute();
  const { count, bytes } = fitting(sizes, bytesAtOnce);
  if (count === 0) return { bytes, isThrough: true };
  const taken = await notes.select(['seq', 'rev', 'text']).limit(count).execute();
  const noted = Map.groupBy(taken, ({ seq }) => seq);
  // After the notes: whoever edits meanwhile leaves a further one, of the text that may be read here.
  const messages = await messagesAt(tx, { conversationId, seqs: [...noted.keys()] });
  const now = new Map(messages.map((message) => [message.seq, searchableOf(message)]));
  const edits = [...noted].map(([seq, of]) => ({ seq, texts: of.map(({ text }) => text), text: now.get(seq) ?? null }));
  const deletions = edits.flatMap(({ seq, texts, text }) => {
    const wanted = new Set(gramsIn(text));
    return deletionsOf(tx, { conversationId, seq }, texts, (gram) => !wanted.has(gram));
  });
  // What is above comes with all the others, and says then what it says then.
  const known = edits.filter(({ seq }) => seq <= indexedSeq);
  await runAll(tx, [...deletions, ...insertionOf(tx, conversationId, known)]);
  await forgetNotes(tx, { conversationId, notes: taken.map(({ seq, rev }) => [seq, rev]) });
  return { bytes, isThrough: sizes.length < portionSize && count === sizes.length };
}

const messagesAt = createStatement((tx, slot: Slots<{ conversationId: number; seqs: readonly number[] }>) =>
  tx.db
    .selectFrom('Message')
    .select(['seq', ...contentColumns])
    .where('conversationId', '=', slot('conversationId'))
    .where('seq', 'in', slot('seqs')),
);

const forgetNotes = createStatement((tx, slot: Slots<{ conversationId: number; notes: readonly (readonly [seq: number, rev: number])[] }>) =>
  tx.db
    .deleteFrom('IndexNote')
    .where('conversationId', '=', slot('conversationId'))
    .where(slot.oneOf(['seq', 'rev'], 'notes')),
);

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

/** Statements that take the grams of texts, in whatever form they stand there, out of what the index says of a message. */
export function deletionsOf(
  tx: Tx,
  { conversationId, seq }: { readonly conversationId: number; readonly seq: number },
  texts: readonly (string | null)[],
  isGone: (gram: number) => boolean = () => true,
): CompiledQuery[] {
  const grams = new Set(texts.flatMap((text) => (text === null ? [] : foldings(text).flatMap(gramsOf))));
  // In the order of the key.
  const gone = [...grams].filter(isGone).sort((a, b) => a - b);
  return gramDeletions.parts(tx, { conversationId, seq, grams: gone });
}

const gramDeletions = createStatement((tx, slot: Slots<{ conversationId: number; seq: number; grams: readonly number[] }>) =>
  tx.db.deleteFrom('MessageGram').where('conversationId', '=', slot('conversationId')).where('seq', '=', slot('seq')).where('gram', 'in', slot('grams')),
);

function gramsIn(text: string | null): number[] {
  return text === null ? [] : gramsOf(foldText(text));
}

/**
 * In the order of the key: so the rows of a gram are written beside each other. Those that are missing: of an edited text some are there, and a node
 * of an older version may have written others.
 */
function insertionOf(
  tx: Pick<Tx, 'dialect'>,
  conversationId: number,
  messages: readonly { readonly seq: number; readonly text: string | null }[],
): CompiledQuery[] {
  const rows = messages
    .flatMap(({ seq, text }) => gramsIn(text).map((gram) => ({ conversationId, gram, seq })))
    .sort((a, b) => a.gram - b.gram || a.seq - b.seq);
  return insertionsOf(tx, 'MessageGram', rows, { missing: true });
}
