import { createHmac } from 'node:crypto';
import type { Keys } from '../../platform/keys.ts';

/** How a device id is stored: under the present key first, then under the previous one while it is accepted. */
export function deviceHashes(keys: Keys, deviceId: string): readonly string[] {
  return keys.accepted('device').map((key) => createHmac('sha256', key).update(deviceId.toLowerCase()).digest('hex'));
}
