import { createWorker } from '../../kernel/worker.ts';
import { insertAll, runAll, updatesOf } from '../../platform/bulk.ts';
import type { Database, RowOf, Tx } from '../../platform/database.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import type { ClockService } from '../log/clock.service.ts';
import { countUnread } from './conversation.service.ts';
import type { Roll, RollPlace } from './roll.entity.ts';
import { type Rolls, toldSince } from './roll.service.ts';

/** Makes rolls and keeps them in order, on whichever node comes to it first. */
export interface RollJob extends Rolls {
  /** Does what there is to do now. */
  run(): Promise<void>;
  /** Looks for it by itself from now on. */
  start(): void;
  /** Ends it, and resolves when the portion at hand is through. */
  stop(): Promise<void>;
}

/** What it stands on. */
export interface RollJobParts {
  readonly database: Database;
  readonly clock: ClockService;
  /** Told of what failed and is tried again. */
  readonly onFault: (error: unknown) => void;
  /** Somebody with more conversations than this has a roll. */
  readonly many: number;
}

const everyMs = 2000;
/** Conversations that are put onto a new roll in one transaction, and rolls that are followed in one. */
const filledAtOnce = 500;
const followedAtOnce = 500;
/** What is left beside a portion for those who wait for answers: so many times as long as it took. */
const restShare = 3;
/** Who has been looked at once is not looked at again for so long. */
const consideredMs = 3_600_000;
const consideredAtMost = 50_000;

/** Makes the job. */
export function createRollJob({ database, clock, onFault, many }: RollJobParts): RollJob {
  let known: ReadonlySet<number> = new Set();
  /** When somebody's conversations were asked for, and those of whom nobody has looked yet how many there are. */
  const considered = new Map<number, number>();
  const asked = new Set<number>();

  const lookAtAsked = async () => {
    const ids = [...asked].slice(0, filledAtOnce);
    for (const id of ids) asked.delete(id);
    const crowded = ids.length === 0 ? [] : await database.read((tx) => crowdedAmong(tx, { ids, many }));
    if (crowded.length > 0)
      await database.transaction((tx) =>
        begin(
          tx,
          clock,
          crowded.map(({ userId }) => userId),
        ),
      );
    return ids.length > 0;
  };

  const worker = createWorker({
    everyMs,
    onFault,
    async takePortion() {
      const began = performance.now();
      let more = await lookAtAsked();
      const rolls = await database.read((tx) => allRolls(tx, {}));
      known = new Set(rolls.flatMap(({ userId, isReady }) => (isReady === 1 ? [userId] : [])));
      if (rolls.length > known.size && (await database.transaction(fillNext))) more = true;
      if (known.size > 0) {
        // Where nobody subscribes to anything nobody else closes it.
        if (await database.read((tx) => holdsOpen(tx, clock))) await clock.close();
        if (await database.transaction((tx) => follow(tx, clock))) more = true;
      }
      return more ? (performance.now() - began) * restShare : null;
    },
  });

  return {
    has: (userId) => known.has(userId),
    consider(userId) {
      const now = performance.now();
      if (known.has(userId) || now - (considered.get(userId) ?? Number.NEGATIVE_INFINITY) < consideredMs) return;
      const [oldest] = considered.keys();
      if (considered.size >= consideredAtMost && oldest !== undefined) considered.delete(oldest);
      considered.set(userId, now);
      asked.add(userId);
      worker.kick();
    },
    run: worker.run,
    start: worker.start,
    stop: worker.stop,
  };
}

type RollRow = RowOf<typeof Roll>;
type PlaceRow = RowOf<typeof RollPlace>;
type Ids = Slots<{ ids: readonly number[] }>;

const crowdedAmong = createStatement((tx, slot: Slots<{ ids: readonly number[]; many: number }>) =>
  tx.db
    .selectFrom('Member')
    .select('userId')
    .where('userId', 'in', slot('ids'))
    .groupBy('userId')
    .having((eb) => eb.fn.countAll<number>(), '>', slot('many')),
);

const allRolls = createStatement((tx) => tx.db.selectFrom('Roll').select(['userId', 'isReady']));

/** Whether anything was written in the open epoch. */
async function holdsOpen(tx: Tx, clock: ClockService): Promise<boolean> {
  const { n } = await clock.read(tx);
  return (await tx.db.selectFrom('Log').select('id').where('lastEpoch', '>=', n).limit(1).executeTakeFirst()) !== undefined;
}

const revsOf = createStatement((tx, slot: Ids) => tx.db.selectFrom('Log').select(['id', 'lastRev']).where('id', 'in', slot('ids')));

/** Begins rolls, empty, as of now: whatever is written from here on is followed when they are filled. */
async function begin(tx: Tx, clock: ClockService, ids: readonly number[]): Promise<void> {
  const { n } = await clock.read(tx);
  const fresh = { isReady: 0, filledUpTo: 0, epoch: n - 1 } as const;
  const rows = (await revsOf(tx, { ids })).map(({ id, lastRev }) => ({ ...fresh, userId: id, ownRev: lastRev }));
  await insertAll(tx, 'Roll', rows, { missing: true });
}

/** Puts the next conversations onto a roll that is not full yet. False where there is none, or another node does it. */
async function fillNext(tx: Tx): Promise<boolean> {
  const roll = await tx.db.selectFrom('Roll').selectAll().where('isReady', '=', 0).limit(1).modifyEnd(tx.dialect.forUpdateOfFree).executeTakeFirst();
  if (!roll) return false;
  const { userId, filledUpTo } = roll;
  const members = await tx.db
    .selectFrom('Member')
    .select('logId')
    .where('userId', '=', userId)
    .where('logId', '>', filledUpTo)
    .orderBy('logId')
    .limit(filledAtOnce)
    .execute();
  await put(
    tx,
    members.map(({ logId }) => [userId, logId]),
  );
  const next = { isReady: members.length < filledAtOnce ? 1 : 0, filledUpTo: members.at(-1)?.logId ?? filledUpTo } as const;
  await tx.db.updateTable('Roll').set(next).where('userId', '=', userId).execute();
  return true;
}

