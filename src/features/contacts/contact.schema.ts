import { builder } from '../../graphql/builder.ts';
import { forwardArgs } from '../../graphql/connection.ts';
import { type Context, requireViewer } from '../../graphql/context.ts';
import { countLookedAt } from '../../graphql/further-cost.ts';
import { AppError } from '../../kernel/errors.ts';
import { userUuidOf } from '../../kernel/ids.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import type { UserRow } from '../users/user.entity.ts';
import { UserConnection, UserRef } from '../users/user.schema.ts';

const ContactKind = builder.enumType('ContactKind', {
  description: 'The lists that a user keeps of others.',
  values: {
    FRIEND: { description: 'Friends of the viewer.' },
    FOLLOWING: { description: 'Whom the viewer follows.' },
    BLOCKED: { description: 'Whom the viewer has blocked.' },
  } as const,
});

builder.queryField('contacts', (t) =>
  t.field({
    type: UserConnection,
    nullable: true,
    description:
      'Whom the viewer is friends with, follows or has blocked, disabled users included. Friends stand in the order of their initial (A to Z, then "#"), then of the name that is shown; the others with those first who came to the server first.',
    authScopes: { user: true },
    args: { kind: t.arg({ type: ContactKind, required: true, description: 'Which list.' }), ...forwardArgs },
    resolve: async (_root, { kind, ...page }, context) => {
      const { looked, ...found } = await context.read((tx) => context.services.contacts.contacts(tx, requireViewer(context), kind, page));
      countLookedAt(context, looked);
      return found;
    },
  }),
);

type Change = (viewer: Viewer, uuid: string) => Promise<UserRow>;

function changeField(name: string, description: string, changeOf: (context: Context) => Change): void {
  builder.mutationField(name, (t) =>
    t.field({
      type: UserRef,
      nullable: true,
      description: `${description} \`NOT_FOUND\` where there is no such user, \`BAD_USER_INPUT\` for oneself.`,
      authScopes: { session: true },
      args: { userId: t.arg.id({ required: true, description: 'Id or uuid of the other user.' }) },
      resolve: (_root, { userId }, context) => changeOf(context)(requireViewer(context), requireUserUuid(userId)),
    }),
  );
}

changeField('follow', 'Follows a user. Following again changes nothing; a disabled user cannot be followed.', ({ services }) => services.contacts.follow);
changeField('unfollow', 'Ends following a user. Changes nothing where the viewer does not follow.', ({ services }) => services.contacts.unfollow);
changeField(
  'blockUser',
  'Blocks a user, friend or not, disabled or not: when this answers, no further message of that user arrives. No event tells the other one.',
  ({ services }) => services.contacts.block,
);
changeField('unblockUser', 'Ends blocking a user. Changes nothing where the viewer does not block.', ({ services }) => services.contacts.unblock);

/** The uuid of a user who is named by the global id or the uuid. Throws `NOT_FOUND` for every other text. */
export function requireUserUuid(userId: string): string {
  const uuid = userUuidOf(userId);
  if (uuid === null) throw new AppError('NOT_FOUND');
  return uuid;
}
