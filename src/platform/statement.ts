import { type Compilable, type CompiledQuery, type Kysely, type RawBuilder, sql, type Transaction } from 'kysely';
import type { Dialect, Tables, Tx } from './database.ts';

/** Stands in a query for a value that is not known before it is run. */
class Slot {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/**
 * A query that is built and compiled once for each dialect, for what is asked so often that this would cost more than running it.
 * `build` puts `slot('x')` wherever the value `x` of a run belongs.
 */
export function createStatement<V extends Readonly<Record<string, string | number>>, O>(
  build: (db: Kysely<Tables> | Transaction<Tables>, slot: <K extends keyof V & string>(name: K) => RawBuilder<V[K]>, dialect: Dialect) => Compilable<O>,
): (tx: Tx, values: V) => Promise<O[]> {
  const compiled = new Map<Dialect, CompiledQuery<O>>();
  return async ({ db, dialect }, values) => {
    let query = compiled.get(dialect);
    if (!query) {
      query = build(db, (name) => sql`${new Slot(name)}`, dialect).compile();
      compiled.set(dialect, query);
    }
    const parameters = query.parameters.map((value) => (value instanceof Slot ? values[value.name] : value));
    return (await db.executeQuery<O>({ ...query, parameters })).rows;
  };
}
