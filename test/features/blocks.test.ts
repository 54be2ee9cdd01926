import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { schema } from '../../src/schema.ts';
import {
  AnswerJoinRequestDocument,
  BlockUserDocument,
  CarriedInDocument,
  ConversationDocument,
  CreateGroupDocument,
  InviteToGroupDocument,
  JoinGroupDocument,
  MarkReadDocument,
  RemoveFriendDocument,
  SendMessageDocument,
  UnblockUserDocument,
} from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { type Couple, type Outcome, type Way, waysBetween } from '../support/block-cases.ts';
import { type Answer, codesOf, present } from '../support/client.ts';
import { createGroup, giveRole, openTables, readGroup, registerFriends } from '../support/groups.ts';
import { type Person, sendText } from '../support/people.ts';
import { tellingOf } from '../support/replay.ts';

let app: TestApp;
let tables: Awaited<ReturnType<typeof openTables>>;
beforeAll(async () => {
  app = await startApp();
  tables = await openTables(app);
});

const block = (one: Person, other: Person) => one.ask(BlockUserDocument, { userId: other.user.id });
const unblock = (one: Person, other: Person) => one.ask(UnblockUserDocument, { userId: other.user.id });
const refusal = (answer: Answer<unknown>) => answer.errors.map(({ extensions }) => [extensions?.code, extensions?.field].filter(Boolean).join(' ')).join();

async function createCouple(): Promise<Couple> {
  const { actor, other, third } = await registerFriends(app, tables, 'actor', 'other', 'third');
  const own = await sendText(actor, other.user.id, 'one');
  const theirs = await sendText(other, actor.user.id, 'two');
  return { actor, other, third, directId: own.conversation.id, ownMessageId: own.id, theirMessageId: theirs.id, ids: new Map() };
}

/** What comes of a way: the refusal, or what the other one is told. */
async function walk({ arrange, act }: Way, who: 'ofBlocked' | 'ofBlocker'): Promise<Outcome> {
  const couple = await createCouple();
  const { actor, other } = couple;
  await arrange?.(couple);
  await (who === 'ofBlocked' ? block(other, actor) : block(actor, other));
  let code = '';
  // Events of different logs come in no promised order, so that none of them says that all of the others are there: a replay has an end.
  const [told = []] = await tellingOf([other], async () => {
    code = codesOf(await act(couple)).join();
  });
  const events = told.map(({ __typename }) => __typename).toSorted();
  if (code !== '' && events.length > 0) throw new Error(`refused with ${code}, and yet told: ${events.join()}`);
  return code === '' ? events : code;
}

describe('between two of whom one has blocked the other (C4)', () => {
  it('every mutation is decided', () => {
    const mutations = Object.keys(present(schema.getMutationType()).getFields());
    expect(Object.keys(waysBetween).toSorted()).toEqual(mutations.toSorted());
    expect(Object.entries(waysBetween).filter(([, ways]) => ways.length === 0)).toEqual([]);
  });

  for (const [mutation, ways] of Object.entries(waysBetween))
    if (typeof ways !== 'string')
      describe(mutation, () => {
        for (const way of ways)
          it.each(['ofBlocked', 'ofBlocker'] as const)(`${way.name}, %s`, async (who) => {
            const expected = way[who];
            expect(await walk(way, who)).toEqual(typeof expected === 'string' ? expected : expected.toSorted());
          });
      });
});

describe('people are put into groups by unblocked friends only (G1)', () => {
  it('the refusal names the field, and nobody of the call comes in', async () => {
    const { owner, friend, blocker } = await registerFriends(app, tables, 'owner', 'friend', 'blocker');
    const { id } = await createGroup(owner, []);
    await block(blocker, owner);
    const userIds = [friend.user.id, blocker.user.id];
    expect(refusal(await owner.execute(InviteToGroupDocument, { conversationId: id, userIds }))).toBe('BLOCKED userIds');
    expect(refusal(await owner.execute(CreateGroupDocument, { input: { memberIds: userIds } }))).toBe('BLOCKED memberIds');
    await unblock(blocker, owner);
    await block(owner, blocker);
    expect(refusal(await owner.execute(InviteToGroupDocument, { conversationId: id, userIds }))).toBe('BLOCKED_BY_YOU userIds');
    expect((await readGroup(owner, id)).group.memberCount).toBe(1);
  });

  it.each(['invites', 'creates'] as const)('whoever %s while the other one blocks: it is in before the block, or refused', async (what) => {
    for (let round = 0; round < 4; round += 1) {
      const { owner, blocker } = await registerFriends(app, tables, 'owner', 'blocker');
      const { id } = await createGroup(owner, []);
      let over = false;
      const tries = Array.from({ length: 4 }, async () => {
        const late = over;
        const answer =
          what === 'invites'
            ? await owner.execute(InviteToGroupDocument, { conversationId: id, userIds: [blocker.user.id] })
            : await owner.execute(CreateGroupDocument, { input: { memberIds: [blocker.user.id] } });
        expect(['', 'BLOCKED']).toContain(codesOf(answer).join());
        if (late) expect(codesOf(answer)).toEqual(['BLOCKED']);
      });
      await block(blocker, owner);
      over = true;
      await Promise.all(tries);
      const late = await owner.execute(CreateGroupDocument, { input: { memberIds: [blocker.user.id] } });
      expect(codesOf(late)).toEqual(['BLOCKED']);
    }
  });

  it.each(['blocks', 'is no friend any more of'] as const)('whom a member proposed, and who since then %s that member, is not let in', async (what) => {
    const { owner, member, friend } = await registerFriends(app, tables, 'owner', 'member', 'friend');
    const { id } = await createGroup(owner, [member], { joinPolicy: 'APPROVAL' });
    await member.ask(InviteToGroupDocument, { conversationId: id, userIds: [friend.user.id] });
    const request = present((await readGroup(owner, id)).group.joinRequests?.edges[0]).node;
    await (what === 'blocks' ? block(friend, member) : friend.ask(RemoveFriendDocument, { userId: member.user.id }));
    expect(refusal(await owner.execute(AnswerJoinRequestDocument, { id: request.id, accept: true }))).toBe('FRIENDSHIP_REQUIRED id');
    expect(refusal(await owner.execute(AnswerJoinRequestDocument, { id: request.id, accept: false }))).toBe('');
  });
});

