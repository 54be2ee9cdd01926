import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Database, Tx } from '../../src/platform/database.ts';
import {
  ContentEventsDocument,
  ContentsInDocument,
  CursorDocument,
  EditContentDocument,
  type MessageContentInput,
  PinMessageDocument,
  ReactDocument,
  RecallContentDocument,
  SearchMessagesDocument,
  SendContentDocument,
  UpdateProfileDocument,
  UpdateUserDocument,
} from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { codesOf, present, refusalsOf } from '../support/client.ts';
import { type Sample, samples, sendContent } from '../support/contents.ts';
import { createGroup, openTables } from '../support/groups.ts';
import { createNodeOfBefore, placeOf } from '../support/node-of-before.ts';
import { adminEnv, loginAdmin, openChatset, type Person, registerTwo, registerUser, registerVisitor, sendText } from '../support/people.ts';
import { watchStatements } from '../support/statements.ts';

let app: TestApp;
let database: Database;
beforeAll(async () => {
  app = await startApp(adminEnv);
  database = await openTables(app);
});

const send = (person: Person, to: string, content: MessageContentInput, clientId: string = randomUUID()) =>
  person.execute(SendContentDocument, { input: { to, clientId, content } });
const messagesIn = async (person: Person, id: string) =>
  present((await person.ask(ContentsInDocument, { id, last: 100 })).conversation).messages.edges.map(({ node }) => node);
const found = async (person: Person, keyword: string) =>
  present((await person.ask(SearchMessagesDocument, { keyword })).searchMessages).edges.map(({ node }) => node.id);

/** Two who know each other, and somebody with a name of their own. */
async function people() {
  const [[one, other], about] = await Promise.all([registerTwo(app), registerUser(app, { nickname: `Somebody ${randomUUID().slice(0, 8)}` })]);
  return { one, other, about };
}

async function storedOf(messageId: string) {
  const { conversationId, seq } = await placeOf(database, messageId);
  const query = (tx: Tx) => tx.db.selectFrom('Message').selectAll().where('conversationId', '=', conversationId).where('seq', '=', seq);
  return await database.read((tx) => query(tx).executeTakeFirstOrThrow());
}

