import { v7 as uuidv7 } from 'uuid';
import { AppError, badInput } from '../../kernel/errors.ts';
import type { Page } from '../../kernel/page.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import type { Tx } from '../../platform/database.ts';
import type { PermissionService } from '../contacts/permission.service.ts';
import { type ConversationView, createDirect, findDirect, findMembership } from '../conversations/conversation.service.ts';
import { standsAbove } from '../conversations/member.policy.ts';
import type { LogService, LogWriter } from '../log/log.service.ts';
import { audienceOf, type LockedMessage, lockMessage, requireUnmuted, writeChange } from './change.service.ts';
import { contentHash, requireText } from './content.policy.ts';
import { eraseBeside, recalledContent } from './erasure.service.ts';
import { requireForwarded } from './forward.service.ts';
import { type NewMentions, requireMentions, writeMentions } from './mention.service.ts';
import {
  findMessage,
  type HistoryArgs,
  type MessageKey,
  type MessagePlace,
  type MessageView,
  messageAt,
  readHistory,
  selectMessages,
} from './message-view.service.ts';
import { indexText } from './text-index.service.ts';

/** To whom: the uuid of a user or of a conversation. */
export type Recipient = { readonly userUuid: string } | { readonly conversationUuid: string };

/** What is sent. */
export interface NewMessage {
  readonly to: Recipient;
  readonly clientId: string;
  /** A text, or a message whose text is copied. */
  readonly content: { readonly text: string } | { readonly forward: MessageKey };
  readonly replyTo: MessageKey | null;
  readonly mentions: NewMentions;
}

/** Sends, recalls and reads messages. */
export interface MessageService {
  /**
   * Sends a message. When this resolves it is committed. The same clientId again gives the first message back, or `CONFLICT` where content or
   * conversation differ. Throws the reason of the policy, `NOT_FOUND` for a recipient, a `replyTo` or a `content.forward` that the sender
   * cannot see, and what `requireMentions` throws.
   */
  send(viewer: Viewer, message: NewMessage): Promise<MessageView>;
  /**
   * Takes a message back: its content is gone from everything that is read afterwards. The sender may for a while; in a group the owner, and
   * admins those of members below them, at any time. Throws `NOT_FOUND`, `FORBIDDEN`, `RECALL_EXPIRED`.
   */
  recall(viewer: Viewer, key: MessageKey): Promise<MessageView>;
  /** The messages at these places; rights are the caller's matter. */
  byPlace(tx: Tx, places: readonly MessagePlace[]): Promise<readonly MessageView[]>;
  /** One message that the viewer can see, or null. */
  find(tx: Tx, viewer: Viewer, key: MessageKey): Promise<MessageView | null>;
  /** A page of the history that the viewer can see, in ascending seq. */
  history(tx: Tx, view: ConversationView, args: HistoryArgs, cursorOf: (message: MessageView) => string): Promise<Page<MessageView>>;
}

