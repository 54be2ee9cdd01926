import { AppError } from '../kernel/errors.ts';
import { ReadOnlyServer, UnusableServer } from './mysql-session.ts';

// Errors of servers by their numbers, which the driver hands on: of their names it knows only those of MySQL.

// Not among them is 1792 (ER_CANT_EXECUTE_IN_READ_ONLY_TRANSACTION): each session is set to read and write, so that only a snapshot that writes, a
// fault of ours, is answered with it.
/** The server answers, and is not (or not any more) the one that serves: whoever takes its place is found by connecting anew. */
const moved = new Set([
  1290, // ER_OPTION_PREVENTS_STATEMENT: --read-only, --super-read-only
  1836, // ER_READ_ONLY_MODE
  1874, // ER_INNODB_READ_ONLY
  1036, // ER_OPEN_AS_READONLY: what MariaDB says with --innodb-read-only
  1881, // ER_INNODB_FORCED_RECOVERY
  3032, // ER_SERVER_OFFLINE_MODE
  3100, // ER_RUN_HOOK_ERROR: a member of a group that has lost the others
  1047, // ER_UNKNOWN_COM_ERROR: a node of Galera that has lost the others
]);

/** Nothing can be done at present, for whatever reason that lies with the server, the account or the way to it. */
const away = new Set([
  ...moved,
  1021, // ER_DISK_FULL
  1026, // ER_ERROR_ON_WRITE
  1114, // ER_RECORD_FILE_FULL: the disk of InnoDB is full
  1037, // ER_OUTOFMEMORY
  1041, // ER_OUT_OF_RESOURCES
  1040, // ER_CON_COUNT_ERROR
  1203, // ER_TOO_MANY_USER_CONNECTIONS
  1226, // ER_USER_LIMIT_REACHED
  1129, // ER_HOST_IS_BLOCKED
  1130, // ER_HOST_NOT_PRIVILEGED
  1044, // ER_DBACCESS_DENIED_ERROR
  1045, // ER_ACCESS_DENIED_ERROR
  1698, // ER_ACCESS_DENIED_NO_PASSWORD_ERROR
  1142, // ER_TABLEACCESS_DENIED_ERROR
  1143, // ER_COLUMNACCESS_DENIED_ERROR
  1227, // ER_SPECIFIC_ACCESS_DENIED_ERROR
  1820, // ER_MUST_CHANGE_PASSWORD
  1862, // ER_MUST_CHANGE_PASSWORD_LOGIN
  3118, // ER_ACCOUNT_HAS_BEEN_LOCKED of MySQL
  4151, // ER_ACCOUNT_HAS_BEEN_LOCKED of MariaDB
  3159, // ER_SECURE_TRANSPORT_REQUIRED
  1049, // ER_BAD_DB_ERROR
  1053, // ER_SERVER_SHUTDOWN
  1077, // ER_NORMAL_SHUTDOWN
  1079, // ER_SHUTDOWN_COMPLETE
  1080, // ER_FORCING_CLOSE
  1152, // ER_ABORTING_CONNECTION
  1158, // ER_NET_READ_ERROR
  1159, // ER_NET_READ_INTERRUPTED
  1160, // ER_NET_ERROR_ON_WRITE
  1161, // ER_NET_WRITE_INTERRUPTED
  1184, // ER_NEW_ABORTING_CONNECTION
  1317, // ER_QUERY_INTERRUPTED
  1927, // ER_CONNECTION_KILLED of MariaDB
  1969, // ER_STATEMENT_TIMEOUT of MariaDB
  3024, // ER_QUERY_TIMEOUT of MySQL
  3168, // ER_SERVER_ISNT_AVAILABLE
  4031, // ER_CLIENT_INTERACTION_TIMEOUT
  3170, // ER_CAPACITY_EXCEEDED
  1180, // ER_ERROR_DURING_COMMIT
]);

/** Beginning again is right: this transaction was chosen as a victim, a lock took too long, or what it had read was changed meanwhile. */
const conflicts = new Set([
  1205, // ER_LOCK_WAIT_TIMEOUT
  1213, // ER_LOCK_DEADLOCK
  1020, // ER_CHECKREAD
  1412, // ER_TABLE_DEF_CHANGED: a migration went by
  3101, // ER_TRANSACTION_ROLLBACK_DURING_COMMIT
  3572, // ER_LOCK_NOWAIT
]);

const duplicates = new Set([
  1062, // ER_DUP_ENTRY
  1586, // ER_DUP_ENTRY_WITH_KEY_NAME
]);

// What the drivers and the sockets say.
const awayCodes = /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_|EHOST|ENET|PROTOCOL_|HANDSHAKE_|SQLITE_(IOERR|FULL|CANTOPEN|READONLY|NOMEM|PROTOCOL))/;

const numberOf = (error: unknown): number => (error instanceof Error && 'errno' in error ? Number(error.errno) : 0);

/** The code of an error of a driver or a socket; empty where it has none. */
export function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** The database chose this transaction as a victim, or a lock took too long: beginning again is right. */
export function isLockConflict(error: unknown): boolean {
  return conflicts.has(numberOf(error)) || /^SQLITE_BUSY/.test(errorCode(error));
}

/** Whether an error says that a row with the same unique key exists. */
export function isDuplicate(error: unknown): boolean {
  return duplicates.has(numberOf(error)) || ['SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_PRIMARYKEY'].includes(errorCode(error));
}

/** Whether the server is not the one any more that serves. All connections to it are of no use then. */
export function isMoved(error: unknown): boolean {
  return error instanceof ReadOnlyServer || moved.has(numberOf(error));
}

/** Whether an error means that the database is away, for whatever reason: a connection that gave it is of no use. */
export function isAway(error: unknown): boolean {
  // Rolling back on a connection that broke fails as well, in the place of what broke it and without a code.
  if (error instanceof Error && 'fatal' in error && error.fatal === true) return true;
  return error instanceof UnusableServer || error instanceof ReadOnlyServer || away.has(numberOf(error)) || awayCodes.test(errorCode(error));
}

/** Gives `UNAVAILABLE`, with the cause, for an error that means that the database is away or too busy; every other error as it is. */
export function translate(error: unknown): unknown {
  if (!isAway(error) && !isLockConflict(error)) return error;
  const unavailable = new AppError('UNAVAILABLE');
  unavailable.cause = error;
  return unavailable;
}

/** Whether a call to the database failed because that is away for everybody, and not because of locks that somebody else holds. */
export function isDatabaseAway(error: unknown): boolean {
  return error instanceof AppError && error.code === 'UNAVAILABLE' && !isLockConflict(error.cause);
}
