import { randomBytes } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Connection } from 'mysql2/promise';
import { beforeAll, describe, expect, it } from 'vitest';
import { createDatabaseServer, createFolder, createRedisServer, type Server } from '../chaos/servers.ts';
import { EventsDocument, MeDocument, PresenceDocument, PresenceOfDocument, SendMessageDocument } from '../generated/graphql.ts';
import { createData, startApp, type TestApp } from '../support/app.ts';
import { codesOf } from '../support/client.ts';
import { closeLater } from '../support/lifetime.ts';
import { adminEnv, makeFriends, type Person, registerTwo, registerUser, sendText } from '../support/people.ts';
import { openProxy } from '../support/proxy.ts';

let primary: Server<Connection>;
let other: Server<Connection>;

async function startServer(): Promise<Server<Connection>> {
  const folder = createFolder();
  closeLater(folder.remove);
  const server = await createDatabaseServer(folder.path);
  closeLater(server.program.retire);
  await server.start();
  return server;
}

beforeAll(async () => {
  [primary, other] = await Promise.all([startServer(), startServer()]);
}, 60_000);

const run = (server: Server<Connection>, ...statements: readonly string[]) =>
  server.use(async (connection) => {
    for (const statement of statements) await connection.query(statement);
  });

/** An account that may do everything in its own database and nothing elsewhere, the same on both servers. */
async function createAccount(): Promise<{ readonly name: string; urlOn(server: Server<Connection>): string }> {
  const name = `parley_${randomBytes(4).toString('hex')}`;
  for (const server of [primary, other])
    await run(server, `create database ${name}`, `create user ${name}@'127.0.0.1' identified by 'secret'`, `grant all on ${name}.* to ${name}@'127.0.0.1'`);
  return { name, urlOn: (server) => `mysql://${name}:secret@${new URL(server.url).host}/${name}` };
}

const readiness = async ({ url }: TestApp) => (await fetch(new URL('/readyz', url))).status;
const send = (from: Person, to: string, clientId = crypto.randomUUID()) =>
  from.execute(SendMessageDocument, { input: { to, clientId, content: { text: 'x' } } });

const faults: [string, boolean, (name: string) => string, (name: string) => string][] = [
  ['is read only', false, () => 'set global read_only = 1', () => 'set global read_only = 0'],
  [
    'takes no more statements of this account',
    true,
    (name) => `alter user ${name}@'127.0.0.1' with max_queries_per_hour 1`,
    (name) => `alter user ${name}@'127.0.0.1' with max_queries_per_hour 0`,
  ],
  [
    'lets this account read only',
    true,
    (name) => `revoke insert, update, delete on ${name}.* from ${name}@'127.0.0.1'`,
    (name) => `grant all on ${name}.* to ${name}@'127.0.0.1'`,
  ],
];

describe.each(faults)('a database that is there and %s', (_name, isOfAccount, fault, end) => {
  it('is one that is away: what writes is refused with UNAVAILABLE, the node is not ready, and goes on when that is over', async () => {
    const account = await createAccount();
    const wire = await openProxy(account.urlOn(primary));
    const app = await startApp({ ...(await createData()), ...adminEnv, DATABASE_URL: wire.url, DATABASE_POOL: '3' });
    const [sender, reader] = await registerTwo(app);
    closeLater(() => run(primary, end(account.name)));
    await run(primary, fault(account.name), 'flush privileges');
    // What an account may do is read when it connects.
    if (isOfAccount) wire.breakOnce();
    const codes = new Set((await Promise.all(Array.from({ length: 8 }, () => send(sender, reader.user.id)))).flatMap(codesOf));
    for (let more = 0; more < 3; more += 1) for (const code of codesOf(await send(sender, reader.user.id))) codes.add(code);
    expect([...codes]).toEqual(['UNAVAILABLE']);
    expect(await readiness(app)).toBe(503);
    await run(primary, end(account.name), 'flush privileges');
    await expect.poll(() => readiness(app), { timeout: 20_000 }).toBe(200);
    expect(codesOf(await send(sender, reader.user.id))).toEqual([]);
    expect(app.logs().filter((line) => line.includes('"level":"error"'))).toEqual([]);
  });
});

