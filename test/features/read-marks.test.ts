import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { ConversationDocument, EventsDocument, MarkReadDocument, MeDocument, RecallMessageDocument, UpdateProfileDocument } from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { codesOf, present } from '../support/client.ts';
import { loginAgain, openChatset, type Person, registerTwo, registerUser, registerVisitor, sendText } from '../support/people.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});

const globalId = (typename: string, key: string) => Buffer.from(`${typename}:${key}`).toString('base64url');
const conversationOf = async (person: Person, id: string) => present((await person.ask(ConversationDocument, { id })).conversation, 'the conversation');
const markRead = async (person: Person, conversationId: string, seq: number) => present((await person.ask(MarkReadDocument, { conversationId, seq })).markRead);
const unreadTotal = async (person: Person) => present((await person.ask(MeDocument, {})).viewer).unreadCount;

/** One who has sent the other so many messages. */
async function written(count: number) {
  const [one, other] = await registerTwo(app);
  const sent = [await sendText(one, other.user.id, 'text 1')];
  const { id } = present(sent[0]).conversation;
  while (sent.length < count) sent.push(await sendText(one, id, `text ${sent.length + 1}`));
  return { one, other, id, sent };
}

/** A stream of events that is live. */
async function listen(person: Person) {
  const stream = person.socket().subscribe(EventsDocument, {});
  expect((await stream.next()).events.__typename).toBe('CaughtUp');
  return stream;
}

describe('markRead (M6)', () => {
  it('moves forward only, at most to the newest message', async () => {
    const { other, id } = await written(5);
    expect(await conversationOf(other, id)).toMatchObject({ readSeq: 0, unreadCount: 5 });
    for (const [seq, readSeq] of [
      [2, 2],
      [1, 2],
      [0, 2],
      [2, 2],
      [4, 4],
      [2_147_483_647, 5],
      [3, 5],
    ] as const) {
      expect(await markRead(other, id, seq)).toMatchObject({ readSeq, unreadCount: 5 - readSeq, lastSeq: 5, rev: 5 });
      expect(await conversationOf(other, id)).toMatchObject({ readSeq, unreadCount: 5 - readSeq, lastSeq: 5, rev: 5 });
    }
  });

  it('above the newest counts as the newest of that moment: what comes later is unread', async () => {
    const { one, other, id } = await written(1);
    await markRead(other, id, 100);
    await sendText(one, id, 'later');
    expect(await conversationOf(other, id)).toMatchObject({ readSeq: 1, unreadCount: 1 });
  });

  it('of a negative seq is refused', async () => {
    const { other, id } = await written(1);
    const answer = await other.execute(MarkReadDocument, { conversationId: id, seq: -1 });
    expect(answer.errors.map(({ extensions }) => [extensions?.code, extensions?.field])).toEqual([['BAD_USER_INPUT', 'seq']]);
  });

  it('of a conversation that is not one’s own is the same as of none: NOT_FOUND (M8)', async () => {
    const { one, id } = await written(1);
    const stranger = await registerUser(app);
    const refused = await stranger.execute(MarkReadDocument, { conversationId: id, seq: 1 });
    expect(codesOf(refused)).toEqual(['NOT_FOUND']);
    for (const conversationId of [globalId('Conversation', randomUUID()), globalId('Conversation', 'x'), one.user.id, 'x', '']) {
      const answer = await stranger.execute(MarkReadDocument, { conversationId, seq: 1 });
      expect([answer.errors, answer.data]).toEqual([refused.errors, refused.data]);
    }
    expect(codesOf(await app.execute(MarkReadDocument, { conversationId: id, seq: 1 }))).toEqual(['TOKEN_MISSING']);
  });

  it('tells the peer and the own devices, each once, and raises no rev', async () => {
    const { one, other, id } = await written(3);
    const second = await loginAgain(other);
    const [peer, mine, mineToo] = await Promise.all([listen(one), listen(other), listen(second)]);
    await markRead(other, id, 2);
    await markRead(other, id, 2);
    await markRead(other, id, 1);
    await markRead(second, id, 3);
    for (const readSeq of [2, 3]) {
      const changed = { __typename: 'ConversationChanged', conversation: { id, rev: 3 } };
      for (const stream of [mine, mineToo]) {
        const { events } = await stream.next();
        expect(events).toMatchObject(changed);
        // An event shows what is so when it is read: the later mark may be there already.
        if (events.__typename === 'ConversationChanged') expect(events.conversation.readSeq).toBeGreaterThanOrEqual(readSeq);
      }
      const { events } = await peer.next();
      expect(events).toMatchObject({ ...changed, conversation: { id, rev: 3, readSeq: 3 } });
      if (events.__typename === 'ConversationChanged') expect(events.conversation.peerReadSeq).toBeGreaterThanOrEqual(readSeq);
    }
    // What ends the wait: nothing else was told.
    await sendText(one, id, 'next');
    for (const stream of [peer, mine, mineToo]) expect((await stream.next()).events).toMatchObject({ __typename: 'MessageSent', message: { seq: 4, rev: 4 } });
    expect(await conversationOf(one, id)).toMatchObject({ peerReadSeq: 3 });
  });

  it('is shown to the peer as peerReadSeq, and never mixed up with the own', async () => {
    const { one, other, id } = await written(3);
    await markRead(other, id, 2);
    expect(await conversationOf(one, id)).toMatchObject({ readSeq: 3, peerReadSeq: 2 });
    expect(await conversationOf(other, id)).toMatchObject({ readSeq: 2, peerReadSeq: 3 });
  });
});

