import { describe, expect, it } from 'vitest';
import { gramsOf } from '../../src/kernel/grams.ts';
import { foldText } from '../../src/kernel/search-text.ts';
import { insertAll } from '../../src/platform/bulk.ts';
import type { Database } from '../../src/platform/database.ts';
import { EditMessageDocument, RecallMessageDocument } from '../generated/graphql.ts';
import { startApp } from '../support/app.ts';
import { present } from '../support/client.ts';
import { indexedPair, insertTexts, patient, pauseIndex, search, storedGrams, texts } from '../support/indexing.ts';
import { createNodeOfBefore } from '../support/node-of-before.ts';
import { type Person, sendText } from '../support/people.ts';

const edit = (person: Person, id: string, text: string) => person.ask(EditMessageDocument, { id, content: { text } });
const recall = (person: Person, id: string) => person.ask(RecallMessageDocument, { id });

/** What the index holds of a message, in its order. */
const grams = async (database: Database, seq: number) => (await storedGrams(database)).get(seq) ?? [];
const gramsIn = (text: string) => gramsOf(foldText(text)).sort((a, b) => a - b);
const notes = async (database: Database) =>
  (await database.read((tx) => tx.db.selectFrom('IndexNote').select(['seq', 'text']).orderBy('seq').orderBy('rev').execute())).map(({ text }) => text);

/** Of the first message, when all of it is in the index, and nobody works at that any more. */
async function held(...sent: readonly string[]) {
  const pair = await indexedPair(await startApp());
  const messages = [];
  for (const text of sent) messages.push(await sendText(pair.one, pair.conversationId, text));
  await expect.poll(pair.indexed, patient).toBe(sent.length + 1);
  return { ...pair, messages, index: await pauseIndex(pair.database) };
}

describe('while nobody works at the index', () => {
  it('what was edited is found at once by its new words and never by its old ones, and the index comes to it later', async () => {
    const { one, other, database, index, messages } = await held('the old wording 旧的说法');
    const { id, seq } = present(messages[0]);
    await edit(one, id, 'between the two');
    await edit(one, id, 'the new wording 新的说法');
    expect(await grams(database, seq)).toEqual(gramsIn('the old wording 旧的说法'));
    const check = async () => {
      for (const person of [one, other]) {
        for (const keyword of ['old', '旧', '旧的说', 'between', 'two']) expect(await texts(person, keyword), keyword).toEqual([]);
        for (const keyword of ['new', '新', 'wording', '的说法']) expect(await texts(person, keyword), keyword).toEqual(['the new wording 新的说法']);
      }
    };
    await check();
    await index.begin();
    await expect.poll(() => notes(database), patient).toEqual([]);
    expect(await grams(database, seq)).toEqual(gramsIn('the new wording 新的说法'));
    await check();
  });

  it('nothing is found, or stored for searching, of what was recalled, nor of what it said before it was edited', async () => {
    const { one, other, database, index, messages } = await held('a secret', 'a first secret');
    const [plain, edited] = [present(messages[0]), present(messages[1])];
    await edit(one, edited.id, 'a second secret');
    await edit(one, edited.id, 'a third secret');
    for (const { id } of [plain, edited]) await recall(one, id);
    const check = async () => {
      for (const keyword of ['secret', 'first', 'second', 'third', 'sec'])
        expect(await texts(other, keyword), keyword).toEqual(keyword === 'first' ? ['first'] : []);
      for (const { seq } of [plain, edited]) expect(await grams(database, seq)).toEqual([]);
      expect(await notes(database)).toEqual([]);
    };
    await check();
    await index.begin();
    const { seq } = await sendText(one, plain.conversation.id, 'the next one');
    await expect.poll(() => grams(database, seq), patient).not.toEqual([]);
    await check();
  });

  it('an edit costs the same whatever the texts are: a note, and no row of the index', async () => {
    const long = Array.from({ length: 5000 }, (_, at) => String.fromCodePoint(0x4e00 + at)).join('');
    const { one, other, database, messages } = await held(long);
    const { id, seq } = present(messages[0]);
    const before = await grams(database, seq);
    await edit(one, id, Array.from(long).reverse().join(''));
    expect(await notes(database)).toEqual([long]);
    expect(await grams(database, seq)).toEqual(before);
    expect(await search(other, '丂丁一')).toHaveLength(1);
    expect(await search(other, '一丁丂')).toEqual([]);
  });

  it('of very many that were edited the newest are read, and no more', async () => {
    const { one, other, database, conversationId: _, ...rest } = await held();
    expect(await rest.indexed()).toBe(1);
    await insertTexts(database, one, 4000, (seq) => `ordinary message ${seq}`);
    await database.transaction(async (tx) => {
      await tx.db.updateTable('Conversation').set({ searchableSeq: 4001 }).execute();
      const { id: conversationId } = await tx.db.selectFrom('Conversation').select('id').executeTakeFirstOrThrow();
      await insertAll(
        tx,
        'IndexNote',
        Array.from({ length: 4000 }, (_, at) => ({ conversationId, seq: at + 2, rev: at + 2, text: 'before' })),
      );
    });
    expect(await texts(other, 'message 4000')).toEqual(['ordinary message 4000']);
    expect(await texts(other, 'message 2002')).toEqual(['ordinary message 2002']);
    expect(await texts(other, 'message 2001')).toEqual([]);
    expect(await texts(other, 'before')).toEqual([]);
  });
});

