import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createPace } from '../../src/kernel/pace.ts';
import { rateOf } from '../../src/kernel/rates.ts';
import { present } from '../support/client.ts';

/** Somebody who is counted; `act` tells whether it passed at that time, in milliseconds. */
function callerOf(rate: string) {
  const pace = createPace(present(rateOf(rate)));
  let paidAt = 0;
  return {
    act(now: number): boolean {
      const next = pace.next(paidAt, now);
      paidAt = next ?? paidAt;
      return next !== null;
    },
    wait: (now: number) => pace.waitSeconds(paidAt, now),
  };
}

it('lets as many pass at once as the rate and its burst have together, and then one by one', () => {
  const start = 1_000_000;
  const caller = callerOf('3/h+2');
  expect(Array.from({ length: 7 }, () => caller.act(start))).toEqual([true, true, true, true, true, false, false]);
  const third = 20 * 60_000;
  expect(caller.wait(start)).toBe(third / 1000);
  expect(caller.act(start + third - 1)).toBe(false);
  expect([caller.act(start + third), caller.act(start + third)]).toEqual([true, false]);
  // What was refused costs nothing: all is there again when the rate has brought as many.
  const later = start + third + 5 * third;
  expect(Array.from({ length: 6 }, () => caller.act(later))).toEqual([true, true, true, true, true, false]);
});

it('lets in any time pass at most what was there and what has come since, whenever they come', () => {
  const rates = fc.record({ points: fc.integer({ min: 1, max: 100 }), seconds: fc.integer({ min: 1, max: 100 }), burst: fc.integer({ min: 0, max: 100 }) });
  fc.assert(
    fc.property(rates, fc.array(fc.integer({ min: 0, max: 5000 }), { minLength: 1, maxLength: 400 }), (rate, pauses) => {
      const pace = createPace(rate);
      let [paidAt, now, passed] = [0, 0, 0];
      for (const pause of pauses) {
        now += pause;
        const next = pace.next(paidAt, now);
        if (next === null) expect(pace.waitSeconds(paidAt, now)).toBeGreaterThanOrEqual(1);
        else passed += 1;
        paidAt = next ?? paidAt;
        expect(passed).toBeLessThanOrEqual(rate.points + rate.burst + (rate.points * now) / (rate.seconds * 1000) + 1e-6);
      }
    }),
  );
});
