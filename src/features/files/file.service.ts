import { randomUUID } from 'node:crypto';
import { AppError } from '../../kernel/errors.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import type { Database, Tx } from '../../platform/database.ts';
import type { FileLooker } from '../../platform/file-look.ts';
import type { FileScanner } from '../../platform/file-scan.ts';
import type { FileStore } from '../../platform/file-store.ts';
import type { LogService, LogWriter } from '../log/log.service.ts';
import type { FileRow } from './file.entity.ts';
import { uploadKey } from './file.policy.ts';
import { fileByUuid, keptOf, lockFile, ownUploads, uploadOfEnabled } from './file-rows.service.ts';
import { endUnused } from './file-use.service.ts';
import { createLooking } from './looking.service.ts';
import { type FileLimits, isSameUpload, type NewUpload, requireRoom, requireSize, takeUpload } from './upload-input.policy.ts';

/** Files: what is announced, what comes, and what becomes of it. */
export interface FileService {
  /**
   * Announces an upload and makes room for it in the store. The same clientId gives the same one back, in whatever state it is. Throws
   * `BAD_USER_INPUT`, `FILE_TOO_LARGE`, `QUOTA_EXCEEDED`; `NOT_FOUND` and `FILE_NOT_READY` for the cover; `CONFLICT` where the clientId was used for
   * something else, or for what is gone; `UNAVAILABLE` where the store is away, and then nothing is announced.
   */
  create(viewer: Viewer, upload: NewUpload): Promise<FileRow>;
  /** Takes an upload back that nothing shows. False: there is none, or something shows it. */
  cancel(owner: Pick<Viewer, 'userId'>, uuid: string): Promise<boolean>;
  /** Those of these files that are the viewer's own uploads. */
  byIds(tx: Tx, viewer: Viewer, ids: readonly number[]): Promise<ReadonlyMap<number, FileRow>>;
  /** The viewer's own upload, or null. */
  find(tx: Tx, viewer: Viewer, uuid: string): Promise<FileRow | null>;
  /** For the door of uploads: one that is not GONE and whose maker is not disabled, or null. */
  findUpload(uuid: string): Promise<FileRow | null>;
  /** For the same: all bytes of it are there. It is looked at from now on. Doing it again changes nothing. */
  received(uuid: string): Promise<void>;
  /** For the door of files: one whose bytes may be given, or null. */
  findReadable(uuid: string): Promise<FileRow | null>;
  /** Likewise, for an avatar, by its key. */
  findAvatar(publicKey: string): Promise<FileRow | null>;
  /** How many bytes of an upload are there. */
  receivedBytes(file: FileRow): Promise<number>;
  /** Looks at what has come from now on, also through other nodes. */
  start(): void;
  /** Ends that. What is being looked at is taken up by another node, or after the next start. */
  stop(): Promise<void>;
}

/** What the service stands on. */
export interface FileParts {
  readonly database: Database;
  readonly log: LogService;
  readonly store: FileStore;
  readonly looker: FileLooker;
  readonly scanner: FileScanner;
  readonly limits: FileLimits;
  /** Told of work behind the answers that failed and is tried again. */
  readonly onFault: (error: unknown) => void;
}

