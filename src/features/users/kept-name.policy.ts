import { randomInt } from 'node:crypto';

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** A name that nobody can choose: VIS for a visitor or EXT for somebody of a provider's, and 8 random letters or digits. Somebody may have it already. */
export function keptName(kind: 'VIS' | 'EXT'): string {
  return `${kind}${Array.from({ length: 8 }, () => letters[randomInt(letters.length)]).join('')}`;
}
