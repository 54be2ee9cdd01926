import { Redis } from 'ioredis';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Database } from '../../src/platform/database.ts';
import {
  AnswerJoinRequestDocument,
  CursorDocument,
  DissolveGroupDocument,
  GroupEventsDocument,
  type GroupEventsSubscription,
  HistoryDocument,
  InviteToGroupDocument,
  JoinGroupDocument,
  LeaveGroupDocument,
  MessagesDocument,
  RecallMessageDocument,
  RemoveMemberDocument,
  UpdateGroupDocument,
} from '../generated/graphql.ts';
import { startNodes, type TestApp } from '../support/app.ts';
import { present } from '../support/client.ts';
import { createGroup, giveRole, idsOf, insertFriendsOf, memberIdOf, openTables, readGroup, registerFriends } from '../support/groups.ts';
import { closeLater } from '../support/lifetime.ts';
import { type Person, registerUser, sendText } from '../support/people.ts';
import { openRawSocket } from '../support/raw-socket.ts';
import type { Stream } from '../support/socket.ts';

type Event = GroupEventsSubscription['events'];

let nodes: TestApp[];
let database: Database;
let people: Record<'ada' | 'ben' | 'cem', Person>;
beforeAll(async () => {
  nodes = await startNodes(2, { COMPARE_MILLISECONDS: '300', DOCUMENT_SAME_NAME: '20' });
  database = await openTables(present(nodes[0]));
  people = await registerFriends(present(nodes[0]), database, 'ada', 'ben', 'cem');
});

const nodeAt = (index: number) => present(nodes[index % 2], 'a node');
const cursorOf = async (person: Person) => present((await person.ask(CursorDocument, {})).viewer).cursor;

/** A stream of somebody through each node, live. */
async function listen(person: Person, after?: string): Promise<Stream<GroupEventsSubscription>[]> {
  const streams = nodes.map((node) =>
    person
      .at(node)
      .socket()
      .subscribe(GroupEventsDocument, after === undefined ? {} : { after }),
  );
  if (after === undefined) for (const stream of streams) await stream.until(({ events }) => events.__typename === 'CaughtUp');
  return streams;
}

/** What comes up to the message with a text, that included. */
async function untilText(stream: Stream<GroupEventsSubscription>, text: string): Promise<Event[]> {
  const events: Event[] = [];
  for (;;) {
    const { events: event } = await stream.next(text);
    events.push(event);
    if ('message' in event && event.message.content?.text === text) return events;
  }
}

async function replay(person: Person, after: string): Promise<Event[]> {
  const stream = person.socket().subscribe(GroupEventsDocument, { after });
  const events: Event[] = [];
  for (;;) {
    const { events: event } = await stream.next('the end of the replay');
    if (event.__typename === 'CaughtUp') return events;
    events.push(event);
  }
}

const shortOf = (event: Event) => ('message' in event ? `${event.__typename} ${event.message.seq}` : event.__typename);
const remove = (by: Person, id: string, person: Person) => by.ask(RemoveMemberDocument, { memberId: memberIdOf(id, person) });
const invite = (by: Person, id: string, ...userIds: string[]) => by.ask(InviteToGroupDocument, { conversationId: id, userIds });

