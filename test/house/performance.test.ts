import { expect, test } from 'vitest';
import { readResults } from '../../bench/harness/results.ts';
import { pageWith, tablesOf } from '../../bench/table.ts';
import { readText } from './sources.ts';

test('the tables of docs/performance.md are made from the results of the benchmarks: npm run bench -- table', () => {
  const results = readResults();
  expect(results.length).toBeGreaterThan(0);
  const page = readText('docs/performance.md');
  expect(pageWith(page, tablesOf(results))).toBe(page);
});
