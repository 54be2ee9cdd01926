import { randomUUID } from 'node:crypto';
import { constants, createReadStream, createWriteStream } from 'node:fs';
import { access, copyFile, type FileHandle, link, mkdir, mkdtemp, open, opendir, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DataStore, ERRORS, Upload } from '@tus/server';
import { type BytePace, unbounded } from '../kernel/byte-pace.ts';
import { AppError } from '../kernel/errors.ts';
import { createGate } from '../kernel/gate.ts';
import { awayBecause, borrowed, type FileStore, isKey, NoRoom, requireKey } from './file-store.ts';
import { makeFolder, removeLeft } from './folder.ts';

/** Below it everything is written before it is there under its name. */
const asideName = '.aside';

/**
 * Keeps files in a folder, which is made where it is missing: an upload in the file with the name of its key, and beside it, in `<key>.size`, how many
 * bytes it is to have. Several nodes may share the folder where their machines do. Throws where there is no such folder and none can be made.
 */
export function createDiskFileStore(folder: string, pace: BytePace = unbounded): FileStore {
  const asideFolder = join(folder, asideName);
  makeFolder(folder);
  makeFolder(asideFolder);
  void removeLeft(asideFolder);
  const pathOf = (key: string) => join(folder, requireKey(key));
  const uploads = new Uploads(folder, asideFolder);

  return {
    uploads,
    pace,
    begin: (key, bytes) => disk(() => uploads.begin(requireKey(key), bytes)),
    received: (key) => disk(async () => (await ifThere(stat(pathOf(key))))?.size ?? null),
    put: (key, path) =>
      disk(() =>
        writeAside(asideFolder, pathOf(key), async (aside) => await pipeline(createReadStream(path), createWriteStream(aside, { flags: 'wx', flush: true }))),
      ),
    async fetch(key, path) {
      const there = await disk(() => ifThere(linkOrCopy(pathOf(key), path).then(() => true)));
      if (there === null) throw new AppError('NOT_FOUND');
    },
    openFolder: () => disk(() => mkdtemp(join(asideFolder, 'look-'))),
    read: (key, range) =>
      disk(async () => {
        const file = await ifThere(open(pathOf(key)));
        return file === null ? null : file.createReadStream(range && { start: range.first, end: range.last });
      }),
    async remove(key) {
      await uploads.remove(key);
      // What is made of an upload has a folder of its own, which goes with the last of it.
      if (key.split('/').length > 2) await rmdir(dirname(pathOf(key))).catch(() => {});
    },
    async *list() {
      await removeLeft(asideFolder);
      const entries = await disk(() => opendir(folder, { recursive: true }));
      try {
        for (;;) {
          const entry = await disk(() => entries.read());
          if (entry === null) break;
          const path = join(entry.parentPath, entry.name);
          const key = relative(folder, path).split(sep).join('/');
          const there = entry.isFile() && isKey(key) ? await disk(() => ifThere(stat(path))) : null;
          if (there) yield { key, at: there.mtimeMs };
        }
      } finally {
        // Whoever has seen enough leaves in the middle.
        await entries.close();
      }
    },
    link: async () => null,
    ping: () => disk(() => access(asideFolder, constants.W_OK)),
    close: async () => {},
  };
}

/**
 * After so many bytes of an upload the system writes away what it keeps of it: else it may be gone after a loss of power. Not all of it at the end, because
 * what the database has written away meanwhile waits for that, and everybody with it.
 */
const syncBytes = 4_194_304;

/** Uploads in the folder. The store of tus's own for files ends the process where it cannot make its folder, and takes what it cannot read for what is not there. */
class Uploads extends DataStore {
  private readonly folder: string;
  private readonly asideFolder: string;
  private readonly syncing = createGate(1);

  constructor(folder: string, asideFolder: string) {
    super();
    this.folder = folder;
    this.asideFolder = asideFolder;
    this.extensions = ['termination'];
  }

