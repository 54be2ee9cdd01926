import { randomUUID } from 'node:crypto';
import { expect } from 'vitest';
import {
  AnswerFriendRequestDocument,
  BlockUserDocument,
  ChangePasswordDocument,
  FollowDocument,
  type FriendRequestAnswer,
  FriendRequestsDocument,
  LogoutDocument,
  MarkReadDocument,
  RecallMessageDocument,
  RefreshSessionDocument,
  RemoveFriendDocument,
  ResetPasswordDocument,
  SendFriendRequestDocument,
  SendMessageDocument,
  SessionsDocument,
  SetTypingDocument,
  UnblockUserDocument,
  UnfollowDocument,
  UpdateChatsetDocument,
  UpdateFriendDocument,
  UpdateProfileDocument,
  UpdateSettingsDocument,
  UpdateUserDocument,
} from '../generated/graphql.ts';
import { carriedCases, carriedRecalls, carriedSends } from './carried-cases.ts';
import { codesOf, present } from './client.ts';
import { contentEdits, contentRecalls, contentSends } from './content-cases.ts';
import { groupCases, groupRecalls, groupSends, together, waiting } from './group-cases.ts';
import { identityCases } from './identity-cases.ts';
import { noticeCases, noticeReads } from './notice-cases.ts';
import { loginAgain, makeFriends, type Person, registerUser, registerVisitor } from './people.ts';
import { serverCases } from './server-cases.ts';
import type { Party } from './state-law.ts';
import { allDevicesOf, type Scene } from './state-scene.ts';
import { uploadCases } from './upload-cases.ts';
import { uploadAvatar } from './uploads.ts';

/** One way to use a mutation. */
export interface Case {
  readonly name: string;
  /** Default: a user. */
  readonly actorIs?: 'user' | 'visitor';
  /** What happens before the state before is read. */
  readonly arrange?: (scene: Scene) => Promise<unknown>;
  readonly act: (scene: Scene) => Promise<unknown>;
  /** Default: all four, the stranger and the admin with one device. */
  readonly parties?: (scene: Scene) => readonly Party[];
  /** Whose sessions end, and with which code. */
  readonly ends?: (scene: Scene) => ReadonlyMap<Person, string>;
  /** What the case does and no event tells. */
  readonly untold?: 'blocking';
}

const send = (from: Person, to: string, text: string, more: { readonly clientId?: string; readonly replyTo?: string } = {}) =>
  from.ask(SendMessageDocument, { input: { to, clientId: randomUUID(), content: { text }, ...more } });
const allow = (person: Person, sendCount: number, needFollow: boolean) =>
  person.ask(UpdateChatsetDocument, { input: { visitor: { sendCount, needFollow }, user: { sendCount, needFollow } } });
const change = ({ admin }: Scene, user: Person, variables: { readonly enabled?: boolean; readonly role?: 'USER' | 'AGENT' | 'ADMIN' }) =>
  admin[0].ask(UpdateUserDocument, { userId: user.user.id, ...variables });
const sessionOf = async (person: Person) => present((await person.ask(SessionsDocument, {})).viewer?.sessions.find(({ isCurrent }) => isCurrent)).id;

const request = async (from: Person, to: Person) =>
  present((await from.ask(SendFriendRequestDocument, { userId: to.user.id, message: 'hello' })).sendFriendRequest, 'the request').id;
/** The peer has asked the actor. */
const asked: Pick<Case, 'arrange'> = { arrange: ({ actor, peer }) => request(peer[0], actor[0]) };
const answer = async (person: Person, direction: 'INCOMING' | 'OUTGOING', wanted: FriendRequestAnswer, remark?: string) => {
  const { friendRequests } = await person.ask(FriendRequestsDocument, { direction, first: 1 });
  const { id } = present(friendRequests?.edges[0], 'the request').node;
  await person.ask(AnswerFriendRequestDocument, { id, answer: wanted, ...(remark !== undefined && { remark }) });
};
const befriended: Pick<Case, 'arrange'> = {
  arrange: async ({ actor, peer }) => {
    for (const one of [actor, peer]) await one[0].ask(UpdateProfileDocument, { input: { birthday: '1990-02-28' } });
    await makeFriends(actor[0], peer[0]);
  },
};

