import { type Compilable, CompiledQuery, type Insertable } from 'kysely';
import type { Tables, Tx } from './database.ts';
import { together, waiting } from './mysql-trips.ts';
import { portionSize, portionsOf } from './portions.ts';
import { columnOf, placing, propertyOf } from './sql-text.ts';

// What inserts and changes many rows, as text: to build and walk kysely's tree of each value takes longer than the database does, and each row has a
// value in each column. And how several statements go to the database at once.

/** Bytes of text, more or less, that go to the database in one piece: far below what MySQL takes by default. */
const pieceSize = 1_000_000;

/**
 * Statements that insert rows, which all have the same columns. Of those whose keys are there already `missing` leaves out the new ones, and `instead`
 * puts them in the place of the old ones. `bytes`: how many one of them has, more or less.
 */
export function insertionsOf<T extends keyof Tables & string>(
  { dialect }: Pick<Tx, 'dialect'>,
  table: T,
  rows: readonly Insertable<Tables[T]>[],
  { missing = false, instead = false, bytes = pieceSize }: { readonly missing?: boolean; readonly instead?: boolean; readonly bytes?: number } = {},
): CompiledQuery[] {
  if (rows.length === 0) return [];
  const columns = Object.keys(rows[0] ?? {});
  const isMysql = dialect.name === 'mysql';
  const option = missing ? (isMysql ? 'ignore ' : 'or ignore ') : instead && !isMysql ? 'or replace ' : '';
  const head = `insert ${option}into ${columnOf(table)} (${columns.map(columnOf).join(', ')}) values `;
  const tail = instead && isMysql ? ` on duplicate key update ${columns.map((column) => `${columnOf(column)} = values(${columnOf(column)})`).join(', ')}` : '';
  const statements: CompiledQuery[] = [];
  for (let next = 0; next < rows.length; ) {
    const values: unknown[] = [];
    const place = placing(dialect, values);
    const written: string[] = [];
    for (let size = 0; next < rows.length && written.length < portionSize && size < bytes; next += 1) {
      const known = values.length;
      const row = rows[next] ?? {};
      let text = '';
      for (const column of columns) text += `${text === '' ? '(' : ', '}${place(Reflect.get(row, column))}`;
      written.push(`${text})`);
      size += sizeOf(text);
      for (let index = known; index < values.length; index += 1) size += sizeOf(values[index]);
    }
    statements.push(CompiledQuery.raw(head + written.join(', ') + tail, values));
  }
  return statements;
}

/** The bytes of a value, more or less: never fewer than it has. */
function sizeOf(value: unknown): number {
  if (value instanceof Uint8Array) return value.length * 2;
  return typeof value === 'string' ? value.length * 3 : 8;
}

/** Inserts rows, however many. */
export async function insertAll<T extends keyof Tables & string>(
  tx: Tx,
  table: T,
  rows: readonly Insertable<Tables[T]>[],
  options?: { readonly missing?: boolean },
): Promise<void> {
  for (const statement of insertionsOf(tx, table, rows, options)) await tx.db.executeQuery(statement);
}

/** What becomes of one row: columns that are set, and columns to which something is added. */
export interface RowChange {
  readonly key: Readonly<Record<string, number>>;
  readonly set?: Readonly<Record<string, number | null>>;
  readonly add?: Readonly<Record<string, number>>;
}

/** Statements that change rows: all are found by the same columns and changed in the same columns. */
export function updatesOf(tx: Pick<Tx, 'dialect'>, table: keyof Tables & string, changes: readonly RowChange[]): CompiledQuery[] {
  return portionsOf(changes).map((portion) => updateOf(tx, table, portion));
}

function updateOf({ dialect }: Pick<Tx, 'dialect'>, table: keyof Tables & string, changes: readonly RowChange[]): CompiledQuery {
  const values: unknown[] = [];
  const place = placing(dialect, values);
  const [first] = changes;
  const isRow = ({ key }: RowChange) =>
    Object.entries(key)
      .map(([column, value]) => `${columnOf(column)} = ${place(value)}`)
      .join(' and ');
  const valueIn = (kind: 'set' | 'add', column: string) => {
    const placed = (change: RowChange) => place(change[kind]?.[column]);
    const isSame = first !== undefined && changes.every((change) => change[kind]?.[column] === first[kind]?.[column]);
    return isSame ? placed(first) : `case ${changes.map((change) => `when ${isRow(change)} then ${placed(change)}`).join(' ')} end`;
  };
  const set = Object.keys(first?.set ?? {}).map((column) => `${columnOf(column)} = ${valueIn('set', column)}`);
  const add = Object.keys(first?.add ?? {}).map((column) => `${columnOf(column)} = ${columnOf(column)} + ${valueIn('add', column)}`);
  const rows = changes.map((change) => `(${isRow(change)})`).join(' or ');
  return CompiledQuery.raw(`update ${columnOf(table)} set ${[...set, ...add].join(', ')} where ${rows}`, values);
}

