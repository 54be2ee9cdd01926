import { availableParallelism } from 'node:os';
import { describe, expect, it, test } from 'vitest';
import { ConfigError, readConfig } from '../../src/config.ts';
import { beatMs } from '../../src/features/presence/presence.service.ts';
import { parseDatabaseAddress, parseRedisAddress, shownAddress } from '../../src/kernel/address.ts';
import { needsSharedFolder } from '../../src/platform/shared-folder.ts';
import { variables } from '../../src/variables.ts';
import { tableRows } from './documents.ts';
import { filesIn, readText } from './sources.ts';

const rows = tableRows(readText('docs/configuration.md'), 'variable', 'default', 'meaning');
const names = rows.map(([variable]) => (variable ?? '').replaceAll('`', ''));

test('docs/configuration.md has every variable once, and no other', () => {
  expect([...names].sort()).toEqual(Object.keys(variables).sort());
});

test('docs/configuration.md has every default and a meaning', () => {
  const wrong = rows.flatMap(([variable = '', written = '', meaning = '']) => {
    const name = variable.replaceAll('`', '');
    const schema = Object.entries(variables).find(([key]) => key === name)?.[1];
    const expected = schema === undefined ? undefined : defaultOf(schema.safeParse(undefined));
    const problems = [`\`${expected}\``.replace('``', '') === written ? [] : [`${name}: the default is ${expected || 'none'}, not ${written || 'none'}`]];
    return [...problems.flat(), ...(meaning === '' ? [`${name}: no meaning`] : [])];
  });
  expect(wrong).toEqual([]);
});

function defaultOf(parsed: { readonly success: boolean; readonly data?: unknown }): string {
  const { data } = parsed;
  if (!parsed.success || data === undefined) return '';
  if (typeof data === 'boolean') return data ? 'on' : 'off';
  if (Array.isArray(data)) return data.join(',');
  // The one tree: what `{}` means is said in the meaning.
  return typeof data === 'object' ? '{}' : String(data);
}

test('the durations and limits are what the rules of the domain say', () => {
  const config = readConfig({});
  const minute = 60_000;
  const day = 86_400_000;
  const megabyte = 1_048_576;
  expect({
    tokenSeconds: config.tokens.ttlSeconds,
    ...config.sessions,
    presence: config.presence,
    typingMs: config.typingMs,
    recallMs: config.recallMs,
    friendRefusalMs: config.friendRefusalMs,
    group: [config.groupMembers, config.groupAdmins, config.groupRequests],
    files: config.files,
    cleaning: config.cleaning,
    log: config.log,
    socket: config.socket,
    http: config.http,
    unreadBytes: config.unreadBytes,
    transfers: config.transfers,
    documents: config.documents,
    shutdownMs: config.shutdownMs,
    drainMs: config.drainMs,
    databaseMs: config.database.timeoutMs,
    redisMs: config.redis.timeoutMs,
    passwordsAtOnce: config.passwords.atOnce,
    passwordResetMs: config.passwords.resetMs,
  }).toEqual({
    tokenSeconds: 15 * 60,
    single: false,
    mostOfUser: 50,
    mostOfVisitor: 20,
    refreshTtlMs: 30 * day,
    refreshReuseMs: 30_000,
    cacheMs: 5_000,
    checkMs: 4_000,
    seenMs: 60 * minute,
    presence: { graceMs: 5_000, leaseMs: 40_000, renewMs: 10_000 },
    typingMs: 6_000,
    recallMs: 5 * minute,
    friendRefusalMs: 7 * day,
    group: [5_000, 50, 200],
    files: {
      bytes: { IMAGE: 20 * megabyte, AVATAR: 20 * megabyte, AUDIO: 20 * megabyte, VIDEO: 200 * megabyte, FILE: 100 * megabyte },
      bytesOfUser: 2048 * megabyte,
      bytesOfVisitor: 50 * megabyte,
      openUploads: 20,
      keepMs: day,
      looksAtOnce: 2,
      leaseMs: minute,
    },
    cleaning: { everyMs: 60 * minute, sessionsMs: 30 * day, visitorsMs: 7 * day, requestsMs: 90 * day },
    log: { replayMs: 7 * day, replayLimit: 5_000, replaysAtOnce: 4, streamQueue: 250, compareMs: 2_000, closeMs: 100, pruneMs: 60 * minute },
    socket: {
      pingMs: 12_000,
      initMs: 10_000,
      frameBytes: 262_144,
      operations: 100,
      subscriptions: 50,
      bufferBytes: 1_048_576,
      stallMs: 30_000,
      mostOfUser: 50,
      mostOfVisitor: 20,
      mostOfAddress: 5_000,
      mostWithoutSession: 300,
    },
    documents: {
      documentTokens: 2_000,
      documentLines: 4_000,
      documentCharacters: 65_536,
      documentDepth: 15,
      documentRootFields: 10,
      documentSameNameFields: 15,
      documentSameResponseNameFields: 15,
      documentOverlaps: 5_000,
      documentDirectives: 8,
      documentFragments: 100,
      documentVariables: 100,
      documentErrors: 5,
      introspectionDepth: 20,
      introspectionTypes: 10,
      introspectionValues: 100_000,
      anonymousCost: 1_000,
      visitorCost: 25_000,
      userCost: 50_000,
      agentCost: 100_000,
      eventCost: 5_000,
      socketEventsCost: 10_000,
      answerBytes: 8_388_608,
      readCharacters: 16_777_216,
      eventBytes: 1_048_576,
      runMilliseconds: 10,
    },
    http: { bodyBytes: 262_144, stallMs: 30_000 },
    unreadBytes: 67_108_864,
    transfers: { uploadStallMs: 30_000, fileStallMs: 300_000, uploadsAtOnce: 200, uploadBytesPerSecond: 33_554_432, checkMs: 4000 },
    shutdownMs: 8_000,
    drainMs: 3_000,
    databaseMs: 4_000,
    redisMs: 1_000,
    passwordsAtOnce: 2,
    passwordResetMs: day,
  });
});

