import { expect, it, vi } from 'vitest';
import { createPresenceService } from '../../src/features/presence/presence.service.ts';
import type { Viewer } from '../../src/kernel/viewer.ts';
import { createMemoryBus } from '../../src/platform/bus.memory.ts';
import type { Database } from '../../src/platform/database.ts';
import { createMemoryPresenceStore } from '../../src/platform/presence-store.memory.ts';
import { closeLater } from '../support/lifetime.ts';

const viewerOf = (userId: number) => ({ userId }) as Viewer;

/** A node on which somebody is already, so that it has its name. */
async function openNode() {
  const store = createMemoryPresenceStore();
  // When people were last seen is written by nobody here.
  const database = { transaction: async () => {} } as unknown as Database;
  const service = createPresenceService({ config: { graceMs: 400, leaseMs: 2000, renewMs: 500 }, database, bus: createMemoryBus(), store });
  closeLater(() => service.stop());
  await service.connected(viewerOf(1), 'first');
  return { service, store, enter: vi.spyOn(store, 'enter') };
}

it('whoever comes in one turn of the event loop is written with one call', async () => {
  const { service, store, enter } = await openNode();
  const userIds = Array.from({ length: 50 }, (_, index) => index + 2);
  await Promise.all(userIds.map((userId) => service.connected(viewerOf(userId), `of ${userId}`)));
  expect(enter).toHaveBeenCalledTimes(1);
  expect([...((await store.online(userIds)) ?? [])]).toEqual(userIds.map((userId) => [userId, true]));
});

it('who comes and goes in one turn is gone, and who goes and comes back is there', async () => {
  const { service, store } = await openNode();
  const coming = service.connected(viewerOf(2), 'brief');
  await Promise.all([coming, service.disconnected(viewerOf(2), 'brief')]);
  await service.connected(viewerOf(3), 'before');
  await Promise.all([service.disconnected(viewerOf(3), 'before'), service.connected(viewerOf(3), 'after')]);
  expect([...((await store.online([2, 3])) ?? [])]).toEqual([
    [2, false],
    [3, true],
  ]);
});
