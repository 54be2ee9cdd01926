export { MessagesWaiting, ParleyError } from './errors.ts';
export { createParley } from './parley.ts';
export { localStorageTokens, memoryTokens } from './session/tokens.ts';
export type * from './types.ts';
