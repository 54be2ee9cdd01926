import { beforeAll, describe, expect, it } from 'vitest';
import {
  AnswerJoinRequestDocument,
  BlockUserDocument,
  CreateGroupDocument,
  InviteToGroupDocument,
  IssueSessionDocument,
  UpdateGroupDocument,
} from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { outcomeOf, present } from '../support/client.ts';
import { insertProvider, upsertUser } from '../support/external-users.ts';
import { readGroup } from '../support/groups.ts';
import { adminEnv, loginAdmin, makeFriends, type Person, personOf, registerUser } from '../support/people.ts';
import { type KeyClient, keyClient } from '../support/server-keys.ts';

let app: TestApp;
let admin: Person;
let shop: KeyClient;
beforeAll(async () => {
  app = await startApp(adminEnv);
  admin = await loginAdmin(app);
  await insertProvider(app, 'shop');
  await insertProvider(app, 'club');
  shop = await keyClient(app, ['USERS', 'SESSIONS', 'ACT'], admin);
});

const makePerson = async (provider = 'shop') => {
  const { id } = await upsertUser(shop, { provider });
  return personOf(app, (await shop.ask(IssueSessionDocument, { input: { person: { userId: id } } })).issueSession);
};
const create = (by: KeyClient | Person, people: readonly Person[]) =>
  by.execute(CreateGroupDocument, { input: { memberIds: people.map(({ user }) => user.id) } });
const invite = (by: KeyClient | Person, conversationId: string, people: readonly Person[]) =>
  by.execute(InviteToGroupDocument, { conversationId, userIds: people.map(({ user }) => user.id) });

describe('a server that acts as somebody', () => {
  it('puts people of the same provider into a group, friends or not, and the person does not', async () => {
    const [host, one, other] = [await makePerson(), await makePerson(), await makePerson()];
    expect(outcomeOf(await create(host, [one]))).toBe('FRIENDSHIP_REQUIRED memberIds');
    const made = await create(shop.actingAs(host), [one]);
    const { id } = present(made.data?.createGroup);
    expect(outcomeOf(await invite(host, id, [other]))).toBe('FRIENDSHIP_REQUIRED userIds');
    expect(outcomeOf(await invite(shop.actingAs(host), id, [other]))).toBe('OK');
    expect((await readGroup(other, id)).group.memberCount).toBe(3);
  });

  it('is held by a block of either', async () => {
    const [host, one, other] = [await makePerson(), await makePerson(), await makePerson()];
    await one.ask(BlockUserDocument, { userId: host.user.id });
    await host.ask(BlockUserDocument, { userId: other.user.id });
    expect(outcomeOf(await create(shop.actingAs(host), [one]))).toBe('BLOCKED memberIds');
    expect(outcomeOf(await create(shop.actingAs(host), [other]))).toBe('BLOCKED_BY_YOU memberIds');
  });

  it('needs a friendship with everybody else', async () => {
    const [host, own, elsewhere, plain] = [await makePerson(), await registerUser(app), await makePerson('club'), await registerUser(app)];
    for (const stranger of [own, elsewhere]) expect(outcomeOf(await create(shop.actingAs(host), [stranger]))).toBe('FRIENDSHIP_REQUIRED memberIds');
    expect(outcomeOf(await create(shop.actingAs(plain), [own]))).toBe('FRIENDSHIP_REQUIRED memberIds');
    await makeFriends(host, own);
    expect(outcomeOf(await create(shop.actingAs(host), [own]))).toBe('OK');
  });

  it('proposes them where members only propose, and they are let in', async () => {
    const [owner, member, one] = [await makePerson(), await makePerson(), await makePerson()];
    const { id } = present((await create(shop.actingAs(owner), [member])).data?.createGroup);
    await owner.ask(UpdateGroupDocument, { input: { conversationId: id, joinPolicy: 'APPROVAL' } });
    expect(outcomeOf(await invite(shop.actingAs(member), id, [one]))).toBe('OK');
    const [request] = present((await readGroup(owner, id)).group.joinRequests).edges;
    expect(outcomeOf(await owner.execute(AnswerJoinRequestDocument, { id: present(request).node.id, accept: true }))).toBe('OK');
    expect((await readGroup(one, id)).group.memberCount).toBe(3);
  });
});
