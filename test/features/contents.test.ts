import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Database, Tx } from '../../src/platform/database.ts';
import {
  EditMessageDocument,
  EventsDocument,
  HistoryDocument,
  JoinGroupDocument,
  MessagesDocument,
  RecallMessageDocument,
  RemoveMemberDocument,
  SearchMessagesDocument,
  SendCarriedDocument,
  SendMessageDocument,
} from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { codesOf, present, refusalsOf } from '../support/client.ts';
import { createGroup, idsOf, memberIdOf, openTables, registerFriends } from '../support/groups.ts';
import { storedGrams } from '../support/indexing.ts';
import { createNodeOfBefore, type NodeOfBefore, placeOf } from '../support/node-of-before.ts';
import { openChatset, type Person, registerTwo, registerUser, sendText } from '../support/people.ts';

let app: TestApp;
let database: Database;
let older: NodeOfBefore;
beforeAll(async () => {
  app = await startApp({ COMPARE_MILLISECONDS: '100' });
  database = await openTables(app);
  older = createNodeOfBefore(database);
});

type Stored = Awaited<ReturnType<typeof storedOf>>;

/** All that the table has of a message. */
async function storedOf(messageId: string) {
  const { conversationId, seq } = await placeOf(database, messageId);
  const query = (tx: Tx) => tx.db.selectFrom('Message').selectAll().where('conversationId', '=', conversationId).where('seq', '=', seq);
  return await database.read((tx) => query(tx).executeTakeFirstOrThrow());
}

async function store(messageId: string, changes: Partial<Stored>): Promise<void> {
  const { conversationId, seq } = await placeOf(database, messageId);
  await database.transaction((tx) => tx.db.updateTable('Message').set(changes).where('conversationId', '=', conversationId).where('seq', '=', seq).execute());
}

/** How a content stands in the table, by the version that has written it. */
const forms: Readonly<Record<string, (stored: Stored) => Partial<Stored>>> = {
  'this version': () => ({}),
  'the version before': () => ({ content: null }),
  'the next version': ({ text, noticeCode, noticeNames }) => ({
    content: JSON.stringify(noticeCode === null ? { text } : { code: noticeCode, names: JSON.parse(noticeNames ?? '{}') }),
    text: null,
    noticeCode: null,
    noticeNames: null,
  }),
  'the next version, and then an edit by the one before': ({ text }) => (text === null ? {} : { content: JSON.stringify({ text: 'of before the edit' }) }),
};

/** Gives a message that was written now another form. */
async function become(form: string, messageId: string): Promise<void> {
  const changes = present(forms[form])(await storedOf(messageId));
  if (Object.keys(changes).length > 0) await store(messageId, changes);
}

const history = async (person: Person, id: string) =>
  present((await person.ask(HistoryDocument, { id, last: 100 })).conversation).messages.edges.map(({ node }) => node);
const found = async (person: Person, keyword: string) =>
  present((await person.ask(SearchMessagesDocument, { keyword })).searchMessages).edges.map(({ node }) => node.content?.text);
const edit = (person: Person, id: string, text: string) => person.execute(EditMessageDocument, { id, content: { text } });
const forward = (person: Person, to: string, id: string) =>
  person.execute(SendCarriedDocument, { input: { to, clientId: randomUUID(), content: { forward: id } } });

/** Waits until the index has come to the end of a conversation. */
async function indexed(conversationId: number): Promise<void> {
  const isThrough = async () => {
    const query = (tx: Tx) =>
      tx.db.selectFrom('Conversation as c').innerJoin('Log as l', 'l.id', 'c.id').select(['c.searchableSeq', 'l.lastSeq']).where('c.id', '=', conversationId);
    const { searchableSeq, lastSeq } = await database.read((tx) => query(tx).executeTakeFirstOrThrow());
    return searchableSeq === lastSeq;
  };
  await expect.poll(isThrough, { timeout: 20_000 }).toBe(true);
}

/** Two people and a text of the first in a form; `words` stand in no other one. */
async function said(form: string) {
  const [one, other] = await registerTwo(app);
  const [clientId, words] = [randomUUID(), `words ${randomUUID().slice(0, 8)}`];
  const message = await sendText(one, other.user.id, words, clientId);
  await become(form, message.id);
  const { conversationId: numericId } = await placeOf(database, message.id);
  return { one, other, message, words, clientId, conversationId: message.conversation.id, numericId };
}

