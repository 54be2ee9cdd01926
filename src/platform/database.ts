import { setTimeout as sleep } from 'node:timers/promises';
import type { EntitySchema, EntitySchemaWithMeta } from '@mikro-orm/core';
import type { InferKyselyTable } from '@mikro-orm/sql';
import { MikroORM as SqliteOrm } from '@mikro-orm/sqlite';
import {
  CamelCasePlugin,
  CompiledQuery,
  type DatabaseConnection,
  type Kysely,
  type QueryExecutor,
  type RawBuilder,
  type Selectable,
  sql,
  type Transaction,
} from 'kysely';
import { parseDatabaseAddress } from '../kernel/address.ts';
import { AppError } from '../kernel/errors.ts';
import { createGate } from '../kernel/gate.ts';
import { createTurns } from '../kernel/turns.ts';
import { errorCode, isLockConflict, isMoved, translate } from './database-errors.ts';
import { type Glance, type Glanced, glanceInTransaction, readGlance } from './glance.ts';
import { type Metrics, noMetrics } from './metrics.ts';
import { pinCollation } from './mysql-collation.ts';
import { type Connections, createMissingDatabase } from './mysql-pool.ts';
import { mayChange } from './mysql-rights.ts';
import { isReadOnly, ReadOnlyServer, writableStatement } from './mysql-session.ts';
import { together } from './mysql-trips.ts';
import type { Patience } from './mysql-wire.ts';
import { createOrm, type DatabaseOptions, isSqlite, keepStatements, mysqlConnections, shortWait, sqliteFile } from './orm.ts';
import { readSnapshot } from './snapshot.ts';
import { keepPlace } from './sqlite-file.ts';
import { within } from './within.ts';

export { isDatabaseAway, isDuplicate, isLockConflict } from './database-errors.ts';

/**
 * The tables, by the names of their entities. Each `*.entity.ts` adds its own by declaration merging, so that this module names none.
 * All columns are numbers, strings or null: times are integer milliseconds UTC, flags 0 or 1, trees JSON text; no driver converts anything.
 */
// biome-ignore lint/suspicious/noEmptyInterface: filled by declaration merging
export interface Tables {}

/** The table of an entity, as queries see it. */
export type TableOf<E extends EntitySchemaWithMeta> = InferKyselyTable<E, { readonly columnNamingStrategy: 'property' }>;

/** A row of the table of an entity. */
export type RowOf<E extends EntitySchemaWithMeta> = Selectable<TableOf<E>>;

/** How a query of the two dialects differs, and nothing else. The locks go to `modifyEnd`. */
export interface Dialect {
  readonly name: 'mysql' | 'sqlite';
  /** The database's own time in milliseconds since 1970. */
  readonly now: RawBuilder<number>;
  /** Locks the rows that a query finds until the end of the transaction. SQLite has one writer and needs no lock. */
  readonly forUpdate: RawBuilder<unknown>;
  /** Likewise, and leaves out the rows that another transaction has locked, in the place of waiting for them. */
  readonly forUpdateOfFree: RawBuilder<unknown>;
  /** Likewise, shared. MariaDB 10.11 knows only this spelling. */
  readonly forShare: RawBuilder<unknown>;
}

/** A handle for queries inside one read or one transaction; it must not be kept for longer. */
export interface Tx {
  readonly db: Kysely<Tables> | Transaction<Tables>;
  readonly dialect: Dialect;
  /** Set in what is read at a glance. */
  readonly glance?: Glance;
}

/** Asks the tables something, as `Database.read` does. */
export type Read = <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;

/** How patient a transaction is, where it is less than usual. */
export interface TransactionOptions {
  /** For how long it may wait and run, at most the configured time. */
  readonly ms?: number;
  /** How often it is begun where locks are in the way: then it throws `UNAVAILABLE` with the error of the database as its cause. */
  readonly attempts?: number;
  /** Called when it has committed, also where that took so long that whoever waits has been told `UNAVAILABLE` meanwhile. */
  readonly onCommit?: () => void;
}

