import { randomUUID } from 'node:crypto';
import { isInterfaceType } from 'graphql';
import { beforeAll, describe, expect, it } from 'vitest';
import { schema } from '../../src/schema.ts';
import { HistoryDocument } from '../generated/graphql.ts';
import { startApp } from '../support/app.ts';
import type { Answer } from '../support/client.ts';
import { type Asker, globalId, idThatNeverWas, type Kind, keyIn, makeHiddenThings } from '../support/hidden-things.ts';
import { documentOf, type Filling, type IdPlace, idPlaces, variablesOf } from '../support/id-places.ts';
import { adminEnv } from '../support/people.ts';
import type { Socket } from '../support/socket.ts';

/**
 * What each place takes. Nothing: no thing that has an id, but what a client makes up or a secret. `User`: people whom everybody may know, so that only
 * ids that never were and ids of other types are asked for.
 */
const table: Readonly<Record<string, readonly Kind[]>> = {
  'Query.auditLog AuditFilter.actorId': ['User'],
  'Query.auditLog AuditFilter.targetId': ['User'],
  'Query.conversation(id:)': ['Conversation'],
  'Query.groupByCode(inviteCode:)': ['InviteCode'],
  'Query.node(id:)': [
    'Conversation',
    'Group',
    'Message',
    'Member',
    'JoinRequest',
    'FriendRequest',
    'Session',
    'Relationship',
    'Viewer',
    'AuditRecord',
    'ServerKey',
    'Provider',
    'Upload',
    'DisabledUser',
  ],
  'Query.searchMessages(conversationId:)': ['Conversation'],
  'Query.userByExternalId(externalId:)': [],
  'Query.userInfo(uuid:)': ['Uuid'],
  'Mutation.allowToWrite ExternalIdInput.id': [],
  'Mutation.allowToWrite PersonInput.userId': ['User'],
  'Mutation.answerFriendRequest(id:)': ['FriendRequest'],
  'Mutation.answerJoinRequest(id:)': ['JoinRequest'],
  'Mutation.blockUser(userId:)': ['User'],
  'Mutation.cancelUpload(id:)': ['Upload'],
  'Mutation.createGroup CreateGroupInput.clientId': [],
  'Mutation.createGroup CreateGroupInput.memberIds': ['User'],
  'Mutation.createUpload CreateUploadInput.clientId': [],
  'Mutation.createUpload CreateUploadInput.coverId': ['Upload'],
  'Mutation.dissolveGroup(conversationId:)': ['Conversation'],
  'Mutation.editMessage(id:)': ['Message'],
  'Mutation.endSessions ExternalIdInput.id': [],
  'Mutation.endSessions PersonInput.userId': ['User'],
  'Mutation.follow(userId:)': ['DisabledUser'],
  'Mutation.inviteToGroup(conversationId:)': ['Conversation'],
  'Mutation.inviteToGroup(userIds:)': ['User'],
  'Mutation.issueSession ExternalIdInput.id': [],
  'Mutation.issueSession PersonInput.userId': ['User'],
  'Mutation.joinGroup(clientId:)': [],
  'Mutation.joinGroup(inviteCode:)': ['InviteCode'],
  'Mutation.leaveGroup(conversationId:)': ['Conversation'],
  'Mutation.logout(sessionId:)': ['Session'],
  'Mutation.markRead(conversationId:)': ['Conversation'],
  'Mutation.pinMessage(messageId:)': ['Message'],
  'Mutation.react(messageId:)': ['Message'],
  'Mutation.recallMessage(id:)': ['Message'],
  'Mutation.register RegisterInput.deviceId': [],
  'Mutation.registerVisitor RegisterVisitorInput.deviceId': [],
  'Mutation.removeFriend(userId:)': ['User'],
  'Mutation.resetPassword(userId:)': ['User'],
  'Mutation.withdrawJoinRequest(id:)': ['JoinRequest'],
  'Mutation.removeMember(memberId:)': ['Member'],
  'Mutation.revokeServerKey(id:)': ['ServerKey'],
  'Mutation.rotateProviderSecret(id:)': ['Provider'],
  'Mutation.saveProvider ProviderInput.id': ['Provider'],
  'Mutation.identify IdentifyInput.deviceId': [],
  'Mutation.sendFriendRequest(clientId:)': [],
  'Mutation.sendFriendRequest(userId:)': ['User'],
  'Mutation.sendMessage AttachmentsInput.uploadIds': ['Upload'],
  'Mutation.sendMessage MessageContentInput.contact': ['DisabledUser'],
  'Mutation.sendMessage MessageContentInput.forward': ['Message'],
  'Mutation.sendMessage SendMessageInput.clientId': [],
  'Mutation.sendMessage SendMessageInput.mentions': ['FarUser'],
  'Mutation.sendMessage SendMessageInput.replyTo': ['Message'],
  'Mutation.sendMessage SendMessageInput.to': ['Conversation', 'User'],
  // For keys of servers: people are refused before anything is looked for.
  'Mutation.sendNotice ExternalIdInput.id': ['Uuid'],
  'Mutation.sendNotice NoticeTargetInput.conversationId': ['Conversation'],
  'Mutation.sendNotice NoticeTargetInput.userId': ['DisabledUser'],
  'Mutation.sendNotice SendNoticeInput.clientId': [],
  'Mutation.setTyping(conversationId:)': ['Conversation'],
  'Mutation.unblockUser(userId:)': ['User'],
  'Mutation.unfollow(userId:)': ['User'],
  'Mutation.unpinMessage(messageId:)': ['Message'],
  'Mutation.unreact(messageId:)': ['Message'],
  'Mutation.updateConversation(conversationId:)': ['Conversation'],
  'Mutation.updateFriend UpdateFriendInput.userId': ['User'],
  'Mutation.updateGroup UpdateGroupInput.avatarId': ['Upload'],
  'Mutation.updateGroup UpdateGroupInput.conversationId': ['Conversation'],
  'Mutation.updateProfile UpdateProfileInput.avatarId': ['Upload'],
  'Mutation.updateMember(memberId:)': ['Member'],
  'Mutation.updateUser(userId:)': ['User'],
  'Mutation.upsertUser UpsertUserInput.externalId': [],
  'Mutation.upsertUser UpsertUserInput.userId': ['User'],
  'Subscription.messages(conversationId:)': ['Conversation'],
  'Subscription.presence(userIds:)': ['DisabledUser'],
  'Subscription.typing(conversationId:)': ['Conversation'],
};

