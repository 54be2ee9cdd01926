import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { createData } from '../support/app.ts';
import { present } from '../support/client.ts';
import { closeLater } from '../support/lifetime.ts';
import { freePort } from '../support/private-services.ts';
import { startProcess } from '../support/process.ts';

/** How many the system lets wait at most. */
const most = '/proc/sys/net/core/somaxconn';

it('nobody is turned away because a thousand others connect while the server is at something else', async ({ skip }) => {
  if (!existsSync(most) || Number(readFileSync(most, 'utf8')) < 1500) skip();
  const port = await freePort();
  const server = await startProcess(port, await createData());
  server.kill('SIGSTOP');
  const sockets = Array.from({ length: 1001 }, () => connect(port, '127.0.0.1'));
  closeLater(() => {
    for (const socket of sockets) socket.destroy();
  });
  // Taken in by the system, which drops whoever comes when the line is full.
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  server.kill('SIGCONT');
  const last = present(sockets.at(-1));
  const answered = once(last, 'data');
  last.write('GET /healthz HTTP/1.1\r\nhost: parley\r\n\r\n');
  expect(String((await answered)[0])).toContain('200 OK');
});
