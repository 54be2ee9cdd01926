import DataLoader from 'dataloader';
import type { Tx } from '../platform/database.ts';
import type { Context } from './context.ts';

const loaded = new WeakMap<Context, Set<DataLoader<never, unknown>>>();

/** Lets the rest of an operation read everything anew: called when a mutation field is done, so that the next one shows what it did. */
export function forgetLoaded(context: Context): void {
  for (const loader of loaded.get(context) ?? []) loader.clearAll();
}

/**
 * Gathers what the resolvers of one operation (or one event) ask for into one query, and remembers it for that operation only,
 * at most until its next mutation field is done.
 * `load` gives a map; keys that it leaves out load as null.
 */
export function createLoader<K extends string | number, V>(
  load: (tx: Tx, keys: readonly K[], context: Context) => Promise<ReadonlyMap<K, V>>,
): (context: Context) => DataLoader<K, V | null> {
  const loaders = new WeakMap<Context, DataLoader<K, V | null>>();
  return (context) => {
    let loader = loaders.get(context);
    if (!loader) {
      loader = new DataLoader(async (keys) => {
        const found = await context.read((tx) => load(tx, keys, context));
        return keys.map((key) => found.get(key) ?? null);
      });
      loaders.set(context, loader);
      const all = loaded.get(context) ?? new Set();
      loaded.set(context, all.add(loader));
    }
    return loader;
  };
}
