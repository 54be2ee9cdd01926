import type { Tx } from '../../platform/database.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';

// Somebody with very many conversations has a roll: a list of them that is kept in order behind the scenes, by following the logs as the index of
// messages does. Nothing is written there by whoever sends, reads or archives. What the roll says holds as of an epoch, and whatever has changed since
// stands in the logs above it: both together, in this order, are exact, however far behind the roll is, and whichever version wrote.

/** Who has a roll. */
export interface Rolls {
  /** Whether somebody has one, as far as this node knows: it looks every two seconds. */
  has(userId: number): boolean;
  /** Somebody's conversations are asked for: where there are very many, a roll is made for them. */
  consider(userId: number): void;
}

/** A roll as it is in a read, beside what it does not know. */
export interface OpenRoll {
  readonly userId: number;
  readonly epoch: number;
  /** Conversations that are no DIRECT ones: few, and asked one by one. */
  readonly few: readonly number[];
  /** Conversations that have changed above the epoch, for this person or for all. */
  readonly changed: ReadonlySet<number>;
}

/** Opens somebody's roll; null where there is none that can be read. */
export async function openRoll(tx: Tx, userId: number): Promise<OpenRoll | null> {
  const [roll] = await rollOf(tx, { userId });
  // What stood in the person's own log since may be gone; and one that is ahead of the clock is from before that was set back.
  if (!roll || roll.epoch < roll.pruned || roll.epoch >= roll.n) return null;
  const { epoch, ownRev } = roll;
  const [few, written, told] = await Promise.all([fewOf(tx, { userId }), writtenSince(tx, { userId, epoch }), toldSince(tx, { places: [[userId, ownRev]] })]);
  const changed = new Set([...written.map(({ logId }) => logId), ...told.flatMap(({ aboutId }) => aboutId ?? [])]);
  return { userId, epoch, few: few.map(({ logId }) => logId), changed };
}

/** The conversations of which the roll itself says nothing that could be relied on. */
export function besideRoll({ few, changed }: OpenRoll): number[] {
  return [...new Set([...few, ...changed])];
}

/** Conversations in which something was written above an epoch; with them any of those beside the roll. */
export async function rolledAbove(tx: Tx, roll: OpenRoll, epoch: number): Promise<number[]> {
  const { userId } = roll;
  const rows = epoch >= roll.epoch ? [] : await movedAbove(tx, { userId, epoch });
  return [...new Set([...besideRoll(roll), ...rows.map(({ logId }) => logId)])];
}

/** Conversations in which something may be unread: all others have nothing. */
export async function rolledUnread(tx: Tx, roll: OpenRoll): Promise<number[]> {
  const rows = await unreadOf(tx, { userId: roll.userId });
  return [...new Set([...besideRoll(roll), ...rows.map(({ logId }) => logId)])];
}

/** The place of a conversation in a list of them. */
export interface ListPlace {
  readonly id: number;
  readonly uuid: string;
  readonly activeAt: number;
}

/** What a page of conversations is asked for. */
export interface ListRange {
  /** Null: all of them. */
  readonly archived: boolean | null;
  /** Only those that come after this place. */
  readonly after: Omit<ListPlace, 'id'> | null;
  readonly limit: number;
}

/** The next places of the list of somebody who has a roll, newest activity first. */
export async function rolledPlaces(tx: Tx, roll: OpenRoll, { archived, after, limit }: ListRange): Promise<ListPlace[]> {
  const { userId, changed } = roll;
  const { activeAt, uuid } = after ?? { activeAt: Number.MAX_SAFE_INTEGER, uuid: '' };
  const flags = archived === null ? ([0, 1] as const) : ([archived ? 1 : 0] as const);
  // As many more as may have to be passed over.
  const ranges = flags.map((isArchived) => nextOf(tx, { userId, isArchived, activeAt, uuid, limit: limit + changed.size }));
  const [beside, ...rolled] = await Promise.all([placesAmong(tx, { userId, ids: besideRoll(roll) }), ...ranges]);
  const fitting = beside.filter(
    (place) => flags.some((flag) => flag === place.isArchived) && (place.activeAt < activeAt || (place.activeAt === activeAt && place.uuid < uuid)),
  );
  const others = rolled.flat().filter(({ id }) => !changed.has(id));
  return [...fitting, ...others].sort(byActivity).slice(0, limit);
}

