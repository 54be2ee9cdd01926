import { AppError } from '../../kernel/errors.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import type { Tx } from '../../platform/database.ts';
import type { PermissionService } from '../contacts/permission.service.ts';
import type { Content } from '../contents/content.service.ts';
import { contentOf, searchableOf } from '../contents/contents.service.ts';
import { isNotice } from '../contents/notice.service.ts';
import type { ConversationKind, MemberRole } from '../conversations/conversation.entity.ts';
import { refuseReadOnly } from '../conversations/conversation.policy.ts';
import { findMembership } from '../conversations/conversation.service.ts';
import { refuseMuted } from '../conversations/member.policy.ts';
import type { LogWriter } from '../log/log.service.ts';
import { noteText } from '../message-index/index-note.service.ts';
import { requireEnabled } from '../users/user.service.ts';
import type { MessageRow } from './message.entity.ts';
import { findMessage, type MessageKey, type MessageView, messageAt } from './message-view.service.ts';

/** A message that is about to be changed: the log of its conversation and the viewer's own are locked. */
export interface LockedMessage {
  readonly message: MessageView;
  /** As for `LogWriter.append`. */
  readonly audience: readonly number[] | null;
  /** The viewer's, in the conversation. */
  readonly role: MemberRole;
}

/**
 * Locks a message that the viewer can see, to change it or what stands beside it. Throws `NOT_FOUND` for every other, `FORBIDDEN` where people only read, and
 * `USER_DISABLED` where the viewer was disabled since the session was checked.
 */
export async function lockMessage(writer: LogWriter, viewer: Viewer, key: MessageKey): Promise<LockedMessage> {
  const conversationId = await findMembership(writer, viewer.userId, key.conversationUuid);
  if (conversationId === null) throw new AppError('NOT_FOUND');
  await writer.lock([conversationId, viewer.userId]);
  const message = await findMessage(writer, viewer, key);
  if (!message) throw new AppError('NOT_FOUND');
  const { role, enabled } = await writer.db
    .selectFrom('Member as m')
    .innerJoin('User as u', 'u.id', 'm.userId')
    .select(['m.role', 'u.enabled'])
    .where('m.userId', '=', viewer.userId)
    .where('m.logId', '=', conversationId)
    .executeTakeFirstOrThrow();
  requireEnabled({ enabled });
  const { kind, audience } = await placeOf(writer, conversationId);
  refuseReadOnly(kind);
  return { message, audience, role };
}

/** What a message says. Throws `FORBIDDEN` for a notice, which nobody changes, and `NOT_FOUND` for what was recalled: there is nothing left to change. */
export function requireContent(message: MessageView): Content {
  if (isNotice(message)) throw new AppError('FORBIDDEN');
  const content = contentOf(message);
  if (content === null) throw new AppError('NOT_FOUND');
  return content;
}

/**
 * Throws the reason where the viewer may not write in the conversation of a locked message at present. That the one message which somebody
 * may send has been sent is no reason: this writes no further one.
 */
export async function requireVoice(writer: LogWriter, viewer: Viewer, permissions: PermissionService, locked: LockedMessage): Promise<void> {
  await requireSpeaking(writer, locked.message.conversationId, viewer.userId);
  const peerId = locked.audience?.find((id) => id !== viewer.userId);
  if (peerId === undefined) return;
  await permissions.requirePermission(writer, viewer, peerId, { lock: true }).catch((error: unknown) => {
    if (!(error instanceof AppError && error.code === 'MESSAGE_LIMIT_REACHED')) throw error;
  });
}

/**
 * Throws `USER_DISABLED` where the account of a member was disabled since its session was checked, and `MUTED` where they may not write at present. Judged
 * under the locks of the conversation and of one's own log: what has answered is in force.
 */
export async function requireSpeaking(tx: Tx, conversationId: number, userId: number): Promise<void> {
  const member = await tx.db
    .selectFrom('Member as m')
    .innerJoin('User as u', 'u.id', 'm.userId')
    .select(['m.mutedUntil', 'u.enabled', tx.dialect.now.as('now')])
    .where('m.userId', '=', userId)
    .where('m.logId', '=', conversationId)
    .executeTakeFirst();
  if (!member) return;
  requireEnabled(member);
  refuseMuted(member.mutedUntil, Number(member.now));
}

/** Writes a change of a locked message into the log, at the conversation's next rev, and gives the message as it is then. What can be found of it is noted for the index. */
export async function writeChange(
  writer: LogWriter,
  { message, audience }: LockedMessage,
  changes: Partial<Omit<MessageRow, 'rev'>> = {},
): Promise<MessageView> {
  await writer.stamp();
  const rev = writer.append(message.conversationId, { kind: 'CHANGED', seq: message.seq }, audience);
  await writer.db
    .updateTable('Message')
    .set({ ...changes, rev })
    .where('conversationId', '=', message.conversationId)
    .where('seq', '=', message.seq)
    .execute();
  const [before, after] = [searchableOf(message), searchableOf({ ...message, ...changes })];
  if (before !== after) await noteText(writer, { ...message, text: before }, rev, after);
  return await messageAt(writer, message);
}

/** What kind of conversation it is, and whose channels its bells ring: both people of a DIRECT one; null for a group. */
async function placeOf(tx: Tx, conversationId: number): Promise<{ readonly kind: ConversationKind; readonly audience: readonly number[] | null }> {
  const { kind, lowUserId, highUserId } = await tx.db
    .selectFrom('Conversation')
    .select(['kind', 'lowUserId', 'highUserId'])
    .where('id', '=', conversationId)
    .executeTakeFirstOrThrow();
  return { kind, audience: lowUserId === null || highUserId === null ? null : [lowUserId, highUserId] };
}