it('when another server takes over and the old one stays alive as a replica, every connection moves', async () => {
  const account = await createAccount();
  const data = { ...(await createData()), ...adminEnv };
  const proxy = await openProxy(account.urlOn(primary));
  // What the replica would have: the tables, and somebody.
  const there = await startApp({ ...data, DATABASE_URL: account.urlOn(other), REDIS_PREFIX: `${account.name}:other:` });
  const known = await registerUser(there);
  await there.stop();
  const app = await startApp({ ...data, DATABASE_URL: proxy.url, DATABASE_POOL: '4' });
  await Promise.all(Array.from({ length: 8 }, () => registerUser(app)));
  proxy.lead(other.url);
  closeLater(() => run(primary, 'set global read_only = 0'));
  await run(primary, 'set global read_only = 1');
  await expect.poll(() => readiness(app), { timeout: 20_000 }).toBe(503);
  await expect.poll(() => readiness(app), { timeout: 20_000 }).toBe(200);
  // None of them meets the old server any more, be it to write or to read.
  await Promise.all(Array.from({ length: 12 }, () => registerUser(app)));
  const answers = await Promise.all(Array.from({ length: 12 }, () => known.at(app).execute(MeDocument, {})));
  expect(answers.flatMap(codesOf)).toEqual([]);
});

async function startRedis(): Promise<Server<Redis>> {
  const folder = createFolder();
  closeLater(folder.remove);
  const server = await createRedisServer(folder.path);
  closeLater(server.program.retire);
  await server.start();
  return server;
}

describe('a Redis that has become a replica of another one and stays alive', () => {
  it('is left for the other one: nobody shows offline meanwhile, and messages come at once again', async () => {
    const [old, fresh] = await Promise.all([startRedis(), startRedis()]);
    const port = (server: Server<Redis>) => Number(new URL(server.url).port);
    await fresh.use((redis) => redis.replicaof('127.0.0.1', port(old)));
    const account = await createAccount();
    const proxy = await openProxy(old.url);
    const env = { ...(await createData()), ...adminEnv, DATABASE_URL: account.urlOn(other), REDIS_URL: proxy.url };
    const here = await startApp(env);
    const there = await startApp(env);
    const [sender, reader] = await registerTwo(here);
    await makeFriends(sender, reader);
    const stream = reader.at(there).socket().subscribe(EventsDocument, {});
    await stream.until(({ events }) => events.__typename === 'CaughtUp');
    const watching = sender.socket().subscribe(PresenceDocument, { userIds: [reader.user.id] });
    await watching.until(({ presence }) => presence.presence === 'ONLINE');
    await expect.poll(() => fresh.use((redis) => redis.info('replication')), { timeout: 20_000 }).toContain('master_link_status:up');

    await fresh.use((redis) => redis.replicaof('NO', 'ONE'));
    await old.use((redis) => redis.replicaof('127.0.0.1', port(fresh)));
    await expect.poll(() => readiness(here), { timeout: 20_000 }).toBe(503);
    const states = new Set<string | null | undefined>();
    // While nobody leads to the new one, nobody knows; longer than anybody's grace.
    for (const until = performance.now() + 2_000; performance.now() < until; )
      states.add((await sender.ask(PresenceOfDocument, { uuid: reader.user.uuid })).userInfo?.presence);
    proxy.lead(fresh.url);
    for (const app of [here, there]) await expect.poll(() => readiness(app), { timeout: 20_000 }).toBe(200);
    for (const until = performance.now() + 1_500; performance.now() < until; )
      states.add((await sender.ask(PresenceOfDocument, { uuid: reader.user.uuid })).userInfo?.presence);
    expect([...states].filter((state) => state !== null && state !== 'ONLINE')).toEqual([]);
    expect(watching.all().flatMap(({ data }) => (data ? [data.presence.presence] : []))).not.toContain('OFFLINE');

    await expect
      .poll(
        async () => {
          const text = crypto.randomUUID();
          const began = performance.now();
          await sendText(sender, reader.user.id, text);
          await stream.until(({ events }) => events.__typename === 'MessageSent' && events.message.content?.text === text);
          return performance.now() - began;
        },
        { timeout: 20_000 },
      )
      .toBeLessThan(300);
  });
});

it('a Redis that takes nothing, because it is full, makes nodes not ready until it has room', async () => {
  const redis = await startRedis();
  const account = await createAccount();
  const app = await startApp({ ...(await createData()), ...adminEnv, DATABASE_URL: account.urlOn(other), REDIS_URL: redis.url });
  expect(await readiness(app)).toBe(200);
  await redis.use((handle) => handle.config('SET', 'maxmemory', '1'));
  await expect.poll(() => readiness(app), { timeout: 20_000 }).toBe(503);
  await redis.use((handle) => handle.config('SET', 'maxmemory', '0'));
  await expect.poll(() => readiness(app), { timeout: 20_000 }).toBe(200);
  const said = () =>
    app
      .logs()
      .filter((line) => /Redis is/.test(line))
      .map((line) => JSON.parse(line).msg);
  await expect.poll(said, { timeout: 20_000 }).toEqual(['Redis is away', 'Redis is back']);
});
