import { sql } from 'kysely';
import { expect, it } from 'vitest';
import type { Tx } from '../../src/platform/database.ts';
import { watchStatements } from '../support/statements.ts';
import { openDatabase } from '../support/tables.ts';

const idsOf = async ({ db }: Tx, id: number) => (await db.selectFrom('Log').select(['id', 'lastRev']).where('id', '=', id).execute()).map((row) => row.id);
const is = async (tx: Tx, id: number) => (await idsOf(tx, id)).length > 0;

it.each([
  ['a question', [11]],
  ['several questions', [12, 99, 11]],
])('what takes %s is found at a glance, in one packet to a server', async (_what, ids) => {
  const database = await openDatabase();
  const statements = watchStatements();
  const seen = await database.glance(async (tx) => {
    tx.glance?.onlyIf(is(tx, 13));
    return (await Promise.all(ids.map((id) => idsOf(tx, id)))).flat();
  });
  expect(seen).toEqual({ found: ids.filter((id) => id !== 99) });
  if (database.dialect.name === 'mysql') expect(statements.take()).toHaveLength(1);
});

it('nothing is found at a glance where its condition does not hold', async () => {
  const database = await openDatabase();
  const seen = await database.glance(async (tx) => {
    tx.glance?.onlyIf(is(tx, 99));
    return await idsOf(tx, 11);
  });
  expect(seen).toBe('CHANGED');
  expect(await database.snapshot((tx) => idsOf(tx, 11))).toEqual([11]);
});

it('what takes more than one packet is not answered to the end, and nothing takes that for an answer', async () => {
  const database = await openDatabase();
  const went: string[] = [];
  const seen = await database.glance(async (tx) => {
    await idsOf(tx, 11);
    await new Promise((resolve) => setImmediate(resolve));
    went.push('first');
    await idsOf(tx, 12).catch(() => went.push('refused'));
    went.push('second');
    return 'all';
  });
  // SQLite answers each question where it is asked.
  expect([seen, went]).toEqual(database.dialect.name === 'mysql' ? ['MORE', ['first']] : [{ found: 'all' }, ['first', 'second']]);
});

it('a question that fails is the failure of the glance, and leaves the connection as it was', async () => {
  const database = await openDatabase(1);
  const failing = database.glance(async (tx) => {
    const wrong = tx.db.selectFrom('Log').select('id').where(sql<boolean>`no_such_column = 1`).execute();
    return await Promise.all([idsOf(tx, 11), wrong]);
  });
  await expect(failing).rejects.toThrow('no_such_column');
  await database.transaction(({ db }) => db.updateTable('Log').set({ lastRev: 1 }).where('id', '=', 11).execute());
  expect(await database.read(({ db }) => db.selectFrom('Log').select('lastRev').where('id', '=', 11).execute())).toEqual([{ lastRev: 1 }]);
});

it('what its work throws is thrown', async () => {
  const database = await openDatabase();
  const failing = database.glance(async (tx) => {
    await idsOf(tx, 11);
    throw new Error('enough');
  });
  await expect(failing).rejects.toThrow('enough');
});
