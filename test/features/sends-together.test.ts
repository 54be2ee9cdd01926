import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../src/platform/database.ts';
import {
  BlockUserDocument,
  EventsDocument,
  HistoryDocument,
  MarkReadDocument,
  RemoveFriendDocument,
  RemoveMemberDocument,
  SendMessageDocument,
  type SendMessageInput,
  UpdateChatsetDocument,
  UpdateMemberDocument,
} from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { type Answer, codesOf, dataOf, present } from '../support/client.ts';
import { createGroup, memberIdOf, openTables, readGroup, registerFriends } from '../support/groups.ts';
import { type Person, sendText } from '../support/people.ts';
import type { Socket } from '../support/socket.ts';

const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'] as const;
let app: TestApp;
let tables: Database;
let people: readonly Person[];
beforeAll(async () => {
  app = await startApp();
  tables = await openTables(app);
  people = Object.values(await registerFriends(app, tables, ...names));
});

const countFrom = (first: number, count: number) => Array.from({ length: count }, (_, index) => first + index);
const personAt = (index: number) => present(people[index % people.length], 'somebody');
const send = (from: Pick<Socket, 'execute'>, to: string, text: string, more: Partial<SendMessageInput> = {}) =>
  from.execute(SendMessageDocument, { input: { to, clientId: randomUUID(), content: { text }, ...more } });
const history = async (person: Person, id: string) =>
  present((await person.ask(HistoryDocument, { id, last: 100 })).conversation, 'the conversation').messages.edges.map(({ node }) => node);
const sentOf = (answer: Answer<{ sendMessage?: unknown }>) => (answer.errors.length === 0 ? 'sent' : codesOf(answer).join());

/** A socket of everybody, let in. */
async function openSockets(): Promise<Socket[]> {
  const sockets = people.map((person) => person.socket());
  for (const socket of sockets) await socket.connected();
  return sockets;
}

/** A conversation of two people, both of whom have written. */
async function acquaint(one: Person, other: Person): Promise<string> {
  const { conversation } = await sendText(one, other.user.id, 'hello');
  await sendText(other, conversation.id, 'hello too');
  return conversation.id;
}