describe('beside a node of the version before', () => {
  /** Writes another text as that version does: the rows of the index at once, and no note. */
  const editAsBefore = (database: Database, seq: number, before: string, after: string | null) =>
    database.transaction(async (tx) => {
      const { id: conversationId } = await tx.db.selectFrom('Conversation').select('id').executeTakeFirstOrThrow();
      await tx.db.updateTable('Message').set({ text: after }).where('seq', '=', seq).execute();
      const [old, wanted] = [gramsIn(before), after === null ? [] : gramsIn(after)];
      const gone = old.filter((gram) => !wanted.includes(gram));
      const fresh = wanted.filter((gram) => !old.includes(gram));
      await tx.db.deleteFrom('MessageGram').where('seq', '=', seq).where('gram', 'in', gone).execute();
      await insertAll(
        tx,
        'MessageGram',
        fresh.map((gram) => ({ conversationId, gram, seq })),
        { missing: true },
      );
    });

  it.each([
    ['edits what was edited here', 'the third wording'],
    ['recalls what was edited here', null],
  ])('which %s, nothing wrong is found and nothing stays behind', async (_what, after) => {
    const { one, other, database, index, messages } = await held('the first wording');
    const { id, seq } = present(messages[0]);
    await edit(one, id, 'the second wording');
    await editAsBefore(database, seq, 'the second wording', after);
    const check = async () => {
      expect(await texts(other, 'wording')).toEqual(after === null ? [] : [after]);
      for (const keyword of ['first w', 'second w']) expect(await texts(other, keyword), keyword).toEqual([]);
    };
    await check();
    await index.begin();
    await expect.poll(() => notes(database), patient).toEqual([]);
    expect(await grams(database, seq)).toEqual(after === null ? [] : gramsIn(after));
    await check();
  });

  it('which has edited and recalled, the index says what the messages say, and nothing of what they said', async () => {
    const first = await startApp();
    const { one, other, conversationId, database, indexed } = await indexedPair(first);
    const [edited, recalled] = [await sendText(one, conversationId, 'the first wording'), await sendText(one, conversationId, 'a secret')];
    await expect.poll(indexed, patient).toBe(3);
    await first.stop();
    const older = createNodeOfBefore(database);
    await older.edit(edited.id, 'other words');
    await older.recall(recalled.id);
    const again = await startApp({ ...first.env, REDIS_PREFIX: `${first.env.REDIS_PREFIX ?? ''}again:` });
    await expect.poll(() => texts(other.at(again), 'other words'), patient).toEqual(['other words']);
    await expect.poll(() => grams(database, edited.seq), patient).toEqual(gramsIn('other words'));
    await expect.poll(() => grams(database, recalled.seq), patient).toEqual([]);
    expect(await notes(database)).toEqual([]);
  });

  it('which counts as done what has notes, the index comes to them all the same', async () => {
    const { one, database, messages } = await held('the first wording');
    const { id, seq } = present(messages[0]);
    await edit(one, id, 'the second wording');
    await database.transaction((tx) => insertAll(tx, 'SearchProgress', [{ id: 1, isDone: 1, epoch: 2 ** 50 }]));
    await expect.poll(() => notes(database), patient).toEqual([]);
    expect(await grams(database, seq)).toEqual(gramsIn('the second wording'));
  });
});