describe.each(Object.keys(forms))('a text that stands there as %s has left it', (form) => {
  it('is shown, answered, forwarded and found, before the index has come to it and after', async () => {
    const { one, other, message, words, conversationId, numericId } = await said(form);
    expect(await found(other, words)).toEqual([words]);
    const reply = await other.ask(SendMessageDocument, {
      input: { to: conversationId, clientId: randomUUID(), content: { text: 'why?' }, replyTo: message.id },
    });
    expect(reply.sendMessage?.replyTo?.content).toEqual({ __typename: 'TextContent', text: words });
    const third = await registerUser(app);
    await openChatset(third);
    const copy = present((await forward(other, third.user.id, message.id)).data?.sendMessage);
    expect(copy).toMatchObject({ content: { __typename: 'TextContent', text: words }, forwardedFrom: { id: one.user.id } });
    for (const person of [one, other])
      expect((await history(person, conversationId)).map(({ content }) => content)).toMatchObject([{ text: words }, { text: 'why?' }]);
    const stream = other.socket().subscribe(MessagesDocument, { conversationId, afterRev: 0 });
    expect((await stream.next()).messages.content).toMatchObject({ __typename: 'TextContent', text: words });
    await indexed(numericId);
    expect(await found(one, words)).toEqual([words]);
  });

  it('is the same when it is sent again, also after an edit and a recall', async () => {
    const { one, other, message, words, clientId } = await said(form);
    const again = (text: string) => one.execute(SendMessageDocument, { input: { to: other.user.id, clientId, content: { text } } });
    const check = async () => {
      expect((await again(words)).data?.sendMessage?.id).toBe(message.id);
      expect(codesOf(await again('other words'))).toEqual(['CONFLICT']);
    };
    await check();
    await edit(one, message.id, 'other words');
    await check();
    await one.ask(RecallMessageDocument, { id: message.id });
    await check();
  });

  it('stays as it is when it is edited to the same, and is nowhere any more after another edit', async () => {
    const { one, other, message, words, numericId } = await said(form);
    await indexed(numericId);
    expect((await edit(one, message.id, words)).data?.editMessage).toMatchObject({ rev: 1, editedAt: null });
    expect((await edit(one, message.id, 'said in another way')).data?.editMessage?.content).toMatchObject({ text: 'said in another way' });
    expect([await found(other, words), await found(other, 'in another')]).toEqual([[], ['said in another way']]);
    expect(JSON.stringify(await storedOf(message.id))).not.toMatch(new RegExp(`${words}|of before the edit`));
  });

  it('leaves nothing when it is recalled', async () => {
    const { one, other, message, words, conversationId, numericId } = await said(form);
    await indexed(numericId);
    await one.ask(RecallMessageDocument, { id: message.id });
    expect((await history(other, conversationId)).map(({ content }) => content)).toEqual([null]);
    expect(await found(other, words)).toEqual([]);
    expect(await storedOf(message.id)).toMatchObject({ kind: 'TEXT', content: null, text: null });
    expect(await storedGrams(database, numericId)).toEqual(new Map());
  });

  it('can be edited and recalled by a node of the version before: what that has done is what everybody sees', async () => {
    const { one, other, message, words, conversationId, numericId } = await said(form);
    await indexed(numericId);
    const stream = other.socket().subscribe(EventsDocument, {});
    await stream.next('CaughtUp');
    const changed = async () => {
      const { events } = await stream.next('the change');
      return events.__typename === 'MessageChanged' ? events.message.content : undefined;
    };
    await older.edit(message.id, 'edited over there');
    expect(await changed()).toMatchObject({ text: 'edited over there' });
    for (const person of [one, other]) {
      expect((await history(person, conversationId)).map(({ content }) => content?.text)).toEqual(['edited over there']);
      expect(await found(person, words)).toEqual([]);
    }
    expect((await edit(one, message.id, 'edited here')).data?.editMessage?.content?.text).toBe('edited here');
    expect(await changed()).toMatchObject({ text: 'edited here' });
    await older.edit(message.id, 'edited there again');
    await changed();
    await older.recall(message.id);
    expect(await changed()).toBeNull();
    for (const person of [one, other]) {
      expect((await history(person, conversationId)).map(({ content, recalledAt }) => [content, recalledAt !== null])).toEqual([[null, true]]);
      for (const keyword of [words, 'edited']) expect(await found(person, keyword)).toEqual([]);
    }
    expect(refusalsOf(await forward(other, one.user.id, message.id))).toEqual([['NOT_FOUND', 'content.forward']]);
    expect(codesOf(await edit(one, message.id, 'again'))).toEqual(['NOT_FOUND']);
  });

  it('is not shown any more where a node of the version before has recalled it and nothing else', async () => {
    const { one, other, message, words, conversationId } = await said(form);
    await older.recall(message.id);
    expect(await found(other, words)).toEqual([]);
    expect((await history(other, conversationId)).map(({ content }) => content)).toEqual([null]);
    expect(codesOf(await edit(one, message.id, 'again'))).toEqual(['NOT_FOUND']);
  });
});

