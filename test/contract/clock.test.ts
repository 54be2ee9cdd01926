import { beforeEach, describe, expect, it } from 'vitest';
import { entities } from '../../src/entities.ts';
import { type ClockService, createClockService } from '../../src/features/log/clock.service.ts';
import { insertAll } from '../../src/platform/bulk.ts';
import { createDatabase, type Database } from '../../src/platform/database.ts';
import { closeLater } from '../support/lifetime.ts';

const dayMs = 86_400_000;

describe('the clock', () => {
  let database: Database;
  let clock: ClockService;

  beforeEach(async () => {
    database = await createDatabase({ url: 'sqlite::memory:', dataDir: '.', pool: 1, timeoutMs: 5000 }, entities);
    closeLater(() => database.close());
    await database.migrate();
    clock = createClockService(database, { replayMs: 7 * dayMs, closeMs: 100 });
    await clock.prepare();
  });

  const row = () => database.read((tx) => clock.read(tx));
  const closings = () => database.read((tx) => tx.db.selectFrom('EpochTime').selectAll().orderBy('epoch').execute());
  const entriesLeft = async () => (await database.read((tx) => tx.db.selectFrom('Entry').select('epoch').orderBy('epoch').execute())).map(({ epoch }) => epoch);
  const isTooOld = async (epoch: number) => {
    const { now } = await row();
    return await database.read((tx) => clock.isTooOld(tx, epoch, now));
  };
  /** Closes the open epoch; then everything that was done so far is older by this. */
  const closeAndWait = async (days: number) => {
    await passed(1);
    await clock.close();
    await passed(days * dayMs);
  };
  /** What was noted so far is older by this. */
  const passed = async (ms: number) => {
    await database.transaction(async (tx) => {
      await tx.db
        .updateTable('EpochTime')
        .set((eb) => ({ at: eb('at', '-', ms) }))
        .execute();
      await tx.db
        .updateTable('Clock')
        .set((eb) => ({ at: eb('at', '-', Math.max(ms, 100)) }))
        .execute();
    });
  };
  const write = async (count = 1) => {
    const { n, now } = await row();
    await database.transaction(async (tx) => {
      const { rev } = await tx.db
        .selectFrom('Entry')
        .select((eb) => eb.fn.max('rev').as('rev'))
        .executeTakeFirstOrThrow();
      for (let made = 1; made <= count; made += 1)
        await tx.db
          .insertInto('Entry')
          .values({ logId: 1, rev: Number(rev) + made, epoch: n, at: now, kind: 'SENT' })
          .execute();
    });
  };

  it('never takes the open epoch for an old one, however long nothing was closed', async () => {
    await write();
    await closeAndWait(30);
    await write();
    await clock.prune();
    const { n, pruned } = await row();
    expect(pruned).toBe(n - 1);
    expect(await entriesLeft()).toEqual([n]);
  });

  it('keeps what was written in an epoch that was open for long and has just been closed', async () => {
    await closeAndWait(30);
    await write();
    const { n } = await row();
    await closeAndWait(0);
    await clock.prune();
    expect(await entriesLeft()).toEqual([n]);
    expect((await row()).pruned).toBeLessThan(n);
  });

  it('refuses no cursor that has missed nothing but what is in the open epoch, however long that has been open', async () => {
    await closeAndWait(30);
    const { n } = await row();
    expect([await isTooOld(n - 1), await isTooOld(n - 2)]).toEqual([false, true]);
  });

  it('repairs at the start a database of which the open epoch counts as pruned: what may be gone is said to be gone', async () => {
    await closeAndWait(0);
    await database.transaction((tx) => tx.db.updateTable('Clock').set({ pruned: 5, n: 5 }).execute());
    await clock.prepare();
    expect(await row()).toMatchObject({ n: 6, pruned: 5 });
  });

  it('closes an open epoch that counts as pruned at once, should it become so meanwhile', async () => {
    await clock.close();
    await database.transaction((tx) => tx.db.updateTable('Clock').set({ pruned: 5, n: 5 }).execute());
    expect(await clock.close()).toBe('CLOSED');
    expect(await row()).toMatchObject({ n: 6, pruned: 5 });
  });

  it('deletes everything old, however much it is', async () => {
    await write(2500);
    await closeAndWait(30);
    await write();
    await clock.prune();
    expect(await entriesLeft()).toEqual([(await row()).n]);
  });

  it('deletes what is old of very many logs, and nothing else of any of them', async () => {
    const { n, now } = await row();
    const logs = Array.from({ length: 1001 }, (_, index) => index + 1);
    await database.transaction((tx) =>
      insertAll(
        tx,
        'Entry',
        logs.flatMap((logId) => [1, 2, 3].map((rev) => ({ logId, rev: rev + 10, epoch: rev < 3 ? n : n + 1, at: now, kind: 'SENT' as const }))),
      ),
    );
    await closeAndWait(30);
    await clock.prune();
    expect(await entriesLeft()).toEqual(logs.map(() => n + 1));
  });

  it('names a log once in a statement, however many of its entries go', async () => {
    await write(1500);
    await closeAndWait(30);
    const lengths: number[] = [];
    const transaction: Database['transaction'] = (work, options) =>
      database.transaction(async (tx) => {
        const db = tx.db.withPlugin({
          transformQuery({ node }) {
            if (node.kind === 'DeleteQueryNode') lengths.push(JSON.stringify(node).length);
            return node;
          },
          transformResult: async ({ result }) => result,
        });
        return await work({ ...tx, db });
      }, options);
    await createClockService({ ...database, transaction }, { replayMs: 7 * dayMs, closeMs: 100 }).prune();
    expect(await entriesLeft()).toEqual([]);
    expect(Math.max(...lengths)).toBeLessThan(2000);
  });

  describe('when the clock of the database is set back', () => {
    it('closes as if the last closing were long ago, and notes when', async () => {
      await closeAndWait(0);
      await passed(-60_000);
      expect(await clock.close()).toBe('CLOSED');
      const { n, now } = await row();
      const [, last] = await closings();
      expect(last?.epoch).toBe(n - 1);
      expect(Math.abs((last?.at ?? 0) - now)).toBeLessThan(5000);
      expect(await clock.close()).toBe('EARLY');
    });

    it('takes nothing for old that was closed after something young', async () => {
      await write();
      await closeAndWait(0.5);
      await write();
      await closeAndWait(0);
      // The second closing was noted by a clock that stood in 1970.
      const { n } = await row();
      await database.transaction((tx) =>
        tx.db
          .updateTable('EpochTime')
          .set({ at: 1 })
          .where('epoch', '=', n - 1)
          .execute(),
      );
      await clock.prune();
      expect(await entriesLeft()).toEqual([n - 2, n - 1]);
      expect(await isTooOld(n - 3)).toBe(false);
    });

    it('does not take a closing in the future for a young one', async () => {
      await closeAndWait(30);
      await closeAndWait(0);
      const { n } = await row();
      await database.transaction((tx) =>
        tx.db
          .insertInto('EpochTime')
          .values({ epoch: 0, at: Date.now() + 1000 * dayMs })
          .execute(),
      );
      await clock.prune();
      expect((await row()).pruned).toBe(n - 2);
    });
  });
});
