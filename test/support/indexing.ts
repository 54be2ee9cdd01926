import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import { fromPosting, lastPart, shelfNumbered, shelvesUpTo } from '../../src/features/message-index/index-layout.service.ts';
import { postingsIn } from '../../src/kernel/postings.ts';
import { insertAll } from '../../src/platform/bulk.ts';
import type { Database } from '../../src/platform/database.ts';
import { SearchMessagesDocument } from '../generated/graphql.ts';
import type { TestApp } from './app.ts';
import { present } from './client.ts';
import { idsOf, openTables } from './groups.ts';
import { type Person, registerTwo, sendText } from './people.ts';

/** What is found, newest first. */
export const search = async (person: Person, keyword: string) =>
  present((await person.ask(SearchMessagesDocument, { keyword, first: 100 })).searchMessages).edges;
/** The texts of it. */
export const texts = async (person: Person, keyword: string) => (await search(person, keyword)).map(({ node }) => node.content?.text);

/** The index comes by itself, when it is due. */
export const patient = { timeout: 20_000 } as const;

/** Two people, their conversation, whose first message is in the index, and the tables behind it. */
export async function indexedPair(where: TestApp) {
  const [one, other] = await registerTwo(where);
  const { conversation } = await sendText(one, other.user.id, 'first');
  const database = await openTables(where);
  const indexed = async () => (await database.read((tx) => tx.db.selectFrom('Conversation').select('searchableSeq').executeTakeFirstOrThrow())).searchableSeq;
  await expect.poll(indexed, patient).toBe(1);
  return { one, other, conversationId: conversation.id, database, indexed };
}

/** Nothing is taken into the index until `begin` is called: it looks as if another node were at it. */
export async function pauseIndex(database: Database) {
  await database.transaction((tx) => tx.db.deleteFrom('SearchProgress').execute());
  return { begin: () => database.transaction((tx) => insertAll(tx, 'SearchProgress', [{ id: 1, isDone: 1, epoch: 0 }])) };
}

/** Writes messages as no client could: all at once. */
export async function insertTexts(database: Database, sender: Person, count: number, textOf: (seq: number) => string): Promise<void> {
  const [senderId = 0] = await idsOf(database, [sender.user]);
  const { id: conversationId } = await database.read((tx) => tx.db.selectFrom('Conversation').select('id').executeTakeFirstOrThrow());
  const message = { conversationId, senderId, kind: 'TEXT', mentionsEveryone: 0 } as const;
  await database.transaction(async (tx) => {
    await insertAll(
      tx,
      'Message',
      Array.from({ length: count }, (_, index) => index + 2).map((seq) => ({
        ...message,
        seq,
        rev: seq,
        clientId: randomUUID(),
        clientKey: randomUUID(),
        text: textOf(seq),
        createdAt: seq,
      })),
    );
    await tx.db
      .updateTable('Log')
      .set({ lastSeq: count + 1, lastRev: count + 1 })
      .where('id', '=', conversationId)
      .execute();
  });
}

/** What the index holds of each message of the one conversation that has any, or of that with this id: its grams, ascending. */
export async function storedGrams(database: Database, conversationId?: number): Promise<ReadonlyMap<number, readonly number[]>> {
  const rows = await database.read(({ db }) => {
    const all = db.selectFrom('SearchRow as r').innerJoin('Conversation as c', 'c.id', 'r.conversationId').select(['r.part', 'r.data', 'c.searchableSeq']);
    return (conversationId === undefined ? all : all.where('c.id', '=', conversationId)).execute();
  });
  const found: { readonly seq: number; readonly gram: number }[] = [];
  for (const { part, data, searchableSeq } of rows)
    for (let number = 0; number < shelvesUpTo(searchableSeq ?? 0); number += 1) {
      const shelf = shelfNumbered(number, searchableSeq ?? 0);
      if (part < shelf.part || part > lastPart(shelf)) continue;
      for (const posting of postingsIn(data)) {
        const [gram, seq] = fromPosting(shelf, part, posting);
        found.push({ seq, gram });
      }
    }
  const bySeq = [...Map.groupBy(found, ({ seq }) => seq)].sort(([one], [other]) => one - other);
  return new Map(bySeq.map(([seq, of]) => [seq, of.map(({ gram }) => gram).sort((a, b) => a - b)]));
}
