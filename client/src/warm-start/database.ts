/** The one database of a server, for all tabs: `outbox` has a row for each message that waits, `state` one for each person. */
export interface Database {
  /** Runs in one transaction, and resolves when it is there to stay. */
  run<T>(store: StoreName, mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T>;
  close(): void;
}

export type StoreName = 'outbox' | 'state';

const version = 1;

/** Milliseconds after which a browser that has not opened it counts as one that keeps nothing, until it has: some hang for good. */
const patience = 5000;

/** Opens it with the first use, and again where the browser has closed it. Rejects where the browser keeps nothing. */
export function createDatabase(url: string): Database {
  let opening: Promise<IDBDatabase> | null = null;
  let isClosed = false;

  const open = () =>
    new Promise<IDBDatabase>((resolve, reject) => {
      const request = indexedDB.open(nameOf(url), version);
      request.onupgradeneeded = () => {
        const outbox = request.result.createObjectStore('outbox', { keyPath: 'clientId' });
        outbox.createIndex('userId', 'userId');
        outbox.createIndex('tab', 'tab');
        request.result.createObjectStore('state', { keyPath: 'userId' });
      };
      const lost = () => {
        opening = null;
      };
      const timer = setTimeout(() => reject(new Error('The browser does not open its database')), patience);
      request.onsuccess = () => {
        clearTimeout(timer);
        const database = request.result;
        database.onclose = lost;
        // A page of a newer version wants to change it, or somebody deletes it.
        database.onversionchange = () => {
          lost();
          database.close();
        };
        resolve(database);
        // After its time was over it is there all the same.
        opening = Promise.resolve(database);
        if (isClosed) database.close();
      };
      request.onerror = () => {
        clearTimeout(timer);
        lost();
        reject(request.error);
      };
    });

  const begin = async (store: StoreName, mode: IDBTransactionMode) => {
    if (isClosed) throw new Error('The page is closed');
    opening ??= open();
    const database = await opening;
    try {
      return database.transaction(store, mode);
    } catch (error) {
      // The browser has closed it, and has not said so yet: telephones do that to pages in the background.
      opening = null;
      throw error;
    }
  };

  return {
    async run(store, mode, work) {
      const transaction = await begin(store, mode).catch(() => begin(store, mode));
      return await new Promise((resolve, reject) => {
        const request = work(transaction.objectStore(store));
        transaction.oncomplete = () => resolve(request.result);
        transaction.onabort = () => reject(transaction.error);
      });
    },
    close() {
      isClosed = true;
      void opening?.then(
        (database) => database.close(),
        () => {},
      );
    },
  };
}

/** What the database of a server is called, and what its locks and channels begin with. */
export function nameOf(url: string): string {
  return `parley ${url}`;
}