/** Where the answer is another code than NOT_FOUND. */
const otherCodes: Readonly<Record<string, string>> = {
  // Whom a message may name are the members: everybody else is the same, known or not.
  'Mutation.sendMessage SendMessageInput.mentions': 'BAD_USER_INPUT',
  'Mutation.resetPassword(userId:)': 'FORBIDDEN',
  // For server keys.
  'Mutation.allowToWrite PersonInput.userId': 'FORBIDDEN',
  'Mutation.endSessions PersonInput.userId': 'FORBIDDEN',
  'Mutation.issueSession PersonInput.userId': 'FORBIDDEN',
  'Mutation.upsertUser UpsertUserInput.userId': 'FORBIDDEN',
  'Mutation.revokeServerKey(id:)': 'FORBIDDEN',
  'Mutation.rotateProviderSecret(id:)': 'FORBIDDEN',
  'Mutation.saveProvider ProviderInput.id': 'FORBIDDEN',
  'Mutation.sendNotice ExternalIdInput.id': 'FORBIDDEN',
  'Mutation.sendNotice NoticeTargetInput.conversationId': 'FORBIDDEN',
  'Mutation.sendNotice NoticeTargetInput.userId': 'FORBIDDEN',
  'Mutation.updateUser(userId:)': 'FORBIDDEN',
  'Mutation.updateGroup UpdateGroupInput.avatarId': 'FORBIDDEN',
  'Query.auditLog AuditFilter.actorId': 'FORBIDDEN',
  'Query.auditLog AuditFilter.targetId': 'FORBIDDEN',
};

