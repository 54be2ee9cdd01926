import { AppError } from '../../kernel/errors.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import type { Tx } from '../../platform/database.ts';
import type { Fingerprints } from '../../platform/fingerprints.ts';
import type { Metrics } from '../../platform/metrics.ts';
import type { RateLimiter } from '../../platform/rate-limit.ts';
import type { PermissionService } from '../contacts/permission.service.ts';
import { isNotice } from '../contents/notice.service.ts';
import { runsGroup, standsAbove } from '../conversations/member.policy.ts';
import type { LogService, LogWriter } from '../log/log.service.ts';
import { type LockedMessage, lockMessage, requireSpeaking, writeChange } from './change.service.ts';
import { eraseBeside, recalledContent } from './erasure.service.ts';
import type { KnownMessages } from './known-messages.service.ts';
import { findMessage, type HistoryRange, type MessageKey, type MessagePlace, type MessageView, messagesAt, readHistory } from './message-view.service.ts';
import { createSendWriter, type NewMessage, prepareSend, sendRules } from './send.service.ts';
import { createSendQueue } from './send-queue.service.ts';
import { createTolls } from './toll.service.ts';

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
   * admins those of members below them, at any time. Throws `NOT_FOUND`, `FORBIDDEN`, `RECALL_EXPIRED`, and `MUTED` for what is another's.
   */
  recall(viewer: Viewer, key: MessageKey): Promise<MessageView>;
  /** The messages at these places; rights are the caller's matter. */
  byPlace(tx: Tx, places: readonly MessagePlace[]): Promise<readonly MessageView[]>;
  /** One message that the viewer can see, or null. */
  find(tx: Tx, viewer: Viewer, key: MessageKey): Promise<MessageView | null>;
  /** The messages on pages of the history, as `historyRange` says where they stand. */
  history(tx: Tx, ranges: readonly Pick<HistoryRange, 'conversationId' | 'from' | 'to'>[]): Promise<readonly (readonly MessageView[])[]>;
}

/** What the service is made of. */
export interface MessageServiceParts {
  readonly log: LogService;
  readonly known: KnownMessages;
  readonly permissions: PermissionService;
  /** For how long a sender may recall. */
  readonly recallMs: number;
  /** For how long a call to the database may take. */
  readonly databaseMs: number;
  /** Told, in the transaction, of the first message of somebody in a DIRECT conversation: from then on the other one may see their presence. */
  readonly onFirst: (writer: LogWriter, senderId: number) => void;
  /** Keyed by a secret of the database. */
  readonly fingerprints: Fingerprints;
  /** Counts messages to strangers; null: nothing is counted. */
  readonly limiter: RateLimiter | null;
  readonly metrics: Metrics;
}

/** Makes the service of messages. */
export function createMessageService(parts: MessageServiceParts): MessageService {
  const { log, known, permissions, recallMs, databaseMs, onFirst, fingerprints, limiter, metrics } = parts;
  const tolls = createTolls(limiter);
  const writeSends = createSendWriter(permissions, tolls.isCounting, onFirst);
  const queue = createSendQueue(
    (sends, waits, options) => log.write((writer) => writeSends(writer, sends, waits), options),
    sendRules,
    databaseMs,
    tolls,
    metrics,
  );
  const service: MessageService = {
    send: async (viewer, message) => await queue.send(prepareSend(viewer, message, fingerprints)),
    async recall(viewer, key) {
      return await log.write(async (writer) => {
        const locked = await lockMessage(writer, viewer, key);
        const { message } = locked;
        const presides = await standsOver(writer, locked);
        if ((message.senderId !== viewer.userId && !presides) || isNotice(message)) throw new AppError('FORBIDDEN');
        if (message.recalledAt !== null) return message;
        // Taking back what is one's own asks nobody; to take what is another's is to act before the group.
        if (message.senderId !== viewer.userId) await requireSpeaking(writer, message.conversationId, viewer.userId);
        await eraseBeside(writer, message);
        const { now } = await writer.stamp();
        // What was erased is there again then.
        if (!presides && now - message.createdAt > recallMs) throw new AppError('RECALL_EXPIRED');
        return await writeChange(writer, locked, { ...recalledContent(message, fingerprints), recalledAt: now });
      });
    },
    byPlace: async (tx, places) => known.at(tx, places) ?? (await messagesAt(tx, places)),
    find: findMessage,
    history: readHistory,
  };

  return service;
}

/** Whether the one who holds the message is the owner of its group, or stands above its sender there; whoever has left stands below all. */
async function standsOver(tx: Tx, { message, audience, role }: LockedMessage): Promise<boolean> {
  if (audience !== null || !runsGroup(role) || message.senderId === null) return false;
  if (role === 'OWNER') return true;
  const sender = await tx.db
    .selectFrom('Member')
    .select(['active', 'role'])
    .where('logId', '=', message.conversationId)
    .where('userId', '=', message.senderId)
    .executeTakeFirst();
  return sender === undefined || sender.active === 0 || standsAbove(role, sender.role);
}
