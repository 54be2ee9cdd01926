import { describe, expect, it } from 'vitest';
import type { SharedEvent } from '../../src/graphql/event-source.ts';
import { AppError } from '../../src/kernel/errors.ts';
import type { Viewer } from '../../src/kernel/viewer.ts';
import { Charge } from '../../src/platform/rate-limit.ts';
import { everybody, of, payloadOf, runs, startFanOut } from '../support/fan-out.ts';

describe('a reader who pays', () => {
  /** A purse from which so much can be taken before it is empty for a while. */
  function purseOf(room: number) {
    const seen = { room, asked: 0, settled: [] as number[] };
    const charge = (_viewer: Viewer, cost: number) => {
      seen.asked += 1;
      if (seen.room < cost) return 20;
      seen.room -= cost;
      return new Charge(
        {
          add: (more) => {
            seen.room -= more;
            seen.settled.push(cost + more);
          },
        },
        cost,
      );
    };
    return { seen, charge };
  }

  it('is asked before anything is run, pays what each event has cost, and is slow where there is too little', async () => {
    const { seen, charge } = purseOf(0);
    const { open } = await startFanOut(undefined, charge);
    const numbers = Array.from({ length: 40 }, (_, index) => index);
    const before = runs.count;
    const { next } = await open(of(...numbers.map((number) => payloadOf(number))), 'number a: number b: number', 1, 10);
    await expect.poll(() => seen.asked).toBeGreaterThan(1);
    expect(runs.count).toBe(before);
    for (const number of numbers) {
      // The next one is late.
      seen.room = 10;
      expect(await next()).toEqual({ number, a: number, b: number });
    }
    // `tick`, and three of it.
    expect(seen.settled).toEqual(numbers.map(() => 4));
  });

  it('pays a share of what is run once for many, and nothing for what could not be run', async () => {
    const { seen, charge } = purseOf(1000);
    let failures = 1;
    const { open } = await startFanOut(() => {
      failures -= 1;
      return failures >= 0 ? new AppError('UNAVAILABLE') : null;
    }, charge);
    const shared: SharedEvent = { typename: 'Tick', judge: everybody };
    const streams = await Promise.all([1, 2, 3].map((id) => open(of(payloadOf(1, { shared })), 'number position tables', id, 100)));
    expect(await Promise.all(streams.map(({ next }) => next()))).toEqual([1, 2, 3].map(() => ({ number: 1, position: '', tables: 0 })));
    expect(seen.settled).toEqual([0, 0, 0, 2, 2, 2]);
    expect(seen.room).toBe(1000 - 6);
  });
});
