import { ownError } from './errors.ts';

/** What a part of the client that is loaded later resolves with. Rejects with NETWORK where it cannot be loaded. */
export function loaded<Part>(part: Promise<Part>, locale: () => string): Promise<Part> {
  return part.catch(() => {
    throw ownError('NETWORK', locale);
  });
}

/**
 * Loads a part of the client that is needed from now on. While the network is away it cannot be loaded: then again, for some minutes, with the pauses that
 * `pause` makes. Rejects where that rejects.
 */
export async function loadLater<Part>(load: () => Promise<Part>, pause: (attempt: number) => Promise<void>): Promise<Part> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await load();
    } catch (error) {
      if (attempt === 10) throw error;
      await pause(attempt);
    }
  }
}

/** Gives the same one each time, and makes another one where that has failed: the network may have been away. */
export function once<Part>(make: () => Promise<Part>): () => Promise<Part> {
  let made: Promise<Part> | null = null;
  return () => {
    if (!made) {
      made = make();
      made.catch(() => {
        made = null;
      });
    }
    return made;
  };
}
