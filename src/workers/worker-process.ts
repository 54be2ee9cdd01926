import cluster, { type Worker } from 'node:cluster';
import type { MetricsOfProcess } from '../platform/metrics.prometheus.ts';
import { type Order, report } from './messages.ts';

/** How a process has ended: its exit code, or the signal that ended it. */
export interface End {
  readonly code: number | null;
  readonly signal: string | null;
}

/** One process that serves, seen from the one that has started it. */
export interface WorkerProcess {
  /** Its number in the log; none has it again. */
  readonly number: number;
  /** Resolves with its address when it serves. */
  readonly up: Promise<string>;
  /** Resolves when it is gone. */
  readonly ended: Promise<End>;
  /** What it has counted and measured so far; null where it does not say. */
  metrics(ms: number): Promise<MetricsOfProcess | null>;
  /** Whether it is heard of in this time, if only by an answer that is late. */
  isAlive(ms: number): Promise<boolean>;
  tellPagesAreBuilt(): void;
  signal(name: 'SIGTERM' | 'SIGKILL'): void;
}

/** Starts one, as this process was started, with this in its environment too. */
export function startWorker(env: Readonly<Record<string, string>>): WorkerProcess {
  // Numbers that are none, as of a delay that was not measured yet, do not go through JSON.
  cluster.setupPrimary({ serialization: 'advanced' });
  const worker: Worker = cluster.fork(env);
  const { process: child, id: number } = worker;
  const up = Promise.withResolvers<string>();
  const ended = Promise.withResolvers<End>();
  const waiting = new Map<number, (metrics: MetricsOfProcess | null) => void>();
  let lastId = 0;
  let heard = 0;
  worker.on('message', (message: unknown) => {
    heard += 1;
    const { data } = report.safeParse(message);
    if (data?.parley === 'up') up.resolve(data.url);
    if (data?.parley === 'answer') waiting.get(data.id)?.(data.metrics);
  });
  worker.on('error', () => {});
  child.once('error', () => ended.resolve({ code: null, signal: null }));
  worker.once('exit', (code, signal) => ended.resolve({ code, signal }));
  const tell = (what: Order) => {
    if (worker.isConnected()) worker.send(what, () => {});
  };
  const ask = (question: 'metrics' | 'alive', ms: number) => {
    const id = ++lastId;
    return new Promise<MetricsOfProcess | null>((resolve) => {
      const settle = (metrics: MetricsOfProcess | null) => {
        clearTimeout(late);
        waiting.delete(id);
        resolve(metrics);
      };
      const late = setTimeout(() => settle(null), ms);
      waiting.set(id, settle);
      tell({ parley: 'ask', question, id });
    });
  };
  return {
    number,
    up: up.promise,
    ended: ended.promise,
    metrics: async (ms) => await ask('metrics', ms),
    async isAlive(ms) {
      const before = heard;
      await ask('alive', ms);
      return heard > before;
    },
    tellPagesAreBuilt: () => tell({ parley: 'pages are built' }),
    signal: (name) => void child.kill(name),
  };
}
