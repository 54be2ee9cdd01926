import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { entities } from '../../src/entities.ts';
import { createDatabase } from '../../src/platform/database.ts';
import {
  CursorDocument,
  DissolveGroupDocument,
  EventsDocument,
  type EventsSubscription,
  JoinGroupDocument,
  LeaveGroupDocument,
  MarkReadDocument,
  MessagesDocument,
  RecallMessageDocument,
} from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { codesOf, present } from '../support/client.ts';
import { createGroup, idsOf, openTables } from '../support/groups.ts';
import { openChatset, type Person, registerTwo, registerUser, sendText } from '../support/people.ts';
import type { Stream } from '../support/socket.ts';

type Happened = EventsSubscription['events'];

const cursorOf = async (person: Person) => present((await person.ask(CursorDocument, {})).viewer, 'the viewer').cursor;

/** The texts of the messages in events, in order; null for a recalled one. */
const texts = (events: readonly Happened[]) =>
  events.flatMap((event) => (event.__typename === 'MessageSent' || event.__typename === 'MessageChanged' ? [event.message.content?.text ?? null] : []));

/** Everything up to CaughtUp (or SyncReset), that one included. */
async function replay(stream: Stream<EventsSubscription>): Promise<Happened[]> {
  const events: Happened[] = [];
  for (;;) {
    const { events: event } = await stream.next('the end of the replay');
    events.push(event);
    if (event.__typename === 'CaughtUp' || event.__typename === 'SyncReset') return events;
  }
}

const lastOf = (events: readonly Happened[]) => present(events.at(-1), 'an event');

async function sendMany(from: Person, to: string, count: number, name = 'text'): Promise<string[]> {
  const sent = Array.from({ length: count }, (_, index) => `${name} ${index + 1}`);
  for (const text of sent) await sendText(from, to, text);
  return sent;
}

