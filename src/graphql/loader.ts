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
      loader = loaderOf(context, (tx, keys) => load(tx, keys, context));
      loaders.set(context, loader);
      const all = loaded.get(context) ?? new Set();
      loaded.set(context, all.add(loader));
    }
    return loader;
  };
}

/**
 * Likewise for what is the same for everybody: `load` cannot ask who the viewer is. Events that are read in one snapshot ask together, and share
 * what they get.
 */
export function createCommonLoader<K extends string | number, V>(
  load: (tx: Tx, keys: readonly K[], services: Context['services']) => Promise<ReadonlyMap<K, V>>,
): (context: Context) => DataLoader<K, V | null> {
  const alone = createLoader<K, V>((tx, keys, { services }) => load(tx, keys, services));
  const loaders = new WeakMap<object, DataLoader<K, V | null>>();
  return (context) => {
    const { moment, services } = context;
    if (!moment) return alone(context);
    let loader = loaders.get(moment);
    if (!loader) {
      loader = loaderOf(context, (tx, keys) => load(tx, keys, services));
      loaders.set(moment, loader);
    }
    return loader;
  };
}

function loaderOf<K extends string | number, V>(
  { read }: Pick<Context, 'read'>,
  load: (tx: Tx, keys: readonly K[]) => Promise<ReadonlyMap<K, V>>,
): DataLoader<K, V | null> {
  return new DataLoader(async (keys) => {
    const found = await read((tx) => load(tx, keys));
    return keys.map((key) => found.get(key) ?? null);
  });
}
