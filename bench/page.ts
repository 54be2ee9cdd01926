import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { build } from 'vite';
import { findBinary } from '../test/support/database-server.ts';
import { freePort } from '../test/support/private-services.ts';
import webConfig from '../web/vite.config.ts';
import { serveFolder } from './harness/folder.ts';
import { alternate, median, type Row, rowOf } from './harness/results.ts';
import { createScene, type Guest, type Room } from './harness/scene.ts';
import { type MeasuredServer, startServer } from './harness/server.ts';

/** How much is done in a round. */
export interface PageOptions {
  readonly rounds: number;
  readonly conversations: number;
  /** How long messages come in. */
  readonly ms: number;
}

const root = fileURLToPath(new URL('../', import.meta.url));
const writers = 20;
const perSecond = 100;

/** The two pages that are compared: the same view, and what keeps the data for it. */
const kinds = ['parley', 'apollo'] as const;
type Kind = (typeof kinds)[number];

/**
 * What a page made with parley-client costs the one who looks at it, beside the same view on stock Apollo Client with the cache that keeps the newest
 * copy: in a real browser, on one server. And how long it takes from `npm start` until the page that Parley brings can be used.
 */
export async function page({ rounds, conversations, ms }: PageOptions): Promise<Row[]> {
  const executablePath = findBinary('chromium', 'chromium-browser');
  if (executablePath === null) throw new Error('this needs chromium: apt-get install -y --no-install-recommends chromium');
  const args = ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--enable-precise-memory-info', '--js-flags=--expose-gc'];
  const browser = await chromium.launch({ executablePath, args });
  const rows = [await startRow(browser, Math.min(rounds, 3))];
  const folder = mkdtempSync(join(tmpdir(), 'parley-pages-'));
  await buildPages(folder);
  const pages = await serveFolder(folder);
  const scene = await createScene();
  const [viewer, ...others] = await scene.people(writers + 1);
  if (viewer === undefined) throw new Error('nobody looks');
  const rooms: Room[] = [];
  for (let index = 0; index < conversations; index += 1) rooms.push(await scene.group([viewer, others[index % writers] ?? viewer]));
  const open = await scene.group([viewer, ...others]);
  const server = await startServer('src/main.ts', { ...scene.env, ALLOWED_ORIGINS: pages.origin });
  for (const [index, room] of rooms.entries()) await send(server, others[index % writers] ?? viewer, room, `the first one of ${index}`);
  for (let index = 0; index < 100; index += 1) await send(server, others[index % writers] ?? viewer, open, `before ${index}`);

  const show = async (kind: Kind, context: BrowserContext, who: Guest, count: number): Promise<Page> => {
    const setting = { api: `http://127.0.0.1:${server.port}/graphql`, token: who.token, userId: who.globalId, conversationId: open.globalId, count };
    const tab = await context.newPage();
    await tab.addInitScript(`window.setting = ${JSON.stringify(setting)}`);
    await tab.goto(`${pages.origin}/${kind}.html`);
    await tab.waitForFunction('window.bench?.shownAt', undefined, { timeout: 60_000 });
    return tab;
  };
  const shownMs = async (tab: Page) => await tab.evaluate<number>('window.bench.shownAt - performance.timeOrigin');
  const inContext = async <T>(work: (context: BrowserContext) => Promise<T>): Promise<T> => {
    const context = await browser.newContext();
    try {
      return await work(context);
    } finally {
      await context.close();
    }
  };
  const count = conversations + 1;
  const cold = (kind: Kind) => inContext(async (context) => await shownMs(await show(kind, context, viewer, count)));
  const again = (kind: Kind) =>
    inContext(async (context) => {
      const first = await show(kind, context, viewer, count);
      // Until what it keeps for the next time is kept.
      await sleep(3000);
      await first.close();
      return await shownMs(await show(kind, context, viewer, count));
    });
  const against = 'the same page on Apollo Client';
  const all = `${conversations} conversations`;
  rows.push(
    rowOf({ what: `from opening a page with ${all} to the last one shown`, against, unit: 'ms', goal: 1, better: 'lower' }, await each(rounds, cold)),
    rowOf({ what: 'likewise, opened again (Apollo Client keeps nothing)', against, unit: 'ms', goal: 0.5, better: 'lower' }, await each(rounds, again)),
  );

  const enter = (kind: Kind) =>
    inContext((here) =>
      inContext(async (there) => {
        const writer = await show(kind, here, others[0] ?? viewer, 1);
        const reader = await show(kind, there, viewer, count);
        const times: number[] = [];
        for (let index = 0; index < 20; index += 1) {
          const text = `${kind} ${randomUUID()}`;
          const sentAt = await writer.evaluate<number>(`window.bench.send(${JSON.stringify(text)})`);
          await reader.waitForFunction(`window.bench.seen.has(${JSON.stringify(text)})`);
          times.push((await reader.evaluate<number>(`window.bench.seen.get(${JSON.stringify(text)})`)) - sentAt);
        }
        return median(times);
      }),
    );
  rows.push(rowOf({ what: 'from Enter to the other browser showing it', against, unit: 'ms', goal: 1, better: 'lower' }, await each(rounds, enter)));

  const busy = (kind: Kind) =>
    inContext(async (context) => {
      const tab = await show(kind, context, viewer, count);
      const devtools = await context.newCDPSession(tab);
      await devtools.send('Performance.enable');
      const metric = async (name: string) => {
        const { metrics } = await devtools.send('Performance.getMetrics');
        return metrics.find((one) => one.name === name)?.value ?? Number.NaN;
      };
      await sleep(1000);
      const before = await metric('TaskDuration');
      const sent = await write(server, others, open, ms);
      const last = `the last one ${randomUUID()}`;
      await send(server, others[0] ?? viewer, open, last);
      await tab.waitForFunction(`window.bench.seen.has(${JSON.stringify(last)})`, undefined, { timeout: 60_000 });
      const spent = ((await metric('TaskDuration')) - before) * 1000;
      await devtools.send('HeapProfiler.collectGarbage');
      return { perMessage: spent / sent, megabytes: (await metric('JSHeapUsedSize')) / 1e6 };
    });
  const loads = await alternate(
    rounds,
    () => busy('parley'),
    () => busy('apollo'),
    0,
  );
  rows.push(
    rowOf(
      { what: `main-thread time of ${perSecond} incoming messages a second`, against, unit: 'ms for each', goal: 0.5, better: 'lower' },
      loads.map(({ ours, theirs }) => ({ ours: ours.perMessage, theirs: theirs.perMessage })),
    ),
    rowOf(
      { what: `memory of the page after them, with ${all}`, against, unit: 'MB', goal: 0.5, better: 'lower' },
      loads.map(({ ours, theirs }) => ({ ours: ours.megabytes, theirs: theirs.megabytes })),
    ),
  );
  await browser.close();
  await server.stop();
  await pages.close();
  await scene.close();
  rmSync(folder, { recursive: true, force: true });
  return rows;
}

