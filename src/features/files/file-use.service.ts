import { AppError } from '../../kernel/errors.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import { insertAll } from '../../platform/bulk.ts';
import type { Tx } from '../../platform/database.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import type { FileRow, FileUseRow, UploadKind } from './file.entity.ts';

/** What shows files: a message, or as seq 0 the profile of a user or of a group. */
export interface UsePlace {
  readonly logId: number;
  readonly seq: number;
}

/** A file in its place. */
export interface Used {
  readonly fileId: number;
  readonly kind: UploadKind;
}

/** Files that are locked until the transaction ends, so that nobody removes them before, by their uuids. */
export type LockedFiles = ReadonlyMap<string, FileRow>;

const locking = (lock: 'forUpdate' | 'forUpdateOfFree') =>
  createStatement((tx, slot: Slots<{ ids: readonly number[] }>) =>
    tx.db.selectFrom('File').selectAll().where('id', 'in', slot('ids')).orderBy('id').modifyEnd(tx.dialect[lock]),
  );

/** Locks files until the transaction ends, in the order of their ids. Before the stamp. */
export const filesById = locking('forUpdate');

/** Likewise, and leaves out those that somebody else holds. */
export const freeFilesById = locking('forUpdateOfFree');

const lockedByUuid = createStatement((tx, slot: Slots<{ uuids: readonly string[] }>) =>
  tx.db.selectFrom('File').selectAll().where('uuid', 'in', slot('uuids')).orderBy('id').modifyEnd(tx.dialect.forUpdate),
);

/**
 * The viewer's own files with these uuids, in this order, locked until the transaction ends: nobody removes them before. Before the stamp. Throws
 * `NOT_FOUND` for one that is not there or somebody else's and `FILE_NOT_READY` for one that is not READY, both for `field`.
 */
export async function requireOwnFiles(tx: Tx, viewer: Viewer, uuids: readonly string[], field: string): Promise<FileRow[]> {
  const rows = await lockedByUuid(tx, { uuids: [...new Set(uuids)] });
  return ownFiles(new Map(rows.map((row) => [row.uuid, row])), viewer, uuids, field);
}

/** Likewise of files that are locked. */
export function ownFiles(files: LockedFiles, viewer: Viewer, uuids: readonly string[], field: string): FileRow[] {
  return uuids.map((uuid) => {
    const row = files.get(uuid);
    if (!row || row.ownerId !== viewer.userId || row.state === 'GONE') throw new AppError('NOT_FOUND', { field });
    if (row.state !== 'READY') throw new AppError('FILE_NOT_READY', { field });
    return row;
  });
}

/** Likewise of files that something shows which the viewer sees: whose they are is no matter. Throws `NOT_FOUND` where one was removed meanwhile. */
export function shownFiles(files: LockedFiles, uuids: readonly string[], field: string): FileRow[] {
  return uuids.map((uuid) => {
    const row = files.get(uuid);
    if (row?.state !== 'READY') throw new AppError('NOT_FOUND', { field });
    return row;
  });
}

/** The rows that say that something shows these files. */
export function usesOf({ logId, seq }: UsePlace, files: readonly Used[]): FileUseRow[] {
  return files.map(({ fileId, kind }, position) => ({ logId, seq, position, fileId, kind }));
}

/** Notes that something shows these files, which are locked. */
export async function useFiles(tx: Tx, place: UsePlace, files: readonly Used[]): Promise<void> {
  await insertAll(tx, 'FileUse', usesOf(place, files));
}

/**
 * Notes that something shows its files no more. What nothing shows any more is GONE: its addresses end with this transaction. Before the stamp, because it
 * locks the files. `exceptId`: a file that is used again at once, and stays.
 */
export async function releaseFiles(tx: Tx, { logId, seq }: UsePlace, exceptId?: number): Promise<void> {
  const uses = await tx.db.selectFrom('FileUse').select('fileId').where('logId', '=', logId).where('seq', '=', seq).execute();
  if (uses.length === 0) return;
  const ids = [...new Set(uses.map(({ fileId }) => fileId))].sort((a, b) => a - b);
  await lockedById(tx, { ids });
  await tx.db.deleteFrom('FileUse').where('logId', '=', logId).where('seq', '=', seq).execute();
  await endUnused(tx, { ids: ids.filter((id) => id !== exceptId) });
}

/**
 * Notes, of the first so many files that messages or profiles of these logs show, that they show them no more. Before the stamp; of logs in which nothing is
 * shown to anybody any more. Gives the log in which more are left, or null.
 */
export async function releaseAllFiles(tx: Tx, logIds: readonly number[], most: number): Promise<number | null> {
  const found = (await firstUses(tx, { logIds, most: most + 1 })).sort((a, b) => a.logId - b.logId || a.seq - b.seq || a.position - b.position);
  const uses = found.slice(0, most);
  const ids = [...new Set(uses.map(({ fileId }) => fileId))].sort((a, b) => a - b);
  await lockedById(tx, { ids });
  await deleteUses(tx, { keys: uses.map(({ logId, seq, position }) => [logId, seq, position]) });
  await endUnused(tx, { ids });
  return found[most]?.logId ?? null;
}

const firstUses = createStatement((tx, slot: Slots<{ logIds: readonly number[]; most: number }>) =>
  tx.db
    .selectFrom('FileUse')
    .select(['logId', 'seq', 'position', 'fileId'])
    .where('logId', 'in', slot('logIds'))
    .orderBy('logId')
    .orderBy('seq')
    .orderBy('position')
    .limit(slot.limit('most')),
);

const deleteUses = createStatement((tx, slot: Slots<{ keys: readonly (readonly number[])[] }>) =>
  tx.db.deleteFrom('FileUse').where(slot.oneOf(['logId', 'seq', 'position'], 'keys')),
);

const lockedById = createStatement((tx, slot: Slots<{ ids: readonly number[] }>) =>
  tx.db.selectFrom('File').select('id').where('id', 'in', slot('ids')).orderBy('id').modifyEnd(tx.dialect.forUpdate),
);

/** Those of these files, which are locked, that nothing shows are GONE from now on. */
export const endUnused = createStatement((tx, slot: Slots<{ ids: readonly number[] }>) =>
  tx.db
    .updateTable('File')
    .set({ state: 'GONE', stateAt: tx.dialect.now })
    .where('id', 'in', slot('ids'))
    .where((eb) => eb.not(eb.exists(eb.selectFrom('FileUse as u').select('u.fileId').whereRef('u.fileId', '=', 'File.id')))),
);
