import type { CursorCodec } from '../../kernel/cursor.ts';
import { createFairLine } from '../../kernel/fair-line.ts';
import type { Gate } from '../../kernel/gate.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import type { Database, Tx } from '../../platform/database.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import type { ClockService } from '../log/clock.service.ts';
import type { EntryRow } from '../log/log.service.ts';
import type { Head, Membership } from './replay.service.ts';
import { type Beginning, newestOf, type Returns, type Snapshot } from './start.service.ts';

/** What reading for many stands on. */
export interface ReturnsOptions {
  readonly database: Database;
  readonly clock: Pick<ClockService, 'readWithAge'>;
  readonly codec: CursorCodec;
  readonly gate: Gate;
  /** The epoch up to which this node has given everything: no newer than any snapshot. */
  readonly given: () => number;
  /** More missed than this is not replayed. */
  readonly replayLimit: number;
}

/** Streams that are read for in one snapshot, and about how many conversations these may be in: where people are in very many, groups are smaller. */
const together = 64;
const conversationsAtOnce = 10_000;

/** How long after a group the next one begins, in milliseconds: whoever comes alone waits for nobody, and when many come, groups are large. */
const apartMs = 20;

/** So many entries of each stream at most. */
const entriesOfEach = 100;

/** So many of the newest entries of a log, and so many logs of each stream and of all together, at most. */
const entriesOfLog = 64;
const logsOfEach = 32;
const logsOfAll = 256;

interface Asked {
  readonly viewer: Viewer;
  readonly cursors: readonly string[];
  isOver(): boolean;
  resolve(beginning: Beginning | null): void;
  reject(error: unknown): void;
}

/**
 * Makes it for a node. One group is read for at a time, and a second one beside it only where it is full: whoever comes meanwhile waits for the next one,
 * which is larger for that. People take turns, so that one with many streams is no more in a group than others are.
 */
export function createReturns(options: ReturnsOptions): Returns {
  const { database, gate } = options;
  const line = createFairLine<Asked>(({ viewer }) => viewer.userId);
  let incarnation: number | null = null;
  /** Of the next group, by what the one before was like. */
  let most = together;
  let running = 0;
  /** When the next group begins. */
  let due: NodeJS.Timeout | 'SOON' | null = null;
  let begunAt = Number.NEGATIVE_INFINITY;

  const next = async (): Promise<void> => {
    const group: Asked[] = [];
    try {
      await gate.run(async () => {
        while (group.length < most) {
          const asked = line.shift();
          if (!asked) break;
          if (asked.isOver()) asked.resolve(null);
          else group.push(asked);
        }
        if (line.size >= most) schedule();
        if (group.length === 0) return;
        const found = await database.snapshot((tx) => readGroup(tx, options, group, incarnation));
        incarnation = found[0]?.clock.incarnation ?? null;
        const conversations = found.reduce((sum, { memberships }) => sum + memberships.length, 1);
        most = Math.max(1, Math.min(together, Math.floor((group.length * conversationsAtOnce) / conversations)));
        for (const [index, { resolve, reject }] of group.entries()) {
          const beginning = found[index];
          if (beginning) resolve(beginning);
          else reject(new Error('a stream was left out of its group'));
        }
      });
    } catch (error) {
      for (const { reject } of group) reject(error);
    } finally {
      running -= 1;
      schedule();
    }
  };

  const begin = (): void => {
    due = null;
    begunAt = performance.now();
    running += 1;
    void next();
  };

  const schedule = (): void => {
    const isFull = line.size >= most;
    if (line.size === 0 || due === 'SOON' || (running > 0 && !isFull)) return;
    const left = begunAt + apartMs - performance.now();
    if (isFull || left <= 0) {
      if (due) clearTimeout(due);
      due = 'SOON';
      // With all who come in this turn of the event loop.
      setImmediate(begin);
    } else due ??= setTimeout(begin, left);
  };

  return {
    get waiting() {
      return line.size;
    },
    read: (viewer, cursors, isOver) =>
      new Promise((resolve, reject) => {
        line.push({ viewer, cursors, isOver, resolve, reject });
        schedule();
      }),
  };
}

/** Somebody's own log, which everybody has, and beside it each of their conversations, with the heads of those that have moved. */
const places = createStatement((tx, slot: Slots<{ userIds: readonly number[]; aboveEpoch: number }>) =>
  tx.db
    .selectFrom('Log as own')
    .leftJoin('Member as m', 'm.userId', 'own.id')
    .leftJoin('Conversation as c', 'c.id', 'm.logId')
    .leftJoin('Log as l', (join) => join.onRef('l.id', '=', 'm.logId').on('l.lastEpoch', '>', slot('aboveEpoch')))
    .select(['own.id as userId', 'own.lastRev as ownRev', 'own.lastEpoch as ownEpoch'])
    .select(['m.logId', 'm.stateRev', 'm.active', 'c.kind', 'c.dissolvedAt', 'l.lastRev', 'l.lastEpoch'])
    .where('own.id', 'in', slot('userIds')),
);

