import { expect, it } from 'vitest';
import { entities } from '../../src/entities.ts';
import { createHub } from '../../src/features/events/hub.service.ts';
import { createStream, type EventFrame } from '../../src/features/events/stream.service.ts';
import { createClockService } from '../../src/features/log/clock.service.ts';
import { createLogService } from '../../src/features/log/log.service.ts';
import { createCursorCodec } from '../../src/kernel/cursor.ts';
import { createGate } from '../../src/kernel/gate.ts';
import { createMemoryBus } from '../../src/platform/bus.memory.ts';
import type { Bus } from '../../src/platform/bus.ts';
import { createDatabase } from '../../src/platform/database.ts';
import { noMetrics } from '../../src/platform/metrics.ts';
import { closeLater } from '../support/lifetime.ts';

it('a stream for which listening fails at first begins as soon as it does not, and hears its bells', async () => {
  const database = await createDatabase({ url: 'sqlite::memory:', dataDir: '.', pool: 1, timeoutMs: 10_000 }, entities);
  closeLater(() => database.close());
  await database.migrate();
  const memory = createMemoryBus();
  let failures = 2;
  const bus: Bus = {
    ...memory,
    subscribe: (channel, listener) => {
      failures -= 1;
      return failures >= 0 ? Promise.reject(new Error('nothing is heard')) : memory.subscribe(channel, listener);
    },
  };
  const faults: unknown[] = [];
  const onFault = (error: unknown) => faults.push(error);
  const clock = createClockService(database, { replayMs: 86_400_000, closeMs: 0 });
  const hub = createHub({ database, bus, clock, onFault, compareMs: 3_600_000 });
  await hub.start();
  closeLater(() => hub.stop());
  const log = createLogService(database, bus);
  const userId = await log.write((writer) => writer.create('USER'));
  const key = Buffer.alloc(32, 1);
  const codec = createCursorCodec([{ seal: key, mac: key, item: key }]);
  const parts = { database, clock, hub, codec, gate: createGate(4), replayLimit: 100, queueLimit: 100, onFault, metrics: noMetrics };
  const feed = createStream(parts, { userId, uuid: 'u', role: 'USER', sessionId: 1, sessionUuid: 's', actedBy: null }, [], (frame: EventFrame) => frame);
  closeLater(() => feed.close());
  await expect.poll(() => feed.waiting.map(({ kind }) => kind), { timeout: 5000 }).toEqual(['CAUGHT_UP']);
  expect(faults).toHaveLength(1);
  await log.write(async (writer) => {
    await writer.lock([userId]);
    writer.append(userId, { kind: 'VIEWER' }, [userId]);
  });
  await expect.poll(() => feed.waiting.map(({ kind }) => kind)).toEqual(['CAUGHT_UP', 'ENTRY']);
});