describe('64 sends at the same moment', () => {
  it('into one group, from everybody: each is answered, seq has no holes, and everybody is given the same order', async () => {
    const { id, lastSeq } = await createGroup(personAt(0), people.slice(1));
    const stream = personAt(3).socket().subscribe(EventsDocument, {});
    await stream.until(({ events }) => events.__typename === 'CaughtUp');
    const sockets = await openSockets();
    const answers = await Promise.all(countFrom(0, 64).map((index) => send(present(sockets[index % 8]), id, `text ${index}`)));
    const sent = answers.map((answer) => present(dataOf(answer).sendMessage)).toSorted((a, b) => a.seq - b.seq);
    expect(sent.map(({ seq }) => seq)).toEqual(countFrom(lastSeq + 1, 64));
    const told: number[] = [];
    while (told.length < 64) {
      const { events } = await stream.next();
      if (events.__typename === 'MessageSent' && events.message.conversation.id === id) told.push(events.message.seq);
    }
    expect(told).toEqual(countFrom(lastSeq + 1, 64));
    const read = await history(personAt(5), id);
    // What was answered is what stands in the table: the answer is not read from it.
    expect(read.slice(-64)).toEqual(
      sent.map((message) => expect.objectContaining({ id: message.id, seq: message.seq, rev: message.rev, createdAt: message.createdAt })),
    );
    expect(read.slice(-64).map(({ content }) => content?.text)).toEqual(sent.map(({ content }) => content?.text));
    expect(new Set(sent.map(({ content }) => content?.text)).size).toBe(64);
    expect(await readGroup(personAt(1), id)).toMatchObject({ lastSeq: lastSeq + 64, rev: present(sent.at(-1)).rev });
  });

  it('into many DIRECT conversations, in both directions: each is answered and seq has no holes in any', async () => {
    const ids = await Promise.all(countFrom(0, 8).map((index) => acquaint(personAt(index), personAt(index + 1))));
    const before = await Promise.all(ids.map(async (id, index) => (await history(personAt(index), id)).length));
    const sockets = await openSockets();
    const answers = await Promise.all(
      countFrom(0, 64).map((index) => {
        const [conversation, forth] = [index % 8, index % 16 < 8];
        return send(present(sockets[(conversation + (forth ? 0 : 1)) % 8]), present(ids[conversation]), `text ${index}`);
      }),
    );
    expect(answers.map(sentOf)).toEqual(answers.map(() => 'sent'));
    for (const [index, id] of ids.entries()) {
      const all = await history(personAt(index + 1), id);
      expect(all.map(({ seq }) => seq)).toEqual(countFrom(1, present(before[index]) + 8));
      const mine = answers.map((answer) => present(dataOf(answer).sendMessage)).filter(({ conversation }) => conversation.id === id);
      expect(new Set(mine.map(({ seq }) => seq)).size).toBe(8);
      // A send moves its sender's read mark, and the peer's last one moved theirs: neither has anything unread above it.
      expect((await personAt(index).ask(MarkReadDocument, { conversationId: id, seq: 0 })).markRead?.readSeq).toBeGreaterThan(present(before[index]));
    }
  });

  it('with equal clientIds among them: each of these makes one message, and all get the same answer', async () => {
    const { id, lastSeq } = await createGroup(personAt(0), people.slice(1));
    const sockets = await openSockets();
    const clientIds = countFrom(0, 8).map(() => randomUUID());
    const answers = await Promise.all(
      countFrom(0, 64).map((index) => {
        const clientId = present(clientIds[index % 8]);
        return send(present(sockets[index % 8]), id, `text of ${index % 8}`, { clientId: index < 32 ? clientId : clientId.toUpperCase() });
      }),
    );
    const messages = answers.map((answer) => present(dataOf(answer).sendMessage));
    for (const [index, message] of messages.entries()) expect(message).toEqual(messages[index % 8]);
    expect((await history(personAt(0), id)).map(({ seq }) => seq)).toEqual(countFrom(1, lastSeq + 8));
  });

  it('with one clientId and different texts: one is sent, the others are a CONFLICT', async () => {
    const id = await acquaint(personAt(0), personAt(2));
    const socket = personAt(0).socket();
    const clientId = randomUUID();
    const answers = await Promise.all(countFrom(0, 8).map((index) => send(socket, id, `text ${index}`, { clientId })));
    expect(answers.map(sentOf).toSorted()).toEqual([...Array.from({ length: 7 }, () => 'CONFLICT'), 'sent']);
  });
});

