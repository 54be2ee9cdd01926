import { randomUUID } from 'node:crypto';
import {
  AnswerFriendRequestDocument,
  AnswerJoinRequestDocument,
  BlockUserDocument,
  CreateGroupDocument,
  DissolveGroupDocument,
  EditMessageDocument,
  FollowDocument,
  type FriendRequestAnswer,
  InviteToGroupDocument,
  JoinGroupDocument,
  type JoinPolicy,
  LeaveGroupDocument,
  MarkReadDocument,
  PinMessageDocument,
  ReactDocument,
  RecallMessageDocument,
  RemoveFriendDocument,
  RemoveMemberDocument,
  SendFriendRequestDocument,
  SendMessageDocument,
  type SendMessageInput,
  SetTypingDocument,
  UnblockUserDocument,
  UnfollowDocument,
  UnpinMessageDocument,
  UnreactDocument,
  UpdateFriendDocument,
  UpdateGroupDocument,
  UpdateMemberDocument,
  UpdateSettingsDocument,
  WithdrawJoinRequestDocument,
} from '../generated/graphql.ts';
import { type Answer, present } from './client.ts';
import { createGroup, memberIdOf } from './groups.ts';
import { type Person, sendText } from './people.ts';

/** Two friends who have written to each other, of whom one has blocked the other; and a friend of both. */
export interface Couple {
  /** Who does something now: the one who was blocked, or the one who has blocked. */
  readonly actor: Person;
  readonly other: Person;
  readonly third: Person;
  /** Their DIRECT conversation: a message of the actor, then one of the other, which the actor has not read. */
  readonly directId: string;
  readonly ownMessageId: string;
  readonly theirMessageId: string;
  /** Ids that `arrange` leaves for `act`. */
  readonly ids: Map<string, string>;
}

/** What comes of it: the code of the refusal, or the typenames of the events by which the other one is told that it was done. */
export type Outcome = string | readonly string[];

/** One way from one person to another. */
export interface Way {
  readonly name: string;
  /** Before the one has blocked the other. */
  readonly arrange?: (couple: Couple) => Promise<unknown>;
  readonly act: (couple: Couple) => Promise<Answer<unknown>>;
  /** What comes of it where the other has blocked the actor. */
  readonly ofBlocked: Outcome;
  /** Likewise where the actor has blocked the other. */
  readonly ofBlocker: Outcome;
}

const send = (from: Person, input: Omit<SendMessageInput, 'clientId'>) => from.execute(SendMessageDocument, { input: { clientId: randomUUID(), ...input } });
const text = { text: 'a word' };
const refused = { ofBlocked: 'BLOCKED', ofBlocker: 'BLOCKED_BY_YOU' };
const silent = { ofBlocked: [], ofBlocker: [] };
const told = (...events: readonly string[]) => ({ ofBlocked: events, ofBlocker: events });
const idIn = ({ ids }: Couple, name: string) => present(ids.get(name), name);

const unfriend = ({ actor, other }: Couple) => actor.ask(RemoveFriendDocument, { userId: other.user.id });

/** A group of somebody's with others in it; the actor's message there is the one that is acted on. */
const group =
  (owner: 'actor' | 'other' | 'third', members: readonly ('actor' | 'other' | 'third')[], joinPolicy: JoinPolicy = 'OPEN') =>
  async (couple: Couple) => {
    const { id, inviteCode } = await createGroup(
      couple[owner],
      members.map((name) => couple[name]),
      { joinPolicy },
    );
    couple.ids.set('group', id).set('code', inviteCode);
    if (owner === 'actor' || members.includes('actor')) couple.ids.set('message', (await sendText(couple.actor, id, 'in the group')).id);
    return id;
  };

/** One of the two asks the other, when they are no friends any more. */
const request = (from: 'actor' | 'other') => async (couple: Couple) => {
  await unfriend(couple);
  const to = from === 'actor' ? couple.other : couple.actor;
  const { sendFriendRequest } = await couple[from].ask(SendFriendRequestDocument, { userId: to.user.id });
  couple.ids.set('request', present(sendFriendRequest).id);
};
const answer = (couple: Couple, wanted: FriendRequestAnswer) =>
  couple.actor.execute(AnswerFriendRequestDocument, { id: idIn(couple, 'request'), answer: wanted });

