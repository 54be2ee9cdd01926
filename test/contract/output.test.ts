import { closeSync, openSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { createOutput } from '../../src/platform/output.ts';
import { closeLater } from '../support/lifetime.ts';

/** Two ends of a connection. */
async function openPair(): Promise<readonly [near: Socket, far: Socket]> {
  const server = createServer();
  closeLater(() => server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const arrived = new Promise<Socket>((resolve) => server.once('connection', resolve));
  const near = connect(address.port, '127.0.0.1');
  const far = await arrived;
  closeLater(() => near.destroy());
  closeLater(() => far.destroy());
  return [near, far];
}

const line = `${'x'.repeat(9_999)}\n`;

it('keeps a bounded part for a reader that does not read, takes the rest for lost, and tells how much when it is read again', async () => {
  const [near, far] = await openPair();
  const lost: number[] = [];
  const output = createOutput(near, (count) => lost.push(count));
  let written = 0;
  // More than a system keeps for a connection.
  for (; written < 5_000; written += 1) output.write(line);
  expect(near.writableLength).toBeLessThan(1_100_000);
  const waited = performance.now();
  await output.flushed(50);
  expect(performance.now() - waited).toBeLessThan(2_000);
  let bytes = 0;
  far.on('data', (chunk) => {
    bytes += chunk.length;
  });
  await expect.poll(() => lost.length, { timeout: 20_000 }).toBe(1);
  await output.flushed(8_000);
  await expect.poll(() => bytes).toBe((written - (lost[0] ?? 0)) * line.length);
  expect(lost[0]).toBeGreaterThan(0);
});

it('says nothing more to a reader that has gone, and waits for nobody', async () => {
  const [near, far] = await openPair();
  const output = createOutput(near, () => {});
  far.resetAndDestroy();
  await new Promise((resolve) => near.once('close', resolve));
  for (let count = 0; count < 10; count += 1) output.write(line);
  await output.flushed(60_000);
  expect(near.writableLength).toBe(0);
});

it('leaves out what finds no room on a disk', () => {
  const fd = openSync('/dev/full', 'w');
  closeLater(() => closeSync(fd));
  const output = createOutput({ fd }, () => {});
  for (let count = 0; count < 10; count += 1) expect(() => output.write(line)).not.toThrow();
});
