import { AppError } from '../../kernel/errors.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import type { LogService } from '../log/log.service.ts';
import { findMembership } from './conversation.service.ts';

/** What a member sets for a conversation, for nobody but themselves; null or absent leaves. */
export interface ConversationSettings {
  readonly isMuted?: boolean | null | undefined;
  readonly isArchived?: boolean | null | undefined;
}

/** A member's own settings for a conversation. */
export interface ConversationSettingsService {
  /** Changes them, tells the viewer's devices, and gives the numeric id of the conversation. Throws `NOT_FOUND` where the viewer is no member. */
  update(viewer: Viewer, uuid: string, settings: ConversationSettings): Promise<number>;
}

/** Makes the service. */
export function createConversationSettingsService(log: LogService): ConversationSettingsService {
  return {
    async update(viewer, uuid, settings) {
      return await log.write(async (writer) => {
        // Whoever goes is told in their own log: under its lock nobody has gone meanwhile.
        await writer.lock([viewer.userId]);
        const id = await findMembership(writer, viewer.userId, uuid);
        if (id === null) throw new AppError('NOT_FOUND');
        const place = writer.db.selectFrom('Member').where('userId', '=', viewer.userId).where('logId', '=', id);
        const now = await place.select(['isMuted', 'isArchived']).executeTakeFirstOrThrow();
        const wanted = { isMuted: flagOf(settings.isMuted) ?? now.isMuted, isArchived: flagOf(settings.isArchived) ?? now.isArchived };
        if (wanted.isMuted === now.isMuted && wanted.isArchived === now.isArchived) return id;
        await writer.stamp();
        await writer.db.updateTable('Member').set(wanted).where('userId', '=', viewer.userId).where('logId', '=', id).execute();
        writer.append(viewer.userId, { kind: 'CONVERSATION', aboutId: id }, [viewer.userId]);
        return id;
      });
    },
  };
}

function flagOf(value: boolean | null | undefined): 0 | 1 | null {
  return value === null || value === undefined ? null : value ? 1 : 0;
}
