import { expect, test } from 'vitest';
import { filesIn, readText } from './sources.ts';
import { uncutLists } from './statements.ts';

/** What cuts lists for the others. */
const mechanism = ['src/platform/bulk.ts', 'src/platform/statement.ts'];
const files = filesIn('src', '.ts').filter((file) => !mechanism.includes(file) && !file.startsWith('src/platform/migrations/'));

test('no statement is as long as a list that strangers can make: lists have their places in a statement, which cuts them', () => {
  expect(files.flatMap((file) => uncutLists(readText(file)).map((line) => `${file}: ${line}`))).toEqual([]);
});

test('no feature makes the text of a statement by hand, in which nobody would see a list', () => {
  const features = files.filter((file) => !file.startsWith('src/platform/'));
  expect(features.length).toBeGreaterThan(100);
  expect(features.filter((file) => /\b(sql|CompiledQuery)\.raw\b/.test(readText(file)))).toEqual([]);
});

test.each([
  "tx.db.selectFrom('User').where('id', 'in', ids);",
  "tx.db.selectFrom('User').where('id', 'in', [...ids]);",
  "tx.db.selectFrom('User').where('id', 'not in', people.map(({ id }) => id));",
  "const portion = ids; tx.db.selectFrom('User').where('id', 'in', portion);",
  "read((portion) => tx.db.selectFrom('User').where('id', 'in', portion));",
  "for (const portion of portionsOf(ids)) tx.db.deleteFrom('User').where('id', 'in', portion).execute();",
  "tx.db.selectFrom('User').where('id', 'in', slot.of(ids));",
  "join.on('m.userId', 'in', senders);",
  "query.where((eb) => eb('id', 'in', ids));",
  "query.where((eb) => eb.or(places.map(({ seq }) => eb('seq', '=', seq))));",
  "query.where(({ or, eb }) => or([...places].map(({ seq }) => eb('seq', '=', seq))));",
  "query.where((eb) => eb.or([eb('a', '=', 1), ...conditions]));",
  'others.reduce((union, next) => union.unionAll(next), first);',
  "tx.db.insertInto('Mention').values(rows).execute();",
  "tx.db.insertInto('Mention').values(ids.map((userId) => ({ userId }))).execute();",
  'const list = sql.join(ids);',
])('finds a list that was not cut: %s', (code) => {
  expect(uncutLists(code)).not.toEqual([]);
});

test.each([
  "createStatement((tx, slot) => tx.db.selectFrom('User').where('id', 'in', slot('ids')));",
  "createStatement((tx, slot) => tx.db.selectFrom('User').where('id', 'not in', slot.whole('ids')));",
  "createStatement((tx, slot) => tx.db.selectFrom('User').where(slot.oneOf(['id', 'seq >'], 'keys')));",
  "tx.db.selectFrom('User').where('id', 'in', [one, other]);",
  "query.where('id', 'in', tx.db.selectFrom('Member').select('userId').where('active', '=', 1));",
  "const kinds = ['SENT', 'CHANGED'] as const; query.where('kind', 'in', kinds);",
  "query.where((eb) => eb.or([eb('a', '=', 1), eb('b', '=', 2)]));",
  "tx.db.insertInto('Pin').values({ seq, at }).execute();",
  "tx.db.insertInto('Pin').values([{ seq, at }, other]).execute();",
  'for (const value of map.values()) value;',
])('leaves alone what has an end: %s', (code) => {
  expect(uncutLists(code)).toEqual([]);
});
