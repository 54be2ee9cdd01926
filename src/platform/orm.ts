import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type EntitySchema, UnderscoreNamingStrategy } from '@mikro-orm/core';
import { Migrator } from '@mikro-orm/migrations';
import { MikroORM as MysqlOrm } from '@mikro-orm/mysql';
import { MikroORM as SqliteOrm } from '@mikro-orm/sqlite';
import { CompiledQuery, type DatabaseConnection, MysqlDialect, type QueryResult } from 'kysely';
import { parseDatabaseAddress, parseSqlitePath } from '../kernel/address.ts';
import { createRecent } from '../kernel/recent.ts';
import type { Turns } from '../kernel/turns.ts';
import { isAway, isMoved } from './database-errors.ts';
import { makeFolder } from './folder.ts';
import { type Connections, createConnections } from './mysql-pool.ts';
import { spareTrips } from './mysql-trips.ts';
import type { Patience } from './mysql-wire.ts';

/** Where the database is and how patient to be. */
export interface DatabaseOptions {
  /** As `parseDatabaseAddress` and `parseSqlitePath` take it; when absent, `parley.sqlite` in `dataDir`. */
  readonly url: string | undefined;
  readonly dataDir: string;
  readonly pool: number;
  readonly timeoutMs: number;
  /** In which SQLite is asked; without it, in such of its own. */
  readonly turns?: Turns;
}

/** Whether these options mean a file of SQLite. */
export function isSqlite(options: DatabaseOptions): boolean {
  return options.url === undefined || options.url.startsWith('sqlite:');
}

/** The path of the file of SQLite that these options mean. */
export function sqliteFile({ url, dataDir }: DatabaseOptions): string {
  return url === undefined ? join(dataDir, 'parley.sqlite') : parseSqlitePath(url);
}

const migrations = (dialect: string) => ({
  path: join(dirname(fileURLToPath(import.meta.url)), 'migrations', dialect),
  snapshotName: '.snapshot',
  snapshotOnMigrate: false,
  silent: true,
});

/** Connections to the database server that these options name. */
export function mysqlConnections(options: DatabaseOptions, patience: Patience): Connections {
  return createConnections(parseDatabaseAddress(options.url ?? ''), { connections: options.pool, connectMs: options.timeoutMs, patience });
}

/** The MikroORM of a database, for the migration script; everything else uses `createDatabase`. `connections`: of a server, where there are some already. */
export async function createOrm(options: DatabaseOptions, entities: readonly EntitySchema[], connections?: Connections) {
  const common = { entities: [...entities], extensions: [Migrator], namingStrategy: UnderscoreNamingStrategy, forceUtcTimezone: true, logger: () => {} };
  if (isSqlite(options)) {
    const file = sqliteFile(options);
    if (file !== ':memory:') makeFolder(dirname(file));
    return await SqliteOrm.init({ ...common, dbName: file, onCreateConnection: prepareSqlite, migrations: migrations('sqlite') });
  }
  const pool = connections ?? mysqlConnections(options, { ms: options.timeoutMs, endless: true });
  return await MysqlOrm.init({
    ...common,
    dbName: parseDatabaseAddress(options.url ?? '').path,
    charset: 'utf8mb4',
    // Made by whoever opens the connections, who knows whether it is missing.
    ensureDatabase: false,
    driverOptions: () =>
      new MysqlDialect({
        pool,
        onCreateConnection: async (connection) => {
          leaveAway(connection, pool);
          spareTrips(connection);
        },
      }),
    migrations: migrations('mysql'),
  });
}

/** Takes a connection out of the pool whose server has said that it is of no use, and all others with it where another server is the one now. */
function leaveAway(connection: DatabaseConnection, pool: Connections): void {
  const execute = connection.executeQuery.bind(connection);
  let gone: unknown = null;
  connection.executeQuery = async <R>(query: CompiledQuery): Promise<QueryResult<R>> => {
    // Whatever is still asked of it, such as to roll back, must not put another error in the place of this one.
    if (gone !== null) throw gone;
    try {
      return await execute<R>(query);
    } catch (error) {
      if (isMoved(error)) pool.renew();
      if (isAway(error)) {
        gone = error;
        await pool.discard(connection);
      }
      throw error;
    }
  };
}

async function prepareSqlite(connection: unknown): Promise<void> {
  const required = requireConnection(connection);
  for (const pragma of ['journal_mode = wal', 'synchronous = full', 'busy_timeout = 5000']) await required.executeQuery(CompiledQuery.raw(`pragma ${pragma}`));
  const execute = required.executeQuery.bind(required);
  required.executeQuery = async <R>(query: CompiledQuery): Promise<QueryResult<R>> => {
    try {
      return await execute<R>(query);
    } catch (error) {
      // Where the disk is full SQLite has rolled back by itself: to be told so must not take the place of the reason.
      if (query.sql === 'rollback' && error instanceof Error && error.message.includes('no transaction is active')) return { rows: [] };
      throw error;
    }
  };
}

/** How long SQLite waits for another program, in milliseconds. It waits with the whole process: whoever can waits in another way and tries again. */
export const shortWait = 'pragma busy_timeout = 50';

/** MikroORM hands the connection of kysely through as `unknown`. */
function requireConnection(connection: unknown): DatabaseConnection {
  const isConnection = (value: unknown): value is DatabaseConnection => typeof value === 'object' && value !== null && 'executeQuery' in value;
  if (!isConnection(connection)) throw new TypeError('MikroORM gave no kysely connection');
  return connection;
}

/** Lets SQLite prepare each statement once: that costs several times what a small query does. Only where no migration follows. */
export function keepStatements<S extends object>(database: { prepare(text: string): S }): void {
  const prepare = database.prepare.bind(database);
  const statements = createRecent<S>({ entries: 500, together: 1_048_576, longest: 16_384 });
  database.prepare = (text) => {
    const known = statements.get(text);
    if (known) return known;
    const statement = prepare(text);
    statements.put(text, statement, text.length);
    return statement;
  };
}
