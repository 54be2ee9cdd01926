import {
  AnswerJoinRequestDocument,
  ConversationsDocument,
  CreateGroupDocument,
  DissolveGroupDocument,
  GroupDocument,
  InviteToGroupDocument,
  JoinGroupDocument,
  type JoinPolicy,
  LeaveGroupDocument,
  RecallMessageDocument,
  RemoveMemberDocument,
  UpdateGroupDocument,
  UpdateMemberDocument,
  type UpdateMemberMutationVariables,
  WithdrawJoinRequestDocument,
} from '../generated/graphql.ts';
import { present } from './client.ts';
import { memberIdOf } from './groups.ts';
import { makeFriends, type Person, registerUser, sendText } from './people.ts';
import type { Case } from './state-cases.ts';
import type { Scene } from './state-scene.ts';
import { uploadAvatar } from './uploads.ts';

/** The one group of the actor's or the peer's. */
export const groupOf = async (person: Person) => {
  const { conversations } = await person.ask(ConversationsDocument, { first: 100 });
  const { id } = present(
    conversations?.edges.find(({ node }) => node.kind === 'GROUP'),
    'the group',
  ).node;
  const { group } = present((await person.ask(GroupDocument, { id })).conversation);
  return { id, inviteCode: present(group?.inviteCode), requests: group?.joinRequests?.edges.map(({ node }) => node.id) ?? [] };
};
const create = (owner: Person, members: readonly Person[], joinPolicy: JoinPolicy = 'OPEN') =>
  owner.ask(CreateGroupDocument, { input: { name: '读书会', memberIds: members.map(({ user }) => user.id), joinPolicy } });

/** A group of the actor's with the peer in it. */
export const together: Pick<Case, 'arrange'> = {
  arrange: async ({ actor, peer }) => {
    await makeFriends(actor[0], peer[0]);
    await create(actor[0], [peer[0]]);
  },
};
/** Likewise, and somebody waits. */
const asked: Pick<Case, 'arrange'> = {
  arrange: async ({ actor, peer, stranger }) => {
    await makeFriends(actor[0], peer[0]);
    await create(actor[0], [peer[0]], 'APPROVAL');
    await stranger[0].ask(JoinGroupDocument, { inviteCode: (await groupOf(actor[0])).inviteCode, message: 'hello' });
  },
};
/** The peer waits before a group of the actor's. */
export const waiting: Pick<Case, 'arrange'> = {
  arrange: async ({ actor, peer }) => {
    await create(actor[0], [], 'APPROVAL');
    await join(peer[0], actor[0]);
  },
};
const change = async ({ actor, peer }: Scene, changes: Omit<UpdateMemberMutationVariables, 'memberId'>) =>
  actor[0].ask(UpdateMemberDocument, { memberId: memberIdOf((await groupOf(actor[0])).id, peer[0]), ...changes });
const answer = async ({ actor }: Scene, accept: boolean) => {
  const { requests } = await groupOf(actor[0]);
  await actor[0].ask(AnswerJoinRequestDocument, { id: present(requests[0]), accept });
};
/** The peer takes back what waits for the actor. */
const withdraw = async ({ actor, peer }: Scene) => {
  const { requests } = await groupOf(actor[0]);
  await peer[0].ask(WithdrawJoinRequestDocument, { id: present(requests[0]) });
};
const join = async (joiner: Person, owner: Person) => joiner.ask(JoinGroupDocument, { inviteCode: (await groupOf(owner)).inviteCode, message: 'hello' });

