import { sql } from 'kysely';
import { badInput } from '../../kernel/errors.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import { isOneOf } from '../../platform/bulk.ts';
import type { Tx } from '../../platform/database.ts';
import { inPortions, requireFits } from '../../platform/portions.ts';
import type { PermissionService } from '../contacts/permission.service.ts';
import type { LogService } from '../log/log.service.ts';
import { lockMessage, requireContent, requireVoice, writeChange } from './change.service.ts';
import { keyOf, type MessageKey, type MessagePlace, type MessageView } from './message-view.service.ts';
import { reactionLimits, requireEmoji } from './reaction.policy.ts';

/** One emoji on one message. */
export interface ReactionKey extends MessagePlace {
  readonly emojiHex: string;
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
      const emojiHex = requireEmoji(emoji);
      return await log.write(async (writer) => {
        const locked = await lockMessage(writer, viewer, key);
        requireContent(locked.message);
        const reactions = await readReactions(writer, viewer.userId, [locked.message]);
        const known = reactions.find((reaction) => reaction.emojiHex === emojiHex);
        if (known?.viewerReacted) return locked.message;
        await requireVoice(writer, viewer, permissions, locked);
        const { perMessage, perPerson } = reactionLimits;
        if (!known && reactions.length >= perMessage)
          throw badInput('emoji', { zh: `一条消息最多有 ${perMessage} 种回应`, en: `A message takes at most ${perMessage} different reactions` });
        if (reactions.filter(({ viewerReacted }) => viewerReacted).length >= perPerson)
          throw badInput('emoji', { zh: `每人对一条消息最多回应 ${perPerson} 种`, en: `At most ${perPerson} reactions of one person to a message` });
        const { now } = await writer.stamp();
        const { conversationId, seq } = locked.message;
        await writer.db.insertInto('Reaction').values({ conversationId, seq, userId: viewer.userId, emojiHex, at: now }).execute();
        return await writeChange(writer, locked);
      });
    },
    async unreact(viewer, key, emoji) {
      const emojiHex = requireEmoji(emoji);
      return await log.write(async (writer) => {
        const locked = await lockMessage(writer, viewer, key);
        const reactions = await readReactions(writer, viewer.userId, [locked.message]);
        if (!reactions.some((reaction) => reaction.emojiHex === emojiHex && reaction.viewerReacted)) return locked.message;
        await writer.stamp();
        await writer.db
          .deleteFrom('Reaction')
          .where('conversationId', '=', locked.message.conversationId)
          .where('seq', '=', locked.message.seq)
          .where('userId', '=', viewer.userId)
          .where('emojiHex', '=', emojiHex)
          .execute();
        return await writeChange(writer, locked);
      });
    },
  };
}

/** The reactions to these messages, as somebody sees them, in one query; of each message in the order in which they came first. */
export async function readReactions(tx: Tx, viewerId: number | null, places: readonly MessagePlace[]): Promise<readonly ReactionView[]> {
  const rows = await inPortions(places, (portion) =>
    tx.db
      .selectFrom('Reaction')
      .select((eb) => ['conversationId', 'seq', 'emojiHex', eb.fn.countAll<number>().as('count'), eb.fn.min('at').as('firstAt')])
      .select((eb) => eb.fn.max(eb.case().when('userId', '=', viewerId).then(1).else(0).end()).as('mine'))
      .where(isOneOf(['conversationId', 'seq'], portion.map(keyOf)))
      .groupBy(['conversationId', 'seq', 'emojiHex'])
      .orderBy('firstAt')
      .orderBy('emojiHex')
      .execute(),
  );
  return rows.map(({ conversationId, seq, emojiHex, count, mine }) => ({
    conversationId,
    seq,
    emojiHex,
    count: Number(count),
    viewerReacted: Number(mine) === 1,
  }));
}

/** Who reacted so, in one query: at most `first` user ids for each, whoever reacted first before the others. */
export async function readReactors(tx: Tx, keys: readonly ReactionKey[], first: number): Promise<readonly (ReactionKey & { readonly userId: number })[]> {
  return await inPortions(keys, (portion) =>
    tx.db
      .selectFrom((from) =>
        from
          .selectFrom('Reaction')
          .select(['conversationId', 'seq', 'emojiHex', 'userId'])
          .select((eb) =>
            eb.fn
              .agg<number>('row_number')
              .over((over) => over.partitionBy(['conversationId', 'seq', 'emojiHex']).orderBy('at').orderBy('userId'))
              .as('place'),
          )
          .where((eb) =>
            eb.or(
              requireFits(portion).map(({ conversationId, seq, emojiHex }) =>
                eb.and([eb('conversationId', '=', conversationId), eb('seq', '=', seq), eb('emojiHex', '=', emojiHex)]),
              ),
            ),
          )
          .as('r'),
      )
      .select(['r.conversationId', 'r.seq', 'r.emojiHex', 'r.userId'])
      .where(sql.ref('r.place'), '<=', first)
      .orderBy('r.place')
      .execute(),
  );
}
