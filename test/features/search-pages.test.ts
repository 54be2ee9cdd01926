import { randomUUID } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { newMember } from '../../src/features/conversations/conversation.service.ts';
import { writingsOf } from '../../src/features/message-index/text-index.service.ts';
import { createMessageSearch } from '../../src/features/search/message-search.service.ts';
import { createUserSearch } from '../../src/features/search/user-search.service.ts';
import { createGate } from '../../src/kernel/gate.ts';
import { suffixKey } from '../../src/kernel/search-text.ts';
import { insertAll, runAll } from '../../src/platform/bulk.ts';
import type { Database, Read } from '../../src/platform/database.ts';
import { SearchMessagesDocument, SearchUsersDocument } from '../generated/graphql.ts';
import { startApp } from '../support/app.ts';
import { present } from '../support/client.ts';
import { idsOf, insertUsers, openTables } from '../support/groups.ts';
import { closeLater } from '../support/lifetime.ts';
import { countTurns } from '../support/loop-turns.ts';
import { registerTwo, registerUser, sendText } from '../support/people.ts';
import { openDatabase } from '../support/tables.ts';

// What has all grams of the keyword, and not the keyword.
const keyword = 'abcd';
const decoy = 'bcd abc';
const viewer = { userId: 1, uuid: randomUUID(), role: 'USER', sessionId: 1, sessionUuid: randomUUID(), actedBy: null } as const;

let lastId = 9000;
/** A conversation of the viewer's that is in the index, with one message for each of these times. */
async function converse(database: Database, times: readonly number[], textOf: (seq: number) => string) {
  lastId += 1;
  const [id, uuid, lastSeq] = [lastId, randomUUID(), times.length];
  const fresh = times.map((_, index) => ({ seq: index + 1, text: textOf(index + 1) }));
  await database.transaction(async (tx) => {
    await insertAll(tx, 'Log', [{ id, kind: 'GROUP', lastRev: lastSeq, lastSeq, lastEpoch: 0, activeAt: times.at(-1) ?? 0 }]);
    await insertAll(tx, 'Conversation', [{ id, uuid, kind: 'GROUP', name: 'a', createdAt: 0, searchableSeq: 0 }]);
    await insertAll(tx, 'Member', [{ ...newMember, userId: viewer.userId, logId: id, stateRev: 1, fromSeq: 1, readSeq: 0, joinedAt: 0 }]);
    const rows = fresh.map(({ seq, text }, index) => ({ seq, rev: seq, text, createdAt: times[index] ?? 0 }));
    await insertAll(
      tx,
      'Message',
      rows.map((row) => ({
        ...row,
        conversationId: id,
        senderId: 1,
        kind: 'TEXT',
        mentionsEveryone: 0 as const,
        clientId: randomUUID(),
        clientKey: randomUUID(),
      })),
    );
    await runAll(tx, await writingsOf(tx, [{ conversationId: id, from: 0, to: lastSeq, fresh, edited: [] }]));
    await tx.db.updateTable('Conversation').set({ searchableSeq: lastSeq }).where('id', '=', id).execute();
  });
  return { uuid, messages: fresh.map((message, index) => ({ ...message, uuid, at: times[index] ?? 0 })) };
}

/** Reads, and how many texts came with each statement. */
function counted(database: Database) {
  const texts: number[] = [];
  const read: Read = (work) =>
    database.read((tx) =>
      work({
        ...tx,
        db: tx.db.withPlugin({
          transformQuery: ({ node }) => node,
          async transformResult({ result }) {
            texts.push(result.rows.filter(({ text }) => typeof text === 'string').length);
            return result;
          },
        }),
      }),
    );
  return { read, texts, total: () => texts.reduce((sum, count) => sum + count, 0) };
}

const search = createMessageSearch(createGate(1), () => {});
const countTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
const cursorOf = (at: number) => Buffer.from(JSON.stringify([at, '00000000-0000-0000-0000-000000000000', 0])).toString('base64url');

