import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { entities } from '../../src/entities.ts';
import { insertAll, insertionsOf, readAll, runAll, updatesOf } from '../../src/platform/bulk.ts';
import { createDatabase, type Database } from '../../src/platform/database.ts';
import { portionSize, portionsByRows } from '../../src/platform/portions.ts';
import { createStatement, type Slots } from '../../src/platform/statement.ts';
import { closeLater } from '../support/lifetime.ts';

const mysqlUrl = inject('mysqlUrl');
const databases: { readonly name: string; readonly url: () => string }[] = [
  { name: 'SQLite', url: () => 'sqlite::memory:' },
  ...(mysqlUrl === null ? [] : [{ name: 'MariaDB', url: () => `${mysqlUrl}/statement_${randomUUID().replaceAll('-', '')}` }]),
];

const suffixes = (count: number) => Array.from({ length: count }, (_, index) => ({ place: 0 as const, suffix: 'a', userId: index + 1 }));

async function openTables(url: () => string, timeoutMs = 5000): Promise<Database> {
  const database = await createDatabase({ url: url(), dataDir: '.', pool: 5, timeoutMs }, entities);
  closeLater(() => database.close());
  await database.migrate();
  return database;
}

it.each(databases)('builds a statement once, and finds in $name what its lists name, however long they are', async ({ url }) => {
  const database = await openTables(url);
  const rows = suffixes(9);
  await database.transaction((tx) => insertAll(tx, 'NameSuffix', rows));
  let built = 0;
  const found = createStatement((tx, slot: Slots<{ suffix: string; userIds: readonly number[] }>) => {
    built += 1;
    return tx.db.selectFrom('NameSuffix').select('userId').where('suffix', '=', slot('suffix')).where('userId', 'in', slot('userIds')).orderBy('userId');
  });
  const idsAmong = async (suffix: string, userIds: readonly number[]) =>
    (await database.read((tx) => found(tx, { suffix, userIds }))).map(({ userId }) => userId);
  for (let length = 0; length <= 9; length += 1) {
    const userIds = rows.slice(0, length).map(({ userId }) => userId);
    expect(await idsAmong('a', userIds)).toEqual(userIds);
  }
  expect(await idsAmong('a', [4, 44, 2])).toEqual([2, 4]);
  expect(await idsAmong('b', [1])).toEqual([]);
  expect(built).toBe(1);
});

it('lets SQLite prepare as few texts as possible: lists of about the same length are the same one', async () => {
  const database = await openTables(() => 'sqlite::memory:');
  const texts = new Set<string>();
  const found = createStatement((tx, slot: Slots<{ keys: readonly (readonly [number, string])[]; userIds: readonly number[] }>) =>
    tx.db
      .selectFrom('NameSuffix')
      .select('userId')
      .where(slot.oneOf(['userId', 'suffix'], 'keys'))
      .where('userId', 'in', slot('userIds')),
  );
  await database.read(async (tx) => {
    for (let length = 1; length <= 9; length += 1) {
      const userIds = suffixes(length).map(({ userId }) => userId);
      texts.add(found.of(tx, { keys: userIds.map((userId) => [userId, 'a']), userIds }).compile().sql);
    }
  });
  expect(texts.size).toBe(5);
});

it.each(databases)('writes a limit into the text, and finds in $name so many', async ({ url }) => {
  const database = await openTables(url);
  await database.transaction((tx) => insertAll(tx, 'NameSuffix', suffixes(9)));
  const found = createStatement((tx, slot: Slots<{ suffix: string; limit: number }>) =>
    tx.db.selectFrom('NameSuffix').select('userId').where('suffix', '=', slot('suffix')).orderBy('userId').limit(slot.limit('limit')),
  );
  for (const limit of [2, 7, 2]) {
    const values = { suffix: 'a', limit };
    expect(await database.read((tx) => found(tx, values))).toHaveLength(limit);
    expect(await database.read(async (tx) => found.of(tx, values).compile().sql)).toMatch(new RegExp(`limit ${limit}$`));
  }
});

it.each(databases)('compares the columns of keys as it is told, in $name', async ({ url }) => {
  const database = await openTables(url);
  await database.transaction((tx) => insertAll(tx, 'NameSuffix', [...suffixes(9), { place: 1 as const, suffix: "it's ? b", userId: 5 }]));
  const found = createStatement((tx, slot: Slots<{ ranges: readonly (readonly [number, number, number])[]; suffixes: readonly (readonly [string])[] }>) =>
    tx.db
      .selectFrom('NameSuffix as n')
      .select('n.userId')
      .where(slot.oneOf(['n.place', 'n.userId >', 'n.userId <='], 'ranges'))
      .where(slot.oneOf(['n.suffix'], 'suffixes'))
      .orderBy('n.userId'),
  );
  const ranges = [
    [0, 1, 3],
    [0, 8, 20],
    [1, 0, 9],
  ] as const;
  const among = async (...names: string[]) =>
    (await database.read((tx) => found(tx, { ranges, suffixes: names.map((name) => [name]) }))).map(({ userId }) => userId);
  expect(await among('a')).toEqual([2, 3, 9]);
  expect(await among("it's ? b")).toEqual([5]);
});

