import { builder } from '../../graphql/builder.ts';
import { connectionOf, forwardArgs } from '../../graphql/connection.ts';
import { type Context, requireViewer } from '../../graphql/context.ts';
import { createLoader } from '../../graphql/loader.ts';
import { otherwise } from '../../graphql/stored-enums.ts';
import { AppError } from '../../kernel/errors.ts';
import { exactUuid, uuidOf } from '../../kernel/ids.ts';
import { requireUserUuid } from '../contacts/contact.schema.ts';
import { RelationshipRef } from '../contacts/relationship.schema.ts';
import { UserRef, userLoader } from '../users/user.schema.ts';
import type { FriendRequestRow } from './friend-request.entity.ts';
import { shownStatus } from './friend-request.policy.ts';

/** The `FriendRequest` type: a request as the viewer of the operation, who may know of it, is shown it. */
export const FriendRequestRef = builder.objectRef<FriendRequestRow>('FriendRequest');

/** Friend requests by their numeric id; null for those of which the viewer may not know. */
export const friendRequestLoader = createLoader<number, FriendRequestRow>((tx, ids, context) =>
  context.services.friendRequests.byIds(tx, requireViewer(context), ids),
);

const pendingLoader = createLoader<number, FriendRequestRow>((tx, ids, context) =>
  context.services.friendRequests.pendingWith(tx, requireViewer(context), ids),
);

const FriendRequestStatus = builder.enumType('FriendRequestStatus', {
  ...otherwise('CANCELLED'),
  description: 'How a friend request stands.',
  values: {
    PENDING: { description: 'It waits for an answer.' },
    ACCEPTED: { description: 'The two became friends.' },
    REFUSED: { description: 'The receiver refused; for some days the sender cannot ask again.' },
    IGNORED: { description: 'Shown to the receiver only, who can still accept or refuse; the sender sees PENDING.' },
    CANCELLED: { description: 'The sender took it back: the receiver’s list has it no more.' },
  } as const,
});

const FriendRequestDirection = builder.enumType('FriendRequestDirection', {
  description: 'Which friend requests.',
  values: { INCOMING: { description: 'To the viewer.' }, OUTGOING: { description: 'Of the viewer.' } } as const,
});

const FriendRequestAnswer = builder.enumType('FriendRequestAnswer', {
  description: 'What to do with a friend request.',
  values: {
    ACCEPT: { description: 'By the receiver: the two are friends at once.' },
    REFUSE: { description: 'By the receiver: the sender is told.' },
    IGNORE: { description: 'By the receiver: the sender is not told, and sees it pending.' },
    CANCEL: { description: 'By the sender: takes it back.' },
  } as const,
});

async function requireUser(context: Context, id: number) {
  const user = await userLoader(context).load(id);
  if (!user) throw new AppError('NOT_FOUND');
  return user;
}

builder.node(FriendRequestRef, {
  description: 'Somebody asks to be somebody’s friend. Seen by the two only; somebody who has blocked the sender never learns of it, not afterwards either.',
  id: { resolve: ({ uuid }) => uuid },
  loadOne: (key, context) => {
    const uuid = exactUuid(String(key));
    return uuid === null ? null : context.read((tx) => context.services.friendRequests.find(tx, requireViewer(context), uuid));
  },
  fields: (t) => ({
    from: t.field({ type: UserRef, description: 'Who asks.', resolve: ({ fromId }, _args, context) => requireUser(context, fromId) }),
    to: t.field({ type: UserRef, description: 'Who is asked.', resolve: ({ toId }, _args, context) => requireUser(context, toId) }),
    message: t.exposeString('message', { nullable: true, description: 'What the sender says with it, at most 200 characters.' }),
    status: t.field({
      type: FriendRequestStatus,
      description: 'How it stands; to its sender an ignored one is PENDING.',
      resolve: (request, _args, context) => shownStatus(request, requireViewer(context).userId),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was sent, by the database clock.' }),
  }),
});

const FriendRequestConnection = connectionOf('FriendRequest', FriendRequestRef);

builder.queryField('friendRequests', (t) =>
  t.field({
    type: FriendRequestConnection,
    nullable: true,
    authScopes: { user: true },
    description: "The viewer's friend requests of one direction, answered ones included, newest first; without those to the viewer that were taken back.",
    args: { direction: t.arg({ type: FriendRequestDirection, required: true, description: 'Which ones.' }), ...forwardArgs },
    resolve: (_root, { direction, ...page }, context) =>
      context.read((tx) => context.services.friendRequests.list(tx, requireViewer(context), direction, page)),
  }),
);

builder.objectField(RelationshipRef, 'friendRequest', (t) =>
  t.field({
    type: FriendRequestRef,
    nullable: true,
    description: 'The pending one, in either direction; where two cross, the one that the viewer can answer.',
    resolve: ({ user }, _args, context) => pendingLoader(context).load(user.id),
  }),
);

builder.mutationFields((t) => ({
  sendFriendRequest: t.field({
    type: FriendRequestRef,
    nullable: true,
    authScopes: { user: true },
    description:
      'Asks a registered user to be the viewer’s friend, and gives the request as it stands then. It is ACCEPTED at once where the other one accepts at once; where the other one has asked the viewer, that request is accepted and given; neither while one of the two blocks the other. ' +
      'The first that fits is the refusal: `BAD_USER_INPUT` for oneself; `NOT_FOUND` where there is no such user, for a disabled one and for a visitor; `ALREADY_FRIENDS`; `REQUEST_PENDING` while a request of the viewer waits; where the user waits for an answer of the viewer’s, that is accepted, also after a refusal; `RATE_LIMITED` where the user has refused the viewer some days ago at most and the two were no friends since, and for too many requests to the same user in a day, those that were taken back included.',
    args: {
      userId: t.arg.id({ required: true, description: 'Id or uuid of the other user.' }),
      clientId: t.arg({
        type: 'UUID',
        description:
          'Made by the client for this request: the same again gives what was answered first, as it stands now. With anything else given: `CONFLICT`.',
      }),
      message: t.arg.string({ description: 'What to say with it, at most 200 characters. Blank counts as none.' }),
    },
    resolve: (_root, { userId, ...request }, context) =>
      context.services.friendRequests.send(requireViewer(context), { ...request, userUuid: requireUserUuid(userId) }),
  }),
  answerFriendRequest: t.field({
    type: FriendRequestRef,
    nullable: true,
    authScopes: { user: true },
    description:
      'Answers a friend request. The same answer again changes nothing; an ignored one can still be accepted or refused. `NOT_FOUND` where it is not the viewer’s, as for an id that never was; `FORBIDDEN` where it is for the other one to say; `CONFLICT` where it has had another answer; `RECIPIENT_UNAVAILABLE`, for ACCEPT, where the account of the other one is disabled, `BLOCKED` and `BLOCKED_BY_YOU` while one of the two blocks the other.',
    args: {
      id: t.arg.id({ required: true, description: 'The request.' }),
      answer: t.arg({ type: FriendRequestAnswer, required: true, description: 'The receiver accepts, refuses or ignores; the sender cancels.' }),
      remark: t.arg.string({ description: "With ACCEPT: the viewer's own name for the new friend, one line of 1 to 50 characters." }),
    },
    resolve: (_root, { id, answer, remark }, context) => {
      const uuid = uuidOf('FriendRequest', id);
      if (uuid === null) throw new AppError('NOT_FOUND');
      return context.services.friendRequests.answer(requireViewer(context), uuid, answer, remark);
    },
  }),
}));
