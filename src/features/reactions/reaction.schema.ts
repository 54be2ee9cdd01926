import { builder } from '../../graphql/builder.ts';
import { type Context, requireViewer } from '../../graphql/context.ts';
import { createCommonLoader, createLoader } from '../../graphql/loader.ts';
import { perViewer } from '../../graphql/per-viewer.ts';
import { announceFeature } from '../../graphql/server-info.ts';
import { pageLimit, pageSize } from '../../kernel/page.ts';
import { MessageRef, placeKey, placeOf, requireMessageKey } from '../messages/message.schema.ts';
import { UserRef, userLoader } from '../users/user.schema.ts';
import { emojiOf, reactionLimits } from './reaction.policy.ts';
import { type ReactionKey, type ReactionView, readReactions, readReactors } from './reaction.service.ts';

announceFeature('reactions');

const reactionLoader = createLoader(async (tx, keys: readonly string[], context) =>
  // In a run for many nobody asks whether it was the viewer.
  Map.groupBy(await readReactions(tx, context.forMany ? null : requireViewer(context).userId, keys.map(placeOf)), placeKey),
);

const keyOf = (reaction: ReactionKey) => `${placeKey(reaction)}:${reaction.forms.join(',')}`;

// Everybody reads as many as a page may hold; `first` cuts them.
const reactorLoader = createCommonLoader(async (tx, keys: readonly string[]) => {
  const reactions = keys.map((key): ReactionKey => {
    const [first = '', ...others] = key.slice(key.lastIndexOf(':') + 1).split(',');
    return { ...placeOf(key), forms: [first, ...others] };
  });
  return Map.groupBy(await readReactors(tx, reactions, pageLimit.most), ({ reaction }) => keyOf(reaction));
});

async function loadReactors(context: Context, reaction: ReactionKey, first: number) {
  const reactors = (await reactorLoader(context).load(keyOf(reaction))) ?? [];
  const users = await Promise.all(reactors.slice(0, first).map(({ userId }) => userLoader(context).load(userId)));
  return users.filter((user) => user !== null);
}

const ReactionRef = builder.objectRef<ReactionView>('Reaction').implement({
  description:
    'One emoji with which people reacted to a message. Those that look the same are one: U+FE0F makes no difference, nor does a joiner that joins nothing.',
  fields: (t) => ({
    emoji: t.string({ description: 'The emoji, exactly as it was given first.', resolve: ({ forms: [first] }) => emojiOf(first) }),
    count: t.exposeInt('count', { description: 'How many people reacted with it.' }),
    viewerReacted: t.exposeBoolean('viewerReacted', {
      ...perViewer,
      description: 'Whether the viewer did: the one value here that each reader has for themselves.',
    }),
    users: t.field({
      type: [UserRef],
      description: 'Who did, whoever reacted first before the others.',
      args: { first: t.arg.int({ description: `How many: 1 to ${pageLimit.most}, default ${pageLimit.default}.` }) },
      resolve: (reaction, { first }, context) => loadReactors(context, reaction, pageSize(first)),
    }),
  }),
});

builder.objectField(MessageRef, 'reactions', (t) =>
  t.field({
    type: [ReactionRef],
    most: reactionLimits.perMessage,
    description: `The reactions to it, at most ${reactionLimits.perMessage} different ones, in the order in which they came first; empty once recalled.`,
    resolve: async (message, _args, context) => (await reactionLoader(context).load(placeKey(message))) ?? [],
  }),
);

builder.mutationFields((t) => ({
  react: t.field({
    type: MessageRef,
    nullable: true,
    authScopes: { session: true },
    description:
      `Reacts to a message; again with the same emoji changes nothing. At most ${reactionLimits.perMessage} different emoji on a message and ${reactionLimits.perPerson} of one person: ` +
      'beyond that `BAD_USER_INPUT`. Not to notices: `FORBIDDEN`; not to what was recalled: `NOT_FOUND`. Refused where a message would be.',
    args: {
      messageId: t.arg.id({ required: true, description: 'The message.' }),
      emoji: t.arg.string({ required: true, description: `One emoji, of at most ${reactionLimits.bytes} bytes in UTF-8.` }),
    },
    resolve: (_root, { messageId, emoji }, context) => context.services.reactions.react(requireViewer(context), requireMessageKey(messageId), emoji),
  }),
  unreact: t.field({
    type: MessageRef,
    nullable: true,
    authScopes: { session: true },
    description: 'Takes a reaction of one’s own away; one that is not there changes nothing.',
    args: {
      messageId: t.arg.id({ required: true, description: 'The message.' }),
      emoji: t.arg.string({ required: true, description: 'The emoji, in any form that looks the same.' }),
    },
    resolve: (_root, { messageId, emoji }, context) => context.services.reactions.unreact(requireViewer(context), requireMessageKey(messageId), emoji),
  }),
}));
