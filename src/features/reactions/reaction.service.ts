import { badInput } from '../../kernel/errors.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import type { Tx } from '../../platform/database.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import type { PermissionService } from '../contacts/permission.service.ts';
import type { LogService } from '../log/log.service.ts';
import { lockMessage, requireContent, requireVoice, writeChange } from '../messages/change.service.ts';
import { keyOf, type MessageKey, type MessagePlace, type MessageView, type PlaceKey } from '../messages/message-view.service.ts';
import { isSamePicture, reactionLimits, requireEmoji, storedPicture } from './reaction.policy.ts';

/** One emoji on one message. */
export interface ReactionKey extends MessagePlace {
  /** The forms in which it is stored, the one that came first in front: several only where people reacted before the same picture was one reaction. */
  readonly forms: readonly [string, ...string[]];
}

/** One emoji on one message, as somebody sees it. */
export interface ReactionView extends ReactionKey {
  /** How many people reacted with it. */
  readonly count: number;
  readonly viewerReacted: boolean;
}

/** Adds and removes reactions. */
export interface ReactionService {
  /**
   * Adds a reaction of the viewer; again changes nothing. Throws `NOT_FOUND` also for a recalled message, `FORBIDDEN` for a notice, `BAD_USER_INPUT`
   * for `emoji` where it is none or there is no more room, and the reason where the viewer may not write there.
   */
  react(viewer: Viewer, key: MessageKey, emoji: string): Promise<MessageView>;
  /** Takes a reaction of the viewer away; one that is not there changes nothing. Throws `NOT_FOUND`, and `BAD_USER_INPUT` for `emoji`. */
  unreact(viewer: Viewer, key: MessageKey, emoji: string): Promise<MessageView>;
}

/** Makes the service. */
export function createReactionService(log: LogService, permissions: PermissionService): ReactionService {
  return {
    async react(viewer, key, emoji) {
      const given = requireEmoji(emoji);
      return await log.write(async (writer) => {
        const locked = await lockMessage(writer, viewer, key);
        requireContent(locked.message);
        const reactions = await readReactions(writer, viewer.userId, [locked.message]);
        const known = reactions.find(({ forms: [first] }) => isSamePicture(first, emoji));
        if (known?.viewerReacted) return locked.message;
        await requireVoice(writer, viewer, permissions, locked);
        const { perMessage, perPerson } = reactionLimits;
        if (!known && reactions.length >= perMessage)
          throw badInput('emoji', { zh: `一条消息最多有 ${perMessage} 种回应`, en: `A message takes at most ${perMessage} different reactions` });
        if (reactions.filter(({ viewerReacted }) => viewerReacted).length >= perPerson)
          throw badInput('emoji', { zh: `每人对一条消息最多回应 ${perPerson} 种`, en: `At most ${perPerson} reactions of one person to a message` });
        const { now } = await writer.stamp();
        const { conversationId, seq } = locked.message;
        // In the form that came first, so that whoever reacts with the same picture is counted with it.
        const emojiHex = known?.forms[0] ?? given;
        await writer.db.insertInto('Reaction').values({ conversationId, seq, userId: viewer.userId, emojiHex, at: now }).execute();
        return await writeChange(writer, locked);
      });
    },
    async unreact(viewer, key, emoji) {
      return await log.write(async (writer) => {
        const locked = await lockMessage(writer, viewer, key);
        const reactions = await readReactions(writer, viewer.userId, [locked.message]);
        const known = reactions.find(({ forms: [first] }) => isSamePicture(first, emoji));
        // Only what nobody has there is judged: what once counted as an emoji can be taken away.
        if (!known) requireEmoji(emoji);
        if (!known?.viewerReacted) return locked.message;
        await writer.stamp();
        const { conversationId, seq } = locked.message;
        await deleteReactions(writer, { conversationId, seq, userId: viewer.userId, forms: known.forms });
        return await writeChange(writer, locked);
      });
    },
  };
}

const deleteReactions = createStatement((tx, slot: Slots<{ conversationId: number; seq: number; userId: number; forms: readonly string[] }>) =>
  tx.db
    .deleteFrom('Reaction')
    .where('conversationId', '=', slot('conversationId'))
    .where('seq', '=', slot('seq'))
    .where('userId', '=', slot('userId'))
    .where('emojiHex', 'in', slot('forms')),
);

