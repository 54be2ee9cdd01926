import { beforeAll, describe, expect, it } from 'vitest';
import {
  AnswerFriendRequestDocument,
  AnswerJoinRequestDocument,
  InviteToGroupDocument,
  JoinGroupDocument,
  SendFriendRequestDocument,
  UpdateUserDocument,
} from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { codesOf, present } from '../support/client.ts';
import { createGroup, openTables, readGroup, registerFriends } from '../support/groups.ts';
import { adminEnv, loginAdmin, type Person, registerUser } from '../support/people.ts';

let app: TestApp;
let operator: Person;
beforeAll(async () => {
  app = await startApp(adminEnv);
  operator = await loginAdmin(app);
});

const setEnabled = (person: Person, enabled: boolean) => operator.ask(UpdateUserDocument, { userId: person.user.id, enabled });

describe('whoever was disabled after they had asked', () => {
  it('becomes nobody’s friend until they are enabled', async () => {
    const [one, other] = [await registerUser(app), await registerUser(app)];
    const { id } = present((await one.ask(SendFriendRequestDocument, { userId: other.user.id })).sendFriendRequest);
    await setEnabled(one, false);
    const accept = () => other.execute(AnswerFriendRequestDocument, { id, answer: 'ACCEPT' });
    expect(codesOf(await accept())).toEqual(['RECIPIENT_UNAVAILABLE']);
    await setEnabled(one, true);
    expect((await accept()).data?.answerFriendRequest).toMatchObject({ status: 'ACCEPTED' });
  });

  it('can be refused as a friend all the same', async () => {
    const [one, other] = [await registerUser(app), await registerUser(app)];
    const { id } = present((await one.ask(SendFriendRequestDocument, { userId: other.user.id })).sendFriendRequest);
    await setEnabled(one, false);
    expect(codesOf(await other.execute(AnswerFriendRequestDocument, { id, answer: 'REFUSE' }))).toEqual([]);
  });

  it('is let into no group until they are enabled, and can be refused', async () => {
    const { owner, member, friend } = await registerFriends(app, await openTables(app), 'owner', 'member', 'friend');
    const { id, inviteCode } = await createGroup(owner, [member], { joinPolicy: 'APPROVAL' });
    const [one, other] = [await registerUser(app), await registerUser(app)];
    const requests = [];
    for (const person of [one, other]) requests.push(present((await person.ask(JoinGroupDocument, { inviteCode })).joinGroup).id);
    await member.ask(InviteToGroupDocument, { conversationId: id, userIds: [friend.user.id] });
    const proposed = present((await readGroup(owner, id)).group.joinRequests?.edges.at(-1)).node.id;
    for (const person of [one, other, friend]) await setEnabled(person, false);
    const answer = (request: string | undefined, accept: boolean) => owner.execute(AnswerJoinRequestDocument, { id: present(request), accept });
    expect(codesOf(await answer(requests[0], true))).toEqual(['RECIPIENT_UNAVAILABLE']);
    expect(codesOf(await answer(proposed, true))).toEqual(['RECIPIENT_UNAVAILABLE']);
    expect(codesOf(await answer(requests[1], false))).toEqual([]);
    expect((await readGroup(owner, id)).group.memberCount).toBe(2);
    await setEnabled(one, true);
    expect((await answer(requests[0], true)).data?.answerJoinRequest).toMatchObject({ status: 'ACCEPTED' });
  });
});
