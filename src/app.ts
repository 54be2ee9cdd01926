import { createServer } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import manifest from '../package.json' with { type: 'json' };
import type { Config } from './config.ts';
import { createFileLinks } from './features/files/file-links.service.ts';
import { createNodeService } from './features/log/node.service.ts';
import { databaseSecret } from './features/log/secret.service.ts';
import { AppError } from './kernel/errors.ts';
import { createSeldom } from './kernel/seldom.ts';
import { StartError } from './kernel/start-error.ts';
import { createTurns } from './kernel/turns.ts';
import { limitsOf } from './limits.ts';
import { openDatabase, reasonOf } from './open-database.ts';
import { createFileLooker, type FileLooker } from './platform/file-look.ts';
import { createFileScanner } from './platform/file-scan.ts';
import { openFileStore } from './platform/file-store.open.ts';
import type { FileStore } from './platform/file-store.ts';
import { createFingerprints } from './platform/fingerprints.ts';
import type { PasswordCost } from './platform/hash-threads.ts';
import { createKeys } from './platform/keys.ts';
import type { Logger } from './platform/logger.ts';
import { createPrometheusMetrics, type PrometheusMetrics } from './platform/metrics.prometheus.ts';
import { noMetrics } from './platform/metrics.ts';
import { createPageBuild, type PageBuild, pagesFolder } from './platform/page-build.ts';
import type { ProofCost } from './platform/proof-of-work.ts';
import { noLimits } from './platform/rate-limit.ts';
import { generatedSecret } from './platform/secret.ts';
import { needsSharedFolder } from './platform/shared-folder.ts';
import { openSharedParts } from './platform/shared-parts.ts';
import { schema } from './schema.ts';
import { createErrorPresenter } from './server/engine/errors.ts';
import { turnMsOf } from './server/engine/limits.ts';
import { createEngine } from './server/engine.ts';
import { createAddresses } from './server/http/addresses.ts';
import { createArriving } from './server/http/arriving.ts';
import { createAskers } from './server/http/askers.ts';
import { createFileDoors, type FilesOfDoors } from './server/http/file-doors.ts';
import { createGraphiql } from './server/http/graphiql.ts';
import { createHealth, watchHealth } from './server/http/health.ts';
import { createHttpDoor } from './server/http/http.ts';
import { slowestMs } from './server/http/http-body.ts';
import { createIntake } from './server/http/intake.ts';
import { listen } from './server/http/listening.ts';
import { openMetricsDoor } from './server/http/metrics-door.ts';
import { createOrigins } from './server/http/origins.ts';
import { createPages, fileOriginsOf } from './server/http/pages.ts';
import { createUnread } from './server/http/unread.ts';
import { createHttpGraphql } from './server/http/yoga.ts';
import { createSessionWatch } from './server/socket/session-watch.ts';
import { createSocketDoor } from './server/socket/websocket.ts';
import { createServices, type Parts } from './services.ts';

/** A server that runs. */
export interface App {
  /** Where it listens, such as `http://127.0.0.1:4000`; the API is at `/graphql` there. */
  readonly url: string;
  /** Where its metrics are, such as `http://127.0.0.1:9464/metrics`; null where they are off. */
  readonly metricsUrl: string | null;
  /** Answers a request without the network, with the same rules. */
  readonly fetch: (request: Request) => Promise<Response>;
  /**
   * Is not ready any more and takes no new socket, serves HTTP for `DRAIN_SECONDS` and closes the sockets with 1001 meanwhile, each when its
   * answers are out; then says no to new work, finishes what is in flight, and closes everything behind. Resolves within `SHUTDOWN_SECONDS` or
   * little more, whatever hangs. Calling it again gives the same promise.
   */
  stop(): Promise<void>;
}

/** What one of several processes leaves to the one that has started them. */
export interface AsWorker {
  readonly pageBuild: PageBuild;
  /** Tells them where all are told together, in the place of a port of its own. */
  tellMetrics(metrics: PrometheusMetrics): void;
}

