import { createServer, type Server } from 'node:http';
import { isIPv6 } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import manifest from '../package.json' with { type: 'json' };
import type { Config } from './config.ts';
import { entities } from './entities.ts';
import { createNodeService } from './features/log/node.service.ts';
import { databaseSecret } from './features/log/secret.service.ts';
import { parseDatabaseAddress, shownAddress } from './kernel/address.ts';
import { AppError } from './kernel/errors.ts';
import { createSeldom } from './kernel/seldom.ts';
import { createMemoryBus } from './platform/bus.memory.ts';
import { createRedisBus } from './platform/bus.redis.ts';
import type { Bus } from './platform/bus.ts';
import { createDatabase, type Database } from './platform/database.ts';
import { errorCode, isAway } from './platform/database-errors.ts';
import { createFingerprints } from './platform/fingerprints.ts';
import { createKeys, type Keys } from './platform/keys.ts';
import type { Logger } from './platform/logger.ts';
import { UnusableServer } from './platform/mysql-session.ts';
import { type DatabaseOptions, isSqlite, sqliteFile } from './platform/orm.ts';
import type { PasswordCost } from './platform/passwords.ts';
import { createMemoryPresenceStore } from './platform/presence-store.memory.ts';
import { createRedisPresenceStore } from './platform/presence-store.redis.ts';
import type { PresenceStore } from './platform/presence-store.ts';
import { createMemoryRateLimiter } from './platform/rate-limit.memory.ts';
import { createRedisRateLimiter } from './platform/rate-limit.redis.ts';
import { noLimits, type RateLimiter } from './platform/rate-limit.ts';
import { createRedis } from './platform/redis.ts';
import { generatedSecret } from './platform/secret.ts';
import { createMemorySessionCache } from './platform/session-cache.memory.ts';
import { createRedisSessionCache } from './platform/session-cache.redis.ts';
import type { SessionCache } from './platform/session-cache.ts';
import { holdFile } from './platform/sqlite-lock.ts';
import { schema } from './schema.ts';
import { createErrorPresenter } from './server/engine/errors.ts';
import { createEngine } from './server/engine.ts';
import { createAddresses } from './server/http/addresses.ts';
import { createArriving } from './server/http/arriving.ts';
import { createGraphiql } from './server/http/graphiql.ts';
import { createHealth } from './server/http/health.ts';
import { createHttpDoor } from './server/http/http.ts';
import { createOrigins } from './server/http/origins.ts';
import { createUnread } from './server/http/unread.ts';
import { createHttpGraphql } from './server/http/yoga.ts';
import { createSessionWatch } from './server/socket/session-watch.ts';
import { createSocketDoor } from './server/socket/websocket.ts';
import { createServices, type Parts } from './services.ts';

/** A server that runs. */
export interface App {
  /** Where it listens, such as `http://127.0.0.1:4000`; the API is at `/graphql` there. */
  readonly url: string;
  /** Answers a request without the network, with the same rules. */
  readonly fetch: (request: Request) => Promise<Response>;
  /**
   * Is not ready any more and takes no new socket, serves HTTP for `DRAIN_SECONDS` and closes the sockets with 1001 meanwhile, each when its
   * answers are out; then says no to new work, finishes what is in flight, and closes everything behind. Resolves within `SHUTDOWN_SECONDS` or
   * little more, whatever hangs. Calling it again gives the same promise.
   */
  stop(): Promise<void>;
}

/** What a caller brings along. */
export interface AppOptions {
  readonly logger: Logger;
  /** What hashing a password costs. No setting, so that no operator makes it cheap: only who hashes thousands that protect nothing says it. */
  readonly passwordCost?: PasswordCost;
}

/** The server could not start: one sentence that says what to do. */
export class StartError extends Error {
  constructor(message: string, cause: unknown) {
    super(message, { cause });
    this.name = 'StartError';
  }
}

type Close = () => unknown;

