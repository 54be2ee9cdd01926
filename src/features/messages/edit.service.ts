import { AppError } from '../../kernel/errors.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import type { Fingerprints } from '../../platform/fingerprints.ts';
import type { PermissionService } from '../contacts/permission.service.ts';
import type { ContentEdit } from '../contents/content.service.ts';
import { columnsOf, isSame, takeEdit } from '../contents/contents.service.ts';
import type { LogService } from '../log/log.service.ts';
import { lockMessage, requireContent, requireVoice, writeChange } from './change.service.ts';
import type { MessageKey, MessageView } from './message-view.service.ts';

/** Edits messages. */
export interface EditService {
  /**
   * Puts another content into the place of a message's: nobody reads the old one any more. The same again changes nothing. Throws `NOT_FOUND`
   * also for a recalled message, `FORBIDDEN` for whoever is not its sender, for notices and for what was forwarded, `EDIT_EXPIRED`, `BAD_USER_INPUT`
   * for the content, and the reason where the viewer may not write there any more.
   */
  edit(viewer: Viewer, key: MessageKey, content: ContentEdit): Promise<MessageView>;
}

/** Makes the service. `fingerprints` are keyed by a secret of the database; `editMs`: for how long a sender may edit, by the database's clock. */
export function createEditService(log: LogService, permissions: PermissionService, fingerprints: Fingerprints, editMs: number): EditService {
  return {
    async edit(viewer, key, given) {
      const edited = takeEdit(given);
      return await log.write(async (writer) => {
        const locked = await lockMessage(writer, viewer, key);
        const { message } = locked;
        // What was forwarded are another person's words.
        if (message.senderId !== viewer.userId || message.forwardedFromId !== null) throw new AppError('FORBIDDEN');
        const before = requireContent(message);
        const after = edited(before);
        if (isSame(before, after)) return message;
        await requireVoice(writer, viewer, permissions, locked);
        const { now } = await writer.stamp();
        if (now - message.createdAt > editMs) throw new AppError('EDIT_EXPIRED');
        return await writeChange(writer, locked, { ...columnsOf(after), editedAt: now, contentHash: fingerprints.renewed(message.contentHash) });
      });
    },
  };
}
