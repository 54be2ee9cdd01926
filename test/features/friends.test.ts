import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  AnswerFriendRequestDocument,
  BlockUserDocument,
  ContactsDocument,
  ConversationDocument,
  ConversationsDocument,
  FriendDocument,
  HistoryDocument,
  PresenceDocument,
  RecallMessageDocument,
  RemoveFriendDocument,
  SendFriendRequestDocument,
  SendMessageDocument,
  UpdateChatsetDocument,
  UpdateFriendDocument,
  type UpdateFriendInput,
  UpdateProfileDocument,
} from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { codesOf, present, refusalsOf } from '../support/client.ts';
import { openTables } from '../support/groups.ts';
import { loginAgain, makeFriends, type Person, registerTwo, registerUser, registerVisitor, sendText } from '../support/people.ts';
import { tellingOf } from '../support/replay.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});

const globalId = (typename: string, key: string) => Buffer.from(`${typename}:${key}`).toString('base64url');
const two = () => Promise.all([registerUser(app), registerUser(app)]);
const friends = async (): Promise<[Person, Person]> => {
  const [one, other] = await two();
  await makeFriends(one, other);
  return [one, other];
};
const userSeenBy = async (person: Person, other: Person) => present((await person.ask(FriendDocument, { uuid: other.user.uuid })).userInfo, 'the user');
const relationshipOf = async (person: Person, other: Person) => present((await userSeenBy(person, other)).relationship, 'the relationship');
const canMessage = async (person: Person, other: Person) => (await relationshipOf(person, other)).canMessage;
const update = async (person: Person, input: UpdateFriendInput) => present((await person.ask(UpdateFriendDocument, { input })).updateFriend?.relationship);
const remove = (person: Person, other: Person) => person.ask(RemoveFriendDocument, { userId: other.user.id });
const send = async (from: Person, to: Person) => {
  const answer = await from.execute(SendMessageDocument, { input: { to: to.user.id, clientId: randomUUID(), content: { text: 'hello' } } });
  return codesOf(answer)[0] ?? null;
};
const chatset = (person: Person, sendCount: number) => person.ask(UpdateChatsetDocument, { input: { user: { sendCount, needFollow: false } } });
const namesOf = async (person: Person, page: { first?: number; after?: string } = {}) =>
  present((await person.ask(ContactsDocument, { kind: 'FRIEND', first: 100, ...page })).contacts).edges.map(({ node }) => node.username);
/** Everything that both know: they must be friends once. */
async function expectOneFriendship(one: Person, other: Person): Promise<void> {
  for (const [person, friend] of [
    [one, other],
    [other, one],
  ] as const) {
    expect(await namesOf(person)).toEqual([friend.username]);
    expect(await relationshipOf(person, friend)).toMatchObject({ isFriend: true, friendRequest: null, conversation: { rev: 1, lastSeq: 1 } });
    expect((await person.ask(ConversationsDocument, {})).conversations?.edges).toHaveLength(1);
  }
}

