import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
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
  const indexed = async () => (await database.read((tx) => tx.db.selectFrom('Conversation').select('indexedSeq').executeTakeFirstOrThrow())).indexedSeq;
  await expect.poll(indexed, patient).toBe(1);
  return { one, other, conversationId: conversation.id, database, indexed };
}

/** Nothing is taken into the index until `begin` is called: it looks as if another node were at it. */
export async function pauseIndex(database: Database) {
  await database.transaction((tx) => tx.db.deleteFrom('IndexProgress').execute());
  return { begin: () => database.transaction((tx) => insertAll(tx, 'IndexProgress', [{ id: 1, logId: 0, isDone: 1, epoch: 0 }])) };
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
