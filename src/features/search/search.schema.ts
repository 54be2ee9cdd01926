import { builder } from '../../graphql/builder.ts';
import { forwardArgs } from '../../graphql/connection.ts';
import { requireViewer } from '../../graphql/context.ts';
import { plainReadOf, sharedReadOf } from '../../graphql/read-budget.ts';
import { announceFeature } from '../../graphql/server-info.ts';
import { uuidOf } from '../../kernel/ids.ts';
import { MessageConnection } from '../messages/message.schema.ts';
import { UserConnection } from '../users/user.schema.ts';

announceFeature('search');

const sameLetters = 'Neither case nor width of letters matters, nor characters that nobody sees, such as soft hyphens and variation selectors.';

const endsEarly =
  'A page may have fewer than asked for, or nothing, and another one behind it, where there is much that nearly fits: go on as long as `hasNextPage` is true.';

builder.queryFields((t) => ({
  searchUsers: t.field({
    type: UserConnection,
    nullable: true,
    authScopes: { user: true },
    description:
      'Registered users by a part of the username or the nickname; never visitors, disabled users or the viewer. First those of whom a name begins with ' +
      `the keyword, then the others, both by what the name is from the keyword on. ${endsEarly} ${sameLetters}`,
    args: { keyword: t.arg.string({ required: true, description: '1 to 50 characters, blanks at its ends not counted.' }), ...forwardArgs },
    resolve: (_root, args, context) => context.services.userSearch.find(context.read, requireViewer(context), args),
  }),
  searchMessages: t.field({
    type: MessageConnection,
    nullable: true,
    authScopes: { session: true },
    description:
      "Messages by a part of their text, newest first: those that the viewer sees in the viewer's conversations, never recalled ones or notices. " +
      `What was just sent or edited is found at once, by its new text only. ${endsEarly} ${sameLetters}`,
    args: {
      keyword: t.arg.string({
        required: true,
        description: '1 to 50 characters, blanks at its ends not counted; a run of blanks counts as one. A single character is found wherever it stands.',
      }),
      conversationId: t.arg.id({ description: 'Only in this conversation. An id of none of the viewer’s finds nothing, as one that never was.' }),
      ...forwardArgs,
    },
    resolve: async (_root, { keyword, conversationId, first, after }, context) => {
      const where = typeof conversationId === 'string' ? { conversationUuid: uuidOf('Conversation', conversationId) } : {};
      const page = await context.services.messageSearch.find(plainReadOf(context), requireViewer(context), { keyword, first, after, ...where });
      // What was looked at in vain has bounds of the search's own.
      sharedReadOf(context).budget?.spend(page.edges.map(({ node }) => node));
      return page;
    },
  }),
}));