it.each(databases)('finds by many keys what it finds by few, in $name', async ({ url }) => {
  const database = await openTables(url);
  await database.transaction((tx) => insertAll(tx, 'NameSuffix', suffixes(60)));
  const found = createStatement((tx, slot: Slots<{ keys: readonly (readonly [number, string])[] }>) =>
    tx.db
      .selectFrom('NameSuffix as n')
      .select('n.userId')
      .where(slot.among(['n.userId', 'n.suffix'], 'keys'))
      .orderBy('n.userId'),
  );
  for (const count of [0, 1, 15, 16, 40]) {
    const keys = Array.from({ length: count }, (_, index) => [index + 1, index % 3 === 0 ? "it's ? b" : 'a'] as const);
    const wanted = keys.filter(([, suffix]) => suffix === 'a').map(([userId]) => userId);
    expect((await database.read((tx) => found(tx, { keys }))).map(({ userId }) => userId)).toEqual(wanted);
  }
});

it.each(databases)('finds for each of several runs their own rows, in $name', async ({ url }) => {
  const database = await openTables(url);
  const count = 2 * portionSize + 1;
  await database.transaction((tx) => insertAll(tx, 'NameSuffix', suffixes(count)));
  const found = createStatement((tx, slot: Slots<{ above: number; limit: number }>) =>
    tx.db.selectFrom('NameSuffix').select('userId').where('suffix', '=', 'a').where('userId', '>', slot('above')).orderBy('userId').limit(slot.limit('limit')),
  );
  const each = (runs: readonly { readonly above: number; readonly limit: number }[]) => database.read((tx) => found.each(tx, runs));
  expect(await each([])).toEqual([]);
  const runs = Array.from({ length: count }, (_, above) => ({ above, limit: 1 + (above % 2) }));
  const rows = (await each(runs)).map((of) => of.map(({ userId }) => userId).sort((a, b) => a - b));
  expect(rows).toEqual(runs.map(({ above, limit }) => [above + 1, above + 2].slice(0, limit).filter((id) => id <= count)));
});

it('refuses a text in which a question mark stands for nothing', async () => {
  const database = await openTables(() => 'sqlite::memory:');
  const statement = createStatement((tx, slot: Slots<{ userId: number }>) =>
    tx.db.selectFrom('NameSuffix').select('userId').where('userId', '=', slot('userId')).where('suffix', '=', sql.lit('?')),
  );
  await expect(database.read((tx) => statement(tx, { userId: 1 }))).rejects.toThrow('question mark');
});

