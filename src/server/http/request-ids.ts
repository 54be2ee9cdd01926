import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Addresses } from './addresses.ts';

/** What proxies make: 8 to 64 of letters, digits, `-`, `_` and `.`. */
const usual = /^[\w.-]{8,64}$/;

/** What a request is called in the log: as the trusted proxy calls it from which it comes (`X-Request-Id`), or by a name that is made here. */
export function requestIdOf(request: IncomingMessage, addresses: Addresses): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && usual.test(given) && addresses.isTrusted(request) ? given : randomUUID();
}
