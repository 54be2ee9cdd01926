import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config.ts';
import { StartError } from '../kernel/start-error.ts';
import type { Logger } from '../platform/logger.ts';
import { createPageBuild, pagesFolder } from '../platform/page-build.ts';
import { listen } from '../server/http/listening.ts';
import { openMetricsDoor } from '../server/http/metrics-door.ts';
import { createMetricsTogether } from './metrics-together.ts';
import { startWorker, type WorkerProcess } from './worker-process.ts';

/** Several processes that serve as one. */
export interface Supervisor {
  /** Where they listen, such as `http://127.0.0.1:4000`. */
  readonly url: string;
  /** Has all of them stop, each as a server by itself does, and resolves when they are gone; what stays is killed. */
  stop(): Promise<void>;
  /** Kills all of them. */
  kill(): void;
}

/** What it needs. */
export interface SupervisorOptions {
  readonly logger: Logger;
  /** How long the end of one may take. */
  readonly endMs: number;
}

/** For how long the place of one that has ended stays empty: each time for twice as long, until one has lived for a while. */
const rests = { firstMs: 500, longestMs: 30_000, calmMs: 60_000 } as const;

/** How often each is asked whether it lives, and for how many times one may say nothing: a machine that was halted counts as one. */
const looks = { everyMs: 3000, most: 5 } as const;

/**
 * Starts as many processes as `WORKERS` says, all at one port. The first one alone, until it serves: it changes the tables, and where it cannot start
 * nothing can, and a `StartError` says so. From then on one that ends is replaced.
 */
export async function startWorkers(config: Config, { logger, endMs }: SupervisorOptions): Promise<Supervisor> {
  const running = new Set<WorkerProcess>();
  const metrics = createMetricsTogether(() => [...running]);
  const port = await freePort(config);
  const metricsDoor = config.metrics && (await openMetricsDoor(config.metrics, metrics, logger, {}));
  const build = config.pages ? createPageBuild(pagesFolder, logger) : null;
  let isStopping = false;
  let arePagesBuilt = false;
  const timers = new Set<NodeJS.Timeout>();

  const begin = (): WorkerProcess => {
    const worker = startWorker({ PORT: `${port}` });
    running.add(worker);
    void worker.up.then(() => {
      if (arePagesBuilt) worker.tellPagesAreBuilt();
    });
    void watch(worker);
    void worker.ended.then(() => {
      running.delete(worker);
      metrics.forget(worker);
    });
    return worker;
  };

  /** Kills one that does not answer: connections would go on coming to it. */
  const watch = async (worker: WorkerProcess) => {
    await worker.up;
    for (let missed = 0; running.has(worker); missed = (await worker.isAlive(looks.everyMs)) ? 0 : missed + 1) {
      if (missed >= looks.most) {
        logger.error({ worker: worker.number }, 'a worker does not answer and is killed');
        return worker.signal('SIGKILL');
      }
      if (missed === 0) await sleep(looks.everyMs, undefined, { ref: false });
    }
  };

  /** Has one in this place for ever. */
  const keep = async (worker: WorkerProcess, began: number, restMs: number) => {
    const { code, signal } = await worker.ended;
    if (isStopping) return;
    const ms = performance.now() - began > rests.calmMs ? rests.firstMs : restMs;
    logger.warn({ worker: worker.number, code, signal, ms }, 'a worker has ended by itself; another one takes its place');
    beginLater(ms);
  };

  const beginLater = (ms: number) => {
    const restMs = Math.min(rests.longestMs, ms * 2);
    const timer = setTimeout(() => {
      timers.delete(timer);
      try {
        void keep(begin(), performance.now(), restMs);
      } catch (error) {
        // For want of memory, for example. The others go on.
        logger.error({ err: error, ms: restMs }, 'a worker could not be started; it is tried again');
        beginLater(restMs);
      }
    }, ms);
    timers.add(timer);
  };

  const kill = () => {
    for (const worker of running) worker.signal('SIGKILL');
  };

  const first = begin();
  const began = performance.now();
  const url = await Promise.race([first.up, first.ended.then(() => null)]);
  if (url === null) {
    metricsDoor?.close();
    throw new StartError('The first of the workers could not start: what it said stands above.', null);
  }
  void keep(first, began, rests.firstMs);
  for (let count = 1; count < config.workers; count += 1) void keep(begin(), performance.now(), rests.firstMs);
  void build?.done.then(() => {
    arePagesBuilt = true;
    for (const worker of running) worker.tellPagesAreBuilt();
  });
  build?.start();
  logger.info({ url, workers: config.workers, metrics: metricsDoor?.url ?? null }, 'the workers are started');

  return {
    url,
    async stop() {
      isStopping = true;
      logger.info('stopping the workers');
      build?.stop();
      for (const timer of timers) clearTimeout(timer);
      const all = [...running];
      for (const worker of all) worker.signal('SIGTERM');
      const gone = Promise.all(all.map((worker) => worker.ended));
      const late = setTimeout(kill, endMs);
      await gone;
      clearTimeout(late);
      metricsDoor?.close();
      logger.info('the workers have stopped');
    },
    kill,
  };
}

/** The port, where nothing else listens at it: where several processes may, none of them would find out. */
async function freePort({ port, host }: Config): Promise<number> {
  const server = createServer();
  const url = await listen(server, { port, host, portVariable: 'PORT', hostVariable: 'HOST' });
  await new Promise((resolve) => server.close(resolve));
  return port === 0 ? Number(new URL(url).port) : port;
}
