import { builder } from '../../graphql/builder.ts';
import { requireViewer } from '../../graphql/context.ts';
import { requireUserUuid } from '../contacts/contact.schema.ts';
import { UserRef } from '../users/user.schema.ts';

const UpdateFriendInput = builder.inputType('UpdateFriendInput', {
  description: 'What changes in what the viewer keeps of a friend.',
  fields: (t) => ({
    userId: t.id({ required: true, description: 'Id or uuid of the friend.' }),
    remark: t.string({
      description: "The viewer's own name for the friend, one line of 1 to 50 characters without the blanks around them. Null clears, absent leaves.",
    }),
    isStarred: t.boolean({ description: 'Null or absent leaves.' }),
  }),
});

builder.mutationFields((t) => ({
  updateFriend: t.field({
    type: UserRef,
    nullable: true,
    authScopes: { user: true },
    description:
      'Changes the viewer’s remark and star for a friend, which only the viewer sees; the remark is the title of their conversation. `NOT_FOUND` where the two are no friends.',
    args: { input: t.arg({ type: UpdateFriendInput, required: true, description: 'What changes.' }) },
    resolve: (_root, { input }, context) => {
      const { userId, ...change } = input;
      return context.services.friends.update(requireViewer(context), requireUserUuid(userId), change);
    },
  }),
  removeFriend: t.field({
    type: UserRef,
    nullable: true,
    authScopes: { user: true },
    description:
      'Ends a friendship for both; their remarks and stars for each other are gone. The conversation stays, but who has written in it does not count any more: what the chatset says holds again. Changes nothing where the two are no friends. `NOT_FOUND` where there is no such user, `BAD_USER_INPUT` for oneself.',
    args: { userId: t.arg.id({ required: true, description: 'Id or uuid of the friend.' }) },
    resolve: (_root, { userId }, context) => context.services.friends.remove(requireViewer(context), requireUserUuid(userId)),
  }),
}));
