import { createSetbacks } from '../../kernel/setbacks.ts';
import { createWorker } from '../../kernel/worker.ts';
import { insertAll } from '../../platform/bulk.ts';
import type { Database, Tx } from '../../platform/database.ts';
import type { FileStore, StoredFile } from '../../platform/file-store.ts';
import { portionSize } from '../../platform/portions.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import type { FileRow } from './file.entity.ts';
import { deliveredKey, madeKey, uploadKey, uuidOfKey } from './file.policy.ts';
import { endUnused } from './file-use.service.ts';

/** Removes files that nothing shows: uploads that were not used in time, half ones and refused ones, and what was recalled. */
export interface FileCleaning {
  /** Looks for them by itself from now on; of several nodes one removes each. */
  start(): void;
  /** Ends that, and resolves when the portion at hand is through. */
  stop(): Promise<void>;
}

/** What it stands on. */
export interface FileCleaningParts {
  readonly database: Database;
  readonly store: FileStore;
  /** How often it looks, in milliseconds. */
  readonly everyMs: number;
  /** Told of what failed and is tried again. */
  readonly onFault: (error: unknown) => void;
}

/** How many are removed together. */
const together = 50;

/** For how long a node has those to itself that it removes. */
const leaseMs = 120_000;

/** How many in a row cannot be removed before it is the store that is blamed. */
const mostInVain = 3;

/** Of how many it is remembered that they could not be removed, so that it is said once of each. */
const pauses = { firstMs: leaseMs, longestMs: leaseMs, most: 400 } as const;

/** How often the store is searched for what no row knows, and how old that has to be. */
const dayMs = 86_400_000;
const postponedMs = 600_000;
const sweep = 'stored files';

/** Makes it. */
export function createFileCleaning({ database, store, everyMs, onFault }: FileCleaningParts): FileCleaning {
  const setbacks = createSetbacks<number>(pauses);
  let isStopping = false;

  /** Ends those whose time is over. Only those that nobody holds, and that nothing shows under the lock: whoever uses one takes the same lock. */
  const expire = () =>
    database.transaction(
      async (tx) => {
        const over: number[] = [];
        for (const state of ['WAITING', 'CHECKING', 'READY', 'REFUSED'] as const) {
          const found = await tx.db
            .selectFrom('File')
            .select('id')
            .where('state', '=', state)
            .where('isKept', '=', 0)
            .where('expiresAt', '<', tx.dialect.now)
            .where((eb) => eb.or([eb('lookedUntil', 'is', null), eb('lookedUntil', '<', tx.dialect.now)]))
            .orderBy('expiresAt')
            .limit(together)
            .modifyEnd(tx.dialect.forUpdateOfFree)
            .execute();
          over.push(...found.map(({ id }) => id));
        }
        await endUnused(tx, { ids: over });
        await keepOthers(tx, { ids: over });
        return over.length;
      },
      { attempts: 2 },
    );

  /** Takes some that are GONE; another node leaves them alone for a while. */
  const claim = () =>
    database.transaction(
      async (tx) => {
        const rows = await tx.db
          .selectFrom('File')
          .select(['id', 'uuid'])
          .where('state', '=', 'GONE')
          .where((eb) => eb.or([eb('lookedUntil', 'is', null), eb('lookedUntil', '<', tx.dialect.now)]))
          .orderBy('stateAt')
          .limit(together)
          .modifyEnd(tx.dialect.forUpdateOfFree)
          .execute();
        await lease(tx, { ids: rows.map(({ id }) => id) });
        return rows;
      },
      { attempts: 2 },
    );

  /** Removes the bytes of one that is GONE, then its row. False: it did not work, and it is tried again when the lease is over. */
  const clearOne = async ({ id, uuid }: Pick<FileRow, 'id' | 'uuid'>): Promise<boolean> => {
    try {
      for (const key of [uploadKey(uuid), madeKey(uuid, 'file'), madeKey(uuid, 'thumbnail')]) await store.remove(key);
    } catch (error) {
      if (setbacks.add(id)) onFault(error);
      return false;
    }
    await database.transaction((tx) => tx.db.deleteFrom('File').where('id', '=', id).where('state', '=', 'GONE').execute());
    setbacks.clear(id);
    return true;
  };

  /**
   * Removes some that are GONE; one that cannot be removed holds up none of the others. Several in a row in vain are the matter of the store: those that
   * were not tried are left for the next time. Gives how many it has tried, and whether the store is away.
   */
  const clear = async (): Promise<{ readonly tried: number; readonly isAway: boolean }> => {
    const rows = await claim();
    let tried = 0;
    let inVain = 0;
    while (tried < rows.length && inVain < mostInVain && !isStopping) {
      const row = rows[tried++];
      inVain = row === undefined || (await clearOne(row)) ? 0 : inVain + 1;
    }
    const ids = rows.slice(tried).map(({ id }) => id);
    await database.transaction((tx) => letGo(tx, { ids }));
    return { tried, isAway: inVain === mostInVain };
  };

  /** Whether it is this node's turn to search the store: once a day one's, for the first time when these tables are a day old. */
  const isDue = () =>
    database.transaction(async (tx) => {
      const { now } = await tx.db.selectNoFrom(tx.dialect.now.as('now')).executeTakeFirstOrThrow();
      // Not at once: tables that are new know no file, and where they are the wrong ones for this store all of it would be gone.
      await insertAll(tx, 'CleaningProgress', [{ task: sweep, upTo: 0, dueAt: Number(now) + dayMs }], { missing: true });
      const { numUpdatedRows } = await tx.db
        .updateTable('CleaningProgress')
        .set((eb) => ({ dueAt: eb(tx.dialect.now, '+', dayMs) }))
        .where('task', '=', sweep)
        .where('dueAt', '<=', tx.dialect.now)
        .executeTakeFirst();
      return Number(numUpdatedRows) === 1;
    });

  /** Removes what is old and stands in the store for no reason. */
  const removeStrays = async (portion: readonly StoredFile[]): Promise<void> => {
    const uuids = [...new Set(portion.flatMap(({ key }) => uuidOfKey(key) ?? []))];
    const { rows, now } = await database.read(async (tx) => {
      const { now } = await tx.db.selectNoFrom(tx.dialect.now.as('now')).executeTakeFirstOrThrow();
      return { rows: new Map((await known(tx, { uuids })).map((row) => [row.uuid, row])), now: Number(now) };
    });
    for (const { key, at } of portion) {
      const uuid = uuidOfKey(key);
      // What has another form is somebody else's.
      if (uuid === null || at > now - dayMs || isNeeded(key, rows.get(uuid), now)) continue;
      await store.remove(key).catch(onFault);
    }
  };

  const search = async (): Promise<void> => {
    let portion: StoredFile[] = [];
    for await (const stored of store.list()) {
      if (isStopping) return;
      portion.push(stored);
      if (portion.length < portionSize) continue;
      await removeStrays(portion);
      portion = [];
    }
    await removeStrays(portion);
  };

  /** A search that came to no end is done again soon, and not tomorrow. */
  const postpone = async (error: unknown): Promise<void> => {
    await database.transaction((tx) =>
      tx.db
        .updateTable('CleaningProgress')
        .set((eb) => ({ dueAt: eb(tx.dialect.now, '+', postponedMs) }))
        .where('task', '=', sweep)
        .execute(),
    );
    throw error;
  };

  const worker = createWorker({
    everyMs,
    onFault,
    async takePortion() {
      const expired = await expire();
      const { tried, isAway } = await clear();
      if (isAway) return null;
      if (tried > 0 || expired >= together) return isStopping ? null : 0;
      if (await isDue()) await search().catch(postpone);
      return null;
    },
  });
  return {
    start: worker.start,
    async stop() {
      isStopping = true;
      await worker.stop();
    },
  };
}