/**
 * The composition root: makes every part, in the order in which they need each other, and starts to listen. Several in one process do not
 * know of each other. Where a part cannot be made, those before it are closed again and a `StartError` tells which and what helps.
 */
export async function createApp(config: Config, options: AppOptions): Promise<App> {
  const { logger } = options;
  const opened: Close[] = [];
  const closeAll = async () => {
    for (let close = opened.pop(); close; close = opened.pop()) {
      try {
        await close();
      } catch (error) {
        logger.warn({ err: error }, 'a part could not be closed');
      }
    }
  };
  try {
    return await assemble(config, options, opened, closeAll);
  } catch (error) {
    await closeAll();
    throw error;
  }
}

async function assemble(config: Config, { logger, passwordCost }: AppOptions, opened: Close[], closeAll: () => Promise<void>): Promise<App> {
  const keys = createKeys(config.tokens.secret ?? (await ownSecret(config.dataDir)), config.tokens.previousSecret);
  const database = await openDatabase(config, logger, opened);
  const fingerprints = createFingerprints(await databaseSecret(database, 'fingerprints'));
  const { bus, sessionCache, presenceStore, limiter } = await openSharedParts(config, keys, logger, opened);
  if (limiter === null) logger.warn({}, 'RATE_LIMITS is off: nobody is slowed down, whatever they do');

  const onFault = (error: unknown) => {
    // That a service is away is said once, by the part that found it out, and not for each try.
    const level = error instanceof AppError && error.code === 'UNAVAILABLE' ? 'debug' : 'error';
    logger[level]({ err: error }, 'background work failed; it goes on');
  };
  const onModeration: Parts['onModeration'] = (record) => logger.info({ ...record }, 'an admin changed an account');
  const services = createServices({
    config,
    database,
    bus,
    keys,
    fingerprints,
    sessionCache,
    presenceStore,
    limiter: limiter ?? noLimits,
    version: manifest.version,
    onFault,
    onModeration,
    passwordCost,
  });
  opened.push(() => services.profileJobs.stop());
  opened.push(() => services.ownerJobs.stop());
  opened.push(() => services.indexJob.stop());
  opened.push(() => services.cleaning.stop());
  opened.push(() => services.presence.stop());
  opened.push(() => services.presenceWatch.stop());
  await services.events.start();
  opened.push(() => services.events.stop());
  await services.auth.ensureAdmin();

  const presenter = createErrorPresenter(logger);
  const engine = createEngine({
    schema,
    services,
    database,
    presenter,
    logger,
    limiter,
    documents: { limits: config.documents, introspection: config.graphiql },
    snapshotsAtOnce: Math.max(1, Math.floor(config.database.pool / 2)),
    takePosition: services.events.position,
  });
  const nodes = createNodeService({
    database,
    bus,
    onFault,
    onApart: (others) => {
      if (others > 0) logger.error({ others }, 'other nodes on this database do not hear this one: REDIS_URL and REDIS_PREFIX have to be the same');
      else logger.info('all nodes on this database hear each other again');
    },
  });
  const health = createHealth(database, bus, nodes.isApart);
  const refusedOrigin = createSeldom(60_000);
  const origins = createOrigins(config.origins, {
    anyLocalPort: !config.production,
    onRefused: (origin) =>
      refusedOrigin((times) => {
        logger.warn({ origin, times }, 'a page was refused: add its origin to ALLOWED_ORIGINS, or set PUBLIC_URL where it is the address of this server');
      }),
  });
  const untrustedProxy = createSeldom(60_000);
  const addresses = createAddresses(config.trustedProxies, () =>
    untrustedProxy((times) => {
      logger.warn({ times }, 'X-Forwarded-For comes from an address that is not in TRUSTED_PROXIES: name it there if it is your proxy');
    }),
  );
  const unread = createUnread({
    bytes: config.unreadBytes,
    lookMs: Math.min(config.http.stallMs, config.socket.stallMs) / 6,
    onEnding: (why, bytes) => {
      if (why === 'STALLED') logger.info({ bytes }, 'a reader took nothing for too long and is cut off');
      else logger.info({ bytes }, 'more waits to be read than may, and the slowest reader is cut off');
    },
  });
  const arriving = createArriving(config.unreadBytes);
  const http = createHttpDoor({
    engine,
    graphql: createHttpGraphql(engine, presenter),
    health,
    logger,
    origins,
    graphiql: config.graphiql ? createGraphiql() : null,
    bodyBytes: config.http.bodyBytes,
    arriving,
    authenticate: services.sessions.requireViewer,
    addresses,
    writing: { unread, stallMs: config.http.stallMs, restBytes: config.http.bodyBytes },
  });
  const watch = createSessionWatch(services.sessions, bus, logger, config.sessions.checkMs);
  const sockets = createSocketDoor({
    engine,
    sessions: services.sessions,
    watch,
    presence: services.presence,
    origins,
    addresses,
    limiter: limiter ?? noLimits,
    logger,
    unread,
    arriving,
    version: manifest.version,
    limits: config.socket,
  });

  const server = createServer({ ...serverLimits, shouldUpgradeCallback: sockets.wants }, http.listener);
  server.on('checkContinue', http.listener);
  server.on('connect', http.refuseTunnel);
  server.on('upgrade', sockets.upgrade);
  const url = await listen(server, config);
  opened.push(() => server.closeAllConnections());

  services.profileJobs.start();
  services.ownerJobs.start();
  services.indexJob.start();
  services.cleaning.start();
  nodes.start();
  opened.push(() => nodes.stop());
  watch.start();
  opened.push(() => watch.stop());
  unread.start();
  opened.push(() => unread.stop());
  sockets.start();
  opened.push(() => sockets.stop());
  logger.info({ url, version: manifest.version, database: database.dialect.name, redis: config.redis.url !== undefined }, 'listening');

  const shutDown = async () => {
    health.stopping();
    sockets.shut();
    // Meanwhile HTTP goes on, also where no socket is open: whoever sends requests here needs a while to see that this node is not ready any more.
    await Promise.all([sockets.drain(config.drainMs), sleep(config.drainMs)]);
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeIdleConnections();
    // A connection that was taken in the last moment may still come with its request.
    await Promise.race([closed, sleep(lastMomentMs)]);
    await engine.drain();
    await sockets.stop();
    server.closeIdleConnections();
    await closed;
  };
  let stopping: Promise<void> | undefined;
  const stop = async () => {
    logger.info('stopping');
    if (!(await within(shutDown(), config.shutdownMs))) logger.warn('some work did not end in time');
    await within(closeAll(), lastWordsMs);
    logger.info('stopped');
  };
  return {
    url,
    fetch: http.fetch,
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
  };
}

