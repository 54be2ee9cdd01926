import { builder } from '../../graphql/builder.ts';
import { requireViewer } from '../../graphql/context.ts';
import { AppError } from '../../kernel/errors.ts';
import { uuidOf } from '../../kernel/ids.ts';
import { ConversationRef, conversationLoader } from '../conversations/conversation.schema.ts';
import { UserRef, userLoader } from '../users/user.schema.ts';

function requireUuid(conversationId: string): string {
  const uuid = uuidOf('Conversation', conversationId);
  if (uuid === null) throw new AppError('NOT_FOUND');
  return uuid;
}

const TypingRef = builder.objectRef<{ readonly conversationId: number; readonly userId: number }>('Typing').implement({
  description: 'Somebody writes at this moment. It counts for some seconds unless it comes again, and ends with a message of that person.',
  fields: (t) => ({
    conversation: t.field({
      type: ConversationRef,
      description: 'Where.',
      resolve: async ({ conversationId }, _args, context) => {
        const conversation = await conversationLoader(context).load(conversationId);
        if (conversation === null) throw new AppError('NOT_FOUND');
        return conversation;
      },
    }),
    user: t.field({
      type: UserRef,
      description: 'Who. Never the viewer.',
      resolve: async ({ userId }, _args, context) => {
        const user = await userLoader(context).load(userId);
        if (user === null) throw new AppError('NOT_FOUND');
        return user;
      },
    }),
  }),
});

builder.mutationField('setTyping', (t) =>
  t.boolean({
    nullable: true,
    description:
      'Tells the other members that the viewer writes. It counts for some seconds: call it again every few seconds while it goes on; more often it is told once, and anew after a message. Refused where a message would be.',
    authScopes: { session: true },
    args: { conversationId: t.arg.id({ required: true, description: 'The conversation.' }) },
    resolve: async (_root, { conversationId }, context) => {
      await context.services.typing.setTyping(requireViewer(context), requireUuid(conversationId));
      return true;
    },
  }),
);

builder.subscriptionField('typing', (t) =>
  t.field({
    type: TypingRef,
    description: 'Others who write in a conversation, from now on. Completes when the viewer is no member any more; `NOT_FOUND` where the viewer is none.',
    authScopes: { session: true },
    args: { conversationId: t.arg.id({ required: true, description: 'The conversation.' }) },
    subscribe: (_root, { conversationId }, context) => context.services.typing.watch(requireViewer(context), requireUuid(conversationId)),
    resolve: (event) => event,
  }),
);
