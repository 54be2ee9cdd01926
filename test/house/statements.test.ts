import { expect, test } from 'vitest';
import { filesIn, readText } from './sources.ts';
import { uncutLists } from './statements.ts';

/** What builds statements for the others, and cuts or measures them. */
const mechanism = ['src/platform/bulk.ts', 'src/platform/statement.ts'];

test('no statement is as long as a list that strangers can make: lists are cut into portions, or measured', () => {
  const files = filesIn('src', '.ts').filter((file) => !mechanism.includes(file) && !file.startsWith('src/platform/migrations/'));
  expect(files.flatMap((file) => uncutLists(readText(file)).map((line) => `${file}: ${line}`))).toEqual([]);
});

test.each([
  "tx.db.selectFrom('User').where('id', 'in', ids);",
  "tx.db.selectFrom('User').where('id', 'in', [...ids]);",
  "tx.db.selectFrom('User').where('id', 'not in', people.map(({ id }) => id));",
  "const portion = ids; tx.db.selectFrom('User').where('id', 'in', portion);",
  "read((portion) => tx.db.selectFrom('User').where('id', 'in', portion));",
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
  "inPortions(ids, (portion) => tx.db.selectFrom('User').where('id', 'in', portion).execute());",
  "for (const portion of portionsOf(ids)) tx.db.deleteFrom('User').where('id', 'in', portion).execute();",
  "tx.db.selectFrom('User').where('id', 'in', requireFits(ids));",
  "createStatement((db, slot) => db.selectFrom('User').where('id', 'in', slot('ids')));",
  "tx.db.selectFrom('User').where('id', 'in', [one, other]);",
  "query.where('id', 'in', tx.db.selectFrom('Member').select('userId').where('active', '=', 1));",
  "const kinds = ['SENT', 'CHANGED'] as const; query.where('kind', 'in', kinds);",
  "query.where((eb) => eb.or([eb('a', '=', 1), eb('b', '=', 2)]));",
  "query.where((eb) => eb.or(requireFits(places).map(({ seq }) => eb('seq', '=', seq))));",
  "tx.db.insertInto('Pin').values({ seq, at }).execute();",
  "tx.db.insertInto('Pin').values([{ seq, at }, other]).execute();",
  'for (const value of map.values()) value;',
])('leaves alone what has an end: %s', (code) => {
  expect(uncutLists(code)).toEqual([]);
});
