import { setTimeout as sleep } from 'node:timers/promises';
import type { GraphQLError } from 'graphql';

/** How long to wait before a subscription is begun again that could not begin because the database was away; doubles up to the second. */
const retry = { firstMs: 100, mostMs: 1000 } as const;

/** A subscription that may not have begun; then `otherwise` is called. */
export async function opened<T extends object>(opening: Promise<T>, otherwise: () => void): Promise<T> {
  let begun: T | null = null;
  try {
    begun = await opening;
    return begun;
  } finally {
    if (begun === null || !(Symbol.asyncIterator in begun)) otherwise();
  }
}

/**
 * Begins a subscription, and again as long as the database is away and somebody waits: stock clients do not subscribe again after an error, so
 * that one would end it for good although the socket stays open.
 */
export async function patiently<T extends object>(begin: () => Promise<T>, { isAwaited }: { readonly isAwaited: () => boolean }): Promise<T> {
  for (let wait: number = retry.firstMs; ; wait = Math.min(wait * 2, retry.mostMs)) {
    const begun = await begin();
    if (!isUnavailable(begun) || !isAwaited()) return begun;
    await sleep(wait);
    if (!isAwaited()) return begun;
  }
}

function isUnavailable(begun: object): boolean {
  return 'errors' in begun && Array.isArray(begun.errors) && begun.errors.some((error: GraphQLError) => error.extensions.code === 'UNAVAILABLE');
}