describe('a search for messages', () => {
  it('has few texts at once, and lets others have their turn between them, however many hold all but the keyword', async () => {
    const database = await openDatabase();
    await converse(database, countTo(400), () => `${decoy} ${'long '.repeat(900)}`);
    const { read, texts, total } = counted(database);
    const turned = countTurns();
    // As if a look at a text took 4 ms.
    let now = 0;
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => {
      now += 4;
      return now;
    });
    closeLater(() => clock.mockRestore());
    const { edges } = await search.find(read, viewer, { keyword });
    clock.mockRestore();
    expect(edges).toEqual([]);
    expect(total()).toBe(400);
    expect(Math.max(...texts)).toBeLessThanOrEqual(50);
    expect(turned()).toBeGreaterThan(100);
  });

  it('ends a page early where there is too much to look at, and goes on with all that is left, each once and in its order', async () => {
    const database = await openDatabase();
    const conversations = [];
    // Some at the same moment, within a conversation and of several.
    for (let number = 0; number < 12; number += 1)
      conversations.push(
        await converse(
          database,
          countTo(700).map((seq) => Math.floor(seq / 300) * 1000 + (number % 3)),
          (seq) => ((seq + number) % 90 === 0 ? `xx ${keyword} xx` : decoy),
        ),
      );
    const wanted = conversations
      .flatMap(({ messages }) => messages)
      .filter(({ text }) => text.includes(keyword))
      .sort((one, other) => other.at - one.at || (one.uuid === other.uuid ? other.seq - one.seq : one.uuid > other.uuid ? -1 : 1))
      .map(({ uuid, seq }) => `${uuid} ${seq}`);
    const { read, total } = counted(database);
    const found: string[] = [];
    const sizes: number[] = [];
    for (let after: string | null | undefined, goesOn = true; goesOn; ) {
      const before = total();
      const { edges, pageInfo } = await search.find(read, viewer, { keyword, first: 20, after });
      expect(total() - before).toBeLessThan(3000);
      found.push(...edges.map(({ node }) => `${node.conversationUuid} ${node.seq}`));
      sizes.push(edges.length);
      [after, goesOn] = [pageInfo.endCursor, pageInfo.hasNextPage];
      // As many pages at most as are full, and those that ended early.
      expect(sizes.length).toBeLessThan(20);
    }
    expect(found).toEqual(wanted);
    expect(sizes.slice(0, -1).some((size) => size < 20)).toBe(true);
  });

  it('begins where its cursor stands, however far down that is', async () => {
    const database = await openDatabase();
    const { messages } = await converse(database, countTo(9000), () => `xx ${keyword} xx`);
    for (const at of [8990, 4100, 30]) {
      const { read, total } = counted(database);
      const { edges } = await search.find(read, viewer, { keyword, first: 10, after: cursorOf(at) });
      expect(edges.map(({ node }) => node.seq)).toEqual(
        messages
          .slice(Math.max(0, at - 11), at - 1)
          .map(({ seq }) => seq)
          .reverse(),
      );
      expect(total()).toBeLessThan(200);
    }
  });
});

describe('a search for people', () => {
  it('reads many names at once, and ends a page early where many are of nobody who may be found', async () => {
    const app = await startApp();
    const database = await openTables(app);
    const seeker = await registerUser(app);
    const last = await registerUser(app, { nickname: 'wordzz' });
    const [lastUser] = await idsOf(database, [last.user]);
    // Names of before: the index is behind with them.
    const users = await insertUsers(database, 10_500);
    await database.transaction((tx) =>
      insertAll(
        tx,
        'NameSuffix',
        users.map(({ id }, index) => ({ userId: id, place: 0 as const, suffix: suffixKey(`word${String(index).padStart(5, '0')}`) })),
      ),
    );
    let reads = 0;
    const read: Read = (work) => {
      reads += 1;
      return database.read(work);
    };
    const find = createUserSearch(createGate(1)).find;
    const page = await find(read, viewer, { keyword: 'word', first: 1 });
    expect([page.edges, page.pageInfo.hasNextPage]).toEqual([[], true]);
    expect(reads).toBeLessThan(250);
    const next = await find(read, viewer, { keyword: 'word', first: 1, after: page.pageInfo.endCursor });
    expect(next.edges.map(({ node }) => node.id)).toEqual([lastUser]);
    const { searchUsers } = await seeker.ask(SearchUsersDocument, { keyword: 'word', first: 1, after: present(page.pageInfo.endCursor) });
    expect(searchUsers?.edges.map(({ node }) => node.username)).toEqual([last.username]);
  });
});

describe('a search through the API', () => {
  it('is not refused for the texts that it has looked at in vain', async () => {
    const app = await startApp({ READ_CHARACTERS: '100000' });
    const [sender, reader] = await registerTwo(app);
    const long = `${decoy} ${'字'.repeat(4900)}`;
    const { conversation } = await sendText(sender, reader.user.id, 'abcd at first');
    for (let count = 0; count < 30; count += 1) await sendText(sender, conversation.id, long);
    const { searchMessages } = await reader.ask(SearchMessagesDocument, { keyword });
    expect(searchMessages?.edges.map(({ node }) => node.content?.text)).toEqual(['abcd at first']);
  });
});
