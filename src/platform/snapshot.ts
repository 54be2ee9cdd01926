import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  DummyDriver,
  Kysely,
  MysqlAdapter,
  MysqlIntrospector,
  MysqlQueryCompiler,
  type QueryExecutor,
  type QueryResult,
} from 'kysely';

/** So many queries go in one packet at most. */
const together = 64;

/** Whatever was begun before on this connection, by a packet that failed or by somebody else, is over first. */
const opening = ['rollback', 'set transaction isolation level repeatable read, read only', 'start transaction'] as const;

/** What `new Kysely` wants beside the executor that does everything. */
const dialect: Dialect = {
  createAdapter: () => new MysqlAdapter(),
  createDriver: () => new DummyDriver(),
  createIntrospector: (db) => new MysqlIntrospector(db),
  createQueryCompiler: () => new MysqlQueryCompiler(),
};
const driver = new DummyDriver();

/** Queries that go through an executor of their own. */
export function dbOn<DB>(executor: QueryExecutor): Kysely<DB> {
  return new Kysely<DB>({ config: { dialect }, dialect, driver, executor });
}

interface Asked {
  readonly query: CompiledQuery;
  resolve(result: QueryResult<unknown>): void;
  reject(error: unknown): void;
}

/** The type of rows is what kysely has found out about the query; here only that there are some can be seen. */
const isOf = <R>(result: QueryResult<unknown>): result is QueryResult<R> => Array.isArray(result.rows);

/**
 * Reads one moment of MySQL or MariaDB over a connection of its own. Queries that are asked for in one turn of the event loop, or while others
 * are under way, go to the server in one packet, the first ones together with what begins the transaction: on the way of an event to its readers
 * the round trips would be most of the time. `take` is given the result before the transaction has ended: nothing can go wrong with it any more.
 * Where an answer was lost (`isLost`) the whole snapshot fails, though the work may have gone on without it: who runs selections turns each failed
 * query into an error at its place.
 */
export async function readSnapshot<DB, T>(
  executor: QueryExecutor,
  connection: DatabaseConnection,
  work: (db: Kysely<DB>) => Promise<T>,
  take: (result: T) => void,
  isLost: (error: unknown) => boolean,
): Promise<void> {
  const reads = gather(connection, isLost);
  const own = executor.withConnectionProvider({ provideConnection: (consumer) => consumer(reads.connection) });
  try {
    const result = await work(dbOn<DB>(own));
    reads.requireAll();
    take(result);
  } finally {
    await reads.end();
  }
}

function gather(connection: DatabaseConnection, isLost: (error: unknown) => boolean) {
  let line: Asked[] = [];
  let lost: { readonly error: unknown } | null = null;
  let begun = false;
  let scheduled = false;
  let over = false;
  let running: Promise<void> | null = null;
  const unanswered = () => new Error('the snapshot is over');

  const ask = async (query: CompiledQuery): Promise<QueryResult<unknown>> => {
    try {
      return await connection.executeQuery(query);
    } catch (error) {
      if (isLost(error)) lost ??= { error };
      throw error;
    }
  };

  const run = async (texts: readonly string[], values: readonly unknown[]): Promise<readonly unknown[]> => {
    const first = begun ? [] : opening;
    begun = true;
    const all = [...first, ...texts];
    const { rows } = await ask(CompiledQuery.raw(all.join('; '), [...values]));
    return all.length === 1 ? [rows] : rows.slice(first.length);
  };

  const runAlone = async ({ query, resolve, reject }: Asked): Promise<void> => {
    try {
      if (!begun) await run([], []);
      resolve(await ask(query));
    } catch (error) {
      reject(error);
    }
  };

  const runTogether = async (batch: readonly Asked[]): Promise<void> => {
    const wasBegun = begun;
    try {
      const found = await run(
        batch.map(({ query }) => query.sql),
        batch.flatMap(({ query }) => query.parameters),
      );
      for (const [index, { resolve }] of batch.entries()) {
        const rows = found[index];
        resolve({ rows: Array.isArray(rows) ? rows : [] });
      }
    } catch (error) {
      if (batch.length === 1) return batch[0]?.reject(error);
      // One of them is at fault, and nobody has been told anything of this packet. Where it was to begin the transaction, it is begun anew.
      begun = wasBegun;
      for (const asked of batch) await runAlone(asked);
    }
  };

  const flush = async (): Promise<void> => {
    while (line.length > 0) {
      // What is no plain query may be several, and has results of its own.
      const alone = line.findIndex(({ query }) => query.query.kind !== 'SelectQueryNode');
      const batch = line.splice(0, Math.min(together, alone < 0 ? line.length : Math.max(1, alone)));
      const [first] = batch;
      if (alone === 0 && first) await runAlone(first);
      else await runTogether(batch);
    }
    running = null;
  };

  const schedule = () => {
    if (scheduled || running) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      if (line.length > 0) running ??= flush();
    });
  };

  const gathering: DatabaseConnection = {
    executeQuery: <R>(query: CompiledQuery) =>
      new Promise<QueryResult<R>>((resolve, reject) => {
        if (over) return reject(unanswered());
        line.push({ query, resolve: (result) => (isOf<R>(result) ? resolve(result) : reject(unanswered())), reject });
        schedule();
      }),
    streamQuery() {
      throw new Error('a snapshot gives no streams');
    },
  };

  return {
    connection: gathering,
    /** Throws where an answer was lost. */
    requireAll() {
      if (lost) throw lost.error;
    },
    /** What still waits is for nobody: the work is over. */
    async end() {
      over = true;
      for (const { reject } of line) reject(unanswered());
      line = [];
      await running;
      if (!begun) return;
      // Nothing was written: what becomes of a commit one would have to wait for, should the server be silent.
      await connection.executeQuery(CompiledQuery.raw('rollback'));
    },
  };
}
