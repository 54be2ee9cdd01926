import { describe, expect, it } from 'vitest';
import type { Context } from '../../src/graphql/context.ts';
import type { SharedEvent } from '../../src/graphql/event-source.ts';
import { AppError } from '../../src/kernel/errors.ts';
import { feedOf, Outbox } from '../../src/kernel/feed.ts';
import type { Tx } from '../../src/platform/database.ts';
import { everybody, of, payloadOf, runs, startFanOut, turns } from '../support/fan-out.ts';
import { within } from '../support/lifetime.ts';

describe('each event', () => {
  it('is read in one snapshot, by whatever its fields ask', async () => {
    const { open, seen } = await startFanOut();
    const { next, stream } = await open(of(payloadOf(1, { position: 'here' })), 'number position a: tables b: tables');
    expect(await next()).toEqual({ number: 1, position: 'here', a: 0, b: 0 });
    expect(seen.snapshots).toBe(1);
    expect((await stream.next()).done).toBe(true);
  });

  it('is dropped where its reader may not have it, and the stream goes on', async () => {
    const judged: boolean[] = [];
    const prepare = async (tx: Tx) => {
      judged.push('db' in tx);
      return false;
    };
    const { open } = await startFanOut();
    const { next } = await open(of(payloadOf(1, { prepare }), payloadOf(2, { prepare }), payloadOf(3)));
    expect(await next()).toEqual({ number: 3 });
    expect(judged).toEqual([true, true]);
  });

  it('is read again where the database was away', async () => {
    let failures = 2;
    const { open, seen } = await startFanOut(() => {
      failures -= 1;
      return failures >= 0 ? new AppError('UNAVAILABLE') : null;
    });
    const { next } = await open(of(payloadOf(1)));
    expect(await next()).toEqual({ number: 1 });
    expect(seen.snapshots).toBe(3);
  });

  it.each([
    ['judged for its reader', (fault: () => never) => payloadOf(1, { prepare: async () => fault() })],
    ['judged for all', (fault: () => never) => payloadOf(1, { shared: { typename: 'Tick', judge: async () => fault() } })],
    ['shown', (fault: () => never) => ({ ...payloadOf(1), tick: { ...payloadOf(1).tick, number: fault } })],
    ['shown to all', (fault: () => never) => ({ ...payloadOf(1, { shared: { typename: 'Tick', judge: everybody } }), tick: { number: fault } })],
  ])('that cannot be %s is left out, which is said once, and no stream ends', async (_what, make) => {
    const bad = make(() => {
      throw new Error('a fault');
    });
    const { open, seen } = await startFanOut();
    const streams = await Promise.all(Array.from({ length: 30 }, (_, id) => open(of(bad, payloadOf(2), bad, payloadOf(3)), 'number', id + 1)));
    for (const number of [2, 3]) expect(await Promise.all(streams.map(({ next }) => next()))).toEqual(streams.map(() => ({ number })));
    expect(seen.presented).toEqual(['a fault']);
  });

  it('of which every snapshot fails is left out at last, one snapshot after the other, and no stream ends', async () => {
    let bad = true;
    const { open, seen } = await startFanOut(() => (bad ? new Error('a bad statement') : null));
    const sources = [1, 2, 3].map(() => new Outbox<unknown>(10));
    const streams = await Promise.all(sources.map((source, id) => open(source, 'number', id + 1)));
    for (const source of sources) for (const payload of [payloadOf(1), payloadOf(1)]) source.put(payload);
    await expect.poll(() => sources.every(({ waiting }) => waiting.length === 0)).toBe(true);
    bad = false;
    for (const source of sources) source.put(payloadOf(2));
    expect(await Promise.all(streams.map(({ next }) => next()))).toEqual(sources.map(() => ({ number: 2 })));
    expect(seen.presented).toEqual(['a bad statement']);
    expect(seen.atOnce).toBe(1);
  });

  it('is left out where what it is about is gone, and no fault is made of that', async () => {
    const gone = () => {
      throw new AppError('NOT_FOUND');
    };
    const { open, seen } = await startFanOut();
    const { next } = await open(of({ ...payloadOf(1), tick: { ...payloadOf(1).tick, number: gone } }, payloadOf(2)));
    expect(await next()).toEqual({ number: 2 });
    expect(seen.presented).toEqual([]);
  });

  it('is not read while there is no room for it', async () => {
    const { open, seen } = await startFanOut();
    const source = new Outbox<unknown>(10);
    const { next, room } = await open(source);
    source.put(payloadOf(1));
    await next();
    room.is = false;
    source.put(payloadOf(2));
    await turns();
    expect(seen.snapshots).toBe(1);
    room.is = true;
    room.go();
    expect(await next()).toEqual({ number: 2 });
  });

  it('is read again where the room was gone when it was read', async () => {
    const { open, seen } = await startFanOut();
    let taken = false;
    const { next, room } = await open(
      of(
        payloadOf(1, {
          async prepare() {
            room.is = taken;
            return true;
          },
        }),
      ),
    );
    await expect.poll(() => seen.snapshots).toBe(1);
    await turns();
    taken = true;
    room.is = true;
    room.go();
    expect(await next()).toEqual({ number: 1 });
    expect(seen.snapshots).toBe(2);
  });
});

