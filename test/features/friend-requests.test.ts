import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  AnswerFriendRequestDocument,
  BlockUserDocument,
  EventsDocument,
  FollowDocument,
  FriendDocument,
  type FriendRequestAnswer,
  type FriendRequestDirection,
  FriendRequestNodeDocument,
  type FriendRequestPartsFragment,
  FriendRequestsDocument,
  SendFriendRequestDocument,
  UnblockUserDocument,
  UpdateSettingsDocument,
  UpdateUserDocument,
} from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { codesOf, present, refusalsOf } from '../support/client.ts';
import { openTables } from '../support/groups.ts';
import { adminEnv, loginAdmin, loginAgain, makeFriends, type Person, registerTwo, registerUser, registerVisitor } from '../support/people.ts';
import { type Told, tellingOf } from '../support/replay.ts';

/** For how long a refusal holds here. */
const refusalSeconds = 2;
let app: TestApp;
beforeAll(async () => {
  app = await startApp({ ...adminEnv, FRIEND_REFUSAL_DAYS: String(refusalSeconds / 86_400) });
});

const globalId = (typename: string, key: string) => Buffer.from(`${typename}:${key}`).toString('base64url');
const trySend = (from: Person, to: Person, message?: string) =>
  from.execute(SendFriendRequestDocument, { userId: to.user.id, ...(message !== undefined && { message }) });
const send = async (from: Person, to: Person, message?: string): Promise<FriendRequestPartsFragment> => {
  const data = await from.ask(SendFriendRequestDocument, { userId: to.user.id, ...(message !== undefined && { message }) });
  return present(data.sendFriendRequest, 'the request');
};
const tryAnswer = (person: Person, id: string, answer: FriendRequestAnswer) => person.execute(AnswerFriendRequestDocument, { id, answer });
const answerIt = async (person: Person, id: string, answer: FriendRequestAnswer): Promise<FriendRequestPartsFragment> =>
  present((await person.ask(AnswerFriendRequestDocument, { id, answer })).answerFriendRequest, 'the request');
const block = (person: Person, other: Person) => person.ask(BlockUserDocument, { userId: other.user.id });
const unblock = (person: Person, other: Person) => person.ask(UnblockUserDocument, { userId: other.user.id });
const acceptAtOnce = (person: Person) => person.ask(UpdateSettingsDocument, { acceptsFriendsAtOnce: true });
const relationshipOf = async (person: Person, other: Person) =>
  present((await person.ask(FriendDocument, { uuid: other.user.uuid })).userInfo?.relationship, 'the relationship');
const areFriends = async (one: Person, other: Person) => [(await relationshipOf(one, other)).isFriend, (await relationshipOf(other, one)).isFriend];
const pendingOf = async (person: Person, other: Person) => (await relationshipOf(person, other)).friendRequest;
const listOf = async (person: Person, direction: FriendRequestDirection, page: { first?: number; after?: string } = {}) =>
  present((await person.ask(FriendRequestsDocument, { direction, ...page })).friendRequests, 'the list');
const listed = async (person: Person, direction: FriendRequestDirection) =>
  (await listOf(person, direction)).edges.map(({ node }) => [node.id, node.status] as const);
/** What a telling says, in the names of the contract; a request with its status. */
const said = (told: readonly Told[]) =>
  told.map((event) => (event.__typename === 'FriendRequestChanged' ? `${event.__typename} ${event.friendRequest.status}` : String(event.__typename)));

