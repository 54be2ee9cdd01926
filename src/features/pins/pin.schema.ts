import { builder } from '../../graphql/builder.ts';
import { requireViewer } from '../../graphql/context.ts';
import { createCommonLoader, createLoader } from '../../graphql/loader.ts';
import { perViewer } from '../../graphql/per-viewer.ts';
import { announceFeature } from '../../graphql/server-info.ts';
import { ConversationRef } from '../conversations/conversation.schema.ts';
import { MessageRef, placeKey, placeOf, requireMessageKey } from '../messages/message.schema.ts';
import { pinLimit, readPinned, readPins } from './pin.service.ts';

announceFeature('pins');

const pinLoader = createCommonLoader(async (tx, keys: readonly string[]) => {
  const pins = await readPins(tx, keys.map(placeOf));
  return new Map(pins.map((pin) => [placeKey(pin), pin.at]));
});

const pinnedLoader = createLoader(
  async (tx, ids: readonly number[], context) => Map.groupBy(await readPinned(tx, requireViewer(context).userId, ids), ({ conversationId }) => conversationId),
  () => pinLimit,
);

builder.objectField(MessageRef, 'pinnedAt', (t) =>
  t.field({
    type: 'DateTime',
    nullable: true,
    description: 'Since when it is pinned; null where it is not.',
    resolve: (message, _args, context) => pinLoader(context).load(placeKey(message)),
  }),
);

builder.objectField(ConversationRef, 'pinnedMessages', (t) =>
  t.field({
    ...perViewer,
    type: [MessageRef],
    most: pinLimit,
    description: `The pinned messages that the viewer can see, at most ${pinLimit}; what was pinned last comes first.`,
    resolve: async ({ id }, _args, context) => (await pinnedLoader(context).load(id)) ?? [],
  }),
);

const who = 'In a DIRECT conversation both may; in a group the owner and admins, others get `FORBIDDEN`.';

builder.mutationFields((t) => ({
  pinMessage: t.field({
    type: MessageRef,
    nullable: true,
    authScopes: { session: true },
    description:
      `Pins a message for everybody in the conversation; again changes nothing. ${who} At most ${pinLimit} in a conversation: beyond that \`BAD_USER_INPUT\`. ` +
      'Not of notices: `FORBIDDEN`; not of what was recalled: `NOT_FOUND`. Refused where a message would be.',
    args: { messageId: t.arg.id({ required: true, description: 'The message.' }) },
    resolve: (_root, { messageId }, context) => context.services.pins.pin(requireViewer(context), requireMessageKey(messageId)),
  }),
  unpinMessage: t.field({
    type: MessageRef,
    nullable: true,
    authScopes: { session: true },
    description: `Unpins a message; one that is not pinned stays as it is. ${who} \`MUTED\` where the viewer is. A recall unpins by itself.`,
    args: { messageId: t.arg.id({ required: true, description: 'The message.' }) },
    resolve: (_root, { messageId }, context) => context.services.pins.unpin(requireViewer(context), requireMessageKey(messageId)),
  }),
}));
