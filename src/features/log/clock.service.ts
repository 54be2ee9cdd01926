import { type RawBuilder, sql } from 'kysely';
import { turn } from '../../kernel/turns.ts';
import { type Database, isDuplicate, isLockConflict, type RowOf, type Tx } from '../../platform/database.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import type { Clock } from './log.entity.ts';

/** The clock row, with the database's time. `n - 1` is the newest closed epoch: nothing stamped with it or less can still commit. */
export type ClockRow = RowOf<typeof Clock> & { readonly now: number };

/** How a closing ended: EARLY where anybody closed one a moment ago (CLOSE_MILLISECONDS), BLOCKED where a writer held it for too long. */
export type Closing = 'CLOSED' | 'EARLY' | 'BLOCKED';

/** Numbers epochs and forgets old entries. */
export interface ClockService {
  /** Makes the clock of a new database, and repairs one in which the open epoch counts as pruned. */
  prepare(): Promise<void>;
  /** The clock as it is now. */
  read(tx: Tx): Promise<ClockRow>;
  /** Likewise, with the newest epoch with which a cursor is too old: the same word as that of `isTooOld`, in one statement. */
  readWithAge(tx: Tx): Promise<{ readonly clock: ClockRow; readonly tooOld: number }>;
  /** Closes the open epoch: waits for all who write under it, 1 s at most. */
  close(): Promise<Closing>;
  /** Whether what a cursor that ends with this epoch has missed is older than REPLAY_DAYS. While the next epoch is open nothing of it is. */
  isTooOld(tx: Tx, epoch: number, now: number): Promise<boolean>;
  /** Deletes entries that no cursor can need any more, or as many as until the signal comes. Messages stay. */
  prune(signal?: AbortSignal): Promise<void>;
}

/**
 * Whether a time of the database that something was done at is `ms` ago. One that is yet to come counts as long ago: the database's clock was set
 * back since, and whoever waited for it would wait for as long as it was set back.
 */
function isPast(at: number, ms: number, now: number): boolean {
  return at > now || at <= now - ms;
}

const clockRow = createStatement((tx) => tx.db.selectFrom('Clock').selectAll().select(tx.dialect.now.as('now')).where('id', '=', 1));

const clockRowWithAge = createStatement((tx, slot: Slots<{ ms: number }>) =>
  tx.db
    .selectFrom('Clock')
    .selectAll()
    .select([
      tx.dialect.now.as('now'),
      closedBefore(tx, sql<number>`(${tx.dialect.now} - ${slot('ms')})`, tx.dialect.now)
        .select((eb) => eb.fn.max('t.epoch').as('epoch'))
        .as('tooOld'),
    ])
    .where('id', '=', 1),
);

/**
 * The epochs that are known to have been closed before a time, with all before them. Epochs are closed in their order: what a clock
 * that was wrong for a while has noted too early is as young as what was closed before it, and what it has noted for the future says nothing.
 */
function closedBefore({ db }: Tx, time: RawBuilder<number>, now: RawBuilder<number>) {
  const young = db
    .selectFrom('EpochTime as y')
    .select((eb) => eb.fn.min('y.epoch').as('epoch'))
    .where('y.at', '>=', time)
    .where('y.at', '<=', now);
  return (
    db
      .selectFrom('EpochTime as t')
      .where('t.at', '<', time)
      .where((eb) => eb('t.epoch', '<', eb.fn.coalesce(young, eb.lit(Number.MAX_SAFE_INTEGER))))
      // A node of the version before notes when an epoch was opened.
      .where('t.epoch', '<', (eb) => eb.selectFrom('Clock as now').select('now.n').where('now.id', '=', 1))
  );
}

const deleteUpTo = createStatement((tx, slot: Slots<{ ends: readonly (readonly [logId: number, rev: number])[] }>) =>
  tx.db.deleteFrom('Entry').where(slot.oneOf(['logId', 'rev <='], 'ends')),
);

/** Entries that go in one transaction. */
const prunedAtOnce = 2000;