const places = idPlaces(schema);

let askers: readonly Asker[];
const sockets = new Map<Asker, Socket>();
beforeAll(async () => {
  askers = await makeHiddenThings(await startApp(adminEnv));
  for (const asker of askers) sockets.set(asker, asker.person.socket());
});

type AnyAnswer = Answer<Readonly<Record<string, unknown>>>;

async function ask(place: IdPlace, asker: Asker, id: string, filling: Filling): Promise<AnyAnswer> {
  const document = documentOf(place, schema);
  const variables = variablesOf(place, id, { ...asker.values, clientId: randomUUID() }, filling);
  // One of them by HTTP, which takes more time, the others through sockets: both doors lead to the same.
  if (filling === 'least' && place.operation !== 'subscription' && asker.name === 'stranger')
    return await asker.person.execute<AnyAnswer['data'] & object, typeof variables>(document, variables);
  const stream = sockets.get(asker)?.subscribe<AnyAnswer['data'] & object, typeof variables>(document, variables);
  if (!stream) throw new Error('the socket is missing');
  // A subscription that is not refused says nothing.
  const answer = await (place.operation === 'subscription' ? stream.answer().catch(() => ({ data: { open: true }, errors: [] })) : stream.answer());
  stream.close();
  return answer;
}

/** An answer as text, without the id. */
const textOf = (answer: AnyAnswer, id: string) => JSON.stringify(answer).replaceAll(JSON.stringify(id), '"the id"');

const isEmpty = (value: unknown) => value === null || (typeof value === 'object' && 'edges' in value && Array.isArray(value.edges) && value.edges.length === 0);

/** Says what is wrong with the answer for an id that never was, or null. */
function faultOf({ name, operation, field }: IdPlace, asker: Asker, { data, errors }: AnyAnswer): string | null {
  const codes = errors.map(({ extensions }) => extensions?.code).join();
  if (codes === 'VISITOR_FORBIDDEN') return asker.person.user.role === 'VISITOR' ? null : codes;
  if (operation === 'query') return codes === (otherCodes[name] ?? '') && isEmpty(data?.[field.name]) ? null : JSON.stringify({ data, errors });
  return codes === (otherCodes[name] ?? 'NOT_FOUND') ? null : JSON.stringify({ data, errors });
}

/** Texts that are ids of nothing: some would be of what the asker sees, were they read less strictly. */
function malformed({ own }: Asker): string[] {
  const [conversation = '', message = ''] = [own.conversation, own.message].map((id) => keyIn(id ?? ''));
  const [uuid = '', seq = ''] = message.split(':');
  const spoilt = Object.values(own).flatMap((id) => {
    const [type = '', key = ''] = [typeIn(id), keyIn(id)];
    return [`${id}=`, ` ${id}`, key, ...[key.toUpperCase(), `${key} `, ` ${key}`, `${key}:`, '', '1'].map((other) => globalId(type, other))];
  });
  const keys = ['Zebra', 'Query', 'PageInfo', '__Type', 'Node', 'conversation', ''].flatMap((type) => [globalId(type, ''), globalId(type, conversation)]);
  const places = [
    `${uuid}:0`,
    `${uuid}:0${seq}`,
    `${uuid}:-${seq}`,
    `${uuid}:${seq}.0`,
    `${uuid}:1e0`,
    `${uuid}:9999999999999999`,
    uuid,
    `${uuid.toUpperCase()}:${seq}`,
  ];
  const messages = [...places, `${uuid}:${seq}:${seq}`, `${uuid}: ${seq}`].map((key) => globalId('Message', key));
  const members = [uuid, `${uuid}:`].map((key) => globalId('Member', key));
  return ['', ' ', '0', 'x', '你好', 'x'.repeat(300), ...spoilt, ...keys, ...messages, ...members];
}

/** The type that a global id says. */
const typeIn = (id: string) => Buffer.from(id, 'base64url').toString().split(':')[0] ?? '';