/** How long new work is still taken when no connection is any more. */
const lastMomentMs = 200;

/** How long closing may take beyond SHUTDOWN_SECONDS. */
const lastWordsMs = 1500;

/** Slow senders are not waited for. */
const serverLimits = {
  maxHeaderSize: 16_384,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 5_000,
} as const;

async function ownSecret(dataDir: string): Promise<string> {
  return await generatedSecret(dataDir).catch((error: unknown) => {
    throw new StartError(`The folder ${dataDir} cannot be used (${reasonOf(error)}): make it one that this process can write to, or correct DATA_DIR.`, error);
  });
}

async function openDatabase(config: Config, logger: Logger, opened: Close[]): Promise<Database> {
  const { url, pool, timeoutMs } = config.database;
  const options = { url, dataDir: config.dataDir, pool, timeoutMs };
  const variable = url === undefined ? 'DATA_DIR' : 'DATABASE_URL';
  const where = url === undefined ? `in ${config.dataDir}` : isSqlite(options) ? url : shownAddress(parseDatabaseAddress(url));
  try {
    if (isSqlite(options)) await holdForThisServer(options, where, opened);
    const database = await createDatabase(options, entities, logger);
    opened.push(() => database.close());
    await database.migrate();
    return database;
  } catch (error) {
    const cause = error instanceof AppError && error.code === 'UNAVAILABLE' ? error.cause : error;
    if (cause instanceof UnusableServer) throw new StartError(`The database ${where} cannot be used: ${cause.message}.`, error);
    // What lies outside of Parley is said in a sentence, and a fault of ours with its frames.
    if (error === cause && !isAway(error) && !isOfFiles(error)) throw error;
    throw new StartError(`The database ${where} cannot be used (${reasonOf(cause)}): start it, or correct ${variable}.`, error);
  }
}

