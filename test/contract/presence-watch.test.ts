import { describe, expect, inject, it } from 'vitest';
import { createPresenceService, type PresenceService } from '../../src/features/presence/presence.service.ts';
import { createPresenceWatch, type PresenceEvent } from '../../src/features/presence/watch.service.ts';
import type { Viewer } from '../../src/kernel/viewer.ts';
import type { Bus } from '../../src/platform/bus.ts';
import type { Database, Tx } from '../../src/platform/database.ts';
import { createMemoryPresenceStore } from '../../src/platform/presence-store.memory.ts';
import { createRedisPresenceStore } from '../../src/platform/presence-store.redis.ts';
import type { PresenceStore } from '../../src/platform/presence-store.ts';
import { closeLater } from '../support/lifetime.ts';
import { openRedis } from '../support/redis.ts';

const redisUrl = inject('redisUrl');
const config = { graceMs: 400, leaseMs: 2000, renewMs: 500 };
const viewer = { userId: 1 } as Viewer;

/** A bus on which every signal is lost, and nobody notices. */
const deafBus = { publish() {}, subscribe: async () => () => {}, onRestored: () => () => {} } as unknown as Bus;
/** Nothing here needs one: people see their own presence, and when they were last seen is written by nobody. */
const database = { transaction: async () => {} } as unknown as Database;

const makers: { name: string; there: boolean; make: () => Promise<() => PresenceStore> }[] = [
  {
    name: 'memory',
    there: true,
    make: async () => {
      const store = createMemoryPresenceStore();
      return () => store;
    },
  },
  {
    name: 'redis',
    there: redisUrl !== null,
    make: async () => {
      const redis = await openRedis();
      return () => createRedisPresenceStore(redis);
    },
  },
];

function openNode(store: PresenceStore): PresenceService {
  const service = createPresenceService({ config, database, bus: deafBus, store });
  closeLater(() => service.stop());
  return service;
}

async function watchFrom(service: PresenceService): Promise<() => Promise<boolean | null>> {
  const watch = createPresenceWatch(config, deafBus, service);
  closeLater(() => watch.stop());
  const events = await watch.watch(viewer, [viewer.userId]);
  return async () => await toldNext(events);
}

/** The next state that a reader would see. */
async function toldNext(events: AsyncIterator<PresenceEvent>): Promise<boolean | null> {
  for (;;) {
    const { value } = await events.next();
    if (await value.prepare({} as Tx)) return value.shown();
  }
}

describe.each(makers.filter(({ there }) => there))('presence with its store in $name, where every signal is lost', ({ make }) => {
  it('is told all the same', async () => {
    const open = await make();
    const [here, there] = [openNode(open()), openNode(open())];
    const next = await watchFrom(here);
    expect(await next()).toBe(false);
    await there.connected(viewer, 'a');
    expect(await next()).toBe(true);
    await there.disconnected(viewer, 'a');
    expect(await next()).toBe(false);
  });

  it('is told of a node that goes, and of one that came while the store was away', async () => {
    const open = await make();
    const away = { is: true };
    const store = open();
    const late: PresenceStore = { ...store, open: async (...lease) => (away.is ? Promise.reject(new Error('away')) : await store.open(...lease)) };
    const [here, there] = [openNode(open()), openNode(late)];
    const next = await watchFrom(here);
    expect(await next()).toBe(false);
    await there.connected(viewer, 'a');
    expect((await here.states([viewer.userId]))?.get(viewer.userId)).toBe(false);
    away.is = false;
    expect(await next()).toBe(true);
    await there.stop();
    expect(await next()).toBe(false);
  });

  it('is told of whoever left while nothing could be taken out', async () => {
    const open = await make();
    const away = { is: false };
    const store = open();
    const late: PresenceStore = { ...store, leave: async (...whom) => (away.is ? Promise.reject(new Error('away')) : await store.leave(...whom)) };
    const [here, there] = [openNode(open()), openNode(late)];
    const next = await watchFrom(here);
    expect(await next()).toBe(false);
    await there.connected(viewer, 'a');
    expect(await next()).toBe(true);
    away.is = true;
    await there.disconnected(viewer, 'a');
    away.is = false;
    expect(await next()).toBe(false);
  });
});

it('believes the look at somebody that began last, and not the one that was answered last', async () => {
  let signal: ((message: { kind: 'PRESENCE'; userId: number }) => void) | undefined;
  const bus = {
    ...deafBus,
    subscribe: async (_channel: string, listener: typeof signal) => {
      signal = listener;
      return () => {};
    },
  } as unknown as Bus;
  const answers: ((online: boolean) => void)[] = [];
  const states = () => new Promise((resolve) => answers.push((online) => resolve(new Map([[viewer.userId, online]]))));
  const presence = { states, changes: async () => ({ place: '1', userIds: [] }) } as unknown as PresenceService;
  const watch = createPresenceWatch({ ...config, graceMs: 100 }, bus, presence);
  closeLater(() => watch.stop());
  const asked = async (count: number) => await expect.poll(() => answers.length).toBe(count);

  const watching = watch.watch(viewer, [viewer.userId]);
  await asked(1);
  answers[0]?.(true);
  const events = await watching;
  expect(await toldNext(events)).toBe(true);
  for (const count of [2, 3]) {
    signal?.({ kind: 'PRESENCE', userId: viewer.userId });
    await asked(count);
  }
  answers[2]?.(false);
  answers[1]?.(true);
  await asked(4);
  answers[3]?.(false);
  expect(await toldNext(events)).toBe(false);
});
