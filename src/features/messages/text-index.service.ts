import type { CompiledQuery } from 'kysely';
import { foldText, gramsOf } from '../../kernel/search-text.ts';
import { insertionsOf, runAll } from '../../platform/bulk.ts';
import type { Tx } from '../../platform/database.ts';
import type { MessagePlace } from './message-view.service.ts';

/** Rows a statement: far below what the parameters of a statement may be, in both databases. */
const portion = 1000;

/**
 * Makes the index say of a message what its text is now; null: it has none, as when it is new or was recalled. In the transaction that writes the
 * message, whose log must be locked, so that a search after the answer finds the new text and never the old one.
 */
export async function indexText(tx: Tx, { conversationId, seq }: MessagePlace, before: string | null, after: string | null): Promise<void> {
  const old = new Set(before === null ? [] : gramsOf(foldText(before)));
  const wanted = new Set(after === null ? [] : gramsOf(foldText(after)));
  for (const grams of portionsOf([...old].filter((gram) => !wanted.has(gram))))
    await tx.db.deleteFrom('MessageGram').where('conversationId', '=', conversationId).where('seq', '=', seq).where('gram', 'in', grams).execute();
  const added = [...wanted].filter((gram) => !old.has(gram));
  await runAll(
    tx,
    insertionOf(
      tx,
      added.map((gram) => ({ conversationId, gram, seq })),
    ),
  );
}

/** The statements that index new messages, with the texts that they have now. */
export function indexingOf(tx: Pick<Tx, 'dialect'>, messages: readonly (MessagePlace & { readonly text: string })[]): CompiledQuery[] {
  return insertionOf(
    tx,
    messages.flatMap(({ conversationId, seq, text }) => gramsOf(foldText(text)).map((gram) => ({ conversationId, gram, seq }))),
  );
}

// Those that are missing: the job that indexes the messages of before may have come by.
function insertionOf(tx: Pick<Tx, 'dialect'>, rows: Parameters<typeof insertionsOf<'MessageGram'>>[2]): CompiledQuery[] {
  return insertionsOf(tx, 'MessageGram', rows, { missing: true });
}

function portionsOf<T>(items: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(items.length / portion) }, (_, index) => items.slice(index * portion, (index + 1) * portion));
}