/**
 * Takes in what the logs hold above the epochs of the rolls, those that are furthest behind first. The closed epoch is read before the logs, so that
 * all of it is seen; what is seen beyond it is taken in again the next time. False where nothing is left, or another node does it.
 */
async function follow(tx: Tx, clock: ClockService): Promise<boolean> {
  const rolls = await tx.db
    .selectFrom('Roll')
    .selectAll()
    .where('isReady', '=', 1)
    .orderBy('epoch')
    .limit(followedAtOnce)
    .modifyEnd(tx.dialect.forUpdateOfFree)
    .execute();
  const { n, pruned } = await clock.read(tx);
  const isLost = ({ epoch }: RollRow) => epoch < pruned || epoch >= n;
  const lost = rolls.filter(isLost);
  if (lost.length > 0) await fillAnew(tx, n - 1, lost);
  const behind = rolls.filter((roll) => !isLost(roll) && roll.epoch < n - 1);
  if (behind.length === 0) return false;
  const userIds = behind.map(({ userId }) => userId);
  const revs = new Map((await revsOf(tx, { ids: userIds })).map(({ id, lastRev }) => [id, lastRev]));
  const told = await toldSince(tx, { places: behind.map(({ userId, ownRev }) => [userId, ownRev]) });
  const directs = await directsAbove(tx, { epoch: Math.min(...behind.map(({ epoch }) => epoch)), userIds });
  const followed = new Set(userIds);
  const pairs = new Map<string, Pair>();
  const add = (userId: number | null, logId: number | null) => {
    if (userId !== null && logId !== null && followed.has(userId)) pairs.set(`${userId} ${logId}`, [userId, logId]);
  };
  for (const { userId, aboutId } of told) add(userId, aboutId);
  for (const { id, lowUserId, highUserId } of directs) for (const userId of [lowUserId, highUserId]) add(userId, id);
  await put(tx, [...pairs.values()]);
  const moved = behind.map(({ userId, ownRev }) => ({ key: { userId }, set: { epoch: n - 1, ownRev: revs.get(userId) ?? ownRev } }));
  await runAll(tx, updatesOf(tx, 'Roll', moved));
  return rolls.length === followedAtOnce;
}

/** Entries that these rolls have not taken in may be gone; or the clock was set back since. */
async function fillAnew(tx: Tx, epoch: number, rolls: readonly RollRow[]): Promise<void> {
  const rows = await revsOf(tx, { ids: rolls.map(({ userId }) => userId) });
  const changes = rows.map(({ id, lastRev }) => ({ key: { userId: id }, set: { isReady: 0, filledUpTo: 0, epoch, ownRev: lastRev } }));
  await runAll(tx, updatesOf(tx, 'Roll', changes));
}

const directsAbove = createStatement((tx, slot: Slots<{ epoch: number; userIds: readonly number[] }>) =>
  tx.db
    .selectFrom('Log as l')
    .innerJoin('Conversation as c', 'c.id', 'l.id')
    .select(['c.id', 'c.lowUserId', 'c.highUserId'])
    .where('l.lastEpoch', '>', slot('epoch'))
    .where((eb) => eb.or([eb('c.lowUserId', 'in', slot('userIds')), eb('c.highUserId', 'in', slot('userIds'))])),
);

type Pair = readonly [userId: number, logId: number];
type Pairs = Slots<{ pairs: readonly Pair[] }>;

const placesOf = createStatement((tx, slot: Pairs) =>
  tx.db
    .selectFrom('Member as m')
    .innerJoin('Conversation as c', 'c.id', 'm.logId')
    .innerJoin('Log as l', 'l.id', 'm.logId')
    .select(['m.userId', 'm.logId', 'c.kind', 'c.uuid', 'l.activeAt', 'l.lastEpoch', 'l.lastSeq', 'm.isArchived', 'm.readSeq'])
    .where(slot.oneOf(['m.userId', 'm.logId'], 'pairs')),
);

const takeDown = createStatement((tx, slot: Pairs) => tx.db.deleteFrom('RollPlace').where(slot.oneOf(['userId', 'logId'], 'pairs')));

/** Puts places onto rolls, as they are now. */
async function put(tx: Tx, pairs: readonly Pair[]): Promise<void> {
  const places = await placesNow(tx, pairs);
  await takeDown(tx, { pairs });
  await insertAll(tx, 'RollPlace', places);
}

async function placesNow(tx: Tx, pairs: readonly Pair[]): Promise<PlaceRow[]> {
  const rows = await placesOf(tx, { pairs });
  const behind = rows.filter(({ kind, readSeq, lastSeq }) => kind === 'DIRECT' && readSeq < lastSeq);
  const unread = new Set<string>();
  for (const [userId, of] of Map.groupBy(behind, (row) => row.userId)) {
    const counts = await countUnread(
      tx,
      userId,
      of.map(({ logId }) => logId),
    );
    for (const logId of counts.keys()) unread.add(`${userId} ${logId}`);
  }
  return rows.map(({ userId, logId, kind, uuid, activeAt, lastEpoch, isArchived }) => {
    if (kind !== 'DIRECT') return { userId, logId, isFew: 1, uuid, activeAt: 0, lastEpoch: 0, isArchived: 0, isUnread: 0 };
    return { userId, logId, isFew: 0, uuid, activeAt, lastEpoch, isArchived, isUnread: unread.has(`${userId} ${logId}`) ? 1 : 0 };
  });
}
