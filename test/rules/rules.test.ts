import { describe, expect, it } from 'vitest';
import { broken, brokenServer, intact, intactServer } from './build.ts';
import { cursorScenarios } from './cursors.ts';
import { frameScenarios, playOn } from './frames.ts';
import { healingScenarios } from './healing.ts';
import { memberScenarios } from './members.ts';
import { play } from './scenario.ts';
import { scenarios } from './scenarios.ts';

/** A variant that only does not run proves nothing. */
const brokenPromise = { name: 'AssertionError' };

const named = <T extends { readonly promise: string }>(list: readonly T[]) => list.map((scenario) => [scenario.promise, scenario] as const);

describe.each(named([...scenarios, ...memberScenarios, ...cursorScenarios, ...healingScenarios]))('%s', (_promise, scenario) => {
  it('holds', async () => {
    await expect(play(scenario, await intact())).resolves.toBeUndefined();
  });

  it('does not hold without its rule', async () => {
    const build = await broken(scenario.variant);
    await expect(play(scenario, build)).rejects.toMatchObject(brokenPromise);
  });
});

describe.each(named(frameScenarios))('%s', (_promise, scenario) => {
  it('holds', async () => {
    await expect(playOn(scenario, await intactServer())).resolves.toBeUndefined();
  });

  it('does not hold without its rule', async () => {
    const build = await brokenServer(scenario.variant);
    await expect(playOn(scenario, build)).rejects.toMatchObject(brokenPromise);
  });
});
