import { builder } from '../../graphql/builder.ts';
import { connectionOf, forwardArgs } from '../../graphql/connection.ts';
import { requireViewer } from '../../graphql/context.ts';
import { announceFeature } from '../../graphql/server-info.ts';
import { encodeGlobalId, exactUuid } from '../../kernel/ids.ts';
import { UserRef, userByUuid } from '../users/user.schema.ts';
import type { AuditRow } from './audit.entity.ts';

announceFeature('auditLog');

const AuditRecordRef = builder.objectRef<AuditRow>('AuditRecord');

builder.node(AuditRecordRef, {
  description: 'Something that an admin or a server key did, or was refused to somebody who is none. Never changed and never deleted. Seen by admins only.',
  id: { resolve: ({ uuid }) => uuid },
  loadOne: (key, context) => {
    const uuid = exactUuid(String(key));
    return uuid === null ? null : context.read((tx) => context.services.audit.find(tx, requireViewer(context), uuid));
  },
  fields: (t) => ({
    at: t.expose('at', { type: 'DateTime', description: 'When, by the database clock.' }),
    actor: t.field({
      type: UserRef,
      nullable: true,
      description: 'Who did it, or tried to. Null for the server itself, for a server key by itself, and for a visitor who is gone since.',
      resolve: ({ actorUuid }, _args, context) => (actorUuid === null ? null : userByUuid(context).load(actorUuid)),
    }),
    serverKeyId: t.id({
      nullable: true,
      description:
        'The server key that did it, by itself (then there is no actor) or acting as the actor; null where none did. That of PARLEY_SERVER_KEY has an id too, by which `node` finds nothing.',
      resolve: ({ serverKey }) => (serverKey === null ? null : encodeGlobalId('ServerKey', serverKey)),
    }),
    action: t.exposeString('action', {
      description:
        'What was done: user.create (the first admin, from the configuration), user.disable, user.enable, user.role, user.password (reset by an admin), user.profile, user.external (an account became a person of a provider), user.logout, user.allowToWrite, serverKey.create, serverKey.revoke, provider.create, provider.update, provider.rotate; refused: somebody with a session tried what only admins may do, at most one record a minute and person. New ones may come.',
    }),
    targetId: t.id({
      nullable: true,
      description: 'To what it was done, such as the id of a user. It may be gone.',
      resolve: ({ targetType, targetKey }) => (targetType === null || targetKey === null ? null : encodeGlobalId(targetType, targetKey)),
    }),
    reason: t.exposeString('reason', { nullable: true, description: 'Why, as the admin gave it; at most 500 characters.' }),
    change: t.exposeString('changes', {
      nullable: true,
      description:
        'JSON: what is different, `{"before":{"role":"USER"},"after":{"role":"AGENT"}}`; for refused: `{"operation":"updateUser"}`. Settings and roles, never what people have written, and no secret.',
    }),
  }),
});

const AuditConnection = connectionOf('Audit', AuditRecordRef);

const AuditFilter = builder.inputType('AuditFilter', {
  description: 'Which records. All that is given has to fit; what is null or absent does not narrow. An id that is none finds nothing.',
  fields: (t) => ({
    actorId: t.id({ description: 'Id or uuid of who did it, or tried to.' }),
    targetId: t.id({ description: 'Id of what it was done to; of a user the uuid too.' }),
    action: t.string({ description: 'What was done, such as user.disable.' }),
    from: t.field({ type: 'DateTime', description: 'From this time on.' }),
    to: t.field({ type: 'DateTime', description: 'Before this time.' }),
  }),
});

builder.queryField('auditLog', (t) =>
  t.field({
    type: AuditConnection,
    nullable: true,
    description: 'What admins did to others, and what was refused to those who are none, newest first. Kept for ever; no event tells of it.',
    authScopes: { admin: true },
    args: { filter: t.arg({ type: AuditFilter, description: 'Which records; all where it is absent.' }), ...forwardArgs },
    resolve: (_root, { filter, ...page }, { read, services }) => read((tx) => services.audit.list(tx, filter ?? {}, page)),
  }),
);
