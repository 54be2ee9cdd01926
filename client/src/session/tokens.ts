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
  const guarded = <T>(use: (storage: Storage) => T, otherwise: () => T): T => {
    try {
      return use(localStorage);
    } catch {
      // Forbidden, full, or not there.
      return otherwise();
    }
  };
  return {
    get: () => guarded((storage) => parse(storage.getItem(key)) ?? memory.get(), memory.get),
    set(tokens) {
      void memory.set(null);
      guarded(
        (storage) => (tokens ? storage.setItem(key, JSON.stringify(tokens)) : storage.removeItem(key)),
        () => memory.set(tokens),
      );
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
