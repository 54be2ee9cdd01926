import { type GraphQLNamedType, isEnumType, isInputObjectType, isInterfaceType, isObjectType } from 'graphql';
import { expect, test } from 'vitest';
import { catalogue } from '../../src/kernel/errors.ts';
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

const texts = [...new Set(Object.values(schema.getTypeMap()).flatMap(descriptionsOf))];

/** All descriptions of a type, of its fields and of their arguments. */
function descriptionsOf(type: GraphQLNamedType): string[] {
  const fields = isObjectType(type) || isInterfaceType(type) || isInputObjectType(type) ? Object.values(type.getFields()) : [];
  const inner = fields.flatMap((field) => [field, ...('args' in field ? field.args : [])]);
  return [type, ...inner, ...(isEnumType(type) ? type.getValues() : [])].flatMap(({ description }) => description ?? []);
}

test('no sentence says a number that the configuration can make false: durations are told in docs/configuration.md', () => {
  const duration = /\d[\d,.]*[ -]?(?:ms|s|h|milliseconds?|seconds?|minutes?|hours?|days?|weeks?|months?|毫秒|秒钟?|分钟|小时|天|日|周)(?![\w/])/;
  const sentences = Object.values(catalogue);
  expect(sentences.filter(({ zh, en, meaning }) => /\d/.test(zh + en) || duration.test(meaning))).toEqual([]);
  expect(texts.filter((text) => duration.test(text))).toEqual([]);
  const written = filesIn('src', '.ts').flatMap((file) =>
    [...withoutComments(readText(file)).matchAll(/\b(?:zh|en|description): (['"`])((?:(?!\1)[^\\]|\\.)*)\1/g)].map(([, , text = '']) => text),
  );
  expect(written.length).toBeGreaterThan(200);
  expect(written.filter((text) => duration.test(text))).toEqual([]);
  // What else can be set: in a sentence it stands by its value, and in a description by its name.
  const limits = ['5000 members', '5,000 members', '262144', '256 KB', '1 MB'];
  expect([...texts, ...written].filter((text) => limits.some((limit) => text.includes(limit)))).toEqual([]);
});

test('the descriptions with which a chatset is set say that needFollow stays true', () => {
  for (const name of ['ChatsetInput', 'ChatRuleInput']) expect(schema.getType(name)?.description).toMatch(/needFollow/);
  expect(readText('README.md')).toMatch(/while `needFollow` is true/);
});

test('whatever is hashed has a key, but for documents, which are named by their hash in memory, the files of the pages, which everybody may read, and external ids, which stand beside theirs', () => {
  const plain = filesIn('src', '.ts').filter((file) => /\bcreateHash\(/.test(withoutComments(readText(file))));
  expect(plain).toEqual([
    'src/features/identity/external-person.policy.ts',
    'src/platform/fingerprints.ts',
    'src/server/engine/documents.ts',
    'src/server/http/kept-files.ts',
  ]);
});
