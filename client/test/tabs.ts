import { IDBFactory } from 'fake-indexeddb';
import { vi } from 'vitest';
import { HistoryDocument } from '../../test/generated/graphql.ts';
import { present } from '../../test/support/client.ts';
import { closeLater } from '../../test/support/lifetime.ts';
import type { Person } from '../../test/support/people.ts';
import { type Chat, type Message, memoryTokens, type Parley, type ParleyOptions, type TokenStore } from '../src/index.ts';
import { becomes, openPage, tokensOf } from './page.ts';

/** A browser with somebody's session: its tabs share tokens, IndexedDB, locks and channels. */
export interface Browser {
  readonly tokens: TokenStore;
  /** Opens a tab, or the same one again after a reload, and takes up the session; closed at the end of the test. */
  open(options?: Partial<ParleyOptions>): Promise<Parley>;
}

/** All browsers of a test keep what they keep in one IndexedDB, which is empty at first and gone at its end. */
export function stubIndexedDb(): void {
  vi.stubGlobal('indexedDB', new IDBFactory());
  closeLater(() => vi.unstubAllGlobals());
}

export function openBrowser(person: Person | null, url: string): Browser {
  const tokens = person ? tokensOf(person) : memoryTokens();
  return {
    tokens,
    async open(options = {}) {
      const { parley } = openPage({ url }, { tokens, locale: 'en', ...options });
      await parley.restore();
      return parley;
    },
  };
}

/** A conversation that somebody looks at, with its messages. */
export async function look(parley: Parley, id: string): Promise<Chat> {
  const chat = parley.conversation(id);
  closeLater(chat.subscribe(() => {}));
  await becomes(chat, ({ messages, isLoading }) => messages.some(({ state }) => state === 'sent') && !isLoading, 'the messages');
  return chat;
}

/** What a message says, whoever has it. */
export function textsOf(messages: readonly Message[]): (string | undefined)[] {
  return messages.map(({ content }) => content?.text);
}

/** The texts of a conversation as the server has them. */
export async function textsAt(person: Person, conversationId: string): Promise<(string | undefined)[]> {
  const { conversation } = await person.ask(HistoryDocument, { id: conversationId, last: 100 });
  return present(conversation, 'the conversation').messages.edges.map(({ node }) => node.content?.text);
}

/** `fetch` that loses the answers for which the predicate holds: the server has done what was asked. */
export function losing(loses: (body: string) => boolean): typeof fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    if (!loses(String(init?.body))) return response;
    await response.arrayBuffer();
    throw new TypeError('The answer is lost');
  };
}

/** All rows of a store of the one database that there is. */
export async function keptIn(store: KeptStore): Promise<unknown[]> {
  return await withStore(store, 'readonly', (rows) => resultOf(rows.getAll()));
}

/** Changes every row of a store. */
export async function spoil(store: KeptStore, change: (row: Record<string, unknown>) => object): Promise<void> {
  await withStore(store, 'readwrite', async (rows) => {
    const all: Record<string, unknown>[] = await resultOf(rows.getAll());
    for (const row of all) rows.put(change(row));
    return [];
  });
}

type KeptStore = 'outbox' | 'state';

async function withStore<T>(name: KeptStore, mode: IDBTransactionMode, use: (store: IDBObjectStore) => Promise<T[]>): Promise<T[]> {
  const [found] = await indexedDB.databases();
  if (!found?.name) return [];
  const database = await resultOf(indexedDB.open(found.name));
  try {
    return await use(database.transaction(name, mode).objectStore(name));
  } finally {
    database.close();
  }
}

function resultOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
