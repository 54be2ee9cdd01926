import { expect } from 'vitest';
import type { Viewer } from '../../src/kernel/viewer.ts';
import { cursorOf, type Scenario } from './scenario.ts';
import { revsOf, type World } from './world.ts';

const hub = 'features/events/hub.service.ts';
const replay = 'features/events/replay.service.ts';

/** A group of somebody and a reader, both of whom are live: it is served here whoever else comes and goes. */
async function liveGroup(world: World) {
  const [host, reader] = [await world.person(), await world.person()];
  const group = await world.group([host, reader]);
  const streams = { host: world.read(host), reader: world.read(reader) };
  for (const stream of Object.values(streams)) await stream.live();
  return { host, reader, group, streams };
}

/** Holds the node with a page of somebody's own log in its hands, while the conversation's log goes on. */
const holdOwnPage = (world: World, { userId }: Viewer, kind: 'JOINED' | 'LEFT') =>
  world.holdAfter('read', (result) => result.includes(`"logId":${userId},`) && result.includes(`"kind":"${kind}"`));

// What the own log says counts as it comes, and not by its rev.
const lastWordWins = [
  {
    file: hub,
    was: "active: entry.kind === 'JOINED', kind }, true);",
    is: "active: entry.kind === 'JOINED', kind }, false);",
  },
  {
    file: hub,
    was: "      const kind = kinds.get(entry.aboutId) ?? 'DIRECT';",
    is: "      const kind = kinds.get(entry.aboutId) ?? 'DIRECT';\n      people.get(entry.logId)?.memberships.delete(entry.aboutId);",
  },
];

