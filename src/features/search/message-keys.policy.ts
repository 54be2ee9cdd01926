import { parseUuid } from '../../kernel/ids.ts';

/** A place in the list of what a search finds: newest first; of the same millisecond, by conversation and seq, downwards. */
export type Keys = readonly [at: number, conversationUuid: string, seq: number];

/** Where a message stands in it. */
export function keysOf({ createdAt, conversationUuid, seq }: { readonly createdAt: number; readonly conversationUuid: string; readonly seq: number }): Keys {
  return [createdAt, conversationUuid, seq];
}

/** Below 0 where `a` comes before `b`. */
export function compareKeys(a: Keys, b: Keys): number {
  if (a[0] !== b[0]) return b[0] - a[0];
  if (a[1] !== b[1]) return a[1] > b[1] ? -1 : 1;
  return b[2] - a[2];
}

/** Whether a cursor holds a place in the list. */
export function isKeys(value: unknown): value is Keys {
  return (
    Array.isArray(value) &&
    value.length === 3 &&
    Number.isSafeInteger(value[0]) &&
    typeof value[1] === 'string' &&
    parseUuid(value[1]) === value[1] &&
    Number.isSafeInteger(value[2])
  );
}
