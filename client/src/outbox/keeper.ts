import type { ParleyErrorLike, Sendable } from '../types.ts';
import type { UploadSource } from '../uploads/uploads.ts';
import { createDatabase, nameOf } from '../warm-start/database.ts';
import type { OutboxEntry } from './contract.ts';

/** A message that waits, with what another page needs to go on with it. */
export interface KeptMessage {
  /** Of attachments the content has the caption alone. */
  readonly entry: Omit<OutboxEntry, 'uploads'>;
  /** Null while nobody is signed in. */
  readonly userId: string | null;
  /** Of two messages the one with the lower number goes first. */
  readonly order: number;
  /** Of attachments: what is to be uploaded, or the id of an upload. */
  readonly files: readonly (string | UploadSource)[];
}

/** As it is in IndexedDB. */
interface Row extends Pick<OutboxEntry, 'clientId' | 'to' | 'createdAt' | 'options'> {
  readonly userId: string;
  /** The tab that sends it. */
  readonly tab: string;
  readonly order: number;
  /** Attachments are in `files`. */
  readonly content: Exclude<Sendable, string>;
  /** Null while it is to be sent. */
  readonly failure: ParleyErrorLike | null;
  /** The Blob is null where the browser had no room for it. */
  readonly files: readonly (string | (Omit<UploadSource, 'blob'> & { readonly blob: Blob | null }))[];
}

/** Keeps what waits for when this tab is gone, and takes over what other tabs have left behind. */
export interface Keeper {
  put(message: KeptMessage): Promise<void>;
  remove(clientId: string): Promise<void>;
  /** Those of the person, and those of nobody yet. */
  removeAll(userId: string | null): Promise<void>;
  /** How many messages of the person other tabs have. */
  countOthers(userId: string): Promise<number>;
  /**
   * Gives the messages of the person whose tab is gone: now, and whenever another tab goes. Each is given to one tab. Resolves when those are given that
   * this tab itself had before a reload, and after a while all the same.
   */
  adopt(userId: string, take: (messages: readonly KeptMessage[]) => void): Promise<void>;
  /** Lets other tabs take over what waits, once it is written. */
  close(): Promise<void>;
}

/** Milliseconds after which what this tab had before is not waited for any more: IndexedDB can hang. */
const patience = 2000;
/** Milliseconds in which a tab that is gone may come back: it is reloading. Others wait once to twice as long. */
const reloading = 2000;

/**
 * Each tab holds a Web Lock for as long as it lives, so whoever gets the lock of another tab knows that it is gone. Where there are no locks (pages
 * without https) every tab takes what it finds when it begins: the server takes a message once, whoever sends it. `fresh` is a name for a new tab.
 */