/** The newest entries of logs, each from a rev on. */
const newestEntries = createStatement((tx, slot: Slots<{ from: readonly (readonly [logId: number, rev: number])[]; aboveEpoch: number }>) =>
  tx.db
    .selectFrom('Entry')
    .selectAll()
    .where(slot.oneOf(['logId', 'rev >='], 'from'))
    .where('epoch', '>', slot('aboveEpoch'))
    .orderBy('logId')
    .orderBy('rev'),
);

/** Somebody's conversations, and the heads of all that they receive. */
interface Standing {
  readonly memberships: Membership[];
  readonly heads: Head[];
}

/** Reads for a group. What is to be read depends on the cursors, and what they say on the clock's incarnation: `expected` is that of the last time. */
async function readGroup(tx: Tx, { codec, clock: clockService, given, replayLimit }: ReturnsOptions, group: readonly Asked[], expected: number | null) {
  const decoded = (incarnation: number) => group.map(({ viewer, cursors }) => cursors.map((cursor) => codec.decode(cursor, viewer.userId, incarnation)));
  const userIds = [...new Set(group.map(({ viewer }) => viewer.userId))];
  const expectedPositions = expected === null ? null : decoded(expected);
  const floor = Math.min(given(), ...(expectedPositions ?? []).flat().flatMap((position) => position?.base ?? []));
  const [{ clock, tooOld }, early] = await Promise.all([clockService.readWithAge(tx), expected === null ? null : readStandings(tx, userIds, floor)]);

  const positions = expectedPositions !== null && clock.incarnation === expected ? expectedPositions : decoded(clock.incarnation);
  const age = { isTooOld: async (_: Tx, epoch: number) => epoch < tooOld };
  const resumed = await Promise.all(positions.map((each) => newestOf(tx, each, clock, age)));
  const bases = resumed.map((position) => position?.base ?? clock.n - 1);
  const lowest = Math.min(...bases);
  const standings = early !== null && floor <= lowest ? early : await readStandings(tx, userIds, lowest);
  const found = group.map(({ viewer }, index) => {
    const { memberships, heads } = standings.get(viewer.userId) ?? { memberships: [], heads: [] };
    const base = bases[index] ?? lowest;
    return { clock, memberships, heads: heads.filter(({ lastEpoch }) => lastEpoch > base), resumed: resumed[index] ?? null };
  });
  const logs = await readNewest(tx, found, lowest);
  const most = Math.min(entriesOfEach, replayLimit);
  return found.map((snapshot): Beginning => ({ ...snapshot, entries: entriesFor(snapshot, logs, most) }));
}

async function readStandings(tx: Tx, userIds: readonly number[], aboveEpoch: number): Promise<ReadonlyMap<number, Standing>> {
  const standings = new Map<number, Standing>();
  for (const { userId, ownRev, ownEpoch, logId, stateRev, active, kind, dissolvedAt, lastRev, lastEpoch } of await places(tx, { userIds, aboveEpoch })) {
    const standing = standings.get(userId) ?? {
      memberships: [],
      heads: ownEpoch > aboveEpoch ? [{ logId: userId, lastRev: ownRev, lastEpoch: ownEpoch, since: 0 }] : [],
    };
    standings.set(userId, standing);
    if (logId === null || stateRev === null || kind === null) continue;
    standing.memberships.push({ logId, kind, stateRev, active: active === 1, isOver: dissolvedAt !== null });
    if (active === 1 && lastRev !== null && lastEpoch !== null) standing.heads.push({ logId, lastRev, lastEpoch, since: stateRev });
  }
  for (const { heads } of standings.values()) heads.sort((a, b) => a.logId - b.logId);
  return standings;
}

/** The newest entries of a log that were read, and whether there may be others above the same epoch. */
interface Newest {
  readonly from: number;
  readonly entries: EntryRow[];
}

async function readNewest(tx: Tx, snapshots: readonly Snapshot[], aboveEpoch: number): Promise<ReadonlyMap<number, Newest>> {
  const logs = new Map<number, Newest>();
  for (const { heads } of snapshots) {
    if (heads.length > logsOfEach || logs.size >= logsOfAll) continue;
    for (const { logId, lastRev } of heads) if (!logs.has(logId)) logs.set(logId, { from: Math.max(1, lastRev - entriesOfLog + 1), entries: [] });
  }
  const from = [...logs].map(([logId, { from: rev }]) => [logId, rev] as const);
  for (const entry of await newestEntries(tx, { from, aboveEpoch })) logs.get(entry.logId)?.entries.push(entry);
  return logs;
}

/** What stands above the base of a snapshot, of what was read; null where there may be more. */
function entriesFor({ clock, heads, resumed }: Snapshot, logs: ReadonlyMap<number, Newest>, most: number): EntryRow[] | null {
  const base = resumed?.base ?? clock.n - 1;
  if (resumed !== null && resumed.mark !== null) return null;
  const found: EntryRow[] = [];
  for (const { logId, since } of heads) {
    const log = logs.get(logId);
    if (!log) return null;
    const entries = log.entries.filter(({ epoch }) => epoch > base);
    // What lies below the first one may be missed too, unless it was given or is not for this one.
    const isFirst = entries[0]?.rev !== log.from || log.from <= Math.max(1, since, (resumed?.revs.get(logId) ?? 0) + 1);
    if (!isFirst || found.length + entries.length > most) return null;
    for (const entry of entries) found.push(entry);
  }
  return found;
}
