import { builder } from '../../graphql/builder.ts';
import { requireViewer } from '../../graphql/context.ts';
import { perViewer } from '../../graphql/per-viewer.ts';
import { announceFeature } from '../../graphql/server-info.ts';
import { AppError } from '../../kernel/errors.ts';
import { uuidOf } from '../../kernel/ids.ts';
import { ConversationRef, conversationLoader, ownView } from './conversation.schema.ts';

announceFeature('archive');
announceFeature('mute');

builder.objectFields(ConversationRef, (t) => ({
  isMuted: t.boolean({
    ...perViewer,
    description: 'The viewer wants no sound for it. Set by `updateConversation`; raises no rev.',
    resolve: (view, _args, context) => ownView(view, context).isMuted === 1,
  }),
  isArchived: t.boolean({
    ...perViewer,
    description: 'The viewer has put it out of sight, where it stays when messages come. Set by `updateConversation`; raises no rev.',
    resolve: (view, _args, context) => ownView(view, context).isArchived === 1,
  }),
}));

builder.mutationField('updateConversation', (t) =>
  t.field({
    type: ConversationRef,
    nullable: true,
    authScopes: { session: true },
    description: "Changes what the viewer sets for a conversation. Only the viewer's own devices are told. What is null or absent stays.",
    args: {
      conversationId: t.arg.id({ required: true, description: 'The conversation.' }),
      isMuted: t.arg.boolean({ description: 'No sound for it.' }),
      isArchived: t.arg.boolean({ description: 'Out of sight.' }),
    },
    resolve: async (_root, { conversationId, ...settings }, context) => {
      const uuid = uuidOf('Conversation', conversationId);
      if (uuid === null) throw new AppError('NOT_FOUND');
      const id = await context.services.conversationSettings.update(requireViewer(context), uuid, settings);
      return await conversationLoader(context).load(id);
    },
  }),
);
