import { isObject } from '../is-object.ts';
import { createListeners } from '../observable.ts';
import type { TokenStore, Tokens } from '../types.ts';

/** Tokens that are gone with the page. Pages of one process that are given the same store share one session. */
export function memoryTokens(initial: Tokens | null = null): TokenStore {
  const listeners = createListeners();
  let tokens = initial;
  return {
    get: () => tokens,
    set(next) {
      tokens = next;
      listeners.call();
    },
    subscribe: listeners.add,
  };
}

/** Tokens in localStorage, for all tabs of the page's origin. Where the browser keeps nothing they are in memory. */
export function localStorageTokens(key = 'parley'): TokenStore {
  const memory = memoryTokens();
  /** Null where the storage is forbidden, full, or not there. */
  const guarded = <T>(use: (storage: Storage) => T): T | null => {
    try {
      return use(localStorage);
    } catch {
      return null;
    }
  };
  return {
    get: () => guarded((storage) => parse(storage.getItem(key))) ?? memory.get(),
    set(tokens) {
      void memory.set(tokens);
      guarded((storage) => {
        // Also where there is no room for new ones: the old ones would hide them.
        if (!tokens || guarded(() => storage.setItem(key, JSON.stringify(tokens))) === null) storage.removeItem(key);
        else void memory.set(null);
      });
    },
    subscribe(listener) {
      const changed = (event: StorageEvent) => {
        if (event.key === key || event.key === null) listener();
      };
      globalThis.addEventListener?.('storage', changed);
      return () => globalThis.removeEventListener?.('storage', changed);
    },
  };
}

function parse(text: string | null): Tokens | null {
  if (text === null) return null;
  const value: unknown = JSON.parse(text);
  return isTokens(value) ? value : null;
}

function isTokens(value: unknown): value is Tokens {
  return isObject(value) && typeof value.token === 'string' && 'refreshToken' in value;
}
