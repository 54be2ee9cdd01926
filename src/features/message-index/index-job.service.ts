import { createSetbacks } from '../../kernel/setbacks.ts';
import { createWorker } from '../../kernel/worker.ts';
import { insertAll } from '../../platform/bulk.ts';
import { type Database, isDatabaseAway, type Tx } from '../../platform/database.ts';
import { portionSize } from '../../platform/portions.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import type { ClockService } from '../log/clock.service.ts';
import type { LogService, LogWriter } from '../log/log.service.ts';
import { indexNames } from '../users/name-index.service.ts';
import { type Due, messagesAtOnce, takeInto } from './index-portion.service.ts';
import { createOlderEdits } from './older-edits.service.ts';
import type { SearchProgressRow } from './search-progress.entity.ts';

/**
 * Takes what was written into the index, in portions behind the answers: it alone writes there. What is still to be done stands in the logs themselves:
 * those whose last epoch is above the one up to which all is done. So there is one backlog, whatever node wrote the messages, and whichever node is
 * free takes of it; a search reads what is not in the index yet. A log that has notes, or that a search has found behind, is gone back to. Where the
 * progress says that nothing is done, as in a database that is older than the index, all logs are gone through, with the names of people.
 */
export interface IndexJob {
  /** Says that a conversation was found far behind, whatever its log says, as after an upgrade, or a restore of a part: it is taken next. */
  due(conversationId: number): void;
  /** Works off all that there is. Several nodes may do so at once: they take turns. */
  run(): Promise<void>;
  /** Does that by itself, and tries again where it fails. */
  start(): void;
  /** Ends that, and resolves when the portion at hand is through. The next start goes on. */
  stop(): Promise<void>;
}

/** What the job stands on. */
export interface IndexJobParts {
  readonly database: Database;
  readonly log: LogService;
  readonly clock: ClockService;
  /** Told of what failed. */
  readonly onFault: (error: unknown) => void;
}

/** Bytes of text in one transaction, more or less: whoever recalls a message of one of its conversations waits for it. */
const bytesAtOnce = 131_072;

/** Conversations in one transaction, and their messages. */
const mostAtOnce = { conversations: 64, messages: 4000 } as const;

/**
 * With so few bytes it begins, and takes twice as many where that was quick; for how long a portion may take while people write; and how far apart two of
 * them begin at least, while few messages are behind. SQLite does a portion in one piece, and whoever comes meanwhile waits for it: small ones. Elsewhere
 * nobody waits, and much of what one costs is the same for few messages and for many, because whole rows are written anew: few and large ones.
 */
const paces = {
  sqlite: { bytesAtFirst: 1024, busyMs: 10, apartMs: 0 },
  mysql: { bytesAtFirst: 65_536, busyMs: 100, apartMs: 500 },
} as const;

/** Fewer are hardly quicker: however slow that is, it comes to so many. */
const bytesAtLeast = 8192;

/** How long a portion may take, in milliseconds, while nobody writes: after a longer one the next has half as much. */
const idleMs = 50;

/** People who are locked together, where names that are older than the index are taken in. */
const peopleAtOnce = 50;

const everyMs = 1000;

/** Conversations that are remembered as far behind. */
const mostNamed = 64;

/** How long a conversation that has failed is left alone. */
const pauses = { firstMs: 2000, longestMs: 600_000, most: 1000 } as const;

/** While people write the job rests: so many times as long as it has worked, or, where so many messages are behind, just as long. */
const rest = { usual: 3, behind: 1, messages: 5000 } as const;

/** The open epoch is closed where looking again at what is in it costs something, or where it has gone on for so long. */
const mostOpen = { logs: 100, ms: 60_000 } as const;

/** What counts as the shortest portion: one that came to nothing is not tried again at once. */
const leastRestMs = 10;

/** For how long after a message people count as writing, in milliseconds. */
const busyMs = 1000;