test('nobody may start to write to people who never set a chatset', () => {
  const closed = { sendCount: 0, needFollow: true };
  expect(readConfig({}).defaultChatset).toEqual({ visitor: closed, user: closed });
});

test('all problems are reported at once, each with its variable', () => {
  const env = { PORT: 'x', DATABASE_URL: 'postgres://h/d', TOKEN_SECRET: 'short', ALLOWED_ORIGINS: 'https://a.example/path', DEFAULT_CHATSET: '{' };
  expect(() => readConfig(env)).toThrow(/PORT: [\s\S]*DATABASE_URL: [\s\S]*TOKEN_SECRET: [\s\S]*ALLOWED_ORIGINS[\s\S]*DEFAULT_CHATSET: must be JSON/);
});

test('what does not go together is told with what is wrong by itself, and nothing is said of what was not understood', () => {
  const problemsOf = (env: Readonly<Record<string, string>>) => {
    try {
      readConfig(env);
    } catch (error) {
      if (error instanceof ConfigError) return error.problems.map((problem) => problem.split(':')[0]);
    }
    return [];
  };
  expect(problemsOf({ PORT: 'x', ADMIN_USERNAME: 'somebody', REDIS_URL: 'redis://h' })).toEqual(['PORT', 'REDIS_URL', 'ADMIN_USERNAME']);
  expect(problemsOf({ DATABASE_URL: 'mysql://h/d', TOKEN_SECRET: 'short' })).toEqual(['TOKEN_SECRET']);
  expect(problemsOf({ PRESENCE_RENEW_SECONDS: '30', PRESENCE_LEASE_SECONDS: 'x' })).toEqual(['PRESENCE_LEASE_SECONDS']);
});

