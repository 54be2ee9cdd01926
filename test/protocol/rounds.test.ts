import { describe, expect, it } from 'vitest';
import { AppError } from '../../src/kernel/errors.ts';
import { Charge } from '../../src/platform/rate-limit.ts';
import { payloadOf, runs, startFanOut, turns } from '../support/fan-out.ts';
import { Crowd, type LiveStream } from '../support/rounds.ts';

type Started = Awaited<ReturnType<typeof startFanOut>>;

/** So many people who are in a conversation and read. */
async function readersOf({ open }: Started, crowd: Crowd, count: number, selection = 'number position') {
  const readers = [];
  for (let userId = 1; userId <= count; userId += 1) {
    const live = crowd.enter(userId);
    readers.push({ live, ...(await open(live, selection, userId)) });
  }
  return readers;
}

const tick = (userId: number, number: number) => ({ number, position: `${userId}.${number}` });

describe('what goes to many', () => {
  it('is read once, in one snapshot, and each reader takes all of it at once, with their own positions', async () => {
    const started = await startFanOut();
    const crowd = new Crowd(1);
    const readers = await readersOf(started, crowd, 20);
    const before = runs.count;
    await crowd.say(10, started.readAhead);
    for (const [index, { next, live }] of readers.entries()) {
      for (let number = 1; number <= 10; number += 1) expect(await next()).toEqual(tick(index + 1, number));
      expect(live.taken).toBe(1);
    }
    expect(runs.count - before).toBe(10);
    expect(started.seen.snapshots).toBe(1);
  });

  it('of two conversations in one turn is read in one snapshot, and comes in the order of each to whoever is in both', async () => {
    const started = await startFanOut();
    const crowds = [new Crowd(1), new Crowd(2)] as const;
    const both = await Promise.all([1, 2, 3].map(async (userId) => ({ userId, stream: crowds[0].enter(userId) })));
    const opened = await Promise.all(both.map(({ userId, stream }) => started.open(stream, 'number position', userId)));
    // What they read of the other conversation comes by the same stream.
    for (const { stream } of both) crowds[1].streams.push(stream);
    await Promise.all([crowds[0].say(5, started.readAhead), crowds[1].say(5, started.readAhead)]);
    for (const [index, { next }] of opened.entries()) {
      const got = [];
      for (let count = 0; count < 10; count += 1) got.push(await next());
      expect(got).toEqual([1, 2].flatMap(() => [1, 2, 3, 4, 5].map((number) => tick(index + 1, number))));
    }
    expect(started.seen.snapshots).toBe(1);
    expect(both.map(({ stream }) => stream.taken)).toEqual([2, 2, 2]);
  });

  it('is read once for each selection and each language', async () => {
    const started = await startFanOut();
    const crowd = new Crowd(1);
    const opened = [];
    for (const [userId, locale] of [
      [1, 'en'],
      [2, 'zh'],
      [3, 'en'],
      [4, 'zh'],
    ] as const)
      opened.push(await started.open(crowd.enter(userId), 'number position', userId, 1, locale));
    const before = runs.count;
    await crowd.say(1, started.readAhead);
    for (const [index, { next }] of opened.entries()) expect(await next()).toEqual(tick(index + 1, 1));
    expect(runs.count - before).toBe(2);
    expect(crowd.streams.map(({ taken }) => taken)).toEqual([1, 1, 1, 1]);
  });

  it('goes to a reader who has become slow when there is room again, and to all others at once', async () => {
    const started = await startFanOut();
    const crowd = new Crowd(1);
    const readers = await readersOf(started, crowd, 5);
    const [, , slow] = readers;
    if (!slow) throw new Error('nobody is slow');
    const given = crowd.say(2, started.readAhead);
    // After it was gathered who reads, and before it is given.
    slow.room.is = false;
    await given;
    for (const [index, { next, live }] of readers.entries())
      if (live !== slow.live) for (const number of [1, 2]) expect(await next()).toEqual(tick(index + 1, number));
    await turns();
    expect(slow.frames.waiting().length).toBe(0);
    await crowd.say(1, started.readAhead);
    slow.room.is = true;
    slow.room.go();
    for (const number of [1, 2, 3]) expect(await slow.next()).toEqual(tick(3, number));
    expect(readers.map(({ live }) => live.taken)).toEqual([2, 2, 0, 2, 2]);
    await crowd.say(1, started.readAhead);
    expect(await slow.next()).toEqual(tick(3, 4));
    expect(slow.live.taken).toBe(1);
  });

  it('goes to nobody who is removed before it is given, or who may not have it by the snapshot', async () => {
    const started = await startFanOut();
    const crowd = new Crowd(
      1,
      async () =>
        ({ userId }) =>
          userId !== 2,
    );
    const readers = await readersOf(started, crowd, 4);
    const given = crowd.say(1, started.readAhead);
    crowd.streams.splice(2, 1);
    await given;
    for (const userId of [1, 4]) expect(await readers[userId - 1]?.next()).toEqual(tick(userId, 1));
    await turns();
    expect(readers.map(({ frames }) => frames.waiting().length)).toEqual([0, 0, 0, 0]);
  });

  it('is read for each where it differs from viewer to viewer, and the others are not held up', async () => {
    const started = await startFanOut();
    const crowd = new Crowd(1);
    const shared = await readersOf(started, crowd, 3);
    const own = await Promise.all([7, 8].map((userId) => started.open(crowd.enter(userId), 'number who', userId)));
    await crowd.say(2, started.readAhead);
    for (const number of [1, 2]) {
      for (const [index, { next }] of shared.entries()) expect(await next()).toEqual(tick(index + 1, number));
      for (const [index, { next }] of own.entries()) expect(await next()).toEqual({ number, who: 7 + index });
    }
    expect(crowd.streams.map(({ taken }) => taken)).toEqual([1, 1, 1, 0, 0]);
  });

  it('goes on to all others where a reader closes while it is given', async () => {
    const started = await startFanOut();
    const crowd = new Crowd(1);
    const readers = await readersOf(started, crowd, 4);
    const given = crowd.say(1, started.readAhead);
    const third = crowd.streams[2];
    // The second one's turn ends the third one's stream.
    const second = crowd.streams[1];
    if (!second || !third) throw new Error('nobody closes');
    const round = second.round.bind(second);
    second.round = (each) => {
      round(each);
      void readers[2]?.stream.return();
    };
    await given;
    for (const userId of [1, 2, 4]) expect(await readers[userId - 1]?.next()).toEqual(tick(userId, 1));
    expect(third.taken).toBe(0);
    expect(readers[2]?.frames.waiting()).toEqual([]);
  });

  it('is paid by each with a share, and by whoever has too little when they have enough', async () => {
    const purses = new Map([1, 2, 3].map((userId) => [userId, userId === 2 ? 0 : 100]));
    const started = await startFanOut(undefined, ({ userId }, cost) => {
      const left = purses.get(userId) ?? 0;
      if (left < cost) return 20;
      purses.set(userId, left - cost);
      return new Charge({ add: (more) => purses.set(userId, (purses.get(userId) ?? 0) - more) }, cost);
    });
    const crowd = new Crowd(1);
    const readers = await readersOf(started, crowd, 3);
    await crowd.say(1, started.readAhead);
    expect(await readers[0]?.next()).toEqual(tick(1, 1));
    expect(await readers[2]?.next()).toEqual(tick(3, 1));
    expect([...purses.values()]).toEqual([99, 0, 99]);
    purses.set(2, 50);
    expect(await readers[1]?.next()).toEqual(tick(2, 1));
    expect(crowd.streams.map(({ taken }) => taken)).toEqual([1, 0, 1]);
  });

  it('is read by each where the database was away, and by nobody twice', async () => {
    let failures = 1;
    const started = await startFanOut(() => {
      failures -= 1;
      return failures >= 0 ? new AppError('UNAVAILABLE') : null;
    });
    const crowd = new Crowd(1);
    const readers = await readersOf(started, crowd, 3);
    await crowd.say(2, started.readAhead);
    for (const [index, { next }] of readers.entries()) for (const number of [1, 2]) expect(await next()).toEqual(tick(index + 1, number));
    expect(crowd.streams.map(({ taken }) => taken)).toEqual([0, 0, 0]);
  });

  it('is never older than what a reader was sent already', async () => {
    const held = Promise.withResolvers<null>();
    let isFirst = true;
    const hold = () => {
      if (!isFirst) return null;
      isFirst = false;
      return held.promise;
    };
    const started = await startFanOut(hold, null, 2);
    const crowd = new Crowd(1);
    const readers = await readersOf(started, crowd, 2);
    const given = crowd.say(1, started.readAhead);
    await turns();
    // Meanwhile one of them is told something else, which is read after that.
    const [one, other] = readers;
    one?.live.put(payloadOf(77, { position: 'here' }));
    expect(await one?.next()).toEqual({ number: 77, position: 'here' });
    held.resolve(null);
    await given;
    expect(await one?.next()).toEqual(tick(1, 1));
    expect(await other?.next()).toEqual(tick(2, 1));
    const takenBy = ({ taken }: LiveStream) => taken;
    expect(crowd.streams.map(takenBy)).toEqual([0, 1]);
  });
});