  async begin(key: string, bytes: number): Promise<void> {
    const path = this.pathOf(key);
    await mkdir(dirname(path), { recursive: true });
    // Made where it is not there, and left as it is where it is.
    await (await open(path, 'a')).close();
    const size = `${path}.size`;
    if ((await ifThere(stat(size))) === null) await writeAside(this.asideFolder, size, (aside) => writeFile(aside, String(bytes), { flag: 'wx', flush: true }));
  }

  override getUpload(key: string): Promise<Upload> {
    return disk(async () => {
      const path = this.pathOf(key);
      const [size, there] = [await ifThere(readFile(`${path}.size`, 'utf8')), await ifThere(stat(path))];
      if (size === null || there === null) throw ERRORS.FILE_NOT_FOUND;
      return new Upload({ id: key, size: Number(size), offset: there.size });
    });
  }

  override write(bytes: Readable, key: string, offset: number): Promise<number> {
    return disk(async () => {
      const path = this.pathOf(key);
      let end = offset;
      let unsynced = 0;
      try {
        const file = await open(path, 'r+');
        // One at a time: each holds a thread that passwords and answers need as well.
        const sync = async () => {
          await this.syncing.run(() => file.sync());
          // What was taken away meanwhile can be written all the same, and is nowhere.
          await stat(path);
        };
        try {
          for await (const piece of borrowed(bytes)) {
            const { length } = piece;
            await writeAll(file, piece, end);
            giveBack(piece);
            end += length;
            unsynced += length;
            if (unsynced < syncBytes) continue;
            unsynced = 0;
            await sync();
          }
          await sync();
        } finally {
          await file.close();
        }
      } catch (error) {
        throw isCode(error, 'ENOENT') ? ERRORS.FILE_NOT_FOUND : error;
      }
      return end;
    });
  }

  override async remove(key: string): Promise<void> {
    const path = this.pathOf(key);
    // Last the file itself: what is left of a half removal is found by its name.
    await disk(() => rm(`${path}.size`, { force: true }));
    await disk(() => rm(path, { force: true }));
  }

  private pathOf(key: string): string {
    return join(this.folder, requireKey(key));
  }
}

/** Has something written under a name of its own, and gives it its right one when it is whole. */
async function writeAside(folder: string, path: string, write: (aside: string) => Promise<void>): Promise<void> {
  const aside = join(folder, randomUUID());
  try {
    await write(aside);
    await mkdir(dirname(path), { recursive: true });
    await rename(aside, path);
  } catch (error) {
    await rm(aside, { force: true }).catch(() => {});
    throw error;
  }
}

/** Does something with the disk: what that says becomes `UNAVAILABLE`, every other error stays as it is. */
async function disk<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (['ENOSPC', 'EDQUOT', 'EFBIG'].some((code) => isCode(error, code))) throw new NoRoom(error);
    if (error instanceof Error && 'syscall' in error) throw awayBecause(error);
    throw error;
  }
}

/**
 * Gives a file a second name, which costs nothing. Where the system cannot do that it is copied: that takes the disk for a while, and everybody waits with it
 * whose commit has to be written away.
 */
async function linkOrCopy(from: string, to: string): Promise<void> {
  await link(from, to).catch(async (error: unknown) => {
    if (!['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'].some((code) => isCode(error, code))) throw error;
    await copyFile(from, to, constants.COPYFILE_FICLONE);
  });
}

/** Writes all of a piece, however little the system takes at once. */
async function writeAll(file: FileHandle, piece: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < piece.length; ) done += (await file.write(piece, done, piece.length - done, position + done)).bytesWritten;
}

/**
 * Gives the memory of a piece back at once, where it has some of its own. Else V8 would do that, which collects all garbage for it, again and again while
 * much comes in: each time everybody waits for a tenth of a second.
 */
function giveBack({ buffer, byteLength }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && buffer.byteLength === byteLength) buffer.transfer(0);
}

async function ifThere<T>(asking: Promise<T>): Promise<T | null> {
  return await asking.catch((error: unknown) => {
    if (isCode(error, 'ENOENT')) return null;
    throw error;
  });
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
