import { AppError } from '../kernel/errors.ts';
import { type FileStore, NoRoom } from './file-store.ts';
import type { Logger } from './logger.ts';

/** How often a store that is away is asked whether it is there again, in milliseconds. */
const askMs = 5000;

/**
 * A store of which the log says once that it is away, or full, and once that it is not any more: whoever works behind the answers tries again without a word.
 * What only concerns one file is no outage, so the store itself is asked.
 */
export function watchedFileStore(store: FileStore, logger: Logger): FileStore {
  let isAway = false;
  let isFull = false;
  let asking: Promise<void> | null = null;
  let timer: NodeJS.Timeout | undefined;

  const ask = async () => {
    try {
      await store.ping();
      if (isAway) logger.info('the store of files is back');
      isAway = false;
    } catch (error) {
      if (!isAway) logger.warn({ err: causeOf(error) }, 'the store of files is away');
      isAway = true;
      timer = setTimeout(look, askMs).unref();
    }
    asking = null;
  };
  const look = () => {
    asking ??= ask();
  };

  const failed = (error: unknown) => {
    if (error instanceof NoRoom) {
      if (!isFull) logger.warn({ err: causeOf(error) }, 'the store of files has no room');
      isFull = true;
    } else if (error instanceof AppError && error.code === 'UNAVAILABLE' && !isAway) look();
  };

  const watched = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      failed(error);
      throw error;
    }
  };

  return {
    ...store,
    begin: (key, bytes) => watched(() => store.begin(key, bytes)),
    received: (key) => watched(() => store.received(key)),
    put: (key, path, contentType) =>
      watched(async () => {
        await store.put(key, path, contentType);
        if (isFull) logger.info('the store of files has room again');
        isFull = false;
      }),
    fetch: (key, path) => watched(() => store.fetch(key, path)),
    openFolder: () => watched(() => store.openFolder()),
    read: (key, range) => watched(() => store.read(key, range)),
    remove: (key) => watched(() => store.remove(key)),
    async *list() {
      try {
        yield* store.list();
      } catch (error) {
        failed(error);
        throw error;
      }
    },
    async close() {
      clearTimeout(timer);
      await asking;
      clearTimeout(timer);
      await store.close();
    },
  };
}

const causeOf = (error: unknown) => (error instanceof Error ? (error.cause ?? error) : error);
