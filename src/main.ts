import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { lexicographicSortSchema, printSchema } from 'graphql';
import { createApp, StartError } from './app.ts';
import { ConfigError, readConfig } from './config.ts';
import { entities } from './entities.ts';
import { createLogger } from './platform/logger.ts';
import { schemaMigrations } from './platform/schema-migration.ts';
import { schema } from './schema.ts';
import { firstSteps } from './server/first-steps.ts';

const usage = `Usage: node src/main.ts [command]

  start                 run the server (the default); configured by the environment, see docs/configuration.md
  migration [--check]   make the migrations that the entities need; with --check only say whether any are missing
  schema [--check]      print the GraphQL schema, sorted; with --check compare it with schema.graphql
`;

const print = (text: string) => process.stdout.write(`${text.trimEnd()}\n`);
const complain = (text: string) => process.stderr.write(`${text.trimEnd()}\n`);

async function start(): Promise<number | null> {
  const config = readConfig(process.env);
  const logger = createLogger(config.logLevel);
  const crash = (error: unknown) => {
    logger.fatal({ err: error }, 'a fault that nobody caught: the process ends');
    process.exit(1);
  };
  process.on('uncaughtException', crash);
  process.on('unhandledRejection', crash);

  const app = await createApp(config, { logger });
  if (!config.production) print(firstSteps(app.url, config.graphiql));

  let asked = 0;
  const stop = () => {
    asked += 1;
    if (asked > 1) process.exit(1);
    app.stop().then(() => process.exit(0), crash);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  return null;
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
  if (known && command === 'migration') return await migration(check);
  if (known && command === 'schema') return compareSchema(check);
  complain(usage);
  return 2;
}

const [command = 'start', ...options] = process.argv.slice(2);
try {
  const code = await run(command, options);
  if (code !== null) process.exitCode = code;
} catch (error) {
  // What the operator can mend is said in a sentence; only a fault of ours needs its frames.
  if (error instanceof ConfigError || error instanceof StartError) complain(error.message);
  else complain(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exit(error instanceof ConfigError ? 2 : 1);
}
