import type { ExecutionResult } from 'graphql';

/**
 * The `Retry-After` of an answer that is nothing but RATE_LIMITED: the longest of its waits. Null where anything else was answered too: whoever sent the
 * whole again would do that twice.
 */
export function retryAfterOf({ data, errors = [] }: Pick<ExecutionResult, 'data' | 'errors'>): string | null {
  if (errors.length === 0 || Object.values(data ?? {}).some((value) => value !== null)) return null;
  const waits = errors.map(({ extensions }) => (extensions?.code === 'RATE_LIMITED' ? extensions.retryAfterSeconds : undefined));
  return waits.every((wait) => typeof wait === 'number') ? String(Math.max(...waits)) : null;
}

/** Likewise of an answer that was written already, as Yoga gives it. */
export function retryAfterIn(body: string): string | null {
  // Nearly no answer has to be read for this.
  return body.includes('"RATE_LIMITED"') ? retryAfterOf(JSON.parse(body)) : null;
}
