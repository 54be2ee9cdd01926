import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { type Connection, createConnection } from 'mysql2/promise';
import { findBinary, findDatabaseServer } from '../support/database-server.ts';
import { freePort, installCommand } from '../support/private-services.ts';
import { createProgram, type Program } from './program.ts';

/** A server of this run's own, on 127.0.0.1, that comes back with its data at its old address. */
export interface Server<Handle> {
  readonly program: Program;
  readonly url: string;
  /** Starts the program and waits until it answers. */
  start(): Promise<void>;
  /** Does something with a connection of its own; fails after `ms` where the server does not answer. */
  use<T>(work: (handle: Handle) => Promise<T>, ms?: number): Promise<T>;
}

const requireBinary = (...names: readonly string[]): string => {
  const path = findBinary(...names);
  if (path === null) throw new Error(`${names[0]} is not installed: ${installCommand}`);
  return path;
};

/** An empty folder, gone when `remove` is called or this process is: by kill -9 too. */
export function createFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'parley-chaos-'));
  const guard = spawn('sh', ['-c', 'trap "" INT TERM HUP; cat >/dev/null; sleep 1; rm -rf "$1"', 'sh', path], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  guard.unref();
  return {
    path,
    remove() {
      rmSync(path, { recursive: true, force: true, maxRetries: 5 });
      guard.stdin.end();
    },
  };
}

async function until(attempt: () => Promise<unknown>, ms: number, what: string): Promise<void> {
  const deadline = Date.now() + ms;
  for (;;) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw new Error(`${what} does not answer`, { cause: error });
      await sleep(50);
    }
  }
}

/**
 * The database as it has to run in production: with a binary log, which is on the disk before a commit is answered. (Without one InnoDB shows a
 * commit before it is flushed.) `more`: further options.
 */
export async function createDatabaseServer(folder: string, more: readonly string[] = []): Promise<Server<Connection>> {
  const found = findDatabaseServer();
  if (found === null) throw new Error(`no database server is installed: ${installCommand}`);
  const place = { folder, data: join(folder, 'database') };
  await found.install(place);
  const port = await freePort();
  const lines: string[] = [];
  const program = createProgram({
    name: found.name,
    program: found.program,
    args: [
      ...found.args(place, port),
      `--log-bin=${join(folder, 'binlog')}`,
      '--server-id=1',
      '--sync-binlog=1',
      '--innodb-flush-log-at-trx-commit=1',
      '--innodb-buffer-pool-size=128M',
      ...more,
    ],
    onLine: (line) => void lines.push(line),
    onUnexpectedEnd: (how) => console.error(`${found.name} has ended by itself (${how}):\n${lines.slice(-20).join('\n')}`),
  });
  const use: Server<Connection>['use'] = async (work, ms = 10_000) => {
    const ssl = more.some((option) => option.startsWith('--ssl')) ? { ssl: { rejectUnauthorized: false } } : {};
    const connection = await createConnection({ host: '127.0.0.1', port, user: 'root', connectTimeout: ms, ...ssl });
    connection.on('error', () => {});
    const late = setTimeout(() => connection.destroy(), ms);
    try {
      return await work(connection);
    } finally {
      clearTimeout(late);
      connection.destroy();
    }
  };
  return {
    program,
    url: `mysql://root@127.0.0.1:${port}`,
    use,
    async start() {
      await program.start();
      await until(() => use((connection) => connection.query('select 1'), 1000), 30_000, found.name);
    },
  };
}

/** Redis that keeps nothing: whenever it starts, it is empty. `more`: further options. */
export async function createRedisServer(folder: string, more: readonly string[] = []): Promise<Server<Redis>> {
  const port = await freePort();
  const program = createProgram({
    name: 'Redis',
    program: requireBinary('redis-server'),
    args: ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder, ...more],
    onUnexpectedEnd: (how) => console.error(`Redis has ended by itself (${how})`),
  });
  const use: Server<Redis>['use'] = async (work, ms = 5000) => {
    const redis = new Redis({ port, host: '127.0.0.1', lazyConnect: true, retryStrategy: () => null, connectTimeout: ms, commandTimeout: ms });
    redis.on('error', () => {});
    try {
      await redis.connect();
      return await work(redis);
    } finally {
      redis.disconnect();
    }
  };
  return {
    program,
    url: `redis://127.0.0.1:${port}`,
    use,
    async start() {
      await program.start();
      await until(() => use((redis) => redis.ping(), 500), 10_000, 'Redis');
    },
  };
}
