import type { Readable } from 'parley-client';
import { useSyncExternalStore } from 'preact/compat';

/** The present state of something of the client's; the component is rendered again when it changes. */
export function useReadable<T>(readable: Readable<T>): T {
  return useSyncExternalStore(readable.subscribe, readable.get);
}
