import type { Readable } from './types.ts';

/** A Readable whose value somebody sets. The same value again is no change. */
export interface State<T> extends Readable<T> {
  readonly set: (next: T) => void;
}

export function createState<T>(initial: T): State<T> {
  const listeners = createListeners();
  let value = initial;
  return {
    get: () => value,
    subscribe: listeners.add,
    set(next) {
      if (next === value) return;
      value = next;
      listeners.call();
    },
  };
}

export interface Listeners<Args extends unknown[] = []> {
  /** The function that it gives ends it. The same listener may be there several times. */
  readonly add: (listener: (...args: Args) => void) => () => void;
  readonly call: (...args: Args) => void;
  readonly isEmpty: () => boolean;
}

export function createListeners<Args extends unknown[] = []>(): Listeners<Args> {
  const listeners = new Set<{ call: (...args: Args) => void }>();
  return {
    add(call) {
      const listener = { call };
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    call(...args) {
      for (const listener of [...listeners]) {
        // One that has ended meanwhile wants to hear no more.
        if (listeners.has(listener)) safely(() => listener.call(...args));
      }
    },
    isEmpty: () => listeners.size === 0,
  };
}

/** A mistake in code of the page is told as one, and takes nobody else down. */
export function safely(run: () => void): void {
  try {
    run();
  } catch (error) {
    setTimeout(() => {
      throw error;
    });
  }
}