async function holdForThisServer(options: DatabaseOptions, where: string, opened: Close[]): Promise<void> {
  const file = sqliteFile(options);
  if (file === ':memory:') return;
  const release = await holdFile(file, handOverMs);
  if (!release) throw new StartError(`The database ${where} is in use by another Parley: stop that one, or give this one another DATA_DIR.`, null);
  opened.push(release);
}

/** How long a server on SQLite waits for the one before it to stop. */
const handOverMs = 2000;

const isOfFiles = (error: unknown) => /^(E[A-Z]{3,}|ERR_SQLITE_ERROR|SQLITE_(CORRUPT|NOTADB|AUTH|PERM)\w*)$/.test(errorCode(error));

const reasonOf = (error: unknown) => (error instanceof Error ? error.message : 'no answer in time');

async function openSharedParts(
  config: Config,
  keys: Keys,
  logger: Logger,
  opened: Close[],
): Promise<{ readonly bus: Bus; readonly sessionCache: SessionCache; readonly presenceStore: PresenceStore; readonly limiter: RateLimiter | null }> {
  const { url, prefix, timeoutMs } = config.redis;
  const { rates } = config;
  const secret = keys.current('rate');
  if (url === undefined) {
    const bus = createMemoryBus();
    opened.push(() => bus.close());
    return {
      bus,
      sessionCache: createMemorySessionCache(),
      presenceStore: createMemoryPresenceStore(),
      limiter: rates && createMemoryRateLimiter(rates, secret),
    };
  }
  const redis = await createRedis({ url, prefix, timeoutMs }, logger);
  opened.push(() => redis.close());
  const bus = createRedisBus(redis, logger);
  opened.push(() => bus.close());
  return {
    bus,
    sessionCache: createRedisSessionCache(redis),
    presenceStore: createRedisPresenceStore(redis),
    limiter: rates && createRedisRateLimiter(redis, rates, secret),
  };
}

/**
 * Connections that the system takes in while the process is at something else; it has a bound of its own (on Linux `net.core.somaxconn`). Whoever comes
 * when they are that many is dropped without a word and tries again a second later: that is a wait which somebody else's many connections cause.
 */
const connectsAtOnce = 4096;

async function listen(server: Server, { host, port }: Config): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(new StartError(whyNotListening(error, host, port), error)));
    server.listen({ port, host, backlog: connectsAtOnce }, resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('the server listens at no port');
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : isIPv6(host) ? `[${host}]` : host;
  return `http://${reachable}:${address.port}`;
}

function whyNotListening(error: NodeJS.ErrnoException, host: string, port: number): string {
  if (error.code === 'EADDRINUSE') return `Port ${port} of ${host} is in use: stop what listens there, or set PORT to another one.`;
  if (error.code === 'EACCES') return `Port ${port} may not be used without rights: set PORT to one above 1023.`;
  return `The server cannot listen at ${host}:${port} (${error.message}): correct HOST and PORT.`;
}

/** Whether the work ended within the time; a failure counts as an end. */
async function within(work: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  const ended = work.then(
    () => true,
    () => true,
  );
  return await Promise.race([ended, late]).finally(() => clearTimeout(timer));
}
