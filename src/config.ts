import { availableParallelism } from 'node:os';
import { z } from 'zod';
import { deepFreeze } from './kernel/deep-freeze.ts';
import { identityClashes, identityOf } from './kernel/identity-settings.ts';
import { originOf } from './kernel/origin.ts';
import { ratesOf } from './kernel/rates.ts';
import { type chatset, variables } from './variables.ts';

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
  const clashes: Clash[] = [...identityClashes(env)];
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
  if (env.WORKERS.trim() !== '1' && (sqlite || env.REDIS_URL === undefined))
    clashes.push({
      about: ['WORKERS', 'DATABASE_URL', 'REDIS_URL'],
      problem: 'WORKERS: several processes need a server for their data; set DATABASE_URL to a MySQL or MariaDB server and REDIS_URL, or leave WORKERS out',
    });
  if ((env.ADMIN_USERNAME === undefined) !== (env.ADMIN_PASSWORD === undefined))
    clashes.push({ about: ['ADMIN_USERNAME', 'ADMIN_PASSWORD'], problem: 'ADMIN_USERNAME: set it together with ADMIN_PASSWORD, or neither' });
  for (const name of ['IDENTITY_SECRET', 'IDENTITY_SECRET_PREVIOUS', 'PARLEY_SERVER_KEY'] as const)
    if (env[name] !== undefined && env[name] === env.TOKEN_SECRET)
      clashes.push({ about: [name, 'TOKEN_SECRET'], problem: `${name}: must not be TOKEN_SECRET, with which your back end could make the token of anybody` });
  const bucket = ['S3_BUCKET', 'S3_KEY', 'S3_SECRET'] as const;
  const missing = bucket.filter((name) => env[name] === undefined);
  const isWanted = missing.length < bucket.length || env.S3_ENDPOINT !== undefined || env.S3_PUBLIC_ENDPOINT !== undefined;
  if (isWanted && missing.length > 0)
    clashes.push({
      about: [...bucket, 'S3_ENDPOINT', 'S3_PUBLIC_ENDPOINT'],
      problem: `${missing[0]}: set S3_BUCKET, S3_KEY and S3_SECRET together, or none of the S3_ variables`,
    });
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
  const workers = env.WORKERS.trim() === 'auto' ? availableParallelism() : Number(env.WORKERS);
  /** What all workers of a node may do at once, for one of them: at least 1. */
  const ofWorker = (count: number) => Math.ceil(count / workers);
  const publicUrl = env.PUBLIC_URL ?? `http://localhost:${env.PORT}`;
  const own = originOf(new URL(publicUrl).origin);
  return {
    production,
    port: env.PORT,
    host: env.HOST,
    /** Processes that serve, each as a node does; 1: this one. */
    workers,
    /** Where metrics are told; null: nowhere. */
    metrics: env.METRICS_PORT === undefined ? null : { port: env.METRICS_PORT, host: env.METRICS_HOST },
    dataDir: env.DATA_DIR,
    /** Where the bucket is in which files are; null: they are in DATA_DIR. */
    s3: s3Of(env),
    /** Where clients find the server, without a slash at the end; null: wherever they have found it. */
    publicUrl: env.PUBLIC_URL?.replace(/\/+$/, '') ?? null,
    /** Links for people: see `linkOf`. */
    linkForm: env.PUBLIC_LINK ?? `${publicUrl.replace(/\/+$/, '')}/{kind}/{code}`,
    /** Origins from which a browser may use the API beside the address that a request names: that of PUBLIC_URL and ALLOWED_ORIGINS. */
    origins: [...new Set([...(own === null ? [] : [own]), ...env.ALLOWED_ORIGINS])],
    /** Who is believed about the address of whom it asks for. */
    trustedProxies: env.TRUSTED_PROXIES,
    /** Whether the pages for people are served. */
    pages: env.PAGES,
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
    passwords: { atOnce: ofWorker(env.PASSWORD_HASHES_AT_ONCE), resetMs: ms(env.PASSWORD_RESET_HOURS * 3600) },
    admin: env.ADMIN_USERNAME !== undefined && env.ADMIN_PASSWORD !== undefined ? { username: env.ADMIN_USERNAME, password: env.ADMIN_PASSWORD } : null,
    /** What the server of the operator's asks with that has no row in the table; null: there is none. */
    serverKey: env.PARLEY_SERVER_KEY ?? null,
    identity: identityOf(env),
    /** What everybody's conversation with the operator's servers is called. */
    systemTitle: env.SYSTEM_TITLE === undefined ? { zh: '通知', en: 'Notifications' } : { zh: env.SYSTEM_TITLE, en: env.SYSTEM_TITLE },
    defaultChatset: env.DEFAULT_CHATSET,
    presence: { graceMs: ms(env.PRESENCE_GRACE_SECONDS), leaseMs: ms(env.PRESENCE_LEASE_SECONDS), renewMs: ms(env.PRESENCE_RENEW_SECONDS) },
    typingMs: ms(env.TYPING_SECONDS),
    recallMs: ms(env.RECALL_SECONDS),
    /** How often one may ask the same person, or the same group, in 24 hours; null: without limit. */
    sameRequestsADay: env.RATE_LIMITS ? env.SAME_REQUESTS_A_DAY : null,
    /** When registering asks for a proof of work. */
    proof: env.PROOF,
    profileRestMs: ms(env.PROFILE_REST_SECONDS),
    friendRefusalMs: ms(env.FRIEND_REFUSAL_DAYS * 86_400),
    editMs: ms(env.EDIT_SECONDS),
    groupMembers: env.GROUP_MEMBERS,
    groupAdmins: env.GROUP_ADMINS,
    groupRequests: env.GROUP_REQUESTS,
    /** Somebody with more conversations has a list of them that is kept in order: see `roll.service.ts`. */
    manyConversations: env.MANY_CONVERSATIONS,
    files: {
      /** The most bytes of one. */
      bytes: {
        IMAGE: env.FILE_IMAGE_BYTES,
        AVATAR: env.FILE_IMAGE_BYTES,
        AUDIO: env.FILE_AUDIO_BYTES,
        VIDEO: env.FILE_VIDEO_BYTES,
        FILE: env.FILE_OTHER_BYTES,
      },
      /** The most bytes of all of somebody's. */
      bytesOfUser: env.FILE_BYTES_PER_USER,
      bytesOfVisitor: env.FILE_BYTES_PER_VISITOR,
      openUploads: env.UPLOADS_OPEN,
      keepMs: ms(env.KEEP_UPLOADS_HOURS * 3600),
      looksAtOnce: ofWorker(env.FILE_LOOKS_AT_ONCE),
      leaseMs: ms(env.FILE_LOOK_LEASE_SECONDS),
    },
    /** A look at a file, and what it may take of the memory. */
    look: { ms: ms(env.FILE_LOOK_SECONDS), memoryBytes: env.FILE_LOOK_BYTES },
    /** What judges files beside; undefined: nobody. */
    scan: { scanCommand: env.FILE_SCAN_COMMAND, scanMs: ms(env.FILE_SCAN_SECONDS) },
    /** How much of a picture is decoded. */
    pictures: { pixels: env.PICTURE_PIXELS, frames: env.PICTURE_FRAMES, pixelsOfFrames: env.PICTURE_FRAMES_PIXELS },
    cleaning: {
      everyMs: ms(env.CLEAN_SECONDS),
      sessionsMs: ms(env.KEEP_SESSIONS_DAYS * 86_400),
      // While a token is good somebody may use it.
      visitorsMs: ms(Math.max(env.KEEP_VISITORS_DAYS * 86_400, env.TOKEN_TTL_SECONDS)),
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
    searchesAtOnce: env.SEARCHES_AT_ONCE,
    socket: {
      pingMs: ms(env.SOCKET_PING_SECONDS),
      initMs: ms(env.SOCKET_INIT_SECONDS),
      frameBytes: env.SOCKET_FRAME_BYTES,
      operations: env.SOCKET_OPERATIONS,
      subscriptions: env.SOCKET_SUBSCRIPTIONS,
      bufferBytes: env.SOCKET_BUFFER_BYTES,
      stallMs: ms(env.SOCKET_STALL_SECONDS),
      /** Open at once on a node. */
      mostOfUser: env.SOCKETS_PER_USER,
      mostOfVisitor: env.SOCKETS_PER_VISITOR,
      mostOfAddress: env.SOCKETS_PER_ADDRESS,
      /** Of those of an address. */
      mostWithoutSession: env.SOCKETS_WITHOUT_SESSION,
    },
    /** What one document may be and cost. Each name ends with its unit, as clients are told it. */
    documents: {
      documentTokens: env.DOCUMENT_TOKENS,
      documentLines: 2 * env.DOCUMENT_TOKENS,
      documentCharacters: env.DOCUMENT_CHARACTERS,
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
    /** Files that come and go; how many uploads a node takes at the same time, and how many bytes of all of them in a second. */
    transfers: {
      uploadStallMs: ms(env.UPLOAD_STALL_SECONDS),
      fileStallMs: ms(env.FILE_STALL_SECONDS),
      uploadsAtOnce: env.UPLOADS_AT_ONCE,
      uploadBytesPerSecond: env.UPLOADS_BYTES_PER_SECOND,
      checkMs: ms(env.SESSION_CHECK_SECONDS),
    },
  };
}

function s3Of({ S3_ENDPOINT, S3_PUBLIC_ENDPOINT, S3_BUCKET: bucket, S3_KEY: key, S3_SECRET: secret, S3_REGION: region }: Environment) {
  if (bucket === undefined || key === undefined || secret === undefined) return null;
  return { endpoint: S3_ENDPOINT ?? null, publicEndpoint: S3_PUBLIC_ENDPOINT ?? null, region, bucket, key, secret };
}
