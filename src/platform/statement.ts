import { type Compilable, type CompiledQuery, type Kysely, type RawBuilder, sql, type Transaction } from 'kysely';
import type { Dialect, Tables, Tx } from './database.ts';
import { inPortions, portionSize } from './portions.ts';

/** Stands in a query for a value that is not known before it is run. */
class Slot {
  readonly name: string;
  /** Which one of a list; null where the value is no list. */
  readonly place: number | null;

  constructor(name: string, place: number | null) {
    this.name = name;
    this.place = place;
  }
}

type Value = string | number;

/** What is put into a statement: values, and lists with at least one of them. */
type Values = Readonly<Record<string, Value | readonly Value[]>>;

/**
 * A query that is built and compiled once for each dialect, for what is asked so often that this would cost more than running it.
 * `build` puts `slot('x')` wherever the value `x` of a run belongs; that of a list goes behind `in`. Lists of other lengths are other texts, so
 * each is filled up with its last value to a power of two: what is asked must not depend on how often a value stands in a list. A value that is
 * named `limit` is a part of the text too: SQLite prepares a statement anew for each run that is given its limit beside it. One list may be longer
 * than what fits into a statement: then it is run portion by portion, and the rows follow each other.
 */
export function createStatement<V extends Values, O>(
  build: (
    db: Kysely<Tables> | Transaction<Tables>,
    slot: <K extends keyof V & string>(name: K) => RawBuilder<V[K] extends readonly (infer T)[] ? T : V[K]>,
    dialect: Dialect,
  ) => Compilable<O>,
): (tx: Tx, values: V) => Promise<O[]> {
  const compiled = new Map<string, CompiledQuery<O>>();
  const run = async ({ db, dialect }: Tx, values: V): Promise<O[]> => {
    const text = dialect.name + variantOf(values);
    let query = compiled.get(text);
    if (!query) {
      query = build(db, (name) => slotFor(name, values[name]), dialect).compile();
      compiled.set(text, query);
    }
    const parameters = query.parameters.map((parameter) => (parameter instanceof Slot ? fill(parameter, values) : parameter));
    return (await db.executeQuery<O>({ ...query, parameters })).rows;
  };
  return async (tx, values) => {
    const long = longListOf(values);
    if (long === null) return await run(tx, values);
    const [name, list] = long;
    return await inPortions(list, async (portion) => await run(tx, { ...values, [name]: portion }));
  };
}

/** The list that does not fit into a statement, or null. */
function longListOf(values: Values): readonly [name: string, list: readonly Value[]] | null {
  let long: readonly [string, readonly Value[]] | null = null;
  for (const name in values) {
    const value = values[name];
    if (!isList(value) || value.length <= portionSize) continue;
    if (long !== null || 'limit' in values) throw new RangeError(`${value.length} values of "${name}" in one statement that cannot be run in portions`);
    long = [name, value];
  }
  return long;
}

function isList(value: Value | readonly Value[] | undefined): value is readonly Value[] {
  return typeof value === 'object';
}

/** How many places a list has in the text. */
function placesOf({ length }: readonly Value[]): number {
  return 2 ** Math.ceil(Math.log2(length));
}

function variantOf(values: Values): string {
  let variant = '';
  for (const name in values) {
    const value = values[name];
    if (isList(value)) variant += ` ${placesOf(value)}`;
    else if (name === 'limit') variant += ` limit ${value}`;
  }
  return variant;
}

function slotFor<T>(name: string, value: Value | readonly Value[] | undefined): RawBuilder<T> {
  if (name === 'limit' && typeof value === 'number') return sql<T>`${sql.lit(value)}`;
  if (!isList(value)) return sql<T>`${new Slot(name, null)}`;
  const places = Array.from({ length: placesOf(value) }, (_, place) => new Slot(name, place));
  return sql<T>`(${sql.join(places)})`;
}

function fill({ name, place }: Slot, values: Values): Value | undefined {
  const value = values[name];
  return isList(value) ? value[Math.min(place ?? 0, value.length - 1)] : value;
}
