import type { Bus } from '../../platform/bus.ts';
import type { Database } from '../../platform/database.ts';
import { catalogueOfMetrics, type Metrics } from '../../platform/metrics.ts';

/** Whether work should be sent here. */
export interface Health {
  /** The parts that do not answer; empty when ready. While stopping, `server` is among them. */
  missing(): Promise<readonly string[]>;
  /** From now on: not ready. */
  stopping(): void;
  isStopping(): boolean;
}

/** Asks the database and the bus, each time anew; `isApart`: whether other nodes do not hear this one. */
export function createHealth(database: Pick<Database, 'ping'>, bus: Pick<Bus, 'ping'>, isApart: () => boolean): Health {
  let stopping = false;
  const answers = async (name: string, ping: () => Promise<void>) => {
    try {
      await ping();
      return [];
    } catch {
      return [name];
    }
  };
  return {
    async missing() {
      if (stopping) return ['server'];
      return [...(await Promise.all([answers('database', database.ping), answers('bus', bus.ping)])).flat(), ...(isApart() ? ['other nodes'] : [])];
    },
    stopping() {
      stopping = true;
    },
    isStopping: () => stopping,
  };
}

/** Has the metrics say what is ready, as /readyz does. For one scrape each part is asked once. */
export function watchHealth(health: Health, metrics: Metrics): void {
  let asked: Promise<readonly string[]> | null = null;
  const missing = () => {
    asked ??= health.missing().finally(() => {
      asked = null;
    });
    return asked;
  };
  for (const part of catalogueOfMetrics.partReady.labels.part) metrics.watch('partReady', { part }, async () => ((await missing()).includes(part) ? 0 : 1));
}
