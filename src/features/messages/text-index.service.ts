import type { CompiledQuery } from 'kysely';
import { foldText, gramsOf } from '../../kernel/search-text.ts';
import { insertionsOf, runAll } from '../../platform/bulk.ts';
import type { Database, Tx } from '../../platform/database.ts';
import { portionsOf } from '../../platform/portions.ts';
import type { MessagePlace } from './message-view.service.ts';

/**
 * The index for searching is written after the messages, in portions: its rows are many times as many. `Conversation.indexedSeq` says how far it has
 * come; what is above that is searched by its text, so nobody has to wait for the index.
 */
export interface TextIndexer {
  /** Says that a portion of this conversation may be there to be taken in. */
  due(conversationId: number): void;
  /** Ends the work, and resolves when the portion at hand is through. */
  stop(): Promise<void>;
}

/** Messages that are taken in together. A search reads somewhat more texts than this at most of a conversation. */
export const indexPortion = 32;

/** Rests for so many times as long as it has worked: nobody waits for it, and those who send wait for the database. */
const restShare = 3;

/** Makes the one that takes new messages of this node into the index. What fails is tried again with the next portion of the conversation. */
export function createTextIndexer(database: Database, onFault: (error: unknown) => void): TextIndexer {
  const waiting = new Set<number>();
  let running: Promise<void> | null = null;
  let stopped = false;
  let wake = () => {};

  const rest = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const run = async () => {
    for (const conversationId of waiting) {
      if (stopped) break;
      waiting.delete(conversationId);
      const began = performance.now();
      try {
        const count = await database.transaction((tx) => indexNext(tx, conversationId, { least: indexPortion, most: indexPortion }));
        if (count > 0) waiting.add(conversationId);
      } catch (error) {
        onFault(error);
      }
      await rest((performance.now() - began) * restShare);
    }
    running = null;
  };

  return {
    due(conversationId) {
      waiting.add(conversationId);
      if (!stopped) running ??= run();
    },
    async stop() {
      stopped = true;
      wake();
      await running;
    },
  };
}

/**
 * Takes the next messages of a conversation into the index, where there are at least so many, and gives how many it were. Holds the row of the
 * conversation meanwhile, and waits for nothing else then: an edit or a recall comes before it or after it.
 */
export async function indexNext(tx: Tx, conversationId: number, { least, most }: { readonly least: number; readonly most: number }): Promise<number> {
  const messages = await tx.db
    .selectFrom('Message')
    .select(['seq', 'text'])
    .where('conversationId', '=', conversationId)
    .where('seq', '>', await holdIndexed(tx, conversationId))
    .orderBy('seq')
    .limit(most)
    .execute();
  const last = messages.at(-1);
  if (!last || messages.length < least) return 0;
  const reached = tx.db.updateTable('Conversation').set({ indexedSeq: last.seq }).where('id', '=', conversationId).compile();
  await runAll(tx, [
    ...insertionOf(
      tx,
      messages.flatMap(({ seq, text }) => gramsIn(text).map((gram) => ({ conversationId, gram, seq }))),
    ),
    reached,
  ]);
  return messages.length;
}

/**
 * Makes the index say of a message what its text is now; null: it has none, as when it was recalled. In the transaction that writes the message,
 * whose log must be locked, so that a search after the answer finds the new text and never the old one.
 */
export async function indexText(tx: Tx, { conversationId, seq }: MessagePlace, before: string | null, after: string | null): Promise<void> {
  // The index has not come to it yet, and will read what it says then.
  if (seq > (await holdIndexed(tx, conversationId))) return;
  const old = new Set(gramsIn(before));
  const wanted = new Set(gramsIn(after));
  for (const portion of portionsOf([...old].filter((gram) => !wanted.has(gram))))
    await tx.db.deleteFrom('MessageGram').where('conversationId', '=', conversationId).where('seq', '=', seq).where('gram', 'in', portion).execute();
  const added = [...wanted].filter((gram) => !old.has(gram));
  await runAll(
    tx,
    insertionOf(
      tx,
      added.map((gram) => ({ conversationId, gram, seq })),
    ),
  );
}

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
