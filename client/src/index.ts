import { openParley } from './parley.ts';
import { usualTiming } from './timing.ts';
import type { Parley, ParleyOptions } from './types.ts';

export { MessagesWaiting, ParleyError } from './errors.ts';
export { localStorageTokens, memoryTokens } from './session/tokens.ts';
export type * from './types.ts';

/** A page's way to a Parley server: the session, what the page shows, and what it sends. Nothing is asked for before it is used. */
export function createParley(options: ParleyOptions): Parley {
  return openParley(options, usualTiming);
}
