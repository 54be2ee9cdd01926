import type { Viewer } from '../../src/kernel/viewer.ts';
import type { Build, Change } from './build.ts';
import { createWorld, type World, type WorldOptions } from './world.ts';

/** An interleaving that loses or doubles something where one rule of the streams is broken. */
export interface Scenario {
  /** What holds by the rule. */
  readonly promise: string;
  readonly options?: WorldOptions;
  run(world: World): Promise<void>;
  /** The rule, broken. */
  readonly variant: readonly Change[];
}

/** Runs a scenario on a build; fails where the promise is broken. */
export async function play(scenario: Scenario, build: Build): Promise<void> {
  const world = await createWorld(build, scenario.options);
  try {
    await scenario.run(world);
  } finally {
    await world.stop();
  }
}

/** Where somebody's events stand. */
export async function cursorOf(world: World, viewer: Viewer): Promise<string> {
  const reader = world.read(viewer, [], { oneAtATime: true });
  const { cursor } = await reader.next();
  await reader.close();
  return cursor;
}