describe('a reader who is slow', () => {
  it('gets everything once and in order, though more waits than is read at once and the room comes and goes', async () => {
    const { open } = await startFanOut();
    const numbers = Array.from({ length: 60 }, (_, index) => index);
    const source = new Outbox<unknown>(100);
    for (const number of numbers.slice(0, 50)) source.put(payloadOf(number));
    const { next, room } = await open(source);
    for (const number of numbers) {
      expect(await next()).toEqual({ number });
      if (number >= 30 && number < 40) source.put(payloadOf(number + 20));
      room.is = false;
      await new Promise((resolve) => setImmediate(resolve));
      room.is = true;
      room.go();
    }
  });
});

describe('somebody who has very much', () => {
  it('takes turns with everybody else, however many streams it is', async () => {
    const { open } = await startFanOut();
    const sources = Array.from({ length: 60 }, () => new Outbox<unknown>(100));
    for (const source of sources) for (let number = 0; number < 50; number += 1) source.put(payloadOf(number));
    const before = runs.count;
    const streams = await Promise.all(sources.map((source) => open(source)));
    const other = new Outbox<unknown>(10);
    const { next } = await open(other, 'number', 2);
    other.put(payloadOf(-1));
    expect(await next()).toEqual({ number: -1 });
    expect(runs.count - before).toBeLessThan(4 * 32);
    for (const stream of streams) for (let number = 0; number < 50; number += 1) expect(await stream.next()).toEqual({ number });
  });
});

