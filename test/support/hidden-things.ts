import { randomBytes, randomUUID } from 'node:crypto';
import {
  AnswerFriendRequestDocument,
  AnswerJoinRequestDocument,
  AuditLogDocument,
  CancelUploadDocument,
  CreateServerKeyDocument,
  CreateUploadDocument,
  DissolveGroupDocument,
  JoinGroupDocument,
  LeaveGroupDocument,
  LogoutDocument,
  PinMessageDocument,
  ReactDocument,
  RecallMessageDocument,
  RemoveMemberDocument,
  SaveProviderDocument,
  SendFriendRequestDocument,
  SessionsDocument,
  UpdateGroupDocument,
  UpdateUserDocument,
} from '../generated/graphql.ts';
import type { TestApp } from './app.ts';
import { present } from './client.ts';
import { createGroup, memberIdOf, openTables, readGroup, registerFriends } from './groups.ts';
import type { Values } from './id-places.ts';
import { sendNotice } from './notices.ts';
import { loginAdmin, loginAgain, makeFriends, type Person, registerUser, registerVisitor, sendText } from './people.ts';
import { keyClient } from './server-keys.ts';

/** Kinds of things with an id, or a code, that somebody may have heard of. `User` are all of them that nobody hides. */
const kinds = {
  Conversation: randomUUID,
  Group: randomUUID,
  Message: () => `${randomUUID()}:3`,
  Member: () => `${randomUUID()}:${randomUUID()}`,
  JoinRequest: randomUUID,
  FriendRequest: randomUUID,
  Session: randomUUID,
  Upload: randomUUID,
  Relationship: () => `${randomUUID()}:${randomUUID()}`,
  Viewer: randomUUID,
  AuditRecord: randomUUID,
  ServerKey: randomUUID,
  Provider: randomUUID,
  User: randomUUID,
  DisabledUser: randomUUID,
  FarUser: randomUUID,
  Uuid: randomUUID,
  InviteCode: () => randomBytes(12).toString('hex'),
} as const;

/** One of the kinds. */
export type Kind = keyof typeof kinds;

/** A well-formed id of a kind that no thing has. */
export function idThatNeverWas(kind: Kind): string {
  const key = kinds[kind]();
  if (kind === 'Uuid' || kind === 'InviteCode') return key;
  return globalId(kind.endsWith('User') ? 'User' : kind, key);
}

/** Somebody with a live session, to whom things do not exist. */
export interface Asker {
  readonly name: string;
  readonly person: Person;
  /** What does not exist for the asker, by what it is. */
  readonly hidden: Readonly<Partial<Record<Kind, Readonly<Record<string, string>>>>>;
  /** Valid values of arguments. */
  readonly values: Values;
  /** Ids of things that the asker sees. */
  readonly own: Readonly<Record<string, string>>;
}

/** The global id of a type and a key. */
export function globalId(typename: string, key: string): string {
  return Buffer.from(`${typename}:${key}`).toString('base64url');
}

/** The key in a global id. */
export function keyIn(id: string): string {
  return Buffer.from(id, 'base64url').toString().split(':').slice(1).join(':');
}

const groupIdOf = (conversationId: string) => globalId('Group', keyIn(conversationId));