function byActivity(one: ListPlace, other: ListPlace): number {
  if (one.activeAt !== other.activeAt) return other.activeAt - one.activeAt;
  return one.uuid < other.uuid ? 1 : -1;
}

type Of = Slots<{ userId: number }>;

const rollOf = createStatement((tx, slot: Of) =>
  tx.db
    .selectFrom('Roll as s')
    .innerJoin('Clock as k', (join) => join.on('k.id', '=', 1))
    .select(['s.epoch', 's.ownRev', 'k.n', 'k.pruned'])
    .where('s.userId', '=', slot('userId'))
    .where('s.isReady', '=', 1),
);

const fewOf = createStatement((tx, slot: Of) => tx.db.selectFrom('RollPlace').select('logId').where('userId', '=', slot('userId')).where('isFew', '=', 1));

const unreadOf = createStatement((tx, slot: Of) =>
  tx.db.selectFrom('RollPlace').select('logId').where('userId', '=', slot('userId')).where('isUnread', '=', 1),
);

const movedAbove = createStatement((tx, slot: Slots<{ userId: number; epoch: number }>) =>
  tx.db.selectFrom('RollPlace').select('logId').where('userId', '=', slot('userId')).where('lastEpoch', '>', slot('epoch')),
);

// A range of the key on `lastEpoch`, and of each log in it one look whether it is this person's: in a cross join SQLite reads in this order.
const writtenSince = createStatement((tx, slot: Slots<{ userId: number; epoch: number }>) =>
  tx.db
    .selectFrom('Log as l')
    .crossJoin('Member as m')
    .select('m.logId')
    .whereRef('m.logId', '=', 'l.id')
    .where('m.userId', '=', slot('userId'))
    .where('l.lastEpoch', '>', slot('epoch')),
);

/** What was written into people's own logs about conversations, above a rev of each. */
export const toldSince = createStatement((tx, slot: Slots<{ places: readonly (readonly [userId: number, rev: number])[] }>) =>
  tx.db
    .selectFrom('Entry')
    .select(['logId as userId', 'aboutId'])
    .where(slot.oneOf(['logId', 'rev >'], 'places'))
    .where('kind', 'in', ['JOINED', 'LEFT', 'CONVERSATION']),
);

const nextOf = createStatement((tx, slot: Slots<{ userId: number; isArchived: 0 | 1; activeAt: number; uuid: string; limit: number }>) =>
  tx.db
    .selectFrom('RollPlace')
    .select(['logId as id', 'uuid', 'activeAt'])
    .where('userId', '=', slot('userId'))
    .where('isFew', '=', 0)
    .where('isArchived', '=', slot('isArchived'))
    .where('activeAt', '<=', slot('activeAt'))
    .where((eb) => eb.or([eb('activeAt', '<', slot('activeAt')), eb('uuid', '<', slot('uuid'))]))
    .orderBy('activeAt', 'desc')
    .orderBy('uuid', 'desc')
    .limit(slot.limit('limit')),
);

const placesAmong = createStatement((tx, slot: Slots<{ userId: number; ids: readonly number[] }>) =>
  tx.db
    .selectFrom('Member as m')
    .innerJoin('Conversation as c', 'c.id', 'm.logId')
    .innerJoin('Log as l', 'l.id', 'm.logId')
    .select(['c.id', 'c.uuid', 'l.activeAt', 'm.isArchived'])
    .where('m.userId', '=', slot('userId'))
    .where('m.logId', 'in', slot('ids'))
    .where('m.active', '=', 1)
    .where('c.dissolvedAt', 'is', null),
);
