import { randomUUID } from 'node:crypto';
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { parse } from 'graphql';
import { beforeAll, describe, expect, it } from 'vitest';
import { initialOf } from '../../src/kernel/initial.ts';
import {
  BlockUserDocument,
  type BlockUserMutation,
  ContactsDocument,
  EventsDocument,
  FollowDocument,
  type FollowMutation,
  NodeDocument,
  RelationshipNodeDocument,
  RelationshipToDocument,
  SendMessageDocument,
  UnblockUserDocument,
  UnfollowDocument,
  UpdateChatsetDocument,
  UpdateProfileDocument,
  UpdateUserDocument,
} from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { type Answer, codesOf, present } from '../support/client.ts';
import { adminEnv, loginAdmin, loginAgain, openChatset, type Person, registerUser, registerVisitor } from '../support/people.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startApp(adminEnv);
});

const relationshipTo = async (person: Person, other: Person) =>
  present((await person.ask(RelationshipToDocument, { uuid: other.user.uuid })).userInfo?.relationship, 'the relationship');
const canMessage = async (person: Person, other: Person) => (await relationshipTo(person, other)).canMessage;
const two = () => Promise.all([registerUser(app), registerUser(app)]);
const globalId = (typename: string, key: string) => Buffer.from(`${typename}:${key}`).toString('base64url');
type LastSeq = { readonly userInfo: { readonly relationship: { readonly conversation: { readonly lastSeq: number } } } };
type Attempt = (person: Pick<Person, 'execute'>, userId: string) => Promise<Answer<unknown>>;
const mutations: Readonly<Record<string, Attempt>> = {
  follow: (person, userId) => person.execute(FollowDocument, { userId }),
  unfollow: (person, userId) => person.execute(UnfollowDocument, { userId }),
  blockUser: (person, userId) => person.execute(BlockUserDocument, { userId }),
  unblockUser: (person, userId) => person.execute(UnblockUserDocument, { userId }),
};

describe('relationship', () => {
  it('is null without a session', async () => {
    const other = await registerUser(app);
    const { userInfo } = await app.ask(RelationshipToDocument, { uuid: other.user.uuid });
    expect(userInfo).toEqual({ id: other.user.id, relationship: null });
  });

  it('to a stranger is nothing, and says why no message may be sent', async () => {
    const [one, other] = await two();
    await other.ask(UpdateProfileDocument, { input: { nickname: '张三' } });
    expect(await relationshipTo(one, other)).toMatchObject({
      canMessage: { allowed: false, reason: 'FRIENDSHIP_REQUIRED', remaining: null },
      isFriend: false,
      isFollowing: false,
      isBlocked: false,
      isStarred: false,
      remark: null,
      initial: 'Z',
    });
    const visitor = await registerVisitor(app);
    expect(await canMessage(visitor, other)).toEqual({ allowed: false, reason: 'LOGIN_REQUIRED', remaining: null });
  });

  it('to oneself is nothing: nobody writes to themselves (U6)', async () => {
    const one = await registerUser(app);
    await openChatset(one);
    expect(await relationshipTo(one, one)).toMatchObject({ canMessage: { allowed: false, reason: 'BAD_USER_INPUT' }, isFriend: false, isFollowing: false });
  });

  it('is a node for its own viewer only', async () => {
    const [one, other] = await two();
    const { id } = await relationshipTo(one, other);
    expect((await one.ask(RelationshipNodeDocument, { id })).node).toMatchObject({ __typename: 'Relationship', id, isFollowing: false });
    expect((await other.ask(NodeDocument, { id })).node).toBeNull();
    for (const key of [`${one.user.uuid}:${randomUUID()}`, `${one.user.uuid}:x`, one.user.uuid, `${one.user.uuid}:${other.user.uuid}:x`])
      expect((await one.ask(NodeDocument, { id: globalId('Relationship', key) })).node).toBeNull();
  });

  it('follows the chatset of the other one at once', async () => {
    const [one, other] = await two();
    await other.ask(UpdateChatsetDocument, { input: { user: { sendCount: 1, needFollow: true } } });
    expect(await canMessage(one, other)).toEqual({ allowed: false, reason: 'FOLLOW_REQUIRED', remaining: null });
    await one.ask(FollowDocument, { userId: other.user.id });
    expect(await canMessage(one, other)).toEqual({ allowed: true, reason: null, remaining: 1 });
    await openChatset(other);
    expect(await canMessage(one, other)).toEqual({ allowed: true, reason: null, remaining: null });
  });
});

