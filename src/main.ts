import cluster from 'node:cluster';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { type Config, ConfigError, readConfig } from './config.ts';
import { AppError } from './kernel/errors.ts';
import { StartError } from './kernel/start-error.ts';
import { createLogger, type Logger } from './platform/logger.ts';
import { createOutput } from './platform/output.ts';
import { firstSteps } from './server/http/first-steps.ts';
import { startWorkers } from './workers/supervisor.ts';
import { createWorkerSide } from './workers/worker-side.ts';

const usage = `Usage: node src/main.ts [command]

  start                 run the server (the default); configured by the environment, see docs/configuration.md
  migrate               run the migrations that are missing, as each start does, and end
  migration [--check]   make the migrations that the entities need; with --check only say whether any are missing
  schema [--check]      print the GraphQL schema, sorted; with --check compare it with schema.graphql
`;

const print = (text: string) => process.stdout.write(`${text.trimEnd()}\n`);
const complain = (text: string) => process.stderr.write(`${text.trimEnd()}\n`);

// Without somebody who listens, a reader that has gone would count as a fault that nobody caught.
process.stderr.on('error', () => {});
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') complain(`Standard output cannot be written: ${error.message}`);
  process.exitCode = 1;
});

/** Signals that come closer together are one wish: a terminal and npm both pass a Ctrl-C on. */
const impatienceMs = 1000;

/** How long the end may take beyond SHUTDOWN_SECONDS before the process is ended by force. */
const lastResortMs = 3000;

/** How long the last lines may wait for their reader, and the process for a thread. */
const lastWordsMs = 500;

/** Kills the process in so many milliseconds. In a thread of its own: what holds up the end may be an event loop that stands still. */
function endByForce(ms: number): void {
  const code = "setTimeout(() => process.kill(process.pid, 'SIGKILL'), require('node:worker_threads').workerData)";
  // Nothing of what this process was started with is loaded again there.
  const watch = new Worker(code, { eval: true, workerData: ms, execArgv: [], env: {} });
  watch.on('error', () => setTimeout(() => process.kill(process.pid, 'SIGKILL'), ms).unref());
  watch.unref();
}

/**
 * Whether a thread of the pool looks up a name or reads a file. `process.exit` waits for it without a limit, and nothing but a signal from outside
 * can end the process meanwhile.
 */
const isHeldByThread = () => process.getActiveResourcesInfo().some((name) => /^(FSReq|GetAddrInfoReq|GetNameInfoReq)/.test(name));

/** Ends the process, by force where that takes longer than `ms`. */
async function leave(code: number, ms: number): Promise<never> {
  endByForce(ms);
  while (isHeldByThread()) await sleep(10);
  process.exit(code);
}

/** What has to be ended: a server, or the processes that are one together. */
interface Started {
  readonly url: string;
  stop(): Promise<void>;
  /** Ends at once what would not end with this process. */
  kill?(): void;
}

/**
 * Starts the server in this process, or in as many as `WORKERS` says: then this one only looks after them. What a server is made of is loaded where
 * there is one: it takes half of the memory that a server begins with.
 */
async function startServer(config: Config, logger: Logger, endMs: number): Promise<Started> {
  const { worker: channel } = cluster;
  if (config.workers > 1 && !channel) return await startWorkers(config, { logger, endMs });
  const worker = channel ? createWorkerSide(channel) : null;
  const { createApp } = await import('./app.ts');
  const app = await createApp(config, { logger, worker });
  worker?.up(app.url);
  return app;
}

