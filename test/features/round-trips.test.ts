import { describe, expect, it } from 'vitest';
import { insertionsOf, readAll, runAll, updatesOf } from '../../src/platform/bulk.ts';
import type { Tx } from '../../src/platform/database.ts';
import { openDatabase } from '../support/tables.ts';

// What sparing round trips relies on of kysely, of the driver and of the database, asked of the real ones: several statements in one packet with a
// result for each in their order, an end at the first that fails, and a transaction that begins with its first statement. test/contract has the rest.

const log = (id: number) => ({ id, kind: 'USER', lastRev: 0, lastSeq: 0, lastEpoch: 0, activeAt: 0 }) as const;
const revs = async ({ db }: Tx, ids: readonly number[]) =>
  (await db.selectFrom('Log').select(['id', 'lastRev']).where('id', 'in', ids).orderBy('id').execute()).map(({ id, lastRev }) => [id, lastRev]);

describe('statements that go together', () => {
  it('give each query its own rows, in the order of the queries, and none where it finds none', async () => {
    const database = await openDatabase();
    const found = await database.transaction((tx) => {
      const one = (id: number) => tx.db.selectFrom('Log').select(['id', 'lastRev']).where('id', '=', id);
      return readAll(tx, [one(12), one(99), null, one(11)]);
    });
    expect(found).toEqual([[{ id: 12, lastRev: 0 }], [], [], [{ id: 11, lastRev: 0 }]]);
  });

  it('are done before whatever follows them in the transaction, which has its own result', async () => {
    const database = await openDatabase();
    await database.transaction(async (tx) => {
      await runAll(tx, [...insertionsOf(tx, 'Log', [log(21), log(22)]), ...updatesOf(tx, 'Log', [{ key: { id: 21 }, set: { lastRev: 7 } }])]);
      expect(await revs(tx, [21, 22])).toEqual([
        [21, 7],
        [22, 0],
      ]);
      await runAll(tx, updatesOf(tx, 'Log', [{ key: { id: 22 }, add: { lastRev: 3 } }]));
      const { numUpdatedRows } = await tx.db.updateTable('Log').set({ lastSeq: 1 }).where('id', 'in', [11, 12, 22]).executeTakeFirstOrThrow();
      expect(numUpdatedRows).toBe(3n);
      await runAll(tx, updatesOf(tx, 'Log', [{ key: { id: 22 }, add: { lastRev: 3 } }]));
    });
    expect(await database.read((tx) => revs(tx, [21, 22]))).toEqual([
      [21, 7],
      [22, 6],
    ]);
  });

  it('fail with the commit where one of them fails: nothing of the transaction is there, and the connection is as it was', async () => {
    const database = await openDatabase();
    const failing = database.transaction(async (tx) => {
      await tx.db.updateTable('Log').set({ lastRev: 9 }).where('id', '=', 11).execute();
      await runAll(tx, [...insertionsOf(tx, 'Log', [log(31)]), ...insertionsOf(tx, 'Log', [log(11)]), ...insertionsOf(tx, 'Log', [log(32)])]);
    });
    await expect(failing).rejects.toThrow();
    expect(await database.read((tx) => revs(tx, [11, 31, 32]))).toEqual([[11, 0]]);
    await database.transaction((tx) => runAll(tx, insertionsOf(tx, 'Log', [log(31)])));
    expect(await database.read((tx) => revs(tx, [31]))).toEqual([[31, 0]]);
  });

  it('are left out where the transaction ends by a refusal before its commit', async () => {
    const database = await openDatabase();
    const refused = database.transaction(async (tx) => {
      expect(await revs(tx, [11])).toEqual([[11, 0]]);
      await runAll(tx, updatesOf(tx, 'Log', [{ key: { id: 11 }, set: { lastRev: 9 } }]));
      throw new Error('a refusal');
    });
    await expect(refused).rejects.toThrow('a refusal');
    expect(await database.read((tx) => revs(tx, [11]))).toEqual([[11, 0]]);
  });
});
