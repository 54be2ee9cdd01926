import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { schema } from '../../src/schema.ts';
import { startApp } from '../support/app.ts';
import type { Answer } from '../support/client.ts';
import { codesOf } from '../support/client.ts';
import { createGroup, memberIdOf, openTables, registerFriends } from '../support/groups.ts';
import { documentOf, type IdPlace, idPlaces, type Values, variablesOf } from '../support/id-places.ts';
import { requireSystem, type SentNotice, sendNotice } from '../support/notices.ts';
import { adminEnv, type Person } from '../support/people.ts';
import { keyClient } from '../support/server-keys.ts';

/** What a person may do with their SYSTEM conversation, a message of it or their place there, at every place that takes such a thing. */
const table: Readonly<Record<string, 'ALLOWED' | 'FORBIDDEN' | 'NOT_FOUND'>> = {
  'Mutation.dissolveGroup(conversationId:)': 'FORBIDDEN',
  'Mutation.editMessage(id:)': 'FORBIDDEN',
  'Mutation.inviteToGroup(conversationId:)': 'FORBIDDEN',
  'Mutation.leaveGroup(conversationId:)': 'FORBIDDEN',
  'Mutation.markRead(conversationId:)': 'ALLOWED',
  'Mutation.pinMessage(messageId:)': 'FORBIDDEN',
  'Mutation.react(messageId:)': 'FORBIDDEN',
  'Mutation.recallMessage(id:)': 'FORBIDDEN',
  'Mutation.removeMember(memberId:)': 'FORBIDDEN',
  'Mutation.sendMessage MessageContentInput.forward': 'ALLOWED',
  // A reply stands where the message stands that it answers, and this one is sent to elsewhere.
  'Mutation.sendMessage SendMessageInput.replyTo': 'NOT_FOUND',
  'Mutation.sendMessage SendMessageInput.to': 'FORBIDDEN',
  // For keys.
  'Mutation.sendNotice NoticeTargetInput.conversationId': 'FORBIDDEN',
  'Mutation.setTyping(conversationId:)': 'FORBIDDEN',
  'Mutation.unpinMessage(messageId:)': 'FORBIDDEN',
  'Mutation.unreact(messageId:)': 'FORBIDDEN',
  'Mutation.updateConversation(conversationId:)': 'ALLOWED',
  'Mutation.updateGroup UpdateGroupInput.conversationId': 'FORBIDDEN',
  'Mutation.updateMember(memberId:)': 'FORBIDDEN',
  'Query.conversation(id:)': 'ALLOWED',
  'Query.searchMessages(conversationId:)': 'ALLOWED',
  'Subscription.messages(conversationId:)': 'ALLOWED',
  'Subscription.typing(conversationId:)': 'FORBIDDEN',
};

const named = /conversationId|messageId|memberId:|conversation\(id:|(edit|recall)Message\(id:|\.(to|replyTo|forward)$/;
const places = idPlaces(schema).filter(({ name }) => named.test(name));

it('the table says of every place that takes a conversation, a message or a member what a person may do there', () => {
  expect(places.map(({ name }) => name).toSorted()).toEqual(Object.keys(table).toSorted());
});

describe('in a SYSTEM conversation the person reads, and does nothing else', () => {
  let person: Person;
  let notice: SentNotice;
  let values: Values;
  beforeAll(async () => {
    const app = await startApp(adminEnv);
    const { owner, friend } = await registerFriends(app, await openTables(app), 'owner', 'friend');
    person = owner;
    notice = await sendNotice(await keyClient(app, ['NOTICES']), person, 'a parcel');
    const home = await createGroup(person, [friend]);
    values = { to: home.id, emoji: '👍', keyword: 'parcel', userIds: [friend.user.id], seq: 0, name: 'another name', text: 'a text' };
  });

  const idFor = ({ name }: IdPlace) => {
    if (/memberId/.test(name)) return memberIdOf(notice.conversation.id, person);
    return /conversation(Id|\()|Input\.to$/.test(name) ? notice.conversation.id : notice.id;
  };

  it.each(places)('$name', async (place) => {
    const before = await requireSystem(person);
    const document = documentOf(place, schema);
    const variables = variablesOf(place, idFor(place), { ...values, clientId: randomUUID() }, 'least');
    const stream = person.socket().subscribe<Record<string, unknown>, typeof variables>(document, variables);
    const silent: Answer<Record<string, unknown>> = { data: {}, errors: [] };
    // A subscription that is not refused says nothing.
    const answer = await (place.operation === 'subscription' && table[place.name] === 'ALLOWED' ? silent : stream.answer());
    stream.close();
    const expected = table[place.name];
    expect(codesOf(answer)).toEqual(expected === 'ALLOWED' ? [] : [expected]);
    expect(await requireSystem(person)).toEqual(before);
  });
});