async function start(): Promise<null> {
  const config = readConfig(process.env);
  const output = createOutput(process.stdout, (lost) => logger.warn({ lost }, 'the log was not taken in time; lines are lost'));
  const logger = createLogger(config.logLevel, output, cluster.worker?.id ?? null);
  let crashed = false;
  const crash = (error: unknown) => {
    logger.fatal({ err: error }, 'a fault that nobody caught: the process ends');
    if (!crashed) void leave(1, lastResortMs);
    crashed = true;
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);

  // The end of a worker, by force if need be, and a moment for the process that waits for it.
  const endMs = config.shutdownMs + lastResortMs;
  const looksAfter = config.workers > 1 && cluster.isPrimary;
  const starting = startServer(config, logger, endMs + lastWordsMs);
  void starting.then(
    ({ kill }) => process.once('exit', () => kill?.()),
    () => {},
  );
  let isUp = false;
  let askedAt: number | null = null;
  const stop = () => {
    if (askedAt !== null) {
      if (performance.now() - askedAt > impatienceMs) void leave(1, lastWordsMs);
      return;
    }
    askedAt = performance.now();
    endByForce(looksAfter ? endMs + 2 * lastWordsMs : endMs);
    setTimeout(() => !isUp && leave(1, lastWordsMs), config.shutdownMs);
    const end = async (started: Started) => {
      await started.stop();
      await output.flushed(lastWordsMs);
      await leave(0, lastWordsMs);
    };
    // A start that fails is told below.
    starting.then(
      (started) => end(started).catch(crash),
      () => {},
    );
  };
  // From the beginning: in a container nobody else ends a process that waits for its database.
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);

  const { url } = await starting;
  isUp = true;
  if (!config.production && !cluster.worker) output.write(firstSteps(url, config));
  return null;
}

/** For an account of the database that may change tables, so that the one of the servers need not. */
async function migrate(): Promise<number> {
  const { database: options, dataDir } = readConfig(process.env);
  const [{ createDatabase }, { entities }] = await Promise.all([import('./platform/database.ts'), import('./entities.ts')]);
  try {
    const database = await createDatabase({ ...options, dataDir }, entities);
    try {
      await database.migrate();
    } finally {
      await database.close();
    }
  } catch (error) {
    const reason = error instanceof AppError ? (error.cause ?? error) : error;
    throw new StartError(`The tables cannot be brought up to date: ${reason instanceof Error ? reason.message : reason}`, error);
  }
  print('The tables are up to date.');
  return 0;
}

async function migration(check: boolean): Promise<number> {
  const [{ schemaMigrations }, { entities }] = await Promise.all([import('./platform/schema-migration.ts'), import('./entities.ts')]);
  const found = await schemaMigrations(entities, !check);
  const missing = found.filter((dialect) => dialect.missing).map(({ dialect }) => dialect);
  if (missing.length === 0) print('The migrations are up to date.');
  else if (check) complain(`Migrations are missing for ${missing.join(' and ')}. Make them with: node src/main.ts migration`);
  else print(`Made migrations for ${missing.join(' and ')}.`);
  return check && missing.length > 0 ? 1 : 0;
}

async function compareSchema(check: boolean): Promise<number> {
  const [{ lexicographicSortSchema, printSchema }, { schema }] = await Promise.all([import('graphql'), import('./schema.ts')]);
  const printed = `${printSchema(lexicographicSortSchema(schema))}\n`;
  if (!check) {
    print(printed);
    return 0;
  }
  const path = fileURLToPath(new URL('../schema.graphql', import.meta.url));
  if (existsSync(path) && readFileSync(path, 'utf8') === printed) return 0;
  complain('schema.graphql is not what the code serves. Renew it with: node src/main.ts schema > schema.graphql');
  return 1;
}

/** Runs a command; the code with which to exit, or null to go on running. */
async function run(command: string, options: readonly string[]): Promise<number | null> {
  const check = options[0] === '--check';
  const known = options.length === (check ? 1 : 0);
  if (known && !check && command === 'start') return await start();
  if (known && !check && command === 'migrate') return await migrate();
  if (known && command === 'migration') return await migration(check);
  if (known && command === 'schema') return await compareSchema(check);
  complain(usage);
  return 2;
}

/** Whether a package is not there, of which src/start.cjs says what helps. */
function isNotInstalled(error: unknown): boolean {
  return error instanceof Error && (('code' in error && /MODULE_NOT_FOUND$/.test(String(error.code))) || /native binding/.test(error.message));
}

const [command = 'start', ...options] = process.argv.slice(2);
try {
  const code = await run(command, options);
  if (code !== null && code > 0) process.exitCode = code;
} catch (error) {
  if (isNotInstalled(error)) throw error;
  // What the operator can mend is said in a sentence; only a fault of ours needs its frames.
  if (error instanceof ConfigError || error instanceof StartError) complain(error.message);
  else complain(error instanceof Error ? (error.stack ?? error.message) : String(error));
  await leave(error instanceof ConfigError ? 2 : 1, lastResortMs);
}