const invite = (couple: Couple) => couple.actor.execute(InviteToGroupDocument, { conversationId: idIn(couple, 'group'), userIds: [couple.other.user.id] });
const join = (couple: Couple) => couple.actor.execute(JoinGroupDocument, { inviteCode: idIn(couple, 'code'), message: 'let me in' });
const change = (couple: Couple, changes: { readonly role?: 'ADMIN' | 'OWNER'; readonly nickname?: string }, of: 'actor' | 'other' = 'other') =>
  couple.actor.execute(UpdateMemberDocument, { memberId: memberIdOf(idIn(couple, 'group'), couple[of]), ...changes });

/** What belongs to the group that both are in: blocks change nothing there. */
const inGroup = (name: string, act: Way['act'], ...events: readonly string[]): Way => ({
  name: `${name} in a group of both`,
  arrange: group('third', ['actor', 'other']),
  act,
  ...told(...events),
});
const onMessage = (couple: Couple) => ({ messageId: idIn(couple, 'message') });

const nobody = 'brings nothing before anybody else';
const ofServers = 'is what servers of the operator do, and nobody’s way to anybody: a block holds all the same';
const account = 'is about the own account: what of it others may read, everybody may (U1), and those who know the person are told of it (S13)';

/** Each mutation of the schema: the ways in which it leads from one person to another, or why it leads to nobody. One that is not here fails the test. */
export const waysBetween: Readonly<Record<string, string | readonly Way[]>> = {
  allowToWrite: ofServers,
  cancelUpload: nobody,
  changePassword: nobody,
  createServerKey: 'is what admins do',
  createUpload: nobody,
  endSessions: ofServers,
  identify: 'makes and changes nobody but whoever comes in: others hear of a name and a picture, as of a profile',
  issueSession: ofServers,
  login: nobody,
  logout: nobody,
  refreshSession: nobody,
  revokeServerKey: 'is what admins do',
  rotateProviderSecret: 'is what admins do',
  saveProvider: 'is what admins do',
  register: account,
  registerVisitor: nobody,
  updateChatset: account,
  updateConversation: nobody,
  updateProfile: account,
  updateSettings: nobody,
  resetPassword: 'is what admins do',
  sendNotice: 'is what the operator’s servers do, whom nobody blocks',
  updateUser: 'is what admins do',
  upsertUser: ofServers,
  createGroup: [
    {
      name: 'with the other one in it',
      act: ({ actor, other, third }) => actor.execute(CreateGroupDocument, { input: { memberIds: [third.user.id, other.user.id] } }),
      ...refused,
    },
    {
      name: 'with somebody who is no friend either',
      arrange: unfriend,
      act: ({ actor, other }) => actor.execute(CreateGroupDocument, { input: { memberIds: [other.user.id] } }),
      ...refused,
    },
  ],
  inviteToGroup: [
    { name: 'at once', arrange: group('actor', []), act: invite, ...refused },
    { name: 'as a proposal', arrange: group('third', ['actor'], 'APPROVAL'), act: invite, ...refused },
    {
      name: 'into a group of before',
      arrange: async (couple) => {
        await couple.other.ask(LeaveGroupDocument, { conversationId: await group('actor', ['other'])(couple) });
      },
      act: invite,
      ...refused,
    },
  ],
  joinGroup: [
    { name: 'an open one of the other', arrange: group('other', []), act: join, ...told('MessageSent', 'MembersChanged') },
    { name: 'asking the other', arrange: group('other', [], 'APPROVAL'), act: join, ofBlocked: [], ofBlocker: ['JoinRequestChanged'] },
  ],
  answerJoinRequest: [
    {
      name: 'letting the other one in, who had asked',
      arrange: async (couple) => {
        await group('actor', [], 'APPROVAL')(couple);
        const { joinGroup } = await couple.other.ask(JoinGroupDocument, { inviteCode: idIn(couple, 'code') });
        couple.ids.set('join', present(joinGroup).id);
      },
      act: (couple) => couple.actor.execute(AnswerJoinRequestDocument, { id: idIn(couple, 'join'), accept: true }),
      ofBlocked: ['JoinRequestChanged', 'MessageSent', 'MembersChanged'],
      ofBlocker: 'NOT_FOUND',
    },
  ],
  withdrawJoinRequest: [
    {
      name: 'what the other one was asked is taken back',
      arrange: async (couple) => {
        await group('other', [], 'APPROVAL')(couple);
        const { joinGroup } = await couple.actor.ask(JoinGroupDocument, { inviteCode: idIn(couple, 'code') });
        couple.ids.set('join', present(joinGroup).id);
      },
      act: (couple) => couple.actor.execute(WithdrawJoinRequestDocument, { id: idIn(couple, 'join') }),
      // Whoever has blocked the actor is shown nothing of it any more.
      ofBlocked: [],
      ofBlocker: ['JoinRequestChanged'],
    },
  ],
  sendFriendRequest: [
    {
      name: 'to somebody who is no friend',
      arrange: unfriend,
      act: ({ actor, other }) => actor.execute(SendFriendRequestDocument, { userId: other.user.id, message: 'a word' }),
      ofBlocked: [],
      ofBlocker: ['FriendRequestChanged', 'UserChanged'],
    },
    {
      name: 'to somebody who accepts at once',
      arrange: async (couple) => {
        await unfriend(couple);
        await couple.other.ask(UpdateSettingsDocument, { acceptsFriendsAtOnce: true });
      },
      act: ({ actor, other }) => actor.execute(SendFriendRequestDocument, { userId: other.user.id }),
      ofBlocked: [],
      ofBlocker: ['FriendRequestChanged', 'UserChanged'],
    },
    {
      name: 'to somebody who had asked',
      arrange: request('other'),
      act: ({ actor, other }) => actor.execute(SendFriendRequestDocument, { userId: other.user.id }),
      ofBlocked: [],
      ofBlocker: ['FriendRequestChanged', 'UserChanged'],
    },
  ],
  answerFriendRequest: [
    { name: 'accepting what the other had asked', arrange: request('other'), act: (couple) => answer(couple, 'ACCEPT'), ...refused },
    { name: 'refusing', arrange: request('other'), act: (couple) => answer(couple, 'REFUSE'), ...told('FriendRequestChanged', 'UserChanged') },
    { name: 'ignoring', arrange: request('other'), act: (couple) => answer(couple, 'IGNORE'), ...silent },
    { name: 'taking the own one back', arrange: request('actor'), act: (couple) => answer(couple, 'CANCEL'), ...told('FriendRequestChanged', 'UserChanged') },
  ],
  removeFriend: [{ name: 'a friend', act: ({ actor, other }) => actor.execute(RemoveFriendDocument, { userId: other.user.id }), ...told('UserChanged') }],
  updateFriend: [
    {
      name: 'a name for the other',
      act: ({ actor, other }) => actor.execute(UpdateFriendDocument, { input: { userId: other.user.id, remark: 'Zoe' } }),
      ...silent,
    },
  ],
  follow: [{ name: 'the other', act: ({ actor, other }) => actor.execute(FollowDocument, { userId: other.user.id }), ...silent }],
  unfollow: [
    {
      name: 'the other',
      arrange: ({ actor, other }) => actor.ask(FollowDocument, { userId: other.user.id }),
      act: ({ actor, other }) => actor.execute(UnfollowDocument, { userId: other.user.id }),
      ...silent,
    },
  ],
  blockUser: [{ name: 'the other', act: ({ actor, other }) => actor.execute(BlockUserDocument, { userId: other.user.id }), ...silent }],
  unblockUser: [{ name: 'the other', act: ({ actor, other }) => actor.execute(UnblockUserDocument, { userId: other.user.id }), ...silent }],
  sendMessage: [
    { name: 'to the other', act: ({ actor, other }) => send(actor, { to: other.user.id, content: text }), ...refused },
    { name: 'to the conversation of the two', act: ({ actor, directId }) => send(actor, { to: directId, content: text }), ...refused },
    {
      name: 'what a third one wrote',
      arrange: async (couple) => {
        couple.ids.set('forward', (await sendText(couple.third, couple.actor.user.id, 'words')).id);
      },
      act: (couple) => send(couple.actor, { to: couple.directId, content: { forward: idIn(couple, 'forward') } }),
      ...refused,
    },
    inGroup('naming the other', (couple) => send(couple.actor, { to: idIn(couple, 'group'), content: text, mentions: [couple.other.user.id] }), 'MessageSent'),
  ],
  editMessage: [
    {
      name: 'in the conversation of the two',
      act: ({ actor, ownMessageId }) => actor.execute(EditMessageDocument, { id: ownMessageId, content: { text: 'another word' } }),
      ...refused,
    },
    inGroup(
      'one’s own',
      (couple) => couple.actor.execute(EditMessageDocument, { id: idIn(couple, 'message'), content: { text: 'another' } }),
      'MessageChanged',
    ),
  ],
  react: [
    {
      name: 'in the conversation of the two',
      act: ({ actor, theirMessageId }) => actor.execute(ReactDocument, { messageId: theirMessageId, emoji: '👍' }),
      ...refused,
    },
    inGroup('to a message', (couple) => couple.actor.execute(ReactDocument, { ...onMessage(couple), emoji: '👍' }), 'MessageChanged'),
  ],
  unreact: [
    {
      name: 'what was said before is taken back',
      arrange: ({ actor, theirMessageId }) => actor.ask(ReactDocument, { messageId: theirMessageId, emoji: '👍' }),
      act: ({ actor, theirMessageId }) => actor.execute(UnreactDocument, { messageId: theirMessageId, emoji: '👍' }),
      ...told('MessageChanged'),
    },
  ],
  pinMessage: [
    {
      name: 'in the conversation of the two',
      act: ({ actor, theirMessageId }) => actor.execute(PinMessageDocument, { messageId: theirMessageId }),
      ...refused,
    },
  ],
  unpinMessage: [
    {
      name: 'what was pinned before is taken back',
      arrange: ({ actor, theirMessageId }) => actor.ask(PinMessageDocument, { messageId: theirMessageId }),
      act: ({ actor, theirMessageId }) => actor.execute(UnpinMessageDocument, { messageId: theirMessageId }),
      ...told('MessageChanged'),
    },
  ],
  recallMessage: [
    {
      name: 'what was written before is taken back',
      act: ({ actor, ownMessageId }) => actor.execute(RecallMessageDocument, { id: ownMessageId }),
      ...told('MessageChanged'),
    },
  ],
  setTyping: [
    { name: 'in the conversation of the two', act: ({ actor, directId }) => actor.execute(SetTypingDocument, { conversationId: directId }), ...refused },
    inGroup('typing', (couple) => couple.actor.execute(SetTypingDocument, { conversationId: idIn(couple, 'group') })),
  ],
  markRead: [
    {
      name: 'in the conversation of the two',
      act: ({ actor, directId }) => actor.execute(MarkReadDocument, { conversationId: directId, seq: 9 }),
      ...silent,
    },
    inGroup('reading', (couple) => couple.actor.execute(MarkReadDocument, { conversationId: idIn(couple, 'group'), seq: 9 })),
  ],
  updateMember: [
    inGroup('a name of one’s own', (couple) => change(couple, { nickname: 'Zoe' }, 'actor'), 'MembersChanged'),
    {
      name: 'handing a group of both over',
      arrange: group('actor', ['other']),
      act: (couple) => change(couple, { role: 'OWNER' }),
      ...told('MessageSent', 'MembersChanged'),
    },
  ],
  updateGroup: [
    {
      name: 'a name for a group of both',
      arrange: group('actor', ['other']),
      act: (couple) => couple.actor.execute(UpdateGroupDocument, { input: { conversationId: idIn(couple, 'group'), name: 'Another' } }),
      ...told('MessageSent', 'ConversationChanged'),
    },
  ],
  removeMember: [
    {
      name: 'out of a group of both',
      arrange: group('actor', ['other']),
      act: (couple) => couple.actor.execute(RemoveMemberDocument, { memberId: memberIdOf(idIn(couple, 'group'), couple.other) }),
      ...told('ConversationGone'),
    },
  ],
  leaveGroup: [
    inGroup('leaving', (couple) => couple.actor.execute(LeaveGroupDocument, { conversationId: idIn(couple, 'group') }), 'MessageSent', 'MembersChanged'),
  ],
  dissolveGroup: [
    {
      name: 'a group of both',
      arrange: group('actor', ['other']),
      act: (couple) => couple.actor.execute(DissolveGroupDocument, { conversationId: idIn(couple, 'group') }),
      ...told('ConversationGone'),
    },
  ],
};
