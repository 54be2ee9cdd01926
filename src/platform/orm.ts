import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type EntitySchema, UnderscoreNamingStrategy } from '@mikro-orm/core';
import { Migrator } from '@mikro-orm/migrations';
import { MikroORM as MysqlOrm } from '@mikro-orm/mysql';
import { MikroORM as SqliteOrm } from '@mikro-orm/sqlite';
import { CompiledQuery, type DatabaseConnection } from 'kysely';
import { createRecent } from '../kernel/recent.ts';
import { spareTrips } from './mysql-trips.ts';
import { openWire, type Patience } from './mysql-wire.ts';

/** Where the database is and how patient to be. */
export interface DatabaseOptions {
  /** `mysql://…`, `mariadb://…` or `sqlite:path`; when absent, `parley.sqlite` in `dataDir`. */
  readonly url: string | undefined;
  readonly dataDir: string;
  readonly pool: number;
  readonly timeoutMs: number;
}

/** Whether these options mean a file of SQLite. */
export function isSqlite(options: DatabaseOptions): boolean {
  return options.url === undefined || options.url.startsWith('sqlite:');
}

const migrations = (dialect: string) => ({
  path: join(dirname(fileURLToPath(import.meta.url)), 'migrations', dialect),
  snapshotName: '.snapshot',
  snapshotOnMigrate: false,
  silent: true,
});

/** What one server of databases does, and another does not. */
export interface ServerTraits {
  /** It ends by itself a transaction in which nothing happens any more. */
  endsIdleWriters: boolean;
}

/** The MikroORM of a database, for the migration script; everything else uses `createDatabase`. */
export async function createOrm(
  options: DatabaseOptions,
  entities: readonly EntitySchema[],
  patience: Patience = { ms: options.timeoutMs, endless: true },
  server: ServerTraits = { endsIdleWriters: true },
) {
  const common = { entities: [...entities], extensions: [Migrator], namingStrategy: UnderscoreNamingStrategy, forceUtcTimezone: true, logger: () => {} };
  if (isSqlite(options)) {
    const file = options.url?.slice('sqlite:'.length).replace(/^\/\//, '') || join(options.dataDir, 'parley.sqlite');
    if (file !== ':memory:') mkdirSync(dirname(file), { recursive: true });
    return await SqliteOrm.init({ ...common, dbName: file, onCreateConnection: prepareSqlite, migrations: migrations('sqlite') });
  }
  const url = new URL(options.url ?? '');
  const { hostname: host } = url;
  const port = Number(url.port || 3306);
  return await MysqlOrm.init({
    ...common,
    host,
    port,
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    dbName: decodeURIComponent(url.pathname.slice(1)),
    charset: 'utf8mb4',
    pool: { max: options.pool },
    // For `runAll`: each round trip costs a transaction more than most statements do.
    multipleStatements: true,
    driverOptions: { connectTimeout: options.timeoutMs, stream: () => openWire(host, port, patience) },
    onCreateConnection: async (connection: unknown) => {
      server.endsIdleWriters = await prepareMysql(connection);
      spareTrips(requireConnection(connection));
    },
    migrations: migrations('mysql'),
  });
}

/** MikroORM hands the connection of kysely through as `unknown`. */
function requireConnection(connection: unknown): DatabaseConnection {
  const isConnection = (value: unknown): value is DatabaseConnection => typeof value === 'object' && value !== null && 'executeQuery' in value;
  if (!isConnection(connection)) throw new TypeError('MikroORM gave no kysely connection');
  return connection;
}

function runner(connection: unknown): (text: string) => Promise<unknown> {
  const required = requireConnection(connection);
  return (text) => required.executeQuery(CompiledQuery.raw(text));
}

/** Prepares a connection; says whether its server ends a transaction in which nothing happens. */
async function prepareMysql(connection: unknown): Promise<boolean> {
  const run = runner(connection);
  await run("set session innodb_lock_wait_timeout = 3, time_zone = '+00:00'");
  await run('set session transaction isolation level read committed');
  // MariaDB has it, MySQL has not.
  return await run('set session idle_transaction_timeout = 3').then(
    () => true,
    () => false,
  );
}

async function prepareSqlite(connection: unknown): Promise<void> {
  const run = runner(connection);
  for (const pragma of ['journal_mode = wal', 'synchronous = full', 'busy_timeout = 5000']) await run(`pragma ${pragma}`);
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
