import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { describe, expect, inject, it } from 'vitest';
import { StartError } from '../../src/kernel/start-error.ts';
import { catalogueOfMetrics } from '../../src/platform/metrics.ts';
import { CursorDocument, EventsDocument, MeDocument, SearchUsersDocument, SendMessageDocument } from '../generated/graphql.ts';
import { type Env, startApp, type TestApp } from '../support/app.ts';
import { present } from '../support/client.ts';
import { idsOf, openTables } from '../support/groups.ts';
import { closeLater } from '../support/lifetime.ts';
import { loginAgain, openChatset, type Person, registerTwo, registerUser, sendText } from '../support/people.ts';
import { openRawSocket } from '../support/raw-socket.ts';
import { scrape } from '../support/scrape.ts';

const startWatched = async (env: Env = {}) => await startApp({ METRICS_PORT: '0', ...env });

/** Somebody who receives events. */
async function listening(person: Person) {
  const socket = person.socket();
  const stream = socket.subscribe(EventsDocument, {});
  await stream.until(({ events }) => events.__typename === 'CaughtUp');
  return { socket, stream };
}

const post = async (app: TestApp, body: object) =>
  await (await fetch(app.url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })).json();

describe('the port for metrics', () => {
  it('is closed unless METRICS_PORT says otherwise, and the public one never answers for it', async () => {
    const [without, watched] = [await startApp(), await startWatched()];
    expect(without.app.metricsUrl).toBeNull();
    for (const { url } of [without, watched]) expect((await fetch(new URL('/metrics', url))).status).toBe(404);
  });

  it('answers GET /metrics and nothing else, and is closed with the server', async () => {
    const app = await startWatched();
    const url = present(app.app.metricsUrl);
    expect(new URL(url).port).not.toBe(new URL(app.url).port);
    const answer = await fetch(url);
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8']);
    expect((await fetch(url, { method: 'POST', body: 'x' })).status).toBe(405);
    for (const path of ['/', '/graphql', '/healthz', '/metrics/']) expect((await fetch(new URL(path, url))).status, path).toBe(404);
    await app.stop();
    await expect(fetch(url)).rejects.toThrow();
  });

  it('that is in use is told in a sentence, and nothing stays open', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    closeLater(() => other.close());
    const address = other.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    const failure: unknown = await startWatched({ METRICS_PORT: `${address.port}` }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StartError);
    expect(String(failure)).toContain(`Port ${address.port} of 127.0.0.1 is in use: stop what listens there, or set METRICS_PORT to another one.`);
  });
});

