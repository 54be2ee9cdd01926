import { builder } from '../../graphql/builder.ts';
import { type Context, requireViewer } from '../../graphql/context.ts';
import { ErrorCodeRef } from '../../graphql/error-code.ts';
import { createLoader } from '../../graphql/loader.ts';
import { perViewer } from '../../graphql/per-viewer.ts';
import { initialOf } from '../../kernel/initial.ts';
import type { UserRow } from '../users/user.entity.ts';
import { UserRef, userByUuid } from '../users/user.schema.ts';
import type { Permission } from './contact.policy.ts';
import { shownName } from './contact-order.policy.ts';
import type { RelationRow } from './relation.entity.ts';

/** One viewer and one user; what they are to each other is read when it is shown. */
interface RelationshipSource {
  readonly viewerUuid: string;
  readonly user: UserRow;
}

const relationTo = createLoader<number, RelationRow>((tx, ids, context) => context.services.contacts.relationsOf(tx, requireViewer(context), ids));
const permissionTo = createLoader<number, Permission>((tx, ids, context) => context.services.permissions.permissionFor(tx, requireViewer(context), ids));

const MessagePermission = builder.objectRef<Permission>('MessagePermission').implement({
  description: 'Whether a message may be sent: what `sendMessage` would answer now.',
  fields: (t) => ({
    allowed: t.exposeBoolean('allowed', { description: 'The viewer may write to this user now.' }),
    reason: t.field({
      type: ErrorCodeRef,
      nullable: true,
      description: 'Why not: the code with which `sendMessage` would refuse. Null where it is allowed.',
      resolve: (permission) => (permission.allowed ? null : permission.reason),
    }),
    remaining: t.int({
      nullable: true,
      description: 'How many more may be sent; null: without limit, or not allowed.',
      resolve: (permission) => (permission.allowed ? permission.remaining : null),
    }),
  }),
});

/** What the viewer and a user are to each other. */
export const RelationshipRef = builder.objectRef<RelationshipSource>('Relationship');

builder.node(RelationshipRef, {
  description: 'What the viewer and a user are to each other. Everything in it is seen by the viewer only.',
  id: { resolve: ({ viewerUuid, user }) => `${viewerUuid}:${user.uuid}` },
  loadOne: (key, context) => findRelationship(key, context),
  fields: (t) => ({
    canMessage: t.field({
      type: MessagePermission,
      description: 'Whether the viewer may write to this user now. To oneself: no, `BAD_USER_INPUT`.',
      resolve: async ({ user }, _args, context): Promise<Permission> =>
        (await permissionTo(context).load(user.id)) ?? { allowed: false, reason: 'RECIPIENT_UNAVAILABLE' },
    }),
    isFriend: t.boolean({ description: 'The two are friends.', resolve: flag('isFriend') }),
    isFollowing: t.boolean({ description: 'The viewer follows this user.', resolve: flag('isFollowing') }),
    isBlocked: t.boolean({ description: 'The viewer has blocked this user.', resolve: flag('isBlocked') }),
    isStarred: t.boolean({ description: 'The viewer has starred this user.', resolve: flag('isStarred') }),
    remark: t.string({
      nullable: true,
      description: "The viewer's own name for this user.",
      resolve: async ({ user }, _args, context) => (await relationTo(context).load(user.id))?.remark ?? null,
    }),
    initial: t.string({
      description: 'A to Z, by the pinyin or the Latin letter of the name that is shown (remark, else nickname, else username); else "#".',
      resolve: async ({ user }, _args, context) => {
        const remark = (await relationTo(context).load(user.id))?.remark ?? null;
        return initialOf(shownName({ ...user, remark }));
      },
    }),
  }),
});

builder.objectField(UserRef, 'relationship', (t) =>
  t.field({
    ...perViewer,
    type: RelationshipRef,
    nullable: true,
    description: 'What the viewer and this user are to each other; null without a session. To oneself: nothing, and `canMessage` says no.',
    resolve: (user, _args, { viewer }) => viewer && { viewerUuid: viewer.uuid, user },
  }),
);

function flag(name: 'isFriend' | 'isFollowing' | 'isBlocked' | 'isStarred') {
  return async ({ user }: RelationshipSource, _args: unknown, context: Context): Promise<boolean> => (await relationTo(context).load(user.id))?.[name] === 1;
}

/** The relationship with a key, for its own viewer only. */
async function findRelationship(key: string, context: Context): Promise<RelationshipSource | null> {
  const [viewerUuid, userUuid = ''] = key.split(':', 2);
  const { viewer } = context;
  if (viewer === null || viewer.uuid !== viewerUuid || key !== `${viewerUuid}:${userUuid}`) return null;
  const user = await userByUuid(context).load(userUuid);
  return user && { viewerUuid, user };
}