/** What a caller brings along. */
export interface AppOptions {
  readonly logger: Logger;
  /** Where this is one of several processes of a server. */
  readonly worker?: AsWorker | null;
  /** What hashing a password costs. No setting, so that no operator makes it cheap: only who hashes thousands that protect nothing says it. */
  readonly passwordCost?: PasswordCost;
  /** What solving a proof of work costs; likewise. */
  readonly proofCost?: ProofCost;
  /** What has been uploaded, in the place of what is in the tables: for tests of the doors. */
  readonly files?: FilesOfDoors;
  /** Looks at files in the place of the looker that is made here: for tests. */
  readonly fileLooker?: FileLooker;
  /** Where the pages are, in the place of those of this project: for tests. */
  readonly pagesFolder?: string;
  /** What becomes of the store that is opened here: for tests, in which it is away. */
  readonly wrapFileStore?: (store: FileStore) => FileStore;
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

async function assemble(config: Config, options: AppOptions, opened: Close[], closeAll: () => Promise<void>): Promise<App> {
  const { logger, worker = null, passwordCost, proofCost, wrapFileStore } = options;
  const keys = createKeys(config.tokens.secret ?? (await ownSecret(config.dataDir)), config.tokens.previousSecret);
  const prometheus = config.metrics && createPrometheusMetrics();
  const metrics = prometheus ?? noMetrics;
  const turns = createTurns(turnMsOf(config.documents));
  const database = await openDatabase(config, turns, logger, metrics, opened);
  const fingerprints = createFingerprints(await databaseSecret(database, 'fingerprints'));
  const shared = await openSharedParts(config, keys, logger, metrics, opened);
  const { bus, limiter } = shared;
  const store = await openFileStore(config, logger, wrapFileStore);
  opened.push(() => store.close());
  const fileLinks = createFileLinks(keys, config.publicUrl);
  const fileLooker =
    options.fileLooker ??
    (await createFileLooker({ logger, atOnce: config.files.looksAtOnce, ms: config.look.ms, memoryBytes: config.look.memoryBytes, limits: config.pictures }));
  if (database.dialect.name === 'mysql' && (await database.mayChange('AuditRecord')))
    logger.warn({}, 'the account of the database may change and delete what is in audit_record: it needs no more than INSERT and SELECT there');
  if (limiter === null) logger.warn({}, 'RATE_LIMITS is off: nobody is slowed down, whatever they do');
  if (needsSharedFolder(config)) logger.info({ folder: config.dataDir }, 'files are in a folder: with several nodes it has to be one that all of them share');

  const onFault = (error: unknown) => {
    // That a service or the store is away is said once, by the part that found it out, and not for each try.
    const level = error instanceof AppError && error.code === 'UNAVAILABLE' ? 'debug' : 'error';
    logger[level]({ err: error }, 'background work failed; it goes on');
  };
  const onModeration: Parts['onModeration'] = (record) => logger.info({ ...record }, 'an admin changed an account');
  const onMissingKeys: Parts['onMissingKeys'] = (url, error) => logger.warn({ url, err: error }, 'the keys of a provider cannot be had');
  const onLostSecret: Parts['onLostSecret'] = (provider) =>
    logger.warn({ provider }, 'the secret of a provider cannot be opened with this TOKEN_SECRET: make a new one by rotateProviderSecret');
  const services = createServices({
    ...shared,
    config,
    database,
    keys,
    fingerprints,
    limiter: limiter ?? noLimits,
    fileStore: store,
    fileLooker,
    fileScanner: createFileScanner({ logger, ...config.scan }),
    fileLinks,
    metrics,
    version: manifest.version,
    limits: limitsOf(config),
    onFault,
    onMissingKeys,
    onLostSecret,
    onModeration,
    passwordCost,
    proofCost,
  });
  opened.push(() => services.profileJobs.stop());
  opened.push(() => services.ownerJobs.stop());
  opened.push(() => services.indexJob.stop());
  opened.push(() => Promise.all([services.cleaning.stop(), services.remains.stop()]));
  opened.push(() => services.rolls.stop());
  opened.push(() => services.files.stop());
  opened.push(() => services.fileCleaning.stop());
  opened.push(() => services.presence.stop());
  opened.push(() => services.presenceWatch.stop());
  opened.push(() => services.serverKeyCheck.stop());
  await services.events.start();
  opened.push(() => services.events.stop());
  await services.auth.ensureAdmin();
  await services.providers.prepare();

  const presenter = createErrorPresenter(logger);
  const engine = createEngine({
    schema,
    services,
    database,
    presenter,
    logger,
    limiter,
    metrics,
    documents: { limits: config.documents, introspection: config.graphiql },
    turns,
    // SQLite has one connection, which others want between two snapshots.
    snapshotsAtOnce: database.dialect.name === 'sqlite' ? 1 : Math.max(1, Math.floor(config.database.pool / 2)),
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
  watchHealth(health, metrics);
  metrics.watch('build', { version: manifest.version, database: database.dialect.name }, () => 1);
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
  const intake = createIntake();
  const fileDoors = createFileDoors({
    files: options.files ?? services.files,
    links: fileLinks,
    store,
    locks: shared.uploadLocks,
    transfers: config.transfers,
    origins,
    limiter: limiter ?? noLimits,
    logger,
  });
  const webFolder = options.pagesFolder ?? pagesFolder;
  const pageBuild = config.pages ? (worker?.pageBuild ?? createPageBuild(webFolder, logger)) : null;
  const pages = pageBuild && createPages({ folder: join(webFolder, 'dist'), built: pageBuild.done, fileOrigins: fileOriginsOf(config), patienceMs: 5000 });
  const http = createHttpDoor({
    engine,
    graphql: createHttpGraphql(engine, presenter),
    health,
    logger,
    origins,
    pages,
    graphiql: config.graphiql ? createGraphiql() : null,
    bodyBytes: config.http.bodyBytes,
    arriving,
    intake,
    askers: createAskers({ services, limiter: limiter ?? noLimits, logger }),
    addresses,
    writing: { unread, stallMs: config.http.stallMs, restBytes: config.http.bodyBytes, restMs: slowestMs },
    files: fileDoors,
    uploadStallMs: config.transfers.uploadStallMs,
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
    rates: config.rates,
    logger,
    metrics,
    unread,
    arriving,
    intake,
    version: manifest.version,
    limits: config.socket,
  });

  metrics.watch('processes', {}, () => 1);
  if (prometheus) worker?.tellMetrics(prometheus);
  const metricsDoor = config.metrics && prometheus && worker === null ? await openMetricsDoor(config.metrics, prometheus, logger, serverLimits) : null;
  if (metricsDoor) opened.push(metricsDoor.close);
  const metricsUrl = metricsDoor?.url ?? null;
  // Uploads take longer than every other request, and the door knows which ones are.
  const server = createServer({ ...serverLimits, requestTimeout: 0, shouldUpgradeCallback: sockets.wants }, http.listener);
  server.on('connection', http.connected);
  server.on('checkContinue', http.listener);
  server.on('checkExpectation', http.listener);
  server.on('connect', http.refuseTunnel);
  server.on('upgrade', sockets.upgrade);
  const url = await listen(server, { ...config, portVariable: 'PORT', hostVariable: 'HOST', isShared: worker !== null });
  opened.push(() => server.closeAllConnections());

  // Only now: the API is not to wait for the page.
  pageBuild?.start();
  opened.push(() => pageBuild?.stop());
  services.profileJobs.start();
  services.ownerJobs.start();
  services.indexJob.start();
  services.cleaning.start();
  services.files.start();
  services.fileCleaning.start();
  services.remains.start();
  services.rolls.start();
  nodes.start();
  opened.push(() => nodes.stop());
  watch.start();
  opened.push(() => watch.stop());
  unread.start();
  opened.push(() => unread.stop());
  sockets.start();
  opened.push(() => sockets.stop());
  logger.info({ url, version: manifest.version, database: database.dialect.name, redis: config.redis.url !== undefined, metrics: metricsUrl }, 'listening');

  const shutDown = async () => {
    health.stopping();
    sockets.shut();
    // Meanwhile HTTP goes on, also where no socket is open: whoever sends requests here needs a while to see that this node is not ready any more.
    await Promise.all([sockets.drain(config.drainMs), sleep(config.drainMs)]);
    fileDoors.stop();
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
    metricsUrl,
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

/** Slow senders are not waited for. What lacks a `Host` is refused by the door. */
const serverLimits = {
  requireHostHeader: false,
  maxHeaderSize: 16_384,
  headersTimeout: 10_000,
  requestTimeout: slowestMs,
  keepAliveTimeout: 65_000,
  connectionsCheckingInterval: 5_000,
} as const;

async function ownSecret(dataDir: string): Promise<string> {
  return await generatedSecret(dataDir).catch((error: unknown) => {
    throw new StartError(`The folder ${dataDir} cannot be used (${reasonOf(error)}): make it one that this process can write to, or correct DATA_DIR.`, error);
  });
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
