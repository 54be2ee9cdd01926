import DataLoader from 'dataloader';
import { createAttached } from '../kernel/attached.ts';
import type { Tx } from '../platform/database.ts';
import { portionsByRows } from '../platform/portions.ts';
import type { Context, Services } from './context.ts';
import { type ReadBudget, sharedReadOf } from './read-budget.ts';

const loaded = createAttached<Context, Set<DataLoader<never, unknown>>>();

/** Lets the rest of an operation read everything anew: called when a mutation field is done, so that the next one shows what it did. */
export function forgetLoaded(context: Context): void {
  for (const loader of loaded.get(context) ?? []) loader.clearAll();
}

/** How many rows a key can bring, where that is more than one: so many keys are read at once as bring a portion of rows. */
type RowsOf<K> = (key: K) => number;

const oneRow = () => 1;

/**
 * Gathers what the resolvers of one operation (or one event) ask for into one query, and remembers it for that operation only,
 * at most until its next mutation field is done.
 * `load` gives a map; keys that it leaves out load as null.
 */
export function createLoader<K extends string | number, V>(
  load: (tx: Tx, keys: readonly K[], context: Context) => Promise<ReadonlyMap<K, V>>,
  rowsOf: RowsOf<K> = oneRow,
): (context: Context) => DataLoader<K, V | null> {
  return remember((context) => (keys) => loadPortions(keys, rowsOf, context, load));
}

async function loadPortions<K, V>(
  keys: readonly K[],
  rowsOf: RowsOf<K>,
  context: Context,
  load: (tx: Tx, keys: readonly K[], context: Context) => Promise<ReadonlyMap<K, V>>,
): Promise<(V | null)[]> {
  const values: (V | null)[] = [];
  for (const portion of portionsByRows(keys, rowsOf)) {
    const found = await context.read((tx) => load(tx, portion, context));
    for (const key of portion) values.push(found.get(key) ?? null);
  }
  return values;
}

/**
 * Likewise for what is the same for everybody: `load` cannot ask who the viewer is. What several operations ask for in the same turn of the event
 * loop is one query: the answers to sends that were committed together for example, or events that are read in one snapshot.
 */
export function createCommonLoader<K extends string | number, V>(
  load: (tx: Tx, keys: readonly K[], services: Services) => Promise<ReadonlyMap<K, V>>,
  rowsOf: RowsOf<K> = oneRow,
): (context: Context) => DataLoader<K, V | null> {
  const loadAll = async (tx: Tx, keys: readonly K[], services: Services) => {
    const found = await load(tx, [...new Set(keys)], services);
    return keys.map((key) => found.get(key) ?? null);
  };
  const gathered = gather(loadAll, rowsOf);
  return remember((context) => (keys) => allOf(gathered(context), context, keys));
}

/** What a loader that gathers asks for: the same question has the same answer, whoever asks. */
export interface Gathering<K, Q, V> {
  /** The question that a key means in an operation; null: none that others could ask too, so that `alone` answers it. */
  question(key: K, context: Context): Q | null;
  /** The answers in the order of the questions; null where there is none. */
  answer(tx: Tx, questions: readonly Q[], services: Services): Promise<readonly (V | null)[]>;
  /** As the `load` of `createLoader`, of what other loaders give. */
  alone(keys: readonly K[], context: Context): Promise<ReadonlyMap<K, V>>;
}

/** Likewise for what differs from viewer to viewer, so that the viewer is a part of the question. */
export function createGatheringLoader<K extends string | number, Q extends object, V>({
  question,
  answer,
  alone,
}: Gathering<K, Q, V>): (context: Context) => DataLoader<K, V | null> {
  const gathered = gather(answer, oneRow);
  return remember((context) => async (keys) => {
    const questions = keys.map((key) => question(key, context)).filter((asked) => asked !== null);
    if (questions.length === keys.length) return await allOf(gathered(context), context, questions);
    const found = await alone(keys, context);
    return keys.map((key) => found.get(key) ?? null);
  });
}