/** The mutations of groups. */
export const groupCases: Readonly<Record<string, readonly Case[]>> = {
  createGroup: [
    { name: 'with a friend', arrange: ({ actor, peer }) => makeFriends(actor[0], peer[0]), act: ({ actor, peer }) => create(actor[0], [peer[0]]) },
    { name: 'alone', act: ({ actor }) => create(actor[0], []) },
  ],
  updateGroup: [
    {
      name: 'everything',
      ...together,
      act: async ({ actor }) => {
        const input = { name: 'Another', avatar: 'https://example.com/a.png', announcement: 'Hear!', resetInviteCode: true, showsHistory: true } as const;
        await actor[0].ask(UpdateGroupDocument, { input: { conversationId: (await groupOf(actor[0])).id, joinPolicy: 'USERS_ONLY', ...input } });
      },
    },
    {
      name: 'a picture that was uploaded',
      ...together,
      act: async ({ actor }) => {
        const avatarId = (await uploadAvatar(actor[0])).id;
        await actor[0].ask(UpdateGroupDocument, { input: { conversationId: (await groupOf(actor[0])).id, avatarId } });
      },
    },
  ],
  inviteToGroup: [
    {
      name: 'a friend',
      arrange: async ({ actor, peer }) => {
        await makeFriends(actor[0], peer[0]);
        await create(actor[0], []);
      },
      act: async ({ actor, peer }) => actor[0].ask(InviteToGroupDocument, { conversationId: (await groupOf(actor[0])).id, userIds: [peer[0].user.id] }),
    },
    {
      name: 'a friend who left',
      arrange: async (scene) => {
        await together.arrange?.(scene);
        await scene.peer[0].ask(LeaveGroupDocument, { conversationId: (await groupOf(scene.actor[0])).id });
      },
      act: async ({ actor, peer }) => actor[0].ask(InviteToGroupDocument, { conversationId: (await groupOf(actor[0])).id, userIds: [peer[0].user.id] }),
    },
  ],
  joinGroup: [
    { name: 'an open one', ...together, act: ({ actor, stranger }) => join(stranger[0], actor[0]) },
    { name: 'a visitor', actorIs: 'visitor', arrange: ({ peer }) => create(peer[0], []), act: ({ actor, peer }) => join(actor[0], peer[0]) },
    {
      name: 'one that asks',
      arrange: async ({ actor, peer }) => {
        await makeFriends(actor[0], peer[0]);
        await create(actor[0], [peer[0]], 'APPROVAL');
      },
      act: ({ actor, stranger }) => join(stranger[0], actor[0]),
    },
  ],
  answerJoinRequest: [
    { name: 'accepted', ...asked, act: (scene) => answer(scene, true) },
    { name: 'refused', ...asked, act: (scene) => answer(scene, false) },
  ],
  withdrawJoinRequest: [
    { name: 'one’s own', ...waiting, act: withdraw },
    {
      name: 'by whoever was proposed',
      arrange: async ({ actor, peer }) => {
        const other = await registerUser(actor[0].app);
        await makeFriends(peer[0], other);
        await makeFriends(actor[0], other);
        await create(actor[0], [other], 'APPROVAL');
        await other.ask(InviteToGroupDocument, { conversationId: (await groupOf(actor[0])).id, userIds: [peer[0].user.id] });
      },
      act: withdraw,
    },
  ],
  updateMember: [
    { name: 'an admin', ...asked, act: (scene) => change(scene, { role: 'ADMIN' }) },
    {
      name: 'an admin no more',
      arrange: async (scene) => {
        await asked.arrange?.(scene);
        await change(scene, { role: 'ADMIN' });
      },
      act: (scene) => change(scene, { role: 'MEMBER' }),
    },
    { name: 'the next owner', ...together, act: (scene) => change(scene, { role: 'OWNER' }) },
    { name: 'a nickname, and muted', ...together, act: (scene) => change(scene, { nickname: '小张', mutedUntil: '2099-01-01T00:00:00.000Z' }) },
  ],
  removeMember: [
    {
      name: 'the peer',
      ...together,
      act: async ({ actor, peer }) => actor[0].ask(RemoveMemberDocument, { memberId: memberIdOf((await groupOf(actor[0])).id, peer[0]) }),
    },
  ],
  leaveGroup: [{ name: 'the peer', ...together, act: async ({ peer }) => peer[0].ask(LeaveGroupDocument, { conversationId: (await groupOf(peer[0])).id }) }],
  dissolveGroup: [
    { name: 'of two', ...together, act: async ({ actor }) => actor[0].ask(DissolveGroupDocument, { conversationId: (await groupOf(actor[0])).id }) },
    {
      name: 'with somebody who waits',
      ...asked,
      act: async ({ actor }) => actor[0].ask(DissolveGroupDocument, { conversationId: (await groupOf(actor[0])).id }),
    },
  ],
};

/** Messages in a group. */
export const groupSends: readonly Case[] = [
  { name: 'to a group', ...together, act: async ({ peer }) => sendText(peer[0], (await groupOf(peer[0])).id, 'hello') },
];

/** Likewise. */
export const groupRecalls: readonly Case[] = [
  {
    name: "a member's, by the owner of the group",
    ...together,
    act: async ({ actor, peer }) => {
      const sent = await sendText(peer[0], (await groupOf(peer[0])).id, 'hello');
      await actor[0].ask(RecallMessageDocument, { id: sent.id });
    },
  },
];
