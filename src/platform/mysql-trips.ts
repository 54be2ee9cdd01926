import { CompiledQuery, type DatabaseConnection, type QueryResult } from 'kysely';

// Marks in front of statements, for `spareTrips`. To whoever does not know them they are comments.
const waits = '/* waits */ ';
const several = '/* several */ ';

/** Statements whose results nobody needs: they may go to the database together with the next ones of the transaction, or with its commit. */
export function waiting(text: string, values: readonly unknown[]): CompiledQuery {
  return CompiledQuery.raw(waits + text, [...values]);
}

/** Several statements: what they find are the last of the results. */
export function together(text: string, values: readonly unknown[]): CompiledQuery {
  return CompiledQuery.raw(several + text, [...values]);
}

const isOpening = ({ sql }: CompiledQuery) => sql === 'begin' || sql.startsWith('set transaction ');

/**
 * Spares a connection round trips: what begins a transaction goes to the database with its first statement, and what `waiting` has marked with the
 * next one or with the commit, in one packet. The database stops at the first statement that fails, so nothing is committed of which a part is
 * missing; whatever the packet was sent for throws the error. A transaction that asked nothing is never begun.
 */
export function spareTrips(connection: DatabaseConnection): void {
  const execute = connection.executeQuery.bind(connection);
  let ahead: CompiledQuery[] = [];

  connection.executeQuery = async <R>(query: CompiledQuery): Promise<QueryResult<R>> => {
    if (isOpening(query) || query.sql.startsWith(waits)) {
      ahead.push(query);
      return { rows: [] };
    }
    const before = ahead;
    ahead = [];
    if (before.length === 0) return await execute<R>(query);
    if (query.sql === 'rollback') return before.some(isOpening) ? { rows: [] } : await execute<R>(query);
    if (query.sql === 'commit' && before.every(isOpening)) return { rows: [] };
    const all = [...before, query];
    const text = all.map(({ sql }) => sql).join('; ');
    const values = all.flatMap(({ parameters }) => parameters);
    const result = await execute<R>({ ...query, sql: text, parameters: values });
    return query.sql.startsWith(several) ? result : ofOne(result.rows.at(-1));
  };
}

/** What kysely makes of the result of one statement, of what mysql2 gives: rows, or what was done. */
function ofOne<R>(result: unknown): QueryResult<R> {
  if (Array.isArray(result)) return { rows: result };
  const { insertId = 0, affectedRows = 0, changedRows = 0 }: { insertId?: number; affectedRows?: number; changedRows?: number } = Object(result);
  return {
    rows: [],
    numAffectedRows: BigInt(affectedRows),
    numChangedRows: BigInt(changedRows),
    ...(insertId === 0 ? {} : { insertId: BigInt(insertId) }),
  };
}