describe('follow and block', () => {
  it('are seen in the answer, and undone', async () => {
    const [one, other] = await two();
    const userId = other.user.id;
    expect((await one.ask(FollowDocument, { userId })).follow?.relationship).toMatchObject({ isFollowing: true, isBlocked: false });
    expect((await one.ask(BlockUserDocument, { userId })).blockUser?.relationship).toMatchObject({ isFollowing: true, isBlocked: true });
    expect((await one.ask(UnfollowDocument, { userId })).unfollow?.relationship).toMatchObject({ isFollowing: false, isBlocked: true });
    expect((await one.ask(UnblockUserDocument, { userId })).unblockUser?.relationship).toMatchObject({ isFollowing: false, isBlocked: false });
    expect(await relationshipTo(other, one)).toMatchObject({ isFollowing: false, isBlocked: false });
  });

  it('of several in one document each answer is its own', async () => {
    const [one, other] = await two();
    const document = parse(`mutation Both($userId: ID!) {
      follow(userId: $userId) { relationship { isFollowing isBlocked } }
      blockUser(userId: $userId) { relationship { isFollowing isBlocked canMessage { reason } } }
    }`);
    const data = await one.ask<FollowMutation & BlockUserMutation, { userId: string }>(document, { userId: other.user.id });
    expect(data.follow?.relationship).toEqual({ isFollowing: true, isBlocked: false });
    expect(data.blockUser?.relationship).toEqual({ isFollowing: true, isBlocked: true, canMessage: { reason: 'BLOCKED_BY_YOU' } });
  });

  it('a block stops both, whatever the chatset', async () => {
    const [one, other] = await two();
    await Promise.all([openChatset(one), openChatset(other)]);
    await one.ask(BlockUserDocument, { userId: other.user.id });
    expect(await canMessage(other, one)).toEqual({ allowed: false, reason: 'BLOCKED', remaining: null });
    expect(await canMessage(one, other)).toEqual({ allowed: false, reason: 'BLOCKED_BY_YOU', remaining: null });
    await one.ask(UnblockUserDocument, { userId: other.user.id });
    expect(await canMessage(other, one)).toEqual({ allowed: true, reason: null, remaining: null });
  });

  it.each(Object.entries(mutations))('%s refuses oneself, who does not exist, and whoever has no session', async (_name, attempt) => {
    const one = await registerUser(app);
    const oneself = await attempt(one, one.user.id);
    expect(oneself.errors.map(({ extensions }) => [extensions?.code, extensions?.field])).toEqual([['BAD_USER_INPUT', 'userId']]);
    for (const userId of [globalId('User', randomUUID()), globalId('User', 'x'), globalId('Message', one.user.uuid), '1', ''])
      expect(codesOf(await attempt(one, userId))).toEqual(['NOT_FOUND']);
    expect(codesOf(await attempt(app, one.user.id))).toEqual(['TOKEN_MISSING']);
  });

  it('a visitor may do both', async () => {
    const [visitor, other] = await Promise.all([registerVisitor(app), registerUser(app)]);
    expect((await visitor.ask(FollowDocument, { userId: other.user.id })).follow?.relationship).toMatchObject({ isFollowing: true });
    expect((await other.ask(BlockUserDocument, { userId: visitor.user.id })).blockUser?.relationship).toMatchObject({ isBlocked: true });
  });

  it('a disabled user can be blocked and left, but not followed', async () => {
    const [[one, other], admin] = await Promise.all([two(), loginAdmin(app)]);
    await one.ask(FollowDocument, { userId: other.user.id });
    await admin.ask(UpdateUserDocument, { userId: other.user.id, enabled: false });
    const blocked = await one.ask(BlockUserDocument, { userId: other.user.id });
    expect(blocked.blockUser?.relationship).toMatchObject({ isBlocked: true, canMessage: { allowed: false, reason: 'RECIPIENT_UNAVAILABLE' } });
    expect((await one.ask(UnblockUserDocument, { userId: other.user.id })).unblockUser?.relationship).toMatchObject({ isBlocked: false });
    expect((await one.ask(UnfollowDocument, { userId: other.user.id })).unfollow?.relationship).toMatchObject({ isFollowing: false });
    expect(codesOf(await one.execute(FollowDocument, { userId: other.user.id }))).toEqual(['NOT_FOUND']);
  });

  it('all own devices hear of it once, the other one never (C4)', async () => {
    const [one, other] = await two();
    const second = await loginAgain(one);
    const mine = second.socket().subscribe(EventsDocument, {});
    const theirs = other.socket().subscribe(EventsDocument, {});
    for (const stream of [mine, theirs]) expect((await stream.next()).events.__typename).toBe('CaughtUp');
    const userId = other.user.id;
    await one.ask(FollowDocument, { userId });
    expect((await mine.next()).events).toMatchObject({ __typename: 'UserChanged', user: { id: userId } });
    await one.ask(FollowDocument, { userId });
    await one.ask(BlockUserDocument, { userId });
    expect((await mine.next()).events).toMatchObject({ __typename: 'UserChanged', user: { id: userId } });
    // What ends the wait, on both sides: a change of one's own profile.
    await Promise.all([one, other].map((person) => person.ask(UpdateProfileDocument, { input: { bio: 'here' } })));
    expect((await mine.next()).events).toMatchObject({ __typename: 'UserChanged', user: { id: one.user.id } });
    expect((await theirs.next()).events).toMatchObject({ __typename: 'UserChanged', user: { id: other.user.id } });
  });

  it('many at once, crossing each other, all succeed', async () => {
    const people = await Promise.all([two(), two()]).then((pairs) => pairs.flat());
    const pairs = people.flatMap((one) => people.filter((other) => other !== one).map((other) => [one, other] as const));
    await Promise.all(
      pairs.flatMap(([one, other]) => [one.ask(FollowDocument, { userId: other.user.id }), one.ask(BlockUserDocument, { userId: other.user.id })]),
    );
    for (const [one, other] of pairs) expect(await relationshipTo(one, other)).toMatchObject({ isFollowing: true, isBlocked: true });
  });
});

