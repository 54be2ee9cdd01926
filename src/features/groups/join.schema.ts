import { builder } from '../../graphql/builder.ts';
import { connectionOf, forwardArgs } from '../../graphql/connection.ts';
import { requireViewer } from '../../graphql/context.ts';
import { createLoader } from '../../graphql/loader.ts';
import { otherwise } from '../../graphql/stored-enums.ts';
import { AppError } from '../../kernel/errors.ts';
import { parseUuid, uuidOf } from '../../kernel/ids.ts';
import type { Page } from '../../kernel/page.ts';
import { ConversationRef, conversationLoader } from '../conversations/conversation.schema.ts';
import { UserRef, userLoader } from '../users/user.schema.ts';
import type { JoinRequestRow } from './group.entity.ts';
import { GroupRef, groupLoader, requireConversationUuid, requireUserUuids } from './group.schema.ts';
import { type RequestRange, requestRange, visibleAmong, visibleRequests } from './join-request.service.ts';

/** The `JoinRequest` type. */
export const JoinRequestRef = builder.objectRef<JoinRequestRow>('JoinRequest');

/** Join requests by their numeric id; null for those that the viewer may not see. */
export const joinRequestLoader = createLoader<number, JoinRequestRow>(async (tx, ids, context) => {
  const rows = await visibleAmong(tx, { userId: requireViewer(context).userId, ids });
  return new Map(rows.map((row) => [row.id, row]));
});

const JoinRequestStatus = builder.enumType('JoinRequestStatus', {
  ...otherwise('REFUSED'),
  description: 'How a join request stands.',
  values: {
    PENDING: { description: 'It waits for the owner or an admin.' },
    ACCEPTED: { description: 'The person was let in.' },
    REFUSED: { description: 'It was refused, or the group was dissolved. The person may ask again.' },
    CANCELLED: { description: 'The person took it back, or did not want to come where a member had proposed them.' },
  } as const,
});

builder.node(JoinRequestRef, {
  description:
    'Somebody asks to be let into a group, or was invited by a member where that needs approval. Seen by the person (an accepted one as long as they are a member) and by the owner and the admins, but for those of them who have blocked the person.',
  id: { resolve: ({ uuid }) => uuid },
  loadWithoutCache: async (uuid, context) => {
    if (parseUuid(uuid) !== uuid) return null;
    return (await context.read((tx) => visibleRequests(tx, requireViewer(context).userId).where('j.uuid', '=', uuid).executeTakeFirst())) ?? null;
  },
  fields: (t) => ({
    group: t.field({
      type: GroupRef,
      description: 'Into which group.',
      resolve: async ({ conversationId }, _args, context) => {
        const group = await groupLoader(context).load(conversationId);
        if (!group) throw new AppError('NOT_FOUND');
        return group;
      },
    }),
    user: t.field({
      type: UserRef,
      description: 'Who is to be let in.',
      resolve: async ({ userId }, _args, context) => {
        const user = await userLoader(context).load(userId);
        if (!user) throw new AppError('NOT_FOUND');
        return user;
      },
    }),
    message: t.exposeString('message', { nullable: true, description: 'What the person says with it, at most 200 characters.' }),
    status: t.field({ type: JoinRequestStatus, description: 'How it stands.', resolve: ({ status }) => status }),
  }),
});

const JoinRequestConnection = connectionOf('JoinRequest', JoinRequestRef);

const keyOfRange = ({ conversationId, size, afterUuid }: RequestRange) => `${conversationId}:${size}:${afterUuid}`;

const rangeOf = (key: string): RequestRange => {
  const [conversationId, size, afterUuid = ''] = key.split(':');
  return { conversationId: Number(conversationId), size: Number(size), afterUuid };
};

/** Pages of requests that wait, for an owner or an admin. */
const pageLoader = createLoader<string, Page<JoinRequestRow>>(
  async (tx, keys, context) => {
    const pages = await context.services.joins.pending(tx, requireViewer(context), keys.map(rangeOf));
    return new Map(pages.map((page, index) => [keys[index] ?? '', page]));
  },
  (key) => rangeOf(key).size,
);

