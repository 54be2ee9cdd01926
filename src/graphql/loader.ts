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

/**
 * Likewise for what is the same for everybody: `load` cannot ask who the viewer is. What several operations ask for in the same turn of the event
 * loop is one query, the answers to sends that were committed together for example; events that are read in one snapshot share what they get.
 */
export function createCommonLoader<K extends string | number, V>(
  load: (tx: Tx, keys: readonly K[], services: Services) => Promise<ReadonlyMap<K, V>>,
): (context: Context) => DataLoader<K, V | null> {
  const loadAll = async (tx: Tx, keys: readonly K[], services: Services) => {
    const found = await load(tx, [...new Set(keys)], services);
    return keys.map((key) => found.get(key) ?? null);
  };
  const gathered = gather(loadAll);
  const alone = remember<K, V>((context) => (keys) => allOf(gathered(context), keys));
  const loaders = new WeakMap<object, DataLoader<K, V | null>>();
  return (context) => {
    const { moment, services, read } = context;
    if (!moment) return alone(context);
    let loader = loaders.get(moment);
    if (!loader) {
      loader = new DataLoader<K, V | null>((keys) => read((tx) => loadAll(tx, keys, services)));
      loaders.set(moment, loader);
    }
    return loader;
  };
}

/** What a loader that gathers asks for: the same question has the same answer, whoever asks. */
export interface Gathering<K, Q, V> {
  /** The question that a key means in an operation; null: none that others could ask too, so that `alone` answers it. */
  question(key: K, context: Context): Q | null;
  /** The answers in the order of the questions; null where there is none. */
  answer(tx: Tx, questions: readonly Q[], services: Services): Promise<readonly (V | null)[]>;
  /** As the `load` of `createLoader`. */
  alone(tx: Tx, keys: readonly K[], context: Context): Promise<ReadonlyMap<K, V>>;
}

/** Likewise for what differs from viewer to viewer, so that the viewer is a part of the question. */
export function createGatheringLoader<K extends string | number, Q extends object, V>({
  question,
  answer,
  alone,
}: Gathering<K, Q, V>): (context: Context) => DataLoader<K, V | null> {
  const gathered = gather(answer);
  return remember((context) => async (keys) => {
    const questions = keys.map((key) => question(key, context)).filter((asked) => asked !== null);
    if (questions.length === keys.length) return await allOf(gathered(context), questions);
    const found = await context.read((tx) => alone(tx, keys, context));
    return keys.map((key) => found.get(key) ?? null);
  });
}

/** Questions in one query: more would make those wait who ask for little. */
const gatheredAtOnce = 500;

/** One query for what is asked in one turn of the event loop by the same way of reading: operations have one in common. Nothing is kept. */
function gather<Q, V>(
  answer: (tx: Tx, questions: readonly Q[], services: Services) => Promise<readonly (V | null)[]>,
): (context: Pick<Context, 'read' | 'services'>) => DataLoader<Q, V | null> {
  const gatherers = new WeakMap<Context['read'], DataLoader<Q, V | null>>();
  return ({ read, services }) => {
    let gatherer = gatherers.get(read);
    if (!gatherer) {
      gatherer = new DataLoader((questions: readonly Q[]) => read((tx) => answer(tx, questions, services)), { cache: false, maxBatchSize: gatheredAtOnce });
      gatherers.set(read, gatherer);
    }
    return gatherer;
  };
}

/** All answers, or a failure of all: one that is given as an answer would be remembered. */
async function allOf<Q, V>(loader: DataLoader<Q, V | null>, questions: readonly Q[]): Promise<(V | null)[]> {
  return await Promise.all(questions.map((question) => loader.load(question)));
}

type Fetch<K, V> = (keys: readonly K[]) => Promise<readonly (V | null)[]>;

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
