import { createListeners } from '../observable.ts';

/** Times at which a page had better look at once whether the server is there: the network is back, or somebody looks at the page again. */
export interface Waking {
  /** Calls the listener each time, until the function that it gives is called. */
  onWake(listener: () => void): () => void;
  /** Calls the listener when the browser says that the network is gone. */
  onLoss(listener: () => void): () => void;
  /** The server is there again: whoever rests need not rest any longer. */
  end(): void;
  /** Resolves after so many seconds, or when it is time to look. Rejects when the signal aborts. */
  rest(seconds: number, signal?: AbortSignal): Promise<void>;
  close(): void;
}

export function createWaking(): Waking {
  const wakes = createListeners();
  const losses = createListeners();
  const resting = createListeners();
  const wake = () => {
    resting.call();
    wakes.call();
  };
  const visible = () => {
    if (document.visibilityState === 'visible') wake();
  };
  const closing = new AbortController();
  const { signal } = closing;
  globalThis.addEventListener?.('online', wake, { signal });
  globalThis.addEventListener?.('offline', losses.call, { signal });
  globalThis.document?.addEventListener('visibilitychange', visible, { signal });
  return {
    onWake: wakes.add,
    onLoss: losses.add,
    end: resting.call,
    rest: (seconds, signal) => sleep(seconds, signal, resting.add),
    close: () => closing.abort(),
  };
}

/** Resolves after so many seconds, or earlier where `sooner` calls back. Rejects when the signal aborts. */
export function sleep(seconds: number, signal?: AbortSignal, sooner: (end: () => void) => () => void = () => () => {}): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      stop();
      signal?.removeEventListener('abort', end);
      if (signal?.aborted) reject(signal.reason);
      else resolve();
    };
    const timer = setTimeout(end, seconds * 1000);
    const stop = sooner(end);
    signal?.addEventListener('abort', end);
    if (signal?.aborted) end();
  });
}
