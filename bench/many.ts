import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { encodeGlobalId } from '../src/kernel/ids.ts';
import { insertAll } from '../src/platform/bulk.ts';
import { onBothBackends } from './harness/backends.ts';
import { keepProfile } from './harness/profile.ts';
import type { Reader } from './harness/reader.ts';
import { askOnce } from './harness/requests.ts';
import { alternate, median, type Row, rowOf } from './harness/results.ts';
import { createSender, cursorOf, enter, subscriptions, untilAlone } from './harness/room.ts';
import type { Guest, Room, Scene } from './harness/scene.ts';
import { type MeasuredServer, startServer } from './harness/server.ts';

/** How much is done. */
export interface ManyOptions {
  readonly rounds: number;
  /** How often each question is asked in a round, of which the median counts. */
  readonly times: number;
  /** Conversations of the one who has very many. */
  readonly conversations: number;
  /** Where to write what the server did, if anywhere. */
  readonly profile?: string;
}

const few = 100;
const unread = 10;
/** Conversations that were written in since, and how much in each. */
const missed = { conversations: 5, messages: 4 } as const;

/** What is asked over HTTP. */
const questions = [
  [
    '`conversations(first: 20)`',
    '{ conversations(first: 20) { edges { node { id title lastSeq readSeq unreadCount isArchived peer { id nickname } lastMessage { id content { text } } } } } }',
    3,
  ],
  ['`conversations(first: 20, archived: false)`', '{ conversations(first: 20, archived: false) { edges { node { id title } } } }', 3],
  ['`viewer.unreadCount`', '{ viewer { unreadCount } }', 3],
  ['`viewer.cursor`', '{ viewer { cursor } }', 3],
] as const;

/** What somebody with very many conversations waits for, against what somebody with 100 does. */
export async function many({ rounds, times, conversations, profile }: ManyOptions): Promise<Row[]> {
  return await onBothBackends(async (where, scene) => {
    const [busy, calm] = await scene.people(2);
    if (!busy || !calm) throw new Error('nobody is there');
    const peers = await scene.people(conversations);
    const rooms = { busy: await directs(scene, busy, peers), calm: await directs(scene, calm, peers.slice(0, few)) };
    await analyse(scene);
    const server = await startServer('src/main.ts', scene.env);
    await enroll(scene, server, busy);
    const what = (name: string) => `${name} of somebody with ${conversations.toLocaleString('en')} conversations, on ${where}`;
    const against = `of somebody with ${few}`;
    const rows: Row[] = [];
    for (const [name, query, goal] of questions) {
      const ask = async (guest: Guest) => await medianOf(times, async () => await answer(server, guest, query));
      const found = await alternate(
        rounds,
        () => ask(busy),
        () => ask(calm),
      );
      rows.push(rowOf({ what: what(name), against, unit: 'ms', goal, better: 'lower' }, found));
    }
    for (const isBack of [false, true]) {
      const arms = { busy: await armOf(server, busy, rooms.busy, isBack), calm: await armOf(server, calm, rooms.calm, isBack) };
      const ask = async (arm: Arm) => await medianOf(times, async () => await catchUp(arm));
      const found = await alternate(
        rounds,
        () => ask(arms.busy),
        () => ask(arms.calm),
      );
      const name = isBack
        ? `\`events(after)\`, ${missed.conversations * missed.messages} messages missed in ${missed.conversations} conversations,`
        : '`events` until CaughtUp';
      rows.push(rowOf({ what: what(name), against, unit: 'ms', goal: 3, better: 'lower' }, found));
      for (const { socket } of Object.values(arms)) socket.close();
    }
    const archive = async (guest: Guest, room: Room) =>
      await medianOf(times, async () => {
        for (const flag of [true, false])
          await answer(server, guest, `mutation { updateConversation(conversationId: "${room.globalId}", isArchived: ${flag}) { id } }`);
      });
    const archived = await alternate(
      rounds,
      () => archive(busy, roomAt(rooms.busy, 0)),
      () => archive(calm, roomAt(rooms.calm, 0)),
    );
    rows.push(rowOf({ what: what('archiving and bringing back'), against, unit: 'ms', goal: null, better: 'lower' }, archived));
    if (profile !== undefined)
      await keepProfile(server, `${profile}-many-${where.slice(0, 6)}`, async () => {
        for (let count = 0; count < 200; count += 1) await answer(server, busy, questions[0][1]);
      });
    await server.stop();
    return rows;
  });
}

async function medianOf(times: number, work: () => Promise<void>): Promise<number> {
  const found: number[] = [];
  for (let index = 0; index < times; index += 1) {
    await untilAlone();
    const start = performance.now();
    await work();
    found.push(performance.now() - start);
  }
  return median(found);
}