/** Who is a member, from when, by two logs that are read one without the other. */
export const memberScenarios: readonly Scenario[] = [
  {
    promise: 'a removal holds, though the word of the joining before it comes later by the other log',
    async run(world) {
      const { reader, group, streams } = await liveGroup(world);
      await world.part(group, reader);
      await world.settle();
      const own = holdOwnPage(world, reader, 'JOINED');
      const joined = await world.join(group, [reader]);
      await own.reached;
      const left = await world.part(group, reader, 'own');
      await world.say(group);
      await world.settle();
      own.release();
      await world.settle();
      await world.say(group);
      await world.settle();
      expect(revsOf(streams.reader.frames, group)).toEqual([joined, joined + 1]);
      await world.close();
      await world.compare();
      expect(revsOf(streams.reader.frames, group)).toEqual([joined, joined + 1]);
      expect(streams.reader.frames.flatMap(({ entry }) => (entry?.kind === 'LEFT' ? [entry.aboutRev] : []))).toEqual([3, left]);
      expect(revsOf(streams.host.frames, group)).toEqual([3, 4, 5, 6, 7, 8, 9, 10]);
    },
    variant: lastWordWins,
  },
  {
    promise: 'who has come back is served, though the word of the leaving before it comes later by the other log',
    async run(world) {
      const { reader, group, streams } = await liveGroup(world);
      const own = holdOwnPage(world, reader, 'LEFT');
      await world.part(group, reader);
      await own.reached;
      const back = await world.join(group, [reader], 'own');
      await world.settle();
      own.release();
      await world.settle();
      const last = await world.say(group);
      await world.settle();
      expect(revsOf(streams.reader.frames, group)).toEqual([back, back + 1, last]);
    },
    variant: lastWordWins,
  },
  {
    promise: 'a replay gives nothing from between the leaving and the coming back, and everything from then on',
    async run(world) {
      const [host, reader] = [await world.person(), await world.person()];
      const group = await world.group([host, reader]);
      const cursor = await cursorOf(world, reader);
      await world.say(group);
      await world.part(group, reader);
      for (let count = 0; count < 3; count += 1) await world.say(group);
      const back = await world.join(group, [reader]);
      const last = await world.say(group);
      await world.close();
      const late = world.read(reader, [cursor]);
      await late.live();
      expect(revsOf(late.frames, group)).toEqual([back, back + 1, last]);
      expect(late.frames.flatMap(({ entry }) => (entry?.kind === 'LEFT' ? [entry.aboutRev] : []))).toEqual([4]);
    },
    variant: [{ file: hub, was: 'return membership.active && rev >= membership.stateRev;', is: 'return membership.active && rev > 0;' }],
  },
  {
    promise: 'all of a portion of 100 are served from the join notice on, though the bells of their own logs are lost',
    async run(world) {
      const host = await world.person();
      const group = await world.group([host]);
      const people: Viewer[] = [];
      while (people.length < 100) people.push(await world.person());
      const [first, ...others] = [host, ...people].map((person) => world.read(person));
      for (const reader of [first, ...others]) await reader?.live();
      await world.say(group);
      const joined = await world.join(group, people, 'own');
      await world.say(group);
      await world.settle();
      expect(revsOf(first?.frames ?? [], group)).toEqual([3, 4, 5, 6]);
      for (const reader of others) expect(revsOf(reader.frames, group)).toEqual([joined, joined + 1, joined + 2]);
    },
    variant: [{ file: hub, was: 'for (const userId of joined) setMember(userId, { ...change, active: true }, true);', is: 'void joined;' }],
  },
  {
    promise: 'of a portion of one, and of two portions at once, everybody gets their own join notice first',
    async run(world) {
      const host = await world.person();
      const group = await world.group([host]);
      const people = [await world.person(), await world.person(), await world.person()] as const;
      const streams = [host, ...people].map((person) => world.read(person));
      for (const stream of streams) await stream.live();
      const joined = await world.join(group, [people[0]], 'all');
      expect(await world.join(group, [people[1], people[2]], 'own')).toBe(joined + 2);
      await world.settle();
      const revs = streams.map(({ frames }) => revsOf(frames, group));
      expect(revs).toEqual([
        [3, 4, 5, 6],
        [3, 4, 5, 6],
        [5, 6],
        [5, 6],
      ]);
    },
    variant: [
      // What the entry after the notice says is taken for its own rev, and the notice says nothing.
      { file: hub, was: 'if (entry.people !== null) {', is: "if (entry.people !== null && entry.kind === 'MEMBERS') {" },
      { file: hub, was: 'stateRev: entry.aboutRev ?? entry.rev,', is: 'stateRev: entry.rev,' },
    ],
  },
  {
    promise: 'a sweep that is interrupted between the own log and an older conversation goes on without a gap or a repeat',
    async run(world) {
      const host = await world.person();
      const group = await world.group([host]);
      const reader = await world.person();
      expect(reader.userId).toBeGreaterThan(group);
      await world.join(group, [reader]);
      let cursor = await cursorOf(world, reader);
      await world.touch(reader);
      await world.say(group);
      await world.touch(reader);
      await world.say(group);
      await world.close();
      const told: string[] = [];
      for (let taken = 0; taken < 4; taken += 1) {
        const interrupted = world.read(reader, [cursor], { oneAtATime: true });
        const frame = await interrupted.next();
        await interrupted.close();
        cursor = frame.cursor;
        told.push(`${frame.entry?.logId} ${frame.entry?.rev}`);
      }
      expect(told.toSorted()).toEqual([`${group} 5`, `${group} 6`, `${reader.userId} 2`, `${reader.userId} 3`].toSorted());
      const rest = world.read(reader, [cursor]);
      await rest.live();
      expect(rest.frames.map(({ entry }) => entry)).toEqual([null]);
    },
    variant: [
      // As if people were always older than their conversations: the own log first.
      { file: replay, was: 'return [...own, ...conversations].sort((a, b) => a.logId - b.logId);', is: 'return [...own, ...conversations];' },
      { file: replay, was: '[...from].sort(([a], [b]) => a - b),\n    64,', is: '[...from],\n    1,' },
    ],
  },
];
