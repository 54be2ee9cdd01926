import { randomBytes, randomUUID } from 'node:crypto';
import type { EventFrame } from '../../src/features/events/stream.service.ts';
import type { EntryRow } from '../../src/features/log/log.service.ts';
import type { Viewer } from '../../src/kernel/viewer.ts';
import type { Bell, Bus } from '../../src/platform/bus.ts';
import type { Database } from '../../src/platform/database.ts';
import { within } from '../support/lifetime.ts';
import { patience } from '../support/queue.ts';
import type { Build } from './build.ts';

/** A place between two steps of a node at which a scenario holds it. */
export interface Hold {
  /** Resolves when the node has come there. */
  readonly reached: Promise<void>;
  release(): void;
}

/** A reader of one stream. */
export interface Reader {
  /** Everything that has come, for a reader that takes what there is. */
  readonly frames: readonly EventFrame[];
  /** Resolves when the stream has said that it is live, or that it had to begin anew. */
  live(): Promise<void>;
  /** The next frame, for a reader that takes one at a time. */
  next(): Promise<EventFrame>;
  close(): Promise<void>;
}

/** One node on an empty database of its own, whose every step a scenario can hold and whose bells it can lose. */
export interface World {
  /** Somebody with a session. */
  person(): Promise<Viewer>;
  /** A DIRECT conversation of two people; empty, with the silent entries that make it known. */
  conversation(one: Viewer, other: Viewer, options?: { readonly silently?: boolean }): Promise<number>;
  /** One more entry of a conversation, as a message makes it. */
  send(conversationId: number, options?: { readonly silently?: boolean }): Promise<number>;
  /** Ends somebody's membership, in the table and in both logs. */
  leave(conversationId: number, viewer: Viewer): Promise<void>;
  /** Rings the bell of somebody's own log, and waits until the node has heard it. */
  tell(viewer: Viewer): Promise<void>;
  /** Begins one comparison, in a new epoch. */
  compareOnce(): Promise<void>;
  /** Closes the open epoch. */
  close(): Promise<void>;
  /** Lets the node compare what it gave with what the tables hold, and waits until it is through. */
  compare(): Promise<void>;
  read(viewer: Viewer, cursors?: readonly string[], options?: { readonly oneAtATime?: boolean }): Reader;
  /** Holds the node after its next step of this kind, with what it has read in its hands. */
  holdAfter(kind: 'read' | 'snapshot'): Hold;
  stop(): Promise<void>;
}

/** How a scenario wants its node. */
export interface WorldOptions {
  readonly queueLimit?: number;
  readonly replayLimit?: number;
}