describe('a number', () => {
  const numbers = Object.entries(variables).flatMap(([name, variable]) => (typeof variable.safeParse(undefined).data === 'number' ? [name] : []));
  const forms = ['-1', 'NaN', 'Infinity', '9'.repeat(20), '1e3', '0x10', '0b1', '+5', '1_000', '1,5', '10s', '1 0', '１２', '١٢', '.5', '5.', 'on'];

  it.each(numbers)('is refused in one sentence with its bounds where it is none, or none that makes sense: %s', (name) => {
    for (const form of forms)
      expect(() => readConfig({ [name]: form }), form).toThrow(new RegExp(`\\n  ${name}: must be a (whole )?number from [0-9.]+ to [0-9]+\\n[^\\n]*$`));
    expect(readConfig({ [name]: '  ' })).toEqual(readConfig({}));
  });

  it('is no longer than a timer can wait, but where it is only compared with times', () => {
    const longer = Object.entries(variables).flatMap(([name, variable]) => {
      const unit = /_(SECONDS|MILLISECONDS)$/.exec(name)?.[1];
      if (unit === undefined) return [];
      return variable.safeParse(String(unit === 'SECONDS' ? 2 ** 31 / 1000 : 2 ** 31)).success ? [name] : [];
    });
    expect(longer).toEqual(['TOKEN_TTL_SECONDS', 'REFRESH_REUSE_SECONDS', 'SESSION_SEEN_SECONDS', 'RECALL_SECONDS', 'EDIT_SECONDS']);
  });
});

test('what does not go together is refused', () => {
  expect(() => readConfig({ DATABASE_URL: 'mysql://h/d' })).toThrow(/TOKEN_SECRET: must be set/);
  expect(() => readConfig({ REDIS_URL: 'redis://h' })).toThrow(/REDIS_URL: several nodes cannot share SQLite/);
  expect(() => readConfig({ ADMIN_USERNAME: 'somebody' })).toThrow(/ADMIN_USERNAME: set it together/);
  const bucket = { S3_BUCKET: 'b', S3_KEY: 'k', S3_SECRET: 's' };
  expect(readConfig(bucket).s3).toEqual({ endpoint: null, publicEndpoint: null, region: 'us-east-1', bucket: 'b', key: 'k', secret: 's' });
  for (const name of Object.keys(bucket))
    expect(() => readConfig({ ...bucket, [name]: '' }), name).toThrow(new RegExp(`\\n  ${name}: set S3_BUCKET, S3_KEY and S3_SECRET together`));
  for (const name of ['S3_ENDPOINT', 'S3_PUBLIC_ENDPOINT'])
    expect(() => readConfig({ [name]: 'https://s3.example.com' }), name).toThrow(/S3_BUCKET: set S3_BUCKET/);
  for (const key of ['psk_short', `psk_${'a'.repeat(44)}`, `psk_${'a'.repeat(42)}+`, `PSK_${'a'.repeat(43)}`])
    expect(() => readConfig({ PARLEY_SERVER_KEY: key }), key).toThrow(/PARLEY_SERVER_KEY: must be psk_ and 43 of /);
  expect(readConfig({ PARLEY_SERVER_KEY: `psk_${'a'.repeat(43)}` }).serverKey).toBe(`psk_${'a'.repeat(43)}`);
  const jwks = { IDENTITY_JWKS: 'https://issuer.example/keys', IDENTITY_ISSUER: 'https://issuer.example', IDENTITY_AUDIENCE: 'chat' };
  expect(readConfig(jwks).identity.provider).toEqual({
    kind: 'JWKS',
    jwksUrl: 'https://issuer.example/keys',
    issuer: 'https://issuer.example',
    audience: 'chat',
  });
  for (const name of Object.keys(jwks))
    expect(() => readConfig({ ...jwks, [name]: '' }), name).toThrow(new RegExp(`${name}: set IDENTITY_JWKS, IDENTITY_ISSUER and IDENTITY_AUDIENCE together`));
  const secret = 'a secret of at least 32 bytes, or so';
  expect(() => readConfig({ ...jwks, IDENTITY_SECRET: secret })).toThrow(/IDENTITY_JWKS: leave it out where IDENTITY_SECRET is set/);
  expect(() => readConfig({ IDENTITY_SECRET: secret.slice(0, 31) })).toThrow(/IDENTITY_SECRET: must have at least 32 bytes/);
  expect(() => readConfig({ IDENTITY_SECRET_PREVIOUS: secret })).toThrow(/IDENTITY_SECRET_PREVIOUS: set it only beside IDENTITY_SECRET/);
  expect(readConfig({ IDENTITY_SECRET: secret }).identity).toEqual({ provider: { kind: 'SECRET', secrets: [secret] }, allowsPrivate: false });
  const serverKey = `psk_${'k'.repeat(43)}`;
  for (const [name, shared] of [
    ['IDENTITY_SECRET', { IDENTITY_SECRET: secret, TOKEN_SECRET: secret }],
    ['IDENTITY_SECRET_PREVIOUS', { IDENTITY_SECRET: `${secret}!`, IDENTITY_SECRET_PREVIOUS: secret, TOKEN_SECRET: secret }],
    ['PARLEY_SERVER_KEY', { PARLEY_SERVER_KEY: serverKey, TOKEN_SECRET: serverKey }],
  ] as const) {
    expect(() => readConfig(shared)).toThrow(new RegExp(`\\n  ${name}: must not be TOKEN_SECRET`));
    // There has to be a way out of it: the new one beside the one that is shared.
    expect(readConfig({ ...shared, TOKEN_SECRET: `another ${secret}`, TOKEN_SECRET_PREVIOUS: shared.TOKEN_SECRET }).production).toBe(false);
  }
  const local = { ...jwks, IDENTITY_JWKS: 'http://localhost:8080/keys' };
  expect(() => readConfig(local)).toThrow(/IDENTITY_JWKS: must begin with https/);
  expect(readConfig({ ...local, IDENTITY_PRIVATE: 'on' }).identity).toMatchObject({ provider: { jwksUrl: 'http://localhost:8080/keys' }, allowsPrivate: true });
  expect(() => readConfig({ DATABASE_POOL: '1' })).toThrow(/DATABASE_POOL: must be a whole number from 2 to /);
  expect(() => readConfig({ PRESENCE_RENEW_SECONDS: '30' })).toThrow(/PRESENCE_RENEW_SECONDS: must be at most half/);
});