/** Makes the service of messages. `recallMs`: for how long a sender may recall. */
export function createMessageService(log: LogService, permissions: PermissionService, recallMs: number): MessageService {
  const service: MessageService = {
    async send(viewer, message) {
      const { content, mentions } = message;
      if ('text' in content) requireText(content.text);
      const clientKey = message.clientId.toLowerCase();
      const named = mentions.everyone || mentions.people.length > 0 ? [[...new Set(mentions.people)].sort(), mentions.everyone] : [];
      const hash = contentHash(clientKey, 'text' in content ? content.text : content, message.replyTo, named);
      return await log.write(async (writer) => {
        const target = await lockTarget(writer, viewer, message.to);
        // Looked up before the policy: a send that was answered once is answered again, whatever has changed since.
        const first = await selectMessages(writer).where('x.senderId', '=', viewer.userId).where('x.clientKey', '=', clientKey).executeTakeFirst();
        if (first) {
          if (first.conversationId === target.conversationId && first.contentHash === hash) return first;
          throw new AppError(
            'CONFLICT',
            { field: 'clientId' },
            { zh: '这个 clientId 已用于另一条消息，请换一个', en: 'This clientId was used for another message: make a new one' },
          );
        }
        if (target.conversationId !== null) await requireUnmuted(writer, target.conversationId, viewer.userId);
        if (target.peerId !== null) await permissions.requirePermission(writer, viewer, target.peerId, { lock: true });
        const replyToSeq = message.replyTo && (await requireReply(writer, viewer, target.conversationId, message.replyTo));
        const mentioned = await requireMentions(writer, viewer, target, mentions);
        const carried = 'text' in content ? { text: content.text, forwardedFromId: null } : await requireForwarded(writer, viewer, content.forward);
        const conversationId = target.conversationId ?? (await createDirect(writer, uuidv7(), viewer.userId, target.peerId));
        const { now } = await writer.stamp();
        const seq = writer.nextSeq(conversationId);
        const rev = writer.append(conversationId, { kind: 'SENT', seq }, target.peerId === null ? null : [viewer.userId, target.peerId]);
        await writer.db
          .insertInto('Message')
          .values({
            conversationId,
            seq,
            rev,
            senderId: viewer.userId,
            clientId: message.clientId,
            clientKey,
            contentHash: hash,
            kind: 'TEXT',
            ...carried,
            mentionsEveryone: mentions.everyone ? 1 : 0,
            replyToSeq,
            createdAt: now,
          })
          .execute();
        await indexText(writer, { conversationId, seq }, null, carried.text);
        await writeMentions(writer, { conversationId, seq }, mentioned, mentions.everyone);
        await writer.db
          .updateTable('Member')
          .set((eb) => ({ readSeq: seq, sentCount: eb('sentCount', '+', 1) }))
          .where('userId', '=', viewer.userId)
          .where('logId', '=', conversationId)
          .execute();
        return await messageAt(writer, { conversationId, seq });
      });
    },
    async recall(viewer, key) {
      return await log.write(async (writer) => {
        const locked = await lockMessage(writer, viewer, key);
        const { message } = locked;
        const presides = await standsOver(writer, locked);
        if ((message.senderId !== viewer.userId && !presides) || message.kind === 'NOTICE') throw new AppError('FORBIDDEN');
        if (message.recalledAt !== null) return message;
        const { now } = await writer.stamp();
        if (!presides && now - message.createdAt > recallMs) throw new AppError('RECALL_EXPIRED');
        await eraseBeside(writer, message);
        return await writeChange(writer, locked, { ...recalledContent, recalledAt: now });
      });
    },
    async byPlace(tx, places) {
      if (places.length === 0) return [];
      return await selectMessages(tx)
        .where((eb) => eb.or(places.map(({ conversationId, seq }) => eb.and([eb('x.conversationId', '=', conversationId), eb('x.seq', '=', seq)]))))
        .execute();
    },
    find: findMessage,
    history: readHistory,
  };

  /** Finds the conversation and takes the locks that a send needs: the conversation's log and the sender's own. */
  const lockTarget = async (writer: LogWriter, viewer: Viewer, to: Recipient): Promise<Target> => {
    if ('conversationUuid' in to) {
      const conversationId = await findMembership(writer, viewer.userId, to.conversationUuid);
      if (conversationId === null) throw new AppError('NOT_FOUND', { field: 'to' });
      await writer.lock([conversationId, viewer.userId]);
      // Judged again under the lock: a removal or the dissolving that has answered is in force.
      if ((await findMembership(writer, viewer.userId, to.conversationUuid)) === null) throw new AppError('NOT_FOUND', { field: 'to' });
      return { conversationId, peerId: await peerOf(writer, conversationId, viewer.userId) };
    }
    const peer = await writer.db.selectFrom('User').select('id').where('uuid', '=', to.userUuid).executeTakeFirst();
    if (!peer) throw new AppError('NOT_FOUND', { field: 'to' });
    if (peer.id === viewer.userId) throw badInput('to', { zh: '不能给自己发消息', en: 'Choose somebody else: nobody writes to themselves' });
    const existing = await findDirect(writer, viewer.userId, peer.id);
    if (existing !== null) {
      await writer.lock([existing, viewer.userId]);
      return { conversationId: existing, peerId: peer.id };
    }
    await writer.lock([viewer.userId, peer.id]);
    // Looked for again under both locks: the other's first message may have made it meanwhile.
    const made = await findDirect(writer, viewer.userId, peer.id);
    // Its log is younger than both people's, so its id is above theirs and the order of locks holds.
    if (made !== null) await writer.lock([made]);
    return { conversationId: made, peerId: peer.id };
  };

  const requireReply = async (tx: Tx, viewer: Viewer, conversationId: number | null, key: MessageKey): Promise<number> => {
    const message = await findMessage(tx, viewer, key);
    if (!message || message.conversationId !== conversationId) throw new AppError('NOT_FOUND', { field: 'replyTo' });
    return message.seq;
  };

  const peerOf = async (tx: Tx, conversationId: number, userId: number): Promise<number | null> =>
    (await audienceOf(tx, conversationId))?.find((id) => id !== userId) ?? null;

  return service;
}

/** Whether the one who holds the message is the owner of its group, or stands above its sender there; whoever has left stands below all. */
async function standsOver(tx: Tx, { message, audience, role }: LockedMessage): Promise<boolean> {
  if (audience !== null || role === 'MEMBER' || message.senderId === null) return false;
  if (role === 'OWNER') return true;
  const sender = await tx.db
    .selectFrom('Member')
    .select(['active', 'role'])
    .where('logId', '=', message.conversationId)
    .where('userId', '=', message.senderId)
    .executeTakeFirst();
  return sender === undefined || sender.active === 0 || standsAbove(role, sender.role);
}

/** A send's place: an existing conversation, or the person with whom one is to be made. */
type Target = { readonly conversationId: number; readonly peerId: number | null } | { readonly conversationId: null; readonly peerId: number };
