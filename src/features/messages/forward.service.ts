import { AppError, badInput } from '../../kernel/errors.ts';
import { isBlank } from '../../kernel/texts.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import type { Tx } from '../../platform/database.ts';
import { findMessage, type MessageKey } from './message-view.service.ts';

/** What a forwarded message takes along. */
export interface Forwarded {
  readonly text: string;
  /** Who wrote it first: of what was forwarded before, that person. */
  readonly forwardedFromId: number | null;
}

/**
 * The text of a message that the viewer can see. Throws `NOT_FOUND` for every other and for one that was recalled, `BAD_USER_INPUT` for a notice and for what shows nothing;
 * the field is `content.forward`.
 */
export async function requireForwarded(tx: Tx, viewer: Viewer, key: MessageKey): Promise<Forwarded> {
  const message = await findMessage(tx, viewer, key);
  if (!message || message.recalledAt !== null) throw new AppError('NOT_FOUND', { field: 'content.forward' });
  if (message.kind === 'NOTICE' || message.text === null) throw badInput('content.forward', { zh: '系统通知不能转发', en: 'Notices cannot be forwarded' });
  // Rows of before may show nothing.
  if (isBlank(message.text)) throw badInput('content.forward', { zh: '空白消息不能转发', en: 'There is nothing to see in this message' });
  return { text: message.text, forwardedFromId: message.forwardedFromId ?? message.senderId };
}
