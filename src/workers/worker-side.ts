import type { Worker } from 'node:cluster';
import type { AsWorker } from '../app.ts';
import type { PrometheusMetrics } from '../platform/metrics.prometheus.ts';
import { order, type Report } from './messages.ts';

/** One of several processes of a server, as it stands towards the one that has started it. */
export interface WorkerSide extends AsWorker {
  /** Says that it serves. */
  up(url: string): void;
}

/** Makes it; `channel` leads to the other process. */
export function createWorkerSide(channel: Pick<Worker, 'on' | 'send'>): WorkerSide {
  const { promise: done, resolve } = Promise.withResolvers<void>();
  let metrics: PrometheusMetrics | null = null;
  // Where the other one is gone, so is this one in a moment.
  const tell = (what: Report) => void channel.send(what, () => {});
  channel.on('message', (message: unknown) => {
    const { data } = order.safeParse(message);
    if (data?.parley === 'pages are built') resolve();
    if (data?.parley !== 'ask') return;
    const { id, question } = data;
    const found = question === 'metrics' && metrics !== null ? metrics.values().catch(() => null) : Promise.resolve(null);
    void found.then((values) => tell({ parley: 'answer', id, metrics: values }));
  });
  return {
    pageBuild: { start() {}, stop() {}, done },
    tellMetrics(of) {
      metrics = of;
    },
    up: (url) => tell({ parley: 'up', url }),
  };
}
