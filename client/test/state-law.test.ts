import { expect, test } from 'vitest';
import { startApp } from '../../test/support/app.ts';
import { liveThrough, mistakesIn } from './law.ts';

/** More of them: `PARLEY_LAW_SEEDS=3,4,5 npm test -- client/test/state-law.test.ts`. */
const seeds = (process.env.PARLEY_LAW_SEEDS ?? '1,2').split(',').map(Number);

test.for(seeds)(
  'after cuts, a restart, expired tokens and slow readers a page shows what a fresh one reads, and nothing is lost or sent twice (seed %i)',
  {
    timeout: 120_000,
  },
  async (seed) => {
    const app = await startApp({ TOKEN_TTL_SECONDS: '3', REPLAY_LIMIT: '30' });
    const { compared, sends, waiting, counts } = await liveThrough(seed, [app], 150);
    for (const { name, held, fresh } of compared) expect([name, held]).toEqual([name, fresh]);
    for (const sent of sends) expect([sent.name, mistakesIn(sent)]).toEqual([sent.name, []]);
    for (const { says, refused } of waiting) expect(says).toBe(refused);
    // Where little happened nothing is proved.
    expect(
      sends.reduce((sum, { stored }) => sum + stored.length, 0),
      JSON.stringify(counts),
    ).toBeGreaterThan(50);
  },
);
