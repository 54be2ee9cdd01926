import { createHub as createGoodHub } from '../../../src/features/events/hub.service.ts';
import type { Hub } from '../../../src/features/events/served.service.ts';

export type * from '../../../src/features/events/hub.service.ts';

/** A hub that hears bells, and compares nothing: not by the clock, not when Redis or the database is back. */
export function createHub(parts: Parameters<typeof createGoodHub>[0]): Hub {
  const onRestored = () => () => {};
  const hub = createGoodHub({ ...parts, bus: { ...parts.bus, onRestored }, database: { ...parts.database, onRestored }, compareMs: 2 ** 31 - 1 });
  return { ...hub, closeEpoch: async () => void (await parts.clock.close()) };
}
