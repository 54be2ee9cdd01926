import { describe, expect, it } from 'vitest';
import { closeLater } from '../support/lifetime.ts';
import { broken, intact } from './build.ts';
import { play, scenarios } from './scenarios.ts';

describe.each(scenarios)('$promise', (scenario) => {
  it('holds', async () => {
    await expect(play(scenario, await intact())).resolves.toBeUndefined();
  });

  it('does not hold without its rule', async () => {
    const { build, remove } = await broken(scenario.variant);
    closeLater(remove);
    await expect(play(scenario, build)).rejects.toThrow();
  });
});
