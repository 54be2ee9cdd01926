import { type CursorCodec, cursorItems, isNewer, type Position } from '../../kernel/cursor.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import type { Tx } from '../../platform/database.ts';
import type { ClockRow, ClockService } from '../log/clock.service.ts';
import type { EntryRow } from '../log/log.service.ts';
import type { LogStreamParts } from './log-stream.service.ts';
import { createPlace, type Place } from './place.service.ts';
import { type Head, type Membership, readHeads, readMemberships } from './replay.service.ts';
import { readWide } from './wide.service.ts';

/** What a stream of everything is made of. */
export interface StreamParts extends LogStreamParts {
  readonly clock: ClockService;
  readonly codec: CursorCodec;
  /** Reads for several streams at once that begin; without it each reads for itself. */
  readonly returns?: Returns;
}

/** One moment of the database, as a stream that catches up needs it. */
export interface Snapshot {
  readonly clock: ClockRow;
  readonly memberships: readonly Membership[];
  /** The heads above the base that the stream stands at. */
  readonly heads: readonly Head[];
  /** Of a stream that begins: the position of the newest cursor that can be used. */
  readonly resumed: Position | null;
}

/** What a stream finds that begins: a snapshot, and of the same moment what it has missed. */
export interface Beginning extends Snapshot {
  /** All entries above the base, in order of log and rev; null where there may be more than is read in one go: they are read by pages. */
  readonly entries: readonly EntryRow[] | null;
}

/** Reads for streams that begin. */
export interface Returns {
  /**
   * What a stream with these cursors of its client begins with, in a snapshot that is begun after this was asked. Those who wait are read for together:
   * one snapshot, and each question asked once for all of them. Null where it is over when its turn comes.
   */
  read(viewer: Viewer, cursors: readonly string[], isOver: () => boolean): Promise<Beginning | null>;
  /** How many wait. */
  readonly waiting: number;
}

/** Reads a snapshot for a stream at `base`, or for one that begins with the cursors of its client. */
export async function readSnapshot(
  parts: Pick<StreamParts, 'database' | 'clock' | 'codec' | 'hub'>,
  viewer: Viewer,
  base: number | 'start',
  cursors: readonly string[],
): Promise<Snapshot> {
  const { database, clock: clockService, codec, hub } = parts;
  const isWide = hub.isWide(viewer.userId);
  return await database.snapshot(async (tx) => {
    const clock = await clockService.read(tx);
    const positions = base === 'start' ? cursors.map((cursor) => codec.decode(cursor, viewer.userId, clock.incarnation)) : [];
    const resumed = await newestOf(tx, positions, clock, clockService);
    const above = base === 'start' ? (resumed?.base ?? clock.n - 1) : base;
    if (isWide) return { clock, ...(await readWide(tx, viewer.userId, above)), resumed };
    return { clock, memberships: await readMemberships(tx, viewer.userId), heads: await readHeads(tx, viewer.userId, above), resumed };
  }, viewer.userId);
}

/** The newest of the positions that can be used by the clock of a snapshot; null for none. */
export async function newestOf(
  tx: Tx,
  positions: readonly (Position | null)[],
  clock: ClockRow,
  clockService: Pick<ClockService, 'isTooOld'>,
): Promise<Position | null> {
  let resumed: Position | null = null;
  for (const position of positions) {
    if (!position || position.base < clock.pruned || position.base >= clock.n || (position.mark?.epoch ?? 0) >= clock.n) continue;
    if (await clockService.isTooOld(tx, position.base, clock.now)) continue;
    if (!resumed || isNewer(position, resumed)) resumed = position;
  }
  return resumed;
}

/** Where a stream begins: at a cursor of its client, or at the snapshot itself. */
export interface Start {
  readonly place: Place;
  /** The client gave a cursor and none could be used: it must read anew what it shows. */
  readonly reset: boolean;
}

/** The start of a stream; CLOSE where the open epoch holds more logs than a cursor can name, or counts as pruned, and has to be closed first. */
export function startOf(parts: Pick<StreamParts, 'codec'>, viewer: Viewer, cursors: readonly string[], snapshot: Snapshot): Start | 'CLOSE' {
  const { clock, heads, resumed } = snapshot;
  if (clock.pruned >= clock.n) return 'CLOSE';
  if (resumed) return { place: createPlace(parts.codec, viewer.userId, clock.incarnation, resumed), reset: false };
  const open = heads.filter(({ lastEpoch }) => lastEpoch >= clock.n);
  if (open.length > cursorItems) return 'CLOSE';
  const position = { base: clock.n - 1, mark: null, revs: new Map(open.map(({ logId, lastRev }) => [logId, lastRev])) };
  const epochs = new Map(open.map(({ logId, lastEpoch }) => [logId, lastEpoch]));
  return { place: createPlace(parts.codec, viewer.userId, clock.incarnation, position, epochs), reset: cursors.length > 0 };
}