describe('canMessage says what sendMessage then answers (U6)', () => {
  const rule = (sendCount: 0 | 1 | 2, needFollow: boolean) => ({ sendCount, needFollow });
  const chatset = (sendCount: 0 | 1 | 2, needFollow: boolean) => (_one: Person, other: Person) =>
    other.ask(UpdateChatsetDocument, { input: { visitor: rule(sendCount, needFollow), user: rule(sendCount, needFollow) } });
  const follow = (one: Person, other: Person) => one.ask(FollowDocument, { userId: other.user.id });
  const block = (one: Person, other: Person) => one.ask(BlockUserDocument, { userId: other.user.id });
  const send = async (one: Person, other: Person) =>
    codesOf(await one.execute(SendMessageDocument, { input: { to: other.user.id, clientId: randomUUID(), content: { text: 'hello' } } }))[0] ?? null;
  const disable = async (_one: Person, other: Person) => (await loginAdmin(app)).ask(UpdateUserDocument, { userId: other.user.id, enabled: false });

  type Step = (one: Person, other: Person) => Promise<unknown>;
  const table: [string, Step[], string | null, number | null][] = [
    ['a stranger', [], 'FRIENDSHIP_REQUIRED', null],
    ['a stranger to whom all is open', [chatset(2, false)], null, null],
    ['a second message to whom all is open', [chatset(2, false), send], null, null],
    ['the one message', [chatset(1, false)], null, 1],
    ['one more than the one message', [chatset(1, false), send], 'MESSAGE_LIMIT_REACHED', null],
    ['an answer frees from the limit', [chatset(1, false), send, (one, other) => send(other, one)], null, null],
    ['somebody who does not follow', [chatset(2, true)], 'FOLLOW_REQUIRED', null],
    ['a follower', [chatset(2, true), follow], null, null],
    ['somebody blocked', [chatset(2, false), (one, other) => block(other, one)], 'BLOCKED', null],
    ['somebody who blocks', [chatset(2, false), block], 'BLOCKED_BY_YOU', null],
    ['both block', [block, (one, other) => block(other, one)], 'BLOCKED', null],
    ['whom one has written to, and who has closed since', [chatset(2, false), send, chatset(0, true)], 'FRIENDSHIP_REQUIRED', null],
    ['a disabled user', [chatset(2, false), disable], 'RECIPIENT_UNAVAILABLE', null],
  ];
  it.each(table)('%s', async (_title, steps, reason, remaining) => {
    const [one, other] = await two();
    // Seen before the last step: a disabled user is no longer found by userInfo.
    const { id } = await relationshipTo(one, other);
    for (const step of steps) await step(one, other);
    const { node } = await one.ask(RelationshipNodeDocument, { id });
    expect(node?.__typename === 'Relationship' ? node.canMessage : null).toEqual({ allowed: reason === null, reason, remaining });
    expect(await send(one, other)).toBe(reason);
  });

  it('to oneself', async () => {
    const one = await registerUser(app);
    await openChatset(one);
    expect((await canMessage(one, one)).reason).toBe('BAD_USER_INPUT');
    expect(await send(one, one)).toBe('BAD_USER_INPUT');
  });

  it('a visitor', async () => {
    const [visitor, other] = await Promise.all([registerVisitor(app), registerUser(app)]);
    expect((await canMessage(visitor, other)).reason).toBe('LOGIN_REQUIRED');
    expect(await send(visitor, other)).toBe('LOGIN_REQUIRED');
    await openChatset(other);
    expect(await canMessage(visitor, other)).toEqual({ allowed: true, reason: null, remaining: null });
    expect(await send(visitor, other)).toBeNull();
  });

  it('of 20 at once the one message lets exactly one pass', async () => {
    const [one, other] = await two();
    await chatset(1, false)(one, other);
    const codes = await Promise.all(Array.from({ length: 20 }, () => send(one, other)));
    expect(codes.filter((code) => code === null)).toHaveLength(1);
    expect(codes.filter((code) => code === 'MESSAGE_LIMIT_REACHED')).toHaveLength(19);
  });

  // However the two meet: what began before the block is committed before the block answers, or refused.
  it.each([
    ['a block', block],
    ['a chatset that closes', (one: Person) => chatset(0, true)(one, one)],
  ] as const)('no message is sent after %s has answered', async (_title, close) => {
    const [writer, reader] = await two();
    await openChatset(reader);
    await send(writer, reader);
    const document: TypedDocumentNode<LastSeq, { uuid: string }> = parse(
      'query($uuid: UUID!) { userInfo(uuid: $uuid) { relationship { conversation { lastSeq } } } }',
    );
    const lastSeq = async () => (await reader.ask(document, { uuid: writer.user.uuid })).userInfo.relationship.conversation.lastSeq;
    const sends = Promise.all(Array.from({ length: 20 }, () => send(writer, reader)));
    await close(reader, writer);
    const atOnce = await lastSeq();
    const codes = await sends;
    expect(await lastSeq()).toBe(atOnce);
    expect(codes.filter((code) => code === null)).toHaveLength(atOnce - 1);
  });
});

