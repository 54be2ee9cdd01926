import { hkdfSync } from 'node:crypto';

/** What the server's secret is used for; each purpose has a key of its own, so that one use tells nothing about another. */
export type KeyPurpose =
  | 'token'
  | 'refresh'
  | 'device'
  | 'rate'
  | 'entrance'
  | 'proof'
  | 'cursor-seal'
  | 'cursor-mac'
  | 'cursor-item'
  | 'file'
  | 'provider'
  | 'server-key';

/** Keys derived from TOKEN_SECRET (HKDF-SHA256, RFC 5869), and from TOKEN_SECRET_PREVIOUS while both are accepted. */
export interface Keys {
  /** The 32-byte key that makes things. */
  current(purpose: KeyPurpose): Buffer;
  /** The keys that are accepted, the current one first. */
  accepted(purpose: KeyPurpose): readonly Buffer[];
}

/** Derives each key once. */
export function createKeys(secret: string, previous?: string): Keys {
  const secrets = previous === undefined ? [secret] : [secret, previous];
  const derived = new Map<KeyPurpose, readonly [Buffer, ...Buffer[]]>();
  const derive = (from: string, purpose: KeyPurpose) => Buffer.from(hkdfSync('sha256', from, '', `parley:${purpose}`, 32));
  const accepted = (purpose: KeyPurpose) => {
    let keys = derived.get(purpose);
    if (!keys) {
      keys = [derive(secret, purpose), ...secrets.slice(1).map((from) => derive(from, purpose))];
      derived.set(purpose, keys);
    }
    return keys;
  };
  return { accepted, current: (purpose) => accepted(purpose)[0] };
}
