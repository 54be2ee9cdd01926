import { expect, vi } from 'vitest';
import { cursorOf, type Scenario } from './scenario.ts';
import { two } from './scenarios.ts';
import { revsOf, type World } from './world.ts';

const hub = 'features/events/hub.service.ts';
const stream = 'features/events/stream.service.ts';

/** Three people, each with a cursor. */
async function three(world: World) {
  const people = [await world.person(), await world.person(), await world.person()];
  const cursors: string[] = [];
  for (const person of people) cursors.push(await cursorOf(world, person));
  return { people, cursors };
}

/** What becomes of bells that are lost, of services that come back, and of too much at once. */
export const healingScenarios: readonly Scenario[] = [
  {
    promise: 'a hole that a lost bell has left is filled when the next one rings, in order',
    async run(world) {
      const { reader, log } = await two(world);
      const live = world.read(reader);
      await live.live();
      await world.send(log);
      await world.settle();
      await world.send(log, { silently: true });
      await world.send(log, { silently: true });
      await world.send(log);
      await world.settle();
      expect(revsOf(live.frames, log)).toEqual([1, 2, 3, 4]);
    },
    variant: [
      { file: hub, was: 'if (isServed(logId)) ensure(logId, rev, false);', is: 'if (isServed(logId)) ensureFrom(logId, rev);' },
      {
        file: hub,
        was: '  /** Brings a log at least up to a rev.',
        is: `  const ensureFrom = (logId: number, rev: number) => {
    const pass = passes.get(logId);
    if (pass) pass.last = rev - 1;
    ensure(logId, rev, false);
  };

  /** Brings a log at least up to a rev.`,
      },
    ],
  },
  {
    promise: 'a last bell that was lost is found without any other',
    options: { compareMs: 20 },
    async run(world) {
      const { reader, log } = await two(world);
      const live = world.read(reader);
      await live.live();
      await world.send(log, { silently: true });
      // Two comparisons: the epoch, the heads, and what there is to give.
      for (let reads = 0; reads < 6; reads += 1) {
        const read = world.holdAfter('read');
        await read.reached;
        read.release();
      }
      await world.settle();
      expect(revsOf(live.frames, log)).toEqual([1]);
    },
    variant: [{ file: hub, was: '(passes.get(logId)?.last ?? -1) < lastRev) ensure(logId, lastRev, true);', is: 'lastRev < 0) ensure(logId, lastRev, true);' }],
  },
  ...(['bus', 'database'] as const).map((what) => ({
    promise: `when the ${what} is back, what was missed meanwhile is given at once`,
    run: async (world: Parameters<Scenario['run']>[0]) => {
      const { reader, log } = await two(world);
      const live = world.read(reader);
      await live.live();
      await world.send(log, { silently: true });
      await world.settle();
      expect(revsOf(live.frames, log)).toEqual([]);
      world.comeBack(what);
      await world.settle();
      expect(revsOf(live.frames, log)).toEqual([1]);
    },
    variant: [{ file: hub, was: `${what}.onRestored(compareSoon);`, is: '' }],
  })),
  {
    promise: 'when something is back while a comparison is under way, there is one more after it',
    async run(world) {
      const { reader, log } = await two(world);
      const live = world.read(reader);
      await live.live();
      // Else what is held could be a read of the stream's own.
      await world.settle();
      const before = world.holdAfter('read', (epoch) => epoch.includes('"n":'));
      world.comeBack('bus');
      await before.reached;
      const heads = world.holdAfter('read', (rows) => rows.includes('"lastRev":'));
      before.release();
      await heads.reached;
      // The heads are read: this comparison does not find it any more.
      await world.send(log, { silently: true });
      world.comeBack('database');
      heads.release();
      await world.settle();
      expect(revsOf(live.frames, log)).toEqual([1]);
    },
    variant: [{ file: hub, was: '    hurry = true;\n    wake();', is: '    wake();' }],
  },
  {
    promise: 'no more than REPLAYS_AT_ONCE streams read at once to catch up',
    options: { replaysAtOnce: 1 },
    async run(world) {
      const { people, cursors } = await three(world);
      const one = world.holdAfter('snapshot');
      const another = world.holdAfter('snapshot');
      const streams = people.map((person, index) => world.read(person, [cursors[index] ?? '']));
      await one.reached;
      await world.settle();
      expect(another.isReached()).toBe(false);
      one.release();
      await another.reached;
      another.release();
      for (const stream of streams) await stream.live();
    },
    variant: [
      {
        file: stream,
        was: 'const snapshot = await gate.run(() => readSnapshot(',
        is: 'const snapshot = await ((read: () => ReturnType<typeof readSnapshot>) => read())(() => readSnapshot(',
      },
    ],
  },
  {
    promise: 'a stream that ends while it waits for its turn is not read for',
    options: { replaysAtOnce: 1 },
    async run(world) {
      const { people, cursors } = await three(world);
      const one = world.holdAfter('snapshot');
      const another = world.holdAfter('snapshot');
      const [first, ...others] = people.map((person, index) => world.read(person, [cursors[index] ?? '']));
      await one.reached;
      await world.settle();
      for (const other of others) await other.close();
      one.release();
      await Promise.race([first?.live(), another.reached]);
      expect(another.isReached()).toBe(false);
      another.release();
    },
    variant: [{ file: 'features/events/log-stream.service.ts', was: 'if (this.isClosed()) throw new StreamOver();', is: '' }],
  },
  {
    promise: 'while a writer is frozen the node tries to close after 1, 2, 4 and then every 8 s',
    options: { frozen: true },
    async run(world) {
      vi.useFakeTimers({ toFake: ['Date'] });
      try {
        let tries = await world.tryToClose();
        expect(tries).toBe(1);
        for (const seconds of [1, 2, 4, 8, 8]) {
          vi.setSystemTime(Date.now() + seconds * 1000 - 1);
          expect(await world.tryToClose(), `1 ms before ${seconds} s`).toBe(tries);
          vi.setSystemTime(Date.now() + 1);
          tries += 1;
          expect(await world.tryToClose(), `after ${seconds} s`).toBe(tries);
        }
      } finally {
        vi.useRealTimers();
      }
    },
    variant: [{ file: 'features/events/epoch-closing.service.ts', was: 'Math.min(8000, Math.max(1000, blockedFor * 2))', is: '1000' }],
  },
];
