import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createBytePace, paced, unbounded } from '../../src/kernel/byte-pace.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a pace of bytes', () => {
  it('lets pass in any time what the rate has brought by then and one piece, and no less than that in the end', async () => {
    const pace = createBytePace(1000);
    const piece = 100;
    const began = performance.now();
    const bytesAt: (readonly [ms: number, bytes: number])[] = [];
    let bytes = 0;
    const take = () => {
      bytes += piece;
      bytesAt.push([performance.now() - began, bytes]);
      if (bytes < 5000) pace.inTurn('somebody', take);
      return piece;
    };
    pace.inTurn('somebody', take);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(bytes).toBe(5000);
    // A timer may be late by a millisecond or two, which is made up for.
    expect(bytesAt.filter(([ms, passed]) => passed > piece + ms + 5)).toEqual([]);
    expect(bytesAt.filter(([ms, passed]) => passed < ms)).toEqual([]);
  });

  it('takes a piece at once where nobody waits and all that was taken has had its time', async () => {
    const pace = createBytePace(1000);
    const taken: string[] = [];
    const takes = (name: string) => () => taken.push(name) * 0 + 500;
    pace.inTurn(1, takes('first'));
    pace.inTurn(1, takes('second'));
    expect(taken).toEqual(['first']);
    await vi.advanceTimersByTimeAsync(2000);
    pace.inTurn(1, takes('third'));
    expect(taken).toEqual(['first', 'second', 'third']);
  });

  it('takes of each owner one piece and then of each the next one, however many somebody has', async () => {
    const pace = createBytePace(1000);
    const taken: string[] = [];
    const want = (owner: string, count: number) => {
      for (let number = 1; number <= count; number += 1) pace.inTurn(owner, () => taken.push(`${owner}${number}`) * 0 + 100);
    };
    want('greedy', 4);
    want('modest', 2);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(taken).toEqual(['greedy1', 'greedy2', 'modest1', 'greedy3', 'modest2', 'greedy4']);
  });

  it('takes no time for a piece that was not there any more', async () => {
    const pace = createBytePace(1000);
    const taken: number[] = [];
    pace.inTurn(1, () => 100);
    for (let count = 0; count < 50; count += 1) pace.inTurn(1, () => 0);
    pace.inTurn(2, () => taken.push(performance.now()) * 0);
    pace.inTurn(1, () => taken.push(performance.now()) * 0);
    const began = performance.now();
    await vi.advanceTimersByTimeAsync(1000);
    expect(taken.map((at) => at - began <= 500)).toEqual([true, true]);
  });

  it('saves up nothing while nobody wants anything', async () => {
    const pace = createBytePace(1000);
    await vi.advanceTimersByTimeAsync(60_000);
    let bytes = 0;
    const take = () => {
      bytes += 10;
      pace.inTurn(1, take);
      return 10;
    };
    pace.inTurn(1, take);
    await vi.advanceTimersByTimeAsync(100);
    expect(bytes).toBeLessThanOrEqual(120);
  });
});

it('pieces that are paced are all there and in their order', async () => {
  async function* pieces() {
    for (const text of ['a', 'b', 'c']) yield Buffer.from(text);
  }
  const got: string[] = [];
  const reading = (async () => {
    for await (const piece of paced(pieces(), createBytePace(10))) got.push(String(piece));
  })();
  await vi.advanceTimersByTimeAsync(1000);
  await reading;
  expect(got).toEqual(['a', 'b', 'c']);
});

it('without a bound everything passes at once', () => {
  let passed = 0;
  for (let count = 0; count < 3; count += 1)
    unbounded.inTurn(1, () => {
      passed += 1;
      return 1_000_000_000;
    });
  expect(passed).toBe(3);
});
