import { describe, expect, it } from 'vitest';
import { createPresenceWatch } from '../../src/features/presence/watch.service.ts';
import { createTypingService } from '../../src/features/typing/typing.service.ts';
import { createEndings } from '../../src/kernel/endings.ts';
import type { Viewer } from '../../src/kernel/viewer.ts';
import { createMemoryBus } from '../../src/platform/bus.memory.ts';
import type { Bus, Channel } from '../../src/platform/bus.ts';

const viewer: Viewer = { userId: 7, uuid: '7', role: 'USER', sessionId: 7, sessionUuid: '7', actedBy: null };

/** A bus that says what is listened to, and does something while a channel is about to be. */
function openBus(meanwhile: (channel: Channel, bus: Bus) => Promise<void>) {
  const memory = createMemoryBus();
  const listened = new Set<string>();
  const bus: Bus = {
    ...memory,
    async subscribe(channel, listener) {
      const unsubscribe = await memory.subscribe(channel, listener);
      listened.add(channel);
      await meanwhile(channel, memory);
      return () => {
        listened.delete(channel);
        unsubscribe();
      };
    },
    onRestored: () => {
      listened.add('restored');
      return () => listened.delete('restored');
    },
  };
  return { bus, listened };
}

const turns = async () => {
  for (let count = 0; count < 20; count += 1) await new Promise((resolve) => setImmediate(resolve));
};

describe('what is over before it has begun leaves nothing behind', () => {
  it('in a list of what is to be ended', () => {
    const ended: string[] = [];
    const endings = createEndings();
    endings.add(() => ended.push('early'));
    endings.run();
    endings.run();
    endings.add(() => ended.push('late'));
    expect(ended).toEqual(['early', 'late']);
  });

  it.each(['user:7', 'log:1'] as const)('in a watch for who writes, of somebody who is removed while %s is about to be listened to', async (when) => {
    let isMember = true;
    let reads = 0;
    const { bus, listened } = openBus(async (channel, { publish }) => {
      if (channel !== when) return;
      isMember = false;
      publish('user:7', { kind: 'BELL', logId: 7, rev: 2 });
      await turns();
    });
    const database = {
      read: async () => {
        reads += 1;
        return reads === 1 ? { id: 1, peerId: null } : new Set(isMember ? [7] : []);
      },
    };
    const parts = { database, bus, permissions: {}, typingMs: 6000 };
    const typing = createTypingService(parts as unknown as Parameters<typeof createTypingService>[0]);
    const watching = await typing.watch(viewer, 'x');
    expect((await watching.next()).done).toBe(true);
    await turns();
    expect([...listened]).toEqual([]);
  });

  it('in a watch of presence whose first look fails', async () => {
    const { bus, listened } = openBus(async () => {});
    const states = async () => {
      throw new Error('a fault');
    };
    const watch = createPresenceWatch({ leaseMs: 1000, graceMs: 1000 } as never, bus, { states, changes: async () => ({ place: '1', userIds: [] }) } as never);
    listened.delete('restored');
    await expect(watch.watch(viewer, [1, 2])).rejects.toThrow('a fault');
    await turns();
    expect([...listened]).toEqual([]);
    watch.stop();
  });
});