builder.objectField(GroupRef, 'joinRequests', (t) =>
  t.field({
    type: JoinRequestConnection,
    nullable: true,
    description:
      'The requests that wait, the oldest first, without those of people whom the viewer has blocked. For the owner and admins only; null to others.',
    args: forwardArgs,
    resolve: ({ id, viewerRole }, args, context) =>
      viewerRole === 'OWNER' || viewerRole === 'ADMIN' ? pageLoader(context).load(keyOfRange(requestRange(id, args))) : null,
  }),
);

builder.mutationFields((t) => ({
  inviteToGroup: t.field({
    type: ConversationRef,
    nullable: true,
    authScopes: { user: true },
    description:
      'Brings friends into a group; members already are passed over. Where the group lets in only whom the owner or an admin approves, those whom a member invites wait as join requests. `FRIENDSHIP_REQUIRED`, `BLOCKED` or `BLOCKED_BY_YOU` with the field where somebody is no friend or one of the two blocks the other, `FORBIDDEN` where a member brings somebody into an OPEN group who was removed from it, `MUTED` where the viewer is, `CONFLICT` where the group is full.',
    args: {
      conversationId: t.arg.id({ required: true, description: 'The conversation of the group.' }),
      userIds: t.arg.idList({ required: true, description: 'Ids or uuids of 1 to 100 friends of the viewer.' }),
    },
    resolve: async (_root, { conversationId, userIds }, context) => {
      const [uuid, users] = [requireConversationUuid(conversationId), requireUserUuids('userIds', userIds)];
      return await conversationLoader(context).load(await context.services.joins.invite(requireViewer(context), uuid, users));
    },
  }),
  joinGroup: t.field({
    type: JoinRequestRef,
    nullable: true,
    authScopes: { session: true },
    description:
      'Comes into a group by its invite code: ACCEPTED at once where it is OPEN and where the viewer is a member already; else the request waits, and asking again gives the same one. `NOT_FOUND` where no group has the code now, `LOGIN_REQUIRED` to visitors where the group is USERS_ONLY, `FORBIDDEN` to whoever was removed from it and was not brought back by its owner or an admin, `RATE_LIMITED` for too many times to the same group in a day, `CONFLICT` where it is full.',
    args: {
      inviteCode: t.arg.string({ required: true, description: 'The invite code of the group.' }),
      clientId: t.arg({
        type: 'UUID',
        description:
          'Made by the client for this: the same again gives what was answered first, as it stands now, and joins nothing anew. With anything else given: `CONFLICT`.',
      }),
      message: t.arg.string({ description: 'What to say to those who approve, at most 200 characters.' }),
    },
    resolve: (_root, joining, context) => context.services.joins.join(requireViewer(context), joining),
  }),
  answerJoinRequest: t.field({
    type: JoinRequestRef,
    nullable: true,
    authScopes: { user: true },
    description:
      'Lets somebody in who waits, or refuses; by the owner and admins. The same answer again changes nothing. `NOT_FOUND` where there is no such request in a group of the viewer, `FORBIDDEN` to others who know of it, `CONFLICT` where it has had another answer or the group is full, `RECIPIENT_UNAVAILABLE` where the account of the person is disabled; `FRIENDSHIP_REQUIRED` where the person and the member who proposed them are no friends any more, or one of the two blocks the other.',
    args: {
      id: t.arg.id({ required: true, description: 'The request.' }),
      accept: t.arg.boolean({ required: true, description: 'True lets the person in.' }),
    },
    resolve: (_root, { id, accept }, context) => {
      const uuid = uuidOf('JoinRequest', id);
      if (uuid === null) throw new AppError('NOT_FOUND');
      return context.services.joins.answer(requireViewer(context), uuid, accept);
    },
  }),
  withdrawJoinRequest: t.field({
    type: JoinRequestRef,
    nullable: true,
    authScopes: { session: true },
    description:
      'Takes a join request of the viewer back, or says no where a member has proposed the viewer: CANCELLED. The same again changes nothing. `NOT_FOUND` where the viewer sees no such request, `FORBIDDEN` to those who may answer it, `CONFLICT` where it has been answered.',
    args: { id: t.arg.id({ required: true, description: 'The request.' }) },
    resolve: (_root, { id }, context) => {
      const uuid = uuidOf('JoinRequest', id);
      if (uuid === null) throw new AppError('NOT_FOUND');
      return context.services.joins.withdraw(requireViewer(context), uuid);
    },
  }),
}));
