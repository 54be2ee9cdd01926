import { beforeAll, describe, expect, it } from 'vitest';
import {
  DissolveGroupDocument,
  EventsDocument,
  JoinGroupDocument,
  LeaveGroupDocument,
  RegisterDocument,
  RemoveMemberDocument,
  UpdateGroupDocument,
  UpdateMemberDocument,
  UpdateUserDocument,
} from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { codesOf, present } from '../support/client.ts';
import { createGroup, giveRole, idsOf, memberIdOf, openTables, readGroup, registerFriends } from '../support/groups.ts';
import { adminEnv, loginAdmin, loginAgain, type Person, registerUser, registerVisitor } from '../support/people.ts';

let app: TestApp;
let tables: Awaited<ReturnType<typeof openTables>>;
let root: Person;
beforeAll(async () => {
  app = await startApp(adminEnv);
  tables = await openTables(app);
  root = await loginAdmin(app);
});

const setEnabled = (person: Person, enabled: boolean) => root.ask(UpdateUserDocument, { userId: person.user.id, enabled });
const ownersOf = async (reader: Person, id: string) =>
  (await readGroup(reader, id, { first: 100 })).group.members?.edges.filter(({ node }) => node.role === 'OWNER').map(({ node }) => node.user.id);
const ownedBy = (reader: Person, id: string, owner: Person) => expect.poll(() => ownersOf(reader, id), { timeout: 20_000 }).toEqual([owner.user.id]);

describe('a group whose owner is disabled (G3)', () => {
  it('goes to the enabled admin who has been there for longest, with a notice, and whoever had it is an admin', async () => {
    const { owner, gone, first, second, member } = await registerFriends(app, tables, 'owner', 'gone', 'first', 'second', 'member');
    const { id, inviteCode } = await createGroup(owner, []);
    for (const person of [member, gone, first, second]) await person.ask(JoinGroupDocument, { inviteCode });
    for (const person of [second, first, gone]) await giveRole(owner, id, person, 'ADMIN');
    await setEnabled(gone, false);
    const stream = member.socket().subscribe(EventsDocument, {});
    await stream.until((data) => data.events.__typename === 'CaughtUp');
    await setEnabled(owner, false);
    const { events } = await stream.until((data) => data.events.__typename === 'MembersChanged', 'MembersChanged');
    expect(events).toMatchObject({
      members: expect.arrayContaining([
        expect.objectContaining({ role: 'OWNER', user: expect.objectContaining({ id: first.user.id }) }),
        expect.objectContaining({ role: 'ADMIN', user: expect.objectContaining({ id: owner.user.id }) }),
      ]),
    });
    await ownedBy(member, id, first);
    expect(codesOf(await first.execute(UpdateGroupDocument, { input: { conversationId: id, resetInviteCode: true } }))).toEqual([]);
    expect((await first.ask(DissolveGroupDocument, { conversationId: id })).dissolveGroup).toBe(true);
  });

  it('goes to the member who has been there for longest where there is no admin, muted or not; a visitor is passed over', async () => {
    const { owner, member, later } = await registerFriends(app, tables, 'owner', 'member', 'later');
    const visitor = await registerVisitor(app);
    const { id, inviteCode } = await createGroup(owner, []);
    for (const person of [visitor, member, later]) await person.ask(JoinGroupDocument, { inviteCode });
    await owner.ask(UpdateMemberDocument, { memberId: memberIdOf(id, member), mutedUntil: '2099-01-01T00:00:00.000Z' });
    await setEnabled(owner, false);
    await ownedBy(later, id, member);
    expect((await readGroup(member, id)).group.viewerMember?.mutedUntil).toBeNull();
  });

  it('of many groups each goes to somebody, whoever disables both of those who come first', async () => {
    const { owner, next, last } = await registerFriends(app, tables, 'owner', 'next', 'last');
    const groups = await Promise.all(Array.from({ length: 5 }, () => createGroup(owner, [next, last])));
    for (const { id } of groups) await giveRole(owner, id, next, 'ADMIN');
    await Promise.all([setEnabled(owner, false), setEnabled(next, false)]);
    for (const { id } of groups) await ownedBy(last, id, last);
  });

  it('stays as it is where nobody is there, and goes to the first who joins', async () => {
    const { owner } = await registerFriends(app, tables, 'owner');
    const [visitor, guest, joiner] = [await registerVisitor(app), await registerVisitor(app), await registerUser(app)];
    const { id, inviteCode } = await createGroup(owner, []);
    await visitor.ask(JoinGroupDocument, { inviteCode });
    await setEnabled(owner, false);
    await expect.poll(() => tables.read((tx) => tx.db.selectFrom('OwnerJob').selectAll().execute()), { timeout: 20_000 }).toEqual([]);
    expect(await ownersOf(visitor, id)).toEqual([owner.user.id]);
    await guest.ask(JoinGroupDocument, { inviteCode });
    await joiner.ask(JoinGroupDocument, { inviteCode });
    await ownedBy(visitor, id, joiner);
  });

  it('goes to a member whose account is enabled again', async () => {
    const { owner, member } = await registerFriends(app, tables, 'owner', 'member');
    const visitor = await registerVisitor(app);
    const { id, inviteCode } = await createGroup(owner, [member]);
    await visitor.ask(JoinGroupDocument, { inviteCode });
    await setEnabled(member, false);
    await setEnabled(owner, false);
    await expect.poll(() => tables.read((tx) => tx.db.selectFrom('OwnerJob').selectAll().execute()), { timeout: 20_000 }).toEqual([]);
    expect(await ownersOf(visitor, id)).toEqual([owner.user.id]);
    await setEnabled(member, true);
    await ownedBy(visitor, id, member);
  });

  it('goes to a visitor who registers', async () => {
    const { owner } = await registerFriends(app, tables, 'owner');
    const deviceId = crypto.randomUUID();
    const visitor = await registerVisitor(app, deviceId);
    const { id, inviteCode } = await createGroup(owner, []);
    await visitor.ask(JoinGroupDocument, { inviteCode });
    await setEnabled(owner, false);
    const input = { username: `reg_${Date.now() % 1_000_000}`, password: 'correct horse battery', deviceId };
    const { register } = await app.ask(RegisterDocument, { input });
    const user: Person = { ...visitor, ask: (document, variables) => app.ask(document, variables, { token: present(register).token }) };
    await ownedBy(user, id, visitor);
  });

  it('is the owner’s again who is enabled before anybody has come', async () => {
    const { owner } = await registerFriends(app, tables, 'owner');
    const { id, inviteCode } = await createGroup(owner, []);
    await setEnabled(owner, false);
    await setEnabled(owner, true);
    const joiner = await registerUser(app);
    await joiner.ask(JoinGroupDocument, { inviteCode });
    await expect.poll(() => tables.read((tx) => tx.db.selectFrom('OwnerJob').selectAll().execute()), { timeout: 20_000 }).toEqual([]);
    expect(await ownersOf(joiner, id)).toEqual([owner.user.id]);
    const again = await loginAgain(owner);
    expect(codesOf(await again.execute(RemoveMemberDocument, { memberId: memberIdOf(id, joiner) }))).toEqual([]);
  });

  it('is taken up again after a start, one that is waiting since before this version too', async () => {
    const { owner, member } = await registerFriends(app, tables, 'owner', 'member');
    const { id } = await createGroup(owner, [member]);
    const [ownerId = 0] = await idsOf(tables, [owner.user]);
    // As the migration leaves it.
    await tables.transaction(async (tx) => {
      await tx.db.updateTable('User').set({ enabled: 0 }).where('id', '=', ownerId).execute();
      await tx.db.insertInto('OwnerJob').values({ userId: ownerId, doneUpTo: 0 }).execute();
    });
    await ownedBy(member, id, member);
  });
});