/** Makes the clock of a database. `replayMs` is for how long entries are kept, `closeMs` the shortest life of an epoch. */
export function createClockService(database: Database, options: { readonly replayMs: number; readonly closeMs: number }): ClockService {
  const { dialect } = database;
  // An hour at the default of seven days; the ages of cursors are judged that exactly.
  const stepMs = options.replayMs / 168;

  const read = async (tx: Tx): Promise<ClockRow> => {
    const [row] = await clockRow(tx, {});
    if (!row) throw new Error('there is no clock');
    return { ...row, now: Number(row.now) };
  };

  /** Remembers when an epoch was closed. Two nodes may do so at once: either row will do. */
  const remember = (epoch: number, now: number) =>
    database
      .transaction(async (tx) => {
        const last = await tx.db.selectFrom('EpochTime').select(['epoch', 'at']).orderBy('epoch', 'desc').limit(1).executeTakeFirst();
        if (last && !isPast(last.at, stepMs, now)) return;
        if (last?.epoch === epoch) await tx.db.updateTable('EpochTime').set({ at: now }).where('epoch', '=', epoch).execute();
        else await tx.db.insertInto('EpochTime').values({ epoch, at: now }).execute();
      })
      .catch((error: unknown) => {
        if (!isDuplicate(error)) throw error;
      });

  /** The newest epoch that is known to have been closed longer than `ms` ago; undefined for none. */
  const newestClosedBefore = async (tx: Tx, ms: number, now: number): Promise<{ readonly epoch: number } | undefined> =>
    await closedBefore(tx, sql<number>`${now - ms}`, sql<number>`${now}`)
      .select('t.epoch')
      .orderBy('t.epoch', 'desc')
      .limit(1)
      .executeTakeFirst();

  return {
    read,
    async prepare() {
      await database
        .transaction(async (tx) => {
          if (await tx.db.selectFrom('Clock').select('id').where('id', '=', 1).executeTakeFirst()) return;
          const incarnation = Math.floor(Math.random() * 2 ** 40);
          await tx.db.insertInto('Clock').values({ id: 1, n: 1, at: 0, incarnation, pruned: 0 }).execute();
        })
        .catch((error: unknown) => {
          if (!isDuplicate(error)) throw error;
        });
      const { n, pruned } = await database.read(read);
      if (pruned < n) return;
      // Versions before this one took the age of the open epoch for that of its entries. Some of them may be gone: it ends, and counts as pruned.
      await database.transaction((tx) =>
        tx.db
          .updateTable('Clock')
          .set((eb) => ({ n: eb('pruned', '+', 1) }))
          .where('id', '=', 1)
          .whereRef('pruned', '>=', 'n')
          .execute(),
      );
    },
    async close() {
      const closing = await database.transaction(async (tx) => {
        const mysql = dialect.name === 'mysql';
        // A writer that froze must not make all others queue behind this exclusive lock for long.
        if (mysql) await sql`set session innodb_lock_wait_timeout = 1`.execute(tx.db);
        try {
          const seen = await read(tx);
          // An open epoch that counts as pruned is closed at once: nobody can stand anywhere before it is.
          const next = Math.max(seen.n, seen.pruned) + 1;
          if (seen.pruned < seen.n && !isPast(seen.at, options.closeMs, seen.now)) return 'EARLY';
          const result = await tx.db.updateTable('Clock').set({ n: next, at: dialect.now }).where('id', '=', 1).where('n', '=', seen.n).executeTakeFirst();
          return Number(result.numUpdatedRows) === 1 ? { epoch: next - 1, now: seen.now } : 'EARLY';
        } catch (error) {
          if (isLockConflict(error)) return 'BLOCKED';
          throw error;
        } finally {
          if (mysql) await sql`set session innodb_lock_wait_timeout = 3`.execute(tx.db).catch(() => {});
        }
      });
      if (typeof closing === 'string') return closing;
      await remember(closing.epoch, closing.now);
      return 'CLOSED';
    },
    async readWithAge(tx) {
      const [row] = await clockRowWithAge(tx, { ms: options.replayMs });
      if (!row) throw new Error('there is no clock');
      const { tooOld, ...clock } = row;
      return { clock: { ...clock, now: Number(clock.now) }, tooOld: Number(tooOld ?? 0) };
    },
    async isTooOld(tx, epoch, now) {
      const old = await newestClosedBefore(tx, options.replayMs, now);
      return old !== undefined && old.epoch > epoch;
    },
    async prune(signal) {
      // A day beyond REPLAY_DAYS at the default: whoever still reads with an old cursor is refused well before its entries go.
      const keepMs = options.replayMs + 24 * stepMs;
      const bound = await database.transaction(async (tx) => {
        const { now, pruned } = await read(tx);
        const old = await newestClosedBefore(tx, keepMs, now);
        if (!old || old.epoch <= pruned) return pruned;
        // Committed before anything is deleted, so that a replay which meets a hole also meets this number.
        await tx.db.updateTable('Clock').set({ pruned: old.epoch }).where('id', '=', 1).where('pruned', '<', old.epoch).execute();
        return old.epoch;
      });
      for (;;) {
        const deleted = await database.transaction(async (tx) => {
          const rows = await tx.db.selectFrom('Entry').select(['logId', 'rev']).where('epoch', '<=', bound).orderBy('epoch').limit(prunedAtOnce).execute();
          // Epochs never fall within a log: all that comes before one of its entries is as old. So a log is one branch, however many go of it.
          const lastOf = new Map<number, number>();
          for (const { logId, rev } of rows) lastOf.set(logId, Math.max(rev, lastOf.get(logId) ?? 0));
          await deleteUpTo(tx, { ends: [...lastOf] });
          return rows.length;
        });
        if (deleted < prunedAtOnce) break;
        if (signal?.aborted) return;
        // Nobody waits for this.
        await turn();
      }
      await database.transaction((tx) => tx.db.deleteFrom('EpochTime').where('epoch', '<', bound).execute());
    },
  };
}
