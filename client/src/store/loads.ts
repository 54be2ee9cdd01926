import type { Core } from '../core.ts';
import { ParleyError } from '../errors.ts';
import type { ParleyErrorLike } from '../types.ts';

/** What is being read of one thing that is shown. */
export interface Loads {
  readonly isLoading: boolean;
  /** Why the last reading failed; null again with the next one. */
  readonly error: ParleyErrorLike | null;
  isLoadingOf(name: string): boolean;
  /**
   * Reads, once at a time under a name, and calls what `read` gives, unless all was dropped meanwhile. With `isPatient` it tries again until it is
   * stopped. Rejects never: a failure is told by `error`.
   */
  load(name: string, read: () => Promise<() => void>, isPatient?: boolean): Promise<void>;
  /** Nobody looks any more: nothing is tried again, and what is on its way is not taken. */
  stop(): void;
  /** What is on its way is not taken. */
  drop(): void;
}

export function createLoads(core: Core, changed: () => void): Loads {
  const loads = new Map<string, Promise<void>>();
  let stopping = new AbortController();
  let error: ParleyErrorLike | null = null;

  return {
    get isLoading() {
      return loads.size > 0;
    },
    get error() {
      return error;
    },
    isLoadingOf: (name) => loads.has(name),
    load(name, read, isPatient = false) {
      const known = loads.get(name);
      if (known) return known;
      const { signal } = stopping;
      const run = async () => {
        const apply = await (isPatient ? again(core, read, signal, fail) : read());
        if (loads.get(name) === loading) apply();
      };
      const fail = (reason: unknown) => {
        if (loads.get(name) !== loading || signal.aborted) return;
        if (!(reason instanceof ParleyError)) throw reason;
        error = reason;
        changed();
      };
      error = null;
      const loading = Promise.resolve()
        .then(run)
        .catch(fail)
        .finally(() => {
          if (loads.get(name) === loading) loads.delete(name);
          changed();
        });
      loads.set(name, loading);
      changed();
      return loading;
    },
    stop() {
      stopping.abort();
      stopping = new AbortController();
      loads.clear();
      changed();
    },
    drop() {
      loads.clear();
      error = null;
    },
  };
}

/** Does something again, with pauses, for as long as it can pass later. Rejects with what cannot, and when the signal aborts. */
export async function again<T>(core: Core, run: () => Promise<T>, signal: AbortSignal, failed?: (error: ParleyError) => void): Promise<T> {
  for (let attempt = 0; ; attempt++)
    try {
      return await run();
    } catch (error) {
      if (!(error instanceof ParleyError && error.retryable)) throw error;
      failed?.(error);
      await core.pause(error, attempt, signal);
    }
}
