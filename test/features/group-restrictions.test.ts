import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  AnswerJoinRequestDocument,
  EditMessageDocument,
  InviteToGroupDocument,
  JoinGroupDocument,
  LeaveGroupDocument,
  PinMessageDocument,
  ReactDocument,
  RecallMessageDocument,
  RemoveMemberDocument,
  SendMessageDocument,
  SetTypingDocument,
  UnpinMessageDocument,
  UnreactDocument,
  UpdateGroupDocument,
  UpdateMemberDocument,
} from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { type Answer, codesOf, present } from '../support/client.ts';
import { createGroup, giveRole, memberIdOf, openTables, readGroup, registerFriends } from '../support/groups.ts';
import { type Person, sendText } from '../support/people.ts';

let app: TestApp;
let tables: Awaited<ReturnType<typeof openTables>>;
let people: Awaited<ReturnType<typeof registerPeople>>;
const registerPeople = () => registerFriends(app, tables, 'owner', 'admin', 'member', 'friend', 'other');
beforeAll(async () => {
  app = await startApp();
  tables = await openTables(app);
  people = await registerPeople();
});

const until = '2099-01-01T00:00:00.000Z';
const write = (person: Person, to: string) => person.execute(SendMessageDocument, { input: { to, clientId: randomUUID(), content: { text: 'loud' } } });
const mute = (by: Person, id: string, person: Person, mutedUntil: string | null) =>
  by.ask(UpdateMemberDocument, { memberId: memberIdOf(id, person), mutedUntil });
const remove = (by: Person, id: string, person: Person) => by.ask(RemoveMemberDocument, { memberId: memberIdOf(id, person) });
const invite = (by: Person, id: string, person: Person) => by.execute(InviteToGroupDocument, { conversationId: id, userIds: [person.user.id] });

interface Place {
  readonly id: string;
  readonly inviteCode: string;
}

/** A group with an admin and two members: "member" is the one about whom it is. */
async function createPlace(): Promise<Place> {
  const { owner, admin, member, friend } = people;
  const { id, inviteCode } = await createGroup(owner, [admin, member, friend]);
  await giveRole(owner, id, admin, 'ADMIN');
  return { id, inviteCode };
}

const waysOut: Readonly<Record<string, (place: Place) => Promise<unknown>>> = {
  'who left': ({ id }) => people.member.ask(LeaveGroupDocument, { conversationId: id }),
  'who was removed': ({ id }) => remove(people.admin, id, people.member),
};

/** A request that waits, of whoever was proposed, is answered by the admin. */
async function propose({ id }: Place): Promise<Answer<unknown>> {
  const { owner, admin, member, friend } = people;
  await owner.ask(UpdateGroupDocument, { input: { conversationId: id, joinPolicy: 'APPROVAL' } });
  await friend.ask(InviteToGroupDocument, { conversationId: id, userIds: [member.user.id] });
  const request = present((await readGroup(admin, id)).group.joinRequests?.edges[0]).node;
  return await admin.execute(AnswerJoinRequestDocument, { id: request.id, accept: true });
}

/** Each way in, and what comes of it for somebody who was removed. */
const waysIn: Readonly<Record<string, readonly [(place: Place) => Promise<Answer<unknown>>, ofRemoved: string]>> = {
  'by the invite code': [({ inviteCode }) => people.member.execute(JoinGroupDocument, { inviteCode }), 'FORBIDDEN'],
  'by a member': [({ id }) => invite(people.friend, id, people.member), 'FORBIDDEN'],
  'by an admin': [({ id }) => invite(people.admin, id, people.member), ''],
  'by the owner': [({ id }) => invite(people.owner, id, people.member), ''],
  'proposed by a member and let in by an admin': [propose, ''],
};

