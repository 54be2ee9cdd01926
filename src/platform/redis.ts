import { EventEmitter } from 'node:events';
import { Cluster, type ClusterOptions, Command, type RedisOptions as IoredisOptions, Redis } from 'ioredis';
import { type Host, parseRedisAddress } from '../kernel/address.ts';
import { AppError } from '../kernel/errors.ts';
import { type Metrics, noMetrics } from './metrics.ts';
import { measureCommands } from './redis.watched.ts';
import { authorities } from './tls.ts';

/** Where Redis is and how patient to be. */
export interface RedisOptions {
  /** `redis://…` or `rediss://…`; several hosts with commas between, or `?cluster=on`, mean a Redis Cluster that is found through them. */
  readonly url: string;
  /** Begins the name of every key and channel, so that several systems can share a server. */
  readonly prefix: string;
  /** How long a command may take, in milliseconds. */
  readonly timeoutMs: number;
}

/** What is said about the connection: once when it is lost and once when it is back. */
export interface RedisLogger {
  info(details: object, message: string): void;
  warn(details: object, message: string): void;
}

/**
 * A Redis 7 server, or a cluster of them. While it is away everything fails at once, and it is tried again for ever. A **shard** is one server
 * of a cluster that holds keys and channels, by `host:port`; a single server is one shard.
 */
