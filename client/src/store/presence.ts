import type { Core } from '../core.ts';
import type { Presence, Readable } from '../types.ts';
import { isShallowEqual } from './entities.ts';
import type { Signal, Signals } from './signals.ts';

/** As many as the server follows in one subscription. */
const most = 100;
/** Milliseconds in which those who come onto the screen and leave it are gathered. */
const gathering = 50;

const unknown: Presence = { status: null, lastSeenAt: null };

interface Watched {
  readonly signal: Signal;
  readonly readable: Readable<Presence>;
  presence: Presence;
}

export interface Presences {
  of(userId: string): Readable<Presence>;
  /** Nothing is known any more. */
  clear(): void;
}

/** Who is there: one subscription for all that somebody looks at, those that were looked at last where there are too many. */
export function createPresences(core: Core, signals: Signals): Presences {
  const known = new Map<string, Watched>();
  /** Who is looked at, the latest last. */
  const watched = new Set<string>();
  let followed = '';
  let stop: (() => void) | null = null;
  let isGathering = false;

  const set = (userId: string, presence: Presence) => {
    const one = known.get(userId);
    if (!one || isShallowEqual(one.presence, presence)) return;
    one.presence = presence;
    one.signal.changed();
  };

  const follow = () => {
    isGathering = false;
    const userIds = [...watched].slice(-most);
    const wanted = [...userIds].sort().join();
    if (wanted === followed) return;
    followed = wanted;
    const stopBefore = stop;
    stop =
      userIds.length === 0
        ? null
        : core.watch('Presence', { userIds }, ({ presence: user }) => set(user.id, { status: user.presence, lastSeenAt: user.lastSeenAt }));
    stopBefore?.();
  };

  const change = () => {
    if (!isGathering) setTimeout(follow, gathering);
    isGathering = true;
  };

  return {
    of(userId) {
      const before = known.get(userId);
      if (before) return before.readable;
      const signal = signals({
        first() {
          watched.add(userId);
          change();
        },
        last() {
          watched.delete(userId);
          // What nobody tells of any more is not known any more.
          one.presence = unknown;
          change();
        },
      });
      const one: Watched = { signal, presence: unknown, readable: { get: () => one.presence, subscribe: signal.subscribe } };
      known.set(userId, one);
      return one.readable;
    },
    // Who is looked at still is: they are followed again when somebody is signed in again.
    clear() {
      for (const [userId, one] of known) {
        set(userId, unknown);
        if (!one.signal.isWatched()) known.delete(userId);
      }
    },
  };
}
