import type { Compilable, CompiledQuery } from 'kysely';
import { storedJson } from '../../kernel/stored-json.ts';
import { type Found, insertionsOf, readAround, runAll, updatesOf } from '../../platform/bulk.ts';
import type { Bus, Channel } from '../../platform/bus.ts';
import type { Database, RowOf, TransactionOptions, Tx } from '../../platform/database.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import type { Entry, EntryKind, EntryPeople, Log, LogKind } from './log.entity.ts';
import { onWire, sentEntry, type Told, type WrittenRow } from './told.service.ts';

/** A row of the log table, locked by its writer. */
export type LogRow = RowOf<typeof Log>;

/** A row of the entry table. */
export type EntryRow = RowOf<typeof Entry>;

/** The people whom an entry of a conversation concerns; nobody where it does not say so in a way that is known here. */
export function peopleOf({ people }: Pick<EntryRow, 'people'>): Required<EntryPeople> {
  const parsed = people === null ? null : storedJson(people);
  const idsUnder = (name: string): number[] => {
    const ids: unknown = typeof parsed === 'object' && parsed !== null ? Reflect.get(parsed, name) : undefined;
    return Array.isArray(ids) ? ids.filter((id) => Number.isSafeInteger(id)) : [];
  };
  return { joined: idsUnder('joined'), left: idsUnder('left'), changed: idsUnder('changed') };
}

/** What a new entry tells. */
export interface NewEntry {
  readonly kind: EntryKind;
  readonly seq?: number;
  readonly aboutId?: number;
  readonly aboutRev?: number;
  readonly people?: EntryPeople;
}

/** How logs are locked. */
export interface LockOptions {
  readonly onlyFree?: boolean;
}

/** The stamp of a transaction: the open epoch and the database's time. */
export interface Stamp {
  readonly epoch: number;
  readonly now: number;
}

/**
 * One transaction on logs. The order is fixed: `lock` everything, decide, `stamp`, then write. The order of locks is what keeps
 * transactions free of deadlocks, and the stamp as the last lock is what makes a closed epoch closed.
 */
export interface LogWriter extends Tx {
  /**
   * Locks logs in ascending order. May be called again with ids that are all above those already held; otherwise throws.
   * Ids without a log are left out of the answer; with `onlyFree` also those that somebody else holds, for which it does not wait then.
   */
  lock(ids: readonly number[], options?: LockOptions): Promise<ReadonlyMap<number, LogRow>>;
  /**
   * Locks as `lock` does, then runs queries under these locks, then takes the stamp: so nothing can be locked after it. All in one round trip
   * where the database takes several statements at once.
   */
  lockAndRead<const Q extends readonly (Compilable<unknown> | null)[]>(ids: readonly number[], options: LockOptions, queries: Q): Promise<Found<Q>>;
  /** Whether this writer holds all of these logs. */
  holds(ids: readonly number[]): boolean;
  /** Makes a log, locked by being new. */
  create(kind: LogKind): Promise<number>;
  /** Takes the shared lock on the clock, the last of all locks. Calling it again gives the same stamp. */
  stamp(): Promise<Stamp>;
  /** The next seq of a locked conversation. */
  nextSeq(logId: number): number;
  /**
   * Appends an entry to a locked log, and gives its rev. `audience` names whose channels the bell rings: the user of an own log, both
   * people of a DIRECT conversation, the one of a SYSTEM one; null for a group, which has a channel of its own.
   */
  append(logId: number, entry: NewEntry, audience: readonly number[] | null): number;
  /**
   * Says how the message stands in its table whose entry was appended last to a log. Where all that is appended to a log is said, and nobody joins or
   * leaves by it, that is told with the bell to whoever serves the log.
   */
  tell(logId: number, row: WrittenRow): void;
  /** Runs after the commit, in order, where it happened. For signals that are no entries. */
  afterCommit(task: () => void): void;
  /** Runs at the end of the transaction, in order and before the entries are written: statements whose results nobody needs. */
  later(statements: readonly CompiledQuery[]): void;
}

