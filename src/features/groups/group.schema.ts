import { builder } from '../../graphql/builder.ts';
import { type Context, requireViewer } from '../../graphql/context.ts';
import { qrCodePrice } from '../../graphql/cost.ts';
import { createLoader } from '../../graphql/loader.ts';
import { perViewer } from '../../graphql/per-viewer.ts';
import { announceFeature } from '../../graphql/server-info.ts';
import { otherwise } from '../../graphql/stored-enums.ts';
import { AppError } from '../../kernel/errors.ts';
import { parseUuid, userUuidOf, uuidOf } from '../../kernel/ids.ts';
import { ConversationRef, commonView, conversationLoader } from '../conversations/conversation.schema.ts';
import { findMembership } from '../conversations/conversation.service.ts';
import { shownAvatar } from '../files/avatar.service.ts';
import type { GroupView } from './group.service.ts';

announceFeature('showsHistory');

/** The `Group` type: a group as the viewer of the operation sees it. */
export const GroupRef = builder.objectRef<GroupView>('Group');

/** Groups by the numeric id of their conversation, as the viewer sees them. */
export const groupLoader = createLoader<number, GroupView>((tx, ids, context) => context.services.groups.views(tx, requireViewer(context).userId, ids));

/** The uuid in a conversation's global id; `NOT_FOUND` for every other. */
export function requireConversationUuid(id: string): string {
  const uuid = uuidOf('Conversation', id);
  if (uuid === null) throw new AppError('NOT_FOUND');
  return uuid;
}

/** The uuids of users who are named by global ids or uuids; `NOT_FOUND` with the field where one is none. */
export function requireUserUuids(field: string, ids: readonly string[]): string[] {
  return ids.map((id) => {
    const uuid = userUuidOf(id);
    if (uuid === null) throw new AppError('NOT_FOUND', { field });
    return uuid;
  });
}

const JoinPolicy = builder.enumType('JoinPolicy', {
  ...otherwise('USERS_ONLY'),
  description: 'Who comes into a group by its invite code. Whom the owner or an admin invites is in at once under every policy.',
  values: {
    OPEN: { description: 'Whoever has the invite code joins, and whomever a member invites.' },
    APPROVAL: { description: 'The owner or an admin approves.' },
    USERS_ONLY: { description: 'As APPROVAL, and visitors must register first.' },
  } as const,
});

/** The group with a uuid, where the viewer is a member; null, without an error, for every other. */
async function findGroup(context: Context, uuid: string): Promise<GroupView | null> {
  const id = parseUuid(uuid) === uuid ? await context.read((tx) => findMembership(tx, requireViewer(context).userId, uuid)) : null;
  return id === null ? null : await groupLoader(context).load(id);
}

builder.node(GroupRef, {
  description:
    'A group: what it is beside its conversation. `node` gives it to members only; others meet it by its invite code or a join request of their own.',
  id: { resolve: ({ uuid }) => uuid },
  loadWithoutCache: (uuid, context) => findGroup(context, uuid),
  fields: (t) => ({
    name: t.exposeString('name', { description: '1 to 50 characters.' }),
    avatar: t.string({
      nullable: true,
      description: 'A URL of at most 2048 characters: elsewhere with https, or of an upload. What begins with a slash is an address of this server.',
      resolve: ({ avatar }, _args, { services }) => shownAvatar(avatar, services.fileLinks),
    }),
    joinPolicy: t.field({ type: JoinPolicy, description: 'Who comes in by the invite code.', resolve: ({ joinPolicy }) => joinPolicy }),
    memberCount: t.exposeInt('memberCount', { description: 'How many members it has.' }),
    conversation: t.field({
      type: ConversationRef,
      nullable: true,
      description: 'Its conversation. For members only; null to others.',
      resolve: ({ id, viewerRole }, _args, context) => (viewerRole === null ? null : conversationLoader(context).load(id)),
    }),
    announcement: t.string({
      nullable: true,
      description: 'At most 2000 characters. For members only; null to others.',
      resolve: ({ announcement, viewerRole }) => (viewerRole === null ? null : announcement),
    }),
    inviteCode: t.string({
      nullable: true,
      description: 'What `joinGroup` takes; what the QR code carries. For members only; null to others.',
      resolve: ({ inviteCode, viewerRole }) => (viewerRole === null ? null : inviteCode),
    }),
    qrCode: t.string({
      price: qrCodePrice,
      nullable: true,
      description:
        'A QR code as the text of an SVG image, of a link with the invite code, for others to scan. For members only; null to others. It costs 50: ask for it where it is shown.',
      resolve: ({ inviteCode, viewerRole }, _args, { services }) => (viewerRole === null ? null : services.qrCodes.svg('group', inviteCode)),
    }),
    showsHistory: t.boolean({
      nullable: true,
      description: 'Whether new members see what was written before they joined. For members only; null to others.',
      resolve: ({ showsHistory, viewerRole }) => (viewerRole === null ? null : showsHistory === 1),
    }),
  }),
});

