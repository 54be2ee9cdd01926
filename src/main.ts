import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { lexicographicSortSchema, printSchema } from 'graphql';
import { type App, createApp } from './app.ts';
import { ConfigError, readConfig } from './config.ts';
import { entities } from './entities.ts';
import { AppError } from './kernel/errors.ts';
import { StartError } from './kernel/start-error.ts';
import { createDatabase } from './platform/database.ts';
import { createLogger } from './platform/logger.ts';
import { createOutput } from './platform/output.ts';
import { schemaMigrations } from './platform/schema-migration.ts';
import { schema } from './schema.ts';
import { firstSteps } from './server/http/first-steps.ts';

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

async function start(): Promise<null> {
  const config = readConfig(process.env);
  const output = createOutput(process.stdout, (lost) => logger.warn({ lost }, 'the log was not taken in time; lines are lost'));
  const logger = createLogger(config.logLevel, output);
  let crashed = false;
  const crash = (error: unknown) => {
    logger.fatal({ err: error }, 'a fault that nobody caught: the process ends');
    if (!crashed) void leave(1, lastResortMs);
    crashed = true;
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);

  const starting = createApp(config, { logger });
  let isUp = false;
  let askedAt: number | null = null;
  const stop = () => {
    if (askedAt !== null) {
      if (performance.now() - askedAt > impatienceMs) void leave(1, lastWordsMs);
      return;
    }
    askedAt = performance.now();
    endByForce(config.shutdownMs + lastResortMs);
    setTimeout(() => !isUp && leave(1, lastWordsMs), config.shutdownMs);
    const end = async (app: App) => {
      await app.stop();
      await output.flushed(lastWordsMs);
      await leave(0, lastWordsMs);
    };
    // A start that fails is told below.
    starting.then(
      (app) => end(app).catch(crash),
      () => {},
    );
  };
  // From the beginning: in a container nobody else ends a process that waits for its database.
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);

  const { url } = await starting;
  isUp = true;
  if (!config.production) output.write(firstSteps(url, config));
  return null;
}

/** For an account of the database that may change tables, so that the one of the servers need not. */
async function migrate(): Promise<number> {
  const { database: options, dataDir } = readConfig(process.env);
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
  const found = await schemaMigrations(entities, !check);
  const missing = found.filter((dialect) => dialect.missing).map(({ dialect }) => dialect);
  if (missing.length === 0) print('The migrations are up to date.');
  else if (check) complain(`Migrations are missing for ${missing.join(' and ')}. Make them with: node src/main.ts migration`);
  else print(`Made migrations for ${missing.join(' and ')}.`);
  return check && missing.length > 0 ? 1 : 0;
}

function compareSchema(check: boolean): number {
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
  if (known && command === 'schema') return compareSchema(check);
  complain(usage);
  return 2;
}

const [command = 'start', ...options] = process.argv.slice(2);
try {
  const code = await run(command, options);
  if (code !== null && code > 0) process.exitCode = code;
} catch (error) {
  // What the operator can mend is said in a sentence; only a fault of ours needs its frames.
  if (error instanceof ConfigError || error instanceof StartError) complain(error.message);
  else complain(error instanceof Error ? (error.stack ?? error.message) : String(error));
  await leave(error instanceof ConfigError ? 2 : 1, lastResortMs);
}