describe('a friend request (C2)', () => {
  it('waits for the other one, who is told on all devices, as all of the sender', async () => {
    const [one, other] = await registerTwo(app);
    const people = [one, await loginAgain(one), other, await loginAgain(other)];
    const tellings = await tellingOf(people, async () => {
      const request = await send(one, other, '我是张三 😀');
      expect(request).toMatchObject({ from: { id: one.user.id }, to: { id: other.user.id }, message: '我是张三 😀', status: 'PENDING' });
    });
    for (const telling of tellings) expect(said(telling)).toEqual(['FriendRequestChanged PENDING', 'UserChanged']);
    expect(await areFriends(one, other)).toEqual([false, false]);
  });

  it('is the pending one in the relationship of both, and stands in both lists', async () => {
    const [one, other] = await registerTwo(app);
    const { id } = await send(one, other);
    expect([await pendingOf(one, other), await pendingOf(other, one)]).toEqual([
      { id, status: 'PENDING' },
      { id, status: 'PENDING' },
    ]);
    expect([await listed(one, 'OUTGOING'), await listed(other, 'INCOMING')]).toEqual([[[id, 'PENDING']], [[id, 'PENDING']]]);
    expect([await listed(one, 'INCOMING'), await listed(other, 'OUTGOING')]).toEqual([[], []]);
  });

  it('comes live', async () => {
    const [one, other] = await registerTwo(app);
    const stream = other.socket().subscribe(EventsDocument, {});
    await stream.next();
    const { id } = await send(one, other);
    const { events } = await stream.until(({ events: { __typename } }) => __typename === 'FriendRequestChanged');
    expect(events).toMatchObject({ friendRequest: { id, status: 'PENDING', from: { relationship: { friendRequest: { id } } } } });
  });

  it('to oneself is BAD_USER_INPUT', async () => {
    const one = await registerUser(app);
    expect(refusalsOf(await trySend(one, one))).toEqual([['BAD_USER_INPUT', 'userId']]);
  });

  it('to a friend is ALREADY_FRIENDS, blocked or not', async () => {
    const [one, other] = await registerTwo(app);
    await makeFriends(one, other);
    expect(codesOf(await trySend(one, other))).toEqual(['ALREADY_FRIENDS']);
    await block(other, one);
    expect(codesOf(await trySend(one, other))).toEqual(['ALREADY_FRIENDS']);
    expect(codesOf(await trySend(other, one))).toEqual(['ALREADY_FRIENDS']);
  });

  it('to somebody with a pending one is REQUEST_PENDING, also when it is ignored and when they accept at once by now', async () => {
    const [one, other] = await registerTwo(app);
    const { id } = await send(one, other);
    expect(codesOf(await trySend(one, other))).toEqual(['REQUEST_PENDING']);
    await answerIt(other, id, 'IGNORE');
    expect(codesOf(await trySend(one, other))).toEqual(['REQUEST_PENDING']);
    await acceptAtOnce(other);
    expect(codesOf(await trySend(one, other))).toEqual(['REQUEST_PENDING']);
  });

  it('to somebody who refused is RATE_LIMITED for some days, and says how long', async () => {
    const [one, other] = await registerTwo(app);
    await answerIt(other, (await send(one, other)).id, 'REFUSE');
    const answer = await trySend(one, other);
    expect(codesOf(answer)).toEqual(['RATE_LIMITED']);
    const seconds = Number(answer.errors[0]?.extensions?.retryAfterSeconds);
    expect([1, refusalSeconds]).toContain(seconds);
    // The refused one may be asked all the same.
    await answerIt(other, (await send(other, one)).id, 'CANCEL');
    await expect.poll(async () => codesOf(await trySend(one, other)), { timeout: 5000, interval: 200 }).toEqual([]);
    expect((await pendingOf(other, one))?.status).toBe('PENDING');
  });

  it.each(['PENDING', 'IGNORED'])('to somebody whose own one is %s accepts that one', async (status) => {
    const [one, other] = await registerTwo(app);
    const { id } = await send(other, one, 'first');
    if (status === 'IGNORED') await answerIt(one, id, 'IGNORE');
    expect(await send(one, other, 'second')).toMatchObject({ id, status: 'ACCEPTED', message: 'first' });
    expect(await areFriends(one, other)).toEqual([true, true]);
    expect([await listed(one, 'OUTGOING'), await listed(one, 'INCOMING')]).toEqual([[], [[id, 'ACCEPTED']]]);
    expect(await pendingOf(one, other)).toBeNull();
  });

  it('to somebody who accepts at once is accepted', async () => {
    const [one, other] = await registerTwo(app);
    await acceptAtOnce(other);
    const tellings = await tellingOf([one, other], async () => expect(await send(one, other)).toMatchObject({ status: 'ACCEPTED' }));
    for (const telling of tellings) expect(said(telling).toSorted()).toEqual(['FriendRequestChanged ACCEPTED', 'MessageSent', 'UserChanged']);
    expect(await areFriends(one, other)).toEqual([true, true]);
  });

  it('of somebody who blocks the other waits, whatever the other one has asked or set', async () => {
    const [one, other] = await registerTwo(app);
    const theirs = await send(other, one);
    await acceptAtOnce(other);
    await block(one, other);
    const mine = await send(one, other);
    expect(mine).toMatchObject({ from: { id: one.user.id }, status: 'PENDING' });
    expect(await areFriends(one, other)).toEqual([false, false]);
    // Of two that cross each is shown the one to answer; with that both are answered.
    expect([(await pendingOf(one, other))?.id, (await pendingOf(other, one))?.id]).toEqual([theirs.id, mine.id]);
    expect(codesOf(await tryAnswer(other, mine.id, 'ACCEPT'))).toEqual(['BLOCKED']);
    expect(codesOf(await tryAnswer(one, theirs.id, 'ACCEPT'))).toEqual(['BLOCKED_BY_YOU']);
    await unblock(one, other);
    await answerIt(other, mine.id, 'ACCEPT');
    expect([await listed(one, 'INCOMING'), await listed(one, 'OUTGOING')]).toEqual([[[theirs.id, 'ACCEPTED']], [[mine.id, 'ACCEPTED']]]);
    expect([await pendingOf(one, other), await pendingOf(other, one)]).toEqual([null, null]);
  });

  it('goes to registered users who are not disabled: all others are NOT_FOUND', async () => {
    const [one, other, visitor, admin] = await Promise.all([registerUser(app), registerUser(app), registerVisitor(app), loginAdmin(app)]);
    await admin.ask(UpdateUserDocument, { userId: other.user.id, enabled: false });
    expect(codesOf(await trySend(one, other))).toEqual(['NOT_FOUND']);
    expect(codesOf(await trySend(one, visitor))).toEqual(['NOT_FOUND']);
    for (const userId of [globalId('User', randomUUID()), globalId('User', 'x'), globalId('Message', other.user.uuid), ''])
      expect(codesOf(await one.execute(SendFriendRequestDocument, { userId }))).toEqual(['NOT_FOUND']);
  });

  it('says at most 200 characters, and blank is none', async () => {
    const [one, other, third] = await Promise.all([registerUser(app), registerUser(app), registerUser(app)]);
    expect(refusalsOf(await trySend(one, other, '😀'.repeat(201)))).toEqual([['BAD_USER_INPUT', 'message']]);
    expect((await send(one, other, '😀'.repeat(200))).message).toBe('😀'.repeat(200));
    expect((await send(one, third, '  ')).message).toBeNull();
  });

  it('is nothing for visitors', async () => {
    const [visitor, other] = await Promise.all([registerVisitor(app), registerUser(app)]);
    expect(codesOf(await trySend(visitor, other))).toEqual(['VISITOR_FORBIDDEN']);
    expect(codesOf(await tryAnswer(visitor, globalId('FriendRequest', randomUUID()), 'ACCEPT'))).toEqual(['VISITOR_FORBIDDEN']);
    expect(codesOf(await visitor.execute(FriendRequestsDocument, { direction: 'INCOMING' }))).toEqual(['VISITOR_FORBIDDEN']);
  });
});

