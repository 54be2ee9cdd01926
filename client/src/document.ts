import type { TypedDocument } from './types.ts';

export type { TypedDocument } from './types.ts';

/** A document out of its operation and the fragments that it uses. */
export function text<Result, Variables>(...parts: readonly string[]): TypedDocument<Result, Variables> {
  return parts.join('');
}
