import type { Tx } from '../../platform/database.ts';
import { portionsOf } from '../../platform/portions.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import type { ConversationKind } from '../conversations/conversation.entity.ts';
import type { EntryRow } from '../log/log.service.ts';

/** Somebody's place in a conversation, as the newest word about it says. */
export interface Membership {
  readonly logId: number;
  readonly kind: ConversationKind;
  /** The rev of the conversation's log at which it began or ended. */
  readonly stateRev: number;
  readonly active: boolean;
  /** The conversation was dissolved: nothing comes after that. */
  readonly isOver?: boolean;
}

/** How far a log goes. */
export interface Head {
  readonly logId: number;
  readonly lastRev: number;
  readonly lastEpoch: number;
  /** Nothing below this rev is for the person. */
  readonly since: number;
}

/** All conversations of which somebody is or was a member. */
export async function readMemberships(tx: Tx, userId: number): Promise<Membership[]> {
  const rows = await tx.db
    .selectFrom('Member as m')
    .innerJoin('Conversation as c', 'c.id', 'm.logId')
    .select(['m.logId', 'm.stateRev', 'm.active', 'c.kind', 'c.dissolvedAt'])
    .where('m.userId', '=', userId)
    .execute();
  return rows.map(({ logId, stateRev, active, kind, dissolvedAt }) => ({ logId, kind, stateRev, active: active === 1, isOver: dissolvedAt !== null }));
}

/** The heads above an epoch of everything that somebody receives: the conversations of which they are a member, and their own log. */
export async function readHeads(tx: Tx, userId: number, aboveEpoch: number): Promise<Head[]> {
  const columns = ['l.id as logId', 'l.lastRev', 'l.lastEpoch'] as const;
  const [conversations, own] = [
    await tx.db
      .selectFrom('Member as m')
      .innerJoin('Log as l', 'l.id', 'm.logId')
      .select([...columns, 'm.stateRev as since'])
      .where('m.userId', '=', userId)
      .where('m.active', '=', 1)
      .where('l.lastEpoch', '>', aboveEpoch)
      .execute(),
    await tx.db
      .selectFrom('Log as l')
      .select((eb) => [...columns, eb.lit(0).as('since')])
      .where('l.id', '=', userId)
      .where('l.lastEpoch', '>', aboveEpoch)
      .execute(),
  ];
  return [...own, ...conversations].sort((a, b) => a.logId - b.logId);
}

/** The heads above an epoch of all logs of the server: a range of the key on `lastEpoch`. */
export async function readAllHeads(tx: Tx, aboveEpoch: number): Promise<Omit<Head, 'since'>[]> {
  return await tx.db.selectFrom('Log as l').select(['l.id as logId', 'l.lastRev', 'l.lastEpoch']).where('l.lastEpoch', '>', aboveEpoch).execute();
}

const logsOfPeople = createStatement((tx, slot: Slots<{ aboveEpoch: number; userIds: readonly number[] }>) =>
  tx.db
    .selectFrom('Log as l')
    .innerJoin('Conversation as c', 'c.id', 'l.id')
    .select('l.id')
    .where('l.lastEpoch', '>', slot('aboveEpoch'))
    .where((eb) => eb.or([eb('c.lowUserId', 'in', slot('userIds')), eb('c.highUserId', 'in', slot('userIds'))])),
);

/** The DIRECT conversations of these people in which something was written above an epoch. */
export async function readLogsOfPeople(tx: Tx, aboveEpoch: number, userIds: readonly number[]): Promise<ReadonlySet<number>> {
  return new Set((await logsOfPeople(tx, { aboveEpoch, userIds })).map(({ id }) => id));
}

const firstStride = 64;

type Place = readonly [logId: number, rev: number];

const firstAbove = createStatement((tx, slot: Slots<{ places: readonly (readonly [...Place, aboveEpoch: number])[] }>) =>
  tx.db
    .selectFrom('Entry')
    .select(['logId', (eb) => eb.fn.min('rev').as('rev')])
    .where(slot.oneOf(['logId', 'rev >', 'epoch >'], 'places'))
    .groupBy('logId'),
);

const epochsAt = createStatement((tx, slot: Slots<{ places: readonly Place[] }>) =>
  tx.db
    .selectFrom('Entry')
    .select(['logId', 'epoch'])
    .where(slot.oneOf(['logId', 'rev'], 'places')),
);

/**
 * For each log the first rev whose epoch is above `aboveEpoch`. Epochs never fall within a log, so the place is found by galloping back
 * from the end on the primary key: a handful of statements for all logs together, however long they are.
 */
export async function findBeginnings(tx: Tx, heads: readonly Pick<Head, 'logId' | 'lastRev'>[], aboveEpoch: number): Promise<ReadonlyMap<number, number>> {
  const lower = new Map(heads.map(({ logId }) => [logId, 0]));
  let open = heads.map(({ logId, lastRev }) => ({ logId, rev: lastRev }));
  for (let stride = firstStride; open.length > 0; stride *= 8) {
    open = open.map(({ logId, rev }) => ({ logId, rev: rev - stride })).filter(({ rev }) => rev > 0);
    const probed = await readEntriesAt(tx, open);
    // An entry that is gone was pruned, and only entries at or below every accepted base are.
    const above = new Set(probed.filter(({ epoch }) => epoch > aboveEpoch).map(({ logId }) => logId));
    for (const { logId, rev } of open) if (!above.has(logId)) lower.set(logId, rev);
    open = open.filter(({ logId }) => above.has(logId));
  }
  const beginnings = new Map<number, number>();
  for (const part of portionsOf(heads, 64)) {
    const rows = await firstAbove(tx, { places: part.map(({ logId }) => [logId, lower.get(logId) ?? 0, aboveEpoch]) });
    for (const { logId, rev } of rows) beginnings.set(logId, Number(rev));
  }
  return beginnings;
}