describe('a scrape', () => {
  it('has every metric of the catalogue, and tells what was done', async () => {
    const app = await startWatched();
    const [sender, reader] = await registerTwo(app);
    const { stream, socket } = await listening(reader);
    const second = await listening(await loginAgain(reader));
    for (const text of ['one', 'two', 'three']) {
      const { id } = await sendText(sender, reader.user.id, text);
      for (const each of [stream, second.stream]) await each.until(({ events }) => events.__typename === 'MessageSent' && events.message.id === id);
    }
    const before = await scrape(app);
    for (const { name } of Object.values(catalogueOfMetrics)) expect(before.text, name).toContain(`\n# TYPE ${name} `);
    expect(before.sum('parley_operations_total', { type: 'mutation', field: 'sendMessage', outcome: 'ok' })).toBe(3);
    expect(before.sum('parley_operation_duration_seconds_count', { type: 'mutation' })).toBeGreaterThanOrEqual(5);
    expect(before.sum('parley_operations_total', { type: 'subscription', field: 'events', outcome: 'ok' })).toBe(2);
    expect(before.sum('parley_send_duration_seconds_count')).toBe(3);
    expect(before.sum('parley_sends_per_transaction_sum')).toBe(3);
    expect(before.sum('parley_events_given_total')).toBeGreaterThanOrEqual(3);
    expect(before.sum('parley_deliveries_total')).toBeGreaterThanOrEqual(2 * 4);
    expect(before.sum('parley_fanout_batch_duration_seconds_count')).toBeGreaterThan(0);
    expect(before.sum('parley_stream_catchups_total', { reason: 'begin' })).toBe(2);
    expect(before.sum('parley_subscriptions_open')).toBe(2);
    expect(before.sum('parley_sockets_open', { state: 'greeted' })).toBe(2);
    expect(before.sum('parley_database_call_duration_seconds_count', { call: 'transaction', outcome: 'ok' })).toBeGreaterThan(3);
    expect(before.sum('parley_database_call_duration_seconds_count', { call: 'snapshot', outcome: 'ok' })).toBeGreaterThan(0);
    expect(before.sum('parley_redis_command_duration_seconds_count', { outcome: 'ok' }) > 0).toBe(inject('backend') === 'services');
    expect(before.sum('parley_part_ready')).toBe(4);
    expect(before.sum('parley_build_info', { database: inject('backend') === 'services' ? 'mysql' : 'sqlite' })).toBe(1);
    expect(before.sum('process_resident_memory_bytes')).toBeGreaterThan(0);
    expect(before.text).toContain('nodejs_eventloop_lag_p99_seconds');
    await socket.close();
    await expect.poll(async () => (await scrape(app)).sum('parley_sockets_open')).toBe(1);
    expect((await scrape(app)).sum('parley_socket_closes_total')).toBe(1);
  });

  it('tells of operations only what the schema and the catalogue of errors have, and of closes only codes of the protocol', async () => {
    const app = await startWatched();
    const person = await registerUser(app);
    for (let index = 0; index < 20; index += 1) {
      const name = `caller_${randomUUID().replaceAll('-', '')}`;
      await post(app, { query: `query ${name} { ${name}: serverInfo { name } }`, operationName: name });
      await post(app, { query: `query ${name} { ${name} }`, operationName: name });
      await post(app, { query: `query { __typename ...on Query { serverInfo { name } ...F } } fragment F on Query { viewer { id } }` });
      await post(app, { query: name, extensions: { persistedQuery: { version: 1, sha256Hash: name } } });
      const socket = await openRawSocket(app.socketUrl);
      await socket.init({ token: person.token });
      socket.socket.close(4600 + index, name);
      await socket.closed();
    }
    await person.execute(SendMessageDocument, { input: { to: person.user.id, clientId: randomUUID(), content: { text: 'x' } } });
    await expect.poll(async () => (await scrape(app)).sum('parley_socket_closes_total', { code: 'other' })).toBe(20);
    const found = await scrape(app);
    expect(found.sum('parley_operations_total', { type: 'query', field: 'serverInfo', outcome: 'ok' })).toBe(20);
    expect(found.sum('parley_operations_total', { type: 'query', field: 'several' })).toBe(20);
    expect(found.sum('parley_operations_total', { type: 'refused', field: '', outcome: 'BAD_QUERY' })).toBe(40);
    expect(found.sum('parley_operations_total', { type: 'mutation', field: 'sendMessage', outcome: 'BAD_USER_INPUT' })).toBe(1);
    expect(found.text).not.toContain('caller_');
    const kinds = [...found.values.keys()].filter((series) => series.startsWith('parley_operations_total{'));
    expect(kinds.length).toBeLessThan(10);
  });

  it('counts what a limit refuses, by its bucket', async () => {
    const app = await startWatched({ RATE_LIMITS: 'on', RATES: 'search=1/h' });
    const person = await registerUser(app);
    for (let index = 0; index < 3; index += 1) await person.execute(SearchUsersDocument, { keyword: 'nobody' });
    const found = await scrape(app);
    expect(found.sum('parley_rate_limit_refusals_total', { bucket: 'search' })).toBe(2);
    expect(found.sum('parley_rate_limit_refusals_total')).toBe(2);
    expect(found.sum('parley_operations_total', { field: 'searchUsers', outcome: 'RATE_LIMITED' })).toBe(2);
  });

  it('counts what is refused to sockets: frames, operations, and more sockets than may be open', async () => {
    const rates = 'frameOfSocket=1/h+20, operationOfSocket=1/h+1';
    const app = await startWatched({ RATE_LIMITS: 'on', RATES: rates, SOCKETS_PER_USER: '2', SOCKETS_WITHOUT_SESSION: '3' });
    const person = await registerUser(app);
    const socket = await openRawSocket(app.socketUrl);
    await socket.init({ token: person.token });
    for (const id of ['1', '2', '3', '4']) {
      socket.send({ type: 'subscribe', id, payload: { query: '{ viewer { id } }' } });
      await socket.until(Number(id) < 3 ? 'complete' : 'error', id);
    }
    for (let count = 0; count < 20; count += 1) socket.send({ type: 'ping' });
    expect(await socket.closed()).toMatchObject({ code: 4429 });
    const opened = await Promise.all([1, 2, 3].map(() => openRawSocket(app.socketUrl)));
    await expect(openRawSocket(app.socketUrl)).rejects.toThrow('429');
    const [first, second, third] = opened;
    await first?.init({ token: person.token });
    await second?.init({ token: person.token });
    third?.send({ type: 'connection_init', payload: { token: person.token } });
    expect(await third?.closed()).toEqual({ code: 1013, reason: 'RATE_LIMITED' });
    const refusals = async (bucket: string) => (await scrape(app)).sum('parley_rate_limit_refusals_total', { bucket });
    expect(await refusals('operationOfSocket')).toBe(2);
    await expect.poll(() => refusals('frameOfSocket')).toBe(1);
    expect(await refusals('openSockets')).toBe(2);
  });

  it('counts a subscription for which a socket has no room as an operation that was refused', async () => {
    const app = await startWatched({ SOCKET_SUBSCRIPTIONS: '1' });
    const socket = await openRawSocket(app.socketUrl);
    await socket.init({ token: (await registerUser(app)).token });
    for (const id of ['1', '2']) socket.send({ type: 'subscribe', id, payload: { query: 'subscription { events { cursor } }' } });
    await socket.until('error', '2');
    const outcomes = { type: 'subscription', field: 'events', outcome: 'RATE_LIMITED' };
    expect((await scrape(app)).sum('parley_operations_total', outcomes)).toBe(1);
  });

  it('counts logs that a comparison heals, and no others', async () => {
    const app = await startWatched({ COMPARE_MILLISECONDS: '100' });
    const database = await openTables(app);
    const [sender, reader] = await registerTwo(app);
    const [readerId = 0] = await idsOf(database, [reader.user]);
    const rounds = async () => (await scrape(app)).sum('parley_database_call_duration_seconds_count', { call: 'read' });
    /** What is written without a bell. */
    const write = async () =>
      await database.transaction(async (tx) => {
        const { n } = await tx.db.selectFrom('Clock').select('n').executeTakeFirstOrThrow();
        const { lastRev } = await tx.db.selectFrom('Log').select('lastRev').where('id', '=', readerId).executeTakeFirstOrThrow();
        const rev = lastRev + 1;
        await tx.db.insertInto('Entry').values({ logId: readerId, rev, epoch: n, at: 1, kind: 'VIEWER' }).execute();
        await tx.db.updateTable('Log').set({ lastRev: rev, lastEpoch: n }).where('id', '=', readerId).execute();
      });
    // Before anybody listens: whoever comes finds it in the tables, and that is no hole.
    await sendText(sender, reader.user.id, 'before');
    await write();
    const { stream } = await listening(reader);
    const before = await rounds();
    await expect.poll(rounds).toBeGreaterThan(before + 8);
    expect((await scrape(app)).sum('parley_holes_healed_total')).toBe(0);
    await write();
    await stream.until(({ events }) => events.__typename === 'ViewerChanged');
    expect((await scrape(app)).sum('parley_holes_healed_total')).toBe(1);
  });

  it('counts a reset', async () => {
    const app = await startWatched();
    const [one, other] = await registerTwo(app);
    const { cursor } = present((await other.ask(CursorDocument, {})).viewer);
    // A cursor of somebody else is none.
    const stream = one.socket().subscribe(EventsDocument, { after: cursor });
    await stream.until(({ events }) => events.__typename === 'SyncReset');
    expect((await scrape(app)).sum('parley_stream_resets_total')).toBe(1);
  });

  it('says that a part is not ready', async () => {
    const app = await startWatched({ DRAIN_SECONDS: '1', SHUTDOWN_SECONDS: '4' });
    const stopping = app.stop();
    const found = await scrape(app);
    expect([found.sum('parley_part_ready', { part: 'server' }), found.sum('parley_part_ready', { part: 'database' })]).toEqual([0, 1]);
    await stopping;
  });
});

