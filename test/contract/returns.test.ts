import { describe, expect, it } from 'vitest';
import { broken, intact } from '../rules/build.ts';
import { cursorScenarios } from '../rules/cursors.ts';
import { healingScenarios } from '../rules/healing.ts';
import { memberScenarios } from '../rules/members.ts';
import { cursorOf, play, type Scenario } from '../rules/scenario.ts';
import { scenarios, two } from '../rules/scenarios.ts';
import { together } from '../rules/together.ts';
import { revsOf, type World } from '../rules/world.ts';

const hub = 'features/events/hub.service.ts';
const stream = 'features/events/stream.service.ts';
const finding = 'features/events/finding.service.ts';

/** They hold the node at steps that a stream which reads for itself has, and this has not. */
const ofOneAlone = new Set([
  'more than the queue holds comes while a stream catches up, and nothing of it is lost',
  'nothing falls between the queue and the live stream',
  'entries that are pruned between the snapshot and the look for where to begin are not taken for none',
  'entries that are pruned while a stream reads its pages are not taken for entries that never were',
  'no more than REPLAYS_AT_ONCE streams read at once to catch up',
]);

const rules = [...scenarios, ...memberScenarios, ...cursorScenarios, ...healingScenarios].filter(({ promise }) => !ofOneAlone.has(promise));

const named = <T extends { readonly promise: string }>(list: readonly T[]) => list.map((scenario) => [scenario.promise, scenario] as const);

describe('a stream that is read for with others keeps the rules of one that reads for itself', () => {
  it.each(named(rules))('%s', async (_promise, scenario) => {
    await expect(play(scenario, together(await intact()))).resolves.toBeUndefined();
  });
});

/** A group whose reader is away, with a cursor from before. */
async function away(world: World, said = 2) {
  const [host, reader] = [await world.person(), await world.person()];
  const group = await world.group([host, reader]);
  const cursor = await cursorOf(world, reader);
  // So that the node does not learn of the group by the reader's own log.
  await world.close();
  await world.compare();
  const revs: number[] = [];
  for (let count = 0; count < said; count += 1) revs.push(await world.say(group));
  return { host, reader, group, cursor, revs };
}

