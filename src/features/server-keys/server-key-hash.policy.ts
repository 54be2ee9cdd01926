import { createHmac } from 'node:crypto';
import type { Keys } from '../../platform/keys.ts';

/** What is kept of a server key, the present form first, then those that are accepted while TOKEN_SECRET changes. Nothing is compared but these, so that time tells nothing. */
export function hashesOfKey(keys: Keys, secret: string): readonly [string, ...string[]] {
  const hash = (key: Buffer) => createHmac('sha256', key).update(secret).digest('hex');
  const [, ...before] = keys.accepted('server-key');
  return [hash(keys.current('server-key')), ...before.map(hash)];
}
