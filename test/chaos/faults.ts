import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Connection, RowDataPacket } from 'mysql2/promise';
import type { Balancer } from './balancer.ts';
import { type ChaosClient, pairMarker } from './client.ts';
import type { ServerNode } from './node.ts';
import type { Random } from './random.ts';
import type { Server } from './servers.ts';

/** What faults are done to. */
export interface World {
  readonly nodes: readonly ServerNode[];
  readonly database: Server<Connection>;
  readonly redis: Server<Redis>;
  readonly balancer: Balancer;
  readonly clients: readonly ChaosClient[];
  /** Times during which no Redis ran, by the clock of this process: no bell can have rung then. */
  readonly silences: { readonly from: number; to: number }[];
}

/** One fault of a schedule. */
export interface Planned {
  readonly name: FaultName;
  /** Milliseconds between the end of the fault before and the beginning of this one; below 0 where this one begins before. */
  readonly pauseMs: number;
  /** How long it lasts, in milliseconds, where it lasts. */
  readonly lastsMs: number;
  /** Which node, which client, which way: a number from which the fault chooses. */
  readonly choice: number;
}

type Fault = (world: World, planned: Planned) => Promise<void>;

const nodeOf = ({ nodes }: World, { choice }: Planned): ServerNode => {
  const node = nodes[choice % nodes.length];
  if (!node) throw new Error('there is no node');
  return node;
};

// The last node is never ended: what it holds after everything is compared with what it held before.
const mortalOf = ({ nodes }: World, { choice }: Planned): ServerNode => {
  const node = nodes[choice % (nodes.length - 1)];
  if (!node) throw new Error('there is no node');
  return node;
};

async function stopped(server: Pick<ServerNode, 'program'>, lastsMs: number): Promise<void> {
  server.program.signal('SIGSTOP');
  await sleep(lastsMs);
  server.program.signal('SIGCONT');
}

async function killed(node: ServerNode, signal: 'SIGKILL' | 'SIGTERM', lastsMs: number): Promise<void> {
  await node.end(signal);
  await sleep(lastsMs);
  await node.start();
}

async function withoutRedis({ redis, silences }: World, work: () => Promise<void>): Promise<void> {
  await redis.program.end('SIGKILL');
  const silence = { from: Date.now(), to: Number.POSITIVE_INFINITY };
  silences.push(silence);
  await work();
  silence.to = Date.now();
  await redis.start();
}

/** Kills database connections in the middle of their transactions for a while, at last all of them. */
async function killConnections(world: World, lastsMs: number): Promise<void> {
  await world.database.use(async (connection) => {
    const kill = async (query: string) => {
      const [rows] = await connection.query<RowDataPacket[]>(query);
      for (const { id } of rows) await connection.query(`kill ${Number(id)}`).catch(() => {});
    };
    const deadline = Date.now() + lastsMs;
    while (Date.now() < deadline) {
      await kill('select trx_mysql_thread_id as id from information_schema.innodb_trx where trx_mysql_thread_id <> connection_id()');
      await sleep(30);
    }
    await kill("select id from information_schema.processlist where user = 'root' and id <> connection_id()");
  }, lastsMs + 10_000);
}

/** Floods somebody who takes nothing: more than all the buffers between can hold. */
async function stopReading({ clients }: World, { choice, lastsMs }: Planned): Promise<void> {
  const sleeper = clients[choice % clients.length];
  const friends = [1, 2, 3].map((step) => clients[(choice + step) % clients.length]);
  if (!sleeper) throw new Error('there is no client');
  const padding = ' 长'.repeat(2000);
  let flooding = true;
  const flood = friends.map(async (friend) => {
    while (flooding && friend) await friend.send(sleeper.session.userId, pairMarker(sleeper.index, friend.index), padding);
  });
  await sleeper.page.stopReading(lastsMs);
  flooding = false;
  await Promise.all(flood);
}

