import { createConnection } from 'mysql2/promise';
import { expect, it } from 'vitest';
import { createLogger } from '../../src/platform/logger.ts';
import { createData, startApp } from '../support/app.ts';
import { present } from '../support/client.ts';
import { createJournal } from '../support/journal.ts';
import { closeLater } from '../support/lifetime.ts';

it('a node that finds another one at the tables waits for it, however long that takes, and says so', async () => {
  const data = await createData();
  const other = await createConnection(present(data.DATABASE_URL));
  closeLater(() => other.destroy());
  await other.query("select get_lock(concat(database(), ':migrations'), 0)");
  const journal = createJournal();
  const began = performance.now();
  const starting = startApp({ ...data, DATABASE_POOL: '2', DATABASE_TIMEOUT_SECONDS: '1' }, { logger: createLogger('info', journal.destination) });
  await expect.poll(() => journal.lines().join(''), { timeout: 20_000 }).toContain('another node changes the tables; waiting for it');
  expect(await other.query('show tables')).toEqual([[], expect.anything()]);
  await other.query("select release_lock(concat(database(), ':migrations'))");
  await starting;
  expect(performance.now() - began).toBeGreaterThan(4_000);
});
