import { createHash } from 'node:crypto';

/** By what an external id is found: equal only where the ids are, byte by byte, whatever a database thinks of case, accents and spaces. */
export function externalKeyOf(externalId: string): string {
  return createHash('sha256').update(externalId).digest('hex');
}
