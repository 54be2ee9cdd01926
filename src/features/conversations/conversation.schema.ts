import { builder } from '../../graphql/builder.ts';
import { connectionOf, forwardArgs } from '../../graphql/connection.ts';
import { type Context, requireViewer } from '../../graphql/context.ts';
import { createCommonLoader, createGatheringLoader, createLoader } from '../../graphql/loader.ts';
import { perViewer } from '../../graphql/per-viewer.ts';
import { otherwise } from '../../graphql/stored-enums.ts';
import { AppError } from '../../kernel/errors.ts';
import { exactUuid, uuidOf } from '../../kernel/ids.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import { ViewerRef } from '../auth/viewer.schema.ts';
import { RelationshipRef } from '../contacts/relationship.schema.ts';
import { shownAvatar } from '../files/avatar.service.ts';
import { UserRef, userLoader } from '../users/user.schema.ts';
import { type CommonView, type ConversationKey, type ConversationView, findMembership, type ViewKey } from './conversation.service.ts';

/** The `Conversation` type: a conversation as the viewer of the operation sees it, or so much of that as is known where it is asked for. */
export const ConversationRef = builder.objectRef<ConversationKey>('Conversation');

/** What all members see of a conversation. */
export function commonView(conversation: ConversationKey): CommonView {
  if (isCommonView(conversation)) return conversation;
  throw new Error('a conversation that was not read was asked for more than its key');
}

/** What the viewer sees of a conversation. In a run for many there is none, and asking for it ends the run. */
export function ownView(conversation: ConversationKey, context: Context): ConversationView {
  if (isOwnView(conversation)) return conversation;
  requireViewer(context);
  throw new Error('what is a member’s own was asked for without a member');
}

const isCommonView = (conversation: ConversationKey): conversation is CommonView => 'rev' in conversation;
const isOwnView = (conversation: ConversationKey): conversation is ConversationView => 'readSeq' in conversation;

const commonLoader = createCommonLoader<number, CommonView>((tx, ids, { conversations }) => conversations.commonViews(tx, ids));

/**
 * Loads conversations by numeric id as the viewer sees them; null where the viewer is no member. In a run for many, whose rights were judged
 * before, as all members see them: what is the viewer's own then asks for a viewer, and there is none.
 */
export const conversationLoader = createGatheringLoader<number, ViewKey, CommonView>({
  // A server key that asks by itself is no member, and is shown what all of them see.
  question: (id, context) => (context.forMany || (context.viewer === null && context.server !== null) ? null : { userId: requireViewer(context).userId, id }),
  answer: (tx, keys, { conversations }) => conversations.viewsOf(tx, keys),
  async alone(ids, context) {
    const views = await commonLoader(context).loadMany(ids);
    return new Map(
      views.flatMap((view) => {
        if (view instanceof Error) throw view;
        return view ? [[view.id, view] as const] : [];
      }),
    );
  },
});

const unreadLoader = createLoader<number, number>((tx, ids, context) => context.services.conversations.unreadCounts(tx, requireViewer(context).userId, ids));

const directsOf = createStatement((tx, slot: Slots<{ userId: number; peerIds: readonly number[] }>) =>
  tx.db
    .selectFrom('Conversation')
    .select('id')
    .where((eb) =>
      eb.or([
        eb.and([eb('lowUserId', '=', slot('userId')), eb('highUserId', 'in', slot('peerIds'))]),
        eb.and([eb('highUserId', '=', slot('userId')), eb('lowUserId', 'in', slot('peerIds'))]),
      ]),
    ),
);

const directLoader = createLoader<number, ConversationView>(async (tx, userIds, context) => {
  const viewer = requireViewer(context);
  const pairs = await directsOf(tx, { userId: viewer.userId, peerIds: userIds });
  const views = await context.services.conversations.views(
    tx,
    viewer.userId,
    pairs.map(({ id }) => id),
  );
  return new Map([...views.values()].flatMap((view) => (view.peerId === null ? [] : [[view.peerId, view] as const])));
});

/** The conversation with a global id, where the viewer is a member; null, without an error, for every other id. */
async function findConversation(context: Context, uuid: string | null): Promise<CommonView | null> {
  const id = uuid === null ? null : await context.read((tx) => findMembership(tx, requireViewer(context).userId, uuid));
  return id === null ? null : await conversationLoader(context).load(id);
}

const ConversationKind = builder.enumType('ConversationKind', {
  ...otherwise('GROUP'),
  description: 'What kind of conversation it is.',
  values: {
    DIRECT: { description: 'Of two people.' },
    GROUP: { description: 'Of many people.' },
    SYSTEM: {
      description:
        "Messages of the operator's servers to the viewer, who has one such conversation at most, and only reads there: marks as read, mutes, archives, searches and forwards from it. Everything else is `FORBIDDEN`.",
    },
  },
});

