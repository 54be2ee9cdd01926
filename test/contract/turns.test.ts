import DataLoader from 'dataloader';
import { describe, expect, it } from 'vitest';
import { entities } from '../../src/entities.ts';
import { createMessageSearch } from '../../src/features/search/message-search.service.ts';
import { createUserSearch } from '../../src/features/search/user-search.service.ts';
import { createGate } from '../../src/kernel/gate.ts';
import { createLeastLine, type Owner } from '../../src/kernel/least-line.ts';
import { createTurns, rest, type Turns } from '../../src/kernel/turns.ts';
import type { Viewer } from '../../src/kernel/viewer.ts';
import { createDatabase, type Database, type Tx } from '../../src/platform/database.ts';
import { closeLater } from '../support/lifetime.ts';
import { countTurns } from '../support/loop-turns.ts';

/** SQLite answers in the turn in which it is asked: nothing in a loop of such calls lets anybody else have theirs. */
async function open(): Promise<Database> {
  const database = await createDatabase({ url: 'sqlite::memory:', dataDir: '.', pool: 1, timeoutMs: 5000 }, entities);
  closeLater(() => database.close());
  await database.migrate();
  return database;
}

const look = (tx: Tx) => tx.db.selectFrom('Log').select('id').execute();

describe.each(['read', 'snapshot', 'transaction'] as const)('a loop of %s', (way) => {
  it('gives timers, sockets and signals their turn, however long it goes on', async () => {
    const database = await open();
    let turned = false;
    setTimeout(() => {
      turned = true;
    }, 1);
    let rounds = 0;
    while (!turned && rounds < 20_000) {
      await database[way](look);
      rounds += 1;
    }
    expect(turned).toBe(true);
  });
});

describe('a loop that goes on until it is through', () => {
  it('has a turn of the event loop between two rounds, and pauses where its rounds change nothing', async () => {
    const turns = countTurns();
    await rest(0);
    expect(turns()).toBeGreaterThan(0);
    const began = performance.now();
    await rest(6);
    expect(performance.now() - began).toBeGreaterThan(50);
  });
});

