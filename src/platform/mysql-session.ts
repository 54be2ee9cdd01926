/**
 * What the statements of Parley depend on, and what a server, or whoever runs it, could have set otherwise: everything is said anew on each
 * connection. What only one of MySQL and MariaDB knows stands in a comment that only that one reads.
 */
const settings: Readonly<Record<string, string>> = {
  // Strict, so that nothing is cut off or made 0 in silence; and nothing that changes what a quote, a backslash or a `||` means.
  sql_mode: "'STRICT_TRANS_TABLES,STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'",
  time_zone: "'+00:00'",
  // Without it a statement outside of a transaction would begin one that nobody ends.
  autocommit: '1',
  // With another value a commit begins the next transaction at once, or ends the connection.
  completion_type: '0',
  // `where id is null` would find the row that was inserted last.
  sql_auto_is_null: '0',
  foreign_key_checks: '1',
  unique_checks: '1',
  // A limit on what is read would leave out rows without a word; the other two refuse statements that look large.
  sql_select_limit: '18446744073709551615',
  max_join_size: '18446744073709551615',
  sql_big_selects: '1',
  sql_safe_updates: '0',
  // Only so many bytes of a text count when rows are put in order.
  max_sort_length: '1024',
  innodb_lock_wait_timeout: '3',
  // Seconds: for a table whose form is being changed, in a migration.
  lock_wait_timeout: '60',
  // Seconds that a connection may rest in the pool.
  wait_timeout: '28800',
};

const ofMysql: Readonly<Record<string, string>> = { max_execution_time: '0' };

const ofMariadb: Readonly<Record<string, string>> = {
  max_statement_time: '0',
  idle_transaction_timeout: '3',
  idle_readonly_transaction_timeout: '0',
  idle_write_transaction_timeout: '0',
};

const listed = (values: Readonly<Record<string, string>>) => Object.entries(values).map(([name, value]) => `, session ${name} = ${value}`);

// By privilege some accounts write all the same, to a server that is no primary any more.
const readOnly = 'concat(@@global.read_only /*!80000 , @@global.super_read_only, @@global.offline_mode */) as refusing';

/** What each connection says first: several statements, in one packet. `readSession` reads the last two of the results. */
export const sessionStatement = [
  'set session transaction isolation level read committed, read write',
  'set names utf8mb4 collate utf8mb4_bin',
  `set ${listed(settings).join('').slice(2)} /*!80000 ${listed(ofMysql).join('')} */ /*M! ${listed(ofMariadb).join('')} */`,
  'select 0 /*M! + 1 */ as is_mariadb, @@session.sql_mode as sql_mode, @@global.max_allowed_packet as max_packet, @@global.log_bin as log_bin',
  `select ${readOnly}`,
].join('; ');

/** What a server answers that takes what is written, and no other; it changes nothing. `isReadOnly` is for the row that comes first. */
export const writableStatement = `select ${readOnly}; update mikro_orm_migrations set name = name where name = ''`;

/** Whether a server says of itself that it takes nothing, or nothing from most. */
export function isReadOnly(row: unknown): boolean {
  const value = typeof row === 'object' && row !== null && 'refusing' in row ? row.refusing : null;
  return !/^(0|OFF)*$/.test(String(value));
}

/** The form of the log of a server that keeps one. MySQL will not have this variable for ever. */
export const binlogStatement = "show variables like 'binlog_format'";

/** The server, or the account, cannot be used as it is set: a sentence for whoever runs it. */
export class UnusableServer extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'UnusableServer';
  }
}

/** A server that takes connections and would not take writes. */
export class ReadOnlyServer extends Error {
  constructor() {
    super('the server is read only or offline: another one is the primary');
    this.name = 'ReadOnlyServer';
  }
}

/** The longest statement that Parley makes, with room: texts of many messages go in one. */
const longestStatement = 8 * 1024 * 1024;

/** What one server of databases does, and another does not. */
export interface ServerTraits {
  /** It ends by itself a transaction in which nothing happens any more. */
  endsIdleWriters: boolean;
  /** It keeps a log of what is written, of which somebody has to ask in what form. */
  logs: boolean;
}

/** What a connection has found out with `sessionStatement`. Throws `UnusableServer` and `ReadOnlyServer`. */
export function readSession(results: unknown): ServerTraits {
  const [row, state]: unknown[] = Array.isArray(results) ? results.slice(-2).map((rows: unknown) => (Array.isArray(rows) ? rows[0] : undefined)) : [];
  if (isReadOnly(state)) throw new ReadOnlyServer();
  if (typeof row !== 'object' || row === null) throw new UnusableServer('the server did not say how it is set');
  const found = new Map(Object.entries(row));
  const mode = String(found.get('sql_mode'));
  if (/NO_BACKSLASH_ESCAPES|ANSI_QUOTES|PIPES_AS_CONCAT/.test(mode) || !mode.includes('STRICT_ALL_TABLES'))
    throw new UnusableServer(`something between here and the server keeps the sql_mode from being set (it is ${mode})`);
  const packet = Number(found.get('max_packet'));
  if (packet < longestStatement) throw new UnusableServer(`max_allowed_packet of the server is ${packet}: set it to ${longestStatement} or more`);
  return { endsIdleWriters: Number(found.get('is_mariadb')) === 1, logs: Number(found.get('log_bin')) === 1 };
}

/** Throws `UnusableServer` where a log has a form in which nothing can be written at READ COMMITTED. */
export function requireBinlog(rows: unknown): void {
  const row: unknown = Array.isArray(rows) ? rows[0] : undefined;
  if (typeof row === 'object' && row !== null && new Map(Object.entries(row)).get('Value') === 'STATEMENT')
    throw new UnusableServer('binlog_format of the server is STATEMENT, with which it refuses to write: set it to ROW');
}