describe('what somebody who is blocked asks of a group', () => {
  it('is shown to those who lead it, but for those who have blocked that one', async () => {
    const { owner, admin, asker } = await registerFriends(app, tables, 'owner', 'admin', 'asker');
    const { id, inviteCode } = await createGroup(owner, [admin], { joinPolicy: 'APPROVAL' });
    await giveRole(owner, id, admin, 'ADMIN');
    await block(owner, asker);
    const request = present((await asker.ask(JoinGroupDocument, { inviteCode, message: 'hello' })).joinGroup);
    expect(request.status).toBe('PENDING');
    const waiting = async (person: Person) => (await readGroup(person, id)).group.joinRequests?.edges.map(({ node }) => node.id);
    expect([await waiting(owner), await waiting(admin)]).toEqual([[], [request.id]]);
    expect(codesOf(await owner.execute(AnswerJoinRequestDocument, { id: request.id, accept: true }))).toEqual(['NOT_FOUND']);
    await unblock(owner, asker);
    expect(await waiting(owner)).toEqual([request.id]);
    await block(owner, asker);
    expect((await admin.ask(AnswerJoinRequestDocument, { id: request.id, accept: true })).answerJoinRequest?.status).toBe('ACCEPTED');
  });
});

describe('read marks', () => {
  it.each(['blocker', 'blocked'] as const)('of the %s are shown to the other one as they were, until the block is over', async (who) => {
    const { blocker, blocked } = await registerFriends(app, tables, 'blocker', 'blocked');
    const [reader, writer] = who === 'blocker' ? [blocker, blocked] : [blocked, blocker];
    const sent = [
      await sendText(writer, reader.user.id, 'one'),
      await sendText(writer, reader.user.id, 'two'),
      await sendText(writer, reader.user.id, 'three'),
    ];
    const { id } = present(sent[0]).conversation;
    const shown = async () => present((await writer.ask(ConversationDocument, { id })).conversation).peerReadSeq;
    const read = async (seq: number) => present((await reader.ask(MarkReadDocument, { conversationId: id, seq })).markRead).readSeq;
    await read(1);
    await block(blocker, blocked);
    expect([await read(2), await shown()]).toEqual([2, 1]);
    expect([await read(3), await shown()]).toEqual([3, 1]);
    await unblock(blocker, blocked);
    expect(await shown()).toBe(1);
    expect([await read(3), await shown()]).toEqual([3, 3]);
  });

  it('move with the first message after the block', async () => {
    const { blocker, blocked } = await registerFriends(app, tables, 'blocker', 'blocked');
    const { conversation } = await sendText(blocked, blocker.user.id, 'one');
    await block(blocker, blocked);
    await blocker.ask(MarkReadDocument, { conversationId: conversation.id, seq: 1 });
    await unblock(blocker, blocked);
    await sendText(blocker, conversation.id, 'two');
    expect((await blocked.ask(ConversationDocument, { id: conversation.id })).conversation).toMatchObject({ peerReadSeq: 2 });
  });
});

describe('a mention by somebody whom one has blocked', () => {
  it('is seen, and counts in no unreadMentionCount, by name or as everyone, until the block is over', async () => {
    const { owner, reader, other } = await registerFriends(app, tables, 'owner', 'reader', 'other');
    const { id } = await createGroup(owner, [reader, other]);
    const name = (from: Person, more: { readonly mentions?: string[]; readonly mentionsEveryone?: boolean }) =>
      from.ask(SendMessageDocument, { input: { to: id, clientId: randomUUID(), content: { text: 'you' }, ...more } });
    const counts = async (person: Person) => {
      const { conversation } = await person.ask(CarriedInDocument, { id });
      return [present(conversation).unreadMentionCount, present(conversation).unreadCount];
    };
    await name(owner, { mentionsEveryone: true });
    await name(other, { mentions: [reader.user.id] });
    expect(await counts(reader)).toEqual([2, 2]);
    await block(reader, owner);
    expect(await counts(reader)).toEqual([1, 2]);
    await block(reader, other);
    await name(other, { mentions: [reader.user.id, owner.user.id] });
    expect(await counts(reader)).toEqual([0, 3]);
    // Others are not concerned by it.
    expect(await counts(owner)).toEqual([1, 2]);
    await unblock(reader, other);
    expect(await counts(reader)).toEqual([2, 3]);
  });
});