describe('unread counts (M6)', () => {
  it('leave out one’s own and recalled messages', async () => {
    const { one, other, id, sent } = await written(4);
    await one.ask(RecallMessageDocument, { id: present(sent[1]).id });
    expect(await conversationOf(other, id)).toMatchObject({ unreadCount: 3, lastSeq: 4 });
    expect(await conversationOf(one, id)).toMatchObject({ unreadCount: 0 });
    await markRead(other, id, 1);
    expect(await conversationOf(other, id)).toMatchObject({ unreadCount: 2 });
    await one.ask(RecallMessageDocument, { id: present(sent[3]).id });
    expect(await conversationOf(other, id)).toMatchObject({ unreadCount: 1 });
    await one.ask(RecallMessageDocument, { id: present(sent[0]).id });
    expect(await conversationOf(other, id)).toMatchObject({ unreadCount: 1 });
  });

  it('fall to nothing with a message of one’s own, which is a mark for the peer too', async () => {
    const { one, other, id } = await written(3);
    const stream = await listen(one);
    await sendText(other, id, 'answer');
    expect(await conversationOf(other, id)).toMatchObject({ readSeq: 4, unreadCount: 0 });
    expect(await conversationOf(one, id)).toMatchObject({ readSeq: 3, peerReadSeq: 4, unreadCount: 1 });
    expect((await stream.next()).events).toMatchObject({ __typename: 'MessageSent', message: { seq: 4 } });
    // The send tells it: no event of its own.
    await one.ask(UpdateProfileDocument, { input: { bio: 'here' } });
    expect((await stream.next()).events).toMatchObject({ __typename: 'UserChanged' });
  });

  it('add up in viewer.unreadCount', async () => {
    const reader = await registerUser(app);
    await openChatset(reader);
    expect(await unreadTotal(reader)).toBe(0);
    const writers = await Promise.all([registerVisitor(app), registerVisitor(app), registerVisitor(app)]);
    const conversations: string[] = [];
    for (const [index, writer] of writers.entries()) {
      for (let sent = 0; sent <= index; sent += 1) conversations[index] = (await sendText(writer, reader.user.id, 'x')).conversation.id;
    }
    expect(await unreadTotal(reader)).toBe(6);
    await markRead(reader, present(conversations[2]), 2);
    expect(await unreadTotal(reader)).toBe(4);
    await sendText(reader, present(conversations[1]), 'answer');
    expect(await unreadTotal(reader)).toBe(2);
    for (const writer of writers) expect(await unreadTotal(writer)).toBe(writer === writers[1] ? 1 : 0);
  });
});
