import { beforeAll, describe, expect, it } from 'vitest';
import { InviteToGroupDocument, UpdateMemberDocument } from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { codesOf, present, refusalsOf } from '../support/client.ts';
import { createGroup, giveRole, memberIdOf, openTables, readGroup, registerFriends } from '../support/groups.ts';
import type { Person } from '../support/people.ts';
import { watchStatements } from '../support/statements.ts';

let app: TestApp;
let tables: Awaited<ReturnType<typeof openTables>>;
beforeAll(async () => {
  app = await startApp({ GROUP_ADMINS: '2' });
  tables = await openTables(app);
});

describe('of the admins of a group', () => {
  const change = (owner: Person, groupId: string, person: Person, role: 'OWNER' | 'ADMIN' | 'MEMBER') =>
    owner.execute(UpdateMemberDocument, { memberId: memberIdOf(groupId, person), role });
  const full = [['CONFLICT', 'role']];

  it('there are as many as the server allows, and a hand-over makes no further one', async () => {
    const { owner, one, two, three } = await registerFriends(app, tables, 'owner', 'one', 'two', 'three');
    const { id } = await createGroup(owner, [one, two, three]);
    await giveRole(owner, id, one, 'ADMIN');
    await giveRole(owner, id, two, 'ADMIN');
    expect(refusalsOf(await change(owner, id, three, 'ADMIN'))).toEqual(full);
    expect(refusalsOf(await change(owner, id, three, 'OWNER'))).toEqual(full);
    // What is so already, and what makes no more of them.
    expect(codesOf(await change(owner, id, two, 'ADMIN'))).toEqual([]);
    await giveRole(owner, id, one, 'OWNER');
    expect(refusalsOf(await change(one, id, three, 'ADMIN'))).toEqual(full);
    await giveRole(one, id, two, 'MEMBER');
    await giveRole(one, id, three, 'ADMIN');
  });

  it('a group keeps those that it has beyond that, and gets no more until there is room', async () => {
    const { owner, one, two, three, four } = await registerFriends(app, tables, 'owner', 'one', 'two', 'three', 'four');
    const { id } = await createGroup(owner, [one, two, three, four]);
    await giveRole(owner, id, one, 'ADMIN');
    await giveRole(owner, id, two, 'ADMIN');
    const uuid = present(Buffer.from(id, 'base64url').toString().split(':')[1]);
    await tables.transaction(async (tx) => {
      const conversation = await tx.db.selectFrom('Conversation').select('id').where('uuid', '=', uuid).executeTakeFirstOrThrow();
      const third = await tx.db.selectFrom('User').select('id').where('uuid', '=', three.user.uuid).executeTakeFirstOrThrow();
      await tx.db.updateTable('Member').set({ role: 'ADMIN' }).where('logId', '=', conversation.id).where('userId', '=', third.id).execute();
    });
    expect(refusalsOf(await change(owner, id, four, 'ADMIN'))).toEqual(full);
    await giveRole(owner, id, three, 'OWNER');
    expect(refusalsOf(await change(three, id, four, 'ADMIN'))).toEqual(full);
    await giveRole(three, id, owner, 'MEMBER');
    expect(refusalsOf(await change(three, id, four, 'ADMIN'))).toEqual(full);
    await giveRole(three, id, one, 'MEMBER');
    await giveRole(three, id, four, 'ADMIN');
  });

  it('and of whom they have blocked it is asked once for all whom a member proposes', async () => {
    const { owner, member, ...others } = await registerFriends(app, tables, 'owner', 'member', 'a', 'b', 'c', 'd', 'e', 'f');
    const { id } = await createGroup(owner, [member], { joinPolicy: 'APPROVAL' });
    const propose = async (...people: readonly Person[]) => {
      const statements = watchStatements();
      await member.ask(InviteToGroupDocument, { conversationId: id, userIds: people.map(({ user }) => user.id) });
      return statements.take().filter((sql) => /\bis_blocked\b|\brole. in\b/i.test(sql)).length;
    };
    const { a, b, c, d, e, f } = others;
    const ofOne = await propose(a);
    expect(ofOne).toBeGreaterThan(1);
    expect(await propose(b, c, d, e, f)).toBe(ofOne);
    expect((await readGroup(owner, id)).group.joinRequests?.edges).toHaveLength(6);
  });
});
