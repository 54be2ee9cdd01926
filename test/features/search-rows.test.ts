import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { createLookup } from '../../src/features/message-index/lookup.service.ts';
import { erasureOf, type Text, writingsOf } from '../../src/features/message-index/text-index.service.ts';
import { gramsOf, gramsToFind } from '../../src/kernel/grams.ts';
import { noPostings, placesOfKey, postingsIn, withoutPlaces, withPostings } from '../../src/kernel/postings.ts';
import { foldText } from '../../src/kernel/search-text.ts';
import { runAll } from '../../src/platform/bulk.ts';
import type { Database } from '../../src/platform/database.ts';
import { startApp } from '../support/app.ts';
import { openTables } from '../support/groups.ts';
import { pauseIndex, storedGrams } from '../support/indexing.ts';

describe('postings', () => {
  it('are what was put in and not taken out, whatever the order', () => {
    const place = fc.integer({ min: 0, max: 4095 });
    const some = fc.array(fc.tuple(fc.oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 65_535 })), place), { maxLength: 60 });
    fc.assert(
      fc.property(some, some, fc.array(place, { maxLength: 5 }), (one, other, gone) => {
        const numbers = (of: typeof one) => of.map(([key, at]) => (key << 12) | at);
        const all = withPostings(withPostings(noPostings({ placeBits: 12, about: 7 }), numbers(one)), numbers(other));
        const wanted = [...new Set([...numbers(one), ...numbers(other)])].sort((a, b) => a - b);
        expect(postingsIn(all)).toEqual(wanted);
        for (const [key] of one) expect(placesOfKey(all, key)).toEqual(wanted.filter((posting) => posting >> 12 === key).map((posting) => posting & 4095));
        expect(postingsIn(withoutPlaces(all, new Set(gone)))).toEqual(wanted.filter((posting) => !gone.includes(posting & 4095)));
      }),
    );
  });
});

