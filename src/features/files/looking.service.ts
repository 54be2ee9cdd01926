import { randomBytes } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../kernel/errors.ts';
import { createSetbacks } from '../../kernel/setbacks.ts';
import { createWorker } from '../../kernel/worker.ts';
import type { Database, Tx } from '../../platform/database.ts';
import type { FileFacts, FileLooker, LookRefusal } from '../../platform/file-look.ts';
import type { FileScanner } from '../../platform/file-scan.ts';
import type { FileStore } from '../../platform/file-store.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import type { LogService } from '../log/log.service.ts';
import type { FileRow } from './file.entity.ts';
import { madeKey, uploadKey } from './file.policy.ts';
import { lockFile } from './file-rows.service.ts';
import { endUnused } from './file-use.service.ts';
import type { FileLimits } from './upload-input.policy.ts';

/** Looks at what was uploaded, a few at a time. */
export interface Looking {
  /** Says that something has come. */
  kick(): void;
  /** Looks for work by itself from now on: its own at once, that of other nodes within seconds. */
  start(): void;
  /** Ends that and the looks that are under way, as if they had not begun. */
  stop(): Promise<void>;
}

/** What it stands on. */
export interface LookingParts {
  readonly database: Database;
  readonly log: LogService;
  readonly store: FileStore;
  readonly looker: FileLooker;
  readonly scanner: FileScanner;
  readonly limits: FileLimits;
  readonly onFault: (error: unknown) => void;
}

const intervalMs = 2000;

/** How many are tried, where others take some of them at the same moment. */
const candidates = 10;

/** How often the look at a file may end with its node before it is the file that is blamed. */
const mostLooks = 3;

/** For how long a worker rests where the store is away, or whatever else it needs. */
const awayMs = 2000;

/** For how long a file is left alone whose look has failed in another way; what is remembered of that is what was said of it. */
const restMs = 30_000;
const pauses = { firstMs: restMs, longestMs: 600_000, most: 400 } as const;

/** What became of a look: facts with what was made of the file, or why it is not taken. */
type Seen = { readonly facts: FileFacts; readonly cover: FileRow | null } | { readonly refusal: LookRefusal };

/** Makes it: as many workers as may look at once, each with one file at a time. */
export function createLooking({ database, log, store, looker, scanner, limits, onFault }: LookingParts): Looking {
  const setbacks = createSetbacks<number>(pauses);
  let isStopping = false;

  /** Takes the file that has waited for longest; first those of people of whom no other one is being looked at. */
  const claim = () =>
    database.transaction(
      async (tx) => {
        // Each is locked by its key: a query that sorts would lock all that it looks at, and other nodes would find nothing.
        for (const { id } of await waiting(tx, { limit: candidates })) {
          const file = await free(tx, id);
          if (!file) continue;
          const lookedUntil = Number(file.now) + limits.leaseMs;
          await tx.db
            .updateTable('File')
            .set({ lookedUntil, looks: file.looks + 1 })
            .where('id', '=', id)
            .execute();
          return file;
        }
        return null;
      },
      { attempts: 2 },
    );

  /** Keeps a file while it is looked at. Gives what ends that. */
  const keep = (id: number) => {
    const renew = () =>
      database
        .transaction(({ db, dialect }) =>
          db
            .updateTable('File')
            .set((eb) => ({ lookedUntil: eb(dialect.now, '+', limits.leaseMs) }))
            .where('id', '=', id)
            .where('lookedUntil', 'is not', null)
            .execute(),
        )
        .catch(onFault);
    const timer = setInterval(() => void renew(), limits.leaseMs / 3).unref();
    return () => clearInterval(timer);
  };

  /** Lets go of a file that could not be looked at; it is taken up again after a while. */
  const leave = (id: number, ms: number) =>
    database.transaction(({ db, dialect }) =>
      db
        .updateTable('File')
        .set((eb) => ({ lookedUntil: ms === 0 ? null : eb(dialect.now, '+', ms), looks: 0 }))
        .where('id', '=', id)
        .execute(),
    );

  const look = async (file: FileRow, folder: string): Promise<Seen> => {
    const path = join(folder, 'upload');
    await store.fetch(uploadKey(file.uuid), path);
    const made = join(folder, 'made');
    await mkdir(made);
    const seen = await looker.look({ path, kind: file.kind, folder: made });
    if ('refusal' in seen) return seen;
    if (!(await scanner.isFine(path))) return { refusal: 'FILE_TYPE' };
    const part = (name: string | null) => (name === null ? null : join(made, name));
    const put = async (what: 'file' | 'thumbnail', from: string | null, type: string) => {
      if (from !== null && !isStopping) await store.put(madeKey(file.uuid, what), from, type);
    };
    await put('file', part(seen.made), seen.mime);
    await put('thumbnail', part(seen.thumbnail), 'image/webp');
    const cover = seen.thumbnail === null && file.coverId !== null ? await coverOf(file, file.coverId) : null;
    const coverPath = join(folder, 'cover');
    if (cover) {
      await store.fetch(madeKey(cover.uuid, 'thumbnail'), coverPath);
      await put('thumbnail', coverPath, 'image/webp');
    }
    return { facts: seen, cover };
  };

  /** The picture that the maker of a video gave it, where it is still there. */
  const coverOf = async ({ ownerId }: FileRow, coverId: number): Promise<FileRow | null> => {
    const cover = await database.read(({ db }) => db.selectFrom('File').selectAll().where('id', '=', coverId).executeTakeFirst());
    return cover?.ownerId === ownerId && cover.state === 'READY' && cover.hasThumbnail === 1 ? cover : null;
  };

  /** Writes down what became of a look, and tells. Gives what is to be removed from the store. */
  const finish = ({ id, ownerId }: FileRow, seen: Seen): Promise<readonly string[]> =>
    log.write(async (writer) => {
      await writer.lock([ownerId]);
      const file = await lockFile(writer, id);
      if (file?.state !== 'CHECKING' || !writer.holds([ownerId])) {
        await writer.db.updateTable('File').set({ lookedUntil: null }).where('id', '=', id).execute();
        // A visitor who has left no trace was deleted meanwhile: nobody uses it any more, and it would be looked at again and again.
        if (file?.state === 'CHECKING') await endUnused(writer, { ids: [id] });
        return [];
      }
      const { now } = await writer.stamp();
      const common = { stateAt: now, expiresAt: now + limits.keepMs, lookedUntil: null, looks: 0 };
      const news = 'refusal' in seen ? { state: 'REFUSED' as const, reason: seen.refusal } : { state: 'READY' as const, ...columnsOf(file, seen) };
      await writer.db
        .updateTable('File')
        .set({ ...common, ...news })
        .where('id', '=', id)
        .execute();
      writer.append(ownerId, { kind: 'UPLOAD', aboutId: id }, [ownerId]);
      const isOver = 'refusal' in seen || seen.facts.made !== null;
      return isOver ? [uploadKey(file.uuid)] : [];
    });

  /** Looks at a file. Gives for how long to rest then, in milliseconds. */
  const handle = async (file: FileRow): Promise<number> => {
    const release = keep(file.id);
    let folder: string | null = null;
    try {
      folder = await store.openFolder();
      const seen: Seen = file.looks >= mostLooks ? { refusal: 'FILE_TYPE' } : await look(file, folder);
      // The processes that look have been ended: what they say now is not about the file.
      if (isStopping) {
        await leave(file.id, 0);
        return 0;
      }
      const over = await finish(file, seen);
      setbacks.clear(file.id);
      // What remains is found once a day.
      for (const key of over) await store.remove(key).catch(onFault);
      return 0;
    } catch (error) {
      const isAway = error instanceof AppError && error.code === 'UNAVAILABLE';
      await leave(file.id, isStopping || isAway ? 0 : restMs);
      if (!isStopping && setbacks.add(file.id)) onFault(error);
      return isAway ? awayMs : 0;
    } finally {
      release();
      // Where the disk itself is away there is nothing to remove it from.
      if (folder !== null) await rm(folder, { recursive: true, force: true }).catch(() => {});
    }
  };

  const workers = Array.from({ length: limits.looksAtOnce }, () =>
    createWorker({
      everyMs: intervalMs,
      onFault,
      async takePortion() {
        const file = await claim();
        if (file === null) return null;
        return await handle(file);
      },
    }),
  );
  const kick = () => {
    for (const worker of workers) worker.kick();
  };

  return {
    kick,
    start() {
      isStopping = false;
      for (const worker of workers) worker.start();
    },
    async stop() {
      isStopping = true;
      await Promise.all([...workers.map((worker) => worker.stop()), looker.stop()]);
    },
  };
}

