import { builder } from '../../graphql/builder.ts';
import { requireViewer } from '../../graphql/context.ts';
import { createLoader } from '../../graphql/loader.ts';
import { perViewer } from '../../graphql/per-viewer.ts';
import { otherwise } from '../../graphql/stored-enums.ts';
import { AppError, badInput } from '../../kernel/errors.ts';
import { userUuidOf } from '../../kernel/ids.ts';
import { pageLimit } from '../../kernel/page.ts';
import { UserRef, userByUuid, userLoader } from '../users/user.schema.ts';
import { visiblePresence } from './presence.policy.ts';

const isVisible = createLoader<number, true>(
  async (tx, ids, { viewer }) => new Map([...(await visiblePresence(tx, viewer?.userId ?? null, ids))].map((id) => [id, true])),
);

const isOnline = createLoader<number, boolean>(async (_tx, ids, { services }) => (await services.presence.states(ids)) ?? new Map());

const PresenceStatusRef = builder.enumType('PresenceStatus', {
  ...otherwise('OFFLINE'),
  description: 'Whether somebody is there.',
  values: { ONLINE: { description: 'At least one socket is open.' }, OFFLINE: { description: 'No socket is open.' } } as const,
});

builder.objectField(UserRef, 'presence', (t) =>
  t.field({
    ...perViewer,
    type: PresenceStatusRef,
    nullable: true,
    description:
      'Whether the user is online at this moment. Seen by the user, by friends, by people to whom the user has written, and, of an agent, by every session; never by somebody whom the user has blocked. Null to everybody else, and while nobody knows.',
    resolve: async ({ id }, _args, context) => {
      if (!(await isVisible(context).load(id))) return null;
      const online = await isOnline(context).load(id);
      return online === null ? null : online ? 'ONLINE' : 'OFFLINE';
    },
  }),
);

builder.objectField(UserRef, 'lastSeenAt', (t) =>
  t.field({
    ...perViewer,
    type: 'DateTime',
    nullable: true,
    description: 'When the user last came online or went offline. Seen by those who see `presence`; null to everybody else, and before the first time.',
    resolve: async ({ id, lastSeenAt }, _args, context) => ((await isVisible(context).load(id)) ? lastSeenAt : null),
  }),
);

builder.subscriptionField('presence', (t) =>
  t.field({
    type: UserRef,
    description:
      'Each of these users as they are now, then each change of their presence: ONLINE at once, OFFLINE when nobody came back within some seconds. A slow reader gets the last state only. Whose presence the viewer may not see shows null and no change.',
    authScopes: { session: true },
    args: { userIds: t.arg.idList({ required: true, description: `Ids or uuids of the users, at most ${pageLimit.most}.` }) },
    subscribe: async (_root, { userIds }, context) => {
      const most = pageLimit.most;
      if (userIds.length > most) throw badInput('userIds', { zh: `一次最多订阅 ${most} 个用户`, en: `Watch at most ${most} users at once` });
      const uuids = userIds.map((id) => userUuidOf(id));
      const users = await Promise.all(uuids.map((uuid) => (uuid === null ? null : userByUuid(context).load(uuid))));
      const ids = users.flatMap((user) => (user?.enabled === 1 ? [user.id] : []));
      if (ids.length < userIds.length) throw new AppError('NOT_FOUND');
      return await context.services.presenceWatch.watch(requireViewer(context), ids);
    },
    resolve: async (event, _args, context) => {
      const shown = event.shown();
      // The frame says what was judged a moment ago in this snapshot, and not a state that the next event is about.
      isOnline(context).prime(event.userId, shown);
      if (shown !== null) isVisible(context).prime(event.userId, true);
      const user = await userLoader(context).load(event.userId);
      if (user === null) throw new AppError('NOT_FOUND');
      return user;
    },
  }),
);
