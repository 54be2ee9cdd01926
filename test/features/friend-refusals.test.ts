import { beforeAll, describe, expect, it } from 'vitest';
import {
  AnswerFriendRequestDocument,
  BlockUserDocument,
  type FriendRequestAnswer,
  FriendRequestsDocument,
  RemoveFriendDocument,
  SendFriendRequestDocument,
} from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { codesOf, dataOf, present } from '../support/client.ts';
import { type Person, registerTwo, registerUser } from '../support/people.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});

const trySend = (from: Person, to: Person) => from.execute(SendFriendRequestDocument, { userId: to.user.id });
const send = async (from: Person, to: Person) => present(dataOf(await trySend(from, to)).sendFriendRequest);
const answerIt = (person: Person, id: string, answer: FriendRequestAnswer) => person.ask(AnswerFriendRequestDocument, { id, answer });
const block = (one: Person, other: Person) => one.ask(BlockUserDocument, { userId: other.user.id });

describe('after a refusal', () => {
  const refused = async () => {
    const [one, other] = await registerTwo(app);
    await answerIt(other, (await send(one, other)).id, 'REFUSE');
    expect(codesOf(await trySend(one, other))).toEqual(['RATE_LIMITED']);
    return [one, other] as const;
  };

  it('whoever refused can ask, and the refused one accepts by asking', async () => {
    const [one, other] = await refused();
    const theirs = await send(other, one);
    expect(theirs.status).toBe('PENDING');
    expect(await send(one, other)).toMatchObject({ id: theirs.id, status: 'ACCEPTED' });
  });

  it('not while one of the two blocks the other: the refusal holds', async () => {
    const [one, other] = await refused();
    await send(other, one);
    await block(other, one);
    expect(codesOf(await trySend(one, other))).toEqual(['RATE_LIMITED']);
  });

  it('it is over once the two were friends', async () => {
    const [one, other] = await refused();
    await answerIt(one, (await send(other, one)).id, 'ACCEPT');
    await one.ask(RemoveFriendDocument, { userId: other.user.id });
    const again = await send(one, other);
    expect(again.status).toBe('PENDING');
    await answerIt(other, again.id, 'REFUSE');
    expect(codesOf(await trySend(one, other))).toEqual(['RATE_LIMITED']);
  });
});

describe('to the same person (C5)', () => {
  it('three requests a day are taken, those that were taken back included, and for the fourth it says when', async () => {
    const limited = await startApp({ RATE_LIMITS: 'on' });
    const [one, other, third] = [...(await registerTwo(limited)), await registerUser(limited)];
    for (let round = 0; round < 3; round += 1) await answerIt(one, (await send(one, other)).id, 'CANCEL');
    const answer = await trySend(one, other);
    expect(answer.errors[0]?.extensions).toMatchObject({ code: 'RATE_LIMITED', retryAfterSeconds: expect.any(Number) });
    expect(Number(answer.errors[0]?.extensions?.retryAfterSeconds)).toBeGreaterThan(86_000);
    expect((await other.ask(FriendRequestsDocument, { direction: 'INCOMING' })).friendRequests?.edges).toEqual([]);
    // Others are not concerned, and what the other one asks is accepted.
    expect((await send(one, third)).status).toBe('PENDING');
    await send(other, one);
    expect((await send(one, other)).status).toBe('ACCEPTED');
  });
});
