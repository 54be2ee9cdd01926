import { describe, expect, it } from 'vitest';
import { EditMessageDocument, RecallMessageDocument, SearchMessagesDocument } from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { present } from '../support/client.ts';
import { openTables } from '../support/groups.ts';
import { type Person, registerTwo, sendText } from '../support/people.ts';

const search = async (person: Person, keyword: string) => present((await person.ask(SearchMessagesDocument, { keyword, first: 100 })).searchMessages).edges;
const texts = async (person: Person, keyword: string) => (await search(person, keyword)).map(({ node }) => node.content?.text);

/** Two people and their conversation. */
async function acquainted(where: TestApp) {
  const [one, other] = await registerTwo(where);
  const { conversation } = await sendText(one, other.user.id, 'first');
  return { one, other, conversationId: conversation.id };
}

describe('the index of texts', () => {
  it('is written in portions behind the messages, and what it has not come to is found all the same', async () => {
    const own = await startApp();
    const { one, other, conversationId } = await acquainted(own);
    const sent: string[] = [];
    const sendMore = async (upTo: number) => {
      for (let seq = sent.length + 2; seq <= upTo; seq += 1) sent.push((await sendText(one, conversationId, `text of ${seq} 消息`)).id);
    };
    const edit = (seq: number) => one.ask(EditMessageDocument, { id: present(sent[seq - 2]), content: { text: `other words of ${seq}` } });
    const recall = (seq: number) => one.ask(RecallMessageDocument, { id: present(sent[seq - 2]) });
    const found = async (keyword: string) => (await texts(other, keyword)).toSorted();
    const database = await openTables(own);
    const indexed = async () => (await database.read((tx) => tx.db.selectFrom('Conversation').select('indexedSeq').executeTakeFirstOrThrow())).indexedSeq;
    const grammed = (seq: number) => database.read((tx) => tx.db.selectFrom('MessageGram').select('gram').where('seq', '=', seq).execute());
    await sendMore(40);
    await expect.poll(indexed).toBe(32);
    expect(await grammed(32)).not.toEqual([]);
    expect(await grammed(33)).toEqual([]);
    for (const seq of [5, 35]) await edit(seq);
    for (const seq of [6, 36]) await recall(seq);
    const check = async () => {
      for (const seq of [5, 35, 6, 36]) expect(await found(`of ${seq} 消`)).toEqual([]);
      for (const seq of [4, 7, 32, 33, 40]) expect(await found(`of ${seq} 消`)).toEqual([`text of ${seq} 消息`]);
      expect(await found('other words')).toEqual(['other words of 35', 'other words of 5']);
      expect(await search(other, '消')).toHaveLength(sent.length - 4);
    };
    await check();
    await sendMore(64);
    await expect.poll(indexed).toBe(64);
    await check();
    for (const seq of [6, 36]) expect(await grammed(seq)).toEqual([]);
    await edit(40);
    expect(await found('of 40 消')).toEqual([]);
    expect(await found('words of 40')).toEqual(['other words of 40']);
  });

  it('is made up for by a search that finds it far behind', async () => {
    const own = await startApp();
    const { one, conversationId } = await acquainted(own);
    const database = await openTables(own);
    for (let count = 1; count <= 64; count += 1) await sendText(one, conversationId, `number ${count}`);
    const indexed = () => database.read((tx) => tx.db.selectFrom('Conversation').select('indexedSeq').executeTakeFirstOrThrow());
    await expect.poll(indexed).toEqual({ indexedSeq: 64 });
    await database.transaction((tx) => tx.db.updateTable('Conversation').set({ indexedSeq: null }).execute());
    expect(await texts(one, 'number 64')).toEqual(['number 64']);
    await expect.poll(indexed).toEqual({ indexedSeq: 64 });
  });
});
