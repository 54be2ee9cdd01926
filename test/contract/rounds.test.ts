import { afterEach, describe, expect, it } from 'vitest';
import type { ReadAhead, Round } from '../../src/features/events/round.service.ts';
import type { Viewer } from '../../src/kernel/viewer.ts';
import { type Build, intact } from '../rules/build.ts';
import { createWorld, revsOf, type World } from '../rules/world.ts';
import { within } from '../support/lifetime.ts';
import { patience } from '../support/queue.ts';

/** A round that is being read ahead. */
interface Ahead {
  readonly round: Round;
  /** To how many streams it would be given at this moment. */
  count(): number;
  give(): Promise<void>;
}

const worlds: World[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.stop();
});

/** A node whose rounds wait to be given, from the moment on in which that is asked for. */
async function heldWorld() {
  const build = await intact();
  let isHolding = false;
  let waiting: ((ahead: Ahead) => void)[] = [];
  const readAhead: ReadAhead = (round, forAll, give) => {
    if (!isHolding) return null;
    const done = Promise.withResolvers<void>();
    const count = () => {
      let listeners = 0;
      forAll(() => {
        listeners += 1;
      });
      return listeners;
    };
    const ahead: Ahead = {
      round,
      count,
      async give() {
        give();
        done.resolve();
        await world.settle();
      },
    };
    const told = waiting;
    waiting = [];
    for (const tell of told) tell(ahead);
    return done.promise;
  };
  const held: Build = { ...build, hub: { ...build.hub, createHub: (parts) => build.hub.createHub({ ...parts, readAhead }) } };
  const world = await createWorld(held);
  worlds.push(world);
  return {
    world,
    /** The next round that the node is about to give. */
    async next(): Promise<Ahead> {
      isHolding = true;
      return await within(new Promise<Ahead>((resolve) => waiting.push(resolve)), patience, () => 'no round is read ahead');
    },
    letGo() {
      isHolding = false;
    },
  };
}

async function liveGroup(world: World, count = 2) {
  const people: Viewer[] = [];
  while (people.length < count) people.push(await world.person());
  const group = await world.group(people);
  const readers = people.map((person) => world.read(person));
  for (const reader of readers) await reader.live();
  return { people, group, readers };
}

describe('while a round is read ahead', () => {
  it('its log goes no further, and the base of nobody moves over it', async () => {
    const { world, next, letGo } = await heldWorld();
    const { group, readers } = await liveGroup(world);
    const held = next();
    const first = await world.say(group);
    const ahead = await held;
    expect(ahead.count()).toBe(2);
    const second = await world.say(group);
    await world.compareOnce();
    await world.compareOnce();
    for (const { frames } of readers) expect(revsOf(frames, group)).toEqual([]);
    letGo();
    await ahead.give();
    await world.compare();
    for (const { frames } of readers) expect(revsOf(frames, group)).toEqual([first, second]);
  });

  it('whoever is removed gets nothing of it any more, by whichever log that is known first', async () => {
    const { world, next, letGo } = await heldWorld();
    const { people, group, readers } = await liveGroup(world);
    const [host, reader] = people;
    if (!host || !reader) throw new Error('nobody is there');
    const held = next();
    const said = await world.say(group);
    const ahead = await held;
    await world.part(group, reader);
    await world.tell(reader);
    expect(ahead.count()).toBe(1);
    letGo();
    await ahead.give();
    await world.compare();
    expect(revsOf(readers[1]?.frames ?? [], group)).toEqual([]);
    expect(revsOf(readers[0]?.frames ?? [], group)).toEqual([said, said + 1, said + 2]);
  });

  it('whoever joins gets what comes from the join on, once and in order', async () => {
    const { world, next, letGo } = await heldWorld();
    const { group, readers } = await liveGroup(world);
    const late = await world.person();
    const stream = world.read(late);
    await stream.live();
    const held = next();
    const said = await world.say(group);
    const ahead = await held;
    const joined = await world.join(group, [late]);
    await world.tell(late);
    const last = await world.say(group);
    letGo();
    await ahead.give();
    await world.compare();
    expect(revsOf(stream.frames, group)).toEqual([joined, joined + 1, last]);
    for (const { frames } of readers) expect(revsOf(frames, group)).toEqual([said, joined, joined + 1, last]);
  });

  it('it is read anew for whoever turns out to want the log from further back', async () => {
    const { world, next, letGo } = await heldWorld();
    const [one, other] = [await world.person(), await world.person()];
    const streams = [world.read(one), world.read(other)];
    for (const stream of streams) await stream.live();
    // The other one's node hears of the conversation by the first one's bells alone.
    const log = await world.conversation(one, other, { silently: true });
    await world.tell(one);
    const first = await world.send(log);
    await world.settle();
    expect(streams.map(({ frames }) => revsOf(frames, log))).toEqual([[first], []]);
    const held = next();
    const second = await world.send(log);
    const ahead = await held;
    expect(ahead.count()).toBe(1);
    letGo();
    await world.tell(other);
    await ahead.give();
    await world.compare();
    for (const { frames } of streams) expect(revsOf(frames, log)).toEqual([first, second]);
  });

  it('whoever begins meanwhile gets it once', async () => {
    const { world, next, letGo } = await heldWorld();
    const { people, group, readers } = await liveGroup(world);
    const held = next();
    const said = await world.say(group);
    const ahead = await held;
    const [, reader] = people;
    if (!reader) throw new Error('nobody is there');
    const late = world.read(reader);
    await world.settle();
    letGo();
    await ahead.give();
    await late.live();
    const last = await world.say(group);
    await world.compare();
    expect(revsOf(readers[0]?.frames ?? [], group)).toEqual([said, last]);
    expect(revsOf(late.frames, group).filter((rev) => rev === last)).toEqual([last]);
    expect(revsOf(late.frames, group).filter((rev) => rev === said).length).toBeLessThanOrEqual(1);
  });
});

describe('a round', () => {
  it('holds entries that come one after the other, and nothing that changes who is a member', async () => {
    const { world, next, letGo } = await heldWorld();
    const { group, readers } = await liveGroup(world);
    const late = await world.person();
    const held = next();
    const first = await world.say(group);
    const ahead = await held;
    const second = await world.say(group, 'all');
    const third = await world.say(group, 'all');
    const following = next();
    await world.compareOnce();
    await ahead.give();
    const { round, give } = await following;
    expect(round.entries.map(({ rev }) => rev)).toEqual([second, third]);
    const joined = await world.join(group, [late], 'all');
    const after = await world.say(group, 'all');
    const last = await world.say(group);
    const newest = next();
    await give();
    // What was before it is given at once: else each would wait for what is read for the others.
    const { round: end, give: giveEnd } = await newest;
    expect(end.entries.map(({ rev }) => rev)).toEqual([after, last]);
    for (const { frames } of readers) expect(revsOf(frames, group)).toEqual([first, second, third, joined, joined + 1]);
    letGo();
    await giveEnd();
    await world.compare();
    for (const { frames } of readers) expect(revsOf(frames, group)).toEqual([first, second, third, joined, joined + 1, after, last]);
  });
});
