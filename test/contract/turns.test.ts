import { describe, expect, it } from 'vitest';
import { entities } from '../../src/entities.ts';
import { createMessageSearch } from '../../src/features/search/message-search.service.ts';
import { createUserSearch } from '../../src/features/search/user-search.service.ts';
import { createGate } from '../../src/kernel/gate.ts';
import { createTurns, rest } from '../../src/kernel/turns.ts';
import type { Viewer } from '../../src/kernel/viewer.ts';
import { createDatabase, type Database, type Tx } from '../../src/platform/database.ts';
import { closeLater } from '../support/lifetime.ts';

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
    let turns = 0;
    const count = () => {
      turns += 1;
      counting = setImmediate(count);
    };
    let counting = setImmediate(count);
    closeLater(() => clearImmediate(counting));
    await rest(0);
    expect(turns).toBeGreaterThan(0);
    const began = performance.now();
    await rest(6);
    expect(performance.now() - began).toBeGreaterThan(50);
  });
});

describe('work in pieces', () => {
  const busy = (ms: number) => {
    for (const until = performance.now() + ms; performance.now() < until; );
  };

  it.each(['wait', 'run'] as const)('that waits goes on one of each owner after the other, however much one of them has, where it is to %s', async (way) => {
    const turns = createTurns(0);
    const done: string[] = [];
    const piece = async (name: string, owner?: number) => {
      if (way === 'run') return await turns.run(async () => void done.push(name), owner);
      await turns.wait(owner);
      done.push(name);
    };
    void turns.wait();
    const pieces = [1, 2, 3].map((number) => piece(`one ${number}`, 1));
    await Promise.all([...pieces, piece('other', 2), piece('alone'), piece('alone, too')]);
    expect(done).toEqual(['one 1', 'other', 'alone', 'alone, too', 'one 2', 'one 3']);
  });

  it('gives the event loop its turn when it has gone on for as long as it may, though all of it came at once', async () => {
    const turns = createTurns(5);
    let turned = 0;
    const count = () => {
      turned += 1;
      counting = setImmediate(count);
    };
    let counting = setImmediate(count);
    closeLater(() => clearImmediate(counting));
    const work = async () => {
      // As long as it takes until SQLite is asked.
      for (let step = 0; step < 20; step += 1) await null;
      busy(3);
    };
    await Promise.all(Array.from({ length: 20 }, () => turns.run(work)));
    // Two in a turn, or three: all twenty in one would be 60 ms.
    expect(turned).toBeGreaterThanOrEqual(6);
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
  it('let one of another owner through after a few', async () => {
    const database = await open();
    let before = 0;
    const all = Array.from({ length: 500 }, () =>
      database.read(async (tx) => {
        await look(tx);
        before += 1;
      }, 1),
    );
    await database.read(look, 2);
    expect(before).toBeLessThan(50);
    await Promise.all(all);
    expect(before).toBe(500);
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
