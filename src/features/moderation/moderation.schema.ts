import { builder } from '../../graphql/builder.ts';
import { forwardArgs } from '../../graphql/connection.ts';
import { requireSession, requireViewer } from '../../graphql/context.ts';
import { callerOf } from '../auth/auth.schema.ts';
import { requireUserUuid } from '../contacts/contact.schema.ts';
import { RoleRef, UserConnection, UserRef } from '../users/user.schema.ts';

builder.queryField('users', (t) =>
  t.field({
    type: UserConnection,
    nullable: true,
    description:
      'All accounts, visitors and disabled ones included, in the order of their usernames; with a keyword a page may have fewer than asked for, or nobody, and another one behind it. For admins, and for server keys with READ.',
    authScopes: { admin: true, right: 'READ' },
    args: {
      keyword: t.arg.string({ description: 'Part of the username or the nickname.' }),
      enabled: t.arg.boolean({ description: 'Only enabled or only disabled ones.' }),
      role: t.arg({ type: RoleRef, description: 'Only those with this role.' }),
      ...forwardArgs,
    },
    resolve: (_root, filter, { read, services }) => read((tx) => services.moderation.listUsers(tx, filter)),
  }),
);

builder.mutationField('updateUser', (t) =>
  t.field({
    type: UserRef,
    nullable: true,
    description:
      'Disables or enables an account, or gives it another role. Disabling ends its sessions at once; whoever becomes an AGENT or ADMIN keeps those that a password began, and no others. Admins cannot disable or demote themselves, visitors become users by registering only.',
    authScopes: { admin: true },
    args: {
      userId: t.arg.id({ required: true, description: 'Id or uuid of the user.' }),
      enabled: t.arg.boolean({ description: 'Null or absent leaves.' }),
      role: t.arg({ type: RoleRef, description: 'USER, AGENT or ADMIN. Null or absent leaves.' }),
      reason: t.arg.string({ description: "Why, for the audit log and the server's; at most 500 characters." }),
    },
    resolve: (_root, { userId, ...change }, context) => context.services.moderation.updateUser(requireViewer(context), requireUserUuid(userId), change),
  }),
);

builder.mutationField('resetPassword', (t) =>
  t.string({
    nullable: true,
    description:
      'Gives somebody who has forgotten their password another one, which is told here and never again: hand it over. It is good for one login within the time that `limits.passwordResetSeconds` says, and has to be changed in it (`newPassword` of `login`). Ends all sessions of that person. `FORBIDDEN` for oneself and for another admin, `BAD_USER_INPUT` for an account without a password, such as a visitor, `NOT_FOUND` where there is no such user.',
    authScopes: { admin: true },
    args: { userId: t.arg.id({ required: true, description: 'Id or uuid of the user.' }) },
    resolve: (_root, { userId }, context) => context.services.passwordResets.reset(requireSession(context), requireUserUuid(userId), callerOf(context)),
  }),
);