/** Questions in one query: more would make those wait who ask for little. */
const gatheredAtOnce = 500;

/** A question, and what pays for the answer. */
interface Asked<Q> {
  readonly question: Q;
  readonly budget: ReadBudget | null;
}

/**
 * One query for what is asked in one turn of the event loop by the same way of reading: operations have one in common, and events of one snapshot. Nothing is kept. Each
 * operation pays for its part, and of one that asks for very much a portion is read when the one before is paid.
 */
function gather<Q, V>(
  answer: (tx: Tx, questions: readonly Q[], services: Services) => Promise<readonly (V | null)[]>,
  rowsOf: RowsOf<Q>,
): (context: Pick<Context, 'read' | 'services'>) => DataLoader<Asked<Q>, V | null> {
  const gatherers = createAttached<Context['read'], DataLoader<Asked<Q>, V | null>>();
  return (context) => {
    const { services } = context;
    const { read } = sharedReadOf(context);
    let gatherer = gatherers.get(read);
    if (!gatherer) {
      const answerPaid = async (portion: readonly Asked<Q>[]): Promise<(V | null | Error)[]> => {
        const open = portion.filter(({ budget }) => budget === null || budget.over() === null);
        const questions = open.map(({ question }) => question);
        const answers = open.length === 0 ? [] : await read((tx) => answer(tx, questions, services));
        if (open.length === portion.length) return portion.map(({ budget }, index) => paid(budget, answers[index] ?? null));
        const found = new Map(open.map((asked, index) => [asked, answers[index] ?? null]));
        return portion.map((asked) => paid(asked.budget, found.get(asked) ?? null));
      };
      const largeOnes = createAttached<ReadBudget, Promise<unknown>>();
      gatherer = new DataLoader(
        async (all: readonly Asked<Q>[]) => {
          const portions = portionsByRows(all, ({ question }) => rowsOf(question), gatheredAtOnce);
          const [first = []] = portions;
          const budgets = new Set(all.map(({ budget }) => budget).filter((budget) => budget !== null));
          const before = [...budgets].map((budget) => largeOnes.get(budget)).filter((large) => large !== undefined);
          if (portions.length === 1 && before.length === 0 && all.length < gatheredAtOnce) return await answerPaid(first);
          const answered = (async () => {
            await Promise.allSettled(before);
            const answers: (V | null | Error)[] = [];
            for (const portion of portions) for (const value of await answerPaid(portion)) answers.push(value);
            return answers;
          })();
          for (const budget of budgets) largeOnes.set(budget, answered);
          return await answered;
        },
        { cache: false, maxBatchSize: gatheredAtOnce },
      );
      gatherers.set(read, gatherer);
    }
    return gatherer;
  };
}

/** A value for an operation that can pay for it. */
function paid<V>(budget: ReadBudget | null, value: V): V | Error {
  try {
    const over = budget?.over();
    if (over) return over;
    budget?.spend(value);
    return value;
  } catch (error) {
    return error instanceof Error ? error : new Error('what is read could not be counted');
  }
}

/** All answers, or a failure of all: one that is given as an answer would be remembered. */
async function allOf<Q, V>(loader: DataLoader<Asked<Q>, V | null>, context: Pick<Context, 'read'>, questions: readonly Q[]): Promise<(V | null)[]> {
  const { budget } = sharedReadOf(context);
  return await Promise.all(questions.map((question) => loader.load({ question, budget })));
}

type Fetch<K, V> = (keys: readonly K[]) => Promise<readonly (V | null)[]>;

/** One loader for each operation. */
function remember<K extends string | number, V>(fetchFor: (context: Context) => Fetch<K, V>): (context: Context) => DataLoader<K, V | null> {
  const loaders = createAttached<Context, DataLoader<K, V | null>>();
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