async function readEntriesAt(tx: Tx, places: readonly { readonly logId: number; readonly rev: number }[]): Promise<{ logId: number; epoch: number }[]> {
  const found: { logId: number; epoch: number }[] = [];
  for (const part of portionsOf(places, 64)) {
    found.push(...(await epochsAt(tx, { places: part.map(({ logId, rev }) => [logId, rev]) })));
  }
  return found;
}

const pageOfLog = createStatement((tx, slot: Slots<{ logId: number; from: number; upToEpoch: number; limit: number }>) =>
  tx.db
    .selectFrom('Entry')
    .selectAll()
    .where('logId', '=', slot('logId'))
    .where('rev', '>=', slot('from'))
    .where('epoch', '<=', slot('upToEpoch'))
    .orderBy('rev')
    .limit(slot.limit('limit')),
);

const pageOfLogs = createStatement((tx, slot: Slots<{ from: readonly Place[]; upToEpoch: number; limit: number }>) =>
  tx.db
    .selectFrom('Entry')
    .selectAll()
    .where(slot.oneOf(['logId', 'rev >='], 'from'))
    .where('epoch', '<=', slot('upToEpoch'))
    .orderBy('logId')
    .orderBy('rev')
    .limit(slot.limit('limit')),
);

/** A page of the entries of several logs, each from a rev on, in order of log and rev; `upToEpoch` leaves out newer ones. */
export async function readEntries(tx: Tx, from: ReadonlyMap<number, number>, limit: number, upToEpoch = Number.MAX_SAFE_INTEGER): Promise<EntryRow[]> {
  const [only] = from;
  if (only && from.size === 1) return await pageOfLog(tx, { logId: only[0], from: only[1], upToEpoch, limit });
  const rows: EntryRow[] = [];
  for (const part of portionsOf(
    [...from].sort(([a], [b]) => a - b),
    64,
  )) {
    rows.push(...(await pageOfLogs(tx, { from: part, upToEpoch, limit: limit - rows.length })));
    if (rows.length >= limit) break;
  }
  return rows;
}

/** A page of one log, from a rev on. */
export interface LogPage {
  readonly from: number;
  readonly entries: readonly EntryRow[];
  /** Of the conversations that somebody joins in it. */
  readonly kinds: ReadonlyMap<number, ConversationKind>;
  /** Both people of a DIRECT conversation; nobody for another log, and null where nobody asked for them. */
  readonly people: readonly number[] | null;
}

/** How far one log has been given, and how far it is to be. */
export interface Pass {
  /** The last rev that was given; null until the first page has been read. */
  last: number | null;
  /** How far to go at least. */
  target: number;
  /** Look once more, even where the target is reached. */
  again: boolean;
  busy: boolean;
  epoch: number;
  /** Both people of a DIRECT conversation, nobody else; null until that was asked for. */
  people: readonly number[] | null;
  /** What was told of what comes next, and is not given yet: in its order, and without a hole. */
  told: EntryRow[];
}

const kindsOf = createStatement((tx, slot: Slots<{ ids: readonly number[] }>) =>
  tx.db.selectFrom('Conversation').select(['id', 'kind']).where('id', 'in', slot('ids')),
);

const logWithPeople = createStatement((tx, slot: Slots<{ logId: number }>) =>
  tx.db
    .selectFrom('Log as l')
    .leftJoin('Conversation as c', 'c.id', 'l.id')
    .select(['l.lastRev', 'c.lowUserId', 'c.highUserId'])
    .where('l.id', '=', slot('logId')),
);

/** Reads a log on from a rev; null: from its first entry above an epoch. `withPeople`: and whose it is, where it is a DIRECT one. */
export async function readLogPage(tx: Tx, logId: number, last: number | null, aboveEpoch: number, limit: number, withPeople = last === null): Promise<LogPage> {
  let from = (last ?? 0) + 1;
  let people: LogPage['people'] = null;
  if (last === null || withPeople) {
    const [log] = await logWithPeople(tx, { logId });
    people = log?.lowUserId && log.highUserId ? [log.lowUserId, log.highUserId] : [];
    // A log that is gone, as that of a visitor who has left no trace, has nothing more to give, and must not be waited for.
    const lastRev = log?.lastRev ?? 0;
    if (last === null) from = (await findBeginnings(tx, [{ logId, lastRev }], aboveEpoch)).get(logId) ?? lastRev + 1;
  }
  const entries = await readEntries(tx, new Map([[logId, from]]), limit);
  const joined = entries.flatMap(({ kind, aboutId }) => (kind === 'JOINED' && aboutId !== null ? [aboutId] : []));
  const kinds = await kindsOf(tx, { ids: joined });
  return { from, entries, kinds: new Map(kinds.map(({ id, kind }) => [id, kind])), people };
}