const faults = {
  'nothing at all': (_world, { lastsMs }) => sleep(lastsMs),
  'node killed (-9)': (world, planned) => killed(mortalOf(world, planned), 'SIGKILL', planned.lastsMs / 4),
  'node ended (SIGTERM)': (world, planned) => killed(mortalOf(world, planned), 'SIGTERM', planned.lastsMs / 4),
  'node stopped (SIGSTOP)': (world, planned) => stopped(nodeOf(world, planned), planned.lastsMs),
  'Redis restarted': (world) => withoutRedis(world, async () => {}),
  'Redis emptied (FLUSHALL)': ({ redis }) => redis.use(async (connection) => void (await connection.flushall())),
  'Redis away': (world, { lastsMs }) => withoutRedis(world, () => sleep(lastsMs)),
  'Redis stopped (SIGSTOP)': ({ redis }, { lastsMs }) => stopped(redis, lastsMs),
  'subscribers killed (CLIENT KILL)': ({ redis }) => redis.use(async (connection) => void (await connection.call('CLIENT', 'KILL', 'TYPE', 'pubsub'))),
  'database killed (-9)': async ({ database }, { lastsMs }) => {
    await database.program.end('SIGKILL');
    await sleep(lastsMs / 8);
    await database.start();
  },
  'database restarted': async ({ database }) => {
    await database.program.end('SIGTERM');
    await database.start();
  },
  'database stopped (SIGSTOP)': ({ database }, { lastsMs }) => stopped(database, lastsMs),
  'transactions cut (KILL)': (world) => killConnections(world, 1000),
  'network slow': async ({ balancer }, { lastsMs, choice }) => {
    balancer.delay(50 + (choice % 250));
    await sleep(lastsMs);
    balancer.delay(0);
  },
  'network cut': async ({ balancer }, { choice }) => balancer.cut(choice % 2 === 0 ? 1 : 0.5),
  'network a black hole': async ({ balancer }, { lastsMs, choice }) => {
    balancer.blackHole();
    await sleep(lastsMs);
    balancer.endBlackHole(choice % 2 === 0 ? 'GOES_ON' : 'BROKEN');
  },
  'network half open': async ({ balancer }, { lastsMs }) => {
    balancer.halfOpen();
    await sleep(lastsMs);
  },
  'client that stops reading': stopReading,
} satisfies Record<string, Fault>;

/** The faults that there are. */
export type FaultName = keyof typeof faults;

const isName = (name: string): name is FaultName => name in faults;

/** The names of all faults. */
export const faultNames: readonly FaultName[] = Object.keys(faults).filter(isName);

/** What a fault is done to: two at the same time are never done to the same. */
function familyOf(name: FaultName): string {
  const [word = ''] = name.split(' ');
  return { subscribers: 'Redis', transactions: 'database' }[word] ?? word;
}

/** Does a fault; resolves when it is over. What it needs to come back, it has started again. */
export const inflict = (world: World, planned: Planned): Promise<void> => faults[planned.name](world, planned);

/**
 * Each of these faults once in a random order, with stops of 5 s at most. The last fault of all is that Redis is away: the last bells
 * are lost. `calmMs` is added to the pauses.
 */
export function shortSchedule(random: Random, names: readonly FaultName[] = faultNames, calmMs = 0): Planned[] {
  const last: FaultName = 'Redis away';
  const order = [...random.shuffled(names.filter((name) => name !== last)), ...names.filter((name) => name === last)];
  return order.map((name) => ({
    name,
    pauseMs: calmMs + random.between(700, 1300),
    lastsMs: name.includes('SIGSTOP') ? 5000 : 3000,
    choice: random.between(0, 1000),
  }));
}

/** Faults at random for so many minutes, with stops of 5 and 40 s, some of them at the same time; again Redis is away at the end. */
export function longSchedule(random: Random, minutes: number): Planned[] {
  const schedule: Planned[] = [];
  for (let ms = 0; ms < minutes * 60_000; ) {
    const name = random.pick(faultNames);
    const lastsMs = name.includes('SIGSTOP') && random.chance(0.25) ? 40_000 : random.between(2000, 6000);
    const before = schedule.at(-1);
    const together = before !== undefined && before.pauseMs > 0 && familyOf(before.name) !== familyOf(name) && random.chance(0.35);
    const pauseMs = together ? -random.between(500, 5000) : random.between(1000, 6000);
    schedule.push({ name, pauseMs, lastsMs, choice: random.between(0, 1000) });
    ms += lastsMs + pauseMs;
  }
  return [...schedule, { name: 'Redis away', pauseMs: 3000, lastsMs: 4000, choice: 0 }];
}