const waiting = createStatement((tx, slot: Slots<{ limit: number }>) =>
  tx.db
    .selectFrom('File as f')
    .select('f.id')
    .where('f.state', '=', 'CHECKING')
    .where((eb) => eb.or([eb('f.lookedUntil', 'is', null), eb('f.lookedUntil', '<', tx.dialect.now)]))
    .orderBy((eb) =>
      eb.exists(
        eb
          .selectFrom('File as other')
          .select('other.id')
          .whereRef('other.ownerId', '=', 'f.ownerId')
          .where('other.state', '=', 'CHECKING')
          .where('other.lookedUntil', '>=', tx.dialect.now),
      ),
    )
    .orderBy('f.stateAt')
    .limit(slot.limit('limit')),
);

/** A file that waits for a look, where nobody else is taking it, locked. */
async function free(tx: Tx, id: number): Promise<(FileRow & { readonly now: number }) | undefined> {
  return await tx.db
    .selectFrom('File')
    .selectAll()
    .select(tx.dialect.now.as('now'))
    .where('id', '=', id)
    .where('state', '=', 'CHECKING')
    .where((eb) => eb.or([eb('lookedUntil', 'is', null), eb('lookedUntil', '<', tx.dialect.now)]))
    .modifyEnd(tx.dialect.forUpdateOfFree)
    .executeTakeFirst();
}

/** What a row says of a file that was looked at. */
function columnsOf(file: FileRow, { facts, cover }: Exclude<Seen, { readonly refusal: LookRefusal }>): Partial<FileRow> {
  const flag = (value: boolean) => (value ? 1 : 0);
  return {
    mime: facts.mime,
    bytes: facts.bytes,
    isMade: flag(facts.made !== null),
    hasThumbnail: flag(facts.thumbnail !== null || cover !== null),
    width: facts.width,
    height: facts.height,
    isAnimated: flag(facts.isAnimated),
    duration: facts.duration ?? file.saidDuration,
    peaks: facts.peaks === null ? null : JSON.stringify(facts.peaks),
    placeholder: facts.placeholder ?? cover?.placeholder ?? null,
    publicKey: file.kind === 'AVATAR' ? randomBytes(16).toString('hex') : null,
  };
}
