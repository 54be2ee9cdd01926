import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  AnswerJoinRequestDocument,
  DissolveGroupDocument,
  InviteToGroupDocument,
  JoinGroupDocument,
  LeaveGroupDocument,
  MarkReadDocument,
  RecallMessageDocument,
  RemoveMemberDocument,
  SendMessageDocument,
  SetTypingDocument,
  UpdateGroupDocument,
  type UpdateGroupInput,
  UpdateMemberDocument,
  type UpdateMemberMutationVariables,
} from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { type Answer, codesOf, dataOf, present } from '../support/client.ts';
import { createGroup, giveRole, insertFriendsOf, memberIdOf, openTables, readGroup, registerFriends } from '../support/groups.ts';
import { type Person, registerUser, registerVisitor, sendText } from '../support/people.ts';

type Name = 'owner' | 'admin' | 'peer' | 'member' | 'other' | 'stranger' | 'former' | 'extra' | 'asker';

let app: TestApp;
let people: Record<Name, Person>;
beforeAll(async () => {
  app = await startApp();
  people = await registerFriends(app, await openTables(app), 'owner', 'admin', 'peer', 'member', 'other', 'stranger', 'former', 'extra', 'asker');
});

interface Scene {
  readonly id: string;
  readonly inviteCode: string;
  /** A message of each of them. */
  readonly messages: Partial<Record<Name, string>>;
  readonly requestId: string;
}

/** A group with two admins (admin, peer), two members (member, other), one who has left and one who waits. */
async function createScene(): Promise<Scene> {
  const { owner, admin, peer, member, other, former, asker } = people;
  const { id, inviteCode } = await createGroup(owner, [admin, peer, member, other, former], { joinPolicy: 'APPROVAL' });
  await giveRole(owner, id, admin, 'ADMIN');
  await giveRole(owner, id, peer, 'ADMIN');
  await former.ask(LeaveGroupDocument, { conversationId: id });
  const request = await asker.ask(JoinGroupDocument, { inviteCode });
  const messages: Partial<Record<Name, string>> = {};
  for (const name of ['owner', 'peer', 'other'] as const) messages[name] = (await sendText(people[name], id, name)).id;
  return { id, inviteCode, messages, requestId: present(request.joinGroup).id };
}

type Act = (actor: Person, scene: Scene) => Promise<Answer<unknown>>;

const update =
  (changes: Omit<UpdateGroupInput, 'conversationId'>): Act =>
  (actor, { id }) =>
    actor.execute(UpdateGroupDocument, { input: { conversationId: id, ...changes } });
const change =
  (target: Name | 'self', changes: Omit<UpdateMemberMutationVariables, 'memberId'>): Act =>
  (actor, { id }) =>
    actor.execute(UpdateMemberDocument, { memberId: memberIdOf(id, target === 'self' ? actor : people[target]), ...changes });
const remove =
  (target: Name): Act =>
  (actor, { id }) =>
    actor.execute(RemoveMemberDocument, { memberId: memberIdOf(id, people[target]) });
const recall =
  (target: Name): Act =>
  (actor, { messages }) =>
    actor.execute(RecallMessageDocument, { id: present(messages[target]) });
const later = new Date(Date.now() + 3_600_000).toISOString();

const [yes, no] = ['', 'FORBIDDEN'] as const;