describe.each(Object.keys(forms).slice(0, 3))('a notice that stands there as %s has left it', (form) => {
  it('is told in the language of the reader, is found by nobody, and cannot be changed or forwarded', async () => {
    const { owner, member } = await registerFriends(app, database, 'owner', 'member');
    const { id, inviteCode } = await createGroup(owner, [member], { joinPolicy: 'OPEN' });
    await owner.ask(RemoveMemberDocument, { memberId: memberIdOf(id, member) });
    const notices = await history(owner, id);
    for (const notice of notices) await become(form, notice.id);
    expect(await history(owner, id)).toEqual(notices);
    expect(notices.at(-1)?.content).toMatchObject({
      __typename: 'NoticeContent',
      code: 'MEMBER_REMOVED',
      text: expect.stringMatching(/owner.* removed .*member/),
    });
    const chinese = await app.ask(HistoryDocument, { id, last: 1 }, { token: owner.token, locale: 'zh' });
    expect(chinese.conversation?.messages.edges.at(-1)?.node.content?.text).toMatch(/owner.* 将 .*member.* 移出了群聊/);
    expect(await found(owner, 'removed')).toEqual([]);
    for (const notice of notices) {
      expect(codesOf(await edit(owner, notice.id, 'what never happened'))).toEqual(['FORBIDDEN']);
      expect(codesOf(await owner.execute(RecallMessageDocument, { id: notice.id }))).toEqual(['FORBIDDEN']);
      expect(refusalsOf(await forward(owner, id, notice.id))).toEqual([['BAD_USER_INPUT', 'content.forward']]);
    }
    // Whoever was removed is known by it.
    expect(codesOf(await member.execute(JoinGroupDocument, { inviteCode }))).toEqual(['FORBIDDEN']);
  });
});

describe('beside a node of the version before', () => {
  it('texts stand where it reads them, and nowhere else, so that it can take them away; notices where it reads them', async () => {
    const { message, words } = await said('this version');
    const stored = await storedOf(message.id);
    expect(stored).toMatchObject({ kind: 'TEXT', text: words });
    expect(JSON.stringify(stored).split(words)).toHaveLength(2);
    const owner = await registerUser(app, { nickname: 'somebody' });
    const [notice] = await history(owner, (await createGroup(owner, [])).id);
    const { kind, noticeCode, noticeNames } = await storedOf(present(notice).id);
    expect([kind, noticeCode, JSON.parse(noticeNames ?? '')]).toEqual(['NOTICE', 'GROUP_CREATED', { actor: 'somebody' }]);
  });

  it('what that sends is like everything else, and is known again when it is sent here', async () => {
    const { one, other, conversationId, numericId } = await said('this version');
    const [senderId = 0] = await idsOf(database, [one.user]);
    const clientId = randomUUID();
    const stream = other.socket().subscribe(EventsDocument, {});
    await stream.next('CaughtUp');
    await older.send({ conversationId: numericId, senderId, clientId, text: 'sent over there' });
    const { events } = await stream.next('what was sent');
    if (events.__typename !== 'MessageSent') throw new Error(`${events.__typename} came`);
    expect(events.message).toMatchObject({ seq: 2, clientId, content: { __typename: 'TextContent', text: 'sent over there' } });
    expect(await sendText(one, conversationId, 'sent over there', clientId)).toMatchObject({ id: events.message.id });
    expect(codesOf(await one.execute(SendMessageDocument, { input: { to: conversationId, clientId, content: { text: 'otherwise' } } }))).toEqual(['CONFLICT']);
    expect(await found(other, 'sent over')).toEqual(['sent over there']);
    expect((await edit(one, events.message.id, 'edited here')).data?.editMessage?.content?.text).toBe('edited here');
    await one.ask(RecallMessageDocument, { id: events.message.id });
    expect(await storedOf(events.message.id)).toMatchObject({ text: null, content: null });
    expect(await found(other, 'edited here')).toEqual([]);
  });
});

describe('a content of a kind that only a newer version knows', () => {
  it('shows the text that it holds, is found by it and can be recalled, but neither edited nor forwarded', async () => {
    const { one, other, message, conversationId, numericId } = await said('this version');
    await store(message.id, { kind: 'A_KIND_OF_20_LETTERS', text: null, content: JSON.stringify({ text: 'what it tells others', stars: 5 }) });
    expect((await history(other, conversationId)).map(({ content }) => content)).toEqual([{ __typename: 'TextContent', text: 'what it tells others' }]);
    expect(await found(other, 'tells others')).toEqual(['what it tells others']);
    await indexed(numericId);
    expect(await found(other, 'tells others')).toEqual(['what it tells others']);
    expect(refusalsOf(await edit(one, message.id, 'a text'))).toEqual([['BAD_USER_INPUT', 'content.text']]);
    expect(refusalsOf(await forward(other, one.user.id, message.id))).toEqual([['BAD_USER_INPUT', 'content.forward']]);
    await one.ask(RecallMessageDocument, { id: message.id });
    expect(await storedOf(message.id)).toMatchObject({ text: null, content: null });
    expect(await found(other, 'tells others')).toEqual([]);
  });

  it.each(['{"v":2', '[]', 'null', '7', '{}', '{"text":[]}', ''])('shows nothing where it holds %j', async (content) => {
    const { other, message, conversationId } = await said('this version');
    for (const kind of ['TEXT', 'toString']) {
      await store(message.id, { kind, text: null, content });
      expect((await history(other, conversationId)).map((node) => node.content)).toEqual([{ __typename: 'TextContent', text: '' }]);
    }
    await store(message.id, { kind: 'NOTICE', text: null, content });
    expect((await history(other, conversationId)).map((node) => node.content)).toEqual([{ __typename: 'NoticeContent', text: '', code: '' }]);
  });
});