/** Makes the service. */
export function createFileService({ database, log, store, looker, scanner, limits, onFault }: FileParts): FileService {
  const looking = createLooking({ database, log, store, looker, scanner, limits, onFault });

  const received: FileService['received'] = async (uuid) => {
    const found = await database.read((tx) => fileByUuid(tx, uuid));
    if (found?.state !== 'WAITING') return;
    await log.write(async (writer) => {
      await writer.lock([found.ownerId]);
      const file = await lockFile(writer, found.id);
      // A visitor who has left no trace is deleted, and what was theirs is removed unseen.
      if (file?.state !== 'WAITING' || !writer.holds([file.ownerId])) return;
      const { now } = await writer.stamp();
      await writer.db
        .updateTable('File')
        .set({ state: 'CHECKING', stateAt: now, expiresAt: now + limits.keepMs })
        .where('id', '=', file.id)
        .execute();
      writer.append(file.ownerId, { kind: 'UPLOAD', aboutId: file.id }, [file.ownerId]);
      writer.afterCommit(looking.kick);
    });
  };

  const receivedBytes: FileService['receivedBytes'] = async ({ uuid, size, state }) =>
    state === 'WAITING' ? Math.min(size, (await store.received(uploadKey(uuid))) ?? 0) : size;

  return {
    received,
    receivedBytes,
    async create(viewer, given) {
      const wanted = takeUpload(given);
      const before = await database.read((tx) => announced(tx, viewer, wanted, limits));
      const uuid = before?.uuid ?? randomUUID();
      // First there: where the store is away nothing is announced, and nothing counts. Again where it was announced before, by a node that could not say so.
      if (before === null || before.state === 'WAITING') await store.begin(uploadKey(uuid), wanted.size);
      if (before !== null) return before;
      // What was begun for nothing is found once a day, where it cannot be taken away now.
      const takeAway = () => store.remove(uploadKey(uuid)).catch(onFault);
      try {
        const file = await log.write((writer) => announce(writer, viewer, wanted, uuid, limits));
        if (file.uuid !== uuid) await takeAway();
        return file;
      } catch (error) {
        // Without an answer of the database it may be announced all the same.
        if (error instanceof AppError && error.code !== 'UNAVAILABLE') await takeAway();
        throw error;
      }
    },
    cancel: (owner, uuid) =>
      log.write(async (writer) => {
        const found = await fileByUuid(writer, uuid);
        const file = found?.ownerId === owner.userId ? await lockFile(writer, found.id) : undefined;
        if (!file || file.state === 'GONE') return false;
        await endUnused(writer, { ids: [file.id] });
        return (await lockFile(writer, file.id))?.state === 'GONE';
      }),
    byIds: async (tx, viewer, ids) => new Map((await ownUploads(tx, viewer.userId, ids)).map((row) => [row.id, row])),
    async find(tx, viewer, uuid) {
      const file = await fileByUuid(tx, uuid);
      return file?.ownerId === viewer.userId && file.state !== 'GONE' ? file : null;
    },
    async findUpload(uuid) {
      const file = await database.read((tx) => uploadOfEnabled(tx, uuid));
      return file && file.state !== 'GONE' ? file : null;
    },
    async findReadable(uuid) {
      const file = await database.read((tx) => fileByUuid(tx, uuid));
      return file?.state === 'READY' ? file : null;
    },
    async findAvatar(publicKey) {
      const file = await database.read((tx) => tx.db.selectFrom('File').selectAll().where('publicKey', '=', publicKey).executeTakeFirst());
      return file?.state === 'READY' ? file : null;
    },
    start: looking.start,
    stop: looking.stop,
  };
}

const keyOf = ({ clientId }: NewUpload) => clientId.toLowerCase();

const coverOf = async (tx: Tx, { coverUuid }: NewUpload) => (coverUuid === null ? undefined : await fileByUuid(tx, coverUuid));

/** What somebody has announced with these words; null: nothing yet, and it may be announced. */
async function announced(tx: Tx, viewer: Viewer, wanted: NewUpload, limits: FileLimits): Promise<FileRow | null> {
  const cover = await coverOf(tx, wanted);
  const before = await tx.db.selectFrom('File').selectAll().where('ownerId', '=', viewer.userId).where('clientKey', '=', keyOf(wanted)).executeTakeFirst();
  if (before) {
    if (before.state !== 'GONE' && isSameUpload(before, wanted, cover?.id ?? null)) return before;
    const sentence = { zh: '这个 clientId 已用于另一个文件，请换一个', en: 'This clientId was used for another file: make a new one' };
    throw new AppError('CONFLICT', { field: 'clientId' }, sentence);
  }
  requireSize(wanted, limits);
  if (wanted.coverUuid !== null) {
    if (cover?.ownerId !== viewer.userId || cover.state === 'GONE' || cover.kind !== 'IMAGE') throw new AppError('NOT_FOUND', { field: 'coverId' });
    if (cover.state !== 'READY') throw new AppError('FILE_NOT_READY', { field: 'coverId' });
  }
  requireRoom(await keptOf(tx, viewer.userId), wanted.size, viewer.role, limits);
  return null;
}

/** Writes down what somebody wants to upload, or finds what was written before. */
async function announce(writer: LogWriter, viewer: Viewer, wanted: NewUpload, uuid: string, limits: FileLimits): Promise<FileRow> {
  // Under this lock nobody else announces anything for the same person: what is counted stays true.
  await writer.lock([viewer.userId]);
  const before = await announced(writer, viewer, wanted, limits);
  if (before !== null) return before;
  const cover = await coverOf(writer, wanted);
  const { now } = await writer.stamp();
  const row = {
    uuid,
    ownerId: viewer.userId,
    clientId: wanted.clientId,
    clientKey: keyOf(wanted),
    kind: wanted.kind,
    name: wanted.name,
    size: wanted.size,
    state: 'WAITING' as const,
    stateAt: now,
    reason: null,
    createdAt: now,
    expiresAt: now + limits.keepMs,
    isKept: 0 as const,
    lookedUntil: null,
    looks: 0,
    saidDuration: wanted.duration,
    coverId: cover?.id ?? null,
    mime: null,
    bytes: null,
    isMade: 0 as const,
    hasThumbnail: 0 as const,
    width: null,
    height: null,
    isAnimated: 0 as const,
    duration: null,
    peaks: null,
    placeholder: null,
    publicKey: null,
  };
  const inserted = await writer.db
    .insertInto('File')
    .values({ ...row })
    .executeTakeFirstOrThrow();
  return { ...row, id: Number(inserted.insertId) };
}
