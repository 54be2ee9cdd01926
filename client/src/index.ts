import { createParleyWith } from './parley.ts';
import { createStandIns } from './stand-in.ts';
import type { Parley, ParleyOptions } from './types.ts';

export { MessagesWaiting, ParleyError } from './errors.ts';
export { localStorageTokens, memoryTokens } from './session/tokens.ts';
export type * from './types.ts';

/** A page's way to a Parley server: the session, what the page shows, and what it sends. */
export function createParley(options: ParleyOptions): Parley {
  return createParleyWith(options, createStandIns);
}
