import { z } from 'zod';
import { AddressError, parseDatabaseAddress, parseRedisAddress, parseSqlitePath } from './kernel/address.ts';
import { networkOf } from './kernel/networks.ts';
import { originOf } from './kernel/origin.ts';
import { ratesOf } from './kernel/rates.ts';
import { isUsername } from './kernel/usernames.ts';

const flag = z.enum(['on', 'off']).transform((value) => value === 'on');
/** What every database and client can hold. */
const largest = 2 ** 31 - 1;
/** A timer that is to wait for more than 2^31 milliseconds goes off at once; there is room for what is added to a wait. */
const longestWaitMs = 2_000_000_000;
/** A hundred years: what is only compared with a time. */
const oldestDays = 36_500;

/** A number as people write it, in these bounds: no other form means what it looks like to everybody, and some mean 0. */
function number(what: 'a number' | 'a whole number', least: number, most: number) {
  const form = what === 'a number' ? /^\d+(\.\d+)?$/ : /^\d+$/;
  return z.string().transform((text, context) => {
    const value = form.test(text.trim()) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    context.addIssue({ code: 'custom', message: `must be ${what} from ${least} to ${most}` });
    return z.NEVER;
  });
}
const count = number('a whole number', 1, largest);
const cost = number('a whole number', 1, 1_000_000_000_000);
const milliseconds = number('a whole number', 0, longestWaitMs);
/** How long something waits, or is done again: at least a millisecond, because nothing would leave no time for anything else. */
const seconds = number('a number', 0.001, longestWaitMs / 1000);
const secondsOrNone = number('a number', 0, longestWaitMs / 1000);
/** How old something may be. */
const age = number('a number', 0.001, oldestDays * 86_400);
const days = number('a number', 0.00001, oldestDays);
const url = (...protocols: string[]) =>
  z.string().refine((text) => URL.canParse(text) && protocols.includes(new URL(text).protocol), {
    error: `must be an address that begins with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
  });
/** An address that is taken apart where it is used; here it is only found out whether it can be. */
const address = (parse: (text: string) => unknown) =>
  z.string().superRefine((text, context) => {
    try {
      parse(text);
    } catch (error) {
      if (!(error instanceof AddressError)) throw error;
      context.addIssue({ code: 'custom', message: error.message });
    }
  });
const origin = z.string().transform((text, context) => {
  const found = originOf(text);
  if (found !== null) return found;
  context.addIssue({ code: 'custom', message: 'must be an origin such as https://app.example.com or capacitor://localhost, without a path' });
  return z.NEVER;
});
const network = z.string().transform((text, context) => {
  const found = networkOf(text);
  if (found !== null) return found;
  context.addIssue({ code: 'custom', message: 'must be addresses or networks such as 127.0.0.1,10.0.0.0/8, with commas between, and not everybody' });
  return z.NEVER;
});
const list = (text: string) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter(Boolean);
const chatRule = z.strictObject({ sendCount: z.union([z.literal(0), z.literal(1), z.literal(2)]).default(0), needFollow: z.boolean().default(true) });
const chatset = z.strictObject({ visitor: chatRule.prefault({}), user: chatRule.prefault({}) });
const json = z.string().transform((text, context) => {
  try {
    const value: unknown = JSON.parse(text);
    return value;
  } catch {
    context.addIssue({ code: 'custom', message: 'must be JSON' });
    return z.NEVER;
  }
});

/**
 * Every variable of the environment that Parley reads, with its form and default.
 * docs/configuration.md tells what each means; a test holds the two together.
 */
export const variables = {
  PORT: number('a whole number', 0, 65_535).default(4000),
  HOST: z.string().default('127.0.0.1'),
  PUBLIC_URL: url('http:', 'https:').optional(),
  DATA_DIR: z.string().default('./data'),
  DATABASE_URL: address((text) => (text.startsWith('sqlite:') ? parseSqlitePath(text) : parseDatabaseAddress(text))).optional(),
  // While the tables are changed one connection holds the lock.
  DATABASE_POOL: number('a whole number', 2, largest).default(20),
  DATABASE_TIMEOUT_SECONDS: seconds.default(4),
  REDIS_URL: address(parseRedisAddress).optional(),
  REDIS_PREFIX: z.string().max(32).default('parley:'),
  REDIS_TIMEOUT_SECONDS: seconds.default(1),
  TOKEN_SECRET: z
    .string()
    .refine((text) => Buffer.byteLength(text) >= 32, { error: 'must have at least 32 bytes; make one with: openssl rand -base64 48' })
    .optional(),
  TOKEN_SECRET_PREVIOUS: z
    .string()
    .refine((text) => Buffer.byteLength(text) >= 32, { error: 'must have at least 32 bytes' })
    .optional(),
  TOKEN_TTL_SECONDS: age.default(900),
  REFRESH_TTL_DAYS: days.default(30),
  REFRESH_REUSE_SECONDS: age.default(30),
  SESSIONS_PER_USER: count.default(50),
  SESSIONS_PER_VISITOR: count.default(20),
  SESSIONS: z.enum(['multi', 'single']).default('multi'),
  SESSION_CACHE_SECONDS: secondsOrNone.default(5),
  SESSION_CHECK_SECONDS: seconds.default(4),
  SESSION_SEEN_SECONDS: number('a number', 0, oldestDays * 86_400).default(3600),
  PASSWORD_HASHES_AT_ONCE: count.default(2),
  ALLOWED_ORIGINS: z.string().default('').transform(list).pipe(z.array(origin)),
  TRUSTED_PROXIES: z.string().default('').transform(list).pipe(z.array(network)),
  ADMIN_USERNAME: z
    .string()
    .refine(isUsername, { error: 'must have 4 to 20 of A-Z a-z 0-9 _ and not be VIS and 8 letters or digits, as visitors are called' })
    .optional(),
  ADMIN_PASSWORD: z.string().optional(),
  DEFAULT_CHATSET: z.string().default('{}').pipe(json).pipe(chatset),
  PRESENCE_GRACE_SECONDS: secondsOrNone.default(5),
  PRESENCE_LEASE_SECONDS: seconds.default(40),
  PRESENCE_RENEW_SECONDS: seconds.default(10),
  TYPING_SECONDS: seconds.default(6),
  RECALL_SECONDS: age.default(300),
  PROFILE_REST_SECONDS: secondsOrNone.default(2),
  FRIEND_REFUSAL_DAYS: days.default(7),
  EDIT_SECONDS: age.default(900),
  GROUP_MEMBERS: count.default(5000),
  GROUP_REQUESTS: count.default(200),
  KEEP_SESSIONS_DAYS: days.default(30),
  KEEP_VISITORS_DAYS: days.default(7),
  KEEP_REQUESTS_DAYS: days.default(90),
  CLEAN_SECONDS: seconds.default(3600),
  REPLAY_DAYS: days.default(7),
  REPLAY_LIMIT: count.default(5000),
  REPLAYS_AT_ONCE: count.default(4),
  STREAM_QUEUE: count.default(250),
  COMPARE_MILLISECONDS: milliseconds.default(2000),
  CLOSE_MILLISECONDS: milliseconds.default(100),
  PRUNE_SECONDS: seconds.default(3600),
  SOCKET_PING_SECONDS: seconds.default(12),
  SOCKET_INIT_SECONDS: seconds.default(10),
  SOCKET_FRAME_BYTES: count.default(262_144),
  SOCKET_OPERATIONS: count.default(100),
  SOCKET_BUFFER_BYTES: count.default(1_048_576),
  SOCKET_STALL_SECONDS: seconds.default(30),
  BODY_BYTES: count.default(262_144),
  DOCUMENT_TOKENS: count.default(2000),
  DOCUMENT_DEPTH: count.default(15),
  DOCUMENT_ROOT_FIELDS: count.default(10),
  DOCUMENT_SAME_NAME: count.default(15),
  DOCUMENT_SAME_RESPONSE_NAME: count.default(15),
  DOCUMENT_OVERLAPS: count.default(5000),
  DOCUMENT_DIRECTIVES: count.default(8),
  DOCUMENT_FRAGMENTS: count.default(100),
  DOCUMENT_VARIABLES: count.default(100),
  DOCUMENT_ERRORS: count.default(5),
  INTROSPECTION_DEPTH: count.default(20),
  INTROSPECTION_TYPES: count.default(10),
  INTROSPECTION_VALUES: count.default(100_000),
  COST_ANONYMOUS: cost.default(1000),
  COST_VISITOR: cost.default(25_000),
  COST_USER: cost.default(50_000),
  COST_AGENT: cost.default(100_000),
  COST_EVENT: cost.default(5000),
  COST_SOCKET: cost.default(10_000),
  ANSWER_BYTES: count.default(8_388_608),
  READ_CHARACTERS: count.default(16_777_216),
  EVENT_BYTES: count.default(1_048_576),
  RUN_MILLISECONDS: count.default(10),
  ANSWER_STALL_SECONDS: seconds.default(30),
  UNREAD_BYTES: count.default(67_108_864),
  RATE_LIMITS: flag.default(true),
  RATES: z
    .string()
    .default('')
    .superRefine((text, context) => void ratesOf(text, (message) => context.addIssue({ code: 'custom', message }))),
  SAME_REQUESTS_A_DAY: count.default(3),
  GRAPHIQL: flag.optional(),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  SHUTDOWN_SECONDS: seconds.default(8),
  DRAIN_SECONDS: secondsOrNone.default(3),
  NODE_ENV: z.string().optional(),
} as const;

const environment = z.object(variables);

/** A configuration that cannot be used: one line for each problem, each with its variable. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The configuration cannot be used:\n${problems.map((problem) => `  ${problem}`).join('\n')}\nSee docs/configuration.md.`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** Who may start to write to a user who never set a chatset. */
export type ChatsetDefault = z.infer<typeof chatset>;

/** The whole configuration, read once. Durations are milliseconds unless the name says otherwise. */
export type Config = Readonly<ReturnType<typeof treeOf>>;

/** How large a document may be and what it may cost, whoever sends it: the one place where these numbers stand. */
export type DocumentLimits = Config['documents'];

/** The environment as one frozen tree. Throws a `ConfigError` that names every problem at once. */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  // An empty variable is one that was not set: that is how compose files and unit files leave things out.
  const set = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value.trim() !== ''));
  const parsed = environment.safeParse(set);
  if (parsed.success) {
    const problems = crossChecks(parsed.data).map(({ problem }) => problem);
    if (problems.length > 0) throw new ConfigError(problems);
    return deepFreeze(treeOf(parsed.data));
  }
  const wrong = new Set(parsed.error.issues.map(({ path: [name] }) => String(name)));
  const own = parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  // What is wrong with the others together is told too: nobody wants to start again for each.
  const others = environment.safeParse(Object.fromEntries(Object.entries(set).filter(([name]) => !wrong.has(name))));
  const together = others.success ? crossChecks(others.data).filter(({ about }) => !about.some((name) => wrong.has(name))) : [];
  throw new ConfigError([...own, ...together.map(({ problem }) => problem)]);
}

