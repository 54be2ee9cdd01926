import { AppError, badInput } from '../../kernel/errors.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import type { Tx } from '../../platform/database.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import type { PermissionService } from '../contacts/permission.service.ts';
import { runsGroup } from '../conversations/member.policy.ts';
import type { LogService } from '../log/log.service.ts';
import { type LockedMessage, lockMessage, requireContent, requireSpeaking, requireVoice, writeChange } from '../messages/change.service.ts';
import { keyOf, type MessageKey, type MessagePlace, type MessageView, type PlaceKey, selectMessages } from '../messages/message-view.service.ts';

/** The most messages that are pinned in one conversation at a time. */
export const pinLimit = 50;

/** Pins messages, for everybody in the conversation. */
export interface PinService {
  /**
   * Pins a message; again changes nothing. Throws `NOT_FOUND` also for a recalled message, `FORBIDDEN` for a notice and for members of a group who
   * are neither its owner nor an admin, `BAD_USER_INPUT` for `messageId` where `pinLimit` are pinned, and the reason where the viewer may not write.
   */
  pin(viewer: Viewer, key: MessageKey): Promise<MessageView>;
  /** Unpins a message; one that is not pinned stays as it is. Throws `NOT_FOUND`, `FORBIDDEN`, `MUTED`. */
  unpin(viewer: Viewer, key: MessageKey): Promise<MessageView>;
}

/** Makes the service. */
export function createPinService(log: LogService, permissions: PermissionService): PinService {
  return {
    async pin(viewer, key) {
      return await log.write(async (writer) => {
        const locked = await lockMessage(writer, viewer, key);
        requireChief(locked);
        requireContent(locked.message);
        const { conversationId, seq } = locked.message;
        const pins = await writer.db.selectFrom('Pin').select('seq').where('conversationId', '=', conversationId).execute();
        if (pins.some((pin) => pin.seq === seq)) return locked.message;
        await requireVoice(writer, viewer, permissions, locked);
        if (pins.length >= pinLimit)
          throw badInput('messageId', {
            zh: `一个会话最多置顶 ${pinLimit} 条消息`,
            en: `At most ${pinLimit} messages are pinned in a conversation: unpin one first`,
          });
        const { now } = await writer.stamp();
        await writer.db.insertInto('Pin').values({ conversationId, seq, at: now }).execute();
        return await writeChange(writer, locked);
      });
    },
    async unpin(viewer, key) {
      return await log.write(async (writer) => {
        const locked = await lockMessage(writer, viewer, key);
        requireChief(locked);
        const { conversationId, seq } = locked.message;
        const pin = await writer.db.selectFrom('Pin').select('seq').where('conversationId', '=', conversationId).where('seq', '=', seq).executeTakeFirst();
        if (!pin) return locked.message;
        // What is pinned is everybody's, whoever pinned it.
        await requireSpeaking(writer, conversationId, viewer.userId);
        await writer.stamp();
        await writer.db.deleteFrom('Pin').where('conversationId', '=', conversationId).where('seq', '=', seq).execute();
        return await writeChange(writer, locked);
      });
    },
  };
}

/** In a DIRECT conversation both may; in a group the owner and the admins. */
function requireChief({ audience, role }: LockedMessage): void {
  if (audience === null && !runsGroup(role)) throw new AppError('FORBIDDEN');
}

/** When those of these messages that are pinned were pinned, in one query. */
export async function readPins(tx: Tx, places: readonly MessagePlace[]): Promise<readonly (MessagePlace & { readonly at: number })[]> {
  return await pinsAt(tx, { places: places.map(keyOf) });
}

const pinsAt = createStatement((tx, slot: Slots<{ places: readonly PlaceKey[] }>) =>
  tx.db
    .selectFrom('Pin')
    .selectAll()
    .where(slot.oneOf(['conversationId', 'seq'], 'places')),
);

/** The pinned messages of these conversations that somebody can see, in one query; what was pinned last comes first. */
export async function readPinned(tx: Tx, userId: number, conversationIds: readonly number[]): Promise<readonly MessageView[]> {
  return await pinnedIn(tx, { userId, conversationIds });
}

const pinnedIn = createStatement((tx, slot: Slots<{ userId: number; conversationIds: readonly number[] }>) =>
  selectMessages(tx)
    .innerJoin('Pin as p', (join) => join.onRef('p.conversationId', '=', 'x.conversationId').onRef('p.seq', '=', 'x.seq'))
    .innerJoin('Member as m', (join) => join.onRef('m.logId', '=', 'x.conversationId').on('m.userId', '=', slot('userId')).on('m.active', '=', 1))
    .where('x.conversationId', 'in', slot('conversationIds'))
    .where('x.recalledAt', 'is', null)
    .where('c.dissolvedAt', 'is', null)
    .whereRef('x.seq', '>=', 'm.fromSeq')
    .orderBy('p.at', 'desc')
    .orderBy('x.seq', 'desc'),
);