/** A way through the logs whose last epochs are not done, in the order of these. */
interface Pass {
  /** What was done when it began. Where less is done now, somebody has set it back. */
  readonly done: number;
  /** Whether it goes through all logs, the names of people included. */
  readonly isWhole: boolean;
  /** The epoch that was closed when it began: once it is through, everything up to there is done. */
  readonly closed: number;
  readonly mark: { readonly lastEpoch: number; readonly id: number };
  /** The lowest epoch of what could not be taken in now. */
  readonly left: number;
  /** How many logs of the open epoch it has passed. */
  readonly open: number;
}

/** What became of a portion: null, there is nothing to do here. */
interface Portion {
  readonly pass: Pass | null;
  readonly isOver: boolean;
  /** How many messages were seen to be behind. */
  readonly behind: number;
  /** Whether people write, or whoever is next is held by somebody. */
  readonly isBusy: boolean;
  /** How many logs of the open epoch were seen: they are looked at again each time until it is closed. */
  readonly open: number;
}

/** Makes the job. */
export function createIndexJob({ database, log, clock, onFault }: IndexJobParts): IndexJob {
  const pace = paces[database.dialect.name];
  let pass: Pass | null = null;
  let prepared = false;
  /** When something of an open epoch was seen first. */
  let openSince: number | null = null;
  /** Conversations that failed: the others go on. They are left out of the rest of the pass, and then for a while. */
  const failed = new Set<number>();
  const setbacks = createSetbacks<number>(pauses);
  let current: readonly number[] = [];
  const named = new Set<number>();
  /** Bytes of the next portion. */
  let most: number = pace.bytesAtFirst;
  /** Whether people wrote when the portion before was taken. */
  let isBusy = true;
  /** Whether something has failed where several were at hand: then they are taken one by one, until it has shown itself. */
  let oneByOne = false;

  const isLeftOut = (id: number) => failed.has(id) || setbacks.isResting(id);

  /** Does something for one or several logs, which are noted as what was at hand. */
  const atHand = async <T>(ids: readonly number[], take: () => Promise<T>): Promise<T> => {
    current = ids;
    const taken = await take();
    for (const id of ids) setbacks.clear(id);
    return taken;
  };

  const prepare = async () => {
    if (!prepared) await database.transaction(beginProgress);
    prepared = true;
  };

  const takePortion = async (writer: LogWriter): Promise<Portion | null> => {
    const progress = await writer.db.selectFrom('SearchProgress').selectAll().modifyEnd(writer.dialect.forUpdateOfFree).executeTakeFirst();
    // Another node is at it.
    if (!progress) return null;
    const going = pass && isOf(pass, progress) ? pass : await beginPass(writer, progress);
    const heads = await headsFrom(writer, going.mark);
    const people = await lockPeople(writer, going.isWhole && progress.isDone === 0 ? heads : []);
    const wanted = await headsOf(writer, { ids: [...named] });
    for (const head of wanted) if (dueOf(head) === null) named.delete(head.id);
    // In front what somebody searches in.
    const all = new Map([...wanted, ...heads].map((head) => [head.id, head]));
    const dues = [...all.values()].flatMap((head) => dueOf(head) ?? []).filter(({ id }) => !isLeftOut(id));
    const some = firstOf(dues, oneByOne ? 1 : mostAtOnce.conversations);
    const ids = some.map(({ id }) => id);
    const taken = await atHand(ids, () => takeInto(writer, some, most, isBusy));
    let { mark, left, open } = going;
    for (const head of heads) {
      const { id, lastEpoch, kind } = head;
      const of = taken.get(id);
      if (dueOf(head) !== null) {
        if (isLeftOut(id) || of === null) left = Math.min(left, lastEpoch);
        else if (!of?.isThrough) break;
      } else if (people !== null && kind === 'USER') {
        if (!people.has(id)) break;
        if (!isLeftOut(id)) await atHand([id], () => takeNames(writer, id));
      }
      mark = { lastEpoch, id };
      if (lastEpoch > going.closed) open += 1;
    }
    const bytes = [...taken.values()].reduce((sum, of) => sum + (of?.bytes ?? 0), 0);
    const behind = heads.reduce((sum, head) => sum + missingOf(head), 0);
    const last = heads.at(-1);
    const isOver = heads.length < portionSize && (last === undefined || (mark.id === last.id && mark.lastEpoch === last.lastEpoch));
    if (isOver) await writeProgress(writer, progress, { ...going, left });
    const [{ now }, newest] = [await clock.read(writer), await newestOf(writer)];
    const isStuck = !isOver && mark === going.mark && bytes === 0;
    isBusy = isStuck || Math.abs(now - Number(newest?.activeAt ?? 0)) < busyMs;
    return { pass: isOver ? null : { ...going, mark, left, open }, isOver, behind, isBusy, open };
  };

  const beginPass = async (writer: LogWriter, { isDone, epoch }: SearchProgressRow): Promise<Pass> => {
    const { n } = await clock.read(writer);
    const done = epoch;
    // A log that nothing was ever written into has the epoch 0.
    const lastEpoch = isDone === 0 ? 0 : Math.min(done + 1, await lowestBehind(writer, [...named]));
    return { done, isWhole: isDone === 0, closed: n - 1, mark: { lastEpoch, id: 0 }, left: Number.MAX_SAFE_INTEGER, open: 0 };
  };

  const closeIfLong = async (open: number) => {
    openSince = open === 0 ? null : (openSince ?? performance.now());
    if (openSince === null || (open <= mostOpen.logs && performance.now() - openSince < mostOpen.ms)) return;
    openSince = null;
    await clock.close();
  };

  const worker = createWorker({
    everyMs,
    onFault,
    async takePortion() {
      await prepare();
      const began = performance.now();
      current = [];
      try {
        const portion = await log.write(takePortion);
        const ms = performance.now() - began;
        const longest = portion?.isBusy ? pace.busyMs : idleMs;
        if (portion === null || portion.isOver) most = pace.bytesAtFirst;
        else if (most < bytesAtLeast || ms < longest / 2) most = Math.min(bytesAtOnce, most * 2);
        else if (ms > longest) most = Math.max(bytesAtLeast, most / 2);
        if (portion === null) return null;
        ({ pass } = portion);
        if (portion.isOver) failed.clear();
        if (portion.isOver) oneByOne = false;
        if (portion.isOver) await closeIfLong(portion.open);
        if (portion.isOver) return null;
        if (!portion.isBusy) return 0;
        return portion.behind > rest.messages
          ? Math.max(leastRestMs, ms) * rest.behind
          : Math.max(leastRestMs * rest.usual, ms * rest.usual, pace.apartMs - ms);
      } catch (error) {
        // Where the database is away it is so for all of them.
        const [id, ...others] = current;
        if (isDatabaseAway(error) || id === undefined) throw error;
        if (others.length > 0) oneByOne = true;
        else {
          failed.add(id);
          if (setbacks.add(id)) onFault(error);
        }
        return 0;
      }
    },
  });
  const older = createOlderEdits(database, clock, () => worker.kick(), onFault);
  return {
    due(conversationId) {
      if (named.size < mostNamed) named.add(conversationId);
      worker.kick();
    },
    run: worker.run,
    start() {
      worker.start();
      older.start();
    },
    async stop() {
      await Promise.all([worker.stop(), older.stop()]);
    },
  };
}

