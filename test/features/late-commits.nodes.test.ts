import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { expect, it } from 'vitest';
import { createDatabaseServer, createFolder } from '../chaos/servers.ts';
import { EventsDocument, SendMessageDocument } from '../generated/graphql.ts';
import { createData, startApp } from '../support/app.ts';
import { codesOf } from '../support/client.ts';
import { closeLater } from '../support/lifetime.ts';
import { registerTwo, sendText } from '../support/people.ts';

it('what the database commits after its time is told to everybody at once, though the answer was UNAVAILABLE', async ({ skip }) => {
  const folder = createFolder();
  closeLater(folder.remove);
  const server = await createDatabaseServer(folder.path);
  closeLater(server.program.retire);
  await server.start();
  const [[version]] = await server.use((connection) => connection.query<RowDataPacket[]>('select version() as name'));
  // MySQL has nothing that holds back commits and nothing else.
  if (!String(version?.name).includes('MariaDB')) skip();
  // Nobody looks by themselves within this test: only a bell can tell.
  const env = { ...(await createData()), DATABASE_URL: `${server.url}/parley`, DATABASE_TIMEOUT_SECONDS: '1', COMPARE_MILLISECONDS: '60000' };
  const here = await startApp(env);
  const there = await startApp(env);
  const [sender, reader] = await registerTwo(here);
  await sendText(sender, reader.user.id, 'before');
  const stream = reader.at(there).socket().subscribe(EventsDocument, {});
  await stream.until(({ events }) => events.__typename === 'CaughtUp');
  // A closing of the epoch that is held back at its commit would keep the send from coming so far.
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const backup = await createConnection(server.url);
  closeLater(() => backup.destroy());
  for (const stage of ['START', 'FLUSH', 'BLOCK_DDL', 'BLOCK_COMMIT']) await backup.query(`backup stage ${stage}`);
  const input = { to: reader.user.id, clientId: crypto.randomUUID(), content: { text: 'late' } };
  expect(codesOf(await sender.execute(SendMessageDocument, { input }))).toEqual(['UNAVAILABLE']);
  // Longer than a server may be silent otherwise.
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  await backup.query('backup stage end');
  const released = performance.now();
  await stream.until(({ events }) => events.__typename === 'MessageSent' && events.message.content?.text === 'late');
  expect(performance.now() - released).toBeLessThan(1_500);
  expect((await sender.ask(SendMessageDocument, { input })).sendMessage?.seq).toBe(2);
});