const reactionsTo = createStatement((tx, slot: Slots<{ viewerId: number | null; places: readonly PlaceKey[] }>) =>
  tx.db
    .selectFrom('Reaction')
    .select((eb) => ['conversationId', 'seq', 'emojiHex', eb.fn.countAll<number>().as('count'), eb.fn.min('at').as('firstAt')])
    .select((eb) => eb.fn.max(eb.case().when('userId', '=', slot('viewerId')).then(1).else(0).end()).as('mine'))
    .where(slot.oneOf(['conversationId', 'seq'], 'places'))
    .groupBy(['conversationId', 'seq', 'emojiHex'])
    .orderBy('firstAt')
    .orderBy('emojiHex'),
);

const countPeople = createStatement((tx, slot: Slots<{ conversationId: number; seq: number; forms: readonly string[] }>) =>
  tx.db
    .selectFrom('Reaction')
    .select((eb) => eb.fn.count<number>('userId').distinct().as('count'))
    .where('conversationId', '=', slot('conversationId'))
    .where('seq', '=', slot('seq'))
    .where('emojiHex', 'in', slot.whole('forms')),
);

type Reactors = Slots<{ conversationId: number; seq: number; form: string; first: number }>;

// In the order of an index of its own, which ends where enough are found: thousands may have reacted in the same way.
const firstReactors = createStatement((tx, slot: Reactors) =>
  tx.db
    .selectFrom('Reaction')
    .select(['userId', 'at'])
    .where('conversationId', '=', slot('conversationId'))
    .where('seq', '=', slot('seq'))
    .where('emojiHex', '=', slot('form'))
    .orderBy('at')
    .orderBy('userId')
    .limit(slot.limit('first')),
);

/** The reactions to these messages, as somebody sees them, in one query; of each message in the order in which they came first. */
export async function readReactions(tx: Tx, viewerId: number | null, places: readonly MessagePlace[]): Promise<readonly ReactionView[]> {
  const rows = await reactionsTo(tx, { viewerId, places: places.map(keyOf) });
  const reactions = rows.map(
    ({ emojiHex, count, mine, conversationId, seq }): ReactionView => ({
      conversationId,
      seq,
      forms: [emojiHex],
      count: Number(count),
      viewerReacted: Number(mine) === 1,
    }),
  );
  return await countTogether(tx, reactions);
}

/** Makes one of those that are the same picture in several forms, as rows of before may be: whoever has given several of them is counted once. */
async function countTogether(tx: Tx, reactions: readonly ReactionView[]): Promise<readonly ReactionView[]> {
  const pictures = Map.groupBy(reactions, ({ conversationId, seq, forms: [first] }) => `${conversationId}:${seq}:${storedPicture(first)}`);
  if (pictures.size === reactions.length) return reactions;
  const merged: ReactionView[] = [];
  for (const [first, ...others] of pictures.values()) {
    if (!first) continue;
    const { conversationId, seq } = first;
    const forms: ReactionView['forms'] = [first.forms[0], ...others.map(({ forms }) => forms[0])];
    const [{ count } = first] = others.length === 0 ? [first] : await countPeople(tx, { conversationId, seq, forms });
    merged.push({ conversationId, seq, forms, count: Number(count), viewerReacted: [first, ...others].some(({ viewerReacted }) => viewerReacted) });
  }
  return merged;
}

/** Who reacted so, in as few queries as possible: at most `first` user ids for each, whoever reacted first before the others. */
export async function readReactors(
  tx: Tx,
  keys: readonly ReactionKey[],
  first: number,
): Promise<readonly { readonly reaction: ReactionKey; readonly userId: number }[]> {
  const asked = keys.flatMap((reaction) => reaction.forms.map((form) => ({ reaction, form })));
  const found = await firstReactors.each(
    tx,
    asked.map(({ reaction: { conversationId, seq }, form }) => ({ conversationId, seq, form, first })),
  );
  const byReaction = Map.groupBy(found.keys(), (index) => asked[index]?.reaction);
  return keys.flatMap((reaction) => {
    const of = (byReaction.get(reaction) ?? []).flatMap((index) => found[index] ?? []);
    // How rows of one come is the matter of the database, and of several forms each is in an order of its own.
    of.sort((one, other) => one.at - other.at || one.userId - other.userId);
    return [...new Set(of.map(({ userId }) => userId))].slice(0, first).map((userId) => ({ reaction, userId }));
  });
}
