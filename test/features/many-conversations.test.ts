import { beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { createPermissionService } from '../../src/features/contacts/permission.service.ts';
import { type ConversationService, createConversationService } from '../../src/features/conversations/conversation.service.ts';
import { openRoll } from '../../src/features/conversations/roll.service.ts';
import { createRollJob } from '../../src/features/conversations/roll-job.service.ts';
import { type Head, type Membership, readHeads, readMemberships } from '../../src/features/events/replay.service.ts';
import { readWide } from '../../src/features/events/wide.service.ts';
import { createClockService } from '../../src/features/log/clock.service.ts';
import { createLogService } from '../../src/features/log/log.service.ts';
import type { Viewer } from '../../src/kernel/viewer.ts';
import { createMemoryBus } from '../../src/platform/bus.memory.ts';
import type { Database, Tx } from '../../src/platform/database.ts';
import {
  CursorDocument,
  DissolveGroupDocument,
  EventsDocument,
  type EventsSubscription,
  InboxDocument,
  InviteToGroupDocument,
  LeaveGroupDocument,
  MarkReadDocument,
  MeDocument,
  RecallMessageDocument,
  RemoveMemberDocument,
  UpdateConversationDocument,
} from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { present } from '../support/client.ts';
import { createGroup, idsOf, memberIdOf, openTables } from '../support/groups.ts';
import { sendNotice } from '../support/notices.ts';
import { adminEnv, loginAdmin, makeFriends, openChatset, type Person, registerUser, sendText } from '../support/people.ts';
import { keyClient } from '../support/server-keys.ts';
import type { Stream } from '../support/socket.ts';

let app: TestApp;
let tables: Database;
beforeAll(async () => {
  app = await startApp({ ...adminEnv, MANY_CONVERSATIONS: '4', COMPARE_MILLISECONDS: '100', CLOSE_MILLISECONDS: '20' });
  tables = await openTables(app);
});

/** What another node does for rolls, when the test wants it. */
function createHand() {
  const clock = createClockService(tables, { replayMs: 86_400_000, closeMs: 0 });
  const faults: unknown[] = [];
  const job = createRollJob({ database: tables, clock, onFault: (error) => faults.push(error), many: 4 });
  return { clock, job, faults };
}

/** The services of a node to which somebody has a roll, or has none. */
function serviceWith(isRolled: boolean): ConversationService {
  return createConversationService({
    log: createLogService(tables, createMemoryBus()),
    permissions: createPermissionService(readConfig({}).defaultChatset),
    rolls: { has: () => isRolled, consider: () => {} },
    systemTitle: { zh: '通知', en: 'Notifications' },
  });
}

const hasRoll = (userId: number) => tables.read(async (tx) => (await openRoll(tx, userId)) !== null);

/** Somebody to whom so many have written, with a roll. */
async function crowded(count: number) {
  const agent = await registerUser(app);
  await openChatset(agent);
  const others: Person[] = [];
  while (others.length < count) others.push(await registerUser(app));
  for (const other of others) await sendText(other, agent.user.id, 'hello');
  await agent.ask(InboxDocument, {});
  const [userId = 0] = await idsOf(tables, [agent.user]);
  await expect.poll(() => hasRoll(userId)).toBe(true);
  return { agent, others, userId };
}

const byLog = (one: { readonly logId: number }, other: { readonly logId: number }) => one.logId - other.logId;

/** All pages of somebody's list, as a service gives them in one read. */
async function pagesOf(service: ConversationService, tx: Tx, viewer: Viewer, archived: boolean | null) {
  const found: unknown[] = [];
  let after: string | null = null;
  do {
    const { edges, pageInfo } = await service.list(tx, viewer, { first: 3, after, archived });
    found.push(...edges.map(({ cursor, node }) => ({ cursor, id: node.id, activeAt: node.activeAt, isArchived: node.isArchived })), pageInfo.hasNextPage);
    after = pageInfo.hasNextPage ? (pageInfo.endCursor ?? null) : null;
  } while (after !== null);
  return found;
}

/** What a snapshot tells a node of somebody, of conversations that are no DIRECT ones, and the heads of all. */
function toldToNode({ memberships, heads }: { readonly memberships: readonly Membership[]; readonly heads: readonly Head[] }) {
  return { memberships: memberships.filter(({ kind }) => kind !== 'DIRECT').toSorted(byLog), heads: heads.toSorted(byLog) };
}

describe('a list that is kept of very many conversations', () => {
  it('says what all conversations say, whatever happens and however far behind it is', { timeout: 240_000 }, async () => {
    const { agent, others, userId } = await crowded(6);
    const key = await keyClient(app, ['NOTICES'], await loginAdmin(app));
    const friend = present(others[0]);
    await makeFriends(agent, friend);
    await openChatset(friend);
    const hand = createHand();
    const viewer: Viewer = { userId, uuid: agent.user.uuid, role: 'USER', sessionId: 1, sessionUuid: agent.user.uuid, actedBy: null };
    const [rolled, plain] = [serviceWith(true), serviceWith(false)];
    const sent: { readonly id: string; readonly by: Person }[] = [];
    const groups: string[] = [];
    let read = 0;
    let seed = 7;
    const random = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((seed / 2_147_483_648) * below);
    };
    const one = <T>(list: readonly T[]): T => present(list[random(list.length)]);

    const compare = () =>
      tables.snapshot(async (tx) => {
        if ((await openRoll(tx, userId)) === null) return;
        read += 1;
        expect(await rolled.unreadTotal(tx, userId)).toBe(await plain.unreadTotal(tx, userId));
        for (const archived of [null, true, false]) expect(await pagesOf(rolled, tx, viewer, archived)).toEqual(await pagesOf(plain, tx, viewer, archived));
        const { n } = await hand.clock.read(tx);
        for (const above of [0, random(n), n - 1]) {
          const [memberships, heads] = [await readMemberships(tx, userId), await readHeads(tx, userId, above)];
          expect(toldToNode(await readWide(tx, userId, above))).toEqual(toldToNode({ memberships, heads }));
        }
      });

    const somePlace = async () => {
      const { conversations } = await agent.ask(InboxDocument, { first: 50 });
      return one(present(conversations).edges).node;
    };
    const actions: readonly (() => Promise<unknown>)[] = [
      async () => {
        const by = one(others);
        sent.push({ id: (await sendText(by, agent.user.id, 'to the agent')).id, by });
      },
      async () => await sendText(agent, (await somePlace()).id, 'from the agent').catch(() => {}),
      async () => await agent.execute(MarkReadDocument, { conversationId: (await somePlace()).id, seq: random(6) }),
      async () => await agent.execute(MarkReadDocument, { conversationId: (await somePlace()).id, seq: 1000 }),
      async () => {
        const { id, isArchived } = await somePlace();
        await agent.execute(UpdateConversationDocument, { conversationId: id, isArchived: !isArchived });
      },
      async () => {
        const message = sent.splice(random(sent.length), 1)[0];
        if (message) await message.by.ask(RecallMessageDocument, { id: message.id });
      },
      async () => {
        const stranger = await registerUser(app);
        await sendText(stranger, agent.user.id, 'somebody new');
      },
      async () => groups.push((await createGroup(friend, [agent])).id),
      async () => groups.length > 0 && (await sendText(friend, one(groups), 'to all').catch(() => {})),
      async () => groups.length > 0 && (await agent.execute(LeaveGroupDocument, { conversationId: one(groups) })),
      async () => groups.length > 0 && (await friend.execute(RemoveMemberDocument, { memberId: memberIdOf(one(groups), agent) })),
      async () => groups.length > 0 && (await friend.execute(InviteToGroupDocument, { conversationId: one(groups), userIds: [agent.user.id] })),
      async () => groups.length > 2 && (await friend.execute(DissolveGroupDocument, { conversationId: present(groups.shift()) })),
      async () => await sendNotice(key, agent, 'a notice'),
      async () => await hand.job.run(),
      async () => await hand.clock.close(),
    ];
    for (let round = 0; round < 30; round += 1) {
      await Promise.all([one(actions)(), one(actions)(), one(actions)(), compare()]);
      await compare();
    }
    await hand.job.run();
    await compare();
    expect(hand.faults).toEqual([]);
    expect(read).toBeGreaterThan(50);
  });

  it('is begun for nobody who has fewer, and asks nothing of whoever has none', async () => {
    const calm = await registerUser(app);
    await openChatset(calm);
    for (let count = 0; count < 4; count += 1) await sendText(await registerUser(app), calm.user.id, 'hello');
    await calm.ask(InboxDocument, {});
    const { userId } = await crowded(5);
    const [calmId = 0] = await idsOf(tables, [calm.user]);
    const rolls = await tables.read((tx) => tx.db.selectFrom('Roll').select('userId').where('userId', 'in', [calmId, userId]).execute());
    expect(rolls).toEqual([{ userId }]);
  });

  it('is filled anew where the logs no longer hold what it has not taken in', async () => {
    const { agent, others, userId } = await crowded(5);
    const hand = createHand();
    await hand.job.run();
    const place = (tx: Tx) => tx.db.selectFrom('RollPlace').select('activeAt').where('userId', '=', userId).where('isFew', '=', 0).orderBy('activeAt', 'desc');
    const told = await sendText(present(others[0]), agent.user.id, 'while it was left alone');
    await hand.clock.close();
    await tables.transaction(async (tx) => {
      const { n } = await hand.clock.read(tx);
      await tx.db.updateTable('Roll').set({ epoch: 0 }).where('userId', '=', userId).execute();
      await tx.db
        .updateTable('Clock')
        .set({ pruned: n - 1 })
        .execute();
    });
    await expect
      .poll(async () => {
        await hand.job.run();
        return await hasRoll(userId);
      })
      .toBe(true);
    const [newest] = await tables.read((tx) => place(tx).execute());
    expect(newest?.activeAt).toBe(Date.parse(told.createdAt));
  });
});