builder.objectField(ConversationRef, 'group', (t) =>
  t.field({
    ...perViewer,
    type: GroupRef,
    nullable: true,
    description: 'The group; GROUP only.',
    resolve: (conversation, _args, context) => (commonView(conversation).kind === 'GROUP' ? groupLoader(context).load(conversation.id) : null),
  }),
);

builder.queryField('groupByCode', (t) =>
  t.field({
    type: GroupRef,
    nullable: true,
    authScopes: { session: true },
    description: 'The group with an invite code, as whoever has it sees it before joining; null where no group has it now.',
    args: { inviteCode: t.arg.string({ required: true, description: 'Its invite code.' }) },
    resolve: async (_root, { inviteCode }, context) => {
      const id = await context.read((tx) => context.services.groups.findByCode(tx, inviteCode));
      return id === null ? null : await groupLoader(context).load(id);
    },
  }),
);

const CreateGroupInput = builder.inputType('CreateGroupInput', {
  description: 'A group to be made.',
  fields: (t) => ({
    name: t.string({ description: 'One line of at most 50 characters. Without one it is made of the names of the first members.' }),
    memberIds: t.idList({ required: true, description: 'Ids or uuids of friends of the viewer, at most 100; may be empty.' }),
    joinPolicy: t.field({ type: JoinPolicy, description: 'Who comes in by the invite code. Default: OPEN.' }),
    clientId: t.field({
      type: 'UUID',
      description:
        'Made by the client for this group: the same again gives the group that was made first, however long ago, so that it can be tried again after a lost answer. With anything else given: `CONFLICT`.',
    }),
  }),
});

const UpdateGroupInput = builder.inputType('UpdateGroupInput', {
  description: 'Changes of a group: absent leaves. Name, picture and announcement by the owner and admins, all else by the owner only.',
  fields: (t) => ({
    conversationId: t.id({ required: true, description: 'The conversation of the group.' }),
    name: t.string({ description: 'One line of 1 to 50 characters. Null leaves.' }),
    avatar: t.string({ description: 'An https URL without a name and a password, of at most 2048 characters; kept in its canonical form. Null clears.' }),
    avatarId: t.id({ description: 'An own upload of kind AVATAR that is READY, in place of `avatar`. Null clears.' }),
    announcement: t.string({ description: 'At most 2000 characters. Null clears.' }),
    joinPolicy: t.field({ type: JoinPolicy, description: 'Who comes in by the invite code. Null leaves; requests that wait go on waiting.' }),
    resetInviteCode: t.boolean({ description: 'True makes a new invite code, and the old one lets nobody in any more.' }),
    showsHistory: t.boolean({ description: 'Whether those who join from now on see what was written before. Null leaves.' }),
  }),
});

builder.mutationFields((t) => ({
  createGroup: t.field({
    type: ConversationRef,
    nullable: true,
    authScopes: { user: true },
    description:
      'Makes a group of the viewer, who owns it, and friends. `FRIENDSHIP_REQUIRED`, `BLOCKED` or `BLOCKED_BY_YOU` with the field where somebody is no friend or one of the two blocks the other.',
    args: { input: t.arg({ type: CreateGroupInput, required: true, description: 'The group.' }) },
    resolve: async (_root, { input }, context) => {
      const memberIds = requireUserUuids('memberIds', input.memberIds);
      const id = await context.services.groups.create(requireViewer(context), { ...input, memberIds });
      const conversation = await conversationLoader(context).load(id);
      // Made before, and gone for the viewer since.
      if (conversation === null) throw new AppError('NOT_FOUND');
      return conversation;
    },
  }),
  updateGroup: t.field({
    type: ConversationRef,
    nullable: true,
    authScopes: { user: true },
    description:
      'Changes a group. A new name and a new announcement write a notice; all members get ConversationChanged. `NOT_FOUND` where the viewer is no member, `FORBIDDEN` where it is not for the viewer to do, `MUTED` where the viewer is. For avatarId as updateProfile.',
    args: { input: t.arg({ type: UpdateGroupInput, required: true, description: 'What changes.' }) },
    resolve: async (_root, { input: { conversationId, ...changes } }, context) =>
      await conversationLoader(context).load(await context.services.groups.update(requireViewer(context), requireConversationUuid(conversationId), changes)),
  }),
  dissolveGroup: t.boolean({
    nullable: true,
    authScopes: { user: true },
    description:
      'Ends a group, for everybody and for ever, by its owner. Members get ConversationGone; join requests that wait are refused. `NOT_FOUND` where the viewer is no member, `FORBIDDEN` to all but the owner.',
    args: { conversationId: t.arg.id({ required: true, description: 'The conversation of the group.' }) },
    resolve: async (_root, { conversationId }, context) => {
      await context.services.groups.dissolve(requireViewer(context), requireConversationUuid(conversationId));
      return true;
    },
  }),
}));