/** The way into the logs. */
export interface LogService {
  /** Runs the work in one transaction, commits, then rings the bells; also where the commit took so long that it was told to have failed. */
  write<T>(work: (writer: LogWriter) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /** Calls with what was told of a log by a transaction of this process, as soon as it is committed. */
  onTold(listener: (told: Told) => void): void;
}

/** Makes the one writer of logs. */
export function createLogService(database: Database, bus: Bus): LogService {
  const listeners: ((told: Told) => void)[] = [];
  const ring = (told: readonly Told[], bells: Iterable<RungBell>) => {
    for (const each of told) for (const listener of listeners) listener(each);
    const carried = new Map(told.map((each) => [each.logId, onWire(each)]));
    for (const { channel, logId, rev } of bells) {
      const what = carried.get(logId);
      bus.publish(channel, what ? { kind: 'BELL', logId, rev, told: what } : { kind: 'BELL', logId, rev });
    }
  };
  return {
    onTold: (listener) => void listeners.push(listener),
    async write(work, options) {
      let after: readonly (() => void)[] = [];
      const onCommit = () => {
        for (const task of after) task();
      };
      return await database.transaction(
        async (tx) => {
          const transaction = createWriter(tx, ring);
          const outcome = await work(transaction.writer);
          await transaction.flush();
          ({ after } = transaction);
          return outcome;
        },
        { ...options, onCommit },
      );
    },
  };
}

const lockOf = (lock: 'forUpdate' | 'forUpdateOfFree') =>
  createStatement((tx, slot: Slots<{ ids: readonly number[] }>) =>
    tx.db.selectFrom('Log').selectAll().where('id', 'in', slot('ids')).orderBy('id').modifyEnd(tx.dialect[lock]),
  );
const logs = lockOf('forUpdate');
const freeLogs = lockOf('forUpdateOfFree');
const clock = createStatement((tx) =>
  tx.db
    .selectFrom('Clock')
    .select(['n', tx.dialect.now.as('now')])
    .where('id', '=', 1)
    .modifyEnd(tx.dialect.forShare),
);

/** On which channel a bell rings, and how far to look. */
interface RungBell {
  readonly channel: Channel;
  readonly logId: number;
  readonly rev: number;
}

function createWriter(tx: Tx, ring: (told: readonly Told[], bells: Iterable<RungBell>) => void) {
  const held = new Map<number, LogRow>();
  const pending: { logId: number; rev: number; entry: NewEntry }[] = [];
  const rows = new Map<number, WrittenRow[]>();
  // The last rev for each channel and log: one bell says how far to look.
  const bells = new Map<string, RungBell>();
  const after: (() => void)[] = [];
  const delayed: CompiledQuery[] = [];
  let stamped: Stamp | null = null;

  const requireHeld = (logId: number) => {
    const log = held.get(logId);
    if (!log) throw new Error(`log ${logId} is written without its lock`);
    return log;
  };

  /** Those of these logs that are not held yet, in the order in which they are locked. */
  const missingOf = (ids: readonly number[]): number[] => {
    if (stamped) throw new Error('no log may be locked after the stamp');
    const wanted = [...new Set(ids)].filter((id) => !held.has(id)).sort((a, b) => a - b);
    const highest = Math.max(0, ...held.keys());
    if (wanted.some((id) => id < highest)) throw new Error('logs must be locked in ascending order');
    return wanted;
  };

  const locking = ({ onlyFree = false }: LockOptions = {}) => (onlyFree ? freeLogs : logs);

  const hold = (rows: readonly LogRow[]) => {
    for (const row of rows) held.set(row.id, row);
  };

  const writer: LogWriter = {
    ...tx,
    async lock(ids, options) {
      const wanted = missingOf(ids);
      // Ascending portions of what is ascending: the order of the locks stays.
      hold(await locking(options)(tx, { ids: wanted }));
      return new Map(ids.flatMap((id) => (held.has(id) ? [[id, requireHeld(id)] as const] : [])));
    },
    async lockAndRead(ids, options, queries) {
      const wanted = missingOf(ids);
      const [rows, found, [row]] = await readAround(tx, locking(options).of(tx, { ids: wanted }), queries, clock.of(tx, {}));
      if (!row) throw new Error('the database has no clock');
      hold(rows);
      stamped = { epoch: row.n, now: Number(row.now) };
      return found;
    },
    holds: (ids) => ids.every((id) => held.has(id)),
    async create(kind) {
      const fresh = { kind, lastRev: 0, lastSeq: 0, lastEpoch: 0, activeAt: 0 };
      const inserted = await tx.db
        .insertInto('Log')
        .values({ ...fresh })
        .executeTakeFirstOrThrow();
      const id = Number(inserted.insertId);
      held.set(id, { ...fresh, id });
      return id;
    },
    async stamp() {
      if (stamped === null) {
        const [row] = await clock(tx, {});
        if (!row) throw new Error('the database has no clock');
        stamped = { epoch: row.n, now: Number(row.now) };
      }
      return stamped;
    },
    nextSeq: (logId) => {
      const log = requireHeld(logId);
      log.lastSeq += 1;
      return log.lastSeq;
    },
    append(logId, entry, audience) {
      const log = requireHeld(logId);
      log.lastRev += 1;
      pending.push({ logId, rev: log.lastRev, entry });
      const channels: Channel[] = audience === null ? [`log:${logId}`] : audience.map((userId) => `user:${userId}` as const);
      for (const channel of channels) bells.set(`${channel} ${logId}`, { channel, logId, rev: log.lastRev });
      return log.lastRev;
    },
    tell(logId, row) {
      const told = rows.get(logId);
      if (told) told.push(row);
      else rows.set(logId, [row]);
    },
    afterCommit: (task) => {
      after.push(task);
    },
    later: (statements) => {
      delayed.push(...statements);
    },
  };

  /** What is told of each log of which all that was appended is said. */
  const toldAt = ({ epoch, now: at }: Stamp): Told[] => {
    const told: Told[] = [];
    for (const [logId, said] of rows) {
      const appended = pending.filter((item) => item.logId === logId);
      if (appended.length !== said.length || appended.some(({ entry }) => entry.kind !== 'SENT' || entry.people)) continue;
      const entries = appended.flatMap(({ rev, entry }, index) => {
        const row = said[index];
        return row ? [{ entry: sentEntry(logId, { rev, seq: entry.seq ?? 0, epoch, at }), row }] : [];
      });
      told.push({ logId, epochBefore: requireHeld(logId).lastEpoch, at, entries });
    }
    return told;
  };

  const flush = async () => {
    if (pending.length === 0) return await runAll(tx, delayed);
    const stamp = await writer.stamp();
    const { epoch, now } = stamp;
    const written = pending.map(({ logId, rev, entry }) => ({
      logId,
      rev,
      epoch,
      at: now,
      kind: entry.kind,
      seq: entry.seq ?? null,
      aboutId: entry.aboutId ?? null,
      aboutRev: entry.aboutRev ?? null,
      people: entry.people ? JSON.stringify(entry.people) : null,
    }));
    for (const { logId, entry } of pending) if (entry.kind === 'SENT') requireHeld(logId).activeAt = now;
    const heads = [...new Set(pending.map(({ logId }) => logId))].map(requireHeld);
    const moved = updatesOf(
      tx,
      'Log',
      heads.map(({ id, lastRev, lastSeq, activeAt }) => ({ key: { id }, set: { lastRev, lastSeq, activeAt, lastEpoch: epoch } })),
    );
    await runAll(tx, [...delayed, ...insertionsOf(tx, 'Entry', written), ...moved]);
    const told = toldAt(stamp);
    after.push(() => ring(told, bells.values()));
  };

  return { writer, flush, after };
}
