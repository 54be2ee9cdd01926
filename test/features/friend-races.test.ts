import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  AnswerFriendRequestDocument,
  ContactsDocument,
  ConversationDocument,
  ConversationsDocument,
  FriendDocument,
  FriendRequestsDocument,
  RemoveFriendDocument,
  SendFriendRequestDocument,
  SendMessageDocument,
} from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { type Answer, codesOf, present } from '../support/client.ts';
import { loginAgain, makeFriends, type Person, registerTwo, registerUser, sendText } from '../support/people.ts';
import { tellingOf, toldSince } from '../support/replay.ts';

const crowd = 20;
let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});

const two = () => Promise.all([registerUser(app), registerUser(app)]);
const friends = async (): Promise<[Person, Person]> => {
  const [one, other] = await two();
  await makeFriends(one, other);
  return [one, other];
};
const relationshipOf = async (person: Person, other: Person) =>
  present((await person.ask(FriendDocument, { uuid: other.user.uuid })).userInfo?.relationship, 'the relationship');
const remove = (person: Person, other: Person) => person.ask(RemoveFriendDocument, { userId: other.user.id });
const send = async (from: Person, to: Person) => {
  const answer = await from.execute(SendMessageDocument, { input: { to: to.user.id, clientId: randomUUID(), content: { text: 'hello' } } });
  return codesOf(answer)[0] ?? null;
};
const ask = (from: Person, to: Person) => from.execute(SendFriendRequestDocument, { userId: to.user.id });
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

describe('at the same moment', () => {
  const atOnce = <T>(work: (index: number) => Promise<T>, count = crowd) => Promise.all(Array.from({ length: count }, (_, index) => work(index)));
  const tally = (answers: readonly Answer<unknown>[]) => {
    const counts: Record<string, number> = {};
    for (const answer of answers) {
      const code = codesOf(answer)[0] ?? 'done';
      counts[code] = (counts[code] ?? 0) + 1;
    }
    return counts;
  };

  it('20 equal requests make one', async () => {
    const [one, other] = await two();
    expect(tally(await atOnce(() => ask(one, other)))).toEqual({ done: 1, REQUEST_PENDING: crowd - 1 });
    expect(present((await other.ask(FriendRequestsDocument, { direction: 'INCOMING' })).friendRequests).edges).toHaveLength(1);
  });

  it('two that cross make one friendship, with one notice', async () => {
    for (let round = 0; round < 5; round += 1) {
      const [one, other] = await two();
      const answers = await Promise.all([ask(one, other), ask(other, one)]);
      expect(tally(answers)).toEqual({ done: 2 });
      const requests = answers.map(({ data }) => present(data?.sendFriendRequest));
      expect(new Set(requests.map(({ id }) => id)).size).toBe(1);
      expect(requests.map(({ status }) => status).toSorted()).toEqual(['ACCEPTED', 'PENDING']);
      await expectOneFriendship(one, other);
    }
  });

  it('20 accepts make one friendship, with one notice', async () => {
    const [one, other] = await two();
    const { id } = present((await one.ask(SendFriendRequestDocument, { userId: other.user.id })).sendFriendRequest);
    const devices = [other, await loginAgain(other)];
    const tellings = await tellingOf([one], async () => {
      const answers = await atOnce((index) => present(devices[index % 2]).execute(AnswerFriendRequestDocument, { id, answer: 'ACCEPT' }));
      expect(tally(answers)).toEqual({ done: crowd });
    });
    expect(tellings[0]?.map(({ __typename }) => __typename).toSorted()).toEqual(['FriendRequestChanged', 'MessageSent', 'UserChanged']);
    await expectOneFriendship(one, other);
  });

  it('of an accept and a cancel exactly one holds', async () => {
    for (let round = 0; round < 5; round += 1) {
      const [one, other] = await two();
      const { id } = present((await one.ask(SendFriendRequestDocument, { userId: other.user.id })).sendFriendRequest);
      const answers = await Promise.all([
        other.execute(AnswerFriendRequestDocument, { id, answer: 'ACCEPT' }),
        one.execute(AnswerFriendRequestDocument, { id, answer: 'CANCEL' }),
      ]);
      expect(tally(answers)).toEqual({ done: 1, CONFLICT: 1 });
      expect((await relationshipOf(one, other)).isFriend).toBe(codesOf(present(answers[0])).length === 0);
    }
  });

  it('an accept and first messages of both make one conversation', async () => {
    const [one, other] = await registerTwo(app);
    const { id } = present((await one.ask(SendFriendRequestDocument, { userId: other.user.id })).sendFriendRequest);
    const [answer, ...sent] = await Promise.all([
      other.execute(AnswerFriendRequestDocument, { id, answer: 'ACCEPT' }),
      ...Array.from({ length: 4 }, () => send(one, other)),
    ]);
    expect([codesOf(answer), sent]).toEqual([[], [null, null, null, null]]);
    expect((await relationshipOf(one, other)).conversation).toMatchObject({ lastSeq: 5, rev: 5 });
    expect((await other.ask(ConversationsDocument, {})).conversations?.edges).toHaveLength(1);
  });

  it('when unfriending has answered, nothing that only friends may is sent any more', async () => {
    for (let round = 0; round < 3; round += 1) {
      const [one, other] = await friends();
      const { conversation } = await sendText(one, other.user.id, 'first');
      const lastSeq = async () => present((await other.ask(ConversationDocument, { id: conversation.id })).conversation).lastSeq;
      const sends = atOnce(() => send(one, other));
      await remove(other, one);
      const held = await lastSeq();
      const codes = await sends;
      expect(await lastSeq()).toBe(held);
      expect(codes.filter((code) => code === null)).toHaveLength(held - 2);
      expect(codes.filter((code) => code !== null && code !== 'FRIENDSHIP_REQUIRED')).toEqual([]);
    }
  });

  it('many people who befriend each other, both ways, all end as friends and nobody waits for ever', async () => {
    const people = await atOnce(() => registerUser(app), 6);
    const pairs = people.flatMap((one) => people.filter((other) => other !== one).map((other) => [one, other] as const));
    const cursors = await tellingOf(people.slice(0, 1), async () => {
      expect(Object.keys(tally(await Promise.all(pairs.map(([one, other]) => ask(one, other))))).filter((code) => code !== 'done')).toEqual([]);
    });
    expect(cursors[0]?.filter(({ __typename }) => __typename === 'MessageSent')).toHaveLength(5);
    for (const person of people) expect((await namesOf(person)).length).toBe(5);
    expect(await toldSince(present(people[0]), present(cursors[0]?.at(-1)).cursor)).toEqual([]);
  });
});
