import { describe, expect, it } from 'vitest';
import { type Build, broken, intact } from '../rules/build.ts';
import { cursorOf, play, type Scenario } from '../rules/scenario.ts';
import { two } from '../rules/scenarios.ts';
import { together } from '../rules/together.ts';
import { revsOf, type World } from '../rules/world.ts';

const hub = 'features/events/hub.service.ts';
const finding = 'features/events/finding.service.ts';

const named = <T extends { readonly promise: string }>(list: readonly T[]) => list.map((scenario) => [scenario.promise, scenario] as const);

/** Who has very many DIRECT conversations, of the scenario that is played. */
let wideOne: number | null = null;

/** A build whose nodes do not know the DIRECT conversations of one person, beside others of whom they know them. */
function besideWide(build: Build): Build {
  return { ...build, hub: { ...build.hub, createHub: (parts) => build.hub.createHub({ ...parts, isWide: (userId) => userId === wideOne }) } };
}

/** A stream of somebody wide, and a DIRECT conversation of theirs with somebody else, who has a cursor. */
async function besideOneWide(world: World) {
  const { reader: peer, writer: agent, log } = await two(world);
  wideOne = agent.userId;
  const cursor = await cursorOf(world, peer);
  await world.close();
  await world.compare();
  const live = world.read(agent);
  await live.live();
  return { peer, log, cursor, live };
}

const besideWideOnes: readonly Scenario[] = [
  {
    promise: 'what nobody was told of when the peer’s stream begins is given to somebody with very many conversations',
    async run(world) {
      const { peer, log, cursor, live } = await besideOneWide(world);
      await world.send(log, { silently: true });
      const late = world.read(peer, [cursor]);
      await late.live();
      await world.close();
      await world.compare();
      expect([revsOf(late.frames, log), revsOf(live.frames, log)]).toEqual([[1], [1]]);
    },
    variant: [{ file: finding, was: "kind !== 'DIRECT' || !isBesideWide", is: 'kind.length > 0 || isBesideWide' }],
  },
  {
    promise: 'what is being read when the peer leaves is given to somebody with very many conversations',
    async run(world) {
      const { peer, log, live } = await besideOneWide(world);
      const leaving = world.read(peer);
      await leaving.live();
      await world.send(log, { silently: true });
      await world.close();
      const page = world.holdAfter('read', (result) => result.includes(`"entries":[{"logId":${log},`));
      const comparing = world.compareOnce();
      await page.reached;
      await leaving.close();
      page.release();
      await comparing;
      await world.compare();
      expect(revsOf(live.frames, log)).toEqual([1]);
    },
    variant: [{ file: hub, was: "if (!pass || kind !== 'DIRECT' || !isForWide(pass)) leave(logId);", is: 'if (pass) leave(logId);' }],
  },
  {
    promise: 'what is written while a page is under way when somebody with very many conversations comes is given to them',
    async run(world) {
      const { reader: peer, writer: agent, log } = await two(world);
      wideOne = agent.userId;
      const cursor = await cursorOf(world, peer);
      await world.close();
      await world.compare();
      await world.send(log, { silently: true });
      const live = world.read(peer, [cursor]);
      await live.live();
      const page = world.holdBefore('read');
      await world.send(log);
      await page.reached;
      const late = world.read(agent);
      await late.live();
      await world.send(log);
      page.release();
      await world.settle();
      await world.close();
      await world.compare();
      expect([revsOf(live.frames, log), revsOf(late.frames, log)]).toEqual([[1, 2, 3], [3]]);
    },
    variant: [{ file: hub, was: 'if (wide.size > 0 && pass.people === null) {', is: 'if (wide.size < 0) {' }],
  },
];

describe.each(named(besideWideOnes))('%s', (_promise, scenario) => {
  it('holds', async () => {
    await expect(play(scenario, besideWide(together(await intact())))).resolves.toBeUndefined();
  });

  it('does not hold without its rule', async () => {
    const build = besideWide(together(await broken(scenario.variant)));
    await expect(play(scenario, build)).rejects.toMatchObject({ name: 'AssertionError' });
  });
});
