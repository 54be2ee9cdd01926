import { CompiledQuery, Kysely, MysqlDialect, type MysqlPoolConnection } from 'kysely';
import { expect, it } from 'vitest';
import { spareTrips, together, waiting } from '../../src/platform/mysql-trips.ts';
import { present } from '../support/client.ts';

/** kysely on a database that answers each statement as mysql2 hands results through, and refuses what is bad. What it was sent, packet by packet. */
function createDatabase() {
  const packets: string[] = [];
  const answerTo = (statement: string) =>
    statement.includes('select') ? [{ found: statement.replace(/.*select /, '') }] : { insertId: statement.includes('insert') ? 7 : 0, affectedRows: 1 };
  const connection: MysqlPoolConnection = {
    query(text: string, values: readonly unknown[], done) {
      packets.push([text, ...values].join(' | '));
      const statements = text.split('; ');
      const results = statements.map(answerTo);
      const error = statements.some((statement) => statement.endsWith('bad')) ? new Error('refused') : null;
      present(done)(error, JSON.parse(JSON.stringify(statements.length === 1 ? results[0] : results)));
      return { stream: () => ({ [Symbol.asyncIterator]: () => {} }) };
    },
    connect: () => {},
    release: () => {},
    destroy: () => {},
    threadId: 1,
    config: {},
  };
  const dialect = new MysqlDialect({
    pool: { getConnection: (done) => done(null, connection), end: (done) => done(null) },
    onCreateConnection: async (made) => spareTrips(made),
  });
  return { packets, db: new Kysely<object>({ dialect }) };
}

const plain = (text: string, ...values: unknown[]) => CompiledQuery.raw(text, values);

it('sends what begins a transaction with its first statement, and what may wait with the commit', async () => {
  const { packets, db } = createDatabase();
  const found = await db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute(async (tx) => {
      const first = await tx.executeQuery(plain('select a', 1));
      const second = await tx.executeQuery(plain('insert b'));
      await tx.executeQuery(waiting('insert c; insert d', ['c', 'd']));
      return [first.rows, second.insertId];
    });
  expect(found).toEqual([[{ found: 'a' }], 7n]);
  expect(packets).toEqual([
    'set transaction isolation level repeatable read; begin; select a | 1',
    'insert b',
    '/* waits */ insert c; insert d; commit | c | d',
  ]);
});

it('gives each statement its own result, whatever went ahead of it', async () => {
  const { packets, db } = createDatabase();
  const found = await db.transaction().execute(async (tx) => {
    const inserted = await tx.executeQuery(plain('insert a'));
    await tx.executeQuery(waiting('insert b', []));
    const selected = await tx.executeQuery(plain('select c'));
    await tx.executeQuery(waiting('insert d', []));
    const several = await tx.executeQuery(together('select e; select f', []));
    return [inserted.insertId, inserted.numAffectedRows, selected.rows, several.rows.slice(-2)];
  });
  expect(found).toEqual([7n, 1n, [{ found: 'c' }], [[{ found: 'e' }], [{ found: 'f' }]]]);
  expect(packets).toEqual(['begin; insert a', '/* waits */ insert b; select c', '/* waits */ insert d; /* several */ select e; select f', 'commit']);
});

it('sends nothing of what waited where the transaction ends in another way, and nothing at all where nothing was asked', async () => {
  const { packets, db } = createDatabase();
  const failing = db.transaction().execute(async (tx) => {
    await tx.executeQuery(plain('select a'));
    await tx.executeQuery(waiting('insert b', []));
    throw new Error('a refusal');
  });
  await expect(failing).rejects.toThrow('a refusal');
  expect(packets.splice(0)).toEqual(['begin; select a', 'rollback']);
  await db.transaction().execute(async () => {});
  await expect(db.transaction().execute(() => Promise.reject(new Error('a refusal')))).rejects.toThrow('a refusal');
  expect(packets).toEqual([]);
  // Nothing is left for whoever has the connection next.
  await db.executeQuery(plain('select c'));
  expect(packets).toEqual(['select c']);
});

it('fails with the commit where what waited fails, and takes the rest back', async () => {
  const { packets, db } = createDatabase();
  const failing = db.transaction().execute(async (tx) => {
    await tx.executeQuery(plain('select a'));
    await tx.executeQuery(waiting('insert bad', []));
  });
  await expect(failing).rejects.toThrow('refused');
  expect(packets).toEqual(['begin; select a', '/* waits */ insert bad; commit', 'rollback']);
});
