import { expect } from 'vitest';
import { cursorOf, type Scenario } from './scenario.ts';
import { holdInCatchUp, two } from './scenarios.ts';
import { type Reader, revsOf, type World } from './world.ts';

const codec = 'kernel/cursor.ts';
const start = 'features/events/start.service.ts';
const stream = 'features/events/stream.service.ts';
const clock = 'features/log/clock.service.ts';

const kindsOf = ({ frames }: Reader) => frames.map(({ kind }) => kind);

/** Somebody whose stream was interrupted in the middle of a sweep: their cursor from before, and the one of the first frame. */
async function interruptedSweep(world: World) {
  const { reader, log } = await two(world);
  const before = await cursorOf(world, reader);
  for (let count = 0; count < 3; count += 1) await world.send(log);
  await world.close();
  const sweeping = world.read(reader, [before], { oneAtATime: true });
  const { cursor: middle } = await sweeping.next();
  await sweeping.close();
  return { reader, log, before, middle };
}

// Encoding again is a second look at everything that the head says.
const anySpelling = { file: codec, was: 'return again === cursor ? { base, revs, mark } : null;', is: "return again !== '' ? { base, revs, mark } : null;" };

/** What a cursor is worth, and when it is worth nothing. */
export const cursorScenarios: readonly Scenario[] = [
  {
    promise: 'a cursor of somebody else is worth nothing',
    async run(world) {
      const { reader, writer, log } = await two(world);
      await world.send(log);
      const stolen = world.read(reader, [await cursorOf(world, writer)]);
      await stolen.live();
      expect(kindsOf(stolen)).toEqual(['RESET']);
    },
    variant: [{ file: codec, was: ' || plain.readUIntBE(1, 6) !== viewerId', is: '' }, anySpelling],
  },
  {
    promise: 'a cursor whose sealed part was changed is worth nothing',
    async run(world) {
      const { reader, log } = await two(world);
      await world.send(log);
      await world.close();
      const cursor = await cursorOf(world, reader);
      const [head = '', ...items] = cursor.split('.');
      // The last byte of the base: what is enciphered as a stream changes where the cipher is changed, and nowhere else.
      const sealed = Buffer.from(head, 'base64url');
      sealed.writeUInt8(sealed.readUInt8(sealed.length - 1) ^ 1, sealed.length - 1);
      const forged = [sealed.toString('base64url'), ...items].join('.');
      const late = world.read(reader, [forged]);
      await late.live();
      expect(kindsOf(late)).toEqual(['RESET']);
    },
    variant: [{ file: codec, was: 'return timingSafeEqual(iv, createHmac(', is: 'return true || timingSafeEqual(iv, createHmac(' }, anySpelling],
  },
  {
    promise: 'a cursor has one spelling',
    async run(world) {
      const { reader } = await two(world);
      const cursor = await cursorOf(world, reader);
      const late = world.read(reader, [`${cursor}=`]);
      await late.live();
      expect(kindsOf(late)).toEqual(['RESET']);
    },
    variant: [anySpelling],
  },
  {
    promise: 'a cursor from before a restore is worth nothing',
    async run(world) {
      const { reader } = await two(world);
      const cursor = await cursorOf(world, reader);
      await world.restore();
      const late = world.read(reader, [cursor]);
      await late.live();
      expect(kindsOf(late)).toEqual(['RESET']);
    },
    variant: [{ file: codec, was: ' || plain.readUIntBE(7, 6) !== incarnation', is: '' }, anySpelling],
  },
  {
    promise: 'a cursor that is ahead of the clock is worth nothing: the epochs that it says are given are yet to come',
    async run(world) {
      const { reader, log } = await two(world);
      for (let count = 0; count < 3; count += 1) await world.close();
      const cursor = await cursorOf(world, reader);
      await world.restore(2);
      const late = world.read(reader, [cursor]);
      await late.live();
      await world.send(log);
      await world.settle();
      expect([kindsOf(late), revsOf(late.frames, log)]).toEqual([['RESET', 'ENTRY'], [1]]);
    },
    variant: [{ file: start, was: ' || position.base >= clock.n', is: '' }],
  },
  {
    promise: 'a cursor older than REPLAY_DAYS is not replayed, though nothing has been pruned yet',
    options: { ages: true },
    async run(world) {
      const { reader, log } = await two(world);
      const cursor = await cursorOf(world, reader);
      await world.send(log);
      await world.close();
      await world.age();
      const late = world.read(reader, [cursor]);
      await late.live();
      expect(kindsOf(late)).toEqual(['RESET']);
    },
    variant: [{ file: start, was: 'if (await clockService.isTooOld(tx, position.base, clock.now)) continue;', is: '' }],
  },
  {
    promise: 'of more missed entries than REPLAY_LIMIT none is replayed, and the stream goes on live',
    options: { replayLimit: 3 },
    async run(world) {
      const { reader, log } = await two(world);
      const cursor = await cursorOf(world, reader);
      for (let count = 0; count < 4; count += 1) await world.send(log);
      const late = world.read(reader, [cursor]);
      await late.live();
      await world.send(log);
      await world.settle();
      expect([kindsOf(late), revsOf(late.frames, log)]).toEqual([['RESET', 'ENTRY'], [5]]);
    },
    variant: [{ file: stream, was: 'if (missed > this.parts.replayLimit) return this.reset();', is: 'void missed;' }],
  },
  {
    promise: 'of two cursors the one with the higher base counts, in whichever order they come',
    async run(world) {
      const { reader, log } = await two(world);
      const older = await cursorOf(world, reader);
      for (let count = 0; count < 2; count += 1) await world.send(log);
      await world.close();
      const newer = await cursorOf(world, reader);
      for (const cursors of [
        [older, newer],
        [newer, older],
      ]) {
        const late = world.read(reader, cursors);
        await late.live();
        expect([kindsOf(late), revsOf(late.frames, log)]).toEqual([['CAUGHT_UP'], []]);
      }
    },
    variant: [{ file: start, was: 'if (!resumed || isNewer(position, resumed)) resumed = position;', is: 'resumed ??= position;' }],
  },
  {
    promise: 'of two cursors with the same base the one that is further in its sweep counts',
    async run(world) {
      const { reader, log, before, middle } = await interruptedSweep(world);
      for (const cursors of [
        [before, middle],
        [middle, before],
      ]) {
        const late = world.read(reader, cursors);
        await late.live();
        expect(revsOf(late.frames, log)).toEqual([2, 3]);
      }
    },
    variant: [{ file: codec, was: '    mark?.epoch ?? -1,\n    mark?.logId ?? -1,\n    mark?.rev ?? -1,\n', is: '' }],
  },
  {
    promise: 'of two cursors of one epoch the one that names more entries counts',
    async run(world) {
      const { reader, log } = await two(world);
      const live = world.read(reader, [], { oneAtATime: true });
      const { cursor: before } = await live.next();
      await world.send(log);
      const { cursor: first } = await live.next();
      await world.send(log);
      await live.close();
      for (const cursors of [
        [before, first],
        [first, before],
      ]) {
        const late = world.read(reader, cursors);
        await late.live();
        expect(revsOf(late.frames, log)).toEqual([2]);
      }
    },
    variant: [{ file: codec, was: '    [...revs.values()].reduce((sum, rev) => sum + rev, 0),\n', is: '' }],
  },
  {
    promise: 'the cursors of a stream that has been live for longer than REPLAY_DAYS are young',
    options: { ages: true },
    async run(world) {
      const { reader, log } = await two(world);
      const live = world.read(reader);
      await live.live();
      await world.send(log);
      await world.close();
      await world.compare();
      await world.age();
      await world.close();
      await world.compare();
      await world.send(log);
      await world.settle();
      expect(revsOf(live.frames, log)).toEqual([1, 2]);
      const late = world.read(reader, [live.frames.at(-1)?.cursor ?? '']);
      await late.live();
      expect(kindsOf(late)).toEqual(['CAUGHT_UP']);
    },
    variant: [{ file: stream, was: "    if (this.phase === 'LIVE') {\n      // Not", is: "    if (this.phase === 'LIVE' && at.isCrowded()) {\n      // Not" }],
  },
  {
    promise: 'entries that are pruned between the snapshot and the look for where to begin are not taken for none',
    async run(world) {
      const { reader, log } = await two(world);
      const cursor = await cursorOf(world, reader);
      for (let count = 0; count < 3; count += 1) await world.send(log);
      await world.close();
      const hold = await holdInCatchUp(world);
      const late = world.read(reader, [cursor]);
      const snapshot = await hold.begin();
      await world.prune();
      snapshot.release();
      await late.live();
      expect([kindsOf(late), revsOf(late.frames, log)]).toEqual([['RESET'], []]);
    },
    variant: [{ file: stream, was: 'if (at.base < pruned) return this.reset();', is: 'void pruned;' }],
  },
  {
    promise: 'entries that are pruned while a stream reads its pages are not taken for entries that never were',
    async run(world) {
      const { reader, log } = await two(world);
      const cursor = await cursorOf(world, reader);
      for (let count = 0; count < 3; count += 1) await world.send(log);
      await world.close();
      const hold = await holdInCatchUp(world);
      const late = world.read(reader, [cursor]);
      const snapshot = await hold.begin();
      const beginnings = world.holdAfter('read', (result) => result.includes('"beginnings"'));
      snapshot.release();
      await beginnings.reached;
      await world.prune();
      beginnings.release();
      await late.live();
      expect([kindsOf(late), revsOf(late.frames, log)]).toEqual([['RESET'], []]);
    },
    variant: [{ file: stream, was: 'if (at.base >= page.pruned) return page.entries;', is: 'if (page.pruned >= 0) return page.entries;' }],
  },
  {
    promise: 'whoever meets a hole that pruning has made also meets its number: it is committed before anything is deleted',
    async run(world) {
      const { reader, log } = await two(world);
      const cursor = await cursorOf(world, reader);
      for (let count = 0; count < 3; count += 1) await world.send(log);
      await world.close();
      const first = world.holdAfter('transaction');
      const pruning = world.prune();
      await first.reached;
      const deleting = world.holdAfter('transaction');
      first.release();
      await deleting.reached;
      const late = world.read(reader, [cursor]);
      await late.live();
      deleting.release();
      await pruning;
      expect([kindsOf(late), revsOf(late.frames, log)]).toEqual([['RESET'], []]);
    },
    variant: [
      {
        file: clock,
        was: "        await tx.db.updateTable('Clock').set({ pruned: old.epoch }).where('id', '=', 1).where('pruned', '<', old.epoch).execute();\n",
        is: '',
      },
      {
        file: clock,
        was: "      await database.transaction((tx) => tx.db.deleteFrom('EpochTime')",
        is: "      await database.transaction((tx) => tx.db.updateTable('Clock').set({ pruned: bound }).where('id', '=', 1).execute());\n      await database.transaction((tx) => tx.db.deleteFrom('EpochTime')",
      },
    ],
  },
];