describe('the rows of the index', () => {
  let database: Database;
  beforeAll(async () => {
    database = await openTables(await startApp());
    await pauseIndex(database);
  });

  let lastId = 5000;
  /** A conversation that nobody writes in, and what writes its index. */
  async function conversation() {
    const id = ++lastId;
    let from = 0;
    const said = new Map<number, string>();
    await database.transaction((tx) =>
      tx.db
        .insertInto('Conversation')
        .values({ id, uuid: `00000000-0000-4000-8000-${id}00000000`, kind: 'GROUP', name: 'a', createdAt: 0, searchableSeq: 0 })
        .execute(),
    );
    const write = (to: number, fresh: readonly Text[], edited: readonly Text[] = []) =>
      database.transaction(async (tx) => {
        await runAll(tx, await writingsOf(tx, [{ conversationId: id, from, to, fresh, edited }]));
        await tx.db.updateTable('Conversation').set({ searchableSeq: to }).where('id', '=', id).execute();
        for (const { seq, text } of [...fresh, ...edited]) if (text === null) said.delete(seq);
        for (const { seq, text } of [...fresh, ...edited]) if (text !== null) said.set(seq, text);
        from = to;
      });
    return {
      id,
      said,
      searchableSeq: () => from,
      grow: (count: number, textOf: (seq: number) => string, edited: readonly Text[] = []) =>
        write(
          from + count,
          Array.from({ length: count }, (_, index) => ({ seq: from + 1 + index, text: textOf(from + 1 + index) })),
          edited.filter(({ seq }) => seq <= from),
        ),
      erase: async (seq: number) => {
        await database.transaction(async (tx) => await runAll(tx, await erasureOf(tx, { conversationId: id, seq }, from)));
        said.delete(seq);
      },
      async find(keyword: string, searchableSeq = from) {
        const lookup = createLookup(gramsToFind(foldText(keyword), 4));
        const seqs: number[] = [];
        for (let first = 0; first < 4; first += 1) {
          const [looked] = await database.read((tx) => lookup.find(tx, [{ id, searchableSeq, first, count: 1 }]));
          seqs.push(...(looked?.seqs ?? []));
        }
        return seqs;
      },
    };
  }

  it('hold what the messages say, however a conversation grows, and whatever is edited and recalled', async () => {
    for (const steps of [
      [1, 1, 61, 1, 1, 70, 3, 500, 64],
      [512, 64, 1],
      [5000, 3300, 40],
    ]) {
      const one = await conversation();
      for (const [step, count] of steps.entries()) {
        const seqs = [...one.said.keys()];
        const edited = [0.1, 0.5, 0.99].map((share) => seqs[Math.floor(seqs.length * share)] ?? 0).filter((seq, at, all) => seq > 0 && all.indexOf(seq) === at);
        await one.grow(
          count,
          (seq) => `text ${seq % 97} 消息${seq % 31}`,
          edited.map((seq, at) => ({ seq, text: at === 1 ? null : `edited ${step} 改` })),
        );
        const gone = [...one.said.keys()].at(-Math.ceil(count / 2));
        if (gone !== undefined && count > 1) await one.erase(gone);
        const wanted = [...one.said].sort(([a], [b]) => a - b).map(([seq, text]) => [seq, gramsOf(foldText(text)).sort((a, b) => a - b)]);
        expect([...(await storedGrams(database, one.id))]).toEqual(wanted);
        for (const keyword of ['text 9', '消', '消息3', 'edited', '改'])
          expect(
            (await one.find(keyword)).toSorted((a, b) => a - b),
            keyword,
          ).toEqual(
            expect.arrayContaining(
              [...one.said]
                .filter(([, text]) => text.includes(keyword))
                .map(([seq]) => seq)
                .slice(-20),
            ),
          );
      }
    }
  });

  it.each([
    ['from the newest page into a block', 50, 100],
    ['into a block with more rows', 513, 600],
    ['both, of a long conversation', 4090, 4300],
  ])('which the index moves while somebody searches are found where they are now: %s', async (_what, before, after) => {
    const one = await conversation();
    await one.grow(before, (seq) => (seq === before || seq === 5 ? 'the wanted one 要找的' : `ordinary ${seq}`));
    const known = one.searchableSeq();
    await one.grow(after - before, (seq) => `ordinary ${seq}`);
    for (const keyword of ['wanted', '要找', '找']) expect([...new Set(await one.find(keyword, known))]).toEqual(expect.arrayContaining([before, 5]));
  });

  it('which are about something else, as after a restore of a part, show nothing, and are written anew', async () => {
    const one = await conversation();
    await one.grow(40, (seq) => `words of ${seq}`);
    await database.transaction((tx) => tx.db.updateTable('Conversation').set({ searchableSeq: 200 }).where('id', '=', one.id).execute());
    expect(await one.find('words', 200)).toEqual([]);
    await database.transaction(async (tx) => {
      const fresh = [{ seq: 201, text: 'words of 201' }];
      await runAll(tx, await writingsOf(tx, [{ conversationId: one.id, from: 200, to: 201, fresh, edited: [] }]));
      await tx.db.updateTable('Conversation').set({ searchableSeq: 201 }).where('id', '=', one.id).execute();
    });
    expect(await one.find('words', 201)).toEqual([201]);
  });

  it('of one message are few, however long the conversation: four, until its page is full', async () => {
    const one = await conversation();
    await one.grow(5000, (seq) => `ordinary message ${seq}`);
    const rows = await database.transaction(async (tx) => {
      const writing = { conversationId: one.id, from: 5000, to: 5001, fresh: [{ seq: 5001, text: 'one more of them 再来一个' }], edited: [] };
      return (await writingsOf(tx, [writing])).flatMap(({ parameters }) => parameters).filter((value) => value instanceof Uint8Array);
    });
    expect(rows.length).toBeLessThanOrEqual(4);
  });
});