builder.node(ConversationRef, {
  description: 'A conversation, as the viewer sees it. To everybody but its members it does not exist.',
  id: { resolve: ({ uuid }) => uuid },
  loadOne: (key, context) => findConversation(context, exactUuid(String(key))),
  fields: (t) => ({
    kind: t.field({ type: ConversationKind, description: 'Between two people, a group, or notices.', resolve: (view) => commonView(view).kind }),
    title: t.string({
      ...perViewer,
      description:
        "A group's name; of a DIRECT conversation the viewer's remark for the peer, else the nickname; of the SYSTEM one what the server calls it, in the viewer's language.",
      resolve: (view, _args, context) => context.services.conversations.titleOf(ownView(view, context), context.locale),
    }),
    avatar: t.string({
      ...perViewer,
      nullable: true,
      description: "The group's picture, or the peer's, as there.",
      resolve: (view, _args, context) => shownAvatar(ownView(view, context).avatar, context.services.fileLinks),
    }),
    peer: t.field({
      ...perViewer,
      type: UserRef,
      nullable: true,
      description: 'The other person; DIRECT only.',
      resolve: (view, _args, context) => {
        const { peerId } = ownView(view, context);
        return peerId === null ? null : userLoader(context).load(peerId);
      },
    }),
    rev: t.int({
      description: 'Rises with every change that its members see: keep the copy with the higher rev.',
      resolve: (view) => commonView(view).rev,
    }),
    lastSeq: t.int({ description: 'Seq of the newest message; 0 when empty.', resolve: (view) => commonView(view).lastSeq }),
    readSeq: t.int({
      ...perViewer,
      description: 'How far the viewer has read. Raises no rev: the higher one is the newer.',
      resolve: (view, _args, context) => ownView(view, context).readSeq,
    }),
    peerReadSeq: t.int({
      ...perViewer,
      nullable: true,
      description: 'How far the peer has read; DIRECT only. It stands still while one of the two blocks the other. Raises no rev: the higher one is the newer.',
      resolve: (view, _args, context) => ownView(view, context).peerReadSeq,
    }),
    unreadCount: t.int({
      ...perViewer,
      description: "Messages of others above the viewer's readSeq, those of the operator's servers among them, without notices and recalled ones.",
      resolve: async ({ id }, _args, context) => (await unreadLoader(context).load(id)) ?? 0,
    }),
  }),
});

const ConversationConnection = connectionOf('Conversation', ConversationRef);

builder.queryFields((t) => ({
  conversation: t.field({
    type: ConversationRef,
    nullable: true,
    authScopes: { session: true },
    description: 'One conversation; null where the viewer is no member, as for an id that never was.',
    args: { id: t.arg.id({ required: true, description: 'Its global id.' }) },
    resolve: (_root, { id }, context) => findConversation(context, uuidOf('Conversation', id)),
  }),
  conversations: t.field({
    type: ConversationConnection,
    nullable: true,
    authScopes: { session: true },
    description: "The viewer's conversations, newest activity first.",
    args: { ...forwardArgs, archived: t.arg.boolean({ description: 'Only archived ones, or only those that are not; without it all.' }) },
    resolve: (_root, args, context) => context.read((tx) => context.services.conversations.list(tx, requireViewer(context), args)),
  }),
}));

builder.mutationFields((t) => ({
  markRead: t.field({
    type: ConversationRef,
    nullable: true,
    authScopes: { session: true },
    description:
      "Moves the viewer's read mark forward. It never goes back; above lastSeq it counts as lastSeq. All own devices are told, and in a DIRECT conversation the peer, unless one of the two blocks the other.",
    args: {
      conversationId: t.arg.id({ required: true, description: 'The conversation.' }),
      seq: t.arg.int({ required: true, description: 'Everything up to this seq has been read.' }),
    },
    resolve: async (_root, { conversationId, seq }, context) => {
      const uuid = uuidOf('Conversation', conversationId);
      if (uuid === null) throw new AppError('NOT_FOUND');
      return await context.services.conversations.markRead(requireViewer(context), uuid, seq);
    },
  }),
}));

builder.objectField(ViewerRef, 'unreadCount', (t) =>
  t.int({
    description: 'The sum of the unread counts of all conversations.',
    resolve: ({ userId }, _args, context) => context.read((tx) => context.services.conversations.unreadTotal(tx, userId)),
  }),
);

builder.objectField(RelationshipRef, 'conversation', (t) =>
  t.field({
    type: ConversationRef,
    nullable: true,
    description: 'The DIRECT conversation of the two; null before the first message.',
    resolve: ({ user }, _args, context) => directLoader(context).load(user.id),
  }),
);