/** The one way to the tables. Every call resolves or throws within the configured time: `UNAVAILABLE` where the database is away or hangs. */
export interface Database {
  readonly dialect: Dialect;
  /**
   * Queries without a transaction: each sees what is committed when it runs. Where many wait, those of the same owner take turns with those of others,
   * however many they are; without an owner each is its own.
   */
  read<T>(work: (tx: Tx) => Promise<T>, owner?: number | string): Promise<T>;
  /** Queries that all see one moment (REPEATABLE READ, read only). */
  snapshot<T>(work: (tx: Tx) => Promise<T>, owner?: number | string): Promise<T>;
  /** Likewise, in one packet where there is a server, and on conditions: see `Glance`. What is not found in this way is to be read in a snapshot. */
  glance<T>(work: (tx: Tx) => Promise<T>): Promise<Glanced<T>>;
  /**
   * One transaction (READ COMMITTED), tried again from the start where the database chose it as the victim of a deadlock or a lock took too
   * long. Nothing is committed after it threw, with one exception: where the connection breaks during the commit, nobody knows.
   */
  transaction<T>(work: (tx: Tx) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /** Runs the migrations that are missing; several nodes may do so at once. */
  migrate(): Promise<void>;
  /** Whether the account of a server may change or delete what is in a table; a file of SQLite has no accounts, and it may. */
  mayChange(table: keyof Tables & string): Promise<boolean>;
  /** Resolves where the database would take what is written; throws `UNAVAILABLE` otherwise. */
  ping(): Promise<void>;
  /** Calls back whenever the database answers again after a call failed because it was away. Gives what ends that. */
  onRestored(listener: () => void): () => void;
  close(): Promise<void>;
}

/** What is said about the database: once when it goes away and once when it is back. */
export interface DatabaseLogger {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

/**
 * Queries name tables by entity and columns by property, as MikroORM's naming strategy made the names: `ProfileJob.userId` is
 * `profile_job.user_id`. Kysely's own plugin does it, because MikroORM's one mistakes `user_id` of a join for the `id` of the table `user`.
 */
const names = new CamelCasePlugin();

const usualAttempts = 8;

/** After so many seconds the log says that a node waits for another one that migrates. */
const lockSeconds = 5;

/** How long to leave SQLite to the program that writes, such as a backup, before the next try, in milliseconds. */
const busyMs = 50;

/** How long SQLite is asked in one turn of the event loop, in milliseconds. */
const usualTurnMs = 10;

/** How often a database that is away is asked whether it is back, in milliseconds. */
const probeMs = 500;

/** Opens the database and, on a server that lacks it, creates it. Throws `UNAVAILABLE` where it does not answer. */
export async function createDatabase(
  options: DatabaseOptions,
  entities: readonly EntitySchema[],
  logger?: DatabaseLogger,
  metrics: Metrics = noMetrics,
): Promise<Database> {
  const patience: Patience = { ms: options.timeoutMs, endless: false };
  const connections = isSqlite(options) ? null : mysqlConnections(options, patience);
  const orm = await connect(options, entities, connections);
  const kysely: Kysely<Tables> = orm.em.fork().getKysely<Tables>().withPlugin(names);
  const dialect = isSqlite(options) ? sqlite : mysql;
  // The line in front of the pool. In the pool's own line a call whose time is over would stay, and be run when nobody waits for it any more.
  const gate = createGate(dialect === mysql ? options.pool : Number.POSITIVE_INFINITY);
  metrics.watch('queueLength', { queue: 'database' }, () => gate.waiting);
  metrics.watch('databaseRunning', {}, () => gate.running);
  // SQLite answers within the turn of the event loop in which it is asked: a loop of such calls would hold the process for as long as it goes on.
  const turns = dialect === sqlite ? (options.turns ?? createTurns(usualTurnMs)) : null;
  const requireInPlace = isSqlite(options) && sqliteFile(options) !== ':memory:' ? keepPlace(sqliteFile(options)) : () => {};
  const restored = new Set<() => void>();
  let away = false;
  let closed = false;

  const found = () => {
    if (!away) return;
    away = false;
    logger?.info({}, 'the database is back');
    for (const listener of [...restored]) listener();
  };
  const lost = (reason: unknown) => {
    if (away || closed) return;
    away = true;
    logger?.warn({ reason: reason instanceof Error ? reason.message : 'no answer in time' }, 'the database is away');
    void probe();
  };
  const probe = async () => {
    while (away && !closed) {
      await new Promise((resolve) => setTimeout(resolve, probeMs).unref());
      await ping().catch(() => {});
    }
  };

  /** Runs the work when there is a connection for it, within the time that a call has. */
  const bounded = async <T>(work: (call: Call) => Promise<T>, { ms = options.timeoutMs, owner }: Bounds = {}): Promise<T> =>
    turns ? await turns.run(() => timed(work, ms), owner) : await timed(work, ms, owner);

  const timed = async <T>(work: (call: Call) => Promise<T>, ms: number, owner?: Bounds['owner']): Promise<T> => {
    const call: Call = { isOver: false };
    const late = () => {
      call.isOver = true;
      lost(null);
    };
    try {
      const result = await within(
        gate.run(async () => {
          if (call.isOver) throw new AppError('UNAVAILABLE');
          return await work(call);
        }, owner),
        Math.min(ms, options.timeoutMs),
        late,
      );
      return result;
    } catch (error) {
      const translated = translate(error);
      if (translated !== error && !isLockConflict(error)) lost(error);
      throw translated;
    }
  };
  /**
   * A transaction that the server ends where its writer froze: epochs could not close before. MySQL knows only how long a connection may be
   * idle, which must not hold for those that rest in the pool.
   */
  const transact = async <T>(work: (db: Transaction<Tables>) => Promise<T>): Promise<T> => {
    if (connections === null || connections.server.endsIdleWriters) return await kysely.transaction().execute(work);
    return await kysely.connection().execute(async (connection) => {
      await sql`set session wait_timeout = 3`.execute(connection);
      try {
        return await connection.transaction().execute(work);
      } finally {
        // Where it fails the connection is gone.
        await sql`set session wait_timeout = 28800`.execute(connection).catch(() => {});
      }
    });
  };
  const ping = async () => {
    await bounded(async () => {
      if (connections === null) {
        requireInPlace();
        // One that took no write any more is back when it takes one: it answers questions all the time.
        return void (await (away ? sql`pragma user_version = 0` : sql`select 1`).execute(kysely));
      }
      await kysely.connection().execute(requireWritable);
    }).catch((error: unknown) => {
      if (error instanceof AppError && isMoved(error.cause)) connections?.renew();
      throw error;
    });
    found();
  };
  /** The place in the pool is kept until the transaction has ended; whoever reads does not wait for that. */
  const onServer = <T>(
    read: (executor: QueryExecutor, connection: DatabaseConnection, take: (found: T) => void) => Promise<void>,
    owner?: Bounds['owner'],
  ): Promise<T> =>
    new Promise((resolve, reject) => {
      bounded(
        () =>
          kysely.connection().execute((db) => {
            const executor = db.getExecutor();
            return executor.provideConnection((connection) => read(executor, connection, resolve));
          }),
        { owner },
      ).catch(reject);
    });
  const snapshotOfServer = <T>(work: (tx: Tx) => Promise<T>, owner?: Bounds['owner']): Promise<T> =>
    onServer(
      (executor, connection, take) =>
        readSnapshot(
          executor,
          connection,
          (db) => work({ db, dialect }),
          take,
          (error) => translate(error) !== error,
        ),
      owner,
    );
  const glanceOfServer = <T>(work: (tx: Tx) => Promise<T>): Promise<Glanced<T>> =>
    onServer((executor, connection, take) => readGlance(executor, connection, (db, glance) => work({ db, dialect, glance }), take));

  return {
    dialect,
    // On one connection, so that a call takes one place in the pool and no more.
    read: (work, owner) =>
      bounded(() => (dialect === mysql ? kysely.connection().execute((db) => work({ db, dialect })) : work({ db: kysely, dialect })), { owner }),
    snapshot: (work, owner) =>
      dialect === mysql ? snapshotOfServer(work, owner) : bounded(() => kysely.transaction().execute((db) => work({ db, dialect })), { owner }),
    glance: (work) =>
      dialect === mysql
        ? glanceOfServer(work)
        : bounded(() =>
            kysely.transaction().execute((tx) => glanceInTransaction(kysely.getExecutor(), tx.getExecutor(), (db, glance) => work({ db, dialect, glance }))),
          ),
    transaction: (work, { ms, attempts = usualAttempts, onCommit } = {}) =>
      bounded(
        async (call) => {
          for (let attempt = 1; ; attempt += 1) {
            try {
              const result = await transact(async (db) => {
                const found = await work({ db, dialect });
                // Whoever waited was told that it failed.
                if (call.isOver) throw new AppError('UNAVAILABLE');
                requireInPlace();
                return found;
              });
              onCommit?.();
              return result;
            } catch (error) {
              const isBusy = /^SQLITE_BUSY/.test(errorCode(error));
              if (!isLockConflict(error) || call.isOver || (attempt >= attempts && !(isBusy && attempts === usualAttempts))) throw error;
              if (isBusy) await sleep(busyMs);
            }
          }
        },
        { ms },
      ),
    async migrate() {
      if (orm instanceof SqliteOrm) {
        await orm.migrator.up();
        await kysely.executeQuery(CompiledQuery.raw(shortWait));
        keepStatements(await orm.em.getConnection().getNativeClient());
        return;
      }
      patience.endless = true;
      await kysely.connection().execute(async (connection) => {
        // One node migrates, the others wait: MySQL's DDL commits by itself and cannot be wrapped in a transaction.
        const wait = sql<{ held: number | null }>`select get_lock(concat(database(), ':migrations'), ${lockSeconds}) as held`;
        while ((await wait.execute(connection)).rows[0]?.held !== 1) logger?.info({}, 'another node changes the tables; waiting for it');
        try {
          await orm.migrator.up();
          await pinCollation(connection);
        } finally {
          await sql`select release_lock(concat(database(), ':migrations'))`.execute(connection);
          patience.endless = false;
        }
      });
    },
    mayChange: async (table) => connections === null || (await mayChange(kysely, table)),
    ping,
    onRestored(listener) {
      const mine = () => listener();
      restored.add(mine);
      return () => restored.delete(mine);
    },
    async close() {
      closed = true;
      restored.clear();
      await orm.close(true);
    },
  };
}

/** For how long a call may take, and whose it is. */
interface Bounds {
  readonly ms?: number | undefined;
  readonly owner?: number | string | undefined;
}

/** One call, from the moment it is made. */
interface Call {
  /** Its time is over, and whoever made it has been told so. */
  isOver: boolean;
}

/** Connects, and makes the database on a server that lacks it. */
async function connect(
  options: DatabaseOptions,
  entities: readonly EntitySchema[],
  connections: Connections | null,
): Promise<Awaited<ReturnType<typeof createOrm>>> {
  const orm = await createOrm(options, entities, connections ?? undefined);
  const attempt = async () => {
    await orm.connect();
    await orm.em.fork().getKysely<Tables>().executeQuery(CompiledQuery.raw('select 1'));
  };
  try {
    await attempt().catch(async (error: unknown) => {
      if (errorCode(error) !== 'ER_BAD_DB_ERROR') throw error;
      await createMissingDatabase(parseDatabaseAddress(options.url ?? ''), options.timeoutMs);
      await attempt();
    });
    return orm;
  } catch (error) {
    await orm.close(true).catch(() => {});
    throw translate(error);
  }
}

/**
 * Asks what only a server answers that takes what is written. Variables alone do not tell (a disk is full, a member of a group is on its own), and
 * a statement alone does not either: for some accounts a server that has become a replica still writes.
 */
async function requireWritable(connection: Kysely<Tables>): Promise<void> {
  const { rows } = await connection.withoutPlugins().executeQuery<unknown>(together(writableStatement, []));
  const [state]: unknown[] = Array.isArray(rows[0]) ? rows[0] : [];
  if (isReadOnly(state)) throw new ReadOnlyServer();
}

const mysql: Dialect = {
  name: 'mysql',
  now: sql<number>`cast(unix_timestamp(now(3)) * 1000 as unsigned)`,
  forUpdate: sql`for update`,
  forUpdateOfFree: sql`for update skip locked`,
  forShare: sql`lock in share mode`,
};

const sqlite: Dialect = {
  name: 'sqlite',
  now: sql<number>`cast(unixepoch('subsec') * 1000 as integer)`,
  forUpdate: sql``,
  forUpdateOfFree: sql``,
  forShare: sql``,
};