type Environment = z.infer<typeof environment>;

/** What variables are together that none of them is alone. */
interface Clash {
  readonly about: readonly (keyof Environment)[];
  readonly problem: string;
}

function crossChecks(env: Environment): Clash[] {
  const clashes: Clash[] = [];
  const sqlite = env.DATABASE_URL === undefined || env.DATABASE_URL.startsWith('sqlite:');
  if (!sqlite && env.TOKEN_SECRET === undefined)
    clashes.push({
      about: ['DATABASE_URL', 'TOKEN_SECRET'],
      problem: 'TOKEN_SECRET: must be set where DATABASE_URL names a server, the same on every node; make one with: openssl rand -base64 48',
    });
  if (sqlite && env.REDIS_URL !== undefined)
    clashes.push({
      about: ['DATABASE_URL', 'REDIS_URL'],
      problem: 'REDIS_URL: several nodes cannot share SQLite; set DATABASE_URL to a MySQL or MariaDB server, or leave REDIS_URL out',
    });
  if ((env.ADMIN_USERNAME === undefined) !== (env.ADMIN_PASSWORD === undefined))
    clashes.push({ about: ['ADMIN_USERNAME', 'ADMIN_PASSWORD'], problem: 'ADMIN_USERNAME: set it together with ADMIN_PASSWORD, or neither' });
  if (env.PRESENCE_RENEW_SECONDS * 2 > env.PRESENCE_LEASE_SECONDS)
    clashes.push({
      about: ['PRESENCE_RENEW_SECONDS', 'PRESENCE_LEASE_SECONDS'],
      problem: 'PRESENCE_RENEW_SECONDS: must be at most half of PRESENCE_LEASE_SECONDS, or one lost renewal makes people offline',
    });
  return clashes;
}

