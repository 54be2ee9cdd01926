import type { Bus } from '../../platform/bus.ts';
import type { Database } from '../../platform/database.ts';

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
