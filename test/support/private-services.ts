import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, mkdtempSync, openSync, readFileSync, rmSync, statfsSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import { findBinary, findDatabaseServer } from './database-server.ts';

/** What puts the services on a Debian machine. */
export const installCommand = 'apt-get install -y mariadb-server redis-server';

/** Servers of the tests' own, on free ports of 127.0.0.1, with their data in a temporary folder. */
export interface PrivateServices {
  /** `mysql://root@127.0.0.1:<port>`, without a database. */
  readonly mysqlUrl: string;
  readonly redisUrl: string;
  /** A Redis Cluster of three servers, without replicas: `redis://127.0.0.1:<port>,127.0.0.1:<port>,…`. */
  readonly redisClusterUrl: string;
  /** Ends all of them and removes their data. */
  stop(): Promise<void>;
}

/** The services that this machine lacks, by name; empty where both can be started. */
export function missingServices(): string[] {
  return [...(findDatabaseServer() ? [] : ['a database server (MariaDB or MySQL)']), ...(findBinary('redis-server') ? [] : ['redis-server'])];
}

// The supervisor ends with its standard input: however the tests end, by Ctrl-C or by kill -9 too, no server and no folder is left behind.
const supervisor = 'folder=$1; shift; "$@" </dev/null & child=$!; trap "" INT TERM HUP; cat >/dev/null; kill -9 $child; wait $child; rm -rf "$folder"';

interface Supervised {
  readonly log: string;
  stop(): Promise<void>;
}

function supervise(folder: string, name: string, command: string, args: readonly string[]): Supervised {
  const log = join(folder, `${name}.log`);
  const output = openSync(log, 'a');
  const child: ChildProcess = spawn('sh', ['-c', supervisor, 'sh', folder, command, ...args], { stdio: ['pipe', output, output], detached: true });
  child.unref();
  return {
    log,
    stop: () =>
      new Promise((resolve) => {
        if (child.exitCode !== null) return resolve();
        child.ref();
        child.once('exit', () => resolve());
        child.stdin?.end();
      }),
  };
}

/** Where Linux keeps files in memory. */
const inMemory = '/dev/shm';
const gigabyte = 1024 ** 3;

/**
 * Where temporary files go that may need so many bytes: in memory where there is room for four times as many. On a disk a commit, and each table that is
 * made or dropped, waits for it, and what would be found there after a loss of power no test asks.
 */
function quickest(bytes: number): string {
  try {
    accessSync(inMemory, constants.W_OK);
    const { bavail, bsize } = statfsSync(inMemory);
    return bavail * bsize > 4 * bytes ? inMemory : tmpdir();
  } catch {
    return tmpdir();
  }
}

/** A folder for the data of servers, gone when this process ends, however it ends. */
export function makeDataFolder(): { readonly path: string; stop(): Promise<void> } {
  const path = mkdtempSync(join(quickest(gigabyte / 4), 'parley-data-'));
  return { path, stop: supervise(path, 'folder', 'tail', ['-f', '/dev/null']).stop };
}

/** A port of 127.0.0.1 on which nobody listens. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

async function untilReady(name: string, log: string, attempt: () => Promise<void>): Promise<void> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (Date.now() > deadline)
        throw new Error(`The private ${name} did not start:\n${log === '' ? '' : readFileSync(log, 'utf8').slice(-4000)}`, { cause: error });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

async function startDatabase(): Promise<{ url: string; stop(): Promise<void> }> {
  const found = findDatabaseServer();
  if (!found) throw new Error('neither MariaDB nor MySQL is installed');
  const folder = mkdtempSync(join(quickest(2 * gigabyte), 'parley-database-'));
  const place = { folder, data: join(folder, 'data') };
  try {
    await found.install(place);
    const port = await freePort();
    const settings = ['--skip-log-bin', '--innodb-flush-log-at-trx-commit=2', '--innodb-buffer-pool-size=128M'];
    const server = supervise(folder, 'database', found.program, [...found.args(place, port), ...settings]);
    await untilReady(found.name, server.log, async () => {
      const connection = await createConnection({ host: '127.0.0.1', port, user: 'root' });
      await connection.end();
    });
    return { url: `mysql://root@127.0.0.1:${port}`, stop: server.stop };
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
}

async function startRedisServer(...args: readonly string[]): Promise<{ port: number; stop(): Promise<void> }> {
  const redis = findBinary('redis-server');
  if (!redis) throw new Error('redis-server is not installed');
  const folder = mkdtempSync(join(tmpdir(), 'parley-redis-'));
  const port = await freePort();
  const common = ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder];
  const server = supervise(folder, 'redis', redis, [...common, ...args]);
  await untilReady('Redis', server.log, async () => {
    if ((await askRedis(port, 'PING')) !== '+PONG') throw new Error('no pong');
  });
  return { port, stop: server.stop };
}

/** The first line of the answer to one command. */
async function askRedis(port: number, command: string): Promise<string> {
  return await new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`${command}\r\n`));
    socket.once('error', reject);
    socket.once('data', (data) => {
      socket.destroy();
      resolve(String(data));
    });
  }).then((text) => String(text).trim());
}

