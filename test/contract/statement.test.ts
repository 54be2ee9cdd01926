import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { entities } from '../../src/entities.ts';
import { insertAll, insertionsOf, isOneOf, listed, listOf, oneOf, runAll, unionOf, updatesOf } from '../../src/platform/bulk.ts';
import { createDatabase, type Database } from '../../src/platform/database.ts';
import { inPortions, portionSize, portionsByRows } from '../../src/platform/portions.ts';
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

describe.each(databases)('lists that are longer than a statement, on $name', ({ url }) => {
  const count = 33_000;
  let database: Database;
  beforeAll(async () => {
    database = await createDatabase({ url: url(), dataDir: '.', pool: 5, timeoutMs: 30_000 }, entities);
    closeLater(() => database.close());
    await database.migrate();
  });

  it('inserts, changes and finds as many rows as there are', async () => {
    const rows = Array.from({ length: count }, (_, index) => ({ epoch: index + 1, at: 0 }));
    await database.transaction((tx) => insertAll(tx, 'EpochTime', rows));
    const changes = rows.slice(0, 1500).map(({ epoch }) => ({ key: { epoch }, set: { at: 1 } }));
    await database.transaction((tx) => runAll(tx, updatesOf(tx, 'EpochTime', changes)));
    const epochs = rows.map(({ epoch }) => epoch);
    const changed = createStatement<{ at: number; epochs: readonly number[] }, { readonly epoch: number }>((db, slot) =>
      db.selectFrom('EpochTime').select('epoch').where('at', '=', slot('at')).where('epoch', 'in', slot('epochs')),
    );
    expect(await database.read((tx) => changed(tx, { at: 1, epochs }))).toHaveLength(1500);
    const found = await database.read((tx) =>
      inPortions(epochs, (portion) =>
        tx.db
          .selectFrom('EpochTime')
          .select('epoch')
          .where(
            isOneOf(
              ['epoch'],
              portion.map((epoch) => [epoch]),
            ),
          )
          .orderBy('epoch')
          .execute(),
      ),
    );
    expect(found.map(({ epoch }) => epoch)).toEqual(epochs);
  });

  it.each([1, portionSize])('takes %i keys in each kind of statement that is built for a list', async (length) => {
    const keys = Array.from({ length }, (_, index) => [index + 1, index + 1]);
    await database.read(async (tx) => {
      const listed = await tx.db
        .selectFrom(listOf(['one', 'other'], keys).as('list'))
        .selectAll()
        .execute();
      expect(listed).toHaveLength(length);
      const queries = keys.map(([id = 0]) => tx.db.selectFrom('EpochTime').select('at').where('epoch', '=', -id));
      expect(await unionOf(queries)?.execute()).toEqual([]);
      await tx.db
        .selectFrom('Entry')
        .select('rev')
        .where(isOneOf(['logId', 'rev'], keys))
        .execute();
    });
  });

  it('refuses to build a statement of more keys than that', () => {
    const keys = Array.from({ length: portionSize + 1 }, (_, index) => [index]);
    const numbers = keys.map(([key = 0]) => key);
    for (const build of [
      () => isOneOf(['id'], keys),
      () => oneOf(['id'], keys),
      () => listOf(['id'], keys),
      () => listed(numbers),
      () => unionOf(keys.map(() => kyselyLike)),
    ])
      expect(build).toThrow(RangeError);
  });

  it('cuts rows by their size too, so that none is larger than what a server takes in one piece', () => {
    const rows = Array.from({ length: 400 }, (_, index) => ({ place: 0 as const, suffix: '字'.repeat(20_000), userId: index }));
    const statements = insertionsOf(database, 'NameSuffix', rows);
    expect(statements.length).toBeGreaterThan(10);
    expect(Math.max(...statements.map(({ parameters }) => Buffer.byteLength(parameters.join(''))))).toBeLessThan(2_000_000);
  });
});

/** Stands for a query where only their number matters. */
const kyselyLike: Union = { unionAll: () => kyselyLike };

interface Union {
  unionAll(other: Union): Union;
}

it('cuts keys into portions by the rows that they bring, and leaves none out', () => {
  const pages = [400, 100, 1, 0, 499, 501, 2, 500, 3];
  expect(portionsByRows(pages, (rows) => rows)).toEqual([[400, 100], [1, 0, 499], [501], [2], [500], [3]]);
  expect(portionsByRows([], () => 1)).toEqual([]);
  expect(portionsByRows(Array.from({ length: 1001 }), () => 1).map(({ length }) => length)).toEqual([500, 500, 1]);
});