describe('somebody with very many conversations', () => {
  type Happened = EventsSubscription['events'];

  async function replay(stream: Stream<EventsSubscription>): Promise<Happened[]> {
    const events: Happened[] = [];
    while (events.at(-1)?.__typename !== 'CaughtUp') events.push((await stream.next('the end of the replay')).events);
    return events;
  }
  const textsOf = (events: readonly Happened[]) => events.flatMap((event) => (event.__typename === 'MessageSent' ? [event.message.content?.text ?? null] : []));
  const unreadOf = async (person: Person) => present((await person.ask(MeDocument, {})).viewer).unreadCount;

  it('misses nothing of them, live and by a replay', async () => {
    const { agent, others, userId } = await crowded(6);
    const [first, second] = [present(others[0]), present(others[1])];
    // The node knows of the roll.
    const usesRoll = async () => (await agent.socket().subscribe(EventsDocument, {}).next()).events.__typename === 'CaughtUp' && (await hasRoll(userId));
    await expect.poll(usesRoll).toBe(true);
    const socket = agent.socket();
    const live = socket.subscribe(EventsDocument, {});
    await replay(live);
    await sendText(first, agent.user.id, 'from an old one');
    const stranger = await registerUser(app);
    await sendText(stranger, agent.user.id, 'from a new one');
    await sendText(stranger, agent.user.id, 'and once more');
    const heard: Happened[] = [];
    while (textsOf(heard).length < 3) heard.push((await live.next()).events);
    expect(textsOf(heard)).toEqual(['from an old one', 'from a new one', 'and once more']);
    const { cursor } = present((await agent.ask(CursorDocument, {})).viewer);
    await socket.close();
    await sendText(second, agent.user.id, 'while away');
    await sendText(first, agent.user.id, 'twice');
    const again = agent.socket().subscribe(EventsDocument, { after: cursor });
    expect(textsOf(await replay(again)).toSorted()).toEqual(['twice', 'while away']);
    expect(await unreadOf(agent)).toBe(6 + 5);
    await sendText(second, agent.user.id, 'live again');
    expect(textsOf([(await again.next()).events])).toEqual(['live again']);
  });

  it('is told by the comparison of what rang for nobody', async () => {
    const { agent, others } = await crowded(6);
    const live = agent.socket().subscribe(EventsDocument, {});
    await replay(live);
    const other = present(others[3]);
    const [agentId = 0, otherId = 0] = await idsOf(tables, [agent.user, other.user]);
    const silent = createLogService(tables, createMemoryBus());
    await silent.write(async (writer) => {
      const { id } = await writer.db
        .selectFrom('Conversation')
        .select('id')
        .where('lowUserId', '=', Math.min(agentId, otherId))
        .where('highUserId', '=', Math.max(agentId, otherId))
        .executeTakeFirstOrThrow();
      await writer.lock([id]);
      await writer.stamp();
      writer.append(id, { kind: 'CONVERSATION' }, [agentId, otherId]);
    });
    expect((await live.next()).events.__typename).toBe('ConversationChanged');
  });
});