test('an empty variable is one that was not set, and the tree cannot be changed', () => {
  const config = readConfig({ PORT: '', NODE_ENV: 'production' });
  expect([config.port, config.graphiql]).toEqual([4000, false]);
  expect(() => Object.assign(config.presence, { graceMs: 1 })).toThrow(TypeError);
});

test('PUBLIC_URL has no slash at its end, and is nothing where it is not set', () => {
  expect(readConfig({ PUBLIC_URL: 'https://chat.example.com/x//' }).publicUrl).toBe('https://chat.example.com/x');
  expect(readConfig({}).publicUrl).toBe(null);
});

test('draining leaves half of the time to stop for what is in flight', () => {
  expect(readConfig({ DRAIN_SECONDS: '9', SHUTDOWN_SECONDS: '5' }).drainMs).toBe(2_500);
});

test('Redis is one server or a cluster', () => {
  const server = { DATABASE_URL: 'mysql://h/d', TOKEN_SECRET: 'x'.repeat(32) };
  const good = ['redis://h', 'rediss://h:6380/2', 'redis://:secret@h:1', 'redis://a:7000,b:7001,[::1]:7002', 'redis://me:p%40ss@h:1?cluster=on'];
  expect(good.map((url) => readConfig({ ...server, REDIS_URL: url }).redis.url)).toEqual(good);
  for (const url of ['h:6379', 'http://h', 'redis://', 'redis://a:x,b:1', 'redis://a,,b', 'redis://h?cluster=yes', 'redis://h:70000'])
    expect(() => readConfig({ ...server, REDIS_URL: url }), url).toThrow(/REDIS_URL: must /);
});

