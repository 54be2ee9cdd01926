import DataLoader from 'dataloader';
import type { Tx } from '../platform/database.ts';
import type { Services } from '../services.ts';
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
  return remember((context) => async (keys) => {
    const found = await context.read((tx) => load(tx, keys, context));
    return keys.map((key) => found.get(key) ?? null);
  });
}

/** What a loader that gathers asks for: the same question has the same answer, whoever asks. */
export interface Gathering<K, Q, V> {
  /** The question that a key means in an operation; null: none that others could ask too, so that `alone` answers it. */
  question(key: K, context: Context): Q | null;
  /** The answers in the order of the questions; null where there is none. */
  answer(tx: Tx, questions: readonly Q[], services: Services): Promise<readonly (V | null)[]>;
  /** As the `load` of `createLoader`. */
  alone?(tx: Tx, keys: readonly K[], context: Context): Promise<ReadonlyMap<K, V>>;
}

/** Questions in one query: more would make those wait who ask for little. */
const gatheredAtOnce = 500;

/**
 * As `createLoader`, and what several operations ask for in the same turn of the event loop is one query too: the answers to sends that were
 * committed together, for example. Each remembers for itself; nothing is kept from one turn to the next.
 */
export function createGatheringLoader<K extends string | number, Q extends string | number | object, V>({
  question,
  answer,
  alone,
}: Gathering<K, Q, V>): (context: Context) => DataLoader<K, V | null> {
  // By the way of reading: operations have one in common, and an event has the one of its own snapshot.
  const gatherers = new WeakMap<Context['read'], DataLoader<Q, V | null>>();
  const gathererOf = ({ read, services }: Context) => {
    let gatherer = gatherers.get(read);
    if (!gatherer) {
      gatherer = new DataLoader((questions: readonly Q[]) => read((tx) => answer(tx, questions, services)), { cache: false, maxBatchSize: gatheredAtOnce });
      gatherers.set(read, gatherer);
    }
    return gatherer;
  };
  return remember((context) => async (keys) => {
    const questions = keys.map((key) => question(key, context)).filter((asked) => asked !== null);
    if (questions.length === keys.length) return await gathererOf(context).loadMany(questions);
    if (!alone) throw new Error('a loader has no answer to what only one operation asks');
    const found = await context.read((tx) => alone(tx, keys, context));
    return keys.map((key) => found.get(key) ?? null);
  });
}

type Fetch<K, V> = (keys: readonly K[]) => Promise<readonly (V | Error | null)[]>;

/** One loader for each operation. */
function remember<K extends string | number, V>(fetchFor: (context: Context) => Fetch<K, V>): (context: Context) => DataLoader<K, V | null> {
  const loaders = new WeakMap<Context, DataLoader<K, V | null>>();
  return (context) => {
    let loader = loaders.get(context);
    if (!loader) {
      loader = new DataLoader<K, V | null>(fetchFor(context));
      loaders.set(context, loader);
      const all = loaded.get(context) ?? new Set();
      loaded.set(context, all.add(loader));
    }
    return loader;
  };
}