describe('events', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp({ COMPARE_MILLISECONDS: '200', REPLAY_LIMIT: '150' });
  });

  it('begins with CaughtUp where no cursor is given, and gives nothing from before', async () => {
    const [sender, reader] = await registerTwo(app);
    await sendText(sender, reader.user.id, 'before');
    const stream = reader.socket().subscribe(EventsDocument, {});
    expect((await stream.next()).events.__typename).toBe('CaughtUp');
    await sendText(sender, reader.user.id, 'after');
    expect(texts([(await stream.next()).events])).toEqual(['after']);
  });

  it('gives everything that was missed since the cursor, in order and once, then CaughtUp, then goes on live', async () => {
    const [sender, reader] = await registerTwo(app);
    const cursor = await cursorOf(reader);
    const missed = await sendMany(sender, reader.user.id, 30);
    const stream = reader.socket().subscribe(EventsDocument, { after: cursor });
    const events = await replay(stream);
    expect(texts(events)).toEqual(missed);
    expect(lastOf(events).__typename).toBe('CaughtUp');
    await sendText(sender, reader.user.id, 'live');
    expect(texts([(await stream.next()).events])).toEqual(['live']);
  });

  it('resumes after any event with that event’s cursor', async () => {
    const [sender, reader] = await registerTwo(app);
    const stream = reader.socket().subscribe(EventsDocument, {});
    await stream.next();
    const sent = await sendMany(sender, reader.user.id, 12);
    const live: Happened[] = [];
    while (live.length < sent.length) live.push((await stream.next()).events);
    for (const [index, { cursor }] of live.entries()) {
      const events = await replay(reader.socket().subscribe(EventsDocument, { after: cursor }));
      expect(texts(events)).toEqual(sent.slice(index + 1));
    }
  });

  it('misses nothing and repeats nothing while messages arrive during the reconnect', async () => {
    const [sender, reader] = await registerTwo(app);
    const got: Happened[] = [];
    let cursor = await cursorOf(reader);
    const sending = sendMany(sender, reader.user.id, 120);
    let done = false;
    void sending.finally(() => {
      done = true;
    });
    while (!done) {
      const socket = reader.socket();
      const stream = socket.subscribe(EventsDocument, { after: cursor });
      for (let taken = 0; taken < 7 && !done; taken += 1) {
        const { events: event } = await stream.next();
        got.push(event);
        cursor = event.cursor;
      }
      socket.cut();
    }
    got.push(...(await replay(reader.socket().subscribe(EventsDocument, { after: cursor }))));
    expect(texts(got)).toEqual(await sending);
  });

  it('keeps each cursor below 1 KB and each conversation in order, however many are active at once', async () => {
    const reader = await registerUser(app);
    await openChatset(reader);
    const senders = await Promise.all(Array.from({ length: 50 }, () => registerUser(app)));
    const stream = reader.socket().subscribe(EventsDocument, {});
    await stream.next();
    const cursor = await cursorOf(reader);
    for (const text of ['one', 'two']) await Promise.all(senders.map((sender) => sendText(sender, reader.user.id, text)));
    const live: Happened[] = [];
    while (live.length < 100) live.push((await stream.next()).events);
    const replayed = await replay(reader.socket().subscribe(EventsDocument, { after: cursor }));
    for (const events of [live, replayed]) {
      expect(Math.max(...events.map((event) => event.cursor.length))).toBeLessThanOrEqual(1024);
      const bySender = Map.groupBy(events, (event) => (event.__typename === 'MessageSent' ? event.message.sender?.id : undefined));
      bySender.delete(undefined);
      expect(bySender.size).toBe(50);
      for (const own of bySender.values()) expect(texts(own)).toEqual(['one', 'two']);
    }
    const middle = present(live[70]).cursor;
    expect(texts(await replay(reader.socket().subscribe(EventsDocument, { after: middle })))).toHaveLength(29);
  });

  it('shows a recalled message as recalled in a replay, never its text', async () => {
    const [sender, reader] = await registerTwo(app);
    const cursor = await cursorOf(reader);
    const { id } = await sendText(sender, reader.user.id, 'a secret');
    await sender.ask(RecallMessageDocument, { id });
    const events = await replay(reader.socket().subscribe(EventsDocument, { after: cursor }));
    expect(events.map((event) => event.__typename)).toEqual(['MessageSent', 'MessageChanged', 'CaughtUp']);
    expect(JSON.stringify(events)).not.toContain('a secret');
  });

  it('tells read marks to one’s own devices and to the peer of a DIRECT conversation', async () => {
    const [sender, reader] = await registerTwo(app);
    const streams = [sender, reader, reader].map((person) => person.socket().subscribe(EventsDocument, {}));
    for (const stream of streams) await stream.next();
    const { conversation } = await sendText(sender, reader.user.id, 'read me');
    await reader.ask(MarkReadDocument, { conversationId: conversation.id, seq: 1 });
    for (const stream of streams) {
      const { events } = await stream.until((data) => data.events.__typename === 'ConversationChanged');
      expect(events).toMatchObject({ conversation: { id: conversation.id } });
    }
  });

  describe('connectionParams.cursor', () => {
    it('takes the place of an older `after`, as stock clients send their first variables again', async () => {
      const [sender, reader] = await registerTwo(app);
      const first = await cursorOf(reader);
      const [, last] = await sendMany(sender, reader.user.id, 2);
      const stream = reader.socket().subscribe(EventsDocument, { after: first });
      const afterFirst = (await stream.next()).events.cursor;
      const events = await replay(reader.socket({ cursor: afterFirst }).subscribe(EventsDocument, { after: first }));
      expect(texts(events)).toEqual([last]);
    });

    it('does not count where `after` is newer', async () => {
      const [sender, reader] = await registerTwo(app);
      const first = await cursorOf(reader);
      await sendMany(sender, reader.user.id, 2);
      const second = await cursorOf(reader);
      const events = await replay(reader.socket({ cursor: first }).subscribe(EventsDocument, { after: second }));
      expect(texts(events)).toEqual([]);
    });

    it('counts alone where `after` cannot be used, and the other way round', async () => {
      const [sender, reader] = await registerTwo(app);
      const good = await cursorOf(reader);
      const [only] = await sendMany(sender, reader.user.id, 1);
      for (const [cursor, after] of [
        [good, 'no cursor'],
        ['no cursor', good],
      ] as const) {
        const events = await replay(reader.socket({ cursor }).subscribe(EventsDocument, { after }));
        expect(texts(events)).toEqual([only]);
        expect(lastOf(events).__typename).toBe('CaughtUp');
      }
    });
  });

  describe('SyncReset comes in the place of CaughtUp', () => {
    const resets = async (reader: Person, after: string) => {
      const events = await replay(reader.socket().subscribe(EventsDocument, { after }));
      expect(events.map((event) => event.__typename)).toEqual(['SyncReset']);
      return lastOf(events).cursor;
    };

    it('for a cursor that was changed, cut or made up', async () => {
      const [sender, reader] = await registerTwo(app);
      await sendText(sender, reader.user.id, 'so that the cursor has a list');
      const cursor = await cursorOf(reader);
      const flipped = `${cursor.startsWith('A') ? 'B' : 'A'}${cursor.slice(1)}`;
      const forged = [flipped, cursor.slice(0, -1), `${cursor}.${cursor}`, `${cursor}=`, '', '.', 'x'.repeat(2000), '游标'];
      for (const after of forged) await resets(reader, after);
    });

    it('for a cursor of another viewer', async () => {
      const [sender, reader] = await registerTwo(app);
      await resets(reader, await cursorOf(sender));
    });

    it('for a cursor of another server’s data, even one with the same secret', async () => {
      const other = await startApp();
      const [, stranger] = await registerTwo(other);
      const reader = await registerUser(app);
      await resets(reader, await cursorOf(stranger));
    });

    it('where more entries were missed than REPLAY_LIMIT, and the stream goes on live from its cursor', async () => {
      const [sender, reader] = await registerTwo(app);
      const cursor = await cursorOf(reader);
      await sendMany(sender, reader.user.id, 151);
      const stream = reader.socket().subscribe(EventsDocument, { after: cursor });
      const { events } = await stream.next();
      expect(events.__typename).toBe('SyncReset');
      await sendText(sender, reader.user.id, 'live');
      expect(texts([(await stream.next()).events])).toEqual(['live']);
      expect(texts(await replay(reader.socket().subscribe(EventsDocument, { after: events.cursor })))).toEqual(['live']);
    });
  });

  it('does not count what was never for the viewer against REPLAY_LIMIT: what a group had before the join, and what happened where they are no more', async () => {
    const [owner, reader] = await registerTwo(app);
    const database = await openTables(app);
    const cursor = await cursorOf(reader);
    const busy = await createGroup(owner, []);
    const left = await createGroup(owner, []);
    const over = await createGroup(owner, []);
    for (const { id, inviteCode } of [left, over]) {
      await reader.ask(JoinGroupDocument, { inviteCode });
      await sendMany(owner, id, 80);
    }
    await reader.ask(LeaveGroupDocument, { conversationId: left.id });
    await owner.ask(DissolveGroupDocument, { conversationId: over.id });
    await sendMany(owner, busy.id, 160, 'before');
    await reader.ask(JoinGroupDocument, { inviteCode: busy.inviteCode });
    const [uuids, [id = 0]] = [Array.from({ length: 160 }, randomUUID), await idsOf(database, [reader.user])];
    // Becoming a member is silent: an agent may have become one a thousand times.
    await database.transaction(async (tx) => {
      const log = await tx.db.selectFrom('Log').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
      const rows = uuids.map(
        (_, index) => ({ logId: id, rev: log.lastRev + 1 + index, epoch: log.lastEpoch, at: 1, kind: 'JOINED', aboutId: 1, aboutRev: 1 }) as const,
      );
      await tx.db.insertInto('Entry').values(rows).execute();
      await tx.db
        .updateTable('Log')
        .set({ lastRev: log.lastRev + rows.length })
        .where('id', '=', id)
        .execute();
    });
    await sendText(owner, busy.id, 'after');
    const events = await replay(reader.socket().subscribe(EventsDocument, { after: cursor }));
    expect(lastOf(events).__typename).toBe('CaughtUp');
    expect(texts(events).at(-1)).toBe('after');
    expect(events.filter(({ __typename }) => __typename === 'MessageSent').length).toBe(2);
  });

  it('refuses nobody with a session: a visitor has a stream too, and nobody without one has', async () => {
    const [, reader] = await registerTwo(app);
    const stream = reader.socket().subscribe(EventsDocument, {});
    expect((await stream.next()).events.__typename).toBe('CaughtUp');
    const { code, reason } = await app.socket({ token: 'nonsense' }).closed();
    expect([code, reason]).toEqual([4401, 'TOKEN_INVALID']);
  });
});