/** Starts a world. */
export async function createWorld(build: Build, options: WorldOptions = {}): Promise<World> {
  const real = await build.database.createDatabase({ url: 'sqlite::memory:', dataDir: '.', pool: 1, timeoutMs: 60_000 }, build.entities.entities);
  await real.migrate();
  const holds: { kind: 'read' | 'snapshot'; reached: () => void; released: Promise<void> }[] = [];
  const held = async <T>(kind: 'read' | 'snapshot', result: T): Promise<T> => {
    const index = holds.findIndex((hold) => hold.kind === kind);
    const [hold] = index < 0 ? [] : holds.splice(index, 1);
    hold?.reached();
    await hold?.released;
    return result;
  };
  const database: Database = {
    ...real,
    read: async (work) => await held('read', await real.read(work)),
    snapshot: async (work) => await held('snapshot', await real.snapshot(work)),
  };
  const memory = build.bus.createMemoryBus();
  let silent = false;
  const bus: Bus = { ...memory, publish: (channel, message) => (silent && isBell(message) ? undefined : memory.publish(channel, message)) };

  // The scenario's own hands never hold.
  const log = build.log.createLogService(real, bus);
  const outside = build.clock.createClockService(real, { replayMs: 86_400_000, closeMs: 0 });
  const clock = build.clock.createClockService(database, { replayMs: 86_400_000, closeMs: 0 });
  const faults: unknown[] = [];
  const hub = build.hub.createHub({ database, bus, clock, onFault: (error) => faults.push(error), compareMs: 3_600_000 });
  await hub.start();
  const key = () => randomBytes(32);
  const codec = build.cursor.createCursorCodec([{ seal: key(), mac: key(), item: key() }]);
  const parts = {
    database,
    clock,
    hub,
    codec,
    gate: build.gate.createGate(16),
    replayLimit: options.replayLimit ?? 5000,
    queueLimit: options.queueLimit ?? 1000,
  };
  const readers: Reader[] = [];

  const write = async <T>(silently: boolean, work: Parameters<typeof log.write<T>>[0]): Promise<T> => {
    silent = silently;
    try {
      return await log.write(work);
    } finally {
      silent = false;
    }
  };

  const audienceOf = async (conversationId: number): Promise<number[]> => {
    const rows = await real.read((tx) => tx.db.selectFrom('Member').select('userId').where('logId', '=', conversationId).execute());
    return rows.map(({ userId }) => userId);
  };

  return {
    async person() {
      const userId = await log.write((writer) => writer.create('USER'));
      return { userId, uuid: randomUUID(), role: 'USER', sessionId: userId, sessionUuid: randomUUID() };
    },
    conversation: (one, other, { silently = false } = {}) =>
      write(silently, async (writer) => {
        await writer.lock([one.userId, other.userId]);
        return await build.conversations.createDirect(writer, randomUUID(), one.userId, other.userId);
      }),
    async send(conversationId, { silently = false } = {}) {
      const audience = await audienceOf(conversationId);
      return await write(silently, async (writer) => {
        await writer.lock([conversationId]);
        return writer.append(conversationId, { kind: 'SENT', seq: writer.nextSeq(conversationId) }, audience);
      });
    },
    async tell({ userId }) {
      const { lastRev } = await real.read((tx) => tx.db.selectFrom('Log').select('lastRev').where('id', '=', userId).executeTakeFirstOrThrow());
      memory.publish(`user:${userId}`, { kind: 'BELL', logId: userId, rev: lastRev });
      for (let index = 0; index < 50; index += 1) await turn();
    },
    async compareOnce() {
      await hub.closeEpoch();
      for (let index = 0; index < 50; index += 1) await turn();
    },
    leave: (conversationId, { userId }) =>
      log.write(async (writer) => {
        await writer.lock([conversationId, userId]);
        const rev = writer.append(conversationId, { kind: 'SENT', seq: writer.nextSeq(conversationId) }, [userId]);
        await writer.db.updateTable('Member').set({ active: 0, stateRev: rev }).where('userId', '=', userId).where('logId', '=', conversationId).execute();
        writer.append(userId, { kind: 'LEFT', aboutId: conversationId, aboutRev: rev }, [userId]);
      }),
    async close() {
      await outside.close();
    },
    async compare() {
      const target = (await real.read((tx) => outside.read(tx))).n - 1;
      await within(
        (async () => {
          while (hub.given() < target) {
            await hub.closeEpoch();
            await turn();
          }
          // What was given is on its way through a few turns of the event loop.
          for (let index = 0; index < 20; index += 1) await turn();
        })(),
        patience,
        () => `the node did not come to epoch ${target}`,
      );
    },
    read(viewer, cursors = [], { oneAtATime = false } = {}) {
      const feed = build.stream.createStream(parts, viewer, cursors);
      const frames: EventFrame[] = [];
      const live = Promise.withResolvers<void>();
      live.promise.catch(() => {});
      let wake = () => {};
      feed.onReady(() => wake());
      const next = async (): Promise<EventFrame> => {
        for (;;) {
          const [frame] = feed.take(1);
          if (frame) return frame;
          if (feed.end) throw feed.end.error ?? new Error('the stream has ended');
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      };
      const pump = async () => {
        for (;;) {
          const frame = await next();
          frames.push(frame);
          if (frame.entry === null) live.resolve();
        }
      };
      if (!oneAtATime) pump().catch(live.reject);
      const reader: Reader = {
        frames,
        live: () => within(live.promise, patience, () => `the stream of ${viewer.userId} is not live; faults: ${faults.join(', ') || 'none'}`),
        next: () => within(next(), patience, () => `no frame for ${viewer.userId}`),
        async close() {
          feed.close();
        },
      };
      readers.push(reader);
      return reader;
    },
    holdAfter(kind) {
      const reached = Promise.withResolvers<void>();
      const released = Promise.withResolvers<void>();
      holds.push({ kind, reached: reached.resolve, released: released.promise });
      return { reached: within(reached.promise, patience, () => `the node made no ${kind}`), release: released.resolve };
    },
    async stop() {
      for (const reader of readers) await reader.close();
      await hub.stop();
      await real.close();
    },
  };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

function isBell(message: { readonly kind: string }): message is Bell {
  return message.kind === 'BELL';
}

/** What frames tell of one conversation, by rev. */
export function revsOf(frames: readonly EventFrame[], logId: number): number[] {
  const entries = frames.map(({ entry }) => entry).filter((entry): entry is EntryRow => entry !== null);
  return entries.filter((entry) => entry.logId === logId).map(({ rev }) => rev);
}
