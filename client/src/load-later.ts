import type { Waking } from './connection/waking.ts';
import { pauseBefore } from './timing.ts';

/**
 * Loads a part of the client that is needed from now on. While the network is away it cannot be loaded: then again, for some minutes. Rejects when the
 * signal aborts.
 */
export async function loadLater<Part>(load: () => Promise<Part>, rest: Waking['rest'], signal?: AbortSignal): Promise<Part> {
  for (let attempt = 0; ; attempt++) {
    try {
      const part = await load();
      signal?.throwIfAborted();
      return part;
    } catch (error) {
      if (signal?.aborted || attempt === 10) throw error;
      await rest(pauseBefore(attempt), signal);
    }
  }
}
