import { builder } from '../../graphql/builder.ts';
import { connectionOf, forwardArgs } from '../../graphql/connection.ts';
import { requireViewer } from '../../graphql/context.ts';
import { createCommonLoader } from '../../graphql/loader.ts';
import { announceFeature } from '../../graphql/server-info.ts';
import { otherwise } from '../../graphql/stored-enums.ts';
import { AppError } from '../../kernel/errors.ts';
import { encodeGlobalId, keyOf, parseUuid } from '../../kernel/ids.ts';
import type { Page } from '../../kernel/page.ts';
import { ConversationRef, conversationLoader } from '../conversations/conversation.schema.ts';
import { UserRef, userLoader } from '../users/user.schema.ts';
import { GroupRef, requireConversationUuid } from './group.schema.ts';
import { type MemberKey, type MemberRange, type MemberView, memberRange } from './member.service.ts';

announceFeature('mutedUntil');

/** The `Member` type. */
export const MemberRef = builder.objectRef<MemberView>('Member');

/** Those who are members now, by `seatKey`; rights are judged before. */
export const memberLoader = createCommonLoader<string, MemberView>(async (tx, keys, services) => {
  const places = keys.map((key) => {
    const [conversationId = 0, userId = 0] = key.split(':').map(Number);
    return { conversationId, userId };
  });
  const members = await services.members.views(tx, places);
  return new Map(members.map((member) => [seatKey({ conversationId: member.logId, userId: member.userId }), member]));
});

/** The key of somebody's place in a group for `memberLoader`. */
export function seatKey({ conversationId, userId }: { readonly conversationId: number; readonly userId: number }): string {
  return `${conversationId}:${userId}`;
}

/** The global id of a member. */
export function memberIdOf({ conversationUuid, userUuid }: MemberKey): string {
  return encodeGlobalId('Member', `${conversationUuid}:${userUuid}`);
}

function memberKeyOf(key: string): MemberKey | null {
  const [conversationUuid = '', userUuid = ''] = key.split(':');
  return parseUuid(conversationUuid) === conversationUuid && parseUuid(userUuid) === userUuid && key === `${conversationUuid}:${userUuid}`
    ? { conversationUuid, userUuid }
    : null;
}

function requireMemberKey(id: string): MemberKey {
  const key = keyOf('Member', id);
  const member = key === null ? null : memberKeyOf(key);
  if (member === null) throw new AppError('NOT_FOUND');
  return member;
}

const MemberRole = builder.enumType('MemberRole', {
  ...otherwise('MEMBER'),
  description: 'What a member of a group may do.',
  values: {
    OWNER: { description: 'Everything, also handing the group over and dissolving it. One in each group.' },
    ADMIN: { description: 'Renames, announces, invites and approves; removes and mutes members below, and recalls their messages.' },
    MEMBER: { description: 'Writes, invites and leaves.' },
  } as const,
});

builder.node(MemberRef, {
  description: 'Somebody in a group. Seen by its members only.',
  id: { resolve: ({ conversationUuid, userUuid }) => `${conversationUuid}:${userUuid}` },
  loadWithoutCache: (id, context) => {
    const key = memberKeyOf(id);
    return key && context.read((tx) => context.services.members.find(tx, requireViewer(context), key));
  },
  fields: (t) => ({
    user: t.field({
      type: UserRef,
      description: 'Who it is.',
      resolve: async ({ userId }, _args, context) => {
        const user = await userLoader(context).load(userId);
        if (!user) throw new AppError('NOT_FOUND');
        return user;
      },
    }),
    role: t.field({ type: MemberRole, description: 'What the member may do.', resolve: ({ role }) => role }),
    nickname: t.exposeString('nickname', { nullable: true, description: 'The name in this group, at most 50 characters; null where none was chosen.' }),
    joinedAt: t.expose('joinedAt', { type: 'DateTime', description: 'When the member last joined, by the database clock.' }),
    mutedUntil: t.expose('mutedUntil', {
      type: 'DateTime',
      nullable: true,
      description:
        'Until then the member may do nothing that the others would see, but leave and take back what is their own; null: not muted. It lasts through leaving and coming back. A time that is over means nothing.',
    }),
  }),
});

