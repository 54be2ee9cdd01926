import { insertionsOf, readAll, runAll } from '../../platform/bulk.ts';
import type { Tx } from '../../platform/database.ts';
import type { LogWriter } from '../log/log.service.ts';
import { deletionsOf } from './message-gram.service.ts';
import { erasureOf } from './text-index.service.ts';

/** A message whose text changes: what it said until now. */
export interface Changing {
  readonly conversationId: number;
  readonly seq: number;
  readonly text: string | null;
}

/**
 * Says that a message has another text from this rev of its conversation on; null: none any more. In the transaction that writes the message, whose log
 * must be locked. An edit leaves a note for the job and is found by its new text at once; what the index says of the old one goes with the job. What was
 * recalled goes at once: nothing of it may be stored when the recall has answered, and a note of it would be just that.
 */
export async function noteText(writer: LogWriter, before: Changing, rev: number, after: string | null): Promise<void> {
  if (after === null) return await erase(writer, before);
  const { conversationId, seq, text } = before;
  writer.later(insertionsOf(writer, 'IndexNote', [{ conversationId, seq, rev, text }]));
}

/** Takes all that is stored for searching of a message away. The job writes nothing of the conversation until the transaction ends. */
async function erase(tx: Tx, { conversationId, seq, text }: Changing): Promise<void> {
  const notes = tx.db.selectFrom('IndexNote').where('conversationId', '=', conversationId).where('seq', '=', seq);
  const [[conversation], noted] = await readAll(tx, [
    tx.db.selectFrom('Conversation').select(['indexedSeq', 'searchableSeq']).where('id', '=', conversationId).modifyEnd(tx.dialect.forUpdate),
    notes.select('text'),
  ]);
  const texts = noted.map((note) => note.text);
  // Above that the index has not come to it, and will read what it says then.
  if (seq <= (conversation?.indexedSeq ?? 0)) texts.push(text);
  const place = { conversationId, seq };
  await runAll(tx, [...(await erasureOf(tx, place, conversation?.searchableSeq ?? 0)), ...deletionsOf(tx, place, texts)]);
  if (noted.length > 0) await tx.db.deleteFrom('IndexNote').where('conversationId', '=', conversationId).where('seq', '=', seq).execute();
}