describe('who joins', () => {
  it('by an invitation of 100 people gets everything from the join notice on, once, on every node, through streams that are live', async () => {
    const { ada, ben } = people;
    const { id } = await createGroup(ada, []);
    await sendText(ada, id, 'before');
    const others = await insertFriendsOf(database, ada, 99);
    const cursor = await cursorOf(ben);
    const streams = await listen(ben);
    const inviting = invite(ada, id, ...others, ben.user.id);
    const sending = nodes.map(async (node, index) => {
      for (let count = 0; count < 15; count += 1) await sendText(ada.at(node), id, `${index}:${count}`);
    });
    await inviting;
    await Promise.all(sending);
    await sendText(ada, id, 'the end');
    const joined = present((await readGroup(ben, id)).group.viewerMember);
    expect((await readGroup(ada, id)).group.memberCount).toBe(101);
    const [first] = present((await ben.ask(HistoryDocument, { id, first: 1 })).conversation).messages.edges;
    const from = present(first).node.seq;
    const last = (await readGroup(ada, id)).lastSeq;
    const seqs = Array.from({ length: last - from + 1 }, (_, index) => from + index);
    for (const stream of [...streams, ...(await listen(ben, cursor))]) {
      const events = await untilText(stream, 'the end');
      expect(events.flatMap((event) => ('message' in event ? [event.message.seq] : []))).toEqual(seqs);
      const [one, two] = events;
      expect([one && shortOf(one), two?.__typename]).toEqual([`MessageSent ${from}`, 'MembersChanged']);
      expect(two?.__typename === 'MembersChanged' && two.members.map((member) => member.id)).toHaveLength(100);
      expect(two?.__typename === 'MembersChanged' && two.members.map((member) => member.id)).toContain(joined.id);
    }
  });

  it('hears nothing of changes to messages from before the join, live, in a replay, or from messages(afterRev)', async () => {
    const { ada, ben } = people;
    const { id } = await createGroup(ada, []);
    const old = await sendText(ada, id, 'old');
    const cursor = await cursorOf(ben);
    const streams = await listen(ben);
    await invite(ada.at(nodeAt(1)), id, ben.user.id);
    const young = await sendText(ada, id, 'young');
    await ada.ask(RecallMessageDocument, { id: old.id });
    await ada.at(nodeAt(1)).ask(RecallMessageDocument, { id: young.id });
    await sendText(ada, id, 'the end');
    for (const stream of [...streams, ...(await listen(ben, cursor))])
      expect((await untilText(stream, 'the end')).map(shortOf)).toEqual([
        'MessageSent 3',
        'MembersChanged',
        'MessageSent 4',
        'MessageChanged 4',
        'MessageSent 5',
      ]);
    const messages = ben.socket().subscribe(MessagesDocument, { conversationId: id, afterRev: 0 });
    expect([(await messages.next()).messages.seq, (await messages.next()).messages.seq, (await messages.next()).messages.seq]).toEqual([3, 4, 5]);
  });

  it('by asking: the person and those who may answer are told on every node, and nobody else', async () => {
    const { ada, ben, cem } = people;
    const asker = await registerUser(nodeAt(1));
    const { id, inviteCode } = await createGroup(ada, [ben, cem], { joinPolicy: 'APPROVAL' });
    await giveRole(ada, id, ben, 'ADMIN');
    const [ofAda, ofBen, ofCem, ofAsker] = await Promise.all([ada, ben, cem, asker].map((person) => listen(person)));
    const request = present((await asker.ask(JoinGroupDocument, { inviteCode })).joinGroup);
    const told = (status: string) => (data: GroupEventsSubscription) =>
      data.events.__typename === 'JoinRequestChanged' && data.events.joinRequest.id === request.id && data.events.joinRequest.status === status;
    for (const stream of [ofAda, ofBen, ofAsker].flatMap((streams) => present(streams))) await stream.until(told('PENDING'));
    await ben.at(nodeAt(1)).ask(AnswerJoinRequestDocument, { id: request.id, accept: true });
    for (const stream of [ofAda, ofBen, ofAsker].flatMap((streams) => present(streams))) await stream.until(told('ACCEPTED'));
    await sendText(ada, id, 'the end');
    for (const stream of present(ofCem))
      expect((await untilText(stream, 'the end')).map(shortOf)).toEqual(['MessageSent 2', 'MembersChanged', 'MessageSent 3']);
  });
});