/** Whether a text says of which type it is, however it says it. */
const isTyped = (id: string) => /^[A-Za-z_]+:/.test(Buffer.from(id, 'base64url').toString());

it('the table names every place of the schema that takes an id', () => {
  expect([...new Set(places.map(({ name }) => name))].toSorted()).toEqual(Object.keys(table).toSorted());
});

it('node takes every type that is a Node', () => {
  const node = schema.getType('Node');
  const types = isInterfaceType(node) ? schema.getPossibleTypes(node).map(({ name }) => name) : [];
  expect(types.toSorted()).toEqual(table['Query.node(id:)']?.map((kind) => (kind === 'DisabledUser' ? 'User' : kind)).toSorted());
});

const taking = places.filter(({ name }) => (table[name] ?? []).length > 0);

/** The differences between answers to ids and the answer to one that never was. */
async function differences(place: IdPlace, asker: Asker, filling: Filling, kind: Kind, ids: Readonly<Record<string, string>>): Promise<string[]> {
  const never = idThatNeverWas(kind);
  const expected = await ask(place, asker, never, filling);
  const fault = filling === 'least' ? faultOf(place, asker, expected) : null;
  const found = fault === null ? [] : [`${asker.name}: ${kind} that never was: ${fault}`];
  for (const [what, id] of Object.entries(ids)) {
    const answer = textOf(await ask(place, asker, id, filling), id);
    if (answer !== textOf(expected, never)) found.push(`${asker.name} (${filling}): ${kind} ${what}: ${answer} instead of ${textOf(expected, never)}`);
  }
  return found;
}

/** The order in which a server judges what it is given is the same for all: one asker, who once saw the things, gives more than the least. */
const fillingsFor = ({ name }: Asker): readonly Filling[] => (name === 'left' ? ['least', 'all', 'unfit'] : ['least']);

describe('what somebody does not see is as if it never was (M8)', () => {
  it.each(taking)('$name', async (place) => {
    const found = await Promise.all(
      askers.flatMap((asker) =>
        (table[place.name] ?? []).flatMap((kind) => fillingsFor(asker).map((filling) => differences(place, asker, filling, kind, asker.hidden[kind] ?? {}))),
      ),
    );
    expect(found.flat()).toEqual([]);
  });
});

it.each(['after', 'before'])('a message as the cursor %s of the history of another conversation is as one that never was', async (name) => {
  for (const asker of askers) {
    const read = (cursor: string) => asker.person.execute(HistoryDocument, { id: asker.own.conversation ?? '', [name]: cursor });
    const never = JSON.stringify(await read(idThatNeverWas('Message')));
    expect(never).toContain('BAD_USER_INPUT');
    for (const id of Object.values(asker.hidden.Message ?? {})) expect(JSON.stringify(await read(id))).toBe(never);
  }
});

describe('an id of another type, or of no form, is as one that never was', () => {
  it.each(taking.filter(({ scalar }) => scalar === 'ID'))('$name', async (place) => {
    const takes = table[place.name] ?? [];
    const [kind] = takes;
    const [asker] = askers;
    if (!kind || !asker) throw new Error('nobody asks');
    const types = new Set<string>(takes.map((taken) => (taken.endsWith('User') ? 'User' : taken)));
    const things = Object.values(asker.hidden).flatMap((of) => Object.values(of).slice(0, 1));
    // Where a user's id is taken, the uuid is as well.
    const people = types.has('User') ? [asker.own.user, asker.own.host].map((id) => keyIn(id ?? '')).concat(Object.values(asker.hidden.Uuid ?? {})) : [];
    const wrong = [...Object.values(asker.own), ...things].filter((id) => !people.includes(id) && !types.has(typeIn(id)));
    const none = malformed(asker).filter((id) => !people.includes(id) && (takes.length > 1 || !isTyped(id) || types.has(typeIn(id))));
    const ids = Object.fromEntries([...wrong, ...none].map((id) => [`${JSON.stringify(id)} (${Buffer.from(id, 'base64url')})`, id]));
    expect(await differences(place, asker, 'all', kind, ids)).toEqual([]);
  });
});
