import { expect } from 'vitest';
import { cursorOf, type Scenario } from './scenario.ts';
import { revsOf, type World } from './world.ts';

/** A conversation of a reader and somebody else. */
export async function two(world: World) {
  const [reader, writer] = [await world.person(), await world.person()];
  return { reader, writer, log: await world.conversation(reader, writer) };
}

/** Holds a stream that catches up with its snapshot in its hands. */
export async function holdInCatchUp(world: World) {
  const hold = world.holdAfter('snapshot');
  return {
    begin: async () => {
      await hold.reached;
      return hold;
    },
  };
}

/** A stream that catches up from a cursor, held after its last page was read. */
async function lateAtLastPage(world: World, reader: Parameters<World['read']>[0], cursor: string) {
  const hold = await holdInCatchUp(world);
  const late = world.read(reader, [cursor]);
  const held = await hold.begin();
  const page = world.holdAfter('read');
  held.release();
  await page.reached;
  const pages = world.holdAfter('read');
  page.release();
  await pages.reached;
  return { late, pages };
}

const hub = 'features/events/hub.service.ts';
const stream = 'features/events/stream.service.ts';

/** The rules of docs/architecture.md, "How nothing is missed", each with the interleaving that needs it. */
export const scenarios: readonly Scenario[] = [
  {
    promise: 'what comes both by the replay and live is given once',
    async run(world) {
      const { reader, log } = await two(world);
      const cursor = await cursorOf(world, reader);
      await world.send(log, { silently: true });
      const hold = await holdInCatchUp(world);
      const stream1 = world.read(reader, [cursor]);
      const held = await hold.begin();
      // Into the queue by its bell, and into the page that is read after the snapshot.
      await world.send(log);
      await world.compare();
      held.release();
      await stream1.live();
      await world.compare();
      expect(revsOf(stream1.frames, log)).toEqual([1, 2]);
    },
    variant: [
      {
        file: stream,
        was: 'if (at.covers(entry)) return true;',
        is: '',
      },
    ],
  },
  {
    promise: 'an entry that commits between the two reads of a comparison, in an epoch that closes meanwhile, is given',
    async run(world) {
      const { reader, log } = await two(world);
      const live = world.read(reader);
      await live.live();
      await world.send(log);
      await world.compare();
      const between = world.holdAfter('read');
      const comparing = world.compareOnce();
      await between.reached;
      await world.send(log, { silently: true });
      await world.close();
      between.release();
      await comparing;
      await world.compare();
      expect(revsOf(live.frames, log)).toEqual([1, 2]);
    },
    variant: [
      {
        file: hub,
        was: `    const { n } = await database.read((tx) => clock.read(tx));
    if (people.size > 0) {
      const heads = await database.read((tx) => readAllHeads(tx, given));`,
        is: `    const heads = await database.read((tx) => readAllHeads(tx, given));
    const { n } = await database.read((tx) => clock.read(tx));
    if (people.size > 0) {`,
      },
    ],
  },
  {
    promise: 'a cursor says nothing of epochs that this node has not compared, though they are closed',
    async run(world) {
      const { reader, log } = await two(world);
      const other = await world.conversation(reader, await world.person());
      const live = world.read(reader, [], { oneAtATime: true });
      await live.next();
      await world.send(log, { silently: true });
      await world.close();
      await world.send(other);
      const { cursor } = await live.next();
      await live.close();
      const again = world.read(reader, [cursor]);
      await again.live();
      expect(revsOf(again.frames, log)).toEqual([1]);
    },
    variant: [
      {
        file: stream,
        was: "    if (this.phase === 'LIVE') {\n",
        is: "    if (this.phase === 'LIVE') {\n      at.advance(entry.epoch - 1);\n",
      },
    ],
  },
  {
    promise: 'a snapshot that was begun before the node served the viewer’s conversations proves nothing',
    async run(world) {
      const { reader, log } = await two(world);
      const cursor = await cursorOf(world, reader);
      // So that the node does not learn of the conversation by the viewer's own log.
      await world.close();
      await world.compare();
      const early = world.holdAfter('snapshot');
      const late = world.read(reader, [cursor]);
      await early.reached;
      await world.send(log, { silently: true });
      await world.close();
      await world.compare();
      early.release();
      await late.live();
      await world.compare();
      expect(revsOf(late.frames, log)).toEqual([1]);
    },
    variant: [
      {
        file: stream,
        was: 'if (!hub.isLoaded(userId)) hub.load(userId, await gate.run(() => database.read((tx) => readMemberships(tx, userId), userId)));',
        is: 'void readMemberships;',
      },
      { file: stream, was: 'if (hub.load(userId, snapshot.memberships)) return this.isClosed();', is: 'hub.load(userId, snapshot.memberships);' },
    ],
  },
  {
    promise: 'of a conversation that begins while the viewer is live nothing is passed over, though all its bells are lost',
    async run(world) {
      const [reader, writer] = [await world.person(), await world.person()];
      const live = world.read(reader);
      await live.live();
      await world.compare();
      const log = await world.conversation(reader, writer, { silently: true });
      await world.send(log, { silently: true });
      await world.close();
      await world.compare();
      expect(revsOf(live.frames, log)).toEqual([1]);
    },
    variant: [{ file: hub, was: '      ensure(membership.logId, 0, true);\n    }\n    return true;', is: '    }\n    return true;' }],
  },
  {
    promise: 'of two who begin to follow a conversation at once both get its beginning',
    async run(world) {
      const [one, other] = [await world.person(), await world.person()];
      const streams = [world.read(one), world.read(other)];
      for (const reader of streams) await reader.live();
      const log = await world.conversation(one, other, { silently: true });
      await world.send(log, { silently: true });
      await world.tell(one);
      await world.tell(other);
      await world.close();
      await world.compare();
      for (const reader of streams) expect(revsOf(reader.frames, log)).toEqual([1]);
    },
    variant: [{ file: hub, was: 'if (pass && pass.last !== null) pass.last = Math.min(pass.last, membership.stateRev - 1);', is: 'void pass;' }],
  },
  {
    promise: 'a sweep that was interrupted goes on with its own epoch: what was written since into logs that it had passed is given',
    async run(world) {
      const reader = await world.person();
      const [low, high] = [await world.conversation(reader, await world.person()), await world.conversation(reader, await world.person())];
      const cursor = await cursorOf(world, reader);
      for (let count = 0; count < 3; count += 1) await world.send(high);
      await world.close();
      const interrupted = world.read(reader, [cursor], { oneAtATime: true });
      const first = await interrupted.next();
      await interrupted.close();
      await world.send(low);
      await world.close();
      const resumed = world.read(reader, [first.cursor]);
      await resumed.live();
      expect([revsOf(resumed.frames, high), revsOf(resumed.frames, low)]).toEqual([[2, 3], [1]]);
    },
    variant: [{ file: stream, was: 'const { epoch, logId, rev } = at.mark;', is: 'const { logId, rev } = at.mark;\n      const epoch = closed;' }],
  },
  {
    promise: 'more than the queue holds comes while a stream catches up, and nothing of it is lost',
    options: { queueLimit: 2 },
    async run(world) {
      const { reader, log } = await two(world);
      const cursor = await cursorOf(world, reader);
      const { late, pages } = await lateAtLastPage(world, reader, cursor);
      // Only the queue could bring them.
      for (let count = 0; count < 5; count += 1) await world.send(log);
      await world.compare();
      pages.release();
      await late.live();
      await world.compare();
      expect(revsOf(late.frames, log)).toEqual([1, 2, 3, 4, 5]);
    },
    variant: [{ file: stream, was: '    if (this.overflow) {\n      this.overflow = false;\n      return false;\n    }', is: '    this.overflow = false;' }],
  },
  {
    promise: 'nothing falls between the queue and the live stream',
    async run(world) {
      const { reader, log } = await two(world);
      const cursor = await cursorOf(world, reader);
      const { late, pages } = await lateAtLastPage(world, reader, cursor);
      // Only the queue could bring them.
      for (let count = 0; count < 3; count += 1) await world.send(log);
      await world.compare();
      pages.release();
      await late.live();
      await world.send(log);
      await world.compare();
      expect(revsOf(late.frames, log)).toEqual([1, 2, 3, 4]);
    },
    variant: [
      {
        file: stream,
        was: 'return (await this.replay(this.place, snapshot)) && this.becomeLive(this.place, snapshot);',
        is: 'if (!(await this.replay(this.place, snapshot))) return false;\n    this.forget();\n    return this.becomeLive(this.place, snapshot);',
      },
    ],
  },
  {
    promise: 'what was written after somebody left is not replayed to them, and nobody is told of what they missed between leaving and coming back',
    async run(world) {
      const { reader, log } = await two(world);
      const cursor = await cursorOf(world, reader);
      await world.send(log);
      await world.leave(log, reader);
      await world.send(log, { silently: true });
      await world.close();
      const late = world.read(reader, [cursor]);
      await late.live();
      expect(revsOf(late.frames, log)).toEqual([]);
      expect(late.frames.map(({ entry }) => entry?.kind ?? null)).toEqual(['LEFT', null]);
    },
    variant: [
      { file: 'features/events/replay.service.ts', was: "      .where('m.active', '=', 1)\n", is: '' },
      { file: hub, was: 'return membership.active && rev >= membership.stateRev;', is: 'return rev > 0;' },
    ],
  },
];
