import { createConnection } from 'mysql2/promise';
import { expect, it } from 'vitest';
import { createDatabaseServer, createFolder } from '../chaos/servers.ts';
import { UpdateProfileDocument } from '../generated/graphql.ts';
import { createData, startApp } from '../support/app.ts';
import { codesOf } from '../support/client.ts';
import { closeLater } from '../support/lifetime.ts';
import { type Person, registerTwo } from '../support/people.ts';
import { openProxy } from '../support/proxy.ts';

it('a database that falls silent after a part of its answer is left, and no place in the pool is lost', { timeout: 60_000 }, async () => {
  const folder = createFolder();
  closeLater(folder.remove);
  const server = await createDatabaseServer(folder.path);
  closeLater(server.program.retire);
  await server.start();
  const proxy = await openProxy(server.url);
  const app = await startApp({ ...(await createData()), DATABASE_URL: `${proxy.url}/parley`, DATABASE_POOL: '2', DATABASE_TIMEOUT_SECONDS: '1' });
  const [one, other] = await registerTwo(app);
  const change = async (person: Person) => codesOf(await person.execute(UpdateProfileDocument, { input: { bio: crypto.randomUUID() } }));
  expect([await change(one), await change(other)]).toEqual([[], []]);
  const holder = await createConnection(`${server.url}/parley`);
  closeLater(() => holder.destroy());
  const waiting = async () => {
    const [rows] = await holder.query("select id from information_schema.processlist where info like '%for update%' and id <> connection_id()");
    return Array.isArray(rows) ? rows.length : 0;
  };
  await holder.query('begin');
  await holder.query('select id from log for update');
  const answers = [change(one), change(other)];
  // What began the transactions has been answered; the locks have not.
  await expect.poll(waiting, { interval: 20 }).toBe(2);
  proxy.abandon();
  await holder.query('rollback');
  expect((await Promise.all(answers)).flat()).toEqual(['UNAVAILABLE', 'UNAVAILABLE']);
  await expect.poll(() => change(one), { timeout: 20_000 }).toEqual([]);
  expect(await change(other)).toEqual([]);
});
