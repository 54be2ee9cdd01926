import { type DestinationStream, type Logger as Pino, pino } from 'pino';

/** Structured logs, one JSON object a line. */
export type Logger = Pick<Pino, 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace'>;

/** Values under these names are never written, wherever a logged object holds them. */
const secrets = [
  'token',
  'refreshToken',
  'password',
  'oldPassword',
  'newPassword',
  'passwordHash',
  'deviceId',
  'secret',
  'text',
  'content',
  'variables',
  'connectionParams',
  'authorization',
  'Authorization',
  'cookie',
];

/**
 * A logger that never writes a token, a password or the text of a message: what has such a name is left out, and errors are reduced to
 * their kind, code, message and frames; of an error of MySQL not even the message, which may quote a value. Of several processes each line says of which.
 */
export function createLogger(level: string, destination: DestinationStream, worker: number | null = null): Logger {
  const options = {
    level,
    base: worker === null ? null : { worker },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    redact: { paths: secrets.flatMap((name) => [name, `*.${name}`, `*.*.${name}`, `*.*.*.${name}`]), remove: true },
    serializers: { err: describeError },
  };
  // Always with a destination: pino's own throws, blocks or keeps the process from its end where nobody reads.
  return pino(options, destination);
}

/** An error for a log: never its other properties, because drivers hang whole statements with their values on them. */
function describeError(error: unknown): Readonly<Record<string, unknown>> {
  if (!(error instanceof Error)) return { type: typeof error };
  const code = 'code' in error && (typeof error.code === 'string' || typeof error.code === 'number') ? error.code : undefined;
  // MySQL quotes values in its messages. SQLite names only tables and columns, and says nothing else of what is wrong.
  const quotesValues = error.name !== 'SqliteError' && ('sql' in error || 'sqlMessage' in error || /^(ER_|SQLITE_)/.test(String(code)));
  const frames = error.stack
    ?.split('\n')
    .filter((line) => line.startsWith('    at '))
    .slice(0, 20)
    .map((line) => line.trim());
  return {
    type: error.name,
    code,
    message: quotesValues ? undefined : error.message.slice(0, 500),
    frames,
    cause: error.cause instanceof Error ? describeError(error.cause) : undefined,
  };
}