describe('who is gone', () => {
  it('gets nothing that is written after the removal has answered, whatever a frame selects, on no node', async () => {
    const { ada, ben } = people;
    const { id } = await createGroup(ada, [ben]);
    const streams = await listen(ben);
    const cursor = await cursorOf(ben);
    for (let round = 0; round < 25; round += 1) {
      const node = nodeAt(round);
      // What is under way to the one while the other is removed.
      const before = Promise.all([sendText(ada, id, `open ${round}`), sendText(ada.at(nodeAt(round + 1)), id, `open ${round}`)]);
      if (round % 2 === 0) await before;
      await remove(ada.at(node), id, ben);
      await sendText(ada.at(node), id, `SECRET ${round}`);
      await before;
      await invite(ada.at(nodeAt(round + 1)), id, ben.user.id);
    }
    await sendText(ada, id, 'the end');
    const all = await Promise.all([...streams, ...(await listen(ben, cursor))].map((stream) => untilText(stream, 'the end')));
    for (const events of all) {
      const rounds = JSON.stringify(events).match(/SECRET \d+/g) ?? [];
      expect(rounds).toEqual([]);
      expect(events.filter((event) => event.__typename === 'ConversationGone')).toHaveLength(25);
    }
  });

  it('gets nothing later that waited for a reader who was too slow, either', async () => {
    const { ada, ben, cem } = people;
    const { id } = await createGroup(ada, [ben, cem]);
    const raw = await openRawSocket(nodeAt(1).socketUrl);
    await raw.init({ token: ben.token });
    // Together the frames are more than the buffers of a connection hold.
    const heavy = Array.from({ length: 20 }, (_, index) => `t${index}: text`).join(' ');
    const query = `subscription { events { __typename ... on MessageSent { message { content { ${heavy} } } } ... on ConversationGone { rev } } }`;
    raw.send({ id: '1', type: 'subscribe', payload: { query } });
    await raw.until('next', '1');
    raw.socket.pause();
    const padding = '满'.repeat(4900);
    for (let count = 0; count < 6; count += 1)
      await Promise.all(Array.from({ length: 10 }, (_, index) => sendText(ada.at(nodeAt(index)), id, `${count} ${padding}`)));
    const left = await remove(ada, id, ben);
    await sendText(ada, id, 'SECRET');
    raw.socket.resume();
    const frames: string[] = [];
    while (!frames.at(-1)?.includes('ConversationGone')) frames.push(JSON.stringify(await raw.until('next', '1')));
    expect(frames.at(-1)).toContain(`"rev":${present(left.removeMember).rev - 1}`);
    expect(frames.length).toBeLessThan(60);
    expect(frames.filter((frame) => frame.includes('SECRET') || frame.includes('ben was removed'))).toEqual([]);
  });

  it('holds at the end what is there, after leaving and joining again and again through both nodes', async () => {
    const { ada, ben } = people;
    const { id, inviteCode } = await createGroup(ada, [ben]);
    const cursor = await cursorOf(ben);
    const streams = await listen(ben);
    let over = false;
    const talking = Promise.all(
      nodes.map(async (node) => {
        for (let count = 0; !over; count += 1) {
          const sent = await sendText(ada.at(node), id, `${count}`);
          if (count % 3 === 0) await ada.ask(RecallMessageDocument, { id: sent.id });
        }
      }),
    );
    for (let round = 0; round < 20; round += 1) {
      await ben.at(nodeAt(round)).ask(LeaveGroupDocument, { conversationId: id });
      await ben.at(nodeAt(round + 1)).ask(JoinGroupDocument, { inviteCode });
    }
    over = true;
    await talking;
    await sendText(ada, id, 'the end');
    const edges = present((await ben.ask(HistoryDocument, { id, last: 100 })).conversation).messages.edges;
    const truth = edges.map(({ node }) => [node.seq, node.rev, node.content?.text ?? null]);
    for (const stream of [...streams, ...(await listen(ben, cursor))]) {
      const held = new Map<number, { readonly rev: number; readonly text: string | null }>();
      for (const event of await untilText(stream, 'the end')) {
        // "Forget every copy of it and of its messages with a rev up to this one; keep what is higher."
        if (event.__typename === 'ConversationGone') for (const [seq, { rev }] of held) if (rev <= event.rev) held.delete(seq);
        if (!('message' in event)) continue;
        const { seq, rev, content } = event.message;
        if ((held.get(seq)?.rev ?? 0) < rev) held.set(seq, { rev, text: content?.text ?? null });
      }
      expect([...held].map(([seq, { rev, text }]) => [seq, rev, text]).toSorted(([one], [other]) => Number(one) - Number(other))).toEqual(truth);
    }
  });

  it('when it is dissolved everybody is told on every node, and a replay tells only that', async () => {
    const { ada, ben, cem } = people;
    const { id } = await createGroup(ada, [ben, cem]);
    const cursors = await Promise.all([ada, ben].map(cursorOf));
    const streams = (await Promise.all([ada, ben].map((person) => listen(person)))).flat();
    await sendText(ada, id, 'hello');
    await ada.ask(UpdateGroupDocument, { input: { conversationId: id, name: 'Another' } });
    await remove(ada, id, cem);
    const { rev } = await readGroup(ada, id);
    await ada.at(nodeAt(1)).ask(DissolveGroupDocument, { conversationId: id });
    const isGone = (event: Event) => event.__typename === 'ConversationGone' && event.conversationId === id && event.rev === rev + 1;
    for (const stream of streams) await stream.until(({ events }) => isGone(events));
    for (const [index, cursor] of cursors.entries()) {
      const events = await replay(present([ada, ben][index]).at(nodeAt(index)), cursor);
      expect(events.filter((event) => !isGone(event)).filter((event) => JSON.stringify(event).includes(id))).toEqual([]);
      expect(events.filter(isGone)).toHaveLength(1);
    }
  });
});

