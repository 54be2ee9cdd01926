import { expect, it } from 'vitest';
import { filesIn, readText } from './sources.ts';

it('no database says which texts of people are alike: they are folded by Parley, or each engine would answer in its own way', () => {
  const asks =
    /fn(<[^>]*>)?\('(lower|upper|instr|locate|position|soundex|regexp\w*)'|'(not )?i?like'|\b(lower|upper|instr|locate)\s*\(\s*[a-z$`]|\bregexp\b|\bcollate\b/;
  const found = filesIn('src', '.ts').filter((file) => !/migrations\/|mysql-(session|pool|collation)\.ts$/.test(file) && asks.test(readText(file)));
  expect(found).toEqual([]);
});
