import { entities } from '../../src/entities.ts';
import { createDatabase, type Database } from '../../src/platform/database.ts';
import { createData } from './app.ts';
import { present } from './client.ts';
import { closeLater } from './lifetime.ts';

/** The tables alone, without a server: with one connection unless more are asked for, so that whatever a snapshot leaves behind meets the next call; with three logs in it. */
export async function openDatabase(pool = 1): Promise<Database> {
  const { DATABASE_URL, DATA_DIR } = await createData();
  const options = { url: DATABASE_URL, dataDir: present(DATA_DIR), timeoutMs: 10_000 };
  const empty = await createDatabase({ ...options, pool: 2 }, entities);
  await empty.migrate();
  await empty.close();
  const database = await createDatabase({ ...options, pool }, entities);
  closeLater(() => database.close());
  const log = { kind: 'USER', lastRev: 0, lastSeq: 0, lastEpoch: 0, activeAt: 0 } as const;
  await database.transaction(({ db }) =>
    db
      .insertInto('Log')
      .values([11, 12, 13].map((id) => ({ ...log, id })))
      .execute(),
  );
  return database;
}