/** Makes things of other people, and those who ask for them. The server must have an admin. */
export async function makeHiddenThings(app: TestApp): Promise<Asker[]> {
  const people = await registerFriends(app, await openTables(app), 'owner', 'member', 'host', 'left', 'removed', 'dissolver', 'dissolved member', 'newcomer');
  const { owner, member, host, left, removed, dissolver, newcomer } = people;
  const [stranger, far, disabled, waiting, refused, recipient] = await Promise.all(Array.from({ length: 6 }, () => registerUser(app)));
  if (!stranger || !far || !disabled || !waiting || !refused || !recipient) throw new Error('somebody is missing');
  const [visitor, visitorWhoLeft] = await Promise.all([registerVisitor(app), registerVisitor(app)]);
  const everybody = { stranger, visitor, left, removed, 'visitor who left': visitorWhoLeft, dissolver };

  const write = async (person: Person, to: string, what: string) => (await sendText(person, to, `a secret: ${what}`)).id;
  const join = async (person: Person, inviteCode: string) => present((await person.ask(JoinGroupDocument, { inviteCode })).joinGroup).id;
  const direct = (await sendText(owner, member.user.id, 'a secret for two')).conversation.id;
  const { id: group, inviteCode: oldCode } = await createGroup(owner, [member], { name: 'a secret group' });
  const [accepted, ofLeft, ofRemoved] = [await join(visitorWhoLeft, oldCode), await join(left, oldCode), await join(removed, oldCode)];
  const messages = {
    'first notice': globalId('Message', `${keyIn(group)}:1`),
    'of two': await write(member, direct, 'two'),
    'of the owner': await write(owner, group, 'owner'),
    'of who left': await write(left, group, 'left'),
    'of who was removed': await write(removed, group, 'removed'),
    'of the visitor who left': await write(visitorWhoLeft, group, 'visitor'),
    recalled: await write(member, group, 'recalled'),
    pinned: await write(member, group, 'pinned'),
  };
  await member.ask(RecallMessageDocument, { id: messages.recalled });
  await owner.ask(PinMessageDocument, { messageId: messages.pinned });
  await owner.ask(ReactDocument, { messageId: messages['of who left'], emoji: '👍' });
  await left.ask(LeaveGroupDocument, { conversationId: group });
  await visitorWhoLeft.ask(LeaveGroupDocument, { conversationId: group });
  await owner.ask(RemoveMemberDocument, { memberId: memberIdOf(group, removed) });
  await join(newcomer, oldCode);
  const after = await write(owner, group, 'after they left');
  await owner.ask(UpdateGroupDocument, { input: { conversationId: group, joinPolicy: 'APPROVAL', resetInviteCode: true } });
  const { inviteCode } = (await readGroup(owner, group)).group;
  const [pending, no] = [await join(waiting, present(inviteCode)), await join(refused, present(inviteCode))];
  await owner.ask(AnswerJoinRequestDocument, { id: no, accept: false });

  const ended = await createGroup(dissolver, [people['dissolved member'], owner], { name: 'a secret end', joinPolicy: 'APPROVAL' });
  const inEnded = await write(dissolver, ended.id, 'dissolved');
  const forEnded = await join(waiting, ended.inviteCode);
  await dissolver.ask(DissolveGroupDocument, { conversationId: ended.id });

  await makeFriends(owner, far);
  const ask = async (from: Person) => present((await from.ask(SendFriendRequestDocument, { userId: recipient.user.id })).sendFriendRequest).id;
  const [asked, answered, cancelled] = [await ask(owner), await ask(member), await ask(far)];
  await recipient.ask(AnswerFriendRequestDocument, { id: answered, answer: 'ACCEPT' });
  await far.ask(AnswerFriendRequestDocument, { id: cancelled, answer: 'CANCEL' });
  const sessionOf = async (person: Person) => present(present((await person.ask(SessionsDocument, {})).viewer).sessions.find(({ isCurrent }) => isCurrent)).id;
  const again = await loginAgain(owner);
  const endedSession = await sessionOf(again);
  await again.ask(LogoutDocument, {});
  const announce = async () =>
    present((await owner.ask(CreateUploadDocument, { input: { clientId: randomUUID(), kind: 'IMAGE', name: 'a secret.png', size: 1 } })).createUpload).id;
  const [upload, cancelledUpload] = [await announce(), await announce()];
  await owner.ask(CancelUploadDocument, { id: cancelledUpload });
  const admin = await loginAdmin(app);
  await admin.ask(UpdateUserDocument, { userId: disabled.user.id, enabled: false });
  const key = present((await admin.ask(CreateServerKeyDocument, { name: 'a secret key', rights: ['ALL'] })).createServerKey).key.id;
  const provider = present((await admin.ask(SaveProviderDocument, { input: { name: 'a secret provider', kind: 'SECRET' } })).saveProvider).id;
  const notice = await sendNotice(await keyClient(app, ['NOTICES'], admin), owner, 'a secret of a server');
  const [audited] = present((await admin.ask(AuditLogDocument, { filter: { targetId: disabled.user.id } })).auditLog).edges;

  const hidden: Asker['hidden'] = {
    Conversation: { direct, group, dissolved: ended.id, 'of notices': notice.conversation.id },
    Group: { group: groupIdOf(group), dissolved: groupIdOf(ended.id), direct: groupIdOf(direct), 'of notices': groupIdOf(notice.conversation.id) },
    Message: { ...messages, after, 'beyond the last': globalId('Message', `${keyIn(group)}:999`), dissolved: inEnded, 'of a server': notice.id },
    Member: {
      owner: memberIdOf(group, owner),
      left: memberIdOf(group, left),
      removed: memberIdOf(group, removed),
      'of two': memberIdOf(direct, member),
      dissolved: memberIdOf(ended.id, dissolver),
      'of the dissolved': memberIdOf(ended.id, people['dissolved member']),
      'nobody there': memberIdOf(group, stranger),
      'of notices': memberIdOf(notice.conversation.id, owner),
    },
    JoinRequest: { pending, refused: no, accepted, 'of who left': ofLeft, 'of who was removed': ofRemoved, dissolved: forEnded },
    FriendRequest: { pending: asked, accepted: answered, cancelled },
    Session: { live: await sessionOf(owner), ended: endedSession },
    Upload: { waiting: upload, cancelled: cancelledUpload },
    Relationship: { 'of others': globalId('Relationship', `${owner.user.uuid}:${member.user.uuid}`) },
    Viewer: { owner: globalId('Viewer', owner.user.uuid) },
    AuditRecord: { 'of a disabled user': present(audited).node.id },
    ServerKey: { good: key },
    Provider: { enabled: provider },
    User: {},
    DisabledUser: { disabled: disabled.user.id },
    FarUser: { far: far.user.id, owner: owner.user.id, disabled: disabled.user.id },
    Uuid: { disabled: disabled.user.uuid },
    InviteCode: { old: oldCode, dissolved: ended.inviteCode },
  };

  const home = await createGroup(host, [], { name: 'home' });
  const askers: Asker[] = [];
  for (const [name, person] of [...Object.entries(everybody), ['newcomer', newcomer] as const]) {
    const own = {
      joinRequest: await join(person, home.inviteCode),
      conversation: home.id,
      group: groupIdOf(home.id),
      message: (await sendText(person, home.id, `${name} at home`)).id,
      member: memberIdOf(home.id, person),
      session: await sessionOf(person),
      viewer: globalId('Viewer', person.user.uuid),
      relationship: globalId('Relationship', `${person.user.uuid}:${host.user.uuid}`),
      user: person.user.id,
      host: host.user.id,
    };
    const values = {
      conversationId: home.id,
      to: home.id,
      avatarId: null,
      replyTo: own.message,
      forward: own.message,
      userId: host.user.id,
      userIds: [host.user.id],
      memberIds: [host.user.id],
      mentions: [host.user.id],
      actorId: host.user.id,
      targetId: host.user.id,
      mentionsEveryone: false,
      kind: 'VIDEO',
      size: 1,
      duration: 1,
      emoji: '👍',
      avatar: 'https://example.com/a.png',
      keyword: 'secret',
      after: undefined,
    };
    // Whoever is a member now sees what came later, and nothing about messages before it (G6).
    const before = Object.fromEntries(Object.entries(messages).filter(([what]) => what !== 'of two'));
    askers.push({ name, person, hidden: name === 'newcomer' ? { Message: before } : hidden, values, own });
  }
  return askers;
}
