import { createListeners, type Listeners } from '../observable.ts';

/** Whoever wants to know of a change. */
export interface Signal {
  readonly subscribe: (listener: () => void) => () => void;
  /** Somebody listens. */
  isWatched(): boolean;
  /** Tells the listeners at the end of this turn, once for all that changed in it. */
  changed(): void;
}

interface Watching {
  /** Called with the first listener. */
  readonly first?: () => void;
  /** Called when the last one has gone. */
  readonly last?: () => void;
}

export type Signals = (watching?: Watching) => Signal;

/** Signals that tell together: whatever changes in one turn is told once, at its end. */
export function createSignals(): Signals {
  let pending = new Set<Listeners>();
  const tell = () => {
    const told = pending;
    pending = new Set();
    for (const listeners of told) listeners.call();
  };
  return ({ first, last } = {}) => {
    const listeners = createListeners();
    return {
      subscribe(listener) {
        const isFirst = listeners.isEmpty();
        const stop = listeners.add(listener);
        if (isFirst) first?.();
        let isOver = false;
        return () => {
          if (isOver) return;
          isOver = true;
          stop();
          if (listeners.isEmpty()) last?.();
        };
      },
      isWatched: () => !listeners.isEmpty(),
      changed() {
        if (listeners.isEmpty()) return;
        if (pending.size === 0) queueMicrotask(tell);
        pending.add(listeners);
      },
    };
  };
}
