import { builder } from '../../graphql/builder.ts';
import { requireSession, requireViewer } from '../../graphql/context.ts';
import { createLoader } from '../../graphql/loader.ts';
import { AppError } from '../../kernel/errors.ts';
import { uuidOf } from '../../kernel/ids.ts';
import { hasOwnSession, type Viewer } from '../../kernel/viewer.ts';
import type { UserRow } from '../users/user.entity.ts';
import { UserRef, userLoader } from '../users/user.schema.ts';
import { callerOf } from './auth.schema.ts';
import type { SessionRow } from './session.entity.ts';
import { sessionsListed } from './session.service.ts';

const sessionsOf = createLoader<number, SessionRow[]>(async (tx, userIds, { services }) => {
  const lists = new Map<number, SessionRow[]>();
  for (const userId of userIds) lists.set(userId, await services.sessions.listOf(tx, userId));
  return lists;
});

/** The `Session` type: a login of the viewer's. Nobody else ever sees it. */
const SessionRef = builder.objectRef<SessionRow>('Session');

builder.node(SessionRef, {
  description: 'A login on a device, seen by its user only. It ends by `logout`, by a change of the password, or when it is not refreshed in time.',
  id: { resolve: ({ uuid }) => uuid },
  loadWithoutCache: async (uuid, context) => {
    const { viewer } = context;
    if (viewer === null || !hasOwnSession(viewer)) return null;
    const live = await context.read((tx) => context.services.sessions.listOf(tx, viewer.userId));
    return live.find((session) => session.uuid === uuid) ?? null;
  },
  fields: (t) => ({
    device: t.exposeString('device', { nullable: true, description: 'The name that was given at login.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it began.' }),
    lastSeenAt: t.expose('lastSeenAt', { type: 'DateTime', description: 'When it last got a token, at login or by `refreshSession`, to within an hour.' }),
    isCurrent: t.boolean({ description: 'It is the session of this request.', resolve: ({ id }, _args, { viewer }) => viewer?.sessionId === id }),
  }),
});

/** What the `Viewer` type is made from. */
export type ViewerSource = Pick<Viewer, 'userId' | 'uuid'>;

/** The `Viewer` type. Other features add fields of their own. */
export const ViewerRef = builder.objectRef<ViewerSource>('Viewer');

async function requireRow(userId: number, load: (id: number) => Promise<UserRow | null>): Promise<UserRow> {
  const user = await load(userId);
  if (user === null) throw new AppError('USER_NOT_FOUND');
  return user;
}

builder.node(ViewerRef, {
  description: 'Whoever asks: what only they see of themselves.',
  id: { resolve: ({ uuid }) => uuid },
  loadWithoutCache: (uuid, context) => {
    const viewer = requireViewer(context);
    return viewer.uuid === uuid ? viewer : null;
  },
  fields: (t) => ({
    user: t.field({
      type: UserRef,
      description: 'What others see of the viewer.',
      resolve: ({ userId }, _args, context) => requireRow(userId, (id) => userLoader(context).load(id)),
    }),
    sessions: t.field({
      type: [SessionRef],
      most: sessionsListed,
      description: `The live sessions, the newest first, at most ${sessionsListed}. \`FORBIDDEN\` where a server key acts. Where a login would make too many of them, the one not used for longest ends.`,
      resolve: async ({ userId }, _args, context) => {
        if (context.server !== null) throw new AppError('FORBIDDEN');
        return (await sessionsOf(context).load(userId)) ?? [];
      },
    }),
    acceptsFriendsAtOnce: t.boolean({
      description: 'Friend requests are accepted without asking.',
      resolve: async ({ userId }, _args, context) => (await requireRow(userId, (id) => userLoader(context).load(id))).acceptsFriendsAtOnce === 1,
    }),
    cursor: t.string({
      description: 'The position of this answer: read what you show in the same query, then subscribe with `events(after: cursor)`; nothing falls between.',
      resolve: (_viewer, _args, context) => context.position(),
    }),
  }),
});

builder.queryField('viewer', (t) =>
  t.field({
    type: ViewerRef,
    nullable: true,
    description: 'Whoever asks. Null, without an error, where there is no token.',
    authScopes: { public: true },
    resolve: (_root, _args, { viewer }) => viewer,
  }),
);

builder.mutationField('updateSettings', (t) =>
  t.field({
    type: ViewerRef,
    nullable: true,
    description: 'Changes settings that nobody else sees. The other sessions get ViewerChanged.',
    authScopes: { user: true },
    args: { acceptsFriendsAtOnce: t.arg.boolean({ description: 'Accept friend requests without asking. Null or absent leaves.' }) },
    resolve: async (_root, settings, context) => {
      const viewer = requireViewer(context);
      await context.services.users.updateSettings(viewer, settings);
      return viewer;
    },
  }),
);

builder.mutationField('logout', (t) =>
  t.boolean({
    nullable: true,
    description:
      "Ends this session, or another one of the viewer's, at once and on every node, its open sockets included. `NOT_FOUND` where there is no such live session.",
    authScopes: { ownSession: true },
    args: { sessionId: t.arg.id({ description: 'Id of the session to end. Default: this one.' }) },
    resolve: async (_root, { sessionId }, context) => {
      await context.services.auth.logout(requireSession(context), typeof sessionId === 'string' ? requireSessionUuid(sessionId) : undefined);
      return true;
    },
  }),
);

builder.mutationField('changePassword', (t) =>
  t.boolean({
    nullable: true,
    description: "Changes the viewer's password and ends every other session. `INVALID_CREDENTIALS` where the old one is wrong.",
    authScopes: { ownUser: true },
    args: {
      oldPassword: t.arg.string({ required: true, description: 'The present password.' }),
      newPassword: t.arg.string({ required: true, description: '8 to 128 characters. Not the username, and none of the 10,000 passwords that are used most.' }),
    },
    resolve: async (_root, { oldPassword, newPassword }, context) => {
      await context.services.auth.changePassword(requireSession(context), { old: oldPassword, new: newPassword }, callerOf(context));
      return true;
    },
  }),
);

function requireSessionUuid(sessionId: string): string {
  const uuid = uuidOf('Session', sessionId);
  if (uuid === null) throw new AppError('NOT_FOUND');
  return uuid;
}
