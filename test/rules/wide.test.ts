import { describe, expect, it } from 'vitest';
import { createRollJob } from '../../src/features/conversations/roll-job.service.ts';
import { createClockService } from '../../src/features/log/clock.service.ts';
import type { Database } from '../../src/platform/database.ts';
import { type Build, broken, type Change, intact } from './build.ts';
import { cursorScenarios } from './cursors.ts';
import { healingScenarios } from './healing.ts';
import { memberScenarios } from './members.ts';
import { play, type Scenario } from './scenario.ts';
import { scenarios } from './scenarios.ts';

/** How far the rolls of a world's people are: there are none, they follow whatever is written, or only what was there when somebody was made. */
type Following = 'without rolls' | 'whose rolls follow' | 'whose rolls are behind';

/** A build whose nodes know nobody's DIRECT conversations one by one. */
function wide(build: Build, following: Following): Build {
  let database: Database | null = null;
  /** Makes a roll for whoever has none. */
  const enroll = (tables: Database) =>
    tables.transaction(async (tx) => {
      const { n } = await tx.db.selectFrom('Clock').select('n').executeTakeFirstOrThrow();
      const people = await tx.db.selectFrom('Log').select(['id', 'lastRev']).where('kind', '=', 'USER').execute();
      const known = new Set((await tx.db.selectFrom('Roll').select('userId').execute()).map(({ userId }) => userId));
      const fresh = people.filter(({ id }) => !known.has(id));
      for (const { id, lastRev } of fresh)
        await tx.db
          .insertInto('Roll')
          .values({ userId: id, isReady: 0, filledUpTo: 0, epoch: n - 1, ownRev: lastRev })
          .execute();
      return fresh.length > 0;
    });
  const follow = async () => {
    if (following === 'without rolls' || !database) return;
    if (!(await enroll(database)) && following === 'whose rolls are behind') return;
    const clock = createClockService(database, { replayMs: 86_400_000, closeMs: 0 });
    const onFault = (error: unknown) => expect(error).toBeNull();
    // When epochs close is the scenario's matter.
    await createRollJob({ database, clock: { ...clock, close: async () => 'EARLY' }, onFault, many: 0 }).run();
  };
  return {
    ...build,
    database: {
      ...build.database,
      async createDatabase(...args) {
        database = await build.database.createDatabase(...args);
        return database;
      },
    },
    hub: { ...build.hub, createHub: (parts) => build.hub.createHub({ ...parts, isWide: () => true }) },
    log: {
      ...build.log,
      createLogService(...args) {
        const log = build.log.createLogService(...args);
        return {
          ...log,
          async write(work, options) {
            const result = await log.write(work, options);
            await follow();
            return result;
          },
        };
      },
    },
  };
}

const all: readonly Scenario[] = [...scenarios, ...memberScenarios, ...cursorScenarios, ...healingScenarios];

describe.each(['without rolls', 'whose rolls follow', 'whose rolls are behind'] as const)('of people with very many conversations, %s', (following) => {
  it.each(all.map((scenario) => [scenario.promise, scenario] as const))('%s', async (_promise, scenario) => {
    await expect(play(scenario, wide(await intact(), following))).resolves.toBeUndefined();
  });
});

describe('of people with very many conversations', () => {
  const hub = 'features/events/hub.service.ts';
  const roll = 'features/conversations/roll.service.ts';
  const found = 'a last bell that was lost is found without any other';
  const filled = 'a hole that a lost bell has left is filled when the next one rings, in order';
  const replayed = 'a replay gives nothing from between the leaving and the coming back, and everything from then on';
  const swept = 'a sweep that was interrupted goes on with its own epoch: what was written since into logs that it had passed is given';
  const variants: readonly (readonly [string, string, Following, Change])[] = [
    [
      'a comparison that does not look for theirs',
      found,
      'whose rolls follow',
      { file: hub, was: 'isServed(logId) || ofWide?.has(logId)', is: 'isServed(logId)' },
    ],
    [
      'giving only to who has a seat',
      filled,
      'whose rolls follow',
      { file: hub, was: 'for (const userId of bothPeople) for', is: 'for (const userId of bothPeople.slice(2)) for' },
    ],
    [
      'a roll that is behind and taken for the whole',
      replayed,
      'whose rolls are behind',
      { file: roll, was: 'return [...new Set([...few, ...changed])];', is: 'return [...few];' },
    ],
    ['passing over what has moved on a roll', swept, 'whose rolls follow', { file: roll, was: 'epoch >= roll.epoch ? []', is: 'epoch >= 0 ? []' }],
  ];
  it.each(variants)('%s loses something', async (_name, promise, following, change) => {
    const build = await broken([change]);
    const scenario = all.find((each) => each.promise === promise);
    if (!scenario) throw new Error(`no scenario is called ${promise}`);
    await expect(play(scenario, wide(build, following))).rejects.toMatchObject({ name: 'AssertionError' });
  });
});
