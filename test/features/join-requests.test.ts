import { beforeAll, describe, expect, it } from 'vitest';
import {
  AnswerJoinRequestDocument,
  BlockUserDocument,
  DissolveGroupDocument,
  GroupEventsDocument,
  InviteToGroupDocument,
  JoinGroupDocument,
  LeaveGroupDocument,
  WithdrawJoinRequestDocument,
} from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { codesOf, dataOf, present } from '../support/client.ts';
import { overHttp } from '../support/doors.ts';
import { createGroup, giveRole, openTables, readGroup, registerFriends } from '../support/groups.ts';
import { type Person, registerUser, registerVisitor } from '../support/people.ts';

let app: TestApp;
let tables: Awaited<ReturnType<typeof openTables>>;
beforeAll(async () => {
  app = await startApp();
  tables = await openTables(app);
});

const join = async (person: Person, inviteCode: string) => present(dataOf(await person.execute(JoinGroupDocument, { inviteCode })).joinGroup);
const withdraw = (person: Person, id: string) => person.execute(WithdrawJoinRequestDocument, { id });
const waiting = async (person: Person, id: string) => (await readGroup(person, id)).group.joinRequests?.edges.map(({ node }) => node.id);

/** A group with an admin and a member, and somebody who waits. */
async function createScene(asker?: Person) {
  const { owner, admin, member, friend } = await registerFriends(app, tables, 'owner', 'admin', 'member', 'friend');
  const { id, inviteCode } = await createGroup(owner, [admin, member], { joinPolicy: 'APPROVAL' });
  await giveRole(owner, id, admin, 'ADMIN');
  const person = asker ?? (await registerUser(app));
  const request = await join(person, inviteCode);
  return { owner, admin, member, friend, asker: person, id, inviteCode, request };
}

describe('joinRequests', () => {
  it('begin anew after one that is gone, and nobody who waits is passed over', async () => {
    const { owner, id, inviteCode, request } = await createScene(await registerVisitor(app));
    const next = await join(await registerUser(app), inviteCode);
    const page = async (after: string | null) => {
      const query = `query ($id: ID!, $after: String) { conversation(id: $id) { group { joinRequests(first: 1, after: $after) { edges { cursor node { id } } } } } }`;
      const answer = JSON.stringify(await overHttp(app, owner.token)(query, JSON.stringify({ id, after })));
      return { id: /"id":"([^"]+)"/.exec(answer)?.[1], cursor: /"cursor":"([^"]+)"/.exec(answer)?.[1] ?? null };
    };
    const first = await page(null);
    expect(first.id).toBe(request.id);
    const uuid = Buffer.from(request.id, 'base64').toString().split(':').at(-1) ?? '';
    await tables.transaction((tx) => tx.db.deleteFrom('JoinRequest').where('uuid', '=', uuid).execute());
    expect((await page(first.cursor)).id).toBe(next.id);
    expect(codesOf(await owner.execute(AnswerJoinRequestDocument, { id: request.id, accept: true }))).toEqual(['NOT_FOUND']);
  });
});