describe('what a group lays on somebody lasts (G3, G7)', () => {
  for (const [out, goOut] of Object.entries(waysOut))
    for (const [way, [comeIn, ofRemoved]] of Object.entries(waysIn)) {
      const isBarred = out === 'who was removed' && ofRemoved !== '';
      it(`a muted one ${out} and comes in ${way} is ${isBarred ? 'not let in' : 'muted as before'}`, async () => {
        const { owner, member } = people;
        const place = await createPlace();
        await mute(owner, place.id, member, until);
        await goOut(place);
        expect(codesOf(await comeIn(place)).join()).toBe(isBarred ? ofRemoved : '');
        const answer = await write(member, place.id);
        if (isBarred) expect(codesOf(answer)).toEqual(['NOT_FOUND']);
        else expect(answer.errors[0]?.extensions).toMatchObject({ code: 'MUTED', until });
        if (isBarred) return;
        const { group } = await readGroup(member, place.id);
        expect([group.viewerMember?.mutedUntil, group.viewerMember?.role]).toEqual([until, 'MEMBER']);
        await mute(owner, place.id, member, null);
        expect(codesOf(await write(member, place.id))).toEqual([]);
      });
    }

  it('a mute whose time comes while somebody is away is over', async () => {
    const { owner, member } = people;
    const { id, inviteCode } = await createPlace();
    await mute(owner, id, member, new Date(Date.now() + 700).toISOString());
    expect(codesOf(await write(member, id))).toEqual(['MUTED']);
    await member.ask(LeaveGroupDocument, { conversationId: id });
    await member.ask(JoinGroupDocument, { inviteCode });
    await expect.poll(async () => codesOf(await write(member, id)).join(), { timeout: 20_000 }).toBe('');
  });

  it.each(['APPROVAL', 'USERS_ONLY'] as const)('whoever was removed cannot ask to be let in either, under %s', async (joinPolicy) => {
    const { owner, admin, member } = people;
    const place = await createPlace();
    await remove(owner, place.id, member);
    await owner.ask(UpdateGroupDocument, { input: { conversationId: place.id, joinPolicy } });
    expect(codesOf(await member.execute(JoinGroupDocument, { inviteCode: place.inviteCode }))).toEqual(['FORBIDDEN']);
    expect((await readGroup(admin, place.id)).group.joinRequests?.edges).toEqual([]);
  });

  it('whoever was brought back and then left comes by the code again', async () => {
    const { owner, member } = people;
    const place = await createPlace();
    await remove(owner, place.id, member);
    expect(codesOf(await invite(owner, place.id, member))).toEqual([]);
    await member.ask(LeaveGroupDocument, { conversationId: place.id });
    expect(codesOf(await member.execute(JoinGroupDocument, { inviteCode: place.inviteCode }))).toEqual([]);
  });

  it('of several whom a member invites none comes in where one was removed', async () => {
    const { owner, friend, member } = people;
    const { id } = await createGroup(owner, [friend, member]);
    await remove(owner, id, member);
    const answer = await friend.execute(InviteToGroupDocument, { conversationId: id, userIds: [people.admin.user.id, member.user.id] });
    expect(answer.errors[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', field: 'userIds' });
    expect((await readGroup(owner, id)).group.memberCount).toBe(2);
  });

  it('a removal and a join at the same moment: out, or never in again', async () => {
    const { owner, member } = people;
    for (let round = 0; round < 5; round += 1) {
      const { id, inviteCode } = await createGroup(owner, [member]);
      const joins = Array.from({ length: 3 }, () => member.execute(JoinGroupDocument, { inviteCode }));
      await remove(owner, id, member);
      for (const answer of await Promise.all(joins)) expect(['', 'FORBIDDEN']).toContain(codesOf(answer).join());
      expect(codesOf(await member.execute(JoinGroupDocument, { inviteCode }))).toEqual(['FORBIDDEN']);
      expect((await readGroup(owner, id)).group.memberCount).toBe(1);
    }
  });
});

describe('whoever is muted', () => {
  type Act = (actor: Person, place: Place, messageId: string) => Promise<Answer<unknown>>;
  const seen: Readonly<Record<string, Act>> = {
    writes: (actor, { id }) => write(actor, id),
    edits: (actor, _place, messageId) => actor.execute(EditMessageDocument, { id: messageId, content: { text: 'louder' } }),
    reacts: (actor, _place, messageId) => actor.execute(ReactDocument, { messageId, emoji: '🎉' }),
    pins: (actor, _place, messageId) => actor.execute(PinMessageDocument, { messageId }),
    types: (actor, { id }) => actor.execute(SetTypingDocument, { conversationId: id }),
    'takes a name': (actor, { id }) => actor.execute(UpdateMemberDocument, { memberId: memberIdOf(id, actor), nickname: 'LOUD' }),
    renames: (actor, { id }) => actor.execute(UpdateGroupDocument, { input: { conversationId: id, name: 'LOUD' } }),
    announces: (actor, { id }) => actor.execute(UpdateGroupDocument, { input: { conversationId: id, announcement: 'LOUD' } }),
    'changes the picture': (actor, { id }) => actor.execute(UpdateGroupDocument, { input: { conversationId: id, avatar: 'https://example.com/a.png' } }),
    invites: (actor, { id }) => invite(actor, id, people.other),
    removes: (actor, { id }) => actor.execute(RemoveMemberDocument, { memberId: memberIdOf(id, people.member) }),
    'names others': (actor, { id }) => actor.execute(UpdateMemberDocument, { memberId: memberIdOf(id, people.member), nickname: 'LOUD' }),
  };
  it.each(Object.entries(seen))('%s not: MUTED, and when it is over as before', async (_what, act) => {
    const { owner, admin } = people;
    const place = await createPlace();
    const { id: messageId } = await sendText(admin, place.id, 'mine');
    await mute(owner, place.id, admin, until);
    expect((await act(admin, place, messageId)).errors.map(({ extensions }) => [extensions?.code, extensions?.until])).toEqual([['MUTED', until]]);
    await mute(owner, place.id, admin, null);
    expect(codesOf(await act(admin, place, messageId))).toEqual([]);
  });

  it('neither takes back nor unpins what is another’s, until it is over', async () => {
    const { owner, admin, member } = people;
    const place = await createPlace();
    const { id } = await sendText(member, place.id, 'of the member');
    await owner.ask(PinMessageDocument, { messageId: id });
    const acts = [() => admin.execute(UnpinMessageDocument, { messageId: id }), () => admin.execute(RecallMessageDocument, { id })];
    await mute(owner, place.id, admin, until);
    for (const act of acts) expect((await act()).errors.map(({ extensions }) => [extensions?.code, extensions?.until])).toEqual([['MUTED', until]]);
    await mute(owner, place.id, admin, null);
    for (const act of acts) expect(codesOf(await act())).toEqual([]);
  });

  it('may read, take back what is their own, and leave', async () => {
    const { owner, member } = people;
    const place = await createPlace();
    const { id: messageId } = await sendText(member, place.id, 'mine');
    await member.ask(ReactDocument, { messageId, emoji: '🎉' });
    await mute(owner, place.id, member, until);
    expect(codesOf(await member.execute(UnreactDocument, { messageId, emoji: '🎉' }))).toEqual([]);
    expect(codesOf(await member.execute(RecallMessageDocument, { id: messageId }))).toEqual([]);
    expect(codesOf(await member.execute(LeaveGroupDocument, { conversationId: place.id }))).toEqual([]);
  });
});
