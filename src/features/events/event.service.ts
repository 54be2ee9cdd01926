import { type CursorKeys, createCursorCodec } from '../../kernel/cursor.ts';
import { createGate } from '../../kernel/gate.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import type { Bus } from '../../platform/bus.ts';
import type { Database, Tx } from '../../platform/database.ts';
import type { Keys } from '../../platform/keys.ts';
import { mayKnow } from '../friends/friend-request.policy.ts';
import { visibleRequests } from '../groups/join.service.ts';
import { createClockService } from '../log/clock.service.ts';
import type { EntryRow } from '../log/log.service.ts';
import { createHub } from './hub.service.ts';
import { type MessagePlace, openMessageStream } from './message-stream.service.ts';
import { readSnapshot, startOf } from './start.service.ts';
import { createStream, type EventFrame } from './stream.service.ts';

/** How events are kept, read and sent; from the configuration. */
export interface EventOptions {
  readonly replayMs: number;
  readonly replayLimit: number;
  readonly replaysAtOnce: number;
  readonly streamQueue: number;
  readonly compareMs: number;
  readonly closeMs: number;
  readonly pruneMs: number;
}

/** What the service of events stands on. */
export interface EventParts {
  readonly database: Database;
  readonly bus: Bus;
  readonly keys: Keys;
  /** Told of background work that failed and is tried again. */
  readonly onFault: (error: unknown) => void;
  readonly options: EventOptions;
}

/** Streams of events that miss nothing. */
export interface EventService {
  /** Everything that happens to the viewer, from the newest of these cursors on; without one from now on. */
  stream(viewer: Viewer, cursors: readonly string[]): AsyncIterableIterator<EventFrame>;
  /** The messages of one conversation from a rev on. See `openMessageStream` for what it refuses. */
  messages(viewer: Viewer, conversationId: number, afterRev: number | null): Promise<AsyncIterableIterator<MessagePlace>>;
  /** The cursor of now: what is read afterwards together with a stream from this cursor misses nothing. */
  position(viewer: Viewer): Promise<string>;
  /** Whether the viewer may receive an entry by the rights of this moment. */
  mayReceive(tx: Tx, viewer: Viewer, entry: EntryRow): Promise<boolean>;
  /** Whether a message still is as it was found, and the viewer may see it: what has changed since comes again at its new rev. */
  isCurrent(tx: Tx, viewer: Viewer, place: MessagePlace): Promise<boolean>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** Makes the service; `start` before the first stream. */
export function createEventService({ database, bus, keys, onFault, options }: EventParts): EventService {
  const clock = createClockService(database, options);
  const hub = createHub({ database, bus, clock, onFault, compareMs: options.compareMs });
  const codec = createCursorCodec(cursorKeys(keys));
  const gate = createGate(options.replaysAtOnce);
  const parts = { database, clock, hub, codec, gate, replayLimit: options.replayLimit, queueLimit: options.streamQueue };
  let pruning: NodeJS.Timeout | undefined;

  return {
    stream: (viewer, cursors) => createStream(parts, viewer, cursors),
    messages: (viewer, conversationId, afterRev) => openMessageStream(parts, viewer, conversationId, afterRev),
    async position(viewer) {
      for (;;) {
        const start = startOf(parts, viewer, [], await readSnapshot(parts, viewer, 'start', []));
        if (start !== 'CLOSE') return start.place.cursor();
        await hub.closeEpoch();
      }
    },
    async mayReceive(tx, viewer, { logId, rev, kind, seq, aboutId }) {
      if (kind === 'FRIEND_REQUEST') return await mayKnowRequest(tx, viewer, aboutId);
      if (kind === 'JOIN_REQUEST')
        return (
          (await visibleRequests(tx, viewer.userId)
            .where('j.id', '=', aboutId ?? 0)
            .executeTakeFirst()) !== undefined
        );
      const ofConversation = logId !== viewer.userId;
      const conversationId = ofConversation ? logId : kind === 'CONVERSATION' ? aboutId : null;
      if (conversationId === null) return true;
      const member = await tx.db
        .selectFrom('Member as m')
        .innerJoin('Conversation as c', 'c.id', 'm.logId')
        .select(['m.active', 'm.stateRev', 'm.fromSeq', 'c.dissolvedAt'])
        .where('m.userId', '=', viewer.userId)
        .where('m.logId', '=', conversationId)
        .executeTakeFirst();
      if (!member || member.active === 0) return false;
      // Of a dissolved conversation only that it is gone is told.
      if (member.dissolvedAt !== null) return kind === 'DISSOLVED';
      return !ofConversation || (rev >= member.stateRev && (seq === null || seq >= member.fromSeq));
    },
    async isCurrent(tx, viewer, { conversationId, seq, rev }) {
      const found = await tx.db
        .selectFrom('Message as x')
        .innerJoin('Member as m', 'm.logId', 'x.conversationId')
        .innerJoin('Conversation as c', 'c.id', 'x.conversationId')
        .select('x.rev')
        .where('c.dissolvedAt', 'is', null)
        .where('x.conversationId', '=', conversationId)
        .where('x.seq', '=', seq)
        .where('m.userId', '=', viewer.userId)
        .where('m.active', '=', 1)
        .whereRef('x.seq', '>=', 'm.fromSeq')
        .executeTakeFirst();
      return found?.rev === rev;
    },
    async start() {
      await hub.start();
      const prune = () => clock.prune().catch(onFault);
      pruning = setInterval(prune, options.pruneMs);
      pruning.unref();
    },
    async stop() {
      clearInterval(pruning);
      await hub.stop();
    },
  };
}

/** Of somebody whom the receiver had blocked the receiver is told nothing, also where an entry should ever say otherwise. */
async function mayKnowRequest(tx: Tx, viewer: Viewer, id: number | null): Promise<boolean> {
  const request = await tx.db
    .selectFrom('FriendRequest')
    .selectAll()
    .where('id', '=', id ?? 0)
    .executeTakeFirst();
  return request !== undefined && mayKnow(request, viewer.userId);
}

function cursorKeys(keys: Keys): readonly [CursorKeys, ...CursorKeys[]] {
  const [seal, mac, item] = [keys.accepted('cursor-seal'), keys.accepted('cursor-mac'), keys.accepted('cursor-item')];
  const current = { seal: keys.current('cursor-seal'), mac: keys.current('cursor-mac'), item: keys.current('cursor-item') };
  const previous = seal.slice(1).flatMap((key, index) => {
    const [macKey, itemKey] = [mac[index + 1], item[index + 1]];
    return macKey && itemKey ? [{ seal: key, mac: macKey, item: itemKey }] : [];
  });
  return [current, ...previous];
}
