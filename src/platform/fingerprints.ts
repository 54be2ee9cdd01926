import { createHash, createHmac, createSecretKey } from 'node:crypto';

/** What is given, by which it is known when it is given again: in full in memory, keyed in a table. */
export interface Fingerprint {
  /** What is stored. */
  readonly kept: string;
  /** Whether something stored, by this version or one before, is of the same. */
  fits(stored: string | null): boolean;
}

/** Fingerprints of what people give. Nobody who has a table without its key finds out by trying what was given, such as the text of a recalled message. */
export interface Fingerprints {
  /** Of values that JSON can write. */
  of(given: readonly unknown[]): Fingerprint;
  /** What is stored, in the form of today: a plain hash of before becomes a keyed one that fits the same. */
  renewed(stored: string | null): string | null;
}

const plainForm = /^[0-9a-f]{64}$/;

/**
 * Makes fingerprints with a key. Before, what was stored was the SHA-256 itself, in hex; today it is "k1:" and its HMAC-SHA256 in base64url, so that
 * the old form is known from the new one and can be made into it.
 */
export function createFingerprints(key: Buffer): Fingerprints {
  // Not the bytes: of them Node makes a key each time, which takes several times as long as the hash.
  const secret = createSecretKey(key);
  const keyed = (plain: string) => `k1:${createHmac('sha256', secret).update(plain).digest('base64url')}`;
  return {
    of(given) {
      const plain = createHash('sha256').update(JSON.stringify(given)).digest('hex');
      const kept = keyed(plain);
      return { kept, fits: (stored) => stored === kept || stored === plain };
    },
    renewed: (stored) => (stored !== null && plainForm.test(stored) ? keyed(stored) : stored),
  };
}
