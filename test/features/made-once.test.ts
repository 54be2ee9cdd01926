import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { schema } from '../../src/schema.ts';
import {
  AnswerFriendRequestDocument,
  AnswerJoinRequestDocument,
  BlockUserDocument,
  ConversationsDocument,
  CreateGroupDocument,
  DissolveGroupDocument,
  JoinGroupDocument,
  LeaveGroupDocument,
  RemoveFriendDocument,
  SendFriendRequestDocument,
  UpdateGroupDocument,
  UpdateUserDocument,
} from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { type Answer, codesOf, dataOf, present } from '../support/client.ts';
import { createGroup, openTables, readGroup, registerFriends } from '../support/groups.ts';
import { inputPlaces } from '../support/id-places.ts';
import { adminEnv, loginAdmin, loginAgain, type Person, registerUser } from '../support/people.ts';

let app: TestApp;
let tables: Awaited<ReturnType<typeof openTables>>;
beforeAll(async () => {
  app = await startApp(adminEnv);
  tables = await openTables(app);
});

const refusal = (answer: Answer<unknown>) => answer.errors.map(({ extensions }) => [extensions?.code, extensions?.field].filter(Boolean).join(' ')).join();
const make = (person: Person, clientId: string, memberIds: readonly string[] = [], name = 'once') =>
  person.execute(CreateGroupDocument, { input: { name, memberIds: [...memberIds], clientId } });
const groupsOf = async (person: Person) =>
  present((await person.ask(ConversationsDocument, { first: 100 })).conversations).edges.filter(({ node }) => node.kind === 'GROUP').length;

it('every mutation that makes something takes a clientId', () => {
  const takes = inputPlaces(schema).filter(({ path }) => path.at(-1)?.name === 'clientId');
  // Whatever is added here asks `made`, or is looked up as messages are.
  expect(takes.map(({ name }) => name).toSorted()).toEqual([
    'Mutation.createGroup CreateGroupInput.clientId',
    'Mutation.createUpload CreateUploadInput.clientId',
    'Mutation.joinGroup(clientId:)',
    'Mutation.sendFriendRequest(clientId:)',
    'Mutation.sendMessage SendMessageInput.clientId',
    'Mutation.sendNotice SendNoticeInput.clientId',
  ]);
});

describe('a group with a clientId (M11)', () => {
  it('is made once, in either case and in whatever order the members are named, also by another device', async () => {
    const { owner, friend, other } = await registerFriends(app, tables, 'owner', 'friend', 'other');
    const clientId = randomUUID();
    const ids = [friend.user.id, other.user.id];
    const first = present(dataOf(await make(owner, clientId, ids)).createGroup).id;
    expect(present(dataOf(await make(await loginAgain(owner), clientId.toUpperCase(), ids.toReversed())).createGroup).id).toBe(first);
    expect(await groupsOf(owner)).toBe(1);
    expect(present(dataOf(await make(friend, clientId)).createGroup).id).not.toBe(first);
  });

  it('with anything else is CONFLICT, whatever was made with it', async () => {
    const { owner, friend } = await registerFriends(app, tables, 'owner', 'friend');
    const clientId = randomUUID();
    await make(owner, clientId, [friend.user.id]);
    expect(refusal(await make(owner, clientId, []))).toBe('CONFLICT clientId');
    expect(refusal(await make(owner, clientId, [friend.user.id], 'twice'))).toBe('CONFLICT clientId');
    const stranger = await registerUser(app);
    expect(refusal(await owner.execute(SendFriendRequestDocument, { userId: stranger.user.id, clientId }))).toBe('CONFLICT clientId');
  });

  it('gives the first one whatever has changed since: it is looked up before anything is judged', async () => {
    const { owner, friend, gone } = await registerFriends(app, tables, 'owner', 'friend', 'gone');
    const clientId = randomUUID();
    const ids = [friend.user.id, gone.user.id];
    const first = present(dataOf(await make(owner, clientId, ids)).createGroup).id;
    await friend.ask(BlockUserDocument, { userId: owner.user.id });
    await (await loginAdmin(app)).ask(UpdateUserDocument, { userId: gone.user.id, enabled: false });
    await owner.ask(UpdateGroupDocument, { input: { conversationId: first, name: 'Another' } });
    expect(present(dataOf(await make(owner, clientId, ids)).createGroup).id).toBe(first);
    await owner.ask(DissolveGroupDocument, { conversationId: first });
    expect(refusal(await make(owner, clientId, ids))).toBe('NOT_FOUND');
    expect(await groupsOf(owner)).toBe(0);
  });

  it('ten times at once is made once', async () => {
    const owner = await registerUser(app);
    const clientId = randomUUID();
    const answers = await Promise.all(Array.from({ length: 10 }, () => make(owner, clientId)));
    expect(new Set(answers.map((answer) => present(dataOf(answer).createGroup).id)).size).toBe(1);
    expect(await groupsOf(owner)).toBe(1);
  });

  it('that was refused is not made, and the same clientId makes it when it may be', async () => {
    const { owner, friend } = await registerFriends(app, tables, 'owner', 'friend');
    const stranger = await registerUser(app);
    const clientId = randomUUID();
    expect(refusal(await make(owner, clientId, [stranger.user.id]))).toBe('FRIENDSHIP_REQUIRED memberIds');
    expect(refusal(await make(owner, clientId, [friend.user.id]))).toBe('');
  });
});