describe('to somebody who has blocked the sender', () => {
  const arranged = async () => {
    const [sender, blocker] = await registerTwo(app);
    await block(blocker, sender);
    return [sender, blocker] as const;
  };

  it('is PENDING for the sender, in all that the sender sees', async () => {
    const [sender, blocker] = await arranged();
    const { id, status } = await send(sender, blocker);
    expect(status).toBe('PENDING');
    expect(await listed(sender, 'OUTGOING')).toEqual([[id, 'PENDING']]);
    expect(await pendingOf(sender, blocker)).toEqual({ id, status: 'PENDING' });
    expect((await sender.ask(FriendRequestNodeDocument, { id })).node).toMatchObject({ id, status: 'PENDING' });
    expect(codesOf(await trySend(sender, blocker))).toEqual(['REQUEST_PENDING']);
  });

  it('is nothing whatever for the blocker, who accepts at once, and nothing after unblocking', async () => {
    const [sender, blocker] = await arranged();
    await acceptAtOnce(blocker);
    const stream = blocker.socket().subscribe(EventsDocument, {});
    await stream.next();
    let id = '';
    const [toldSender = [], toldBlocker = []] = await tellingOf([sender, blocker], async () => {
      id = (await send(sender, blocker)).id;
    });
    expect(said(toldSender)).toEqual(['FriendRequestChanged PENDING', 'UserChanged']);
    expect(toldBlocker).toEqual([]);
    for (const after of ['blocked', 'unblocked']) {
      if (after === 'unblocked') await unblock(blocker, sender);
      expect(await listOf(blocker, 'INCOMING')).toMatchObject({ edges: [], pageInfo: { hasNextPage: false } });
      expect(await pendingOf(blocker, sender)).toBeNull();
      expect((await blocker.ask(FriendRequestNodeDocument, { id })).node).toBeNull();
      for (const answer of ['ACCEPT', 'REFUSE', 'IGNORE', 'CANCEL'] as const) expect(codesOf(await tryAnswer(blocker, id, answer))).toEqual(['NOT_FOUND']);
    }
    expect(codesOf(await trySend(sender, blocker))).toEqual(['REQUEST_PENDING']);
    // What came live is what the blocker did.
    const somebody = await registerUser(app);
    await blocker.ask(FollowDocument, { userId: somebody.user.id });
    const { events: unblocked } = await stream.next();
    expect(unblocked).toMatchObject({ __typename: 'UserChanged', user: { id: sender.user.id } });
    expect((await stream.next()).events).toMatchObject({ __typename: 'UserChanged', user: { id: somebody.user.id } });
  });

  it('can be taken back, which the blocker does not hear either; the next one is like any other', async () => {
    const [sender, blocker] = await arranged();
    const { id } = await send(sender, blocker);
    const [toldSender = [], toldBlocker = []] = await tellingOf([sender, blocker], () => answerIt(sender, id, 'CANCEL'));
    expect([said(toldSender), toldBlocker]).toEqual([['FriendRequestChanged CANCELLED', 'UserChanged'], []]);
    await unblock(blocker, sender);
    const again = await send(sender, blocker);
    expect(await listed(blocker, 'INCOMING')).toEqual([[again.id, 'PENDING']]);
  });

  it('is not accepted when the blocker, who knows of none, asks; it is with the friendship', async () => {
    const [sender, blocker] = await arranged();
    const hidden = await send(sender, blocker);
    await unblock(blocker, sender);
    const own = await send(blocker, sender);
    expect(own).toMatchObject({ from: { id: blocker.user.id }, status: 'PENDING' });
    expect([(await pendingOf(sender, blocker))?.id, (await pendingOf(blocker, sender))?.id]).toEqual([own.id, own.id]);
    const [toldSender = [], toldBlocker = []] = await tellingOf([sender, blocker], () => answerIt(sender, own.id, 'ACCEPT'));
    const requests = (told: readonly Told[]) => told.flatMap((event) => (event.__typename === 'FriendRequestChanged' ? [event.friendRequest.id] : []));
    expect([requests(toldSender), requests(toldBlocker)]).toEqual([[hidden.id, own.id], [own.id]]);
    expect(await listed(sender, 'OUTGOING')).toEqual([[hidden.id, 'ACCEPTED']]);
    expect(await listed(blocker, 'INCOMING')).toEqual([]);
  });
});

