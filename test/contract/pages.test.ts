import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { entities } from '../../src/entities.ts';
import { historyRange, readHistory } from '../../src/features/messages/message-view.service.ts';
import { createDatabase, type Database } from '../../src/platform/database.ts';
import { closeLater } from '../support/lifetime.ts';
import { watchStatements } from '../support/statements.ts';

const conversations = Array.from({ length: 20 }, (_, index) => index + 1);
const uuids = conversations.map(() => randomUUID());
const count = 30;

describe('pages of the histories of many conversations', () => {
  let database: Database;

  beforeAll(async () => {
    database = await createDatabase({ url: 'sqlite::memory:', dataDir: '.', pool: 1, timeoutMs: 5000 }, entities);
    closeLater(() => database.close());
    await database.migrate();
    await database.transaction(async ({ db }) => {
      for (const [index, id] of conversations.entries()) {
        await db
          .insertInto('Conversation')
          .values({ id, uuid: uuids[index] ?? '', kind: 'GROUP', name: 'g', createdAt: 1 })
          .execute();
        for (let seq = 1; seq <= count; seq += 1)
          await db
            .insertInto('Message')
            .values({ conversationId: id, seq, rev: seq, kind: 'TEXT', text: `${id} ${seq}`, createdAt: 1, mentionsEveryone: 0 })
            .execute();
      }
    });
  });

  const viewOf = (id: number, fromSeq = 1) => ({ id, uuid: uuids[id - 1] ?? '', fromSeq, lastSeq: count });

  it('are read by one statement, and each is what it is alone', async () => {
    const ranges = [
      ...conversations.map((id) => historyRange(viewOf(id), { last: 5 })),
      historyRange(viewOf(3, 28), {}),
      historyRange(viewOf(3), { first: 2 }),
    ];
    const statements = watchStatements();
    const pages = await database.read((tx) => readHistory(tx, ranges));
    expect(statements.take().filter((text) => /\bmessage\b/.test(text))).toHaveLength(1);
    const texts = pages.map((page) => page.map(({ text }) => text));
    expect(texts.slice(0, 20)).toEqual(conversations.map((id) => [26, 27, 28, 29, 30].map((seq) => `${id} ${seq}`)));
    expect(texts.slice(20)).toEqual([
      ['3 28', '3 29', '3 30'],
      ['3 1', '3 2'],
    ]);
  });
});
