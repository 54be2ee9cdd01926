import { expect, it } from 'vitest';
import { entities } from '../../src/entities.ts';
import { createHub } from '../../src/features/events/hub.service.ts';
import { createClockService } from '../../src/features/log/clock.service.ts';
import { createLogService, type EntryRow } from '../../src/features/log/log.service.ts';
import { onWire, readTold, type Told } from '../../src/features/log/told.service.ts';
import { createMemoryBus } from '../../src/platform/bus.memory.ts';
import { createDatabase, type Database } from '../../src/platform/database.ts';
import { present } from '../support/client.ts';
import { closeLater } from '../support/lifetime.ts';

/** A node on an empty database that follows the log of one user, as if that were a conversation, and hears only what a test lets it hear. */
async function open() {
  const real = await createDatabase({ url: 'sqlite::memory:', dataDir: '.', pool: 1, timeoutMs: 10_000 }, entities);
  closeLater(() => real.close());
  await real.migrate();
  const seen = { reads: 0 };
  const database: Database = {
    ...real,
    read: (work) => {
      seen.reads += 1;
      return real.read(work);
    },
  };
  const bus = createMemoryBus();
  const clock = createClockService(real, { replayMs: 86_400_000, closeMs: 0 });
  const told: Told[] = [];
  const given: EntryRow[] = [];
  const known: number[] = [];
  const onTold = ({ entry }: { readonly entry: EntryRow }) => known.push(entry.rev);
  const hub = createHub({ database, bus, clock, onFault: (error) => expect(error).toBe(undefined), compareMs: 3_600_000, onTold });
  await hub.start();
  closeLater(() => hub.stop());
  const silent = { ...bus, publish: () => {} };
  const log = createLogService(real, silent);
  log.onTold((each) => told.push(each));
  const logId = await log.write((writer) => writer.create('USER'));
  await hub.attach({ userId: logId, round: ({ entries }) => given.push(...entries), readerOf: () => null, foresee: () => null });
  const write = async (count = 1) => {
    await log.write(async (writer) => {
      await writer.lock([logId]);
      for (let index = 0; index < count; index += 1) {
        writer.append(logId, { kind: 'SENT', seq: writer.nextSeq(logId) }, [logId]);
        writer.tell(logId, { text: 'hello' });
      }
    });
    return present(told.at(-1));
  };
  const ring = async (rev: number, what?: unknown) => {
    bus.publish(`user:${logId}`, { kind: 'BELL', logId, rev, ...(what === undefined ? {} : { told: what }) });
    await new Promise((resolve) => setImmediate(resolve));
  };
  seen.reads = 0;
  return { hub, log, logId, seen, given, known, write, ring, revs: () => given.map(({ rev }) => rev) };
}

it('what this process has written is given at once, and nothing is read for it', async () => {
  const { hub, seen, write, revs, known } = await open();
  hub.hear(await write());
  hub.hear(await write(3));
  expect(revs()).toEqual([1, 2, 3, 4]);
  expect(known).toEqual([1, 2, 3, 4]);
  expect(seen.reads).toBe(0);
});

it('what is told out of order, or twice, or over a hole is given in order and once', async () => {
  const { hub, write, ring, revs } = await open();
  const [first, second, third] = [await write(), await write(2), await write()];
  hub.hear(second);
  expect(revs()).toEqual([]);
  hub.hear(first);
  hub.hear(first);
  expect(revs()).toEqual([1]);
  hub.hear(third);
  hub.hear(second);
  hub.hear(second);
  expect(revs()).toEqual([1, 2, 3]);
  await ring(4);
  await expect.poll(revs).toEqual([1, 2, 3, 4]);
  hub.hear(third);
  expect(revs()).toEqual([1, 2, 3, 4]);
});

it('what is told while the log is being read waits for that, and comes once', async () => {
  const { hub, write, ring, revs } = await open();
  await write();
  const second = await write();
  const ringing = ring(1);
  hub.hear(second);
  await ringing;
  hub.hear(second);
  await expect.poll(revs).toEqual([1, 2]);
  hub.hear(await write());
  expect(revs()).toEqual([1, 2, 3]);
});

it('a bell of another node brings what was written, from a log of which all was given too, and nothing is read', async () => {
  const { hub, seen, write, ring, revs } = await open();
  await ring(1, JSON.parse(JSON.stringify(onWire(await write()))));
  expect(revs()).toEqual([1]);
  await hub.closeEpoch();
  await expect.poll(() => hub.given()).toBeGreaterThan(0);
  seen.reads = 0;
  await ring(2, JSON.parse(JSON.stringify(onWire(await write()))));
  expect(revs()).toEqual([1, 2]);
  expect(seen.reads).toBe(0);
});

it.each([
  ['is older than 500 ms', (told: Told) => onWire({ ...told, at: told.at - 500 })],
  ['says nothing, as of a node of before', () => undefined],
  ['is not understood', () => ({ something: 'else' })],
  ['has a hole', (told: Told) => ({ ...onWire(told), sent: [...(onWire(told)?.sent ?? []), [7, 7, {}]] })],
  ['follows on entries that were not given', (told: Told) => ({ ...onWire(told), epochBefore: 1 })],
])('a bell that %s has the log read', async (_what, make) => {
  const { seen, write, ring, revs, known } = await open();
  await ring(1, make(await write()));
  await expect.poll(revs).toEqual([1]);
  expect(known).toEqual([]);
  expect(seen.reads).toBeGreaterThan(0);
});

it('more than a bell may carry is not in it', async () => {
  const { log, logId } = await open();
  const told: Told[] = [];
  log.onTold((each) => told.push(each));
  const write = (text: string) =>
    log.write(async (writer) => {
      await writer.lock([logId]);
      writer.append(logId, { kind: 'SENT', seq: writer.nextSeq(logId) }, [logId]);
      writer.tell(logId, { text });
    });
  await write('x'.repeat(30_000));
  await write('x'.repeat(33_000));
  expect(told.map((each) => onWire(each) !== undefined)).toEqual([true, false]);
});

it('of a log of which not everything that was written is told nothing is', async () => {
  const { log, logId } = await open();
  const told: Told[] = [];
  log.onTold((each) => told.push(each));
  await log.write(async (writer) => {
    await writer.lock([logId]);
    writer.append(logId, { kind: 'SENT', seq: writer.nextSeq(logId) }, [logId]);
    writer.tell(logId, { text: 'a' });
    writer.append(logId, { kind: 'VIEWER' }, [logId]);
  });
  await log.write(async (writer) => {
    await writer.lock([logId]);
    writer.append(logId, { kind: 'SENT', seq: writer.nextSeq(logId), people: { joined: [logId] } }, [logId]);
    writer.tell(logId, { text: 'b' });
  });
  expect(told).toEqual([]);
});

it('what a bell carries is read back as it was', async () => {
  const { write, logId } = await open();
  const told = await write(2);
  expect(readTold(logId, JSON.parse(JSON.stringify(onWire(told))))).toEqual(told);
});