describe.each(samples)('$typename', ({ typename, content, others, shown, text, words }: Sample) => {
  it('is told, shown, and first in its conversation, in the language of the reader', async () => {
    const { one, other, about } = await people();
    const stream = other.socket().subscribe(ContentEventsDocument, {});
    await stream.next('CaughtUp');
    const message = await sendContent(one, other.user.id, content(about));
    const expected = { __typename: typename, text: text(about).en, ...shown(about) };
    expect(message.content).toEqual(expected);
    const { events } = await stream.until(({ events: event }) => event.__typename === 'MessageSent');
    expect(events).toMatchObject({ message: { id: message.id, content: expected } });
    const { conversation } = await app.ask(ContentsInDocument, { id: message.conversation.id }, { token: other.token, locale: 'zh' });
    const chinese = { ...expected, text: text(about).zh };
    expect(conversation).toMatchObject({ unreadCount: 1, lastMessage: { content: chinese }, messages: { edges: [{ node: { content: chinese } }] } });
  });

  it('is told by a replay as it was told at once', async () => {
    const { one, other, about } = await people();
    const { cursor } = present((await other.ask(CursorDocument, {})).viewer);
    const message = await sendContent(one, other.user.id, content(about));
    const stream = other.socket().subscribe(ContentEventsDocument, { after: cursor });
    const { events } = await stream.until(({ events: event }) => event.__typename === 'MessageSent');
    expect(events).toMatchObject({ message: { id: message.id, content: message.content } });
  });

  it('is one message when it is sent again, and a conflict with everything else, also after a recall', async () => {
    const { one, other, about } = await people();
    const clientId = randomUUID();
    const first = present((await send(one, other.user.id, content(about), clientId)).data?.sendMessage);
    const check = async () => {
      expect((await send(one, other.user.id, content(about), clientId)).data?.sendMessage?.id).toBe(first.id);
      for (const different of [...others(about, other), { text: text(about).en }])
        expect(codesOf(await send(one, other.user.id, different, clientId))).toEqual(['CONFLICT']);
    };
    await check();
    await one.ask(RecallContentDocument, { id: first.id });
    await check();
    expect(await messagesIn(one, first.conversation.id)).toHaveLength(1);
  });

  it('cannot be edited, and whoever tries is told what can be', async () => {
    const { one, other, about } = await people();
    const { id } = await sendContent(one, other.user.id, content(about));
    const answer = await one.execute(EditContentDocument, { id, content: { text: 'a text' } });
    expect(refusalsOf(answer)).toEqual([['BAD_USER_INPUT', 'content.text']]);
    expect(answer.errors[0]?.message).toContain('Only texts');
    expect(await messagesIn(other, (await sendContent(one, other.user.id, { text: 'a text' })).conversation.id)).toMatchObject([{ editedAt: null }, {}]);
  });

  it('is answered, forwarded, pinned and reacted to as a text is', async () => {
    const { one, other, about } = await people();
    const message = await sendContent(one, other.user.id, content(about));
    const reply = await sendContent(other, message.conversation.id, content(about), { replyTo: message.id, mentions: [one.user.id] });
    expect(reply).toMatchObject({ replyTo: { id: message.id, content: { __typename: typename, text: text(about).en } }, mentions: [{ id: one.user.id }] });
    const third = await registerUser(app);
    await openChatset(third);
    const copy = await sendContent(other, third.user.id, { forward: message.id });
    expect(copy).toMatchObject({ content: message.content, forwardedFrom: { id: one.user.id } });
    await other.ask(PinMessageDocument, { messageId: message.id });
    await other.ask(ReactDocument, { messageId: message.id, emoji: '👍' });
    const { conversation } = await one.ask(ContentsInDocument, { id: message.conversation.id });
    expect(conversation?.pinnedMessages).toMatchObject([{ id: message.id, content: message.content, reactions: [{ emoji: '👍', count: 1 }] }]);
    await one.ask(RecallContentDocument, { id: message.id });
    expect((await messagesIn(third, copy.conversation.id)).map((node) => node.content)).toEqual([message.content]);
  });

  it('is found by its words', async () => {
    const { one, other, about } = await people();
    const { id } = await sendContent(one, other.user.id, content(about));
    await sendText(one, other.user.id, 'something else');
    for (const person of [one, other]) expect(await found(person, words(about))).toEqual([id]);
  });

  it('is nowhere any more when it is recalled', async () => {
    const { one, other, about } = await people();
    const { id, conversation } = await sendContent(one, other.user.id, content(about));
    await sendContent(other, conversation.id, { text: 'why?' }, { replyTo: id });
    expect((await one.ask(RecallContentDocument, { id })).recallMessage).toMatchObject({ content: null });
    expect((await messagesIn(other, conversation.id)).map((node) => [node.content?.text, node.replyTo?.content])).toEqual([
      [undefined, undefined],
      ['why?', null],
    ]);
    expect(await found(other, words(about))).toEqual([]);
    expect(await storedOf(id)).toMatchObject({ content: null, text: null });
    expect(refusalsOf(await send(other, conversation.id, { forward: id }))).toEqual([['NOT_FOUND', 'content.forward']]);
  });

  it('shows a node of the version before what it tells those who do not know it', async () => {
    const { one, other, about } = await people();
    const message = await sendContent(one, other.user.id, content(about));
    expect((await storedOf(message.id)).text).toBe(text(about).en);
    await createNodeOfBefore(database).edit(message.id, 'edited over there');
    // That knows no other content than texts: what it makes of others is shown there alone.
    expect((await messagesIn(other, message.conversation.id)).map((node) => node.content)).toEqual([message.content]);
  });

  it.each(['{"v":2', '[]', 'null', '{}', '{"text":"of another form"}'])('is a text where it holds %j, which only a newer version can read', async (stored) => {
    const { one, other, about } = await people();
    const message = await sendContent(one, other.user.id, content(about));
    const { conversationId, seq } = await placeOf(database, message.id);
    await database.transaction((tx) =>
      tx.db.updateTable('Message').set({ content: stored, text: null }).where('conversationId', '=', conversationId).where('seq', '=', seq).execute(),
    );
    const expected = { __typename: 'TextContent', text: stored.includes('form') ? 'of another form' : '' };
    expect((await messagesIn(other, message.conversation.id)).map((node) => node.content)).toEqual([expected]);
    expect(refusalsOf(await send(other, message.conversation.id, { forward: message.id }))).toEqual([['BAD_USER_INPUT', 'content.forward']]);
  });
});

describe('a custom content', () => {
  const custom = (changes: object) => ({ custom: { type: 'a', data: '{}', text: 'a text', ...changes } });

  it.each(['a', 'com.example.poll_2-x', '0'.repeat(64)])('may have the type %s', async (type) => {
    const { one, other } = await people();
    expect((await sendContent(one, other.user.id, custom({ type }))).content).toMatchObject({ type });
  });

  it.each(['', 'A', 'a b', 'é', 'a\n', '0'.repeat(65)])('has not the type %j', async (type) => {
    const { one, other } = await people();
    expect(refusalsOf(await send(one, other.user.id, custom({ type })))).toEqual([['BAD_USER_INPUT', 'content.custom.type']]);
  });

  it.each(['null', '0', '"x"', '[ ]', ' {"a":1,"a":2} ', `"${'x'.repeat(8190)}"`, `"${'é'.repeat(4095)}"`, '['.repeat(4096) + ']'.repeat(4096), '"\\ud800"'])(
    'gives JSON back exactly as it was sent: %.20s',
    async (data) => {
      const { one, other } = await people();
      const { conversation } = await sendContent(one, other.user.id, custom({ data }));
      expect((await messagesIn(other, conversation.id)).map((node) => node.content)).toMatchObject([{ data }]);
    },
  );

  it.each(['', '{', "{'a':1}", '{}{}', 'undefined', 'NaN', '\u00a0{}'])('holds JSON and nothing else: not %j', async (data) => {
    const { one, other } = await people();
    expect(refusalsOf(await send(one, other.user.id, custom({ data })))).toEqual([['BAD_USER_INPUT', 'content.custom.data']]);
  });

  it('holds at most 8,192 bytes, whatever their letters are', async () => {
    const { one, other } = await people();
    for (const data of [`"${'x'.repeat(8191)}"`, `"${'é'.repeat(4096)}"`, `"${'消'.repeat(2731)}"`])
      expect(refusalsOf(await send(one, other.user.id, custom({ data })))).toEqual([['BAD_USER_INPUT', 'content.custom.data']]);
  });
});

