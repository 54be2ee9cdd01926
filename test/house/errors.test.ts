import { buildSchema, type GraphQLEnumType, isEnumType } from 'graphql';
import { expect, test } from 'vitest';
import { catalogue, closeCodeOf, errorCodes } from '../../src/kernel/errors.ts';
import { tableRows } from './documents.ts';
import { readText } from './sources.ts';

const rows = tableRows(readText('docs/errors.md'), 'code', '中文', 'English', 'what it means', 'what to do', 'close', 'again');

test('docs/errors.md has the catalogue, in its order and with its sentences', () => {
  const expected = errorCodes.map((code) => {
    const entry = catalogue[code];
    return [`\`${code}\``, entry.zh, entry.en, entry.meaning, 'close' in entry ? String(entry.close) : '', 'retryable' in entry ? 'yes' : ''];
  });
  expect(rows.map(([code, zh, en, meaning, , close, again]) => [code, zh, en, meaning, close, again])).toEqual(expected);
});

test('docs/errors.md says for every code what to do', () => {
  expect(rows.filter((row) => (row[4] ?? '') === '').map(([code]) => code)).toEqual([]);
});

test('the enum ErrorCode has the codes of the catalogue, and tells their meaning', () => {
  const type = buildSchema(readText('schema.graphql')).getType('ErrorCode');
  const values = isEnumType(type) ? (type satisfies GraphQLEnumType).getValues() : [];
  expect(values.map(({ name, description }) => [name, Boolean(description)])).toEqual([...errorCodes].sort().map((code) => [code, true]));
});

test('stock clients come back after TOKEN_EXPIRED and give up after every other refusal of the session check', () => {
  const refusals = ['TOKEN_MISSING', 'TOKEN_INVALID', 'TOKEN_EXPIRED', 'SESSION_REPLACED', 'USER_NOT_FOUND', 'USER_DISABLED'] as const;
  expect(refusals.map(closeCodeOf)).toEqual([4401, 4401, 4403, 4401, 4401, 4401]);
});
