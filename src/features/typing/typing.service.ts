import { createEndings } from '../../kernel/endings.ts';
import { AppError } from '../../kernel/errors.ts';
import { createMergedQueue } from '../../kernel/merged-queue.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import type { Bus, TypingSignal } from '../../platform/bus.ts';
import type { Database, Tx } from '../../platform/database.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import type { PermissionService } from '../contacts/permission.service.ts';
import { refuseReadOnly } from '../conversations/conversation.policy.ts';
import { findMembership } from '../conversations/conversation.service.ts';
import { requireSpeaking } from '../messages/change.service.ts';

/** Somebody writes in a conversation. */
export interface TypingEvent {
  readonly conversationId: number;
  readonly userId: number;
  /** Judges in the snapshot of the event; false where either is no member any more, or it is too long ago. */
  prepare(tx: Tx): Promise<boolean>;
}

/** Who writes at this moment. Nothing of it is stored. */
export interface TypingService {
  /**
   * Tells the other members that the viewer writes; once in a while is enough, more often changes nothing. Throws `NOT_FOUND` where the viewer
   * is no member, `FORBIDDEN` where people only read, and the reason where a message would be refused.
   */
  setTyping(viewer: Viewer, conversationUuid: string): Promise<void>;
  /**
   * Others who write in a conversation, from now on, each once however slow the reader is. Ends when the viewer is no member any more. Throws
   * `NOT_FOUND` where the viewer is none, `FORBIDDEN` where people only read: nobody ever types there.
   */
  watch(viewer: Viewer, conversationUuid: string): Promise<AsyncIterableIterator<TypingEvent, undefined>>;
}

/** What typing stands on; `typingMs` is how long somebody counts as writing. */
export interface TypingServiceParts {
  readonly database: Database;
  readonly bus: Bus;
  readonly permissions: PermissionService;
  readonly typingMs: number;
}

/** Makes the service. One person is told of once in a sixth of `typingMs` for each conversation, and anew after each message. */
export function createTypingService({ database, bus, permissions, typingMs }: TypingServiceParts): TypingService {
  /** When each person was told of last, and after how many messages, by user and conversation, the oldest first. */
  const told = new Map<string, { readonly at: number; readonly sent: number }>();

  function isDue(key: string, sent: number): boolean {
    const now = performance.now();
    for (const [old, { at }] of told) {
      if (now - at < typingMs / 6) break;
      told.delete(old);
    }
    // A message ends typing: what comes after it is typing anew.
    if (told.get(key)?.sent === sent) return false;
    told.delete(key);
    told.set(key, { at: now, sent });
    return true;
  }

  return {
    async setTyping(viewer, conversationUuid) {
      const { id, peerId, sent } = await database.read(async (tx) => {
        const conversation = await requireConversation(tx, viewer, conversationUuid);
        await requireSpeaking(tx, conversation.id, viewer.userId);
        if (conversation.peerId !== null) await permissions.requirePermission(tx, viewer, conversation.peerId);
        return conversation;
      });
      if (!isDue(`${viewer.userId}:${id}`, sent)) return;
      const signal = { kind: 'TYPING', logId: id, userId: viewer.userId, sent } as const;
      if (peerId === null) bus.publish(`log:${id}`, signal);
      else bus.publish(`user:${peerId}`, signal);
    },
    async watch(viewer, conversationUuid) {
      const { id, peerId } = await database.read((tx) => requireConversation(tx, viewer, conversationUuid));
      const typed = new Map<number, { readonly at: number; readonly sent: number | undefined }>();
      const endings = createEndings();
      const queue = createMergedQueue<number>(endings.run);

      const hear = ({ logId, userId, sent }: TypingSignal) => {
        if (logId !== id || userId === viewer.userId) return;
        typed.set(userId, { at: performance.now(), sent });
        queue.put(userId);
      };
      const check = async () => {
        const members = await database.read((tx) => activeAmong(tx, id, [viewer.userId]));
        if (members.size === 0) queue.end();
      };
      // A database that is away says nothing about membership; each event asks again.
      const look = () => void check().catch(() => {});

      endings.add(bus.onRestored(look));
      endings.add(
        await bus.subscribe(`user:${viewer.userId}`, (message) => {
          if (message.kind === 'TYPING') hear(message);
          // Whoever stops being a member reads it in their own log.
          if (message.kind === 'BELL' && message.logId === viewer.userId) look();
        }),
      );
      if (peerId === null)
        endings.add(
          await bus.subscribe(`log:${id}`, (message) => {
            if (message.kind === 'TYPING') hear(message);
            if (message.kind === 'DISSOLVED') look();
          }),
        );
      // Once more: the bell of a removal that happened meanwhile may have rung before anybody listened.
      await check().catch((error: unknown) => {
        queue.end();
        throw error;
      });

      const createEvent = (userId: number): TypingEvent => ({
        conversationId: id,
        userId,
        async prepare(tx) {
          const members = await activeAmong(tx, id, [viewer.userId, userId]);
          if (!members.has(viewer.userId)) queue.end();
          const { at = 0, sent } = typed.get(userId) ?? {};
          const hasSentSince = sent !== undefined && (members.get(userId) ?? 0) > sent;
          return members.size === 2 && !hasSentSince && performance.now() - at < typingMs;
        },
      });
      const iterator: AsyncIterableIterator<TypingEvent, undefined> = {
        async next() {
          const taken = await queue.next();
          return taken.done ? taken : { done: false, value: createEvent(taken.value) };
        },
        return: () => queue.return(),
        [Symbol.asyncIterator]: () => iterator,
      };
      return iterator;
    },
  };
}

/** A conversation of somebody's. */
interface Place {
  readonly id: number;
  /** The other person where it is DIRECT. */
  readonly peerId: number | null;
  /** How many messages the person has sent there. */
  readonly sent: number;
}

/** The conversation of which the viewer is a member. Throws `NOT_FOUND`, and `FORBIDDEN` where people only read. */
async function requireConversation(tx: Tx, viewer: Viewer, uuid: string): Promise<Place> {
  const id = await findMembership(tx, viewer.userId, uuid);
  if (id === null) throw new AppError('NOT_FOUND');
  const { kind, lowUserId, highUserId, sentCount } = await tx.db
    .selectFrom('Conversation as c')
    .innerJoin('Member as m', 'm.logId', 'c.id')
    .select(['c.kind', 'c.lowUserId', 'c.highUserId', 'm.sentCount'])
    .where('c.id', '=', id)
    .where('m.userId', '=', viewer.userId)
    .executeTakeFirstOrThrow();
  refuseReadOnly(kind);
  return { id, peerId: lowUserId === viewer.userId ? highUserId : lowUserId, sent: sentCount };
}

/** How many messages those of these people have sent who are members now. */
async function activeAmong(tx: Tx, logId: number, userIds: readonly number[]): Promise<ReadonlyMap<number, number>> {
  return new Map((await sentBy(tx, { logId, userIds })).map(({ userId, sentCount }) => [userId, sentCount]));
}

const sentBy = createStatement((tx, slot: Slots<{ logId: number; userIds: readonly number[] }>) =>
  tx.db
    .selectFrom('Member as m')
    .innerJoin('Conversation as c', 'c.id', 'm.logId')
    .select(['m.userId', 'm.sentCount'])
    .where('m.logId', '=', slot('logId'))
    .where('m.userId', 'in', slot('userIds'))
    .where('m.active', '=', 1)
    .where('c.dissolvedAt', 'is', null),
);
