import type { ParleyErrorLike } from 'parley-client';

/** The argument that a refusal is about, such as `username` of `input.username`; null where it is about none. */
export function fieldOf(error: ParleyErrorLike | null): string | null {
  if (!error || !('extensions' in error) || typeof error.extensions !== 'object' || error.extensions === null) return null;
  const field = 'field' in error.extensions ? error.extensions.field : null;
  return typeof field === 'string' ? (field.split('.').at(-1) ?? null) : null;
}