describe('friends (C3)', () => {
  it('see each other’s birthday and presence at once, and may write', async () => {
    const [one, other] = await two();
    for (const person of [one, other]) await person.ask(UpdateProfileDocument, { input: { birthday: '1990-02-28' } });
    const sockets = [one.socket(), other.socket()];
    await Promise.all(sockets.map((socket) => socket.connected()));
    const watched = present(sockets[0]).subscribe(PresenceDocument, { userIds: [other.user.id] });
    expect((await watched.next()).presence.presence).toBeNull();
    expect(await userSeenBy(one, other)).toMatchObject({
      presence: null,
      profile: { birthday: null },
      relationship: { canMessage: { allowed: false, reason: 'FRIENDSHIP_REQUIRED' } },
    });
    await makeFriends(one, other);
    for (const [person, friend] of [
      [one, other],
      [other, one],
    ] as const)
      expect(await userSeenBy(person, friend)).toMatchObject({
        presence: 'ONLINE',
        profile: { birthday: '1990-02-28' },
        relationship: { isFriend: true, canMessage: { allowed: true, remaining: null } },
      });
    expect((await watched.next()).presence.presence).toBe('ONLINE');
    await remove(other, one);
    expect((await watched.next()).presence.presence).toBeNull();
    expect(await userSeenBy(one, other)).toMatchObject({ presence: null, profile: { birthday: null } });
  });

  it('find a notice in their conversation, which is made where there was none, and which is nobody’s message', async () => {
    const [one, other] = await two();
    const tellings = await tellingOf([one, other], () => makeFriends(one, other));
    for (const telling of tellings) {
      const notices = telling.flatMap((event) => (event.__typename === 'MessageSent' ? [event.message] : []));
      expect(notices).toMatchObject([
        { seq: 1, clientId: null, sender: { id: other.user.id }, content: { code: 'FRIENDS', text: 'You are friends now: say hello' } },
      ]);
    }
    await expectOneFriendship(one, other);
    for (const person of [one, other]) {
      const { conversation } = await relationshipOf(person, person === one ? other : one);
      expect(conversation?.unreadCount).toBe(0);
    }
    const { conversation } = await relationshipOf(one, other);
    const inChinese = await app.ask(HistoryDocument, { id: present(conversation).id }, { token: one.token, locale: 'zh' });
    expect(inChinese.conversation?.messages.edges.map(({ node }) => node.content?.text)).toEqual(['你们已经是好友，现在可以开始聊天了']);
  });

  it('who have written before find it in the same conversation', async () => {
    const [one, other] = await registerTwo(app);
    const { conversation } = await sendText(one, other.user.id, 'hello');
    await makeFriends(other, one);
    expect(await relationshipOf(one, other)).toMatchObject({ conversation: { id: conversation.id, rev: 2, lastSeq: 2 } });
    const { messages } = present((await other.ask(HistoryDocument, { id: conversation.id })).conversation);
    expect(messages.edges.map(({ node }) => [node.seq, node.sender?.id])).toEqual([
      [1, one.user.id],
      [2, one.user.id],
    ]);
  });

  it('a notice is not what opens a conversation, nor what counts as written (U5)', async () => {
    const [one, other] = await friends();
    await remove(one, other);
    expect(await canMessage(one, other)).toMatchObject({ allowed: false, reason: 'FRIENDSHIP_REQUIRED' });
    expect(await canMessage(other, one)).toMatchObject({ allowed: false, reason: 'FRIENDSHIP_REQUIRED' });
  });

  it('a blocked one stays a friend but cannot write (C4)', async () => {
    const [one, other] = await friends();
    await one.ask(BlockUserDocument, { userId: other.user.id });
    expect(await relationshipOf(other, one)).toMatchObject({ isFriend: true, canMessage: { reason: 'BLOCKED' } });
    expect([await send(other, one), await send(one, other)]).toEqual(['BLOCKED', 'BLOCKED_BY_YOU']);
    expect(await namesOf(other)).toEqual([one.username]);
  });

  it('accepting with a remark names the new friend', async () => {
    const [one, other] = await two();
    const request = present((await one.ask(SendFriendRequestDocument, { userId: other.user.id })).sendFriendRequest);
    const attempt = (remark: string) => other.execute(AnswerFriendRequestDocument, { id: request.id, answer: 'ACCEPT', remark });
    expect(refusalsOf(await attempt('x'.repeat(51)))).toEqual([['BAD_USER_INPUT', 'remark']]);
    expect((await attempt(' 老王 ')).errors).toEqual([]);
    expect(await relationshipOf(other, one)).toMatchObject({ isFriend: true, remark: '老王', initial: 'L', conversation: { title: '老王' } });
    expect(await relationshipOf(one, other)).toMatchObject({ isFriend: true, remark: null });
  });
});

describe('remark and star (C4)', () => {
  it('are seen by their owner only, on all devices; the remark is the title and gives the initial', async () => {
    const [one, other] = await friends();
    const device = await loginAgain(one);
    const before = await relationshipOf(other, one);
    const [first = [], second = [], others = []] = await tellingOf([one, device, other], async () =>
      expect(await update(one, { userId: other.user.id, remark: '张三', isStarred: true })).toMatchObject({
        remark: '张三',
        isStarred: true,
        initial: 'Z',
        conversation: { title: '张三' },
      }),
    );
    for (const telling of [first, second]) expect(telling).toMatchObject([{ __typename: 'UserChanged', user: { id: other.user.id } }]);
    expect(others).toEqual([]);
    expect(await relationshipOf(other, one)).toEqual(before);
    const { conversation } = await relationshipOf(one, other);
    const shown = async (person: Person) => present((await person.ask(ConversationDocument, { id: present(conversation).id })).conversation).title;
    expect([await shown(one), await shown(other)]).toEqual(['张三', one.username]);
  });

  it('null clears, absent leaves; the same again tells nobody', async () => {
    const [one, other] = await friends();
    const userId = other.user.id;
    await update(one, { userId, remark: 'Zed', isStarred: true });
    expect(await update(one, { userId })).toMatchObject({ remark: 'Zed', isStarred: true });
    expect(await update(one, { userId, isStarred: false })).toMatchObject({ remark: 'Zed', isStarred: false });
    expect(await update(one, { userId, isStarred: null, remark: ' Zed ' })).toMatchObject({ remark: 'Zed', isStarred: false });
    expect(await tellingOf([one], () => update(one, { userId, remark: 'Zed', isStarred: false }))).toEqual([[]]);
    expect(await update(one, { userId, remark: null })).toMatchObject({ remark: null, isStarred: false, conversation: { title: other.username } });
  });

  it('a remark has 1 to 50 characters', async () => {
    const [one, other] = await friends();
    const userId = other.user.id;
    for (const remark of ['', '  ', '😀'.repeat(51)])
      expect(refusalsOf(await one.execute(UpdateFriendDocument, { input: { userId, remark } }))).toEqual([['BAD_USER_INPUT', 'remark']]);
    expect(await update(one, { userId, remark: '😀'.repeat(50) })).toMatchObject({ remark: '😀'.repeat(50) });
  });

  it('are for friends only', async () => {
    const [one, stranger] = await two();
    const attempt = (userId: string) => one.execute(UpdateFriendDocument, { input: { userId, remark: 'x' } });
    for (const userId of [stranger.user.id, globalId('User', randomUUID()), globalId('Message', stranger.user.uuid), ''])
      expect(codesOf(await attempt(userId))).toEqual(['NOT_FOUND']);
    expect(refusalsOf(await attempt(one.user.id))).toEqual([['BAD_USER_INPUT', 'userId']]);
    const visitor = await registerVisitor(app);
    expect(codesOf(await visitor.execute(UpdateFriendDocument, { input: { userId: one.user.id } }))).toEqual(['VISITOR_FORBIDDEN']);
  });
});

