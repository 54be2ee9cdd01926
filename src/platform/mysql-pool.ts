import { Socket } from 'node:net';
import type { DatabaseConnection, MysqlPool, MysqlPoolConnection, MysqlQueryResult } from 'kysely';
import { createConnection, createPool, escapeId, type PoolConnection, type QueryError, type RowDataPacket, type SqlValue } from 'mysql2';
import type { Address } from '../kernel/address.ts';
import { binlogStatement, readSession, requireBinlog, type ServerTraits, sessionStatement, UnusableServer } from './mysql-session.ts';
import { formatStatement } from './mysql-values.ts';
import { openWire, type Patience, watchWire } from './mysql-wire.ts';
import { authorities } from './tls.ts';

/** How many connections, and how patient they are. */
export interface MysqlPoolOptions {
  readonly connections: number;
  /** How long connecting may take, in milliseconds. */
  readonly connectMs: number;
  readonly patience: Patience;
}

/** Connections to a database server, each of which has said what it depends on before anybody is given it. */
export interface Connections extends MysqlPool {
  /** What the server is like to which the last connection was made. */
  readonly server: Readonly<ServerTraits>;
  /** Takes a connection out of the pool. What it was asked and has not answered is not answered any more. */
  discard(connection: DatabaseConnection): Promise<void>;
  /** From now on all connections are made anew, those that exist when they come back to the pool: the server is not the one any more that serves. */
  renew(): void;
}

function optionsFor({ hosts: [{ host, port }], user, password, tls }: Address, connectMs: number) {
  return {
    host,
    port,
    user,
    password,
    charset: 'UTF8MB4_BIN',
    timezone: 'Z',
    supportBigNumbers: true,
    dateStrings: true,
    connectTimeout: connectMs,
    // For `runAll`: each round trip costs a transaction more than most statements do.
    multipleStatements: true,
    queryFormat: formatStatement,
    stream: () => openWire(host, port),
    ...(tls === 'off' ? {} : { ssl: { ca: authorities(), rejectUnauthorized: true, verifyIdentity: tls === 'on' } }),
  };
}

/** Makes the pool; it connects when the first connection is asked for. */
export function createConnections(address: Address, options: MysqlPoolOptions): Connections {
  const pool = createPool({ ...optionsFor(address, options.connectMs), database: address.path, connectionLimit: options.connections });
  const asked: Questions = { any: new WeakSet(), commits: new WeakSet() };
  const shown = new WeakMap<PoolConnection, MysqlPoolConnection>();
  // Not before: with TLS what is said goes over another socket than the one that was opened.
  pool.on('connection', (connection: PoolConnection) =>
    watchWire(wireOf(connection), options.patience, { isAsked: () => asked.any.has(connection), isCommitting: () => asked.commits.has(connection) }),
  );
  /** When a connection was prepared, counted in renewals. */
  const prepared = new WeakMap<PoolConnection, number>();
  let generation = 0;
  let server: ServerTraits = { endsIdleWriters: true, logs: false };

  const prepare = async (connection: PoolConnection): Promise<void> => {
    asked.any.add(connection);
    server = readSession(await ask(connection, sessionStatement));
    if (server.logs) requireBinlog(await ask(connection, binlogStatement));
    asked.any.delete(connection);
    prepared.set(connection, generation);
  };
  const take = (): Promise<PoolConnection> =>
    new Promise((resolve, reject) => pool.getConnection((error, connection) => (error ? reject(error) : resolve(connection))));
  const connect = async (): Promise<PoolConnection> => {
    let connection = await take();
    for (let known = prepared.get(connection); known !== undefined; known = prepared.get(connection)) {
      if (known === generation) return connection;
      connection.destroy();
      connection = await take();
    }
    try {
      await prepare(connection);
      return connection;
    } catch (error) {
      // Its place in the pool is for another one.
      connection.destroy();
      throw asUnusable(error);
    }
  };

  /** The connection as kysely sees it; always the same one, by which kysely knows it again. */
  const show = (connection: PoolConnection): MysqlPoolConnection => {
    const known = shown.get(connection) ?? watched(connection, asked);
    shown.set(connection, known);
    return known;
  };

  return {
    get server() {
      return server;
    },
    getConnection(callback: (error: unknown, connection: MysqlPoolConnection) => void) {
      connect().then(
        (connection) => callback(null, show(connection)),
        (error: unknown) => Reflect.apply(callback, null, [error]),
      );
    },
    end: (callback) => pool.end(callback),
    async discard(connection) {
      // There is nothing on the way any more that the server would have to end: it only goes out of the pool.
      await connection.killSession?.(async () => {});
    },
    renew() {
      generation += 1;
    },
  };
}

/** Connections that have been asked something, and those that have been asked to commit, and have not answered to the end. */
interface Questions {
  readonly any: WeakSet<PoolConnection>;
  readonly commits: WeakSet<PoolConnection>;
}

/** A connection of which is known whether it has been asked something. One at a time is what kysely asks. */
function watched(connection: PoolConnection, asked: Questions): MysqlPoolConnection {
  return {
    config: connection.config,
    get threadId() {
      return connection.threadId;
    },
    connect: (callback) => connection.connect((error) => callback?.(error)),
    destroy: () => connection.destroy(),
    release: () => connection.release(),
    query(text: string, values: SqlValue[], callback?: (error: unknown, result: MysqlQueryResult) => void) {
      asked.any.add(connection);
      if (text.endsWith('commit')) asked.commits.add(connection);
      return connection.query<RowDataPacket[]>(text, values, (error, rows) => {
        asked.any.delete(connection);
        asked.commits.delete(connection);
        callback?.(error, rows);
      });
    },
  };
}

/** The socket on which a connection speaks now; mysql2 does not declare it. */
function wireOf(connection: PoolConnection): Socket {
  const wire: unknown = Reflect.get(connection, 'stream');
  if (!(wire instanceof Socket)) throw new TypeError('mysql2 gave no socket');
  return wire;
}

/** Makes the database where the server has none of that name. */
export async function createMissingDatabase(address: Address, connectMs: number): Promise<void> {
  const connection = createConnection(optionsFor(address, connectMs));
  // A fault of the connection is told to whoever asked something of it.
  connection.on('error', () => {});
  try {
    await ask(connection, `create database if not exists ${escapeId(address.path)} character set utf8mb4 collate utf8mb4_bin`);
  } finally {
    connection.destroy();
  }
}

/** Without the frames of this file: it is one more error that a server answers with. */
function ask(connection: Pick<PoolConnection, 'query'>, text: string): Promise<unknown> {
  return new Promise((resolve, reject) => connection.query(text, (error: QueryError | null, result: unknown) => (error ? reject(error) : resolve(result))));
}

/** A variable that cannot be set, for want of a right or because the server is too old for it. */
function asUnusable(error: unknown): unknown {
  const number = error instanceof Error && 'errno' in error ? error.errno : null;
  const refused = [1193, 1227, 1229, 1231, 1238].includes(Number(number));
  return refused && error instanceof Error ? new UnusableServer(`a session cannot be set as Parley needs it: ${error.message}`) : error;
}