describe.each(databases)('lists that are longer than a statement, on $name', ({ url }) => {
  const count = 33_000;
  let database: Database;
  beforeAll(async () => {
    database = await openTables(url, 30_000);
  });

  const among = createStatement((tx, slot: Slots<{ at: number; epochs: readonly number[] }>) =>
    tx.db.selectFrom('EpochTime').select('epoch').where('at', '=', slot('at')).where('epoch', 'in', slot('epochs')),
  );
  const ofKeys = createStatement((tx, slot: Slots<{ keys: readonly (readonly [epoch: number])[] }>) =>
    tx.db
      .selectFrom('EpochTime')
      .select('epoch')
      .where(slot.oneOf(['epoch'], 'keys'))
      .orderBy('epoch'),
  );
  const inBoth = createStatement((tx, slot: Slots<{ some: readonly number[]; others: readonly number[] }>) =>
    tx.db.selectFrom('EpochTime').select('epoch').where('epoch', 'in', slot('some')).where('epoch', 'in', slot('others')),
  );
  const listed = createStatement((tx, slot: Slots<{ keys: readonly (readonly [number, number])[] }>) =>
    tx.db.selectFrom(slot.table(['one', 'otherOne'], 'keys').as('list')).selectAll(),
  );
  const others = createStatement((tx, slot: Slots<{ epochs: readonly number[] }>) =>
    tx.db
      .selectFrom('EpochTime')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .where('epoch', 'not in', slot.whole('epochs')),
  );
  const first = createStatement((tx, slot: Slots<{ epochs: readonly number[]; limit: number }>) =>
    tx.db.selectFrom('EpochTime').select('epoch').where('epoch', 'in', slot('epochs')).orderBy('epoch').limit(slot.limit('limit')),
  );

  it('inserts, changes, finds and deletes as many rows as there are', async () => {
    const rows = Array.from({ length: count }, (_, index) => ({ epoch: index + 1, at: 0 }));
    await database.transaction((tx) => insertAll(tx, 'EpochTime', rows));
    const changes = rows.slice(0, 1500).map(({ epoch }) => ({ key: { epoch }, set: { at: 1 } }));
    await database.transaction((tx) => runAll(tx, updatesOf(tx, 'EpochTime', changes)));
    const epochs = rows.map(({ epoch }) => epoch);
    expect(await database.read((tx) => among(tx, { at: 1, epochs }))).toHaveLength(1500);
    const found = await database.read((tx) => ofKeys(tx, { keys: epochs.map((epoch) => [epoch]) }));
    expect(found.map(({ epoch }) => epoch)).toEqual(epochs);
    const some = epochs.slice(0, 1200);
    const both = await database.read((tx) => inBoth(tx, { some, others: epochs.slice(600, 1800).reverse() }));
    expect(both.map(({ epoch }) => epoch).sort((a, b) => a - b)).toEqual(epochs.slice(600, 1200));
    const deleted = createStatement((tx, slot: Slots<{ epochs: readonly number[] }>) => tx.db.deleteFrom('EpochTime').where('epoch', 'in', slot('epochs')));
    await database.transaction((tx) => deleted(tx, { epochs }));
    expect(await database.read((tx) => among(tx, { at: 1, epochs }))).toEqual([]);
  });

  it.each([1, portionSize - 1, portionSize])('takes %i of a list in each place that there is for one', async (length) => {
    const keys = Array.from({ length }, (_, index) => [index + 1, index + 1] as const);
    const epochs = keys.map(([epoch]) => epoch);
    await database.read(async (tx) => {
      expect(await listed(tx, { keys })).toEqual(keys.map(([one, otherOne]) => ({ one, otherOne })));
      expect(await ofKeys(tx, { keys: epochs.map((epoch) => [epoch]) })).toEqual([]);
      expect(await inBoth(tx, { some: epochs, others: epochs })).toEqual([]);
      expect(Number((await others(tx, { epochs }))[0]?.count)).toBe(0);
      expect(await first(tx, { epochs, limit: 2 })).toEqual([]);
    });
  });

  it('finds nothing of nothing, alone and among others', async () => {
    const nothing = [
      ...(await database.read((tx) => readAll(tx, [ofKeys.of(tx, { keys: [] }), among.of(tx, { at: 0, epochs: [] }), listed.of(tx, { keys: [] })]))),
      await database.read((tx) => ofKeys(tx, { keys: [] })),
    ];
    expect(nothing).toEqual([[], [], [], []]);
  });

  it('refuses more than that where it must not cut', async () => {
    const epochs = Array.from({ length: portionSize + 1 }, (_, index) => index);
    const keys = epochs.map((epoch) => [epoch] as const);
    await database.read(async (tx) => {
      await expect(others(tx, { epochs })).rejects.toThrow(RangeError);
      await expect(first(tx, { epochs, limit: 1 })).rejects.toThrow(RangeError);
      await expect(among.each(tx, [{ at: 0, epochs }])).rejects.toThrow(RangeError);
      for (const statement of [among.of(tx, { at: 0, epochs }), ofKeys.of(tx, { keys }), listed.of(tx, { keys: epochs.map((epoch) => [epoch, epoch]) })])
        expect(() => statement.compile()).toThrow(RangeError);
    });
  });

  it('cuts rows by their size too, so that none is larger than what a server takes in one piece', () => {
    const rows = Array.from({ length: 400 }, (_, index) => ({ place: 0 as const, suffix: '字'.repeat(20_000), userId: index }));
    const statements = insertionsOf(database, 'NameSuffix', rows);
    expect(statements.length).toBeGreaterThan(10);
    expect(Math.max(...statements.map(({ parameters }) => Buffer.byteLength(parameters.join(''))))).toBeLessThan(2_000_000);
  });
});

it('cuts keys into portions by the rows that they bring, and leaves none out', () => {
  const pages = [400, 100, 1, 0, 499, 501, 2, 500, 3];
  expect(portionsByRows(pages, (rows) => rows)).toEqual([[400, 100], [1, 0, 499], [501], [2], [500], [3]]);
  expect(portionsByRows([], () => 1)).toEqual([]);
  expect(portionsByRows(Array.from({ length: 1001 }), () => 1).map(({ length }) => length)).toEqual([500, 500, 1]);
});
