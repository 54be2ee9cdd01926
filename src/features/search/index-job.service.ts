import { createSetbacks } from '../../kernel/setbacks.ts';
import { createWorker } from '../../kernel/worker.ts';
import { insertAll } from '../../platform/bulk.ts';
import { type Database, isDatabaseAway } from '../../platform/database.ts';
import { portionSize } from '../../platform/portions.ts';
import type { ClockService } from '../log/clock.service.ts';
import type { LogService, LogWriter } from '../log/log.service.ts';
import { indexNext } from '../messages/text-index.service.ts';
import { indexNames } from '../users/name-index.service.ts';
import type { IndexProgressRow } from './index-progress.entity.ts';

/**
 * Takes what was written into the index, in portions behind the answers. What is still to be done stands in the logs themselves: those whose last epoch
 * is above the one up to which all is done. So there is one backlog, whatever node wrote the messages, and whichever node is free takes of it; a search
 * reads what is not in the index yet.
 */
export interface IndexJob {
  /** Says that a conversation was found far behind, whatever its log says: for what a restore or a repair has left. */
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

/** Bytes of text in one transaction, more or less: a row for each letter, and whoever edits a message of the conversation waits for it. */
const bytesAtOnce = 16_384;

/** With so few it begins, and takes twice as many where that was quick: SQLite does a portion in one piece, and whoever comes meanwhile waits for it. */
const bytesAtFirst = 1024;

/** How long a portion may take, in milliseconds: after a longer one the next has half as much. */
const portionMs = 50;

/** Logs that are locked together, where what is older than the index is taken in. */
const logsAtOnce = 50;

const everyMs = 1000;

/** Conversations that are remembered as far behind. */
const mostNamed = 1000;

/** How long a conversation that has failed is left alone. */
const pauses = { firstMs: 2000, longestMs: 600_000, most: mostNamed } as const;

/** While people write the job rests: so many times as long as it has worked, or, where so many messages are behind, just as long. */
const rest = { usual: 3, behind: 1, messages: 5000 } as const;

/** The open epoch is closed where looking again at what is in it costs something, or where it has gone on for so long. */
const mostOpen = { logs: 100, ms: 60_000 } as const;

/** What counts as the shortest portion: one that came to nothing is not tried again at once. */
const leastRestMs = 10;

/** For how long after a message people count as writing, in milliseconds. */
const busyMs = 1000;

/** A way through all logs above an epoch, in the order of their last epochs. */
interface Pass {
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
  readonly isBusy: boolean;
  /** How many logs of the open epoch were seen: they are looked at again each time until it is closed. */
  readonly open: number;
}

/** Makes the job. */
export function createIndexJob({ database, log, clock, onFault }: IndexJobParts): IndexJob {
  let pass: Pass | null = null;
  let prepared = false;
  /** When something of an open epoch was seen first. */
  let openSince: number | null = null;
  /** Conversations that failed: the others go on. They are left out of the rest of the pass, and then for a while. */
  const failed = new Set<number>();
  const setbacks = createSetbacks<number>(pauses);
  let current: number | null = null;
  const named = new Set<number>();
  /** Bytes of the next portion. */
  let most = bytesAtFirst;

  /** What fails is left out for now, and noted as what was at hand. */
  const unlessFailed = async <T>(id: number, take: () => Promise<T>): Promise<T | null> => {
    if (failed.has(id) || setbacks.isResting(id)) return null;
    current = id;
    const taken = await take();
    setbacks.clear(id);
    return taken;
  };

  const prepare = async () => {
    if (!prepared) await database.transaction((tx) => insertAll(tx, 'IndexProgress', [{ id: 1, logId: 0, isDone: 0, epoch: 0 }], { missing: true }));
    prepared = true;
  };

  const takePortion = async (writer: LogWriter): Promise<Portion | null> => {
    const progress = await writer.db.selectFrom('IndexProgress').selectAll().modifyEnd(writer.dialect.forUpdateOfFree).executeTakeFirst();
    // Another node is at it.
    if (!progress) return null;
    if (progress.isDone === 0) return await takeOld(writer, progress, most, unlessFailed);
    const [first] = named;
    if (first !== undefined) return await takeNamed(writer, first);
    const { n, now } = await clock.read(writer);
    const going: Pass = pass ?? { closed: n - 1, mark: { lastEpoch: 0, id: 0 }, left: Number.MAX_SAFE_INTEGER, open: 0 };
    const heads = await headsAfter(writer, progress.epoch ?? 0, going.mark);
    let { mark, left, open } = going;
    let bytes = 0;
    let behind = 0;
    for (const { id, lastEpoch, lastSeq, indexedSeq, isConversation } of heads) {
      const missing = isConversation ? Number(lastSeq) - Number(indexedSeq ?? 0) : 0;
      behind += missing;
      if (missing > 0) {
        if (bytes >= most) break;
        const space = most - bytes;
        const taken = await unlessFailed(id, () => indexNext(writer, id, space));
        bytes += taken?.bytes ?? 0;
        if (taken === null) left = Math.min(left, lastEpoch);
        else if (!taken.isThrough) break;
      }
      mark = { lastEpoch, id };
      if (lastEpoch > going.closed) open += 1;
    }
    const last = heads.at(-1);
    const isOver = heads.length < portionSize && (last === undefined || (mark.id === last.id && mark.lastEpoch === last.lastEpoch));
    const done = Math.min(going.closed, left - 1);
    if (isOver && done > (progress.epoch ?? 0)) await writer.db.updateTable('IndexProgress').set({ epoch: done }).where('id', '=', 1).execute();
    const newest = await writer.db.selectFrom('Log').select('activeAt').orderBy('lastEpoch', 'desc').limit(1).executeTakeFirst();
    const isBusy = Math.abs(now - Number(newest?.activeAt ?? 0)) < busyMs;
    return { pass: isOver ? null : { ...going, mark, left, open }, isOver, behind, isBusy, open };
  };

  const closeIfLong = async (open: number) => {
    openSince = open === 0 ? null : (openSince ?? performance.now());
    if (openSince === null || (open <= mostOpen.logs && performance.now() - openSince < mostOpen.ms)) return;
    openSince = null;
    await clock.close();
  };

  const takeNamed = async (writer: LogWriter, id: number): Promise<Portion> => {
    const taken = await unlessFailed(id, () => indexNext(writer, id, most));
    if (taken === null || taken.isThrough) named.delete(id);
    return { pass, isOver: false, behind: 0, isBusy: false, open: 0 };
  };

  const worker = createWorker({
    everyMs,
    onFault,
    async takePortion() {
      await prepare();
      const began = performance.now();
      current = null;
      try {
        const portion = await log.write(takePortion);
        const ms = performance.now() - began;
        if (portion === null || portion.isOver) most = bytesAtFirst;
        else if (ms > portionMs) most = Math.max(bytesAtFirst, most / 2);
        else if (ms < portionMs / 2) most = Math.min(bytesAtOnce, most * 2);
        if (portion === null) return null;
        ({ pass } = portion);
        if (portion.isOver) failed.clear();
        if (portion.isOver) await closeIfLong(portion.open);
        if (portion.isOver) return null;
        if (!portion.isBusy) return 0;
        return Math.max(leastRestMs, ms) * (portion.behind > rest.messages ? rest.behind : rest.usual);
      } catch (error) {
        // Where the database is away it is so for all of them.
        if (isDatabaseAway(error) || current === null) throw error;
        failed.add(current);
        if (setbacks.add(current)) onFault(error);
        return 0;
      }
    },
  });
  return {
    due(conversationId) {
      if (named.size < mostNamed) named.add(conversationId);
      worker.kick();
    },
    run: worker.run,
    start: worker.start,
    stop: worker.stop,
  };
}

/** Logs whose last epoch is above one, behind a place among them. */
function headsAfter(writer: LogWriter, epoch: number, mark: Pass['mark']) {
  return writer.db
    .selectFrom('Log as l')
    .leftJoin('Conversation as c', 'c.id', 'l.id')
    .select(['l.id', 'l.lastEpoch', 'l.lastSeq', 'c.indexedSeq', 'c.id as isConversation'])
    .where('l.lastEpoch', '>=', Math.max(epoch + 1, mark.lastEpoch))
    .where((eb) => eb.or([eb('l.lastEpoch', '>', mark.lastEpoch), eb('l.id', '>', mark.id)]))
    .orderBy('l.lastEpoch')
    .orderBy('l.id')
    .limit(portionSize)
    .execute();
}

/**
 * What is older than the index, once in the life of a database: goes through all logs by id, some people and a portion of the texts at a time. Until it
 * is through, searching finds only a part of that.
 */
async function takeOld(
  writer: LogWriter,
  progress: IndexProgressRow,
  most: number,
  unlessFailed: <T>(id: number, take: () => Promise<T>) => Promise<T | null>,
): Promise<Portion> {
  const logs = await writer.db.selectFrom('Log').select(['id', 'kind']).where('id', '>=', progress.logId).orderBy('id').limit(logsAtOnce).execute();
  // Whoever changes a name holds these locks: the index is made of what is so now.
  const people = logs.flatMap(({ id, kind }) => (kind === 'USER' ? [id] : []));
  const free = await writer.lock(people, { onlyFree: true });
  let { logId } = progress;
  let bytes = 0;
  for (const { id, kind } of logs) {
    if (kind === 'USER') {
      if (!free.has(id)) break;
      const user = await writer.db.selectFrom('User').selectAll().where('id', '=', id).executeTakeFirst();
      if (user) await unlessFailed(id, () => indexNames(writer, id, null, user));
    } else {
      if (bytes >= most) break;
      const space = most - bytes;
      const taken = await unlessFailed(id, () => indexNext(writer, id, space));
      bytes += taken?.bytes ?? 0;
      if (taken?.isThrough === false) break;
      // It fails, somebody holds it, or it has no conversation: what is in it is seen again with the logs above an epoch.
    }
    logId = id + 1;
  }
  await writer.db
    .updateTable('IndexProgress')
    .set({ logId, isDone: logs.length === 0 ? 1 : 0 })
    .execute();
  return { pass: null, isOver: false, behind: 0, isBusy: logId === progress.logId && bytes === 0 && logs.length > 0, open: 0 };
}
