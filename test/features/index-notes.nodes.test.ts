import { createConnection } from 'mysql2/promise';
import { expect, it } from 'vitest';
import { gramsOf } from '../../src/kernel/grams.ts';
import { uuidOf } from '../../src/kernel/ids.ts';
import { foldText } from '../../src/kernel/search-text.ts';
import { EditMessageDocument, RecallMessageDocument } from '../generated/graphql.ts';
import { startApp, startNodes } from '../support/app.ts';
import { present } from '../support/client.ts';
import { indexedPair, patient, pauseIndex, storedGrams, texts } from '../support/indexing.ts';
import { closeLater } from '../support/lifetime.ts';
import { sendText } from '../support/people.ts';

it('what one node has edited or recalled is searched by what it says now on every other one, at once', async () => {
  const [here, there] = await startNodes(2);
  const { one, other, conversationId, database, indexed } = await indexedPair(present(here));
  const reader = other.at(present(there));
  const { id } = await sendText(one, conversationId, 'the old wording');
  const secret = await sendText(one, conversationId, 'a secret');
  await expect.poll(indexed, patient).toBe(3);
  await pauseIndex(database);
  await one.ask(EditMessageDocument, { id, content: { text: 'the new words' } });
  await one.ask(RecallMessageDocument, { id: secret.id });
  expect(await texts(reader, 'new words')).toEqual(['the new words']);
  for (const keyword of ['old', 'wording', 'secret', 'a s']) expect(await texts(reader, keyword), keyword).toEqual([]);
});

it('an edit waits for nobody who works at the index of its conversation', async () => {
  const app = await startApp();
  const { one, other, conversationId, indexed } = await indexedPair(app);
  const { id } = await sendText(one, conversationId, 'the old wording');
  await expect.poll(indexed, patient).toBe(2);
  const worker = await createConnection(present(app.env.DATABASE_URL));
  closeLater(() => worker.end());
  await worker.query('begin');
  await worker.query('select id from conversation where uuid = ? for update', [uuidOf('Conversation', conversationId)]);
  await one.ask(EditMessageDocument, { id, content: { text: 'the new words' } });
  expect(await texts(other, 'new words')).toEqual(['the new words']);
  expect(await texts(other, 'wording')).toEqual([]);
  await worker.query('rollback');
});

it('whatever is edited and recalled while two nodes work at the index, it says in the end what the messages say', async () => {
  const [here, there] = await startNodes(2);
  const { one, conversationId, database } = await indexedPair(present(here));
  const twin = one.at(present(there));
  const messages = await Promise.all(Array.from({ length: 24 }, (_, at) => sendText(at % 2 ? one : twin, conversationId, `message ${at} of before 之前`)));
  const change = async ({ id }: { readonly id: string }, at: number) => {
    for (let round = 0; round < 6; round += 1)
      await (round % 2 ? one : twin).ask(EditMessageDocument, { id, content: { text: `message ${at} of round ${round} 第${round}次` } });
    if (at % 3 === 0) await (at % 2 ? one : twin).ask(RecallMessageDocument, { id });
  };
  await Promise.all(messages.map(change));
  await expect.poll(async () => await database.read((tx) => tx.db.selectFrom('IndexNote').select('seq').execute()), patient).toEqual([]);
  const said = await database.read((tx) => tx.db.selectFrom('Message').select(['seq', 'text']).where('text', 'is not', null).orderBy('seq').execute());
  await expect.poll(async () => (await storedGrams(database)).size, patient).toBe(said.length);
  const index = await storedGrams(database);
  for (const { seq, text } of said) expect(index.get(seq), text ?? '').toEqual(gramsOf(foldText(text ?? '')).sort((a, b) => a - b));
});
