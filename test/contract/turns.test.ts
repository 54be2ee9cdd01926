import { describe, expect, it } from 'vitest';
import { entities } from '../../src/entities.ts';
import { rest } from '../../src/kernel/turns.ts';
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