describe('a group that is dissolved', () => {
  it('is listened to by no node any more, neither for those who were there nor for those who come back, who are told all the same', async () => {
    const { ada, ben } = people;
    const { id } = await createGroup(ada, [ben]);
    const cursor = await cursorOf(ben);
    const { REDIS_URL, REDIS_PREFIX } = nodeAt(0).env;
    const redis = new Redis(present(REDIS_URL));
    closeLater(() => redis.disconnect());
    const uuid = present(Buffer.from(id, 'base64url').toString().split(':')[1]);
    const log = await database.read((tx) => tx.db.selectFrom('Conversation').select('id').where('uuid', '=', uuid).executeTakeFirstOrThrow());
    const isHeard = async () => {
      const channels: unknown = await redis.call('pubsub', 'shardchannels', `${REDIS_PREFIX}log:${log.id}`);
      return Array.isArray(channels) && channels.length > 0;
    };
    const isGone = (event: Event) => event.__typename === 'ConversationGone' && event.conversationId === id;
    const [stream] = await listen(ada);
    await expect.poll(isHeard).toBe(true);
    await ada.ask(DissolveGroupDocument, { conversationId: id });
    await present(stream).until(({ events }) => isGone(events));
    await expect.poll(isHeard).toBe(false);
    expect((await replay(ben.at(nodeAt(1)), cursor)).filter(isGone)).toHaveLength(1);
    await listen(ben);
    expect(await isHeard()).toBe(false);
  });
});

describe('a message', () => {
  it('rings one bell, however many members the group has (M4)', async () => {
    const { ada, ben, cem } = people;
    const { id } = await createGroup(ada, [ben, cem]);
    const { REDIS_URL, REDIS_PREFIX } = nodeAt(0).env;
    const redis = new Redis(present(REDIS_URL));
    closeLater(() => redis.disconnect());
    const uuid = present(Buffer.from(id, 'base64url').toString().split(':')[1]);
    const log = await database.read((tx) => tx.db.selectFrom('Conversation').select('id').where('uuid', '=', uuid).executeTakeFirstOrThrow());
    const users = await idsOf(
      database,
      [ada, ben, cem].map(({ user }) => user),
    );
    const bells: string[] = [];
    redis.on('smessage', (channel, message) => bells.push(`${channel} ${message}`));
    for (const channel of [`log:${log.id}`, ...users.map((userId) => `user:${userId}`)]) await redis.ssubscribe(`${REDIS_PREFIX}${channel}`);
    await sendText(ada, id, 'one');
    await sendText(ada, id, 'two');
    await expect.poll(() => bells.length).toBeGreaterThan(1);
    await ada.ask(DissolveGroupDocument, { conversationId: id });
    await expect.poll(() => bells.some((bell) => bell.includes('DISSOLVED'))).toBe(true);
    expect(bells.filter((bell) => bell.includes('BELL'))).toEqual(
      [1, 2, 3].map((more) => expect.stringContaining(`log:${log.id} {"kind":"BELL","logId":${log.id},"rev":${more + 2}`)),
    );
  });
});
