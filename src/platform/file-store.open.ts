import { join } from 'node:path';
import type { Config } from '../config.ts';
import { type BytePace, createBytePace } from '../kernel/byte-pace.ts';
import { StartError } from '../kernel/start-error.ts';
import { createDiskFileStore } from './file-store.disk.ts';
import type { FileStore } from './file-store.ts';
import { watchedFileStore } from './file-store.watched.ts';
import type { Logger } from './logger.ts';

type StoreConfig = Pick<Config, 's3' | 'dataDir' | 'transfers'>;

/**
 * Opens the store that is configured: the bucket of `S3_…`, or the folder `files` in DATA_DIR. The log says when it is away. `wrap`: what becomes of it before
 * that is found out. Throws a `StartError` where it cannot be used.
 */
export async function openFileStore(config: StoreConfig, logger: Logger, wrap: (store: FileStore) => FileStore = (store) => store): Promise<FileStore> {
  return watchedFileStore(wrap(await open(config, createBytePace(config.transfers.uploadBytesPerSecond))), logger);
}

async function open({ s3, dataDir }: StoreConfig, pace: BytePace): Promise<FileStore> {
  if (s3 === null) {
    const folder = join(dataDir, 'files');
    try {
      return createDiskFileStore(folder, pace);
    } catch (error) {
      throw new StartError(`The folder ${folder} cannot be used (${reasonOf(error)}): make it one that this process can write to, or correct DATA_DIR.`, error);
    }
  }
  // What speaks to S3 is large, and of no use to anybody else.
  const { createS3FileStore } = await import('./file-store.s3.ts');
  const store = createS3FileStore(s3, pace);
  try {
    await store.ping();
    return store;
  } catch (error) {
    await store.close();
    throw new StartError(
      `The bucket ${s3.bucket} cannot be used (${reasonOf(error)}): start its server, or correct S3_ENDPOINT and the other S3_… variables.`,
      error,
    );
  }
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return cause instanceof Error ? cause.message || cause.name : String(cause);
}