describe('contacts', () => {
  it('lists each kind in pages, for registered users', async () => {
    const [one, ...others] = await Promise.all(Array.from({ length: 6 }, () => registerUser(app)));
    for (const other of others) await one?.ask(FollowDocument, { userId: other.user.id });
    const reader = present(one);
    const first = present((await reader.ask(ContactsDocument, { kind: 'FOLLOWING', first: 3 })).contacts);
    expect(first.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false });
    const second = present((await reader.ask(ContactsDocument, { kind: 'FOLLOWING', first: 3, after: first.pageInfo.endCursor })).contacts);
    expect(second.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
    const nodes = [...first.edges, ...second.edges].map(({ node }) => node);
    expect(new Set(nodes.map(({ id }) => id))).toEqual(new Set(others.map(({ user }) => user.id)));
    expect(nodes.every(({ relationship }) => relationship?.isFollowing === true)).toBe(true);
    expect(nodes).toHaveLength(5);
    expect((await reader.ask(ContactsDocument, { kind: 'BLOCKED' })).contacts?.edges).toEqual([]);
    expect((await reader.ask(ContactsDocument, { kind: 'FRIEND' })).contacts?.edges).toEqual([]);
  });

  it('refuses visitors, sizes over 100, and cursors of something else', async () => {
    const [visitor, one] = await Promise.all([registerVisitor(app), registerUser(app)]);
    expect(codesOf(await visitor.execute(ContactsDocument, { kind: 'BLOCKED' }))).toEqual(['VISITOR_FORBIDDEN']);
    const fieldsOf = async (variables: { first?: number; after?: string }) =>
      (await one.execute(ContactsDocument, { kind: 'BLOCKED', ...variables })).errors.map(({ extensions }) => [extensions?.code, extensions?.field]);
    expect(await fieldsOf({ first: 101 })).toEqual([['BAD_USER_INPUT', 'first']]);
    expect(await fieldsOf({ first: 0 })).toEqual([['BAD_USER_INPUT', 'first']]);
    expect(await fieldsOf({ after: 'x' })).toEqual([['BAD_USER_INPUT', 'after']]);
  });
});

describe('the initial of a name', () => {
  const table: [string, string][] = [
    ['alice', 'A'],
    ['  Zoë', 'Z'],
    ['\u200b \ufeffamy', 'A'],
    ['Émile', 'E'],
    ['ｂｏｂ', 'B'],
    ['张三', 'Z'],
    ['吕布', 'L'],
    ['重庆', 'C'],
    ['仇英', 'Q'],
    ['单田芳', 'S'],
    ['尉迟恭', 'Y'],
    ['42', '#'],
    ['Жанна', '#'],
    ['😀 alice', '#'],
    ['', '#'],
  ];
  it.each(table)('%j stands under %s', (name, initial) => {
    expect(initialOf(name)).toBe(initial);
  });
});
