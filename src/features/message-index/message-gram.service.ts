import type { CompiledQuery } from 'kysely';
import { foldings, foldText, triplesOf } from '../../kernel/search-text.ts';
import { insertionsOf } from '../../platform/bulk.ts';
import type { Tx } from '../../platform/database.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import { isOlderBeside } from '../contents/content.service.ts';

// The index of 0.1.0. A node of that version takes into it whatever anybody sends, but knows nothing of what is edited or recalled here. Ends with
// `isOlderBeside`: the next version drops the table, and `Conversation.indexedSeq` and `index_progress` with it.

type Place = { readonly conversationId: number; readonly seq: number };

/** Statements that take the texts of a message, in whatever form they stand there, out of what that index says of it. */
export function deletionsOf(tx: Tx, { conversationId, seq }: Place, texts: readonly (string | null)[]): CompiledQuery[] {
  if (!isOlderBeside) return [];
  const grams = new Set(texts.flatMap((text) => (text === null ? [] : foldings(text).flatMap(triplesOf))));
  // In the order of the key.
  return gramDeletions.parts(tx, { conversationId, seq, grams: [...grams].sort((a, b) => a - b) });
}

/** Statements after which that index says of a message what it says now, and nothing of what it said before. It has come as far as `indexedSeq`. */
export function editionsOf(
  tx: Tx,
  { conversationId, seq }: Place,
  texts: { readonly before: readonly (string | null)[]; readonly now: string | null },
  indexedSeq: number | null,
): CompiledQuery[] {
  if (!isOlderBeside || seq > (indexedSeq ?? 0)) return [];
  const grams = texts.now === null ? [] : triplesOf(foldText(texts.now)).sort((a, b) => a - b);
  const rows = grams.map((gram) => ({ conversationId, gram, seq }));
  return [...deletionsOf(tx, { conversationId, seq }, texts.before), ...insertionsOf(tx, 'MessageGram', rows, { missing: true })];
}

const gramDeletions = createStatement((tx, slot: Slots<{ conversationId: number; seq: number; grams: readonly number[] }>) =>
  tx.db.deleteFrom('MessageGram').where('conversationId', '=', slot('conversationId')).where('seq', '=', slot('seq')).where('gram', 'in', slot('grams')),
);