describe('an address that cannot be used', () => {
  const secret = 'a5ecret';
  const problemOf = (variable: 'DATABASE_URL' | 'REDIS_URL', url: string) => {
    try {
      readConfig({ TOKEN_SECRET: 'x'.repeat(32), DATABASE_URL: 'mysql://h/d', [variable]: url });
    } catch (error) {
      return error instanceof ConfigError ? error.problems.join('\n') : error;
    }
    return 'none';
  };

  it.each(['%', '#', '/', '?', '%zz', '#@', '@/', '?a=b&c'])(
    'is refused with a sentence that says what to write, and not the password, where %s stands in a password',
    (letter) => {
      for (const password of [secret + letter, `${letter}${secret}`, `${secret}${letter}${secret}`]) {
        for (const [variable, url] of [
          ['DATABASE_URL', `mysql://name:${password}@host:3306/parley`],
          ['DATABASE_URL', `mysqls://name:${password}@host/parley?tls=on`],
          ['REDIS_URL', `redis://:${password}@host:6379/4`],
          ['REDIS_URL', `rediss://name:${password}@a:1,b:2`],
        ] as const) {
          const problem = problemOf(variable, url);
          expect(problem, url).toMatch(new RegExp(`^${variable}: cannot be read: in a name or a password write % as %25`));
          expect(problem).not.toContain(secret);
        }
      }
    },
  );

  it('is refused where it says what is not read, and never with what it holds', () => {
    const bad: readonly [string, RegExp][] = [
      ['mysql://root@host:3306', /name of the database/],
      ['mysql://root@host:3306/', /name of the database/],
      ['mysql://host/one/two', /one name of a database/],
      ['mysql://host/par%ley', /write % as %25/],
      ['mysql://host/d?ssl=true', /has a parameter that does not exist; there is tls$/],
      ['mysql://host/d?ssl-mode=REQUIRED', /has a parameter that does not exist/],
      ['mysql://host/d?tls=maybe', /must say tls once, as tls=on or tls=off or tls=verify-ca/],
      ['mysql://host/d?tls=on&tls=off', /must say tls once/],
      ['mysqls://host/d?tls=off', /asks for TLS and against it/],
      ['mysql://a,b/d', /must name one host/],
      ['mysql://:3306/d', /must name a host/],
      ['mysql://host:0/d', /must name a host/],
      ['mysql://::1:3306/d', /must name a host/],
      ['sqlite:', /must name a file/],
      ['sqlite:x.db?mode=ro', /takes no parameters/],
      ['postgres://host/d', /must begin with mysql:\/\/ or mariadb:\/\/ or mysqls:\/\//],
    ];
    for (const [url, problem] of bad) expect(problemOf('DATABASE_URL', url), url).toMatch(problem);
    for (const [url, problem] of [
      ['redis://host?family=6', /has a parameter that does not exist; there is cluster and tls$/],
      ['redis://host/name', /nothing but the number of a database/],
    ] as const)
      expect(problemOf('REDIS_URL', url), url).toMatch(problem);
  });
});

it.each(['https://u:secret@x y', 'https://', 'http://[::1', 'nonsense', 'ftp://u:secret@x', 'https://x:99999'])(
  'a PUBLIC_URL that is none is refused in a sentence, without what it holds: %s',
  (PUBLIC_URL) => {
    const told = () => readConfig({ PUBLIC_URL });
    expect(told).toThrow(ConfigError);
    expect(told).toThrow(/PUBLIC_URL: must be an address that begins with http:\/\/ or https:\/\/\n/);
  },
);

it('one parser takes all addresses apart', () => {
  expect(parseDatabaseAddress('mysqls://na%40me:p%25%2F:@[::1]:3307/par%20ley?tls=verify-ca')).toMatchObject({
    user: 'na@me',
    password: 'p%/:',
    hosts: [{ host: '::1', port: 3307 }],
    path: 'par ley',
    tls: 'verify-ca',
  });
  expect(parseDatabaseAddress('mysql://h/d').tls).toBe('off');
  expect(parseDatabaseAddress('mariadb://h/d?tls=on').tls).toBe('on');
  expect(parseRedisAddress('rediss://[fe80::1]:1,b/')).toMatchObject({ user: '', password: '', path: '', tls: 'on' });
  expect(parseRedisAddress('rediss://[fe80::1]:1,b').hosts).toEqual([
    { host: 'fe80::1', port: 1 },
    { host: 'b', port: 6379 },
  ]);
  expect(shownAddress(parseDatabaseAddress('mysql://me:secret@[::1]/d'))).toBe('mysql://[::1]:3306/d');
  // Whoever takes an address apart in another way reads others.
  const others = filesIn('src', '.ts').filter(
    (file) => /DATABASE_URL|REDIS_URL|redis:|mysql:/.test(readText(file)) && /new URL\((?!'\.|import)/.test(readText(file)),
  );
  expect(others.filter((file) => file !== 'src/config.ts')).toEqual([]);
});

test('the durations keep what docs/protocol.md promises: 5 s while a service is away, 45 s until a dead node’s people are offline', () => {
  const { presence, sessions, log, database } = readConfig({});
  // The lease ends, those who watch look, and what is left of the grace passes.
  const beat = beatMs(presence);
  expect(presence.leaseMs + beat + Math.max(0, presence.graceMs - beat)).toBeLessThanOrEqual(45_000);
  for (const ms of [sessions.checkMs, log.compareMs, database.timeoutMs]) expect(ms).toBeLessThan(5_000);
  const promised = readText('docs/protocol.md');
  expect(promised).toContain('| a person whose node died shows offline | within 45 s |');
  expect(promised).toContain('| at once | at most 5 s |');
});

it.each([
  'https://app.example.com/{code}',
  'https://app.example.com/{kind}',
  '{kind}/{code}',
  'https://{kind}/{code}/{name}',
  'javascript:{kind}{code}',
  'https://x/{kind} {code}',
  `https://x/{kind}/{code}${'x'.repeat(200)}`,
])('a PUBLIC_LINK that leads nowhere is refused in a sentence that shows one: %s', (PUBLIC_LINK) => {
  expect(() => readConfig({ PUBLIC_LINK })).toThrow(/PUBLIC_LINK: must be an address with \{kind\} and \{code\} in it, such as /);
});

it('several nodes have to share the folder of files, unless they have S3', () => {
  const [alone, several] = [{ url: undefined }, { url: 'redis://h' }];
  expect(needsSharedFolder(readConfig({}))).toBe(false);
  expect([null, undefined, {}].map((s3) => needsSharedFolder({ redis: several, s3 }))).toEqual([true, true, false]);
  expect([null, undefined, {}].map((s3) => needsSharedFolder({ redis: alone, s3 }))).toEqual([false, false, false]);
});

const servers = { DATABASE_URL: 'mysql://root@127.0.0.1/x', REDIS_URL: 'redis://127.0.0.1', TOKEN_SECRET: 'a secret for tests, long enough for everybody' };

test('WORKERS is a number or as many as there are cores, and is refused where a process keeps its data to itself', () => {
  expect(readConfig({}).workers).toBe(1);
  expect(readConfig({ ...servers, WORKERS: '3' }).workers).toBe(3);
  expect(readConfig({ ...servers, WORKERS: 'auto' }).workers).toBe(availableParallelism());
  expect(readConfig({ WORKERS: '1' }).workers).toBe(1);
  const refused = /WORKERS: several processes need a server for their data; set DATABASE_URL to a MySQL or MariaDB server and REDIS_URL, or leave WORKERS out/;
  for (const WORKERS of ['2', 'auto']) {
    expect(() => readConfig({ WORKERS })).toThrow(refused);
    expect(() => readConfig({ ...servers, REDIS_URL: undefined, WORKERS })).toThrow(refused);
  }
  for (const WORKERS of ['0', '-1', 'many', '1.5'])
    expect(() => readConfig({ ...servers, WORKERS })).toThrow(/WORKERS: must be auto, or a whole number from 1 to 256/);
});

test('of what all workers of a node may do at once each has its share, and at least one', () => {
  const of = (WORKERS: string, more = {}) => readConfig({ ...servers, ...more, WORKERS });
  expect([of('1'), of('2'), of('4')].map(({ passwords, files }) => [passwords.atOnce, files.looksAtOnce])).toEqual([
    [2, 2],
    [1, 1],
    [1, 1],
  ]);
  expect(of('3', { PASSWORD_HASHES_AT_ONCE: '7' }).passwords.atOnce).toBe(3);
});
