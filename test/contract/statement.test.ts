import { randomUUID } from 'node:crypto';
import { expect, inject, it } from 'vitest';
import { entities } from '../../src/entities.ts';
import { createDatabase } from '../../src/platform/database.ts';
import { createStatement } from '../../src/platform/statement.ts';
import { closeLater } from '../support/lifetime.ts';

const mysqlUrl = inject('mysqlUrl');
const databases: { readonly name: string; readonly url: () => string }[] = [
  { name: 'SQLite', url: () => 'sqlite::memory:' },
  ...(mysqlUrl === null ? [] : [{ name: 'MariaDB', url: () => `${mysqlUrl}/statement_${randomUUID().replaceAll('-', '')}` }]),
];

it.each(databases)('builds a statement once for lists of about the same length, and finds in $name what the list names', async ({ url }) => {
  const database = await createDatabase({ url: url(), dataDir: '.', pool: 5, timeoutMs: 5000 }, entities);
  closeLater(() => database.close());
  await database.migrate();
  const rows = Array.from({ length: 9 }, (_, index) => ({ place: 0 as const, suffix: 'a', userId: index + 1 }));
  await database.transaction(({ db }) => db.insertInto('NameSuffix').values(rows).execute());
  let built = 0;
  const found = createStatement<{ suffix: string; userIds: readonly number[] }, { readonly userId: number }>((db, slot) => {
    built += 1;
    return db.selectFrom('NameSuffix').select('userId').where('suffix', '=', slot('suffix')).where('userId', 'in', slot('userIds')).orderBy('userId');
  });
  const idsAmong = async (suffix: string, userIds: readonly number[]) =>
    (await database.read((tx) => found(tx, { suffix, userIds }))).map(({ userId }) => userId);
  for (let length = 1; length <= 9; length += 1) {
    const userIds = rows.slice(0, length).map(({ userId }) => userId);
    expect(await idsAmong('a', userIds)).toEqual(userIds);
  }
  expect(built).toBe(5);
  expect(await idsAmong('a', [4, 44, 2])).toEqual([2, 4]);
  expect(await idsAmong('b', [1])).toEqual([]);
  expect(built).toBe(5);
});

it.each(databases)('builds a statement once for each limit, which $name finds in its text', async ({ url }) => {
  const database = await createDatabase({ url: url(), dataDir: '.', pool: 5, timeoutMs: 5000 }, entities);
  closeLater(() => database.close());
  await database.migrate();
  const rows = Array.from({ length: 9 }, (_, index) => ({ place: 0 as const, suffix: 'a', userId: index + 1 }));
  await database.transaction(({ db }) => db.insertInto('NameSuffix').values(rows).execute());
  const texts: string[] = [];
  const found = createStatement<{ suffix: string; limit: number }, { readonly userId: number }>((db, slot) => {
    const query = db.selectFrom('NameSuffix').select('userId').where('suffix', '=', slot('suffix')).orderBy('userId').limit(slot('limit'));
    texts.push(query.compile().sql);
    return query;
  });
  const countOf = async (limit: number) => (await database.read((tx) => found(tx, { suffix: 'a', limit }))).length;
  for (const limit of [2, 7, 2]) expect(await countOf(limit)).toBe(limit);
  expect(texts).toEqual([expect.stringMatching(/limit 2$/), expect.stringMatching(/limit 7$/)]);
});