export interface RedisServer {
  readonly prefix: string;
  readonly timeoutMs: number;
  /** The connection that everybody shares. A command rejects at once while Redis is away, and after `timeoutMs` where it does not answer. */
  readonly client: Redis | Cluster;
  /** All shards; empty while a cluster has not been found. */
  shards(): readonly string[];
  /** The shard that holds a key or a channel; null while a cluster has not been found. */
  shardOf(name: string): string | null;
  /** Names with the same number may stand in one command: the slot in a cluster, always 0 on a single server. */
  slotOf(name: string): number;
  /** Another connection to a shard, with the same manners, for subscribing. Whoever asks for it disconnects it. */
  another(shard: string): Redis;
  /** Calls back when a cluster has said which shard holds what; it need not have changed. */
  onLook(listener: () => void): void;
  /** Asks a cluster anew which shard holds what. */
  look(): void;
  /** Calls back when a server has taken the place of one that stayed alive as its replica: whoever listens to the old one hears nothing more. */
  onMoved(listener: () => void): void;
  /** Resolves where every shard takes what is written, throws `UNAVAILABLE` otherwise. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/**
 * The first line of a script that only a server runs which takes what is written: not a replica (its answers may be of the past), nor one that is
 * full or has lost its replicas. Also for scripts that only read.
 */
export const usefulOnly = '#!lua\n';

/** Answered by a server of use, and by no other. */
const askUseful = (redis: Redis) => redis.eval(`${usefulOnly}return 1`, 0);

/** The server answers, and another one is or will be the one to ask: whoever connects anew finds it. */
const isMoved = ({ message }: Error) => /^(READONLY|MASTERDOWN|LOADING|NOREPLICAS)/.test(message);

/** The server answers, and takes nothing for now. */
const isUseless = (error: Error) => isMoved(error) || /^(OOM|MISCONF)/.test(error.message);

/** How long after it was found to be of no use a server is asked again, in milliseconds. */
const againMs = 500;

/** Opens the shared connection. Resolves when it is there, or after `timeoutMs`: a server may start while Redis is away. */
export async function createRedis(options: RedisOptions, logger?: RedisLogger, metrics: Metrics = noMetrics): Promise<RedisServer> {
  const { prefix, timeoutMs } = options;
  const places = placesOf(options.url);
  const server = places.cluster ? openCluster(places, timeoutMs) : openSingle(places, timeoutMs);
  const { client } = server;
  measureCommands(client, metrics);
  let away = false;
  const lost = (reason: string) => {
    if (!away) logger?.warn({ reason }, 'Redis is away');
    away = true;
  };
  const found = () => {
    if (away) logger?.info({}, 'Redis is back');
    away = false;
  };
  server.watch(lost, found);
  await server.untilReady(timeoutMs);
  return {
    prefix,
    timeoutMs,
    ...server,
    async ping() {
      await server.ping().catch(() => Promise.reject(new AppError('UNAVAILABLE')));
    },
    async close() {
      client.disconnect();
    },
  };
}

type Opened = Pick<RedisServer, 'client' | 'shards' | 'shardOf' | 'slotOf' | 'another' | 'onLook' | 'look' | 'onMoved'> & {
  ping(): Promise<unknown>;
  untilReady(timeoutMs: number): Promise<unknown>;
  /** Calls back at each sign that a server is away, and whenever all are there. */
  watch(lost: (reason: string) => void, found: () => void): void;
};

function openSingle({ nodes: [node], common }: Places, timeoutMs: number): Opened {
  const options = { ...node, ...common, ...manners(timeoutMs), retryStrategy };
  const another = () => quiet(new Redis(options));
  const useless = new EventEmitter<{ refused: [Error] }>();
  const client = quiet(
    new Redis({
      ...options,
      reconnectOnError(error) {
        if (isUseless(error)) useless.emit('refused', error);
        return false;
      },
    }),
  );
  const moves = new Set<() => void>();
  const shard = `${node.host}:${node.port}`;
  return {
    client,
    another,
    shards: () => [shard],
    shardOf: () => shard,
    slotOf: () => 0,
    onLook: () => {},
    look: () => {},
    onMoved: (listener) => void moves.add(listener),
    ping: () => askUseful(client),
    untilReady: (ms) => untilReady(client, ms),
    watch(lost, found) {
      let hasMoved = false;
      let asking: NodeJS.Timeout | null = null;
      const ask = async () => {
        asking = null;
        if (client.status !== 'ready') return;
        try {
          await askUseful(client);
        } catch {
          // Told by `useless`, or by what follows a lost connection.
          return;
        }
        found();
        if (!hasMoved) return;
        hasMoved = false;
        for (const listener of moves) listener();
      };
      useless.on('refused', (error) => {
        lost(error.message);
        if (asking) return;
        hasMoved ||= isMoved(error);
        asking = setTimeout(() => {
          // Connected anew it asks by itself.
          if (hasMoved && client.status === 'ready') client.disconnect(true);
          else void ask();
        }, againMs);
        asking.unref();
      });
      client.on('error', (error) => lost(error.message));
      client.on('reconnecting', () => lost('the connection was closed'));
      client.on('ready', () => void ask());
    },
  };
}

function openCluster({ nodes, common }: Places, timeoutMs: number): Opened {
  const options: ClusterOptions = {
    redisOptions: { ...common, ...manners(timeoutMs) },
    clusterRetryStrategy: retryStrategy,
    // The nodes come back by themselves; which of them hold what is asked again and again, so that a failover is noticed.
    clusterNodeRetryStrategy: retryStrategy,
    slotsRefreshTimeout: timeoutMs,
    slotsRefreshInterval: timeoutMs * 2,
    enableOfflineQueue: false,
    // What cannot be sent now is refused now, as with a single server.
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
    maxRedirections: 4,
    // An address of a certificate must not be looked up before it is checked.
    ...(common.tls ? { dnsLookup: (address, callback) => callback(null, address) } : {}),
  };
  const client = quiet(new Cluster([...nodes], options));
  // By itself it connects to a node with the first command for it, and refuses the second one meanwhile.
  client.on('+node', (node: Redis) => void node.connect().catch(() => {}));
  const slotOf = (name: string) => new Command('get', [name]).getSlot() ?? 0;
  const shards = () => [...new Set(client.slots.flatMap(([master]) => master ?? []))];
  return {
    client,
    slotOf,
    shards,
    shardOf: (name) => client.slots[slotOf(name)]?.[0] ?? null,
    another(shard) {
      const colon = shard.lastIndexOf(':');
      return quiet(new Redis({ host: shard.slice(0, colon), port: Number(shard.slice(colon + 1)), ...common, ...manners(timeoutMs), retryStrategy }));
    },
    async untilReady(ms) {
      await untilReady(client, ms);
      await Promise.all(client.nodes('master').map((master) => untilReady(master, ms)));
    },
    watch(lost, found) {
      client.on('error', (error) => lost(error.message));
      client.on('node error', (error: Error, shard: string) => lost(`${shard}: ${error.message}`));
      const watched = new WeakSet<Redis>();
      client.on('refresh', () => {
        for (const node of client.nodes('master')) {
          if (watched.has(node)) continue;
          watched.add(node);
          node.on('close', () => lost('the connection to a node was closed'));
          node.on('ready', () => client.nodes('master').every(({ status }) => status === 'ready') && found());
        }
      });
    },
    onLook: (listener) => client.on('refresh', listener),
    look: () => client.refreshSlotsCache(),
    // A server that became a replica says of each key where it is now.
    onMoved: () => {},
    async ping() {
      const masters = client.nodes('master');
      if (client.status !== 'ready' || masters.length === 0) throw new Error('the cluster was not found');
      await Promise.all(masters.map(askUseful));
    },
  };
}

interface Places {
  readonly cluster: boolean;
  readonly nodes: readonly [Host, ...Host[]];
  readonly common: Pick<IoredisOptions, 'username' | 'password' | 'db' | 'tls'>;
}

function placesOf(text: string): Places {
  const { hosts, user, password, path, parameters, tls } = parseRedisAddress(text);
  return {
    cluster: hosts.length > 1 || parameters.get('cluster') === 'on',
    nodes: hosts,
    common: {
      ...(user ? { username: user } : {}),
      ...(password ? { password } : {}),
      ...(path ? { db: Number(path) } : {}),
      ...(tls === 'off' ? {} : { tls: { ca: authorities(), ...(tls === 'on' ? {} : { checkServerIdentity: () => undefined }) } }),
    },
  };
}

/** The longest pause between two attempts to connect, in milliseconds. */
const longestPause = 1000;

const retryStrategy = (attempt: number) => Math.min(25 * 2 ** Math.min(attempt, 6), longestPause) * (0.75 + Math.random() / 4);

function manners(timeoutMs: number) {
  return {
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    // A server that froze keeps its connections open: without this a subscriber would wait for it and miss one that took its address over.
    socketTimeout: timeoutMs * 3,
    // What cannot be sent now is refused now. Kept commands would come late and all at once, when nobody waits for them any more.
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    disableClientInfo: true,
  } as const;
}

/** ioredis prints errors to which nobody listens. */
function quiet<C extends Redis | Cluster>(client: C): C {
  client.on('error', () => {});
  return client;
}

/** Resolves when a connection is there, or after `timeoutMs`. */
export async function untilReady(redis: Redis | Cluster, timeoutMs: number): Promise<void> {
  if (redis.status === 'ready') return;
  await new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer);
      redis.off('ready', done);
      resolve();
    };
    const timer = setTimeout(done, timeoutMs);
    redis.once('ready', done);
  });
}