function treeOf(env: Environment) {
  const production = env.NODE_ENV === 'production';
  const ms = (value: number) => Math.round(value * 1000);
  const publicUrl = env.PUBLIC_URL ?? `http://localhost:${env.PORT}`;
  const own = originOf(new URL(publicUrl).origin);
  return {
    production,
    port: env.PORT,
    host: env.HOST,
    publicUrl,
    dataDir: env.DATA_DIR,
    /** Origins from which a browser may use the API beside the address that a request names: that of PUBLIC_URL and ALLOWED_ORIGINS. */
    origins: [...new Set([...(own === null ? [] : [own]), ...env.ALLOWED_ORIGINS])],
    /** Who is believed about the address of whom it asks for. */
    trustedProxies: env.TRUSTED_PROXIES,
    graphiql: env.GRAPHIQL ?? !production,
    logLevel: env.LOG_LEVEL,
    shutdownMs: ms(env.SHUTDOWN_SECONDS),
    drainMs: ms(Math.min(env.DRAIN_SECONDS, env.SHUTDOWN_SECONDS / 2)),
    /** What may be done how often; null: without limit. */
    rates: env.RATE_LIMITS ? ratesOf(env.RATES, () => {}) : null,
    database: { url: env.DATABASE_URL, pool: env.DATABASE_POOL, timeoutMs: ms(env.DATABASE_TIMEOUT_SECONDS) },
    redis: { url: env.REDIS_URL, prefix: env.REDIS_PREFIX, timeoutMs: ms(env.REDIS_TIMEOUT_SECONDS) },
    tokens: { secret: env.TOKEN_SECRET, previousSecret: env.TOKEN_SECRET_PREVIOUS, ttlSeconds: env.TOKEN_TTL_SECONDS },
    sessions: {
      single: env.SESSIONS === 'single',
      mostOfUser: env.SESSIONS_PER_USER,
      mostOfVisitor: env.SESSIONS_PER_VISITOR,
      refreshTtlMs: ms(env.REFRESH_TTL_DAYS * 86_400),
      refreshReuseMs: ms(env.REFRESH_REUSE_SECONDS),
      cacheMs: ms(env.SESSION_CACHE_SECONDS),
      checkMs: ms(env.SESSION_CHECK_SECONDS),
      seenMs: ms(env.SESSION_SEEN_SECONDS),
    },
    passwords: { atOnce: env.PASSWORD_HASHES_AT_ONCE },
    admin: env.ADMIN_USERNAME !== undefined && env.ADMIN_PASSWORD !== undefined ? { username: env.ADMIN_USERNAME, password: env.ADMIN_PASSWORD } : null,
    defaultChatset: env.DEFAULT_CHATSET,
    presence: { graceMs: ms(env.PRESENCE_GRACE_SECONDS), leaseMs: ms(env.PRESENCE_LEASE_SECONDS), renewMs: ms(env.PRESENCE_RENEW_SECONDS) },
    typingMs: ms(env.TYPING_SECONDS),
    recallMs: ms(env.RECALL_SECONDS),
    /** How often one may ask the same person, or the same group, in 24 hours; null: without limit. */
    sameRequestsADay: env.RATE_LIMITS ? env.SAME_REQUESTS_A_DAY : null,
    profileRestMs: ms(env.PROFILE_REST_SECONDS),
    friendRefusalMs: ms(env.FRIEND_REFUSAL_DAYS * 86_400),
    editMs: ms(env.EDIT_SECONDS),
    groupMembers: env.GROUP_MEMBERS,
    groupRequests: env.GROUP_REQUESTS,
    cleaning: {
      everyMs: ms(env.CLEAN_SECONDS),
      sessionsMs: ms(env.KEEP_SESSIONS_DAYS * 86_400),
      visitorsMs: ms(env.KEEP_VISITORS_DAYS * 86_400),
      // A refusal counts as long as it says so, whatever goes.
      requestsMs: ms(Math.max(env.KEEP_REQUESTS_DAYS, env.FRIEND_REFUSAL_DAYS) * 86_400),
    },
    log: {
      replayMs: ms(env.REPLAY_DAYS * 86_400),
      replayLimit: env.REPLAY_LIMIT,
      replaysAtOnce: env.REPLAYS_AT_ONCE,
      streamQueue: env.STREAM_QUEUE,
      compareMs: env.COMPARE_MILLISECONDS,
      closeMs: env.CLOSE_MILLISECONDS,
      pruneMs: ms(env.PRUNE_SECONDS),
    },
    socket: {
      pingMs: ms(env.SOCKET_PING_SECONDS),
      initMs: ms(env.SOCKET_INIT_SECONDS),
      frameBytes: env.SOCKET_FRAME_BYTES,
      operations: env.SOCKET_OPERATIONS,
      bufferBytes: env.SOCKET_BUFFER_BYTES,
      stallMs: ms(env.SOCKET_STALL_SECONDS),
    },
    /** What one document may be and cost. Each name ends with its unit, as clients are told it. */
    documents: {
      documentTokens: env.DOCUMENT_TOKENS,
      documentDepth: env.DOCUMENT_DEPTH,
      documentRootFields: env.DOCUMENT_ROOT_FIELDS,
      documentSameNameFields: env.DOCUMENT_SAME_NAME,
      documentSameResponseNameFields: env.DOCUMENT_SAME_RESPONSE_NAME,
      documentOverlaps: env.DOCUMENT_OVERLAPS,
      documentDirectives: env.DOCUMENT_DIRECTIVES,
      documentFragments: env.DOCUMENT_FRAGMENTS,
      documentVariables: env.DOCUMENT_VARIABLES,
      documentErrors: env.DOCUMENT_ERRORS,
      introspectionDepth: env.INTROSPECTION_DEPTH,
      introspectionTypes: env.INTROSPECTION_TYPES,
      introspectionValues: env.INTROSPECTION_VALUES,
      anonymousCost: env.COST_ANONYMOUS,
      visitorCost: env.COST_VISITOR,
      userCost: env.COST_USER,
      agentCost: env.COST_AGENT,
      eventCost: env.COST_EVENT,
      socketEventsCost: env.COST_SOCKET,
      answerBytes: env.ANSWER_BYTES,
      readCharacters: env.READ_CHARACTERS,
      eventBytes: env.EVENT_BYTES,
      runMilliseconds: env.RUN_MILLISECONDS,
    },
    http: { bodyBytes: env.BODY_BYTES, stallMs: ms(env.ANSWER_STALL_SECONDS) },
    unreadBytes: env.UNREAD_BYTES,
  };
}

function deepFreeze<T extends object>(tree: T): Readonly<T> {
  for (const value of Object.values(tree)) if (typeof value === 'object' && value !== null) deepFreeze(value);
  return Object.freeze(tree);
}