/** What an owner, an admin and a member may do (G3). To everybody else there is no such thing. */
const rights: readonly (readonly [what: string, act: Act, owner: string, admin: string, member: string])[] = [
  ['rename', update({ name: 'Another' }), yes, yes, no],
  ['announce', update({ announcement: 'Hear!' }), yes, yes, no],
  ['change the picture', update({ avatar: 'https://example.com/a.png' }), yes, yes, no],
  ['change who comes in', update({ joinPolicy: 'OPEN' }), yes, no, no],
  ['reset the invite code', update({ resetInviteCode: true }), yes, no, no],
  ['show the history', update({ showsHistory: true }), yes, no, no],
  ['invite', (actor, { id }) => actor.execute(InviteToGroupDocument, { conversationId: id, userIds: [people.extra.user.id] }), yes, yes, yes],
  ['let somebody in', (actor, { requestId }) => actor.execute(AnswerJoinRequestDocument, { id: requestId, accept: true }), yes, yes, no],
  ['refuse somebody', (actor, { requestId }) => actor.execute(AnswerJoinRequestDocument, { id: requestId, accept: false }), yes, yes, no],
  ['make an admin', change('other', { role: 'ADMIN' }), yes, no, no],
  ['unmake an admin', change('peer', { role: 'MEMBER' }), yes, no, no],
  ['hand the group over', change('other', { role: 'OWNER' }), yes, no, no],
  ['name themselves', change('self', { nickname: 'I' }), yes, yes, yes],
  ['name a member', change('other', { nickname: 'You' }), yes, yes, no],
  ['name an admin', change('peer', { nickname: 'You' }), yes, no, no],
  ['mute a member', change('other', { mutedUntil: later }), yes, yes, no],
  ['mute an admin', change('peer', { mutedUntil: later }), yes, no, no],
  ['mute the owner', change('owner', { mutedUntil: later }), no, no, no],
  ['mute themselves', change('self', { mutedUntil: later }), no, no, no],
  ['step down', change('self', { role: 'MEMBER' }), no, no, no],
  ['remove a member', remove('other'), yes, yes, no],
  ['remove an admin', remove('peer'), yes, no, no],
  ['remove the owner', remove('owner'), no, no, no],
  ["recall a member's message", recall('other'), yes, yes, no],
  ["recall an admin's message", recall('peer'), yes, no, no],
  ["recall the owner's message", recall('owner'), yes, no, no],
  ['write', (actor, { id }) => actor.execute(SendMessageDocument, { input: { to: id, clientId: randomUUID(), content: { text: 'hello' } } }), yes, yes, yes],
  ['mark as read', (actor, { id }) => actor.execute(MarkReadDocument, { conversationId: id, seq: 1 }), yes, yes, yes],
  ['type', (actor, { id }) => actor.execute(SetTypingDocument, { conversationId: id }), yes, yes, yes],
  ['leave', (actor, { id }) => actor.execute(LeaveGroupDocument, { conversationId: id }), no, yes, yes],
  ['dissolve', (actor, { id }) => actor.execute(DissolveGroupDocument, { conversationId: id }), yes, no, no],
];

describe('who may (G3)', () => {
  it.each(rights)('%s', async (_what, act, owner, admin, member) => {
    const expected = { stranger: 'NOT_FOUND', former: 'NOT_FOUND', member, admin, owner } as const;
    let scene = await createScene();
    for (const [name, code] of Object.entries(expected)) {
      const actor = present(Object.entries(people).find(([key]) => key === name))[1];
      expect(`${name}: ${codesOf(await act(actor, scene)).join()}`).toBe(`${name}: ${code}`);
      if (code === yes) scene = await createScene();
    }
  });

  it('nothing of it in a conversation of two', async () => {
    const { owner, other } = people;
    const { conversation } = await sendText(owner, other.user.id, 'hello');
    const scene: Scene = { id: conversation.id, inviteCode: '', messages: {}, requestId: '' };
    const acts = rights.filter(
      ([what]) => !['write', 'mark as read', 'type', 'refuse somebody', 'let somebody in'].includes(what) && !what.startsWith('recall'),
    );
    for (const [what, act] of acts) expect(`${what}: ${codesOf(await act(owner, scene)).join()}`).toBe(`${what}: NOT_FOUND`);
  });

  it('visitors: they write and leave, and can be nothing more than members', async () => {
    const { owner } = people;
    const visitor = await registerVisitor(app);
    const { id, inviteCode } = await createGroup(owner, []);
    await visitor.ask(JoinGroupDocument, { inviteCode });
    await sendText(visitor, id, 'hello');
    const answers = await Promise.all(
      (['ADMIN', 'OWNER'] as const).map((role) => owner.execute(UpdateMemberDocument, { memberId: memberIdOf(id, visitor), role })),
    );
    expect(answers.map((answer) => answer.errors[0]?.extensions)).toMatchObject([
      { code: 'BAD_USER_INPUT', field: 'role' },
      { code: 'BAD_USER_INPUT', field: 'role' },
    ]);
    expect(codesOf(await visitor.execute(InviteToGroupDocument, { conversationId: id, userIds: [owner.user.id] }))).toEqual(['VISITOR_FORBIDDEN']);
    expect(dataOf(await visitor.execute(LeaveGroupDocument, { conversationId: id }))).toEqual({ leaveGroup: true });
  });
});

