/** Remembers what was used last. */
export interface Recent<V> {
  get(key: string): V | undefined;
  /** `length` is what counts against the bound; what is longer than `longest` is not kept. */
  put(key: string, value: V, length: number): void;
}

/** How much is kept: what was used longest ago gives way. */
export interface RecentBounds {
  readonly entries: number;
  /** The sum of all lengths. */
  readonly together: number;
  readonly longest: number;
}

/** A memory of bounded size, whatever strangers put into it. */
export function createRecent<V>({ entries, together, longest }: RecentBounds): Recent<V> {
  // A Map goes through its keys in the order in which they came: what was used last stands last.
  const kept = new Map<string, { readonly key: string; readonly value: V; readonly length: number }>();
  let sum = 0;
  const drop = (key: string) => {
    sum -= kept.get(key)?.length ?? 0;
    kept.delete(key);
  };
  return {
    get(key) {
      const item = kept.get(key);
      if (!item) return undefined;
      kept.delete(key);
      // With its own key: the one that was asked with would stay with the copy that a Map leaves behind when it goes on.
      kept.set(item.key, item);
      return item.value;
    },
    put(key, value, length) {
      drop(key);
      if (length > longest) return;
      kept.set(key, { key, value, length });
      sum += length;
      for (const oldest of kept.keys()) {
        if (kept.size <= entries && sum <= together) break;
        drop(oldest);
      }
    },
  };
}