describe('unfriending (C4, U5)', () => {
  it('is two-sided, told to both, and leaves nothing of remarks and stars', async () => {
    const [one, other] = await friends();
    await update(one, { userId: other.user.id, remark: 'Zed', isStarred: true });
    await update(other, { userId: one.user.id, remark: 'Ann', isStarred: true });
    const tellings = await tellingOf([one, other, await loginAgain(other)], async () =>
      expect((await remove(one, other)).removeFriend).toMatchObject({ id: other.user.id, relationship: { isFriend: false, remark: null, isStarred: false } }),
    );
    for (const [index, telling] of tellings.entries())
      expect(telling).toMatchObject([{ __typename: 'UserChanged', user: { id: index === 0 ? other.user.id : one.user.id } }]);
    expect(await relationshipOf(other, one)).toMatchObject({ isFriend: false, remark: null, isStarred: false, conversation: { title: one.username } });
    expect([await namesOf(one), await namesOf(other)]).toEqual([[], []]);
  });

  it('leaves the conversation, and makes "has written" begin anew', async () => {
    const [one, other] = await friends();
    const { conversation } = await sendText(one, other.user.id, 'hello');
    await sendText(other, conversation.id, 'hello');
    await remove(one, other);
    expect(await canMessage(one, other)).toMatchObject({ allowed: false, reason: 'FRIENDSHIP_REQUIRED' });
    expect([await send(one, other), await send(other, one)]).toEqual(['FRIENDSHIP_REQUIRED', 'FRIENDSHIP_REQUIRED']);
    expect((await one.ask(ConversationDocument, { id: conversation.id })).conversation).toMatchObject({ lastSeq: 3 });
  });

  it('makes "was sent before" begin anew: one message may be sent again, and what it says counts from then on', async () => {
    const [one, other] = await two();
    await chatset(other, 1);
    expect([await send(one, other), await send(one, other)]).toEqual([null, 'MESSAGE_LIMIT_REACHED']);
    await makeFriends(one, other);
    expect([await send(one, other), await send(one, other)]).toEqual([null, null]);
    await remove(other, one);
    expect(await canMessage(one, other)).toEqual({ allowed: true, reason: null, remaining: 1 });
    const { id } = await sendText(one, other.user.id, 'again');
    expect(await send(one, other)).toBe('MESSAGE_LIMIT_REACHED');
    // The other one was written to, so may answer; a recalled message counts.
    await one.ask(RecallMessageDocument, { id });
    expect(await send(one, other)).toBe('MESSAGE_LIMIT_REACHED');
    expect(await send(other, one)).toBeNull();
    expect(await canMessage(one, other)).toEqual({ allowed: true, reason: null, remaining: null });
  });

  it('of whom one is no friend changes nothing and tells nobody, not even that the two have written', async () => {
    const [one, other] = await registerTwo(app);
    await sendText(one, other.user.id, 'hello');
    // The one to whom it was sent has changed who may write just before, which is told later.
    const tables = await openTables(app);
    await expect.poll(() => tables.read((tx) => tx.db.selectFrom('ProfileJob').selectAll().execute())).toEqual([]);
    const tellings = await tellingOf([one, other], async () => expect((await remove(other, one)).removeFriend?.id).toBe(one.user.id));
    expect(tellings).toEqual([[], []]);
    expect(await canMessage(other, one)).toEqual({ allowed: true, reason: null, remaining: null });
  });

  it('refuses oneself, who does not exist, and visitors', async () => {
    const [one, visitor] = await Promise.all([registerUser(app), registerVisitor(app)]);
    const attempt = (person: Person, userId: string) => person.execute(RemoveFriendDocument, { userId });
    expect(refusalsOf(await attempt(one, one.user.id))).toEqual([['BAD_USER_INPUT', 'userId']]);
    for (const userId of [globalId('User', randomUUID()), globalId('User', 'x'), '']) expect(codesOf(await attempt(one, userId))).toEqual(['NOT_FOUND']);
    expect(codesOf(await attempt(visitor, one.user.id))).toEqual(['VISITOR_FORBIDDEN']);
  });

  it('friends again: one conversation, another notice', async () => {
    const [one, other] = await friends();
    const { conversation } = await relationshipOf(one, other);
    await remove(one, other);
    await makeFriends(other, one);
    expect(await relationshipOf(one, other)).toMatchObject({ isFriend: true, conversation: { id: conversation?.id, lastSeq: 2 } });
  });
});