describe('an answer (C3)', () => {
  const arranged = async () => {
    const [sender, receiver] = await registerTwo(app);
    return { sender, receiver, id: (await send(sender, receiver, 'hello')).id };
  };

  it.each([
    ['ACCEPT', 'ACCEPTED'],
    ['REFUSE', 'REFUSED'],
  ] as const)('%s by the receiver is seen by both', async (answer, status) => {
    const { sender, receiver, id } = await arranged();
    const tellings = await tellingOf([sender, receiver], async () => expect(await answerIt(receiver, id, answer)).toMatchObject({ id, status }));
    for (const telling of tellings) expect(said(telling)).toEqual(expect.arrayContaining([`FriendRequestChanged ${status}`, 'UserChanged']));
    expect([await listed(sender, 'OUTGOING'), await listed(receiver, 'INCOMING')]).toEqual([[[id, status]], [[id, status]]]);
    expect([await pendingOf(sender, receiver), await pendingOf(receiver, sender)]).toEqual([null, null]);
    expect(await areFriends(sender, receiver)).toEqual([answer === 'ACCEPT', answer === 'ACCEPT']);
  });

  it('CANCEL by the sender is seen by both, and the sender can ask again at once', async () => {
    const { sender, receiver, id } = await arranged();
    const tellings = await tellingOf([sender, receiver], () => answerIt(sender, id, 'CANCEL'));
    for (const telling of tellings) expect(said(telling)).toEqual(['FriendRequestChanged CANCELLED', 'UserChanged']);
    expect([await listed(sender, 'OUTGOING'), await listed(receiver, 'INCOMING')]).toEqual([[[id, 'CANCELLED']], []]);
    expect((await receiver.ask(FriendRequestNodeDocument, { id })).node).toMatchObject({ status: 'CANCELLED' });
    expect((await send(sender, receiver)).status).toBe('PENDING');
  });

  it('IGNORE is told to the receiver only, and looks PENDING to the sender in every way', async () => {
    const { sender, receiver, id } = await arranged();
    const [toldSender = [], toldReceiver = [], toldOther = []] = await tellingOf([sender, receiver, await loginAgain(receiver)], async () =>
      expect(await answerIt(receiver, id, 'IGNORE')).toMatchObject({ id, status: 'IGNORED' }),
    );
    expect(toldSender).toEqual([]);
    expect([said(toldReceiver), said(toldOther)]).toEqual([
      ['FriendRequestChanged IGNORED', 'UserChanged'],
      ['FriendRequestChanged IGNORED', 'UserChanged'],
    ]);
    expect([await listed(sender, 'OUTGOING'), await listed(receiver, 'INCOMING')]).toEqual([[[id, 'PENDING']], [[id, 'IGNORED']]]);
    expect([await pendingOf(sender, receiver), await pendingOf(receiver, sender)]).toEqual([{ id, status: 'PENDING' }, null]);
    expect((await sender.ask(FriendRequestNodeDocument, { id })).node).toMatchObject({ status: 'PENDING' });
    expect((await receiver.ask(FriendRequestNodeDocument, { id })).node).toMatchObject({ status: 'IGNORED' });
  });

  it.each([
    ['ACCEPT', 'ACCEPTED'],
    ['REFUSE', 'REFUSED'],
    ['CANCEL', 'CANCELLED'],
  ] as const)('an ignored one still takes %s', async (answer, status) => {
    const { sender, receiver, id } = await arranged();
    await answerIt(receiver, id, 'IGNORE');
    expect(await answerIt(answer === 'CANCEL' ? sender : receiver, id, answer)).toMatchObject({ status });
    expect([await listed(sender, 'OUTGOING'), await listed(receiver, 'INCOMING')]).toEqual([[[id, status]], answer === 'CANCEL' ? [] : [[id, status]]]);
  });

  it.each(['ACCEPT', 'REFUSE', 'IGNORE', 'CANCEL'] as const)('%s twice is once; then any other is CONFLICT', async (answer) => {
    const { sender, receiver, id } = await arranged();
    const whose = (wanted: FriendRequestAnswer) => (wanted === 'CANCEL' ? sender : receiver);
    const first = await answerIt(whose(answer), id, answer);
    const tellings = await tellingOf([sender, receiver], async () => expect(await answerIt(whose(answer), id, answer)).toEqual(first));
    expect(tellings).toEqual([[], []]);
    if (answer === 'IGNORE') return;
    for (const other of (['ACCEPT', 'REFUSE', 'IGNORE', 'CANCEL'] as const).filter((wanted) => wanted !== answer))
      expect(refusalsOf(await tryAnswer(whose(other), id, other))).toEqual([['CONFLICT', 'answer']]);
  });

  it('is for the one whom it is for: FORBIDDEN', async () => {
    const { sender, receiver, id } = await arranged();
    for (const answer of ['ACCEPT', 'REFUSE', 'IGNORE'] as const) expect(codesOf(await tryAnswer(sender, id, answer))).toEqual(['FORBIDDEN']);
    expect(codesOf(await tryAnswer(receiver, id, 'CANCEL'))).toEqual(['FORBIDDEN']);
    expect(await areFriends(sender, receiver)).toEqual([false, false]);
  });

  it('of anybody else gets the same answer as for a request that never was', async () => {
    const { id } = await arranged();
    const third = await registerUser(app);
    const attempt = async (requestId: string) => (await tryAnswer(third, requestId, 'ACCEPT')).errors.map(({ message, extensions }) => [message, extensions]);
    const never = await attempt(globalId('FriendRequest', randomUUID()));
    expect(never).toMatchObject([[expect.any(String), { code: 'NOT_FOUND' }]]);
    for (const other of [id, globalId('FriendRequest', 'x'), globalId('User', third.user.uuid), '']) expect(await attempt(other)).toEqual(never);
    expect((await third.ask(FriendRequestNodeDocument, { id })).node).toBeNull();
    const visitor = await registerVisitor(app);
    expect((await visitor.ask(FriendRequestNodeDocument, { id })).node).toBeNull();
  });
});

