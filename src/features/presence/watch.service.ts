import type { Config } from '../../config.ts';
import { createMergedQueue } from '../../kernel/merged-queue.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import type { Bus, Unsubscribe } from '../../platform/bus.ts';
import type { Tx } from '../../platform/database.ts';
import { visiblePresence } from './presence.policy.ts';
import { beatMs, type PresenceService } from './presence.service.ts';

/** A user whose presence may have changed for a viewer. */
export interface PresenceEvent {
  readonly userId: number;
  /** Judges in the snapshot of the event what the viewer may see of it; false where that is what the viewer was told last. */
  prepare(tx: Tx): Promise<boolean>;
  /** What `prepare` found: null where it is not for the viewer to see, or nobody knows. */
  shown(): boolean | null;
}

/** Tells viewers of changes of presence. */
export interface PresenceWatch {
  /**
   * First each user as it is now, then each change: ONLINE at once, OFFLINE when nobody came back within the grace. A slow reader gets each
   * user's last state only. Resolves when no change can be missed any more.
   */
  watch(viewer: Viewer, userIds: readonly number[]): Promise<AsyncIterableIterator<PresenceEvent>>;
  /** Ends all that watch. */
  stop(): void;
}

/** A user who is watched by somebody on this node. */
interface Watched {
  readonly readers: Set<Reader>;
  readonly subscription: Promise<Unsubscribe>;
  /** As the store said last; null while nobody knows, undefined while it was never asked. */
  online: boolean | null | undefined;
  /** Which look that was. */
  looked: number;
  /** Runs while the user is offline and those who were told ONLINE are not told yet. */
  grace: { readonly until: number; readonly timer: NodeJS.Timeout } | null;
}

interface Reader {
  put(userId: number): void;
  end(): void;
}

/** What a reader was told of each user; absent before the first time. */
type Told = Map<number, boolean | null>;

/** Why the store was asked: a signal came, or just to see. */
type Reason = 'signal' | 'look';