describe('a friend request with a clientId (M11)', () => {
  it('is sent once: the first answer comes back, pending, answered and after the friendship', async () => {
    const [one, other] = [await registerUser(app), await registerUser(app)];
    const clientId = randomUUID();
    const send = (message?: string) => one.execute(SendFriendRequestDocument, { userId: other.user.id, clientId, ...(message !== undefined && { message }) });
    const first = present(dataOf(await send('hello')).sendFriendRequest);
    const again = async () => present(dataOf(await send('hello')).sendFriendRequest);
    expect(await again()).toMatchObject({ id: first.id, status: 'PENDING' });
    expect(refusal(await send('hello there'))).toBe('CONFLICT clientId');
    expect(refusal(await send())).toBe('CONFLICT clientId');
    await other.ask(AnswerFriendRequestDocument, { id: first.id, answer: 'ACCEPT' });
    expect(await again()).toMatchObject({ id: first.id, status: 'ACCEPTED' });
    await one.ask(RemoveFriendDocument, { userId: other.user.id });
    expect(await again()).toMatchObject({ id: first.id, status: 'ACCEPTED' });
  });
});

describe('joining with a clientId (M11)', () => {
  const join = (person: Person, inviteCode: string, clientId: string) => person.execute(JoinGroupDocument, { inviteCode, clientId });

  it('joins once: who left since is not brought back by the same again, and finds nothing', async () => {
    const [owner, joiner] = [await registerUser(app), await registerUser(app)];
    const { id, inviteCode } = await createGroup(owner, []);
    const clientId = randomUUID();
    const first = present(dataOf(await join(joiner, inviteCode, clientId)).joinGroup);
    expect(present(dataOf(await join(joiner, inviteCode.toUpperCase(), clientId)).joinGroup).id).toBe(first.id);
    await joiner.ask(LeaveGroupDocument, { conversationId: id });
    expect(refusal(await join(joiner, inviteCode, clientId))).toBe('NOT_FOUND');
    expect((await readGroup(owner, id)).group.memberCount).toBe(1);
    expect(codesOf(await join(joiner, inviteCode, randomUUID()))).toEqual([]);
  });

  it('gives what was asked first, as it stands now, when the code is another one and the group is gone', async () => {
    const [owner, joiner] = [await registerUser(app), await registerUser(app)];
    const { id, inviteCode } = await createGroup(owner, [], { joinPolicy: 'APPROVAL' });
    const clientId = randomUUID();
    const first = present(dataOf(await join(joiner, inviteCode, clientId)).joinGroup);
    await owner.ask(UpdateGroupDocument, { input: { conversationId: id, resetInviteCode: true } });
    expect(present(dataOf(await join(joiner, inviteCode, clientId)).joinGroup)).toMatchObject({ id: first.id, status: 'PENDING' });
    await owner.ask(AnswerJoinRequestDocument, { id: first.id, accept: false });
    await owner.ask(DissolveGroupDocument, { conversationId: id });
    expect(present(dataOf(await join(joiner, inviteCode, clientId)).joinGroup)).toMatchObject({ id: first.id, status: 'REFUSED' });
    expect(refusal(await join(joiner, 'another', clientId))).toBe('CONFLICT clientId');
  });

  it('ten times at once joins once', async () => {
    const [owner, joiner] = [await registerUser(app), await registerUser(app)];
    const { id, inviteCode } = await createGroup(owner, []);
    const clientId = randomUUID();
    const answers = await Promise.all(Array.from({ length: 10 }, () => join(joiner, inviteCode, clientId)));
    expect(new Set(answers.map((answer) => present(dataOf(answer).joinGroup).id)).size).toBe(1);
    expect((await readGroup(owner, id)).group.memberCount).toBe(2);
  });
});
