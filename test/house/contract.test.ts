import { BreakingChangeType, buildSchema, findSchemaChanges, isInputObjectType } from 'graphql';
import { expect, test } from 'vitest';
import { readText } from './sources.ts';

/** The contract and what has been added to it, together one schema. */
const contract = buildSchema(['contract', 'guard', 'moderation', 'files', 'identity'].map((part) => readText(`test/house/${part}.graphql`)).join('\n'));
const served = buildSchema(readText('schema.graphql'));

/** What the contract has and the server does not yet. The list only shrinks; it may grow only by names that are new in the contract, together with its copy. */
const missing: readonly string[] = [];

const removals: ReadonlySet<string> = new Set([
  BreakingChangeType.TYPE_REMOVED,
  BreakingChangeType.FIELD_REMOVED,
  BreakingChangeType.VALUE_REMOVED_FROM_ENUM,
  BreakingChangeType.ARG_REMOVED,
]);
const breaking = findSchemaChanges(contract, served).filter(({ type }) => type in BreakingChangeType);
const gone = breaking.filter(({ type }) => removals.has(type)).map(({ description }) => /(\S+) was removed/.exec(description)?.[1] ?? description);

test('the server lacks nothing of the contract but what is listed, and nothing that is listed is there already', () => {
  expect([...gone].sort()).toEqual([...missing].sort());
});

test('what is there is as the contract says', () => {
  expect(breaking.filter(({ type }) => !removals.has(type)).map(({ description }) => description)).toEqual([]);
});

test('every input that the contract marks @oneOf is one', () => {
  const oneOf = Object.values(contract.getTypeMap()).filter((type) => isInputObjectType(type) && type.isOneOf);
  const wrong = oneOf.filter(({ name }) => {
    const type = served.getType(name);
    return type && !(isInputObjectType(type) && type.isOneOf);
  });
  expect(oneOf.map(({ name }) => name)).toContain('MessageContentInput');
  expect(wrong.map(({ name }) => name)).toEqual([]);
});