/** Whether a pass still does all that the progress asks for. */
function isOf({ done, isWhole }: Pass, { isDone, epoch }: SearchProgressRow): boolean {
  return epoch >= done && (isWhole || isDone === 1);
}

/** The row that says how far it is. What has been done of the names was done by whatever version. */
async function beginProgress(tx: Tx): Promise<void> {
  const before = await tx.db.selectFrom('IndexProgress').select('isDone').executeTakeFirst();
  await insertAll(tx, 'SearchProgress', [{ id: 1, isDone: before?.isDone ?? 0, epoch: 0 }], { missing: true });
}

/** A log, and what of it is not in the index. */
type Head = Awaited<ReturnType<typeof headsFrom>>[number];

function selectHeads({ db }: Tx) {
  return db
    .selectFrom('Log as l')
    .leftJoin('Conversation as c', 'c.id', 'l.id')
    .select(['l.id', 'l.kind', 'l.lastEpoch', 'l.lastSeq', 'c.searchableSeq', 'c.id as isConversation'])
    .select(({ exists, selectFrom }) => exists(selectFrom('IndexNote as n').select('n.seq').whereRef('n.conversationId', '=', 'l.id')).as('isNoted'));
}

/** Logs from a place on. */
function headsFrom(tx: Tx, mark: Pass['mark']) {
  return selectHeads(tx)
    .where('l.lastEpoch', '>=', mark.lastEpoch)
    .where((eb) => eb.or([eb('l.lastEpoch', '>', mark.lastEpoch), eb('l.id', '>', mark.id)]))
    .orderBy('l.lastEpoch')
    .orderBy('l.id')
    .limit(portionSize)
    .execute();
}

