import { createServer } from 'node:http';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { createArriving } from '../../src/server/http/arriving.ts';
import { createBodies, tooSlow } from '../../src/server/http/http-body.ts';
import { createHttpIntake, createIntake } from '../../src/server/http/intake.ts';
import { closeLater } from '../support/lifetime.ts';

it('a body that takes too long to come is given up, however steadily it comes, and nothing more of it is kept', async () => {
  const ended: number[] = [];
  const arriving = createArriving(1_000_000);
  const keeps: typeof arriving.keeps = (sender, bytes) => {
    ended.push(bytes);
    arriving.keeps(sender, bytes);
  };
  const bodies = createBodies(1_000_000, { keeps }, createHttpIntake(createIntake()), 100);
  const { promise: read, resolve } = Promise.withResolvers<unknown>();
  const server = createServer((incoming, outgoing) => {
    void bodies.read(incoming).then((body) => {
      resolve(body);
      outgoing.end();
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  closeLater(() => server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new TypeError('the server listens at no port');
  const socket = connect(address.port, '127.0.0.1');
  closeLater(() => socket.destroy());
  socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n');
  const drip = setInterval(() => socket.write('x'), 5);
  closeLater(() => clearInterval(drip));
  expect(await read).toBe(tooSlow);
  expect(ended.at(-1)).toBe(0);
});
