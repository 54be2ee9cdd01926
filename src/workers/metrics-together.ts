import { contentTypeOfMetrics, lastingOf, type MetricsOfProcess, togetherText, usedByThis } from '../platform/metrics.prometheus.ts';
import type { WorkerProcess } from './worker-process.ts';

/** The metrics of all processes of a node as one. */
export interface MetricsTogether {
  readonly contentType: string;
  /** All metrics as they are now. What only grows goes on growing, also where a process has ended. */
  text(): Promise<string>;
  /** A process has ended: what it had counted when it was last asked stays. */
  forget(worker: WorkerProcess): void;
}

/** For how long an answer is waited for. */
const patienceMs = 2000;

/** Makes it, of those that `running` names. */
export function createMetricsTogether(running: () => readonly WorkerProcess[]): MetricsTogether {
  const last = new Map<WorkerProcess, MetricsOfProcess>();
  let gone: MetricsOfProcess = [];
  return {
    contentType: contentTypeOfMetrics,
    async text() {
      const before = gone;
      const asked = running().map(async (worker) => {
        const known = last.get(worker);
        const told = await worker.metrics(patienceMs);
        if (told && last.has(worker) === (known !== undefined)) last.set(worker, told);
        // Of one that does not answer, what only grows counts as it stood.
        return told ?? lastingOf(known ? [known] : []);
      });
      return await togetherText([await usedByThis(), before, ...(await Promise.all(asked))]);
    },
    forget(worker) {
      const known = last.get(worker);
      if (known) gone = lastingOf([gone, known]);
      last.delete(worker);
    },
  };
}
