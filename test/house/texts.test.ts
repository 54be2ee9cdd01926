import { expect, test } from 'vitest';
import { schema } from '../../src/schema.ts';
import { judges, textPlaces } from '../support/text-places.ts';
import { filesIn, readText, withoutComments } from './sources.ts';

test('every text that a client can give is judged in a way that was decided: test/support/text-places.ts', () => {
  expect(textPlaces(schema).toSorted()).toEqual(Object.keys(judges).toSorted());
});

test('what a name, a text, a URL and a time are is said in the kernel only', () => {
  const homemade = /\.toISOString\(\)|\bDate\.parse\(|\.trim\(\)|\[\.\.\.\w+\]\.length|\bnew URL\(|\bURL\.(?:canParse|parse)\(|\.normalize\(/;
  const found = filesIn('src/features', '.ts').filter((file) => homemade.test(withoutComments(readText(file))));
  expect(found).toEqual([]);
});

test('whatever is hashed has a key, but for documents, which are named by their hash in memory', () => {
  const plain = filesIn('src', '.ts').filter((file) => /\bcreateHash\(/.test(withoutComments(readText(file))));
  expect(plain).toEqual(['src/platform/fingerprints.ts', 'src/server/documents.ts']);
});