const heldBack: readonly Scenario[] = [
  {
    promise: 'what is committed after the snapshot, and given to those who are there before the stream is, is given to it too',
    async run(world) {
      const { host, reader, group, cursor, revs } = await away(world);
      const live = world.read(host);
      await live.live();
      const hold = world.holdAfter('snapshot');
      const late = world.read(reader, [cursor]);
      await hold.reached;
      revs.push(await world.say(group));
      await world.settle();
      expect(revsOf(live.frames, group)).toEqual(revs.slice(-1));
      hold.release();
      await late.live();
      await world.close();
      await world.compare();
      expect(revsOf(late.frames, group)).toEqual(revs);
    },
    variant: [{ file: finding, was: 'return !memberships.some(({ logId, active }) => active && isBeyond(logId));', is: 'return isBeyond !== null;' }],
  },
  {
    promise: 'what is committed after the snapshot, in an epoch beyond which the node has compared before the stream is there, is given',
    async run(world) {
      const { reader, group, cursor, revs } = await away(world);
      const hold = world.holdAfter('snapshot');
      const late = world.read(reader, [cursor]);
      await hold.reached;
      revs.push(await world.say(group, 'all'));
      await world.close();
      await world.compare();
      hold.release();
      await late.live();
      await world.compare();
      expect(revsOf(late.frames, group)).toEqual(revs);
    },
    variant: [{ file: finding, was: '  if (compared > closed) return false;\n', is: '' }],
  },
  {
    promise: 'likewise where that comparison is still under way',
    async run(world) {
      const { reader, group, cursor, revs } = await away(world);
      const [one, other] = [await world.person(), await world.person()];
      const held = await world.conversation(one, other);
      const live = world.read(one);
      await live.live();
      await world.close();
      await world.compare();
      const hold = world.holdAfter('snapshot');
      const late = world.read(reader, [cursor]);
      await hold.reached;
      revs.push(await world.say(group, 'all'));
      await world.send(held, { silently: true });
      await world.close();
      const page = world.holdAfter('read', (result) => result.includes(`"entries":[{"logId":${held},`));
      const comparing = world.compareOnce();
      await page.reached;
      hold.release();
      await world.settle();
      page.release();
      await comparing;
      await late.live();
      await world.compare();
      expect(revsOf(late.frames, group)).toEqual(revs);
    },
    variant: [{ file: hub, was: 'provesAll(found, Math.max(given, comparedTo), passes)', is: 'provesAll(found, given, passes)' }],
  },
  {
    promise: 'a bell that rings on the person’s own channel before their conversations are known here is not for nothing',
    async run(world) {
      const { reader, log } = await two(world);
      const cursor = await cursorOf(world, reader);
      await world.close();
      await world.compare();
      const hold = world.holdAfter('snapshot');
      const late = world.read(reader, [cursor]);
      await hold.reached;
      await world.send(log);
      await world.settle();
      hold.release();
      await late.live();
      await world.settle();
      expect(revsOf(late.frames, log)).toEqual([1]);
    },
    variant: [{ file: hub, was: 'else person.isEarly = true;', is: '' }],
  },
  {
    promise: 'what is said in a group between the snapshot and the moment in which the node hears of the group is looked for at once',
    async run(world) {
      const { reader, group, cursor, revs } = await away(world);
      const hold = world.holdAfter('snapshot');
      const late = world.read(reader, [cursor]);
      await hold.reached;
      revs.push(await world.say(group));
      await world.settle();
      hold.release();
      await late.live();
      await world.settle();
      expect(revsOf(late.frames, group)).toEqual(revs);
    },
    variant: [{ file: hub, was: 'if (person?.isEarly || begun.groups.length > 0)', is: 'if (person?.isEarly && begun.groups.length > 0)' }],
  },
  {
    promise: 'whoever is removed between the snapshot and the giving gets nothing of what was missed, but that it is gone',
    async run(world) {
      const { reader, group, cursor } = await away(world);
      const hold = world.holdAfter('snapshot');
      const late = world.read(reader, [cursor]);
      await hold.reached;
      await world.part(group, reader);
      await world.settle();
      hold.release();
      await late.live();
      await world.settle();
      expect(revsOf(late.frames, group)).toEqual([]);
      expect(late.frames.map(({ kind, entry }) => entry?.kind ?? kind)).toEqual(['LEFT', 'CAUGHT_UP']);
    },
    variant: [{ file: stream, was: 'if (!this.isMine(entry) || this.give(place, entry)) continue;', is: 'if (this.give(place, entry)) continue;' }],
  },
  {
    promise: 'whoever is let into another group meanwhile gets it from the join on, once',
    async run(world) {
      const { host, reader, group, cursor, revs } = await away(world);
      const other = await world.group([host]);
      const hold = world.holdAfter('snapshot');
      const late = world.read(reader, [cursor]);
      await hold.reached;
      const joined = await world.join(other, [reader]);
      const said = await world.say(other);
      await world.settle();
      hold.release();
      await late.live();
      await world.close();
      await world.compare();
      expect([revsOf(late.frames, group), revsOf(late.frames, other)]).toEqual([revs, [joined, joined + 1, said]]);
    },
    variant: [{ file: hub, was: "active: entry.kind === 'JOINED', kind }, true);", is: "active: entry.kind !== 'JOINED', kind }, true);" }],
  },
  {
    promise: 'a conversation that begins between the snapshots of two streams of one person is given to both, and nothing waits for it for ever',
    async run(world) {
      const [reader, writer] = [await world.person(), await world.person()];
      const cursor = await cursorOf(world, reader);
      await world.close();
      await world.compare();
      const hold = world.holdAfter('snapshot');
      const first = world.read(reader, [cursor]);
      await hold.reached;
      const second = world.read(reader, [cursor]);
      await world.settle();
      const log = await world.conversation(reader, writer, { silently: true });
      await world.send(log, { silently: true });
      hold.release();
      await first.live();
      await second.live();
      await world.settle();
      expect([revsOf(first.frames, log), revsOf(second.frames, log)]).toEqual([[1], [1]]);
      await world.close();
      await world.compare();
    },
    variant: [{ file: hub, was: 'if (person?.loaded && person.loadedBy !== found.memberships) {', is: 'if (found.memberships.length < 0) {' }],
  },
  {
    promise: 'a log that is longer than what is read for many is given from its beginning',
    async run(world) {
      const { reader, group, cursor, revs } = await away(world, 80);
      const late = world.read(reader, [cursor]);
      await late.live();
      expect(revsOf(late.frames, group)).toEqual(revs);
    },
    variant: [
      {
        file: stream,
        was: 'if (entries === null) return (await this.replay(place, found)) && this.becomeLive(place, found);',
        is: 'if (entries === null) return this.becomeLive(place, found);',
      },
    ],
  },
];

describe.each(named(heldBack))('%s', (_promise, scenario) => {
  it('holds', async () => {
    await expect(play(scenario, together(await intact()))).resolves.toBeUndefined();
  });

  it('does not hold without its rule', async () => {
    const build = together(await broken(scenario.variant));
    await expect(play(scenario, build)).rejects.toMatchObject({ name: 'AssertionError' });
  });
});