/** Both kinds in turn, after a round of each that does not count. */
const each = (rounds: number, measure: (kind: Kind) => Promise<number>) =>
  alternate(
    rounds,
    () => measure('parley'),
    () => measure('apollo'),
  );

/** As the pages of Parley are built. */
async function buildPages(outDir: string): Promise<void> {
  const input = Object.fromEntries(kinds.map((kind) => [kind, join(root, `bench/page/${kind}.html`)]));
  await build({
    configFile: false,
    root: join(root, 'bench/page'),
    logLevel: 'error',
    ...(webConfig.resolve === undefined ? {} : { resolve: webConfig.resolve }),
    build: { outDir, emptyOutDir: true, target: 'es2022', modulePreload: { polyfill: false }, rolldownOptions: { input } },
  });
}

const sendMessage = 'mutation ($input: SendMessageInput!) { sendMessage(input: $input) { id } }';

async function send({ port }: MeasuredServer, { token }: Guest, room: Room, text: string): Promise<void> {
  const input = { to: room.globalId, clientId: randomUUID(), content: { text } };
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify({ query: sendMessage, variables: { input } }),
  });
  const answer = await response.text();
  if (!response.ok || answer.includes('"errors"')) throw new Error(answer);
}

/** Writes so many messages a second for so long; gives how many. */
async function write(server: MeasuredServer, people: readonly Guest[], room: Room, ms: number): Promise<number> {
  const total = Math.round((ms / 1000) * perSecond);
  const start = performance.now();
  const under: Promise<void>[] = [];
  for (let index = 0; index < total; index += 1) {
    const early = start + (index * 1000) / perSecond - performance.now();
    if (early > 1) await sleep(early);
    const writer = people[index % people.length];
    if (writer !== undefined) under.push(send(server, writer, room, `message ${index} ${randomUUID()}`));
  }
  await Promise.all(under);
  return total;
}

/** From `npm start` until one can sign in on the page, built before, and where it has to be built. */
async function startRow(browser: Browser, rounds: number): Promise<Row> {
  const measure = async (isBuilt: boolean) => {
    if (!isBuilt) rmSync(join(root, 'web/dist'), { recursive: true, force: true });
    const [port, dataDir] = [await freePort(), mkdtempSync(join(tmpdir(), 'parley-start-'))];
    const context = await browser.newContext();
    const tab = await context.newPage();
    const start = performance.now();
    const child = spawn('npm', ['start'], {
      cwd: root,
      env: { ...process.env, PORT: `${port}`, DATA_DIR: dataDir, PAGES: 'on', LOG_LEVEL: 'warn' },
      stdio: 'ignore',
      detached: true,
    });
    await tab.goto('about:blank');
    while (!(await isServed(port))) await sleep(20);
    await tab.goto(`http://127.0.0.1:${port}/`);
    await tab.locator('input[autocomplete=username]').waitFor({ timeout: 60_000 });
    const took = performance.now() - start;
    await context.close();
    await end(child);
    rmSync(dataDir, { recursive: true, force: true });
    return took;
  };
  // The first one builds the page where it is not there.
  await measure(true);
  const found = [];
  for (let round = 0; round < rounds; round += 1) found.push({ ours: await measure(true), theirs: await measure(false) });
  return rowOf(
    { what: 'from npm start to a page that one can sign in on', against: 'where it is not built yet', unit: 'ms', goal: null, better: 'lower' },
    found,
  );
}

async function isServed(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    fetch(`http://127.0.0.1:${port}/`).then(
      ({ status }) => resolve(status === 200),
      () => resolve(false),
    );
  });
}

async function end(child: ChildProcess): Promise<void> {
  const over = new Promise((resolve) => child.once('exit', resolve));
  if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM');
  await over;
}