describe('refused among good ones', () => {
  it('each refusal is its own sender’s, with its own code, and takes no number', async () => {
    const [owner, muted, removed, blocker, ...good] = people as readonly [Person, Person, Person, Person, ...Person[]];
    const { id, lastSeq } = await createGroup(owner, people.slice(1));
    const foreign = await createGroup(owner, []);
    const direct = await acquaint(owner, blocker);
    const elsewhere = await sendText(owner, direct, 'elsewhere');
    await owner.ask(UpdateMemberDocument, { memberId: memberIdOf(id, muted), mutedUntil: new Date(Date.now() + 3_600_000).toISOString() });
    await owner.ask(RemoveMemberDocument, { memberId: memberIdOf(id, removed) });
    await blocker.ask(BlockUserDocument, { userId: owner.user.id });
    const { lastSeq: first } = await readGroup(owner, id);
    expect(first).toBeGreaterThanOrEqual(lastSeq);
    const unknown = Buffer.from(`Conversation:${randomUUID()}`).toString('base64url');
    const goods = () => good.map((person, index) => send(person, id, `good ${index}`));
    const answers = await Promise.all([
      ...goods(),
      send(muted, id, 'muted'),
      send(removed, id, 'removed'),
      ...goods(),
      send(owner, direct, 'blocked'),
      send(blocker, direct, 'blocking'),
      send(owner, unknown, 'nowhere'),
      send(muted, foreign.id, 'no member'),
      ...goods(),
      send(owner, id, 'x'.repeat(5001)),
      send(owner, id, 'a reply', { replyTo: elsewhere.id }),
      send(owner, id, 'a name', { mentions: [removed.user.id] }),
      ...goods(),
    ]);
    const fine = Array.from({ length: good.length }, () => 'sent');
    expect(answers.map(sentOf)).toEqual([
      ...fine,
      ...['MUTED', 'NOT_FOUND'],
      ...fine,
      ...['BLOCKED', 'BLOCKED_BY_YOU', 'NOT_FOUND', 'NOT_FOUND'],
      ...fine,
      ...['BAD_USER_INPUT', 'NOT_FOUND', 'BAD_USER_INPUT'],
      ...fine,
    ]);
    const seqs = answers.flatMap(({ data }) => data?.sendMessage?.seq ?? []);
    expect(seqs.toSorted((a, b) => a - b)).toEqual(countFrom(first + 1, good.length * 4));
  });

  it('of two of a stranger to whom one is allowed exactly one passes, also where their conversation exists', async () => {
    const { one, other, third } = await registerFriends(app, tables, 'one', 'other', 'third');
    const id = await acquaint(one, other);
    const neighbour = await acquaint(one, third);
    await one.ask(RemoveFriendDocument, { userId: other.user.id });
    await other.ask(UpdateChatsetDocument, { input: { user: { sendCount: 1, needFollow: false } } });
    const socket = one.socket();
    await socket.connected();
    const answers = await Promise.all([
      send(socket, neighbour, 'before'),
      send(socket, id, 'first'),
      send(socket, id, 'second'),
      send(socket, other.user.id, 'third'),
      send(socket, neighbour, 'after'),
    ]);
    const codes = answers.map(sentOf);
    expect([codes[0], codes[4]]).toEqual(['sent', 'sent']);
    expect(codes.slice(1, 4).toSorted()).toEqual(['MESSAGE_LIMIT_REACHED', 'MESSAGE_LIMIT_REACHED', 'sent']);
    // An answer lifts the limit, for both of the next.
    await sendText(other, id, 'an answer');
    expect((await Promise.all([send(socket, id, 'fourth'), send(socket, id, 'fifth')])).map(sentOf)).toEqual(['sent', 'sent']);
  });

  it('a statement of the database that fails for one does not fail the others', async () => {
    const [one, other, third] = [personAt(0), personAt(4), personAt(6)];
    const [id, neighbour] = [await acquaint(one, other), await acquaint(one, third)];
    const last = present((await history(one, id)).at(-1));
    // In the way of the next message there.
    const where = await tables.transaction(async (tx) => {
      const row = await tx.db
        .selectFrom('Message')
        .selectAll()
        .where('seq', '=', last.seq)
        .where('clientId', '=', present(last.clientId))
        .executeTakeFirstOrThrow();
      await tx.db
        .insertInto('Message')
        .values({ ...row, seq: last.seq + 1, clientId: null, clientKey: null })
        .execute();
      return { conversationId: row.conversationId, seq: last.seq + 1 };
    });
    const sockets = [one.socket(), third.socket()];
    for (const socket of sockets) await socket.connected();
    const answers = await Promise.all(countFrom(0, 15).map((index) => send(present(sockets[index % 2]), index === 10 ? id : neighbour, `text ${index}`)));
    expect(answers.map(sentOf)).toEqual(countFrom(0, 15).map((index) => (index === 10 ? 'INTERNAL' : 'sent')));
    await tables.transaction((tx) => tx.db.deleteFrom('Message').where('conversationId', '=', where.conversationId).where('seq', '=', where.seq).execute());
    expect((await sendText(one, id, 'again')).seq).toBe(where.seq);
  });
});
