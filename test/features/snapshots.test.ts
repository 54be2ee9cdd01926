import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import type { Tx } from '../../src/platform/database.ts';
import { present } from '../support/client.ts';
import { openDatabase } from '../support/tables.ts';

const idsOf = async ({ db }: Tx, id: number) => (await db.selectFrom('Log').select(['id', 'lastRev']).where('id', '=', id).execute()).map((row) => row.id);
const failing = async ({ db }: Tx): Promise<number[]> => {
  await sql`select * from no_such_table`.execute(db);
  return [];
};
const failingSelect = async ({ db }: Tx): Promise<number[]> => {
  await db.selectFrom('Log').select('id').where(sql<boolean>`no_such_column = 1`).execute();
  return [];
};

describe('a snapshot', () => {
  it('gives each of the queries that are asked for at once what it found, and nothing to one that finds nothing', async () => {
    const database = await openDatabase();
    const found = await database.snapshot(async (tx) => [
      ...(await Promise.all([idsOf(tx, 12), idsOf(tx, 99), idsOf(tx, 11)])),
      ...(await Promise.all(Array.from({ length: 200 }, (_, index) => idsOf(tx, 11 + (index % 3))))),
    ]);
    expect(found.slice(0, 3)).toEqual([[12], [], [11]]);
    expect(found.slice(3)).toEqual(Array.from({ length: 200 }, (_, index) => [11 + (index % 3)]));
  });

  it.each([
    ['in the first queries', false],
    ['after others', true],
  ])('lets one query that fails %s be the matter of that one', async (_when, later) => {
    const database = await openDatabase();
    const outcomes = await database.snapshot(async (tx) => {
      if (later) await idsOf(tx, 11);
      return await Promise.allSettled([idsOf(tx, 11), failingSelect(tx), idsOf(tx, 12), failing(tx), idsOf(tx, 13)]);
    });
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled']);
    expect(outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? outcome.value : []))).toEqual([11, 12, 13]);
  });

  it('throws what its work throws, and leaves the connection as it was', async () => {
    const database = await openDatabase();
    await expect(
      database.snapshot(async (tx) => {
        await idsOf(tx, 11);
        void idsOf(tx, 12).catch(() => {});
        throw new Error('enough');
      }),
    ).rejects.toThrow('enough');
    await expect(database.snapshot(failing)).rejects.toThrow();
    await database.transaction(({ db }) => db.updateTable('Log').set({ lastRev: 1 }).where('id', '=', 11).execute());
    expect(await database.snapshot(({ db }) => db.selectFrom('Log').select('lastRev').where('id', '=', 11).execute())).toEqual([{ lastRev: 1 }]);
  });

  it('fails as a whole where the connection is lost, though its work goes on without what was not answered', async () => {
    const database = await openDatabase(2);
    if (database.dialect.name === 'sqlite') return expect(database.dialect.name).toBe('sqlite');
    const gone = database.snapshot(async (tx) => {
      const { rows } = await sql<{ id: number }>`select connection_id() as id`.execute(tx.db);
      await database.read(({ db }) => sql`kill ${sql.lit(present(rows[0]).id)}`.execute(db));
      return await idsOf(tx, 11).catch(() => []);
    });
    await expect(gone).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await expect.poll(() => database.snapshot((tx) => idsOf(tx, 11)).catch(() => null)).toEqual([11]);
  });

  it('does without a transaction where nothing is read', async () => {
    const database = await openDatabase();
    expect(await database.snapshot(async () => 7)).toBe(7);
    expect(await database.snapshot((tx) => idsOf(tx, 11))).toEqual([11]);
  });

  it('shows one moment, whatever commits between its queries', async () => {
    const database = await openDatabase(2);
    const { dialect } = database;
    const seen = await database.snapshot(async (tx) => {
      const before = await idsOf(tx, 12);
      // SQLite has one connection: nobody writes while it reads.
      if (dialect.name === 'mysql') await database.transaction(({ db }) => db.deleteFrom('Log').where('id', '=', 12).execute());
      return [before, await idsOf(tx, 12), await Promise.all([idsOf(tx, 12), idsOf(tx, 13)])];
    });
    expect(seen).toEqual([[12], [12], [[12], [13]]]);
    expect(await database.snapshot((tx) => idsOf(tx, 12))).toEqual(dialect.name === 'mysql' ? [] : [12]);
  });

  it('is read only', async () => {
    const database = await openDatabase();
    if (database.dialect.name === 'sqlite') return expect(database.dialect.name).toBe('sqlite');
    await expect(database.snapshot(({ db }) => db.deleteFrom('Log').where('id', '=', 11).execute())).rejects.toThrow(/READ ONLY/i);
  });
});
