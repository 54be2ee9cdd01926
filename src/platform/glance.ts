import { CompiledQuery, type DatabaseConnection, type Kysely, type QueryExecutor, type QueryResult } from 'kysely';
import { dbOn } from './snapshot.ts';

/**
 * What is read at a glance: on condition that something holds at that very moment, and on a server with one packet. So what is known already need not be
 * read: the condition says that it is still so.
 */
export interface Glance {
  /** What is found counts only where this comes true. What it asks is asked at the same moment as all the rest. */
  onlyIf(condition: Promise<boolean>): void;
}

/** How a glance ended: with what was found; MORE where one packet was not enough; CHANGED where a condition did not hold. */
export type Glanced<T> = { readonly found: T } | 'MORE' | 'CHANGED';

const opening = 'rollback; set transaction isolation level repeatable read, read only; start transaction; ';

/**
 * Runs the work on a connection of a server. All that is asked for in one turn of the event loop goes there in one packet, with what begins and ends its
 * transaction; one question needs none. Whatever the work asks for beyond that is never answered: it comes to no end, and nobody waits for it, so that
 * nothing takes what was left out for what is not there. `take` is given the outcome in the turn in which the answer has come.
 */
export async function readGlance<DB, T>(
  executor: QueryExecutor,
  connection: DatabaseConnection,
  work: (db: Kysely<DB>, glance: Glance) => Promise<T>,
  take: (outcome: Glanced<T>) => void,
): Promise<void> {
  const ended = Promise.withResolvers<Glanced<T>>();
  const packet = onePacket(connection, () => ended.resolve('MORE'), ended.reject);
  const own = executor.withConnectionProvider({ provideConnection: (consumer) => consumer(packet.connection) });
  judge(work, dbOn<DB>(own), ended);
  try {
    take(await ended.promise);
  } finally {
    await packet.end();
  }
}

/** As `readGlance`, where each question is answered at once and so in one transaction anyway. */
export async function glanceInTransaction<DB, T>(
  outside: QueryExecutor,
  executor: QueryExecutor,
  work: (db: Kysely<DB>, glance: Glance) => Promise<T>,
): Promise<Glanced<T>> {
  const ended = Promise.withResolvers<Glanced<T>>();
  let over = false;
  // What goes on afterwards is not refused, which would be taken for a fault.
  const guarded = outside.withConnectionProvider({
    provideConnection: (consumer) => (over ? new Promise(() => {}) : executor.provideConnection(consumer)),
  });
  judge(work, dbOn<DB>(guarded), ended);
  try {
    return await ended.promise;
  } finally {
    over = true;
  }
}

function judge<DB, T>(work: (db: Kysely<DB>, glance: Glance) => Promise<T>, db: Kysely<DB>, ended: PromiseWithResolvers<Glanced<T>>): void {
  const conditions: Promise<boolean>[] = [];
  const onlyIf = (condition: Promise<boolean>) => {
    conditions.push(condition);
    condition.then((holds) => holds || ended.resolve('CHANGED'), ended.reject);
  };
  work(db, { onlyIf })
    .then(async (found) => {
      await Promise.all(conditions);
      ended.resolve({ found });
    })
    .catch(ended.reject);
}

interface Asked {
  readonly query: CompiledQuery;
  resolve(result: QueryResult<unknown>): void;
}

/** The type of rows is what kysely has found out about the query; here only that there are some can be seen. */
const isOf = <R>(result: QueryResult<unknown>): result is QueryResult<R> => Array.isArray(result.rows);

/** A connection that sends what is asked in one turn of the event loop, and nothing after that. */
function onePacket(connection: DatabaseConnection, onMore: () => void, onFault: (error: unknown) => void) {
  let line: Asked[] | null = [];
  let running: Promise<void> | null = null;

  const send = async (batch: readonly Asked[]): Promise<void> => {
    const texts = batch.map(({ query }) => query.sql);
    const values = batch.flatMap(({ query }) => query.parameters);
    const isAlone = texts.length === 1;
    const text = isAlone ? (texts[0] ?? '') : `${opening}${texts.join('; ')}; rollback`;
    try {
      const { rows } = await connection.executeQuery(CompiledQuery.raw(text, values));
      const found = isAlone ? [rows] : rows.slice(3, -1);
      for (const [index, { resolve }] of batch.entries()) {
        const answer = found[index];
        resolve({ rows: Array.isArray(answer) ? answer : [] });
      }
    } catch (error) {
      // What failed may have been any of them, and the transaction may be open.
      if (!isAlone) await connection.executeQuery(CompiledQuery.raw('rollback')).catch(() => {});
      onFault(error);
    }
  };

  const own: DatabaseConnection = {
    executeQuery: <R>(query: CompiledQuery) =>
      new Promise<QueryResult<R>>((resolve, reject) => {
        if (line === null || query.query.kind !== 'SelectQueryNode') return onMore();
        line.push({ query, resolve: (result) => (isOf<R>(result) ? resolve(result) : reject(new Error('a glance gave no rows'))) });
        if (line.length > 1) return;
        setImmediate(() => {
          const batch = line ?? [];
          line = null;
          if (batch.length > 0) running = send(batch);
        });
      }),
    streamQuery() {
      throw new Error('a glance gives no streams');
    },
  };

  return {
    connection: own,
    /** What was not sent by now is for nobody. */
    async end() {
      line = null;
      await running;
    },
  };
}