describe('events of a server that forgets early', () => {
  it('are not replayed from a cursor older than REPLAY_DAYS', async () => {
    const days = 2 / 86_400;
    // Each time it asks it opens a socket.
    const app = await startApp({ REPLAY_DAYS: String(days), COMPARE_MILLISECONDS: '50', PRUNE_SECONDS: '0.2', SOCKETS_PER_USER: '500' });
    const [sender, reader] = await registerTwo(app);
    const stream = reader.socket().subscribe(EventsDocument, {});
    await stream.next();
    const old = await cursorOf(reader);
    const ask = () => replay(reader.socket().subscribe(EventsDocument, { after: old }));
    let ends = lastOf(await ask()).__typename;
    expect(ends).toBe('CaughtUp');
    for (let index = 0; ends === 'CaughtUp' && index < 400; index += 1) {
      await sendText(sender, reader.user.id, `tick ${index}`);
      ends = lastOf(await ask()).__typename;
    }
    expect(ends).toBe('SyncReset');
    // Whoever stayed has everything all the same, and the messages themselves stay.
    const sent = await sendText(sender, reader.user.id, 'the last one');
    await stream.until(({ events }) => events.__typename === 'MessageSent' && events.message.id === sent.id);
    expect(texts(stream.all().flatMap(({ data }) => (data ? [data.events] : [])))).toHaveLength(sent.seq);
  });
});