/** Whether a file stands in the store for a reason, by its row. One that changes, or is being removed, is left to those who do that. */
function isNeeded(key: string, row: Pick<FileRow, 'uuid' | 'state' | 'stateAt' | 'isMade' | 'hasThumbnail'> | undefined, now: number): boolean {
  if (!row) return false;
  if ((row.state !== 'READY' && row.state !== 'REFUSED') || row.stateAt > now - dayMs) return true;
  if (row.state === 'REFUSED') return false;
  return key === deliveredKey(row, 'file') || (row.hasThumbnail === 1 && key === deliveredKey(row, 'thumbnail'));
}

/** Those of these files that are still there although their time is over are shown by something. */
const keepOthers = createStatement((tx, slot: Slots<{ ids: readonly number[] }>) =>
  tx.db.updateTable('File').set({ isKept: 1 }).where('id', 'in', slot('ids')).where('state', '!=', 'GONE'),
);

const lease = createStatement((tx, slot: Slots<{ ids: readonly number[] }>) =>
  tx.db
    .updateTable('File')
    .set((eb) => ({ lookedUntil: eb(tx.dialect.now, '+', leaseMs) }))
    .where('id', 'in', slot('ids')),
);

/** Ends the lease of those that were not tried. */
const letGo = createStatement((tx, slot: Slots<{ ids: readonly number[] }>) =>
  tx.db.updateTable('File').set({ lookedUntil: null }).where('id', 'in', slot('ids')).where('state', '=', 'GONE'),
);

const known = createStatement((tx: Tx, slot: Slots<{ uuids: readonly string[] }>) =>
  tx.db.selectFrom('File').select(['uuid', 'state', 'stateAt', 'isMade', 'hasThumbnail']).where('uuid', 'in', slot('uuids')),
);