const MemberConnection = connectionOf('Member', MemberRef);

const keyOfRange = ({ conversationId, size, afterRev, afterUuid }: MemberRange) => `${conversationId}:${size}:${afterRev}:${afterUuid}`;

const rangeOf = (key: string): MemberRange => {
  const [conversationId, size, afterRev, afterUuid = ''] = key.split(':');
  return { conversationId: Number(conversationId), size: Number(size), afterRev: Number(afterRev), afterUuid };
};

/** Pages of members; rights are judged before. */
const pageLoader = createCommonLoader<string, Page<MemberView>>(
  async (tx, keys, { members }) => {
    const pages = await members.pages(tx, keys.map(rangeOf));
    return new Map(pages.map((page, index) => [keys[index] ?? '', page]));
  },
  (key) => rangeOf(key).size,
);

builder.objectFields(GroupRef, (t) => ({
  viewerMember: t.field({
    type: MemberRef,
    nullable: true,
    description: "The viewer's own place in it; null where the viewer is no member.",
    resolve: ({ id, viewerRole }, _args, context) =>
      viewerRole === null ? null : memberLoader(context).load(seatKey({ conversationId: id, userId: requireViewer(context).userId })),
  }),
  members: t.field({
    type: MemberConnection,
    nullable: true,
    description: 'Its members, in the order in which they joined. For members only; null to others.',
    args: forwardArgs,
    resolve: ({ id, viewerRole }, args, context) => (viewerRole === null ? null : pageLoader(context).load(keyOfRange(memberRange(id, args)))),
  }),
}));

builder.mutationFields((t) => ({
  updateMember: t.field({
    type: MemberRef,
    nullable: true,
    authScopes: { user: true },
    description:
      'Changes a member of a group: the role by the owner only; the nickname by oneself or by those above; muting by those above. Role OWNER hands the group over, and who had it becomes an admin. All members get MembersChanged. `NOT_FOUND` where there is no such member for the viewer to see, `FORBIDDEN` where it is not for the viewer to do, `MUTED` where the viewer is, `CONFLICT` for `role` where the group has as many admins as it may.',
    args: {
      memberId: t.arg.id({ required: true, description: 'The member.' }),
      role: t.arg({ type: MemberRole, description: 'Null or absent leaves. Visitors and disabled accounts are made MEMBER only.' }),
      nickname: t.arg.string({ description: 'One line of at most 50 characters. Null or blank clears, absent leaves.' }),
      mutedUntil: t.arg({
        type: 'DateTime',
        description: 'Until when the member may do nothing that the others would see. Null or a time that is over ends it, absent leaves.',
      }),
    },
    resolve: (_root, { memberId, ...changes }, context) => context.services.members.update(requireViewer(context), requireMemberKey(memberId), changes),
  }),
  removeMember: t.field({
    type: ConversationRef,
    nullable: true,
    authScopes: { user: true },
    description:
      'Takes somebody out of a group, by those above: the conversation is gone for them, and nothing that is written afterwards reaches them. `NOT_FOUND` where there is no such member for the viewer to see, `FORBIDDEN` where the viewer does not stand above, `MUTED` where the viewer is. They come back only by the owner or an admin.',
    args: { memberId: t.arg.id({ required: true, description: 'The member.' }) },
    resolve: async (_root, { memberId }, context) =>
      await conversationLoader(context).load(await context.services.members.remove(requireViewer(context), requireMemberKey(memberId))),
  }),
  leaveGroup: t.boolean({
    nullable: true,
    authScopes: { session: true },
    description:
      'Leaves a group: the conversation is gone for the viewer. The owner leaves only after handing over: `FORBIDDEN`. `NOT_FOUND` where the viewer is no member of such a group; a DIRECT conversation is none.',
    args: { conversationId: t.arg.id({ required: true, description: 'The conversation of the group.' }) },
    resolve: async (_root, { conversationId }, context) => {
      await context.services.members.leave(requireViewer(context), requireConversationUuid(conversationId));
      return true;
    },
  }),
}));