describe('events of a database in which the open epoch counts as forgotten, as an older version may have left it', () => {
  it('begin at once after the start, miss nothing from then on, and say of an older cursor that it is of no use', async () => {
    const first = await startApp({ COMPARE_MILLISECONDS: '50' });
    const [sender, reader] = await registerTwo(first);
    await sendText(sender, reader.user.id, 'before');
    const old = await cursorOf(reader);
    await first.stop();
    const { DATABASE_URL: url, DATA_DIR: dataDir = '' } = first.env;
    const database = await createDatabase({ url, dataDir, pool: 2, timeoutMs: 5000 }, entities);
    await database.transaction((tx) =>
      tx.db
        .updateTable('Clock')
        .set((eb) => ({ pruned: eb.ref('n') }))
        .execute(),
    );
    await database.close();
    const again = await startApp(first.env);
    expect(lastOf(await replay(reader.at(again).socket().subscribe(EventsDocument, { after: old }))).__typename).toBe('SyncReset');
    const stream = reader.at(again).socket().subscribe(EventsDocument, {});
    const { events } = await stream.next();
    expect(events.__typename).toBe('CaughtUp');
    await sendText(sender.at(again), reader.user.id, 'after');
    expect(texts([(await stream.next()).events])).toEqual(['after']);
    expect(texts(await replay(reader.at(again).socket().subscribe(EventsDocument, { after: events.cursor })))).toEqual(['after']);
  });
});

describe('messages(afterRev)', () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await startApp({ COMPARE_MILLISECONDS: '200', REPLAY_LIMIT: '50' });
  });

  it('goes on live from now where no rev is given', async () => {
    const [sender, reader] = await registerTwo(app);
    const { conversation } = await sendText(sender, reader.user.id, 'before');
    const stream = reader.socket().subscribe(MessagesDocument, { conversationId: conversation.id });
    // The stream says nothing when it is ready, so a message is sent until one arrives.
    const first = stream.next('a first message');
    let arrived = false;
    void first.then(() => {
      arrived = true;
    });
    for (let index = 0; !arrived && index < 500; index += 1) await sendText(sender, conversation.id, `try ${index}`);
    expect((await first).messages.content?.text).toMatch(/^try /);
  });

  it('gives each message that was sent or changed since the rev once, as it is now, in the order of rev, then live', async () => {
    const [sender, reader] = await registerTwo(app);
    const messages = [];
    for (const text of ['one', 'two', 'three']) messages.push(await sendText(sender, reader.user.id, text));
    const [one, two] = messages;
    await sender.ask(RecallMessageDocument, { id: present(two).id });
    const conversationId = present(one).conversation.id;
    const stream = reader.socket().subscribe(MessagesDocument, { conversationId, afterRev: 1 });
    const got = [(await stream.next()).messages, (await stream.next()).messages];
    expect(got.map(({ seq, rev, content }) => [seq, rev, content?.text])).toEqual([
      [3, 3, 'three'],
      [2, 4, undefined],
    ]);
    await sendText(sender, conversationId, 'four');
    expect((await stream.next()).messages).toMatchObject({ seq: 4, rev: 5, content: { text: 'four' } });
  });

  it('refuses a rev that is ahead of the conversation, negative, or too far behind, and says which field', async () => {
    const [sender, reader] = await registerTwo(app);
    const { conversation } = await sendText(sender, reader.user.id, 'one');
    for (const afterRev of [2, -1]) {
      const answer = await reader.socket().subscribe(MessagesDocument, { conversationId: conversation.id, afterRev }).answer();
      expect(codesOf(answer)).toEqual(['BAD_USER_INPUT']);
      expect(answer.errors[0]?.extensions?.field).toBe('afterRev');
    }
    await sendMany(sender, reader.user.id, 51);
    const behind = await reader.socket().subscribe(MessagesDocument, { conversationId: conversation.id, afterRev: 0 }).answer();
    expect(codesOf(behind)).toEqual(['BAD_USER_INPUT']);
  });

  it('does not exist for a stranger, the same as for an id that never was', async () => {
    const [sender, reader] = await registerTwo(app);
    const stranger = await registerUser(app);
    const { conversation } = await sendText(sender, reader.user.id, 'private');
    for (const conversationId of [conversation.id, Buffer.from(`Conversation:${randomUUID()}`).toString('base64url'), 'nonsense']) {
      const answer = await stranger.socket().subscribe(MessagesDocument, { conversationId }).answer();
      expect(codesOf(answer)).toEqual(['NOT_FOUND']);
    }
  });
});
