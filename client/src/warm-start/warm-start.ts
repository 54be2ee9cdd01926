import type { Core } from '../core.ts';
import type { Store } from '../store/contract.ts';
import { createKeeping } from '../store/dump.ts';
import type { WarmStart } from './contract.ts';
import { createDatabase, nameOf } from './database.ts';

export type { WarmStart } from './contract.ts';

/** Of what this version keeps; what another one has kept is not looked at. */
const version = 1;

interface Kept {
  readonly userId: string;
  readonly version: number;
  readonly cursor: string;
  readonly dump: unknown;
}

export interface WarmStartOptions {
  /** Milliseconds of rest after a change before it is kept. */
  readonly rest?: number;
  /** Milliseconds after which a change is kept, though others go on. */
  readonly longest?: number;
}

/** See `WarmStart`. Tabs keep what they have while they are looked at: the last word is that of the one that was used last. */
export function createWarmStart(
  core: Pick<Core, 'url' | 'session' | 'viewerId'>,
  store: Store,
  { rest = 1000, longest = 10_000 }: WarmStartOptions = {},
): WarmStart {
  const database = createDatabase(core.url);
  const keeping = createKeeping(store.inside);
  const lock = `${nameOf(core.url)} state`;
  let cursor: string | null = null;
  let userId: string | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let since: number | null = null;

  /** Where the browser keeps nothing, or has no room, the next start is a cold one. */
  const quietly = <T>(work: () => Promise<T>) => work().catch(() => null);

  /** One tab at a time. */
  const alone = (work: () => Promise<unknown>) => {
    const { locks } = globalThis.navigator ?? {};
    return quietly(async () => void (await (locks ? locks.request(lock, work) : work())));
  };

  const write = () => {
    clearTimeout(timer);
    since = null;
    const session = core.session.get();
    if (cursor === null || session.status !== 'signedIn' || session.user.id !== userId) return;
    // Both in one turn: the dump has everything up to the cursor.
    const kept: Kept = { userId, version, cursor, dump: keeping.dump() };
    void alone(async () => {
      // Another page may have signed out while this one waited.
      if (cursor !== null) await database.run('state', 'readwrite', (state) => state.put(kept));
    });
  };

  const isHidden = () => globalThis.document?.visibilityState === 'hidden';
  const changed = () => {
    if (cursor === null) return;
    since ??= Date.now();
    clearTimeout(timer);
    if (!isHidden()) timer = setTimeout(write, Math.max(0, Math.min(rest, since + longest - Date.now())));
  };
  const seen = () => {
    if (since === null) return;
    // A page that is hidden may never run again.
    if (isHidden()) write();
    else changed();
  };

  const leaveOff = () => {
    clearTimeout(timer);
    since = null;
    cursor = null;
  };
  const drop = async (id: string) => {
    leaveOff();
    await alone(() => database.run('state', 'readwrite', (state) => state.delete(id)));
  };
  /** Each tab deletes what it may just have written. */
  const signedOut = () => {
    const session = core.session.get();
    if (session.status === 'signedOut' && session.reason === 'SIGNED_OUT' && userId !== null) void drop(userId);
  };

  const ends = [store.onChange(changed), core.session.subscribe(signedOut)];
  globalThis.document?.addEventListener('visibilitychange', seen);

  return {
    async load(id) {
      userId = id;
      cursor = null;
      const kept = await quietly(() => database.run<unknown>('state', 'readonly', (state) => state.get(id)));
      // It is over by now, or somebody else has come: what the store has is theirs.
      if (core.viewerId() !== id || !isKept(kept) || kept.version !== version || !keeping.load(kept.dump)) return null;
      cursor = kept.cursor;
      return kept.cursor;
    },
    reached({ __typename, cursor: next }) {
      // What the store has lacks what was not told before this one: it is kept again once all has been read anew.
      if (__typename === 'SyncReset') return leaveOff();
      const session = core.session.get();
      if (next === cursor || session.status !== 'signedIn') return;
      userId = session.user.id;
      cursor = next;
      changed();
    },
    drop,
    close() {
      clearTimeout(timer);
      for (const end of ends) end();
      globalThis.document?.removeEventListener('visibilitychange', seen);
      database.close();
    },
  };
}

function isKept(value: unknown): value is Kept {
  return typeof value === 'object' && value !== null && 'version' in value && 'cursor' in value && typeof value.cursor === 'string' && 'dump' in value;
}