const headsOf = createStatement((tx, slot: Slots<{ ids: readonly number[] }>) => selectHeads(tx).where('l.id', 'in', slot('ids')));

/** How many messages of a log the index lacks. */
function missingOf({ isConversation, lastSeq, searchableSeq }: Head): number {
  return isConversation === null ? 0 : Math.max(0, Number(lastSeq) - Number(searchableSeq ?? 0));
}

/** What of a log is to be taken into the index; null: nothing. */
function dueOf(head: Head): (Due & { readonly missing: number }) | null {
  const missing = missingOf(head);
  const isNoted = head.isConversation !== null && Number(head.isNoted) === 1;
  return missing > 0 || isNoted ? { id: head.id, isNoted, isBehind: missing > 0, missing } : null;
}

/** As many of the first as fit into one transaction. */
function firstOf(dues: readonly (Due & { readonly missing: number })[], most: number): Due[] {
  let messages = 0;
  const fitting = dues.findIndex(({ missing }, index) => {
    messages += Math.min(missing, messagesAtOnce);
    return index > 0 && messages > mostAtOnce.messages;
  });
  return dues.slice(0, fitting === -1 ? most : Math.min(fitting, most));
}

/**
 * The lowest last epoch of conversations that have notes, or one of these ids. A node of the version before knows no notes, and counts as done what
 * has some.
 */
async function lowestBehind(writer: LogWriter, ids: readonly number[]): Promise<number> {
  const noted = await writer.db.selectFrom('IndexNote').select('conversationId').distinct().limit(portionSize).execute();
  const heads = await epochsOf(writer, { ids: [...ids, ...noted.map(({ conversationId }) => conversationId)] });
  return Math.min(...heads.map(({ lastEpoch }) => lastEpoch));
}

const epochsOf = createStatement((tx, slot: Slots<{ ids: readonly number[] }>) => tx.db.selectFrom('Log').select('lastEpoch').where('id', 'in', slot('ids')));

/** What was done when a pass is through. */
async function writeProgress({ db }: LogWriter, { isDone, epoch }: SearchProgressRow, { isWhole, closed, left }: Pass): Promise<void> {
  const done = Math.max(epoch ?? 0, Math.min(closed, left - 1));
  // What is left is seen again above the epoch.
  const all = isWhole ? 1 : isDone;
  if (done > epoch || all !== isDone) await db.updateTable('SearchProgress').set({ epoch: done, isDone: all }).where('id', '=', 1).execute();
}

async function newestOf({ db }: LogWriter) {
  return await db.selectFrom('Log').select('activeAt').orderBy('lastEpoch', 'desc').limit(1).executeTakeFirst();
}

/**
 * Locks the first people of some logs and gives those who are free; null: there are none. Whoever changes a name holds such a lock: the index is made
 * of what is so now.
 */
async function lockPeople(writer: LogWriter, heads: readonly { readonly id: number; readonly kind: string }[]) {
  const people = heads.filter(({ kind }) => kind === 'USER').slice(0, peopleAtOnce);
  return people.length === 0
    ? null
    : await writer.lock(
        people.map(({ id }) => id),
        { onlyFree: true },
      );
}

async function takeNames(writer: LogWriter, userId: number): Promise<void> {
  const user = await writer.db.selectFrom('User').selectAll().where('id', '=', userId).executeTakeFirst();
  if (user) await indexNames(writer, userId, null, user);
}
