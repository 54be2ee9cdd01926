import { openSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type MainOptions, serve } from '../support/operator.ts';

const ask = (url: string) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"query":"{ serverInfo { name } }"}',
    signal: AbortSignal.timeout(5000),
  });

const full = () => openSync('/dev/full', 'w');

/** What can become of standard output and error. */
const fates: Readonly<Record<string, () => MainOptions>> = {
  'is read up to the first line, as by | head -1': () => ({
    read({ stdout, stderr }) {
      for (const stream of [stdout, stderr]) stream?.once('data', () => stream.destroy());
    },
  }),
  'is never read': () => ({ read: () => {} }),
  'has no room left': () => ({ stdio: ['ignore', full(), full()] }),
  'was closed before the start': () => ({ shell: 'exec "$@" >&- 2>&- <&-' }),
};

describe('a server whose log', () => {
  for (const [what, options] of Object.entries(fates))
    it(`${what} serves on, and ends on SIGTERM in time and with 0`, async () => {
      // A line for each request, so that every buffer on the way is full.
      const server = await serve({ LOG_LEVEL: 'debug', DRAIN_SECONDS: '0.2', SHUTDOWN_SECONDS: '2' }, options());
      for (let round = 0; round < 20; round += 1) {
        const answers = await Promise.all(Array.from({ length: 100 }, () => ask(server.url)));
        expect(answers.map(({ status }) => status)).toEqual(Array(100).fill(200));
      }
      const began = performance.now();
      server.child.kill('SIGTERM');
      expect(await server.exit).toBe(0);
      expect(performance.now() - began).toBeLessThan(4000);
    });
});