describe('handing over', () => {
  it.each(['OWNER', 'ADMIN'] as const)('a disabled account is not made %s', async (role) => {
    const { owner, member } = await registerFriends(app, tables, 'owner', 'member');
    const { id } = await createGroup(owner, [member]);
    await setEnabled(member, false);
    const answer = await owner.execute(UpdateMemberDocument, { memberId: memberIdOf(id, member), role });
    expect(answer.errors.map(({ extensions }) => [extensions?.code, extensions?.field])).toEqual([['BAD_USER_INPUT', 'role']]);
  });

  it('while the next owner is disabled, or leaves: the group has one owner, who is enabled', async () => {
    for (let round = 0; round < 4; round += 1) {
      const { owner, member, third } = await registerFriends(app, tables, 'owner', 'member', 'third');
      const { id } = await createGroup(owner, [member, third]);
      const handing = owner.execute(UpdateMemberDocument, { memberId: memberIdOf(id, member), role: 'OWNER' });
      if (round % 2 === 0) await setEnabled(member, false);
      else await member.execute(LeaveGroupDocument, { conversationId: id });
      await handing;
      await expect.poll(() => tables.read((tx) => tx.db.selectFrom('OwnerJob').selectAll().execute()), { timeout: 20_000 }).toEqual([]);
      const owners = present(await ownersOf(third, id));
      expect(owners).toHaveLength(1);
      if (round % 2 === 0) expect(owners).not.toContain(member.user.id);
    }
  });
});
