import { builder } from '../../graphql/builder.ts';
import { requireViewer } from '../../graphql/context.ts';
import { createCommonLoader, createLoader } from '../../graphql/loader.ts';
import { perViewer } from '../../graphql/per-viewer.ts';
import { announceFeature } from '../../graphql/server-info.ts';
import { ConversationRef } from '../conversations/conversation.schema.ts';
import { UserRef, userLoader } from '../users/user.schema.ts';
import { mentionLimit } from './mention.policy.ts';
import { readMentions, unreadMentionCounts } from './mention.service.ts';
import { MessageRef, placeKey, placeOf } from './message.schema.ts';

announceFeature('mentions');

const mentionLoader = createCommonLoader(async (tx, keys: readonly string[]) => Map.groupBy(await readMentions(tx, keys.map(placeOf)), placeKey));

const unreadLoader = createLoader((tx, ids: readonly number[], context) => unreadMentionCounts(tx, requireViewer(context).userId, ids));

builder.objectFields(MessageRef, (t) => ({
  mentions: t.field({
    type: [UserRef],
    most: mentionLimit,
    description: 'Whom it names, in no particular order; empty once recalled.',
    resolve: async (message, _args, context) => {
      const mentions = (await mentionLoader(context).load(placeKey(message))) ?? [];
      const users = await Promise.all(mentions.map(({ userId }) => userLoader(context).load(userId)));
      return users.filter((user) => user !== null);
    },
  }),
  mentionsEveryone: t.boolean({ description: 'It names all members; false once recalled.', resolve: ({ mentionsEveryone }) => mentionsEveryone === 1 }),
}));

builder.objectField(ConversationRef, 'unreadMentionCount', (t) =>
  t.int({
    ...perViewer,
    description:
      "Messages of others above the viewer's readSeq that name the viewer or everyone, without recalled ones and those of somebody whom the viewer has blocked.",
    resolve: async ({ id }, _args, context) => (await unreadLoader(context).load(id)) ?? 0,
  }),
);