describe('at the same moment', () => {
  const count = 8;

  it('of many who join only as many get in as there is room for', async () => {
    const small = await startApp({ GROUP_MEMBERS: '3' });
    const owner = await registerUser(small);
    const { id, inviteCode } = await createGroup(owner, []);
    const joiners = await Promise.all(Array.from({ length: count }, () => registerVisitor(small)));
    const answers = await Promise.all(joiners.map((joiner) => joiner.execute(JoinGroupDocument, { inviteCode })));
    expect(answers.flatMap(codesOf).toSorted()).toEqual(Array.from({ length: count - 2 }, () => 'CONFLICT'));
    const { group } = await readGroup(owner, id);
    expect([group.memberCount, group.members?.edges.length]).toEqual([3, 3]);
  });

  it('whoever joins while the group is dissolved is in before it or not at all', async () => {
    for (let round = 0; round < 3; round += 1) {
      const { id, inviteCode } = await createGroup(people.owner, []);
      const joiners = await Promise.all(Array.from({ length: count }, () => registerVisitor(app)));
      const joining = joiners.map((joiner) => joiner.execute(JoinGroupDocument, { inviteCode }));
      expect(codesOf(await people.owner.execute(DissolveGroupDocument, { conversationId: id }))).toEqual([]);
      for (const answer of await Promise.all(joining)) expect(['', 'NOT_FOUND']).toContain(codesOf(answer).join());
      for (const joiner of joiners)
        expect(codesOf(await joiner.execute(SendMessageDocument, { input: { to: id, clientId: randomUUID(), content: { text: 'x' } } }))).toEqual([
          'NOT_FOUND',
        ]);
    }
  });

  it('no message of somebody commits after removeMember, or a muting, has answered', async () => {
    const { owner, member } = people;
    for (const act of [remove('member'), change('member', { mutedUntil: later })]) {
      const { id, inviteCode } = await createGroup(owner, [member]);
      let over = false;
      const sending = Array.from({ length: 4 }, async () => {
        let sent = 0;
        for (;;) {
          const late = over;
          const answer = await member.execute(SendMessageDocument, { input: { to: id, clientId: randomUUID(), content: { text: 'x' } } });
          if (answer.errors.length > 0) return sent;
          if (late) throw new Error('a message was accepted after the answer');
          sent += 1;
        }
      });
      await expect.poll(async () => (await readGroup(owner, id)).lastSeq).toBeGreaterThan(4);
      expect(codesOf(await act(owner, { id, inviteCode, messages: {}, requestId: '' }))).toEqual([]);
      over = true;
      expect((await Promise.all(sending)).reduce((sum, sent) => sum + sent, 0)).toBeGreaterThan(0);
    }
  });

  it('20 joins, leaves, invitations and removals of overlapping people end, and the count is right', async () => {
    const { owner, admin, peer, member, other, extra, former, asker } = people;
    const groups = await Promise.all([0, 1].map(() => createGroup(owner, [admin, peer, member])));
    const crowd = [admin, peer, member, other, extra, former, asker];
    const strangers = await insertFriendsOf(await openTables(app), owner, 5);
    for (let round = 0; round < 3; round += 1) {
      const acts = Array.from({ length: 20 }, (_, index): Promise<Answer<unknown>> => {
        const [somebody, next] = [present(crowd[(index * 3 + round) % crowd.length]), present(crowd[(index * 5 + 1) % crowd.length])];
        const { id, inviteCode } = present(groups[index % 2]);
        if (index % 4 === 0) return somebody.execute(JoinGroupDocument, { inviteCode });
        if (index % 4 === 1) return somebody.execute(LeaveGroupDocument, { conversationId: id });
        if (index % 4 === 2) return owner.execute(RemoveMemberDocument, { memberId: memberIdOf(id, next) });
        return owner.execute(InviteToGroupDocument, { conversationId: id, userIds: [somebody.user.id, next.user.id, ...strangers].toReversed() });
      });
      // Whoever was removed is not let in by the code.
      for (const answer of await Promise.all(acts)) expect(['', 'NOT_FOUND', 'FORBIDDEN']).toContain(codesOf(answer).join());
    }
    for (const { id } of groups) {
      const { group } = await readGroup(owner, id, { first: 100 });
      expect(group.memberCount).toBe(group.members?.edges.length);
      expect(new Set(group.members?.edges.map(({ node }) => node.id)).size).toBe(group.memberCount);
    }
  });
});