/**
 * Runs statements in their order, whose results nobody needs: in few round trips where the database takes several at once. The last of them may go
 * there with what the transaction does next, be it the commit, which fails then where they do.
 */
export async function runAll({ db, dialect }: Tx, statements: readonly CompiledQuery[]): Promise<void> {
  if (dialect.name === 'sqlite') {
    for (const statement of statements) await db.executeQuery(statement);
    return;
  }
  for (let next = 0; next < statements.length; ) {
    const texts: string[] = [];
    const values: unknown[] = [];
    for (let size = 0; next < statements.length && size < pieceSize; next += 1) {
      const { sql: text, parameters } = statements[next] ?? { sql: '', parameters: [] };
      texts.push(text);
      for (const value of parameters) {
        values.push(value);
        size += sizeOf(value);
      }
      size += sizeOf(text);
    }
    const text = texts.join('; ');
    const mayWait = db.isTransaction && next === statements.length;
    await db.executeQuery(mayWait ? waiting(text, values) : together(text, values));
  }
}

/** Queries of which each finds rows of its own kind; one that is null is not asked and finds nothing. */
type Queries = readonly (Compilable<unknown> | null)[];

/** What such queries find, in their order. */
export type Found<Q extends Queries> = { readonly [K in keyof Q]: Q[K] extends Compilable<infer Row> | null ? readonly Row[] : never };

/** As `readAll`, with one query before and one after the others. */
export async function readAround<B, const Q extends Queries, A>(
  tx: Tx,
  before: Compilable<B>,
  queries: Q,
  after: Compilable<A>,
): Promise<[readonly B[], Found<Q>, readonly A[]]> {
  const found = await rowsOf(tx, [before, ...queries, after]);
  const [first, between, last] = [found.slice(0, 1), found.slice(1, -1), found.slice(-1)];
  if (!isFound(first, [before]) || !isFound(between, queries) || !isFound(last, [after])) throw unanswered();
  return [first[0], between, last[0]];
}

/** Runs queries in their order, in one round trip where the database takes several at once: each sees, and waits, as if it came alone. */
export async function readAll<const Q extends Queries>(tx: Tx, queries: Q): Promise<Found<Q>> {
  const found = await rowsOf(tx, queries);
  if (!isFound(found, queries)) throw unanswered();
  return found;
}

const unanswered = () => new Error('the database did not answer all queries');

async function rowsOf({ db, dialect }: Tx, queries: Queries): Promise<(readonly unknown[])[]> {
  const compiled = queries.map((query) => query?.compile());
  const asked = compiled.filter((query) => query !== undefined);
  const answers: (readonly unknown[])[] = [];
  if (dialect.name === 'sqlite' || asked.length === 1) for (const query of asked) answers.push((await db.executeQuery(query)).rows);
  else {
    const text = asked.map((query) => query.sql).join('; ');
    const values = asked.flatMap(({ parameters }) => parameters);
    const { rows: results } = await db.withoutPlugins().executeQuery<unknown>(together(text, values));
    for (const rows of results.slice(-asked.length)) answers.push(Array.isArray(rows) ? rows.map(withProperties) : []);
  }
  let next = 0;
  return compiled.map((query) => (query === undefined ? [] : (answers[next++] ?? [])));
}

/** The types of rows are what kysely has found out about each query; only their number can be seen here. */
function isFound<const Q extends Queries>(found: readonly (readonly unknown[])[], queries: Q): found is Found<Q> {
  return found.length === queries.length;
}

/** A row with its columns named by property. */
function withProperties(row: object): object {
  const named: Record<string, unknown> = {};
  for (const column in row) named[propertyOf(column)] = Reflect.get(row, column);
  return named;
}