describe('friendRequests', () => {
  it('gives the newest first, page by page, while others come', async () => {
    const receiver = await registerUser(app);
    const ids: string[] = [];
    for (let count = 0; count < 5; count += 1) ids.unshift((await send(await registerUser(app), receiver)).id);
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const { edges, pageInfo } = await listOf(receiver, 'INCOMING', { first: 2, ...(after !== undefined && { after }) });
      seen.push(...edges.map(({ node }) => node.id));
      expect(pageInfo).toMatchObject({ hasPreviousPage: after !== undefined, endCursor: edges.at(-1)?.cursor });
      await send(await registerUser(app), receiver);
      after = pageInfo.hasNextPage ? (pageInfo.endCursor ?? undefined) : undefined;
    } while (after !== undefined);
    expect(seen).toEqual(ids);
  });

  it('begins anew after one that is gone, and ends with none that is there', async () => {
    const receiver = await registerUser(app);
    const ids: string[] = [];
    for (let count = 0; count < 3; count += 1) ids.unshift((await send(await registerUser(app), receiver)).id);
    const { pageInfo } = await listOf(receiver, 'INCOMING', { first: 1 });
    const [newest = '', ...others] = ids;
    const uuid = Buffer.from(newest, 'base64').toString().split(':').at(-1) ?? '';
    await (await openTables(app)).transaction((tx) => tx.db.deleteFrom('FriendRequest').where('uuid', '=', uuid).execute());
    const { edges } = await listOf(receiver, 'INCOMING', { first: 3, after: present(pageInfo.endCursor) });
    expect(edges.map(({ node }) => node.id)).toEqual(others);
  });

  it('refuses what is no page', async () => {
    const one = await registerUser(app);
    const refused = async (page: { first?: number; after?: string }) =>
      refusalsOf(await one.execute(FriendRequestsDocument, { direction: 'OUTGOING', ...page }));
    expect([await refused({ first: 101 }), await refused({ after: 'x' })]).toEqual([[['BAD_USER_INPUT', 'first']], [['BAD_USER_INPUT', 'after']]]);
  });
});