describe('work in pieces', () => {
  const busy = (ms: number) => {
    for (const until = performance.now() + ms; performance.now() < until; );
  };

  /** Does pieces of an owner, each of so many milliseconds, and keeps which were done. */
  const crew = (turns: Turns, way: 'wait' | 'run') => {
    const done: string[] = [];
    const piece = async (name: string, ms: number, owner?: Owner) => {
      const work = () => {
        busy(ms);
        done.push(name);
      };
      if (way === 'run') return await turns.run(async () => work(), owner);
      await turns.wait(owner);
      work();
    };
    return { done, piece };
  };

  describe.each(['wait', 'run'] as const)('that waits to %s', (way) => {
    it('is done for whoever has had least lately, however much others have in the line and however many they are', async () => {
      const turns = createTurns(0);
      const { done, piece } = crew(turns, way);
      void turns.wait();
      const many = [1, 2, 3].flatMap((owner) => [1, 2, 3, 4].map((number) => piece(`${owner}.${number}`, 5, owner)));
      // Each of the many has had something by now.
      await Promise.race(many.slice(-9));
      await piece('little', 1, 9);
      expect(done.length).toBeLessThanOrEqual(6);
      await piece('little again', 1, 9);
      expect(done.length).toBeLessThanOrEqual(8);
      await Promise.all(many);
      for (const owner of [1, 2, 3]) expect(done.filter((name) => name.startsWith(`${owner}.`))).toEqual([1, 2, 3, 4].map((number) => `${owner}.${number}`));
    });

    it('and is nobody’s has half of the time, and keeps its order', async () => {
      const turns = createTurns(0);
      const { done, piece } = crew(turns, way);
      void turns.wait();
      const pieces = [1, 2, 3, 4, 5, 6].flatMap((number) => [piece(`own ${number}`, 3), piece(`person ${number}`, 3, number)]);
      await Promise.all(pieces);
      const own = done.slice(0, 8).filter((name) => name.startsWith('own'));
      expect(own.length).toBeGreaterThanOrEqual(3);
      expect(own.length).toBeLessThanOrEqual(5);
      expect(done.filter((name) => name.startsWith('own'))).toEqual([1, 2, 3, 4, 5, 6].map((number) => `own ${number}`));
    });
  });

  it.each([
    ['nobody’s', undefined],
    ['one owner’s', 1],
  ])('that waits and is %s goes on together, so that what it asks for is gathered', async (_whose, owner) => {
    const turns = createTurns(5);
    void turns.wait();
    busy(6);
    const batches: number[] = [];
    const loader = new DataLoader(async (keys: readonly number[]) => {
      batches.push(keys.length);
      return keys;
    });
    const all = Array.from({ length: 40 }, (_, index) => index);
    await Promise.all(
      all.map(async (key) => {
        await turns.wait(owner);
        await loader.load(key);
      }),
    );
    expect(batches.reduce((sum, size) => sum + size)).toBe(all.length);
    expect(batches.length).toBeLessThan(10);
  });

  it('that stands for many people has as much as several of them', () => {
    let now = 0;
    const line = createLeastLine<string>(() => now);
    for (const number of [1, 2, 3, 4, 5, 6, 7, 8]) {
      line.push(`address ${number}`, '192.0.2.1');
      line.push(`person ${number}`, 1);
    }
    const done: (string | undefined)[] = [];
    for (let turn = line.next(); turn; turn = line.next()) {
      done.push(turn.take());
      now += 4;
      turn.done(4);
    }
    expect(done).toHaveLength(16);
    expect(done.indexOf('address 6')).toBeLessThan(done.indexOf('person 3'));
  });

  it('waits for no more than some seconds behind those who go on asking for less', () => {
    let now = 0;
    const line = createLeastLine<string>(() => now);
    line.push('much', 1);
    const turnOf = () => {
      const turn = line.next();
      return { item: turn?.take(), done: (ms: number) => turn?.done(ms) };
    };
    turnOf().done(500);
    line.push('much', 1);
    for (let other = 2; now < 20_000; other += 1, now += 5) {
      line.push('little', other);
      const turn = turnOf();
      turn.done(5);
      if (turn.item === 'much') break;
    }
    expect(now).toBeGreaterThan(5000);
    expect(now).toBeLessThan(12_000);
  });

  it('costs its owner nothing of what others do while it waits for an answer', async () => {
    const turns = createTurns(0);
    const done: string[] = [];
    void turns.wait();
    const answer = Promise.withResolvers<void>();
    const asking = turns.run(() => answer.promise, 1);
    setImmediate(() => busy(30));
    await new Promise((resolve) => setTimeout(resolve, 50));
    void turns.wait();
    await turns.run(async () => busy(2), 2);
    void turns.wait();
    const pieces = [turns.run(async () => void done.push('two'), 2), turns.run(async () => void done.push('one'), 1)];
    answer.resolve();
    await Promise.all([asking, ...pieces]);
    expect(done).toEqual(['one', 'two']);
  });

  it('gives the event loop its turn when it has gone on for as long as it may, though all of it came at once', async () => {
    const turns = createTurns(5);
    const turned = countTurns();
    const work = async () => {
      // As long as it takes until SQLite is asked.
      for (let step = 0; step < 20; step += 1) await null;
      busy(3);
    };
    await Promise.all(Array.from({ length: 20 }, () => turns.run(work)));
    // Two in a turn, or three: all twenty in one would be 60 ms.
    expect(turned()).toBeGreaterThanOrEqual(6);
  });

  it('that holds what others want goes on before all that wait', async () => {
    const turns = createTurns(0);
    const done: string[] = [];
    void turns.wait();
    const waiting = turns.run(async () => void done.push('waiting'));
    const holding = turns.waitHolding()?.then(() => void done.push('holding'));
    await Promise.all([waiting, holding]);
    expect(done).toEqual(['holding', 'waiting']);
  });

  it('of one owner is overtaken by none of the same that comes later, though there is time again', async () => {
    const turns = createTurns(1);
    const done: number[] = [];
    const piece = async (number: number) => {
      await turns.wait('owner');
      done.push(number);
      busy(2);
    };
    const pieces = [1, 2, 3].map(piece);
    // Sockets are read before those who wait in the line have their turn.
    await new Promise((resolve) => setTimeout(resolve));
    await Promise.all([...pieces, piece(4)]);
    expect(done).toEqual([1, 2, 3, 4]);
  });

  it('that gives its turn away holds nobody up, and what fails is told to whoever asked', async () => {
    const turns = createTurns(0);
    void turns.wait();
    const never = turns.run(() => new Promise(() => {}));
    await expect(turns.run(async () => Promise.reject(new TypeError('a fault')))).rejects.toThrow(TypeError);
    expect(await turns.run(async () => 'the next')).toBe('the next');
    void never;
  });
});

describe('many reads of one owner', () => {
  it('let one of another owner through long before they are done', async () => {
    const database = await open();
    let before = 0;
    const all = Array.from({ length: 3000 }, () =>
      database.read(async (tx) => {
        await look(tx);
        before += 1;
      }, 1),
    );
    await database.read(look, 2);
    expect(before).toBeLessThan(1000);
    await Promise.all(all);
    expect(before).toBe(3000);
  });
});

describe('people who search', () => {
  const viewerOf = (userId: number): Viewer => ({ userId, uuid: String(userId), role: 'USER', sessionId: userId, sessionUuid: String(userId), actedBy: null });

  it.each([
    ['messages', createMessageSearch(createGate(1), () => {})],
    ['other people', createUserSearch(createGate(1))],
  ] as const)('for %s take turns, however often one of them does', async (_what, search) => {
    const database = await open();
    const done: number[] = [];
    const find = async (userId: number) => {
      await search.find(database.read, viewerOf(userId), { keyword: 'word' });
      done.push(userId);
    };
    await Promise.all([...Array.from({ length: 20 }, () => find(1)), find(2)]);
    // After the one that was under way, and one that was its turn before.
    expect(done.indexOf(2)).toBeLessThan(4);
  });
});
