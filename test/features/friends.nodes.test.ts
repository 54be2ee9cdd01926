import { beforeAll, expect, it } from 'vitest';
import {
  AnswerFriendRequestDocument,
  EventsDocument,
  FriendDocument,
  PresenceDocument,
  RemoveFriendDocument,
  SendFriendRequestDocument,
} from '../generated/graphql.ts';
import { startNodes, type TestApp } from '../support/app.ts';
import { present } from '../support/client.ts';
import { type Person, registerUser } from '../support/people.ts';

let here: TestApp;
let there: TestApp;
beforeAll(async () => {
  const [first, second] = await startNodes(2);
  here = present(first);
  there = present(second);
});

const two = () => Promise.all([registerUser(here), registerUser(there)]);
const relationshipOf = async (person: Person, other: Person) => present((await person.ask(FriendDocument, { uuid: other.user.uuid })).userInfo?.relationship);

it('a request, the friendship and its notice reach the devices on another node', async () => {
  const [one, other] = await two();
  const stream = other.socket().subscribe(EventsDocument, {});
  await stream.next();
  const request = present((await one.ask(SendFriendRequestDocument, { userId: other.user.id })).sendFriendRequest);
  const typed = (name: string) => stream.until(({ events }) => events.__typename === name, name);
  expect((await typed('FriendRequestChanged')).events).toMatchObject({ friendRequest: { id: request.id, status: 'PENDING' } });
  await other.at(here).ask(AnswerFriendRequestDocument, { id: request.id, answer: 'ACCEPT' });
  // The order of one's own affairs and of the conversation is not promised.
  const names = ['FriendRequestChanged', 'UserChanged', 'MessageSent'];
  const seen: string[] = [];
  while (!names.every((name) => seen.includes(name))) seen.push((await stream.next()).events.__typename);
  expect(await relationshipOf(one.at(there), other)).toMatchObject({ isFriend: true, conversation: { lastSeq: 1 } });
});

it('friends see each other’s presence on another node at once, and no longer when they are none', async () => {
  const [one, other] = await two();
  await other.socket().connected();
  const watched = one.socket().subscribe(PresenceDocument, { userIds: [other.user.id] });
  expect((await watched.next()).presence.presence).toBeNull();
  const request = present((await one.ask(SendFriendRequestDocument, { userId: other.user.id })).sendFriendRequest);
  await other.ask(AnswerFriendRequestDocument, { id: request.id, answer: 'ACCEPT' });
  expect((await watched.next()).presence.presence).toBe('ONLINE');
  await other.ask(RemoveFriendDocument, { userId: one.user.id });
  expect((await watched.next()).presence.presence).toBeNull();
});

it('requests that cross on two nodes make one friendship', async () => {
  for (let round = 0; round < 5; round += 1) {
    const [one, other] = await two();
    const answers = await Promise.all([
      one.ask(SendFriendRequestDocument, { userId: other.user.id }),
      other.ask(SendFriendRequestDocument, { userId: one.user.id }),
    ]);
    expect(new Set(answers.map(({ sendFriendRequest }) => sendFriendRequest?.id)).size).toBe(1);
    for (const [person, friend] of [
      [one, other],
      [other, one],
    ] as const)
      expect(await relationshipOf(person, friend)).toMatchObject({ isFriend: true, friendRequest: null, conversation: { lastSeq: 1 } });
  }
});
