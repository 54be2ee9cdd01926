import { expect, it } from 'vitest';
import { createGrowth } from '../../src/platform/heap.ts';

it('a heap whose garbage is collected now and then stays small, and one where that is done often may grow until it has been quiet for a while', () => {
  const { after } = createGrowth();
  expect([0, 3000, 6000, 9000, 12_000].map(after)).toEqual([60, 60, 60, 60, 60]);
  expect(after(13_000)).toBe(0);
  expect([20_000, 42_000].map(after)).toEqual([0, 0]);
  expect(after(43_000)).toBe(60);
});
