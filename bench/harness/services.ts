import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { createProgram } from '../../test/chaos/program.ts';
import { findBinary, findDatabaseServer } from '../../test/support/database-server.ts';
import { freePort, installCommand } from '../../test/support/private-services.ts';

/** Servers of this benchmark's own, on the core of the load. */
export interface Services {
  /** Without a database. */
  readonly mysqlUrl: string;
  readonly redisUrl: string;
  /** Runs one statement. */
  query(sql: string): Promise<unknown>;
  stop(): Promise<void>;
}

function requireBinary(...names: readonly string[]): string {
  const path = findBinary(...names);
  if (path === null) throw new Error(`${names[0]} is not installed: ${installCommand}`);
  return path;
}

/** A database with the default durability (each commit is on the disk when it is answered), and Redis that keeps nothing. They end with this process. */
export async function startServices(bufferPool = '512M'): Promise<Services> {
  const folder = mkdtempSync(join(tmpdir(), 'parley-bench-'));
  const found = findDatabaseServer();
  if (found === null) throw new Error(`no database server is installed: ${installCommand}`);
  const place = { folder, data: join(folder, 'database') };
  await found.install(place);
  const [mysqlPort, redisPort] = [await freePort(), await freePort()];
  const database = createProgram({
    name: found.name,
    program: found.program,
    args: [...found.args(place, mysqlPort), '--skip-log-bin', `--innodb-buffer-pool-size=${bufferPool}`],
  });
  const redis = createProgram({
    name: 'Redis',
    program: requireBinary('redis-server'),
    args: ['--port', `${redisPort}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder],
  });
  await database.start();
  await redis.start();
  const query = async (sql: string) => {
    const connection = await createConnection({ host: '127.0.0.1', port: mysqlPort, user: 'root', multipleStatements: true });
    try {
      const [rows] = await connection.query(sql);
      return rows;
    } finally {
      connection.destroy();
    }
  };
  const deadline = Date.now() + 60_000;
  for (;;) {
    try {
      await query('select 1');
      break;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  return {
    mysqlUrl: `mysql://root@127.0.0.1:${mysqlPort}`,
    redisUrl: `redis://127.0.0.1:${redisPort}`,
    query,
    async stop() {
      await Promise.all([database.retire(), redis.retire()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
