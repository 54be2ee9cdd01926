import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { openPage, textsSent } from '../clients/page.ts';
import { SendMessageDocument, ServerInfoDocument } from '../generated/graphql.ts';
import { createData, startApp, type TestApp } from '../support/app.ts';
import { builtMain } from '../support/built-main.ts';
import { executeHttp, present } from '../support/client.ts';
import { closeLater } from '../support/lifetime.ts';
import { openChatset, registerUser } from '../support/people.ts';
import { freePort } from '../support/private-services.ts';
import { type ServerProcess, startProcess } from '../support/process.ts';
import { scrapeUrl } from '../support/scrape.ts';
import { openSocket } from '../support/socket.ts';

/** The processes that another one has started. */
const childrenOf = (pid: number) => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number);

/** How often a line stands in the log. */
const times = (node: ServerProcess, line: string) => node.said().split(`"msg":"${line}"`).length - 1;

const lines = (node: ServerProcess, line: string): { readonly worker: number; readonly ms: number }[] =>
  node
    .said()
    .split('\n')
    .filter((text) => text.includes(`"msg":"${line}"`))
    .map((text) => JSON.parse(text));

const ended = 'a worker has ended by itself; another one takes its place';

/** A server of two workers, on the data of a node beside, when both serve. */
async function startTwo(near: TestApp, env: Readonly<Record<string, string>> = {}): Promise<ServerProcess> {
  const node = await startProcess(await freePort(), { ...near.env, LOG_LEVEL: 'info', WORKERS: '2', ...env });
  await expect.poll(() => times(node, 'listening'), { timeout: 40_000 }).toBe(2);
  return node;
}

it('a worker that is killed under load: its clients come back with nothing lost, nothing twice and all in order, and another one takes its place', {
  timeout: 120_000,
}, async () => {
  const near = await startApp();
  const node = await startTwo(near);
  const sender = await registerUser(near);
  const readers = await Promise.all(Array.from({ length: 12 }, () => registerUser(near)));
  await Promise.all(readers.map(openChatset));
  const pages = readers.map((reader) => openPage(reader, { at: node.url }));
  for (const page of pages) {
    await page.start();
    page.follow().catch(() => {});
    await page.events.until(({ __typename }) => __typename === 'CaughtUp');
  }
  /** Sends through the workers until it is acknowledged, as a client does. */
  const send = async (to: string, text: string) => {
    const input = { to, clientId: randomUUID(), content: { text } };
    for (;;) {
      const answer = await executeHttp(`${node.url}/graphql`, SendMessageDocument, { input }, { token: sender.token }).catch(() => null);
      if (answer?.data?.sendMessage) return;
      await sleep(20);
    }
  };
  const sent = readers.map((): string[] => []);
  let isOver = false;
  const load = Promise.all(
    readers.map(async (reader, index) => {
      for (let count = 0; !isOver; count += 1) {
        await send(reader.user.id, `${count}`);
        sent[index]?.push(`${count}`);
      }
    }),
  );
  // Each of the two, so that whoever was at either comes back once.
  for (const [index, pid] of childrenOf(node.pid).entries()) {
    await expect.poll(() => Math.min(...sent.map(({ length }) => length)), { timeout: 20_000 }).toBeGreaterThan(5 * (index + 1));
    process.kill(pid, 'SIGKILL');
    await expect.poll(() => times(node, 'listening'), { timeout: 30_000 }).toBe(3 + index);
  }
  isOver = true;
  await load;
  for (const [index, page] of pages.entries()) {
    await expect.poll(() => textsSent(page.events.all()).length, { timeout: 20_000 }).toBeGreaterThanOrEqual(present(sent[index]).length);
    expect(textsSent(page.events.all())).toEqual(sent[index]);
  }
  expect(lines(node, ended).map(({ worker }) => worker)).toEqual([1, 2]);
});

it('a worker that ends again and again is replaced after ever longer pauses', { timeout: 90_000 }, async () => {
  const node = await startTwo(await startApp());
  const [other = 0, ...more] = childrenOf(node.pid);
  expect(more.length).toBe(1);
  for (let round = 1; round <= 3; round += 1) {
    for (const pid of childrenOf(node.pid)) if (pid !== other) process.kill(pid, 'SIGKILL');
    await expect.poll(() => times(node, 'listening'), { timeout: 30_000 }).toBe(2 + round);
  }
  expect(lines(node, ended).map(({ ms }) => ms)).toEqual([500, 1000, 2000]);
});

