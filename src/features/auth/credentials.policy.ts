import { createHmac, randomInt } from 'node:crypto';
import type { Keys } from '../../platform/keys.ts';

/** A name for a new visitor: VIS and 8 random letters or digits. Somebody may have it already. */
export function visitorName(): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
  return `VIS${Array.from({ length: 8 }, () => letters[randomInt(letters.length)]).join('')}`;
}

/** How a device id is stored: under the present key first, then under the previous one while it is accepted. */
export function deviceHashes(keys: Keys, deviceId: string): readonly string[] {
  return keys.accepted('device').map((key) => createHmac('sha256', key).update(deviceId.toLowerCase()).digest('hex'));
}
