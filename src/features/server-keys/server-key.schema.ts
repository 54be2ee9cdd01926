import { builder } from '../../graphql/builder.ts';
import { requireViewer } from '../../graphql/context.ts';
import { announceFeature } from '../../graphql/server-info.ts';
import { otherwise } from '../../graphql/stored-enums.ts';
import { AppError } from '../../kernel/errors.ts';
import { exactUuid, uuidOf } from '../../kernel/ids.ts';
import { UserRef, userLoader } from '../users/user.schema.ts';
import type { ServerKeyRow } from './server-key.entity.ts';
import { rightsIn } from './server-key.policy.ts';
import { keysListed, type MadeServerKey } from './server-key.service.ts';

announceFeature('serverKeys');

const ServerRightRef = builder.enumType('ServerRight', {
  ...otherwise('READ'),
  description: "What one of the operator's servers may do with its key.",
  values: {
    USERS: { description: 'Make, change, find, enable and disable people of its providers, and let two of them write to each other. Never an ADMIN.' },
    SESSIONS: { description: 'Begin and end sessions of people. Never of an ADMIN, and of an AGENT only with ALL.' },
    ACT: { description: 'Act as a person, with the header Parley-Act-As. Likewise.' },
    NOTICES: { description: 'Send notices.' },
    READ: { description: 'Read what admins read of people.' },
    ALL: { description: 'All of these, and those of them that reach an AGENT.' },
  } as const,
});

const ServerKeyRef = builder.objectRef<ServerKeyRow>('ServerKey');

builder.node(ServerKeyRef, {
  description: "A key with which one of the operator's servers asks, over HTTP, as `Authorization: Bearer psk_…`. Seen by admins only.",
  id: { resolve: ({ uuid }) => uuid },
  loadOne: (key, context) => {
    const uuid = exactUuid(String(key));
    return uuid === null ? null : context.read((tx) => context.services.serverKeys.find(tx, context.viewer, uuid));
  },
  fields: (t) => ({
    name: t.exposeString('name', { description: 'How admins call it.' }),
    rights: t.field({ type: [ServerRightRef], most: 6, description: 'What it may do.', resolve: ({ rights }) => [...rightsIn(rights)] }),
    ending: t.exposeString('ending', { description: 'Its last four characters.' }),
    createdBy: t.field({
      type: UserRef,
      nullable: true,
      description: 'The admin who made it.',
      resolve: ({ createdById }, _args, context) => (createdById === null ? null : userLoader(context).load(createdById)),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    lastUsedAt: t.expose('lastUsedAt', { type: 'DateTime', nullable: true, description: 'When it was used last, to within a minute or two; null: never.' }),
    revokedAt: t.expose('revokedAt', { type: 'DateTime', nullable: true, description: 'When it was revoked; null: it is good.' }),
  }),
});

const ServerKeySecret = builder.objectRef<MadeServerKey>('ServerKeySecret').implement({
  description: 'A key that was just made.',
  fields: (t) => ({
    secret: t.exposeString('secret', {
      description: 'psk_ and 43 characters. Told this once: only a hash of it is kept. It belongs on a server, never into a page or an app.',
    }),
    key: t.field({ type: ServerKeyRef, description: 'What is known of it.', resolve: ({ key }) => key }),
  }),
});

builder.queryField('serverKeys', (t) =>
  t.field({
    type: [ServerKeyRef],
    most: keysListed,
    nullable: true,
    description: `The keys of the operator's servers, first those that are good, each newest first, at most ${keysListed}. The one of PARLEY_SERVER_KEY is not among them.`,
    authScopes: { admin: true },
    resolve: async (_root, _args, { read, services }) => [...(await read((tx) => services.serverKeys.list(tx)))],
  }),
);

builder.mutationField('createServerKey', (t) =>
  t.field({
    type: ServerKeySecret,
    nullable: true,
    description: `Makes a key for one of the operator's servers. \`CONFLICT\` where there are ${keysListed} that are good.`,
    authScopes: { admin: true },
    args: {
      name: t.arg.string({ required: true, description: 'How admins call it: one line of at most 50 characters.' }),
      rights: t.arg({ type: [ServerRightRef], required: true, description: 'What it may do: at least one.' }),
    },
    resolve: (_root, { name, rights }, context) => context.services.serverKeys.create(requireViewer(context), name, rights),
  }),
);

builder.mutationField('revokeServerKey', (t) =>
  t.field({
    type: ServerKeyRef,
    nullable: true,
    description: 'Ends a key for good, within a second on every node. Again it changes nothing. `NOT_FOUND` where there is none.',
    authScopes: { admin: true },
    args: { id: t.arg.id({ required: true, description: 'Id of the key.' }) },
    resolve: (_root, { id }, context) => {
      const uuid = uuidOf('ServerKey', id);
      if (uuid === null) throw new AppError('NOT_FOUND');
      return context.services.serverKeys.revoke(requireViewer(context), uuid);
    },
  }),
);