it('a worker that cannot be started is tried again, and the others go on', { timeout: 90_000 }, async () => {
  // As where there is no memory left: Node throws then, where most other failures come as the end of the process.
  const failing = `import cluster from 'node:cluster';
    const { fork } = cluster;
    let forks = 0;
    cluster.fork = (env) => {
      forks += 1;
      if (forks === 3) throw Object.assign(new Error('spawn ENOMEM'), { code: 'ENOMEM' });
      return fork.call(cluster, env);
    };`;
  const node = await startTwo(await startApp(), { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(failing)}` });
  const [killed = 0, other = 0] = childrenOf(node.pid);
  process.kill(killed, 'SIGKILL');
  await expect.poll(() => times(node, 'listening'), { timeout: 30_000 }).toBe(3);
  expect(lines(node, 'a worker could not be started; it is tried again').map(({ ms }) => ms)).toEqual([1000]);
  expect(childrenOf(node.pid)).toContain(other);
});

it('a worker that stands still is killed, and another one takes its place', { timeout: 90_000 }, async () => {
  const node = await startTwo(await startApp());
  process.kill(present(childrenOf(node.pid)[0]), 'SIGSTOP');
  await expect.poll(() => times(node, 'a worker does not answer and is killed'), { timeout: 40_000 }).toBe(1);
  await expect.poll(() => times(node, 'listening'), { timeout: 30_000 }).toBe(3);
});

it('SIGTERM to the process that was started has all workers close their sockets with 1001 and ends with 0', { timeout: 60_000 }, async () => {
  const near = await startApp();
  const person = await registerUser(near);
  const node = await startTwo(near, { DRAIN_SECONDS: '0.5' });
  const sockets = await Promise.all(
    Array.from({ length: 16 }, async () => {
      const socket = openSocket(`${node.url.replace('http', 'ws')}/graphql`, { token: person.token });
      await socket.connected();
      return socket;
    }),
  );
  node.kill('SIGTERM');
  for (const socket of sockets) expect(await socket.closed()).toMatchObject({ code: 1001 });
  expect(await node.exit, node.said()).toBe(0);
  expect(times(node, 'stopped')).toBe(2);
  expect(times(node, ended)).toBe(0);
  await expect(fetch(node.url)).rejects.toThrow();
});

it('where the process that was started is killed, its workers end too', { timeout: 60_000 }, async () => {
  const node = await startTwo(await startApp());
  node.kill('SIGKILL');
  await node.exit;
  const answers = async () =>
    await fetch(`${node.url}/healthz`, { headers: { connection: 'close' } }).then(
      () => true,
      () => false,
    );
  await expect.poll(answers, { timeout: 20_000 }).toBe(false);
});

it('the metrics of all workers are one answer: what is counted adds up, and does not fall when one of them ends', { timeout: 90_000 }, async () => {
  const near = await startApp();
  const metricsPort = await freePort();
  const node = await startTwo(near, { METRICS_PORT: `${metricsPort}` });
  const scrape = () => scrapeUrl(`http://127.0.0.1:${metricsPort}/metrics`);
  const requests = 40;
  await Promise.all(Array.from({ length: requests }, () => executeHttp(`${node.url}/graphql`, ServerInfoDocument, {})));
  const first = await scrape();
  expect(first.sum('parley_operations_total', { type: 'query', outcome: 'ok' })).toBe(requests);
  expect(first.sum('parley_operation_duration_seconds_count', { type: 'query' })).toBe(requests);
  expect(first.sum('parley_processes')).toBe(2);
  expect(first.sum('parley_build_info')).toBe(1);
  expect(first.sum('parley_part_ready', { part: 'database' })).toBe(1);
  // Of these and of the one that looks after them.
  expect(first.text.match(/^process_resident_memory_bytes /gm)?.length).toBe(1);

  process.kill(present(childrenOf(node.pid)[0]), 'SIGKILL');
  await expect.poll(() => times(node, ended)).toBe(1);
  expect((await scrape()).sum('parley_operations_total', { type: 'query', outcome: 'ok' })).toBe(requests);
  await expect.poll(async () => (await scrape()).sum('parley_processes'), { timeout: 30_000 }).toBe(2);
  expect((await scrape()).sum('parley_operations_total', { type: 'query', outcome: 'ok' })).toBe(requests);
});

/** Runs the server until it ends by itself. */
async function run(env: Readonly<Record<string, string | undefined>>): Promise<{ readonly code: number | null; readonly said: string }> {
  const { PATH, HOME, NODE_COMPILE_CACHE } = process.env;
  const child = spawn(process.execPath, [await builtMain()], { env: { PATH, HOME, NODE_COMPILE_CACHE, ...env }, stdio: ['ignore', 'ignore', 'pipe'] });
  closeLater(() => child.kill('SIGKILL'));
  let said = '';
  child.stderr.on('data', (data) => {
    said += String(data);
  });
  return await new Promise((resolve) => child.once('close', (code) => resolve({ code, said })));
}

const alone = { NODE_ENV: 'production', PAGES: 'off', TOKEN_SECRET: 'a secret for tests, long enough for everybody', HOST: '127.0.0.1', WORKERS: '2' };

it('workers that cannot start end the whole with their sentence and 1', { timeout: 60_000 }, async () => {
  const { code, said } = await run({ ...(await createData()), ...alone, PORT: '0', DATABASE_URL: `mysql://root@127.0.0.1:${await freePort()}/parley` });
  expect(code).toBe(1);
  expect(said).toMatch(/^The database mysql:.* cannot be used \(.*\): start it, or correct DATABASE_URL\.$/m);
  expect(said).toMatch(/^The first of the workers could not start/m);
  expect(said).not.toMatch(/^ {4}at /m);
});

it('a port at which another server listens is refused with a sentence, though workers could share it', { timeout: 60_000 }, async () => {
  const node = await startTwo(await startApp());
  const { code, said } = await run({ ...(await createData()), ...alone, PORT: new URL(node.url).port });
  expect([code, said]).toEqual([1, expect.stringMatching(/^Port \d+ of 127\.0\.0\.1 is in use/)]);
});
