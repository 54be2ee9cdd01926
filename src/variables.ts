import { z } from 'zod';
import { parseDatabaseAddress, parseRedisAddress, parseSqlitePath } from './kernel/address.ts';
import { identityVariables } from './kernel/identity-settings.ts';
import { isLinkForm } from './kernel/link-form.ts';
import { age, bytes, cost, count, days, hours, largest, milliseconds, number, oldestDays, seconds, secondsOrNone, workers } from './kernel/number-forms.ts';
import { ratesOf } from './kernel/rates.ts';
import { isServerKey } from './kernel/server-caller.ts';
import { address, json, list, name, network, origin, url } from './kernel/setting-forms.ts';
import { isUsername } from './kernel/usernames.ts';

const flag = z.enum(['on', 'off']).transform((value) => value === 'on');
const chatRule = z.strictObject({ sendCount: z.union([z.literal(0), z.literal(1), z.literal(2)]).default(0), needFollow: z.boolean().default(true) });
/** The form of DEFAULT_CHATSET. */
export const chatset = z.strictObject({ visitor: chatRule.prefault({}), user: chatRule.prefault({}) });

/**
 * Every variable of the environment that Parley reads, with its form and default.
 * docs/configuration.md tells what each means; a test holds the two together.
 */
export const variables = {
  PORT: number('a whole number', 0, 65_535).default(4000),
  HOST: z.string().default('127.0.0.1'),
  WORKERS: workers.default('1'),
  METRICS_PORT: number('a whole number', 0, 65_535).optional(),
  METRICS_HOST: z.string().default('127.0.0.1'),
  PUBLIC_URL: url('http:', 'https:').optional(),
  PUBLIC_LINK: z
    .string()
    .refine(isLinkForm, { error: 'must be an address with {kind} and {code} in it, such as https://app.example.com/{kind}/{code}, of at most 200 characters' })
    .optional(),
  DATA_DIR: z.string().default('./data'),
  DATABASE_URL: address((text) => (text.startsWith('sqlite:') ? parseSqlitePath(text) : parseDatabaseAddress(text))).optional(),
  // While the tables are changed one connection holds the lock.
  DATABASE_POOL: number('a whole number', 2, largest).default(20),
  DATABASE_TIMEOUT_SECONDS: seconds.default(4),
  REDIS_URL: address(parseRedisAddress).optional(),
  REDIS_PREFIX: z.string().max(32).default('parley:'),
  REDIS_TIMEOUT_SECONDS: seconds.default(1),
  S3_ENDPOINT: url('http:', 'https:').optional(),
  S3_PUBLIC_ENDPOINT: url('http:', 'https:').optional(),
  S3_BUCKET: z.string().optional(),
  S3_KEY: z.string().optional(),
  S3_SECRET: z.string().optional(),
  S3_REGION: z.string().default('us-east-1'),
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
  PASSWORD_RESET_HOURS: hours.default(24),
  ALLOWED_ORIGINS: z.string().default('').transform(list).pipe(z.array(origin)),
  TRUSTED_PROXIES: z.string().default('').transform(list).pipe(z.array(network)),
  ADMIN_USERNAME: z.string().refine(isUsername, { error: 'must have 4 to 20 of A-Z a-z 0-9 _ and not be VIS or EXT and 8 letters or digits' }).optional(),
  ADMIN_PASSWORD: z.string().optional(),
  PARLEY_SERVER_KEY: z
    .string()
    .refine(isServerKey, { error: `must be psk_ and 43 of A-Z a-z 0-9 _ -; make one with: node -p "'psk_' + crypto.randomBytes(32).toString('base64url')"` })
    .optional(),
  ...identityVariables,
  SYSTEM_TITLE: name.optional(),
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
  GROUP_ADMINS: count.default(50),
  GROUP_REQUESTS: count.default(200),
  MANY_CONVERSATIONS: count.default(1000),
  FILE_IMAGE_BYTES: bytes.default(20_971_520),
  FILE_AUDIO_BYTES: bytes.default(20_971_520),
  FILE_VIDEO_BYTES: bytes.default(209_715_200),
  FILE_OTHER_BYTES: bytes.default(104_857_600),
  FILE_BYTES_PER_USER: bytes.default(2_147_483_648),
  FILE_BYTES_PER_VISITOR: bytes.default(52_428_800),
  UPLOADS_OPEN: count.default(20),
  KEEP_UPLOADS_HOURS: hours.default(24),
  FILE_LOOKS_AT_ONCE: count.default(2),
  FILE_LOOK_LEASE_SECONDS: seconds.default(60),
  FILE_LOOK_SECONDS: seconds.default(30),
  FILE_LOOK_BYTES: number('a whole number', 268_435_456, 1_000_000_000_000).default(1_073_741_824),
  FILE_SCAN_COMMAND: z.string().optional(),
  FILE_SCAN_SECONDS: seconds.default(60),
  PICTURE_PIXELS: count.default(40_000_000),
  PICTURE_FRAMES: count.default(200),
  PICTURE_FRAMES_PIXELS: count.default(100_000_000),
  KEEP_SESSIONS_DAYS: days.default(30),
  KEEP_VISITORS_DAYS: days.default(7),
  KEEP_REQUESTS_DAYS: days.default(90),
  CLEAN_SECONDS: seconds.default(3600),
  REPLAY_DAYS: days.default(7),
  REPLAY_LIMIT: count.default(5000),
  REPLAYS_AT_ONCE: count.default(4),
  SEARCHES_AT_ONCE: count.default(2),
  STREAM_QUEUE: count.default(250),
  COMPARE_MILLISECONDS: milliseconds.default(2000),
  CLOSE_MILLISECONDS: milliseconds.default(100),
  PRUNE_SECONDS: seconds.default(3600),
  SOCKET_PING_SECONDS: seconds.default(12),
  SOCKET_INIT_SECONDS: seconds.default(10),
  SOCKET_FRAME_BYTES: count.default(262_144),
  SOCKET_OPERATIONS: count.default(100),
  SOCKET_SUBSCRIPTIONS: count.default(50),
  SOCKET_BUFFER_BYTES: count.default(1_048_576),
  SOCKET_STALL_SECONDS: seconds.default(30),
  SOCKETS_PER_USER: count.default(50),
  SOCKETS_PER_VISITOR: count.default(20),
  SOCKETS_PER_ADDRESS: count.default(5000),
  SOCKETS_WITHOUT_SESSION: count.default(300),
  BODY_BYTES: count.default(262_144),
  DOCUMENT_TOKENS: count.default(2000),
  DOCUMENT_CHARACTERS: count.default(65_536),
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
  UPLOAD_STALL_SECONDS: seconds.default(30),
  UPLOADS_AT_ONCE: count.default(200),
  UPLOADS_BYTES_PER_SECOND: number('a whole number', 65_536, 1_000_000_000_000).default(33_554_432),
  FILE_STALL_SECONDS: seconds.default(300),
  RATE_LIMITS: flag.default(true),
  RATES: z
    .string()
    .default('')
    .superRefine((text, context) => void ratesOf(text, (message) => context.addIssue({ code: 'custom', message }))),
  SAME_REQUESTS_A_DAY: count.default(3),
  PROOF: z.enum(['off', 'busy', 'visitors', 'all']).default('off'),
  PAGES: flag.default(true),
  GRAPHIQL: flag.optional(),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
  SHUTDOWN_SECONDS: seconds.default(8),
  DRAIN_SECONDS: secondsOrNone.default(3),
  NODE_ENV: z.string().optional(),
} as const;