async function startRedis(): Promise<{ url: string; stop(): Promise<void> }> {
  const { port, stop } = await startRedisServer();
  return { url: `redis://127.0.0.1:${port}`, stop };
}

const clusterSize = 3;
const slots = 16_384;

/** A Redis Cluster of three masters. */
export interface PrivateCluster {
  /** `redis://127.0.0.1:<port>,127.0.0.1:<port>,…`, of the masters. */
  readonly url: string;
  /** Kills the master that holds a key or a channel. */
  killMasterOf(name: string): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a cluster, with a replica for each master where `replicas` says so. */
export async function startRedisCluster({ replicas }: { readonly replicas: boolean }): Promise<PrivateCluster> {
  const size = replicas ? clusterSize * 2 : clusterSize;
  const busPorts = await Promise.all(Array.from({ length: size }, freePort));
  // A replica is asked for soon, and takes over soon.
  const more = replicas ? ['--cluster-node-timeout', '1000', '--repl-diskless-sync-delay', '0'] : ['--cluster-node-timeout', '2000'];
  const servers = await Promise.all(busPorts.map((busPort) => startRedisServer('--cluster-enabled', 'yes', '--cluster-port', `${busPort}`, ...more)));
  const ports = servers.map(({ port }) => port);
  const masters = ports.slice(0, clusterSize);
  const [first = 0] = ports;
  const command = async (port: number, text: string) => {
    const answer = await askRedis(port, text);
    if (answer !== '+OK') throw new Error(`${text}: ${answer}`);
  };
  const firstSlot = (index: number) => Math.ceil((slots / clusterSize) * index);
  for (const [index, port] of ports.entries()) {
    if (index < clusterSize) await command(port, `CLUSTER ADDSLOTSRANGE ${firstSlot(index)} ${firstSlot(index + 1) - 1}`);
    // Equal numbers would only be told apart after the nodes have met.
    await command(port, `CLUSTER SET-CONFIG-EPOCH ${index + 1}`);
    if (port !== first) await command(port, `CLUSTER MEET 127.0.0.1 ${first} ${busPorts[0]}`);
  }
  await untilReady('Redis Cluster', '', async () => {
    for (const port of ports) {
      const info = await askRedis(port, 'CLUSTER INFO');
      if (!/cluster_state:ok/.test(info) || !info.includes(`cluster_known_nodes:${size}`)) throw new Error(info);
    }
  });
  for (const [index, port] of ports.slice(clusterSize).entries()) {
    const master = masters[index] ?? first;
    await untilReady('replica', '', async () => await command(port, `CLUSTER REPLICATE ${(await askRedis(master, 'CLUSTER MYID')).split('\r\n')[1]}`));
    await untilReady('replica', '', async () => {
      const info = await askRedis(master, 'INFO replication');
      if (!info.includes('state=online')) throw new Error(info);
    });
  }
  return {
    url: `redis://${masters.map((port) => `127.0.0.1:${port}`).join(',')}`,
    async killMasterOf(name) {
      const slot = Number((await askRedis(first, `CLUSTER KEYSLOT ${name}`)).slice(1));
      await servers[Math.floor(slot / (slots / clusterSize))]?.stop();
    },
    stop: async () => {
      await Promise.all(servers.map(({ stop }) => stop()));
    },
  };
}

/** Starts all of them. They end with this process, however it ends. */
export async function startPrivateServices(): Promise<PrivateServices> {
  const [database, redis, cluster] = await Promise.all([startDatabase(), startRedis(), startRedisCluster({ replicas: false })]);
  return {
    mysqlUrl: database.url,
    redisUrl: redis.url,
    redisClusterUrl: cluster.url,
    stop: async () => {
      await Promise.all([database.stop(), redis.stop(), cluster.stop()]);
    },
  };
}