it('no metric and no line of the log holds what people wrote or are called, a token, a password or an address', async () => {
  const app = await startWatched({ LOG_LEVEL: 'trace', TRUSTED_PROXIES: '127.0.0.1', RATE_LIMITS: 'on', RATES: 'wrongLogin=1/h' });
  const address = '203.0.113.77';
  const headers = { 'x-forwarded-for': address };
  const names = ['mark_one', 'mark_two'];
  const [one, other] = [await registerUser(app, { username: 'mark_one', nickname: 'mark-nick' }), await registerUser(app, { username: 'mark_two' })];
  await openChatset(other);
  const { stream } = await listening(other);
  await sendText(one, other.user.id, 'mark-text');
  await stream.until(({ events }) => events.__typename === 'MessageSent');
  const login = { query: 'mutation MarkOperation { login(input: { username: "mark_one", password: "mark-password" }) { token } }' };
  for (let index = 0; index < 3; index += 1)
    await fetch(app.url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(login) });
  await app.execute(MeDocument, {}, { token: `${one.token}x`, headers });
  await one.execute(SearchUsersDocument, { keyword: 'mark-search' });
  await post(app, { query: '{ mark_field }' });
  const { text } = await scrape(app);
  expect(text).toContain('parley_rate_limit_refusals_total{bucket="wrongLogin"} 2');
  const all = [text, ...app.logs()].join('');
  for (const secret of [...names, 'mark', 'Mark', address, one.token, other.token, one.refreshToken, one.user.id, one.user.uuid, other.user.id])
    expect(all, secret).not.toContain(secret);
});
