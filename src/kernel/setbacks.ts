/** What has failed and is left alone for a while: each time for twice as long. Kept in memory, so that a start tries everything again. */
export interface Setbacks<K> {
  /** Notes that something has failed once more. True the first time: it is said once, and not at each try. */
  add(key: K): boolean;
  /** Notes that it has gone well. */
  clear(key: K): void;
  /** Whether something is to be left alone at present. */
  isResting(key: K): boolean;
  /** All that is to be left alone at present, at most as many as are kept. */
  resting(): K[];
}

/** For how long, in milliseconds, and for how many at once; of more the oldest are forgotten and so tried again. */
export interface SetbackOptions {
  readonly firstMs: number;
  readonly longestMs: number;
  readonly most: number;
}

/** Makes the memory of a job that goes on with other things where one fails. */
export function createSetbacks<K>({ firstMs, longestMs, most }: SetbackOptions): Setbacks<K> {
  const known = new Map<K, { readonly restMs: number; readonly until: number }>();
  const isResting = (key: K) => performance.now() < (known.get(key)?.until ?? 0);
  return {
    add(key) {
      const before = known.get(key);
      const restMs = before ? Math.min(longestMs, before.restMs * 2) : firstMs;
      known.delete(key);
      known.set(key, { restMs, until: performance.now() + restMs });
      for (const oldest of known.keys()) {
        if (known.size <= most) break;
        known.delete(oldest);
      }
      return before === undefined;
    },
    clear: (key) => void known.delete(key),
    isResting,
    resting: () => [...known.keys()].filter(isResting),
  };
}
