import { randomBytes, randomUUID } from 'node:crypto';
import type { EventFrame } from '../../src/features/events/stream.service.ts';
import type { EntryRow } from '../../src/features/log/log.service.ts';
import type { Viewer } from '../../src/kernel/viewer.ts';
import type { Bell, Bus } from '../../src/platform/bus.ts';
import type { Database } from '../../src/platform/database.ts';
import { noMetrics } from '../../src/platform/metrics.ts';
import { within } from '../support/lifetime.ts';
import { patience } from '../support/queue.ts';
import type { Build } from './build.ts';

/** A place between two steps of a node at which a scenario holds it. */
export interface Hold {
  /** Resolves when the node has come there. */
  readonly reached: Promise<void>;
  isReached(): boolean;
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

/** Which bells of a write are lost: none, those of people's own channels, or all. */
export type Lost = 'none' | 'own' | 'all';

/** One node on an empty database of its own, whose every step a scenario can hold and whose bells it can lose. */
export interface World {
  /** Somebody with a session. */
  person(): Promise<Viewer>;
  /** A DIRECT conversation of two people; empty, with the silent entries that make it known. */
  conversation(one: Viewer, other: Viewer, options?: { readonly silently?: boolean }): Promise<number>;
  /** One more entry of a conversation, as a message makes it. */
  send(conversationId: number, options?: { readonly silently?: boolean }): Promise<number>;
  /** Ends somebody's membership of a DIRECT conversation, in the table and in both logs. */
  leave(conversationId: number, viewer: Viewer): Promise<void>;
  /** A group of these people. Gives its id; their join notice and the entry after it are revs 1 and 2. */
  group(people: readonly Viewer[]): Promise<number>;
  /** Lets people into a group in one portion. Gives the rev of the join notice. */
  join(groupId: number, people: readonly Viewer[], lost?: Lost): Promise<number>;
  /** Lets somebody out of a group. Gives the rev of the notice. */
  part(groupId: number, viewer: Viewer, lost?: Lost): Promise<number>;
  /** One more message of a group. */
  say(groupId: number, lost?: Lost): Promise<number>;
  /** An entry in somebody's own log that is about no conversation. */
  touch(viewer: Viewer): Promise<number>;
  /** Waits until the node has nothing more to do that it could do by itself; what a scenario holds does not count. */
  settle(): Promise<void>;
  /** Forgets all entries of closed epochs, as if they were older than REPLAY_DAYS and a day. */
  prune(): Promise<void>;
  /** As after a restore: raises the incarnation, and sets the clock back to an epoch where one is given. */
  restore(n?: number): Promise<void>;
  /** Lets all closed epochs be as old as the server is. */
  age(): Promise<void>;
  /** Says that a carrier which was away is back. */
  comeBack(what: 'bus' | 'database'): void;
  /** Has the node ask for a close. Gives how often the node has tried to close an epoch so far. */
  tryToClose(): Promise<number>;
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
  holdAfter(kind: Step, when?: (result: string) => boolean): Hold;
  /** Holds it before that. */
  holdBefore(kind: Step): Hold;
  stop(): Promise<void>;
}

/** What a node, or the pruning of one, does in one piece. */
type Step = 'read' | 'snapshot' | 'transaction';

/** How a scenario wants its node. */
export interface WorldOptions {
  readonly queueLimit?: number;
  readonly replayLimit?: number;
  readonly replaysAtOnce?: number;
  /** Default: only when it is told to. */
  readonly compareMs?: number;
  /** Whether a cursor can be too old; else only `prune` ends it. */
  readonly ages?: boolean;
  /** A writer that froze in mid-transaction keeps the node from closing. */
  readonly frozen?: boolean;
}

const dayMs = 86_400_000;

/** Starts a world. */
export async function createWorld(build: Build, options: WorldOptions = {}): Promise<World> {
  const real = await build.database.createDatabase({ url: 'sqlite::memory:', dataDir: '.', pool: 1, timeoutMs: 60_000 }, build.entities.entities);
  await real.migrate();
  const holds: { kind: Step; isBefore: boolean; when: (result: string) => boolean; reached: () => void; released: Promise<void> }[] = [];
  let busy = 0;
  /** Stays where it is, if it is to be held here. */
  const stop = async (isHere: (hold: (typeof holds)[number]) => boolean): Promise<void> => {
    const index = holds.findIndex(isHere);
    const [hold] = index < 0 ? [] : holds.splice(index, 1);
    if (!hold) return;
    busy -= 1;
    hold.reached();
    await hold.released;
    busy += 1;
  };
  const step = async <T>(kind: Step, work: () => Promise<T>): Promise<T> => {
    busy += 1;
    try {
      await stop((hold) => hold.isBefore && hold.kind === kind);
      const result = await work();
      await stop((hold) => !hold.isBefore && hold.kind === kind && hold.when(JSON.stringify(result) ?? ''));
      return result;
    } finally {
      busy -= 1;
    }
  };
  const backListeners = { bus: new Set<() => void>(), database: new Set<() => void>() };
  const database: Database = {
    ...real,
    read: (work) => step('read', () => real.read(work)),
    snapshot: (work) => step('snapshot', () => real.snapshot(work)),
    transaction: (work) => step('transaction', () => real.transaction(work)),
    onRestored: (listener) => listenIn(backListeners.database, listener),
  };
  const memory = build.bus.createMemoryBus();
  let lose: Lost = 'none';
  const bus: Bus = {
    ...memory,
    publish(channel, message) {
      if (isBell(message) && (lose === 'all' || (lose === 'own' && channel.startsWith('user:')))) return;
      memory.publish(channel, message);
    },
    onRestored: (listener) => listenIn(backListeners.bus, listener),
  };

  // The scenario's own hands never hold.
  const log = build.log.createLogService(real, bus);
  const outside = build.clock.createClockService(real, { replayMs: dayMs, closeMs: 0 });
  const pruner = build.clock.createClockService(database, { replayMs: dayMs, closeMs: 0 });
  let closings = 0;
  const itsClock = build.clock.createClockService(database, { replayMs: options.ages ? dayMs : 100 * 365 * dayMs, closeMs: 0 });
  const clock: typeof itsClock = {
    ...itsClock,
    async close() {
      closings += 1;
      return options.frozen ? 'BLOCKED' : await itsClock.close();
    },
  };
  const faults: unknown[] = [];
  const hub = build.hub.createHub({ database, bus, clock, onFault: (error) => faults.push(error), compareMs: options.compareMs ?? 3_600_000 });
  await hub.start();
  const key = () => randomBytes(32);
  const codec = build.cursor.createCursorCodec([{ seal: key(), mac: key(), item: key() }]);
  const parts = {
    database,
    clock,
    hub,
    codec,
    gate: build.gate.createGate(options.replaysAtOnce ?? 16),
    replayLimit: options.replayLimit ?? 5000,
    queueLimit: options.queueLimit ?? 1000,
    onFault: (error: unknown) => faults.push(error),
    metrics: noMetrics,
  };
  const readers: Reader[] = [];

  const write = async <T>(lost: Lost, work: Parameters<typeof log.write<T>>[0]): Promise<T> => {
    lose = lost;
    try {
      return await log.write(work);
    } finally {
      lose = 'none';
    }
  };
  const settle = async () => {
    // What came out of one step may begin the next in a later turn of the event loop, and bells ring in one.
    for (let quiet = 0; quiet < 10; quiet = busy > 0 ? 0 : quiet + 1) await turn();
  };
  const notice = { code: 'MEMBERS_INVITED', actorId: null, names: {} } as const;

  const audienceOf = async (conversationId: number): Promise<number[]> => {
    const rows = await real.read((tx) => tx.db.selectFrom('Member').select('userId').where('logId', '=', conversationId).execute());
    return rows.map(({ userId }) => userId);
  };

  return {
    async person() {
      const userId = await log.write((writer) => writer.create('USER'));
      return { userId, uuid: randomUUID(), role: 'USER', sessionId: userId, sessionUuid: randomUUID(), actedBy: null };
    },
    conversation: (one, other, { silently = false } = {}) =>
      write(silently ? 'all' : 'none', async (writer) => {
        await writer.lock([one.userId, other.userId]);
        return await build.conversations.createDirect(writer, randomUUID(), one.userId, other.userId);
      }),
    async send(conversationId, { silently = false } = {}) {
      const audience = await audienceOf(conversationId);
      return await write(silently ? 'all' : 'none', async (writer) => {
        await writer.lock([conversationId]);
        return writer.append(conversationId, { kind: 'SENT', seq: writer.nextSeq(conversationId) }, audience);
      });
    },
    async tell({ userId }) {
      const { lastRev } = await real.read((tx) => tx.db.selectFrom('Log').select('lastRev').where('id', '=', userId).executeTakeFirstOrThrow());
      memory.publish(`user:${userId}`, { kind: 'BELL', logId: userId, rev: lastRev });
      await settle();
    },
    async compareOnce() {
      await hub.closeEpoch();
      await settle();
    },
    leave: (conversationId, { userId }) =>
      log.write(async (writer) => {
        await writer.lock([conversationId, userId]);
        const rev = writer.append(conversationId, { kind: 'SENT', seq: writer.nextSeq(conversationId) }, [userId]);
        await writer.db.updateTable('Member').set({ active: 0, stateRev: rev }).where('userId', '=', userId).where('logId', '=', conversationId).execute();
        writer.append(userId, { kind: 'LEFT', aboutId: conversationId, aboutRev: rev }, [userId]);
      }),
    group: (people) =>
      write('none', async (writer) => {
        const userIds = people.map(({ userId }) => userId);
        await writer.lock(userIds);
        const id = await writer.create('GROUP');
        const { now } = await writer.stamp();
        await writer.db.insertInto('Conversation').values({ id, uuid: randomUUID(), kind: 'GROUP', name: 'a group', createdAt: now }).execute();
        await writer.db
          .insertInto('Group')
          .values({ id, joinPolicy: 'OPEN', inviteCode: randomUUID().slice(0, 32), showsHistory: 0, memberCount: 0 })
          .execute();
        await build.members.addMembers(writer, { conversationId: id, userIds, notice, showsHistory: false });
        return id;
      }),
    join: (groupId, people, lost = 'none') =>
      write(lost, async (writer) => {
        const userIds = people.map(({ userId }) => userId);
        const held = await writer.lock([groupId, ...userIds]);
        await build.members.addMembers(writer, { conversationId: groupId, userIds, notice, showsHistory: false });
        // The notice, and the entry after it.
        return (held.get(groupId)?.lastRev ?? 0) - 1;
      }),
    part: (groupId, { userId }, lost = 'none') =>
      write(lost, async (writer) => {
        const held = await writer.lock([groupId, userId]);
        await build.members.endMembership(writer, { conversationId: groupId, userId, notice });
        return (held.get(groupId)?.lastRev ?? 0) - 1;
      }),
    say: (groupId, lost = 'none') =>
      write(lost, async (writer) => {
        await writer.lock([groupId]);
        return writer.append(groupId, { kind: 'SENT', seq: writer.nextSeq(groupId) }, null);
      }),
    touch: ({ userId }) =>
      write('none', async (writer) => {
        await writer.lock([userId]);
        return writer.append(userId, { kind: 'VIEWER' }, [userId]);
      }),
    settle,
    async prune() {
      await real.transaction(async (tx) => {
        const { n } = await outside.read(tx);
        await tx.db.deleteFrom('EpochTime').execute();
        await tx.db
          .insertInto('EpochTime')
          .values({ epoch: n - 1, at: 1 })
          .execute();
      });
      await pruner.prune();
    },
    async restore(n) {
      await real.transaction((tx) =>
        tx.db
          .updateTable('Clock')
          .set((eb) => (n === undefined ? { incarnation: eb('incarnation', '+', 1) } : { n }))
          .execute(),
      );
    },
    async age() {
      await real.transaction((tx) => tx.db.updateTable('EpochTime').set({ at: 1 }).execute());
    },
    comeBack(what) {
      for (const listener of [...backListeners[what]]) listener();
    },
    async tryToClose() {
      await hub.closeEpoch();
      await settle();
      return closings;
    },
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
          await settle();
        })(),
        patience,
        () => `the node did not come to epoch ${target}`,
      );
    },
    read(viewer, cursors = [], { oneAtATime = false } = {}) {
      const feed = build.stream.createStream(parts, viewer, cursors, (frame) => frame);
      const frames: EventFrame[] = [];
      const live = Promise.withResolvers<void>();
      live.promise.catch(() => {});
      let wake = () => {};
      feed.onNews({ news: () => wake() });
      const next = async (): Promise<EventFrame> => {
        for (;;) {
          const [frame] = feed.waiting;
          feed.drop(1);
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
    holdAfter: (kind, when = () => true) => hold(kind, false, when),
    holdBefore: (kind) => hold(kind, true, () => true),
    async stop() {
      for (const reader of readers) await reader.close();
      await hub.stop();
      await real.close();
    },
  };

  function hold(kind: Step, isBefore: boolean, when: (result: string) => boolean): Hold {
    const reached = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    holds.push({ kind, isBefore, when, reached: reached.resolve, released: released.promise });
    const come = within(reached.promise, patience, () => `the node made no ${kind}`);
    let isReached = false;
    const remember = () => {
      isReached = true;
    };
    // Nobody waits for it any more where the scenario has failed before.
    come.then(remember, () => {});
    return { reached: come, isReached: () => isReached, release: released.resolve };
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

function listenIn(listeners: Set<() => void>, listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function isBell(message: { readonly kind: string }): message is Bell {
  return message.kind === 'BELL';
}

/** What frames tell of one conversation, by rev. */
export function revsOf(frames: readonly EventFrame[], logId: number): number[] {
  const entries = frames.map(({ entry }) => entry).filter((entry): entry is EntryRow => entry !== null);
  return entries.filter((entry) => entry.logId === logId).map(({ rev }) => rev);
}