/** Several who are read for in one snapshot: the first one keeps the reading busy, so that those behind it wait for the next. */
async function three(world: World) {
  const people = [await world.person(), await world.person(), await world.person(), await world.person()] as const;
  const group = await world.group(people);
  const cursors: string[] = [];
  for (const person of people) cursors.push(await cursorOf(world, person));
  const said = await world.say(group);
  return { people, group, cursors, said };
}

/** Begins a stream of each of these, of the four, and looks whether one snapshot does for all. */
async function inOneSnapshot(world: World, whose: readonly (0 | 1 | 2 | 3)[]) {
  const { people, group, cursors, said } = await three(world);
  const [one, another] = [world.holdAfter('snapshot'), world.holdAfter('snapshot')];
  const readers = whose.map((index) => world.read(people[index], [cursors[index] ?? '']));
  await one.reached;
  one.release();
  for (const reader of readers) {
    await reader.live();
    expect(revsOf(reader.frames, group)).toEqual([said]);
  }
  expect(another.isReached()).toBe(false);
  another.release();
}

const amongOthers: readonly Omit<Scenario, 'variant'>[] = [
  {
    promise: 'of those who wait together one that closes is no matter of the others',
    async run(world) {
      const { people, group, cursors, said } = await three(world);
      const hold = world.holdAfter('snapshot');
      const [closing, ...others] = people.map((person, index) => world.read(person, [cursors[index] ?? '']));
      await hold.reached;
      await closing?.close();
      hold.release();
      for (const other of others) {
        await other.live();
        expect(revsOf(other.frames, group)).toEqual([said]);
      }
      expect(closing?.frames).toEqual([]);
    },
  },
  {
    promise: 'of those who wait together one with a bad cursor alone has to begin anew',
    async run(world) {
      const { people, group, cursors, said } = await three(world);
      const [bad, ...others] = people.map((person, index) => world.read(person, [index === 0 ? (cursors[1] ?? '') : (cursors[index] ?? '')]));
      await bad?.live();
      expect(bad?.frames.map(({ kind }) => kind)).toEqual(['RESET']);
      for (const other of others) {
        await other.live();
        expect(revsOf(other.frames, group)).toEqual([said]);
      }
    },
  },
  {
    promise: 'of those who wait together one that has missed too much alone has to begin anew',
    options: { replayLimit: 3 },
    async run(world) {
      const { people, group, cursors, said } = await three(world);
      const busy = people[0];
      for (let count = 0; count < 3; count += 1) await world.touch(busy);
      const [first, ...others] = people.map((person, index) => world.read(person, [cursors[index] ?? '']));
      await first?.live();
      expect(first?.frames.map(({ kind }) => kind)).toEqual(['RESET']);
      for (const other of others) {
        await other.live();
        expect(revsOf(other.frames, group)).toEqual([said]);
      }
    },
  },
  {
    promise: 'those who wait together are read for in one snapshot, however many they are',
    options: { replaysAtOnce: 4 },
    run: async (world) => await inOneSnapshot(world, [0, 1, 2, 3]),
  },
  {
    promise: 'two streams of one person that wait together are read for in one snapshot',
    options: { replaysAtOnce: 4 },
    run: async (world) => await inOneSnapshot(world, [0, 0]),
  },
  {
    promise: 'those who end while they wait for the next snapshot are not read for',
    options: { replaysAtOnce: 1 },
    async run(world) {
      const { people, cursors } = await three(world);
      const one = world.holdAfter('snapshot');
      const another = world.holdAfter('snapshot');
      const [first, ...others] = people.map((person, index) => () => world.read(person, [cursors[index] ?? '']));
      const early = first?.();
      await one.reached;
      const late = others.map((read) => read());
      await world.settle();
      for (const reader of late) await reader.close();
      one.release();
      await early?.live();
      await world.settle();
      expect(another.isReached()).toBe(false);
      another.release();
    },
  },
  {
    promise: 'what is pruned between the snapshot and the giving was in the snapshot, and is given',
    async run(world) {
      const { reader, group, cursor, revs } = await away(world);
      await world.close();
      const hold = world.holdAfter('snapshot');
      const late = world.read(reader, [cursor]);
      await hold.reached;
      await world.prune();
      hold.release();
      await late.live();
      expect(revsOf(late.frames, group)).toEqual(revs);
    },
  },
];

it.each(named(amongOthers))('%s', async (_promise, scenario) => {
  await expect(play({ ...scenario, variant: [] }, together(await intact()))).resolves.toBeUndefined();
});