async function answer(server: MeasuredServer, guest: Guest, query: string): Promise<void> {
  const request = { path: '/graphql', headers: { authorization: `Bearer ${guest.token}` }, body: JSON.stringify({ query }) };
  const { body } = await askOnce(server.port, request);
  if (body.includes('"errors"')) throw new Error(body.slice(0, 300));
}

/** DIRECT conversations of somebody with these people: a message in each, from the other one, all of them read but the last few. */
async function directs({ database }: Scene, { id: userId }: Guest, peers: readonly Guest[]): Promise<Room[]> {
  const now = Date.now();
  const last = await database.read((tx) =>
    tx.db
      .selectFrom('Log')
      .select((eb) => eb.fn.max('id').as('id'))
      .executeTakeFirstOrThrow(),
  );
  const first = Number(last.id) + 1;
  const made = peers.map((peer, index) => ({ id: first + index, uuid: randomUUID(), peerId: peer.id, at: now - index * 1000, read: index < unread ? 0 : 1 }));
  const member = { stateRev: 1, fromSeq: 1, active: 1, role: 'MEMBER', isMuted: 0, isArchived: 0, sentCount: 0 } as const;
  for (let start = 0; start < made.length; start += 5000) {
    const part = made.slice(start, start + 5000);
    await database.transaction(async (tx) => {
      await insertAll(
        tx,
        'Log',
        part.map(({ id, at }) => ({ id, kind: 'DIRECT' as const, lastRev: 1, lastSeq: 1, lastEpoch: 0, activeAt: at })),
      );
      await insertAll(
        tx,
        'Conversation',
        part.map(({ id, uuid, peerId, at }) => ({
          id,
          uuid,
          kind: 'DIRECT' as const,
          lowUserId: Math.min(userId, peerId),
          highUserId: Math.max(userId, peerId),
          createdAt: at,
        })),
      );
      await insertAll(
        tx,
        'Member',
        part.flatMap(({ id, peerId, at, read }) => [
          { ...member, userId, logId: id, readSeq: read, joinedAt: at },
          { ...member, userId: peerId, logId: id, readSeq: 1, sentCount: 1, joinedAt: at },
        ]),
      );
      await insertAll(
        tx,
        'Message',
        part.map(({ id, peerId, at }) => ({
          conversationId: id,
          seq: 1,
          rev: 1,
          senderId: peerId,
          kind: 'TEXT' as const,
          text: 'A word from somebody who needs help with an order.',
          mentionsEveryone: 0 as const,
          createdAt: at,
        })),
      );
    });
  }
  return made.map(({ id, uuid }) => ({ id, globalId: encodeGlobalId('Conversation', uuid) }));
}

async function analyse({ database }: Scene): Promise<void> {
  if (database.dialect.name === 'sqlite') return;
  await database.read(({ db }) => sql`analyze table log, conversation, member, message`.execute(db));
}

/** Asks once, and waits until what is kept of somebody's conversations is there. */
async function enroll({ database }: Scene, server: MeasuredServer, guest: Guest): Promise<void> {
  await answer(server, guest, questions[0][1]);
  for (;;) {
    const roll = await database.read((tx) => tx.db.selectFrom('Roll').select('isReady').where('userId', '=', guest.id).executeTakeFirst());
    if (roll?.isReady === 1) break;
    await sleep(500);
  }
  // Every node looks every two seconds.
  await sleep(3000);
}

function roomAt(rooms: readonly Room[], index: number): Room {
  const room = rooms[index];
  if (!room) throw new Error('no conversation is there');
  return room;
}

/** Somebody who subscribes again and again. */
interface Arm {
  readonly socket: Reader;
  readonly after: string | null;
}

async function armOf(server: MeasuredServer, guest: Guest, rooms: readonly Room[], isBack: boolean): Promise<Arm> {
  const socket = await enter(server.port, guest);
  if (!isBack) return { socket, after: null };
  const after = await cursorOf(socket);
  for (let index = 0; index < missed.conversations; index += 1) {
    const sender = await createSender(server.port, guest, roomAt(rooms, index * 7));
    await sender.send(missed.messages);
    sender.close();
  }
  return { socket, after };
}

let last = 0;
const query = subscriptions.events.replace('subscription { events', 'subscription ($after: String) { events(after: $after)');

async function catchUp({ socket, after }: Arm): Promise<void> {
  const done = Promise.withResolvers<void>();
  const id = `m${++last}`;
  let messages = 0;
  socket.listen((frame) => {
    if (!frame.includes(`"id":"${id}"`)) return;
    if (frame.includes('MessageSent')) messages += 1;
    else if (frame.includes('CaughtUp')) done.resolve();
    else if (!frame.includes('"complete"')) done.reject(new Error(frame));
  });
  socket.send(JSON.stringify({ id, type: 'subscribe', payload: { query, variables: { after } } }));
  await done.promise;
  socket.send(JSON.stringify({ id, type: 'complete' }));
  const expected = after === null ? 0 : missed.conversations * missed.messages;
  if (messages !== expected) throw new Error(`${messages} messages came`);
}
