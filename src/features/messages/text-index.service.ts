import type { CompiledQuery } from 'kysely';
import { foldings, foldText, gramsOf } from '../../kernel/search-text.ts';
import { insertionsOf, runAll } from '../../platform/bulk.ts';
import type { Tx } from '../../platform/database.ts';
import { portionSize } from '../../platform/portions.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import { contentColumns, maySearch, searchableOf, sizeOf } from '../contents/contents.service.ts';
import type { MessagePlace } from './message-view.service.ts';

// The index for searching is written behind the messages: its rows are many times as many. `Conversation.indexedSeq` says how far it has come; what
// is above that is searched by its text, so nobody has to wait for the index.

/** What was taken into the index. */
export interface Indexed {
  /** The bytes of the texts. */
  readonly bytes: number;
  /** Nothing of the conversation is left. */
  readonly isThrough: boolean;
}

/**
 * Takes the next messages of a conversation into the index, of about so many bytes of text. Holds the row of the conversation meanwhile, and waits for
 * nothing else then: an edit or a recall comes before it or after it. Null where somebody else holds it.
 */
export async function indexNext(tx: Tx, conversationId: number, bytesAtOnce: number): Promise<Indexed | null> {
  const conversation = await tx.db
    .selectFrom('Conversation')
    .select('indexedSeq')
    .where('id', '=', conversationId)
    .modifyEnd(tx.dialect.forUpdateOfFree)
    .executeTakeFirst();
  if (!conversation) return null;
  const from = conversation.indexedSeq ?? 0;
  const sizes = await tx.db
    .selectFrom('Message')
    .select((eb) => ['seq', sizeOf(eb).as('size')])
    .where('conversationId', '=', conversationId)
    .where('seq', '>', from)
    .orderBy('seq')
    .limit(portionSize)
    .execute();
  let bytes = 0;
  let last = from;
  for (const { seq, size } of sizes) {
    if (bytes > 0 && bytes + Number(size) > bytesAtOnce) break;
    bytes += Number(size);
    last = seq;
  }
  if (last === from) return { bytes, isThrough: true };
  const messages = await tx.db
    .selectFrom('Message')
    .select(['seq', ...contentColumns])
    .where('conversationId', '=', conversationId)
    .where('seq', '>', from)
    .where('seq', '<=', last)
    .where(maySearch)
    .execute();
  // In the order of the key: so the rows of a gram are written beside each other.
  const rows = messages
    .flatMap((message) => gramsIn(searchableOf(message)).map((gram) => ({ conversationId, gram, seq: message.seq })))
    .sort((a, b) => a.gram - b.gram || a.seq - b.seq);
  await runAll(tx, insertionOf(tx, rows));
  // Not with what comes next: where it fails it is this conversation that does.
  await tx.db.updateTable('Conversation').set({ indexedSeq: last }).where('id', '=', conversationId).execute();
  return { bytes, isThrough: sizes.length < portionSize && last === sizes.at(-1)?.seq };
}

/**
 * Makes the index say of a message what its text is now; null: it has none, as when it was recalled. In the transaction that writes the message,
 * whose log must be locked, so that a search after the answer finds the new text and never the old one.
 */
export async function indexText(tx: Tx, { conversationId, seq }: MessagePlace, before: string | null, after: string | null): Promise<void> {
  // The index has not come to it yet, and will read what it says then.
  if (seq > (await holdIndexed(tx, conversationId))) return;
  const forms = before === null ? [] : foldings(before);
  const old = new Set(forms.flatMap(gramsOf));
  const wanted = new Set(gramsIn(after));
  // In the order of the key, and in few round trips: the log is held meanwhile.
  const gone = [...old].filter((gram) => !wanted.has(gram)).sort((a, b) => a - b);
  // In which of several forms the old text stands there nobody knows.
  const added = [...wanted].filter((gram) => forms.length > 1 || !old.has(gram)).sort((a, b) => a - b);
  const deletions = deletionsOf.parts(tx, { conversationId, seq, grams: gone });
  const insertions = insertionOf(
    tx,
    added.map((gram) => ({ conversationId, gram, seq })),
  );
  await runAll(tx, [...deletions, ...insertions]);
}

const deletionsOf = createStatement((tx, slot: Slots<{ conversationId: number; seq: number; grams: readonly number[] }>) =>
  tx.db.deleteFrom('MessageGram').where('conversationId', '=', slot('conversationId')).where('seq', '=', slot('seq')).where('gram', 'in', slot('grams')),
);

/** How far the index has come, which nobody else moves until the transaction ends. */
async function holdIndexed(tx: Tx, conversationId: number): Promise<number> {
  const row = await tx.db.selectFrom('Conversation').select('indexedSeq').where('id', '=', conversationId).modifyEnd(tx.dialect.forUpdate).executeTakeFirst();
  return row?.indexedSeq ?? 0;
}

function gramsIn(text: string | null): number[] {
  return text === null ? [] : gramsOf(foldText(text));
}

// Those that are missing: a node of an older version may have written some already.
function insertionOf(tx: Pick<Tx, 'dialect'>, rows: Parameters<typeof insertionsOf<'MessageGram'>>[2]): CompiledQuery[] {
  return insertionsOf(tx, 'MessageGram', rows, { missing: true });
}
