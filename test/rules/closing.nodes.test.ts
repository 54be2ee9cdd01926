import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { createData } from '../support/app.ts';
import { present } from '../support/client.ts';
import { closeLater } from '../support/lifetime.ts';
import { type Build, broken } from './build.ts';

/** A writer that has its stamp and then does nothing any more, and what closes epochs beside it. */
async function frozenWriter(build: Build) {
  const { DATABASE_URL, DATA_DIR } = await createData();
  const options = { url: present(DATABASE_URL), dataDir: present(DATA_DIR), pool: 4, timeoutMs: 60_000 };
  const database = await build.database.createDatabase(options, build.entities.entities);
  closeLater(() => database.close());
  await database.migrate();
  const clock = build.clock.createClockService(database, { replayMs: 86_400_000, closeMs: 0 });
  await clock.prepare();
  const log = build.log.createLogService(database, build.bus.createMemoryBus());
  const id = await log.write((writer) => writer.create('USER'));
  const stamped = Promise.withResolvers<void>();
  const thawed = Promise.withResolvers<void>();
  const written = log.write(async (writer) => {
    await writer.lock([id]);
    writer.append(id, { kind: 'VIEWER' }, [id]);
    await writer.stamp();
    stamped.resolve();
    await thawed.promise;
  });
  written.catch(() => {});
  closeLater(thawed.resolve);
  await stamped.promise;
  const entries = () => database.read((tx) => tx.db.selectFrom('Entry').select('rev').where('logId', '=', id).execute());
  return { clock, thaw: thawed.resolve, written, entries };
}

// MySQL has no such setting. A MariaDB that does not use it either stands for it.
const asMysql = [
  { file: 'platform/mysql-session.ts', was: "idle_transaction_timeout: '3'", is: "idle_transaction_timeout: '0'" },
  { file: 'platform/mysql-session.ts', was: "Number(found.get('is_mariadb')) === 1", is: 'false' },
];

describe('an epoch under which a writer is frozen in mid-transaction', () => {
  it.each([
    ['MariaDB', []],
    ['a server without idle_transaction_timeout', asMysql],
  ])('is not closed before %s has ended that writer, of whom nothing is left then', async (_server, changes) => {
    const { clock, thaw, written, entries } = await frozenWriter(await broken(changes));
    expect(await clock.close()).toBe('BLOCKED');
    await expect.poll(clock.close, { timeout: 20_000 }).toBe('CLOSED');
    thaw();
    await expect(written).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(await entries()).toEqual([]);
  });

  it('is closed at once, and then holds an entry more, where the stamp is no lock', async () => {
    const noLock = [{ file: 'features/log/log.service.ts', was: '.modifyEnd(tx.dialect.forShare)', is: '' }];
    const { clock, thaw, written, entries } = await frozenWriter(await broken(noLock));
    expect(await clock.close()).toBe('CLOSED');
    thaw();
    await written;
    expect(await entries()).toEqual([{ rev: 1 }]);
  });
});

describe('a connection to a server without idle_transaction_timeout', () => {
  it('may rest in the pool as long as it likes', async () => {
    const { DATABASE_URL, DATA_DIR } = await createData();
    const { database: parts, entities } = await broken(asMysql);
    const database = await parts.createDatabase({ url: present(DATABASE_URL), dataDir: present(DATA_DIR), pool: 1, timeoutMs: 5000 }, entities.entities);
    closeLater(() => database.close());
    const timeout = () => database.transaction((tx) => sql<{ value: number }>`select @@session.wait_timeout as value`.execute(tx.db));
    expect((await timeout()).rows).toEqual([{ value: 3 }]);
    const rows = await database.read((tx) => sql<{ value: number }>`select @@session.wait_timeout as value`.execute(tx.db));
    expect(rows.rows[0]?.value).toBeGreaterThan(3);
  });
});
