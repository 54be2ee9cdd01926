import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startBalancer } from './balancer.ts';
import { checkEverything, countKeys, databaseName } from './checks.ts';
import { type Crowd, createChaosClient } from './client.ts';
import { inflict, type Planned, type World } from './faults.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { createNode, type LogCounts } from './node.ts';
import type { Random } from './random.ts';
import { createDatabaseServer, createFolder, createRedisServer } from './servers.ts';

/** Variables of a short run: the leases of presence are a quarter of the usual, so that nobody waits long for those of nodes that died. */
export const shortEnv = { PRESENCE_LEASE_SECONDS: '10', PRESENCE_RENEW_SECONDS: '2.5' } as const;

/** The usual limits, but for what nobody elsewhere does so often: all come from one address at once, and come into groups and leave them for minutes. */
const limits = { RATE_LIMITS: 'on', RATES: 'register=1000/min, joinGroup=1000/h', SAME_REQUESTS_A_DAY: '1000' } as const;

/** How many groups there are. Each of the first people owns one. */
const groupCount = 10;

/** How a run goes. */
export interface ChaosOptions {
  readonly random: Random;
  readonly schedule: readonly Planned[];
  readonly clients: number;
  /** Modules that every node loads first: what breaks it on purpose. */
  readonly preload?: readonly string[];
  /** Where another version lies, installed: the first node is of that one, as in a rolling update. */
  readonly beside?: string | undefined;
  /** Variables of the nodes beside those that every run has. */
  readonly env?: Readonly<Record<string, string>>;
  /** How long presence may take to be right. */
  readonly presenceMs: number;
  /** How long everything may take to arrive when the last fault is over. */
  readonly healMs: number;
  /** The last fault waits for so many acknowledged messages, 90 s at most: on a busy machine a run takes longer. */
  readonly atLeast: number;
  readonly onProgress: (line: string) => void;
}

/** A fault as it went. */
export interface Inflicted {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  /** From the end of the fault until all nodes said that they are ready, in milliseconds. */
  readonly readyMs: number;
}

/** What happened, for checks.ts and report.ts. */
export interface Outcome {
  readonly world: World;
  readonly crowd: Crowd;
  readonly ledger: Ledger;
  readonly faults: readonly Inflicted[];
  readonly logs: LogCounts;
  readonly seconds: number;
  /** From the end of the last fault until everybody had everything. */
  readonly healedMs: number;
}

/** Runs it: starts everything, lets people chat while faults happen, heals, checks. Whatever happens, nothing that it has started is left. */
export async function runChaos(options: ChaosOptions, signal: AbortSignal): Promise<Outcome> {
  const cleanup: (() => unknown)[] = [];
  const stopped = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(new Error('stopped')), { once: true });
  });
  try {
    return await Promise.race([stopped, run(options, cleanup)]);
  } finally {
    for (let close = cleanup.pop(); close; close = cleanup.pop()) await Promise.race([close(), sleep(20_000, undefined, { ref: false })]);
  }
}

