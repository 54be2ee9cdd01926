import { expect, test } from 'vitest';
import { startNodes } from '../../test/support/app.ts';
import { liveThrough, mistakesIn } from './law.ts';

test('pages that are led from node to node show what a fresh one reads, and nothing is lost or sent twice', { timeout: 120_000 }, async () => {
  const { compared, sends, waiting } = await liveThrough(20, await startNodes(2, { TOKEN_TTL_SECONDS: '3' }), 150);
  for (const { name, held, fresh } of compared) expect([name, held]).toEqual([name, fresh]);
  for (const sent of sends) expect([sent.name, mistakesIn(sent)]).toEqual([sent.name, []]);
  for (const { says, refused } of waiting) expect(says).toBe(refused);
});