export function openKeeper(url: string, fresh: string): Keeper {
  const database = createDatabase(url);
  const name = nameOf(url);
  const locks = globalThis.navigator?.locks;
  const storage = tabStorage();
  const lockOf = (which: string) => `${name} tab ${which}`;
  const closing = new AbortController();
  const { signal } = closing;
  const watched = new Set<string>();
  /** What has to be written before another tab may take it over. */
  const writing = new Set<Promise<unknown>>();
  let isClosing = false;
  let adopting: { readonly userId: string; readonly take: (messages: readonly KeptMessage[]) => void } | null = null;

  const held = new Promise<void>((release) => signal.addEventListener('abort', () => release()));
  /** Whether the lock is this tab's from now on. */
  const hold = (which: string) =>
    new Promise<boolean>((resolve, reject) => {
      const answer = (lock: Lock | null) => {
        resolve(lock !== null);
        return lock ? held : undefined;
      };
      if (!locks) resolve(false);
      else locks.request(lockOf(which), { ifAvailable: true }, answer).catch(reject);
    });
  /** After a reload a tab has the name that it had. A tab that was doubled has that of another one, and needs one of its own. */
  const named = async (): Promise<string> => {
    const before = storage?.getItem(name);
    if (before && (await hold(before))) return before;
    await hold(fresh);
    storage?.setItem(name, fresh);
    return fresh;
  };
  const own = named();

  const rowsOf = (index: 'userId' | 'tab', key: string) => database.run<Row[]>('outbox', 'readonly', (store) => store.index(index).getAll(key));

  /** Of the person, and of nobody yet. */
  const rowsFor = async (userId: string | null) => [...(userId === null ? [] : await rowsOf('userId', userId)), ...(await rowsOf('userId', ''))];

  /** Makes the rows of a tab that is gone those of this one, in one transaction: of several tabs that try, one finds them. */
  const takeOver = async (from: string) => {
    const tab = await own;
    if (!adopting || isClosing) return;
    const { userId, take } = adopting;
    const taken: Row[] = [];
    await database.run('outbox', 'readwrite', (store) => {
      const request = store.index('tab').getAll(from);
      request.onsuccess = () => {
        for (const row of request.result.filter(isRow)) {
          if (row.userId !== userId && row.userId !== '') continue;
          taken.push(row);
          store.put({ ...row, tab });
        }
      };
      return request;
    });
    if (taken.length > 0 && !isClosing) take(taken.map(messageOf));
  };

  /** Waits until a tab is gone, and takes over what it has left behind. */
  const inherit = async (from: string): Promise<void> => {
    if (!locks || from === (await own)) return await takeOver(from);
    // Without a name that is kept no tab comes back.
    if (!storage) return await locks.request(lockOf(from), { signal }, () => takeOver(from));
    for (let isGone = false; !isGone && !isClosing; ) {
      await locks.request(lockOf(from), { signal }, () => {});
      // Not all others at once: they would take each other for the tab.
      await new Promise((resolve) => setTimeout(resolve, reloading * (1 + Math.random())));
      isGone = await locks.request(lockOf(from), { ifAvailable: true }, async (lock) => {
        if (lock) await takeOver(from);
        return lock !== null;
      });
    }
  };
  const watch = async (from: string) => {
    if (watched.has(from)) return;
    watched.add(from);
    await inherit(from)
      .catch(() => {})
      .finally(() => watched.delete(from));
  };

  const channel = locks && typeof BroadcastChannel === 'function' ? new BroadcastChannel(name) : null;
  if (channel) channel.onmessage = ({ data }: MessageEvent<unknown>) => typeof data === 'string' && void watch(data);

  const finishing = <Argument>(write: (argument: Argument) => Promise<void>) => {
    return (argument: Argument) => {
      const written = write(argument).finally(() => writing.delete(written));
      writing.add(written);
      return written;
    };
  };

  return {
    put: finishing(async (message) => {
      const tab = await own;
      const row = rowOf(message, tab);
      const write = (made: Row) => database.run('outbox', 'readwrite', (store) => store.put(made));
      try {
        await write(row);
      } catch {
        // No room for files, or no way to keep them. The message itself is small.
        await write({ ...row, files: row.files.map((file) => (typeof file === 'string' ? file : { ...file, blob: null })) });
      }
      // So that somebody waits for the end of this tab.
      channel?.postMessage(tab);
    }),
    remove: finishing(async (clientId) => {
      await own;
      await database.run('outbox', 'readwrite', (store) => store.delete(clientId));
    }),
    async removeAll(userId) {
      const rows = await rowsFor(userId);
      await Promise.all(rows.map(({ clientId }) => database.run('outbox', 'readwrite', (store) => store.delete(clientId))));
    },
    async countOthers(userId) {
      const tab = await own;
      return (await rowsOf('userId', userId)).filter((row) => row.tab !== tab).length;
    },
    async adopt(userId, take) {
      adopting = { userId, take };
      const given = async () => {
        const [rows, tab] = [await rowsFor(userId), await own];
        // Other tabs may live for long.
        await Promise.all(rows.map((row) => (locks && row.tab !== tab ? void watch(row.tab) : watch(row.tab))));
      };
      let timer: ReturnType<typeof setTimeout> | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, patience);
      });
      await Promise.race([given(), late]).finally(() => clearTimeout(timer));
    },
    async close() {
      isClosing = true;
      await Promise.allSettled(writing);
      closing.abort();
      channel?.close();
      database.close();
    },
  };
}

/** What is of this tab alone, also after a reload. */
function tabStorage(): Storage | null {
  try {
    return globalThis.sessionStorage ?? null;
  } catch {
    return null;
  }
}

function rowOf({ entry, userId, order, files }: KeptMessage, tab: string): Row {
  const { clientId, to, createdAt, content, options, state, error } = entry;
  return {
    clientId,
    userId: userId ?? '',
    tab,
    to,
    order,
    createdAt,
    content: typeof content === 'string' ? { text: content } : 'attachments' in content ? { ...content, attachments: [] } : content,
    options,
    failure: state === 'failed' && error ? { code: error.code, message: error.message, retryable: error.retryable, retryAfter: error.retryAfter } : null,
    files,
  };
}

const lost: ParleyErrorLike = { code: 'NOT_FOUND', message: 'The file was not kept: choose it again', retryable: false, retryAfter: null };

function messageOf({ clientId, userId, to, order, createdAt, content, options, failure, files }: Row): KeptMessage {
  const isLost = files.some((file) => typeof file !== 'string' && file.blob === null);
  const error = isLost ? lost : failure;
  const entry = { clientId, to, createdAt, content, options, state: error ? 'failed' : 'sending', error } as const;
  return {
    entry,
    userId: userId || null,
    order,
    files: files.map((file) => (typeof file === 'string' ? file : { ...file, blob: file.blob ?? new Blob() })),
  };
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && 'clientId' in value && 'order' in value && 'files' in value;
}