describe('a location', () => {
  it.each([
    [90, 180],
    [-90, -180],
    [0, 0],
    [1e-12, -0.1],
  ])('may lie at %d, %d', async (latitude, longitude) => {
    const { one, other } = await people();
    const { content } = await sendContent(one, other.user.id, { location: { latitude, longitude } });
    expect(content).toEqual({ __typename: 'LocationContent', text: '[location]', latitude, longitude, name: null });
  });

  it.each([
    [90.001, 0, 'latitude'],
    [-91, 0, 'latitude'],
    [0, 180.5, 'longitude'],
    [0, -1e300, 'longitude'],
  ])('lies on the earth: not at %d, %d', async (latitude, longitude, field) => {
    const { one, other } = await people();
    expect(refusalsOf(await send(one, other.user.id, { location: { latitude, longitude } }))).toEqual([['BAD_USER_INPUT', `content.location.${field}`]]);
  });

  it('has a name as people have one: one line of at most 100 characters, or none', async () => {
    const { one, other } = await people();
    const called = (name: string) => send(one, other.user.id, { location: { latitude: 0, longitude: 0, name } });
    for (const name of ['a\nb', 'a\u202eb', '😀'.repeat(101)]) expect(refusalsOf(await called(name))).toEqual([['BAD_USER_INPUT', 'content.location.name']]);
    expect((await called(' 😀 ')).data?.sendMessage?.content).toMatchObject({ text: '[location] 😀', name: '😀' });
    expect((await called('\u200b')).data?.sendMessage?.content).toMatchObject({ text: '[location]', name: null });
  });
});

describe('the card of somebody', () => {
  it('shows who they are now, and in its text who they were then', async () => {
    const { one, other, about } = await people();
    const { conversation } = await sendContent(one, other.user.id, { contact: about.user.uuid.toUpperCase() });
    await about.ask(UpdateProfileDocument, { input: { nickname: 'Renamed' } });
    const expected = { text: `[contact] ${about.user.nickname}`, user: { id: about.user.id, nickname: 'Renamed' } };
    expect((await messagesIn(other, conversation.id)).map((node) => node.content)).toMatchObject([expected]);
    const admin = await loginAdmin(app);
    await admin.ask(UpdateUserDocument, { userId: about.user.id, enabled: false });
    expect((await messagesIn(other, conversation.id)).map((node) => node.content)).toMatchObject([expected]);
    expect(refusalsOf(await send(one, other.user.id, { contact: about.user.id }))).toEqual([['NOT_FOUND', 'content.contact']]);
  });

  it('is only of those who are there to be seen, and stay', async () => {
    const { one, other } = await people();
    const [gone, visitor] = [await registerVisitor(app), await registerVisitor(app)];
    await openChatset(other);
    for (const contact of ['x', '', randomUUID(), gone.user.id])
      expect(refusalsOf(await send(one, other.user.id, { contact }))).toEqual([['NOT_FOUND', 'content.contact']]);
    await sendText(visitor, other.user.id, 'hello');
    expect((await sendContent(one, other.user.id, { contact: visitor.user.id })).content).toMatchObject({ user: { id: visitor.user.id } });
  });

  it('costs no statement of its own: those of a page are read together', async () => {
    const owner = await registerUser(app);
    const { id } = await createGroup(owner, []);
    const cards = async (count: number) => {
      for (let index = 0; index < count; index += 1) await sendContent(owner, id, { contact: (await registerUser(app)).user.id });
    };
    const statements = watchStatements();
    const read = async () => {
      statements.take();
      await messagesIn(owner, id);
      return statements.take().filter((text) => /from .?user/.test(text)).length;
    };
    await cards(1);
    const few = await read();
    await cards(9);
    // Jobs behind the answers ask the tables too.
    await expect.poll(read).toBeLessThanOrEqual(few);
    expect(few).toBeGreaterThan(0);
  });
});