describe('withdrawJoinRequest (G7)', () => {
  it.each(['a user', 'a visitor'] as const)('takes back what %s has asked: those who could answer are told, the same again changes nothing', async (who) => {
    const scene = await createScene(who === 'a visitor' ? await registerVisitor(app) : undefined);
    const { owner, asker, id, request, inviteCode } = scene;
    const stream = owner.socket().subscribe(GroupEventsDocument, {});
    await stream.until(({ events }) => events.__typename === 'CaughtUp');
    expect(dataOf(await withdraw(asker, request.id)).withdrawJoinRequest).toMatchObject({ id: request.id, status: 'CANCELLED' });
    const { events } = await stream.until((data) => data.events.__typename === 'JoinRequestChanged', 'the event');
    expect(events).toMatchObject({ joinRequest: { id: request.id, status: 'CANCELLED' } });
    expect(dataOf(await withdraw(asker, request.id)).withdrawJoinRequest).toMatchObject({ status: 'CANCELLED' });
    expect(stream.waiting()).toEqual([]);
    expect(await waiting(owner, id)).toEqual([]);
    expect(codesOf(await owner.execute(AnswerJoinRequestDocument, { id: request.id, accept: true }))).toEqual(['CONFLICT']);
    const again = await join(asker, inviteCode);
    expect([again.id === request.id, again.status]).toEqual([false, 'PENDING']);
  });

  it('whoever was proposed by a member says no', async () => {
    const { owner, admin, member, friend, id } = await createScene();
    await member.ask(InviteToGroupDocument, { conversationId: id, userIds: [friend.user.id] });
    const [, proposed = ''] = present(await waiting(admin, id));
    expect(codesOf(await withdraw(member, proposed))).toEqual(['NOT_FOUND']);
    expect(codesOf(await withdraw(owner, proposed))).toEqual(['FORBIDDEN']);
    expect(dataOf(await withdraw(friend, proposed)).withdrawJoinRequest?.status).toBe('CANCELLED');
    expect(await waiting(admin, id)).toHaveLength(1);
  });

  it('is nothing for others, and for nobody once it was answered', async () => {
    const { owner, admin, member, asker, id, request } = await createScene();
    const stranger = await registerUser(app);
    expect(codesOf(await withdraw(stranger, request.id))).toEqual(['NOT_FOUND']);
    expect(codesOf(await withdraw(member, request.id))).toEqual(['NOT_FOUND']);
    for (const approver of [owner, admin]) expect(codesOf(await withdraw(approver, request.id))).toEqual(['FORBIDDEN']);
    await admin.ask(BlockUserDocument, { userId: asker.user.id });
    expect(codesOf(await withdraw(admin, request.id))).toEqual(['NOT_FOUND']);
    await owner.ask(AnswerJoinRequestDocument, { id: request.id, accept: true });
    expect((await withdraw(asker, request.id)).errors[0]?.extensions).toMatchObject({ code: 'CONFLICT', field: 'id' });
    await asker.ask(LeaveGroupDocument, { conversationId: id });
    expect(codesOf(await withdraw(asker, request.id))).toEqual(['NOT_FOUND']);
  });

  it('of a group that was dissolved is answered already', async () => {
    const { owner, asker, id, request } = await createScene();
    await owner.ask(DissolveGroupDocument, { conversationId: id });
    expect(codesOf(await withdraw(asker, request.id))).toEqual(['CONFLICT']);
  });

  it('while somebody lets the person in: one of the two', async () => {
    const first = await createScene();
    for (let round = 0; round < 5; round += 1) {
      const asker = await registerUser(app);
      const request = await join(asker, first.inviteCode);
      const [one, other] = await Promise.all([withdraw(asker, request.id), first.owner.execute(AnswerJoinRequestDocument, { id: request.id, accept: true })]);
      expect([codesOf(one).join(), codesOf(other).join()].toSorted()).toEqual(['', 'CONFLICT']);
      const members = (await readGroup(first.owner, first.id, { first: 100 })).group.members?.edges.map(({ node }) => node.user.id) ?? [];
      expect(members.includes(asker.user.id)).toBe(codesOf(other).length === 0);
    }
  });
});

describe('to the same group', () => {
  it('somebody asks three times in a day, and is proposed as often', async () => {
    const limited = await startApp({ RATE_LIMITS: 'on' });
    const database = await openTables(limited);
    const { owner, member, friend, asker } = await registerFriends(limited, database, 'owner', 'member', 'friend', 'asker');
    const { id, inviteCode } = await createGroup(owner, [member], { joinPolicy: 'APPROVAL' });
    for (let round = 0; round < 3; round += 1) dataOf(await withdraw(asker, (await join(asker, inviteCode)).id));
    const refused = await asker.execute(JoinGroupDocument, { inviteCode });
    expect(refused.errors[0]?.extensions).toMatchObject({ code: 'RATE_LIMITED', retryAfterSeconds: expect.any(Number) });
    const propose = () => member.execute(InviteToGroupDocument, { conversationId: id, userIds: [friend.user.id] });
    for (let round = 0; round < 3; round += 1) {
      expect(codesOf(await propose())).toEqual([]);
      const [request = ''] = present(await waiting(owner, id));
      dataOf(await withdraw(friend, request));
    }
    expect(codesOf(await propose())).toEqual(['RATE_LIMITED']);
    // Whoever waits already is given what waits, and those who decide bring in whom they like.
    expect(codesOf(await owner.execute(InviteToGroupDocument, { conversationId: id, userIds: [friend.user.id, asker.user.id] }))).toEqual([]);
  });
});