async function run(options: ChaosOptions, cleanup: (() => unknown)[]): Promise<Outcome> {
  const { random, onProgress } = options;
  const ledger = createLedger();
  const logs: LogCounts = new Map();
  const folder = createFolder();
  cleanup.push(folder.remove);
  const [database, redis] = await Promise.all([createDatabaseServer(folder.path), createRedisServer(folder.path)]);
  cleanup.push(() => Promise.all([database, redis].map(({ program }) => program.retire())));
  await Promise.all([database.start(), redis.start()]);
  await database.use((connection) => connection.query(`create database ${databaseName} character set utf8mb4`));

  const env = {
    DATABASE_URL: `${database.url}/${databaseName}`,
    REDIS_URL: redis.url,
    DATA_DIR: folder.path,
    // Each of a dozen processes would compile everything for itself.
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(folder.path, 'compiled'),
    TOKEN_SECRET: 'a secret for chaos, long enough for everybody',
    NODE_ENV: 'production',
    GRAPHIQL: 'on',
    PAGES: 'off',
    ...limits,
    DATABASE_POOL: '10',
    TOKEN_TTL_SECONDS: '20',
    SOCKET_PING_SECONDS: '3',
    LOG_LEVEL: 'info',
    ...options.env,
  };
  const names = ['node 1', 'node 2', 'node 3'];
  const folderOf = (index: number) => (index === 0 ? options.beside : undefined);
  const nodes = await Promise.all(names.map((name, index) => createNode(name, env, options.preload ?? [], logs, ledger.complain, folderOf(index))));
  cleanup.push(() => Promise.all(nodes.map(({ program }) => program.retire())));
  // In a rolling update the version before was there first.
  const [first] = nodes;
  if (options.beside !== undefined) {
    await first?.start();
    await first?.untilReady(30_000);
  }
  await Promise.all(nodes.map((node) => node.start()));
  await Promise.all(nodes.map((node) => node.untilReady(30_000)));
  const balancer = await startBalancer(
    nodes.map(({ port }) => port),
    random.fork('balancer'),
  );
  cleanup.push(balancer.stop);

  const lasting = nodes.at(-1);
  if (!lasting) throw new Error('there is no node');
  const baseline = { holding: await lasting.hold(), redisKeys: await redis.use(countKeys) };
  const crowd: Crowd = { url: balancer.url, ledger, random, known: [], clients: [], acting: true, trying: true, over: false };
  const stopActing = () => {
    crowd.acting = false;
  };
  const stopTrying = () => {
    crowd.trying = false;
  };
  cleanup.push(stopActing, stopTrying, () => {
    crowd.over = true;
  });
  for (let index = 0; index < options.clients; index += 1) crowd.clients.push(await createChaosClient(crowd, index, `chaos_${index}`));
  for (const client of crowd.clients.slice(0, groupCount)) await client.openGroup();
  cleanup.push(() => Promise.allSettled(crowd.clients.map(({ page }) => page.close())));
  onProgress(`${options.clients} clients on ${nodes.length} nodes`);

  const world: World = { nodes, database, redis, balancer, clients: crowd.clients, silences: [] };
  const began = Date.now();
  const chatting = Promise.all(crowd.clients.map((client) => client.live()));
  const faults = await inflictAll(world, options, () => ledger.acknowledged.length, stopActing);
  const seconds = Math.round((Date.now() - began) / 1000);
  const healing = Date.now();
  await Promise.all(nodes.map((node) => node.untilReady(30_000)));
  // Whoever still waits for an acknowledgement gets it now.
  const late = setTimeout(stopTrying, 30_000);
  await chatting;
  clearTimeout(late);
  onProgress(`healed; ${ledger.acknowledged.length} messages acknowledged`);
  const outcome = { world, crowd, ledger, faults, logs, seconds };
  const healedMs = await checkEverything(outcome, healing, baseline, options);
  return { ...outcome, healedMs };
}

/** Does one fault after the other. The crowd stops during the last one, so that nothing that comes later can bring what it took. */
async function inflictAll(world: World, { schedule, atLeast, onProgress }: ChaosOptions, acknowledged: () => number, onLast: () => void): Promise<Inflicted[]> {
  const done: Inflicted[] = [];
  const open = new Set<Promise<void>>();
  const began = Date.now();
  for (const [index, planned] of schedule.entries()) {
    if (planned.pauseMs > 0) {
      await Promise.all(open);
      await sleep(planned.pauseMs);
    }
    const isLast = index === schedule.length - 1;
    for (const deadline = Date.now() + 90_000; isLast && acknowledged() < atLeast && Date.now() < deadline; ) await sleep(100);
    const from = Date.now();
    onProgress(`${((from - began) / 1000).toFixed(0).padStart(4)} s  ${planned.name}  (${acknowledged()} acknowledged)`);
    if (isLast) setTimeout(onLast, planned.lastsMs / 2);
    const work = inflict(world, planned).then(async () => {
      const to = Date.now();
      const slot = { name: planned.name, from, to, readyMs: 0 };
      done.push(slot);
      void untilAllReady(world).then((readyMs) => Object.assign(slot, { readyMs }));
    });
    const tracked = work.finally(() => open.delete(tracked));
    open.add(tracked);
    // The next one begins so long before this one is over.
    if ((schedule[index + 1]?.pauseMs ?? 1) < 0) await Promise.race([work, sleep(Math.max(500, planned.lastsMs + (schedule[index + 1]?.pauseMs ?? 0)))]);
    else await work;
  }
  await Promise.all(open);
  onLast();
  return done;
}

async function untilAllReady({ nodes }: World): Promise<number> {
  const from = Date.now();
  while (!(await Promise.all(nodes.map((node) => node.isReady()))).every(Boolean)) {
    if (Date.now() - from > 60_000) break;
    await sleep(100);
  }
  return Date.now() - from;
}