/** What each mutation is tried with. A mutation of the schema that is not here fails the test. */
export const cases: Readonly<Record<string, readonly Case[]>> = {
  registerVisitor: [
    { name: 'a new visitor', act: ({ app }) => registerVisitor(app) },
    { name: 'a visitor who comes back', actorIs: 'visitor', act: ({ app, deviceId }) => registerVisitor(app, deviceId) },
  ],
  register: [
    { name: 'a new user', act: ({ app }) => registerUser(app) },
    {
      name: 'a visitor becomes a user',
      actorIs: 'visitor',
      act: ({ app, deviceId }) => registerUser(app, { deviceId, nickname: 'Ada' }),
      ends: ({ actor }) => new Map(actor.map((device) => [device, 'TOKEN_INVALID'])),
    },
  ],
  login: [{ name: 'a third device', act: ({ actor }) => loginAgain(actor[0], 'third') }],
  refreshSession: [
    { name: 'the next pair', act: ({ actor }) => actor[0].ask(RefreshSessionDocument, { refreshToken: actor[0].refreshToken }) },
    {
      name: 'the same token again',
      arrange: ({ actor }) => actor[0].ask(RefreshSessionDocument, { refreshToken: actor[0].refreshToken }),
      act: ({ actor }) => actor[0].ask(RefreshSessionDocument, { refreshToken: actor[0].refreshToken }),
    },
    {
      name: 'a token that was used up ends the session',
      arrange: async ({ actor }) => {
        const { refreshSession } = await actor[0].ask(RefreshSessionDocument, { refreshToken: actor[0].refreshToken });
        await actor[0].ask(RefreshSessionDocument, { refreshToken: present(refreshSession).refreshToken });
      },
      act: async ({ app, actor }) =>
        expect(codesOf(await app.execute(RefreshSessionDocument, { refreshToken: actor[0].refreshToken }))).toEqual(['TOKEN_INVALID']),
      ends: ({ actor }) => new Map([[actor[0], 'TOKEN_INVALID']]),
    },
  ],
  logout: [
    { name: 'of this session', act: ({ actor }) => actor[0].ask(LogoutDocument, {}), ends: ({ actor }) => new Map([[actor[0], 'TOKEN_INVALID']]) },
    {
      name: 'of another session',
      act: async ({ actor }) => actor[0].ask(LogoutDocument, { sessionId: await sessionOf(actor[1]) }),
      ends: ({ actor }) => new Map([[actor[1], 'TOKEN_INVALID']]),
    },
  ],
  changePassword: [
    {
      name: 'ends the other session',
      act: ({ actor }) => actor[0].ask(ChangePasswordDocument, { oldPassword: actor[0].password, newPassword: 'battery staple' }),
      ends: ({ actor }) => new Map([[actor[1], 'TOKEN_INVALID']]),
    },
  ],
  ...identityCases,
  resetPassword: [
    {
      name: 'ends all sessions',
      act: ({ admin, actor }) => admin[0].ask(ResetPasswordDocument, { userId: actor[0].user.id }),
      ends: ({ actor }) => new Map(actor.map((device) => [device, 'TOKEN_INVALID'])),
    },
  ],
  ...serverCases,
  ...carriedCases,
  editMessage: [...(carriedCases.editMessage ?? []), ...contentEdits],
  ...groupCases,
  ...uploadCases,
  sendMessage: [
    { name: 'the first one to somebody', parties: allDevicesOf, act: ({ actor, stranger }) => send(actor[0], stranger[0].user.id, 'hello') },
    { name: "a visitor's first one", actorIs: 'visitor', act: ({ actor, stranger }) => send(actor[0], stranger[0].user.id, 'hello') },
    {
      name: 'the only one that is allowed',
      arrange: ({ stranger }) => allow(stranger[0], 1, false),
      act: ({ actor, stranger }) => send(actor[0], stranger[0].user.id, 'hello'),
    },
    { name: 'a later one', act: ({ actor, peer }) => send(actor[0], peer[0].user.id, 'five') },
    { name: 'to a conversation', act: ({ actor, conversationId }) => send(actor[0], conversationId, 'five') },
    { name: 'a reply', act: ({ actor, conversationId, messageIds }) => send(actor[0], conversationId, 'five', { replyTo: present(messageIds[1]) }) },
    {
      name: 'the same one twice',
      act: async ({ actor, conversationId }) => {
        const clientId = randomUUID();
        for (let round = 0; round < 2; round += 1) await send(actor[0], conversationId, 'five', { clientId });
      },
    },
    {
      name: 'several, both ways, from all devices',
      parties: allDevicesOf,
      act: async ({ actor, peer, stranger, conversationId }) => {
        await Promise.all([...actor, ...peer].map((device, index) => send(device, conversationId, `at once ${index}`)));
        await send(actor[1], stranger[0].user.id, 'hello');
      },
    },
    ...groupSends,
    ...carriedSends,
    ...contentSends,
  ],
  sendNotice: noticeCases,
  recallMessage: [
    { name: 'the last one', act: ({ peer, messageIds }) => peer[0].ask(RecallMessageDocument, { id: present(messageIds[3]) }) },
    {
      name: 'one that was answered',
      arrange: ({ peer, conversationId, messageIds }) => send(peer[0], conversationId, 'five', { replyTo: present(messageIds[2]) }),
      act: ({ actor, messageIds }) => actor[0].ask(RecallMessageDocument, { id: present(messageIds[2]) }),
    },
    {
      name: 'one of several that are unread',
      arrange: ({ peer, conversationId }) => send(peer[0], conversationId, 'five'),
      act: ({ peer, messageIds }) => peer[1].ask(RecallMessageDocument, { id: present(messageIds[3]) }),
    },
    ...groupRecalls,
    ...carriedRecalls,
    ...contentRecalls,
  ],
  markRead: [
    { name: 'everything', act: ({ actor, conversationId }) => actor[0].ask(MarkReadDocument, { conversationId, seq: 4 }) },
    { name: 'more than there is', act: ({ actor, conversationId }) => actor[0].ask(MarkReadDocument, { conversationId, seq: 9 }) },
    ...noticeReads,
    { name: 'less than before', act: ({ actor, conversationId }) => actor[0].ask(MarkReadDocument, { conversationId, seq: 1 }) },
    {
      name: 'a part',
      arrange: ({ peer, conversationId }) => send(peer[0], conversationId, 'five'),
      act: ({ actor, conversationId }) => actor[0].ask(MarkReadDocument, { conversationId, seq: 4 }),
    },
    {
      name: 'everything, while the peer is blocked',
      arrange: ({ actor, peer }) => actor[0].ask(BlockUserDocument, { userId: peer[0].user.id }),
      act: ({ actor, conversationId }) => actor[0].ask(MarkReadDocument, { conversationId, seq: 4 }),
    },
  ],
  setTyping: [{ name: 'in a conversation', act: ({ actor, conversationId }) => actor[0].ask(SetTypingDocument, { conversationId }) }],
  follow: [
    {
      name: 'somebody who asks for it',
      parties: allDevicesOf,
      arrange: ({ stranger }) => allow(stranger[0], 2, true),
      act: ({ actor, stranger }) => actor[0].ask(FollowDocument, { userId: stranger[0].user.id }),
    },
    { name: 'a peer', act: ({ actor, peer }) => actor[0].ask(FollowDocument, { userId: peer[0].user.id }) },
    { name: 'a visitor follows', actorIs: 'visitor', act: ({ actor, stranger }) => actor[0].ask(FollowDocument, { userId: stranger[0].user.id }) },
  ],
  unfollow: [
    {
      name: 'somebody who asks for it',
      arrange: async ({ actor, stranger }) => {
        await allow(stranger[0], 2, true);
        await actor[0].ask(FollowDocument, { userId: stranger[0].user.id });
      },
      act: ({ actor, stranger }) => actor[0].ask(UnfollowDocument, { userId: stranger[0].user.id }),
    },
  ],
  blockUser: [
    { name: 'a peer', act: ({ actor, peer }) => actor[0].ask(BlockUserDocument, { userId: peer[0].user.id }), untold: 'blocking' },
    { name: 'a stranger', parties: allDevicesOf, act: ({ actor, stranger }) => actor[0].ask(BlockUserDocument, { userId: stranger[0].user.id }) },
    {
      name: 'a peer whose mention is unread',
      arrange: ({ actor, peer, conversationId }) =>
        peer[0].ask(SendMessageDocument, { input: { to: conversationId, clientId: randomUUID(), content: { text: 'you' }, mentions: [actor[0].user.id] } }),
      act: ({ actor, peer }) => actor[0].ask(BlockUserDocument, { userId: peer[0].user.id }),
      untold: 'blocking',
    },
    {
      name: 'somebody who waits before a group',
      ...waiting,
      act: ({ actor, peer }) => actor[0].ask(BlockUserDocument, { userId: peer[0].user.id }),
      untold: 'blocking',
    },
  ],
  unblockUser: [
    {
      name: 'a peer',
      arrange: ({ actor, peer }) => actor[0].ask(BlockUserDocument, { userId: peer[0].user.id }),
      act: ({ actor, peer }) => actor[0].ask(UnblockUserDocument, { userId: peer[0].user.id }),
      untold: 'blocking',
    },
    {
      name: 'somebody who waits before a group',
      arrange: async (scene) => {
        await waiting.arrange?.(scene);
        await scene.actor[0].ask(BlockUserDocument, { userId: scene.peer[0].user.id });
      },
      act: ({ actor, peer }) => actor[0].ask(UnblockUserDocument, { userId: peer[0].user.id }),
      untold: 'blocking',
    },
  ],
  sendFriendRequest: [
    { name: 'to a peer', act: ({ actor, peer }) => request(actor[0], peer[0]) },
    { name: 'to a stranger', act: ({ actor, stranger }) => request(actor[0], stranger[0]) },
    { name: 'to somebody who has asked', ...asked, act: ({ actor, peer }) => request(actor[0], peer[0]) },
    {
      name: 'to somebody who accepts at once',
      arrange: ({ peer }) => peer[0].ask(UpdateSettingsDocument, { acceptsFriendsAtOnce: true }),
      act: ({ actor, peer }) => request(actor[0], peer[0]),
    },
    {
      name: 'to somebody who has blocked the sender',
      arrange: ({ actor, peer }) => peer[0].ask(BlockUserDocument, { userId: actor[0].user.id }),
      act: ({ actor, peer }) => request(actor[0], peer[0]),
    },
  ],
  answerFriendRequest: [
    { name: 'accepted', ...asked, act: ({ actor }) => answer(actor[0], 'INCOMING', 'ACCEPT') },
    { name: 'accepted with a remark', ...asked, act: ({ actor }) => answer(actor[0], 'INCOMING', 'ACCEPT', '张三') },
    {
      name: 'accepted, of somebody without a conversation',
      arrange: ({ actor, stranger }) => request(actor[0], stranger[0]),
      act: ({ stranger }) => answer(stranger[0], 'INCOMING', 'ACCEPT'),
    },
    { name: 'refused', ...asked, act: ({ actor }) => answer(actor[0], 'INCOMING', 'REFUSE') },
    { name: 'ignored', ...asked, act: ({ actor }) => answer(actor[0], 'INCOMING', 'IGNORE') },
    { name: 'cancelled', ...asked, act: ({ peer }) => answer(peer[0], 'OUTGOING', 'CANCEL') },
    {
      name: 'cancelled, which the other one never heard of',
      arrange: async ({ actor, peer }) => {
        await peer[0].ask(BlockUserDocument, { userId: actor[0].user.id });
        await request(actor[0], peer[0]);
      },
      act: ({ actor }) => answer(actor[0], 'OUTGOING', 'CANCEL'),
    },
  ],
  updateFriend: [
    {
      name: 'remark and star',
      ...befriended,
      act: ({ actor, peer }) => actor[0].ask(UpdateFriendDocument, { input: { userId: peer[0].user.id, remark: '张三', isStarred: true } }),
    },
  ],
  removeFriend: [
    { name: 'a friend', ...befriended, act: ({ actor, peer }) => actor[0].ask(RemoveFriendDocument, { userId: peer[0].user.id }) },
    {
      name: 'a friend with a remark, to whom one message may be sent',
      arrange: async (scene) => {
        await befriended.arrange?.(scene);
        await allow(scene.peer[0], 1, false);
        await scene.peer[0].ask(UpdateFriendDocument, { input: { userId: scene.actor[0].user.id, remark: '张三' } });
      },
      act: ({ actor, peer }) => actor[0].ask(RemoveFriendDocument, { userId: peer[0].user.id }),
    },
    { name: 'somebody who is none', act: ({ actor, peer }) => actor[0].ask(RemoveFriendDocument, { userId: peer[0].user.id }) },
  ],
  updateProfile: [
    {
      name: 'everything',
      act: ({ actor }) =>
        actor[0].ask(UpdateProfileDocument, {
          input: {
            nickname: '张三',
            avatar: 'https://example.com/a.png',
            gender: 'FEMALE',
            birthday: '1990-02-28',
            bio: 'Hello.',
            location: 'Here',
            website: 'https://example.com',
          },
        }),
    },
    {
      name: 'a picture that was uploaded',
      act: async ({ actor }) => actor[1].ask(UpdateProfileDocument, { input: { avatarId: (await uploadAvatar(actor[0])).id } }),
    },
    {
      name: 'cleared',
      arrange: ({ actor }) => actor[0].ask(UpdateProfileDocument, { input: { nickname: 'Zoe', bio: 'Hello.' } }),
      act: ({ actor }) => actor[0].ask(UpdateProfileDocument, { input: { nickname: null, bio: null } }),
    },
    { name: "a visitor's", actorIs: 'visitor', act: ({ actor }) => actor[0].ask(UpdateProfileDocument, { input: { nickname: 'Zoe' } }) },
  ],
  updateChatset: [
    { name: 'opened', act: ({ actor }) => allow(actor[0], 1, false) },
    { name: 'closed', act: ({ peer }) => allow(peer[0], 0, true) },
    {
      name: 'closed for somebody who has only written',
      arrange: ({ actor, stranger }) => send(actor[0], stranger[0].user.id, 'hello'),
      act: ({ stranger }) => allow(stranger[0], 0, true),
    },
  ],
  updateSettings: [{ name: 'acceptsFriendsAtOnce', act: ({ actor }) => actor[0].ask(UpdateSettingsDocument, { acceptsFriendsAtOnce: true }) }],
  updateUser: [
    { name: 'to AGENT', parties: allDevicesOf, act: (scene) => change(scene, scene.actor[0], { role: 'AGENT' }) },
    { name: 'to ADMIN', act: (scene) => change(scene, scene.actor[0], { role: 'ADMIN' }) },
    { name: 'a peer to AGENT', act: (scene) => change(scene, scene.peer[0], { role: 'AGENT' }) },
    {
      name: 'disabled',
      act: (scene) => change(scene, scene.actor[0], { enabled: false }),
      ends: ({ actor }) => new Map(actor.map((device) => [device, 'USER_DISABLED'])),
    },
    {
      name: 'the owner of a group disabled',
      ...together,
      act: (scene) => change(scene, scene.actor[0], { enabled: false }),
      ends: ({ actor }) => new Map(actor.map((device) => [device, 'USER_DISABLED'])),
    },
    {
      name: 'a visitor disabled',
      actorIs: 'visitor',
      act: (scene) => change(scene, scene.actor[0], { enabled: false }),
      ends: ({ actor }) => new Map(actor.map((device) => [device, 'USER_DISABLED'])),
    },
    {
      name: 'enabled',
      arrange: (scene) => change(scene, scene.actor[0], { enabled: false }),
      act: (scene) => change(scene, scene.actor[0], { enabled: true }),
      parties: (scene) => allDevicesOf(scene).slice(1),
    },
  ],
};