describe('contacts(FRIEND)', () => {
  it('stand in the order of initial, "#" last, then of the name that is shown, page by page', async () => {
    const one = await registerUser(app);
    // Username, nickname, remark; in the order that is promised.
    const order = [
      ['user_b', '王五', '阿飞'],
      ['Alice', null, null],
      ['user_c', 'bob', null],
      ['user_d', 'Bobby', null],
      ['user_e', '吕布', null],
      ['user_f', 'zzz', '马超'],
      ['user_g', '张三', null],
      ['user_h', '张三', null],
      ['user_i', '赵云', null],
      ['user_j', 'Zoë', null],
      ['user_k', '😀', null],
      ['user_l', '42', null],
    ] as const;
    const suffix = randomUUID().slice(0, 6);
    const friendsInOrder = await Promise.all(
      order.map(async ([username, nickname]) => await registerUser(app, { username: `${username}_${suffix}`, ...(nickname && { nickname }) })),
    );
    // Befriended in another order than that of the list.
    for (const friend of friendsInOrder.toReversed()) await makeFriends(friend, one);
    for (const [index, [, , remark]] of order.entries()) if (remark !== null) await update(one, { userId: present(friendsInOrder[index]).user.id, remark });
    const equals = ['user_g', 'user_h'].map((name) => `${name}_${suffix}`);
    const shown = (names: readonly string[]) => names.map((name) => (equals.includes(name) ? 'equal' : name.replace(`_${suffix}`, '')));
    const expected = order.map(([username]) => username.replace(/user_[gh]/, 'equal'));
    expect(shown(await namesOf(one))).toEqual(expected);
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const page = present((await one.ask(ContactsDocument, { kind: 'FRIEND', first: 5, ...(after !== undefined && { after }) })).contacts);
      seen.push(...page.edges.map(({ node }) => node.username));
      expect(page.pageInfo).toMatchObject({ hasPreviousPage: after !== undefined, startCursor: page.edges[0]?.cursor, endCursor: page.edges.at(-1)?.cursor });
      after = page.pageInfo.hasNextPage ? (page.pageInfo.endCursor ?? undefined) : undefined;
    } while (after !== undefined);
    expect(seen).toEqual(await namesOf(one));
    const initials = present((await one.ask(ContactsDocument, { kind: 'FRIEND', first: 100 })).contacts).edges.map(({ node }) => node.relationship?.initial);
    expect(initials.join('')).toBe('AABBLMZZZZ##');
  });

  it('the place of a cursor holds when friends before it go and come', async () => {
    const one = await registerUser(app);
    const people = await Promise.all(['Ann', 'Ben', 'Cat', 'Dan'].map((nickname) => registerUser(app, { nickname })));
    const [ann, ben, cat, dan] = people.map((person) => present(person));
    for (const person of people) await makeFriends(person, one);
    const first = present((await one.ask(ContactsDocument, { kind: 'FRIEND', first: 2 })).contacts);
    await remove(one, present(ben));
    await present(ann).ask(UpdateProfileDocument, { input: { nickname: 'Cecil' } });
    expect(await namesOf(one, { after: present(first.pageInfo.endCursor) })).toEqual([cat, ann, dan].map((person) => present(person).username));
  });

  it('refuses a cursor of another list', async () => {
    const [one, other] = await friends();
    await one.ask(BlockUserDocument, { userId: other.user.id });
    const page = present((await one.ask(ContactsDocument, { kind: 'BLOCKED' })).contacts);
    for (const after of [present(page.pageInfo.endCursor), 'x'])
      expect(refusalsOf(await one.execute(ContactsDocument, { kind: 'FRIEND', after }))).toEqual([['BAD_USER_INPUT', 'after']]);
  });
});
