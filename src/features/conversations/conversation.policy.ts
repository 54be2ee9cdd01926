import { AppError } from '../../kernel/errors.ts';
import type { ConversationKind } from './conversation.entity.ts';

/**
 * Throws `FORBIDDEN` in a conversation in which people only read: a SYSTEM one, where nobody writes but the operator's servers. Its person reads there,
 * marks as read, mutes, archives, searches and forwards from it; whatever else somebody does to a conversation, or to a message of one, asks here first.
 */
export function refuseReadOnly(kind: ConversationKind): void {
  if (kind === 'SYSTEM')
    throw new AppError('FORBIDDEN', {}, { zh: '这里只显示通知，不能回复或更改', en: 'Notices are only read here: nothing can be written or changed' });
}