describe('an event that many have', () => {
  it('is read with others that wait for the same readers, as many as there is room for, where all are behind', async () => {
    let held: Promise<void> | null = null;
    const { open, seen } = await startFanOut(async () => void (await held));
    const groups = [1, 2, 3].map(() => Array.from({ length: 40 }, (_, index) => payloadOf(index, { shared: { typename: 'Tick', judge: everybody } })));
    const readers = Array.from({ length: 60 }, (_, id) => ({ id, source: new Outbox<unknown>(100), payloads: groups[id % groups.length] ?? [] }));
    const streams = await Promise.all(readers.map(({ id, source }) => open(source, 'number', id + 1)));
    const { promise, resolve } = Promise.withResolvers<void>();
    held = promise;
    for (const { source, payloads } of readers) for (const payload of payloads) source.put(payload);
    await turns();
    resolve();
    for (let number = 0; number < 40; number += 1) expect(await Promise.all(streams.map(({ next }) => next()))).toEqual(streams.map(() => ({ number })));
    // One event of each at a time would be some forty.
    expect(seen.snapshots).toBeLessThan(15);
  });

  it('is run once for all who select the same, and each gets their own position', async () => {
    const { open, seen } = await startFanOut();
    const shared: SharedEvent = { typename: 'Tick', judge: everybody };
    const before = runs.count;
    const streams = await Promise.all([1, 2, 3].map((id) => open(of(payloadOf(1, { shared, position: `of ${id}` })), 'number position tables', id)));
    expect(await Promise.all(streams.map(({ next }) => next()))).toEqual([1, 2, 3].map((id) => ({ number: 1, position: `of ${id}`, tables: 0 })));
    expect(runs.count - before).toBe(1);
    expect(seen).toMatchObject({ snapshots: 1, undeclared: 0 });
  });

  it('is run once for each selection', async () => {
    const { open } = await startFanOut();
    const shared: SharedEvent = { typename: 'Tick', judge: everybody };
    const before = runs.count;
    const streams = await Promise.all(['number', 'number', 'number tables'].map((selection, id) => open(of(payloadOf(1, { shared })), selection, id + 1)));
    expect(await Promise.all(streams.map(({ next }) => next()))).toEqual([{ number: 1 }, { number: 1 }, { number: 1, tables: 0 }]);
    expect(runs.count - before).toBe(2);
  });

  it('is judged for all at once, and goes to nobody who may not have it', async () => {
    const { open } = await startFanOut();
    const asked: number[][] = [];
    const shared: SharedEvent = {
      typename: 'Tick',
      async judge(_tx, viewers) {
        asked.push(viewers().map(({ userId }) => userId));
        return ({ userId }) => userId !== 2;
      },
    };
    const streams = await Promise.all([1, 2, 3].map((id) => open(of(payloadOf(1, { shared }), payloadOf(2)), 'number', id)));
    expect(await Promise.all(streams.map(({ next }) => next()))).toEqual([{ number: 1 }, { number: 2 }, { number: 1 }]);
    expect(asked).toEqual([[1, 2, 3]]);
  });

  it('that nobody may have leaves no trace, whatever its run met', async () => {
    const { open, seen } = await startFanOut();
    const number = () => {
      throw new Error('what it reads is gone');
    };
    const gone = (userId: number) => {
      const event = payloadOf(1, { shared: { typename: 'Tick', judge: async () => (viewer) => viewer.userId === userId } });
      return { ...event, tick: { ...event.tick, number } };
    };
    for (const selection of ['number', 'who']) {
      const { next } = await open(of(gone(2), payloadOf(2)), `${selection} tables`, 1);
      expect(await next()).toEqual({ [selection]: selection === 'who' ? 1 : 2, tables: 0 });
    }
    expect(seen).toMatchObject({ undeclared: 0, presented: [] });
    const { next } = await open(of(gone(1), payloadOf(2)), 'number', 1);
    expect(await next()).toEqual({ number: 2 });
    expect(seen.presented).toEqual(['what it reads is gone']);
  });

  it('is run for each where a field that is not declared so asks for the viewer, and that is told', async () => {
    const { open, seen } = await startFanOut();
    const shared: SharedEvent = { typename: 'Tick', judge: everybody };
    const streams = await Promise.all(
      [1, 2].map((id) => open(of(payloadOf(1, { shared }), payloadOf(2, { shared: { typename: 'Tick', judge: everybody } })), 'who', id)),
    );
    expect(await Promise.all(streams.map(({ next }) => next()))).toEqual([{ who: 1 }, { who: 2 }]);
    expect(await Promise.all(streams.map(({ next }) => next()))).toEqual([{ who: 1 }, { who: 2 }]);
    expect(seen.undeclared).toBe(1);
  });
});

describe('an event that differs from viewer to viewer', () => {
  it('is run for each, though its selection does not say so, and that is no fault', async () => {
    const { open, seen } = await startFanOut();
    const event = payloadOf(1, { shared: { typename: 'Tick', judge: everybody } });
    const who = (_args: unknown, context: Context) => context.forMany?.giveUp() ?? context.viewer?.userId;
    const streams = await Promise.all([1, 2].map((id) => open(of({ ...event, tick: { ...event.tick, who } }), 'who', id)));
    expect(await Promise.all(streams.map(({ next }) => next()))).toEqual([{ who: 1 }, { who: 2 }]);
    expect(seen.undeclared).toBe(0);
  });
});

describe('a stream', () => {
  it('ends at once for whoever leaves, though its source never gives anything', async () => {
    const never = new Promise<never>(() => {});
    async function* silent(): AsyncGenerator<never, undefined, void> {
      yield await never;
    }
    const { open } = await startFanOut();
    const { stream } = await open(feedOf(silent()));
    const pending = stream.next();
    await within(stream.return(), 1000, () => 'return waits for the source');
    expect((await within(pending, 1000, () => 'next waits for the source')).done).toBe(true);
    expect((await stream.next()).done).toBe(true);
  });

  it('tells its source that nobody listens any more', async () => {
    let told = false;
    const source: AsyncIterableIterator<never, undefined> = {
      [Symbol.asyncIterator]: () => source,
      next: () => new Promise<never>(() => {}),
      return: async () => {
        told = true;
        return { done: true, value: undefined };
      },
    };
    const { open } = await startFanOut();
    const { stream } = await open(feedOf(source));
    void stream.next();
    await stream.return();
    expect(told).toBe(true);
  });

  it('ends with a presented error where its source fails', async () => {
    async function* broken(): AsyncGenerator<unknown, undefined, void> {
      yield payloadOf(1);
      throw new Error('engine words');
    }
    const { stream, next } = await (await startFanOut()).open(feedOf(broken()));
    await next();
    await expect(stream.next()).rejects.toThrow('presented: engine words');
  });
});
