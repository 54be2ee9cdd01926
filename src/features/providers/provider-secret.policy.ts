import { randomBytes } from 'node:crypto';
import { CompactEncrypt, compactDecrypt, errors } from 'jose';
import type { Keys } from '../../platform/keys.ts';

/** A new secret: 32 random bytes, written in base64url. The bytes of this text are what proofs are signed with, so that nobody has to decode anything. */
export function newProviderSecret(): string {
  return randomBytes(32).toString('base64url');
}

/** A secret as it is stored: a JWE that only this installation opens. */
export async function sealedSecret(keys: Keys, secret: string): Promise<string> {
  return await new CompactEncrypt(Buffer.from(secret)).setProtectedHeader({ alg: 'dir', enc: 'A256GCM' }).encrypt(keys.current('provider'));
}

/** What is in a stored secret, or null where TOKEN_SECRET is another one by now. `isOld`: only TOKEN_SECRET_PREVIOUS opens it. */
export async function openedSecret(keys: Keys, sealed: string): Promise<{ readonly secret: string; readonly isOld: boolean } | null> {
  for (const [index, key] of keys.accepted('provider').entries()) {
    try {
      const { plaintext } = await compactDecrypt(sealed, key, { keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256GCM'] });
      return { secret: Buffer.from(plaintext).toString('utf8'), isOld: index > 0 };
    } catch (error) {
      if (!(error instanceof errors.JOSEError)) throw error;
    }
  }
  return null;
}
