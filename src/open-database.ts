import type { Config } from './config.ts';
import { entities } from './entities.ts';
import { parseDatabaseAddress, shownAddress } from './kernel/address.ts';
import { AppError } from './kernel/errors.ts';
import { StartError } from './kernel/start-error.ts';
import type { Turns } from './kernel/turns.ts';
import { createDatabase, type Database } from './platform/database.ts';
import { watchedDatabase } from './platform/database.watched.ts';
import { errorCode, isAway } from './platform/database-errors.ts';
import type { Logger } from './platform/logger.ts';
import type { Metrics } from './platform/metrics.ts';
import { UnusableServer } from './platform/mysql-session.ts';
import { type DatabaseOptions, isSqlite, sqliteFile } from './platform/orm.ts';
import { holdFile } from './platform/sqlite-lock.ts';

type Close = () => unknown;

/** Opens the database that is configured and brings its tables up to date; what has to be closed again is put into `opened`. Throws a `StartError` that says what helps. */
export async function openDatabase(config: Config, turns: Turns, logger: Logger, metrics: Metrics, opened: Close[]): Promise<Database> {
  const { url, pool, timeoutMs } = config.database;
  const options = { url, dataDir: config.dataDir, pool, timeoutMs, turns };
  const variable = url === undefined ? 'DATA_DIR' : 'DATABASE_URL';
  const where = url === undefined ? `in ${config.dataDir}` : isSqlite(options) ? url : shownAddress(parseDatabaseAddress(url));
  try {
    if (isSqlite(options)) await holdForThisServer(options, where, opened);
    const database = await createDatabase(options, entities, logger, metrics);
    opened.push(() => database.close());
    await database.migrate();
    return watchedDatabase(database, metrics);
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

/** What an error says, for a sentence of ours. */
export const reasonOf = (error: unknown) => (error instanceof Error ? error.message : 'no answer in time');