/** Makes the watch of this node: everybody who watches a user shares one subscription and one look at the store. */
export function createPresenceWatch(config: Config['presence'], bus: Bus, presence: PresenceService): PresenceWatch {
  const watched = new Map<number, Watched>();
  const readers = new Set<Reader>();
  const signalled = new Set<number>();
  const intervalMs = beatMs(config);
  /** Up to where the list of changes was read; null: nowhere yet. */
  let place: string | null = null;
  /** Whether something may have changed that the list does not say. */
  let mustLookAtAll = false;
  let beating = false;
  let looks = 0;
  let timer: NodeJS.Timeout | undefined;

  async function look(userIds: readonly number[], reason: Reason): Promise<void> {
    looks += 1;
    const mine = looks;
    const states = await presence.states(userIds);
    if (!states) mustLookAtAll = true;
    for (const userId of userIds) {
      const user = watched.get(userId);
      if (!user) continue;
      // One that began later and was answered sooner knows better.
      const isNewest = user.looked < mine;
      if (isNewest) user.looked = mine;
      apply(userId, user, isNewest ? (states?.get(userId) ?? null) : (user.online ?? null), reason);
    }
  }

  function apply(userId: number, user: Watched, online: boolean | null, reason: Reason): void {
    const before = user.online;
    if (online !== null || before !== undefined) user.online = online;
    // Nobody can have been told ONLINE before the store was asked for the first time: no grace then.
    if (online !== false || before === undefined) endGrace(user);
    else if (before !== false) startGrace(userId, user, reason === 'signal' ? config.graceMs : config.graceMs - intervalMs);
    else if (reason === 'signal' && user.grace) startGrace(userId, user, config.graceMs);
    // Without a change of state a signal means that what people may see of it has changed. While nobody knows there is nothing to tell.
    if (online !== null && (online !== before || reason === 'signal')) tell(userId, user);
  }

  function tell(userId: number, user: Watched): void {
    for (const reader of user.readers) reader.put(userId);
  }

  function endGrace(user: Watched): void {
    clearTimeout(user.grace?.timer);
    user.grace = null;
  }

  function startGrace(userId: number, user: Watched, ms: number): void {
    const until = Math.max(performance.now() + ms, user.grace?.until ?? 0);
    endGrace(user);
    const timer = setTimeout(() => {
      // Looked at once more: the signal of a come-back may be lost.
      void look([userId], 'look').then(() => {
        if (user.grace?.timer !== timer) return;
        user.grace = null;
        tell(userId, user);
      });
    }, until - performance.now());
    timer.unref();
    user.grace = { until, timer };
  }

  function onSignal(userId: number): void {
    if (signalled.size === 0)
      setImmediate(() => {
        const userIds = [...signalled];
        signalled.clear();
        void look(userIds, 'signal');
      });
    signalled.add(userId);
  }

  /** Where the list ends, before anybody is looked at: what comes later is found with the next beat. */
  async function findPlace(): Promise<void> {
    if (place !== null) return;
    // Where the store is away, the first beat that finds it again looks at all.
    const found = await presence.changes(null).catch(() => null);
    place ??= found?.place ?? null;
  }

  /** Looks at those who may have changed without a signal: mostly nobody, however many are watched. */
  async function beat(): Promise<void> {
    if (beating) return;
    if (watched.size === 0) {
      place = null;
      return;
    }
    beating = true;
    const all = mustLookAtAll;
    mustLookAtAll = false;
    try {
      const { place: end, userIds } = await presence.changes(place);
      place = end;
      const whom = all || userIds === null ? [...watched.keys()] : userIds.filter((userId) => watched.has(userId));
      if (whom.length > 0) await look(whom, 'look');
    } catch {
      mustLookAtAll = true;
      // Nobody knows, as if each had been asked for.
      for (const [userId, user] of watched) apply(userId, user, null, 'look');
    } finally {
      beating = false;
    }
  }

  function join(userId: number, reader: Reader): Watched {
    timer ??= setInterval(() => void beat(), intervalMs).unref();
    let user = watched.get(userId);
    if (!user) {
      user = { readers: new Set(), online: undefined, looked: 0, grace: null, subscription: bus.subscribe(`presence:${userId}`, () => onSignal(userId)) };
      watched.set(userId, user);
    }
    user.readers.add(reader);
    return user;
  }

  function leave(userId: number, reader: Reader): void {
    const user = watched.get(userId);
    user?.readers.delete(reader);
    if (!user || user.readers.size > 0) return;
    endGrace(user);
    watched.delete(userId);
    user.subscription.then((unsubscribe) => unsubscribe()).catch(() => {});
  }

  /** What a viewer who may see it is to be told, given what was told last. */
  function stateFor(userId: number, told: boolean | null): boolean | null {
    const user = watched.get(userId);
    if (user?.online === null || user?.online === undefined) return told;
    return user.online || (user.grace !== null && told === true);
  }

  // Nodes that do not know the list of changes may have been busy meanwhile.
  const stopListening = bus.onRestored(() => {
    mustLookAtAll = true;
    void beat();
  });

  function createEvent(viewer: Viewer, userId: number, told: Told): PresenceEvent {
    const before = told.get(userId);
    let shown = before ?? null;
    return {
      userId,
      async prepare(tx) {
        const visible = (await visiblePresence(tx, viewer.userId, [userId])).has(userId);
        shown = visible ? stateFor(userId, before ?? null) : null;
        return before === undefined || shown !== before;
      },
      shown: () => shown,
    };
  }

  return {
    async watch(viewer, userIds) {
      const ids = [...new Set(userIds)];
      const queue = createMergedQueue<number>(() => {
        readers.delete(queue);
        for (const userId of ids) leave(userId, queue);
      });
      readers.add(queue);
      try {
        await Promise.all([...ids.map((userId) => join(userId, queue).subscription), findPlace()]);
        await look(ids, 'look');
      } catch (error) {
        queue.end();
        throw error;
      }
      for (const userId of ids) queue.put(userId);

      const told: Told = new Map();
      let current: PresenceEvent | null = null;
      const iterator: AsyncIterableIterator<PresenceEvent> = {
        async next() {
          // Only now: an event that could not be read is prepared again, and must not count as told.
          if (current) told.set(current.userId, current.shown());
          current = null;
          const taken = await queue.next();
          if (taken.done) return taken;
          current = createEvent(viewer, taken.value, told);
          return { done: false, value: current };
        },
        return: () => queue.return(),
        [Symbol.asyncIterator]: () => iterator,
      };
      return iterator;
    },
    stop() {
      clearInterval(timer);
      stopListening();
      for (const reader of [...readers]) reader.end();
    },
  };
}
