import { create } from 'content-disposition';
import { harmlessName } from '../../kernel/names.ts';
import type { DeliveryHeaders } from '../../platform/file-store.ts';
import type { Headers } from './file-answers.ts';

/** What a browser may show in the page that names it: nothing of it can run. Everything else is only ever downloaded, as bytes of no kind. */
const shown: ReadonlySet<string> = new Set([
  'image/png',
  'image/jpeg',
  'image/webp',
  'image/gif',
  'image/avif',
  'audio/mpeg',
  'audio/mp4',
  'audio/x-m4a',
  'audio/ogg',
  'audio/wav',
  'audio/webm',
  'video/mp4',
  'video/webm',
]);

/** Something to be delivered. */
export interface Delivered {
  readonly mime: string;
  readonly name: string;
  readonly cacheControl: string;
}

/** How a browser is to take it, by whoever delivers it. */
export function deliveryHeaders({ mime, name, cacheControl }: Delivered): DeliveryHeaders {
  const isShown = shown.has(essenceOf(mime));
  // What a path, or half of a character, would make of it is nobody's wish.
  const plain = harmlessName(name).replace(/[/\\]/g, '_').toWellFormed();
  return {
    contentType: isShown ? mime : 'application/octet-stream',
    contentDisposition: create(plain, { type: isShown ? 'inline' : 'attachment' }),
    cacheControl,
  };
}

/** The same and what else goes with bytes that come from here. The signature is the right and no cookie, so any page may read them. */
export function ownHeaders({ contentType, contentDisposition, cacheControl }: DeliveryHeaders): Headers {
  return {
    ...forEverybody,
    'content-type': contentType,
    'content-disposition': contentDisposition,
    'cache-control': cacheControl,
    'cross-origin-resource-policy': shown.has(essenceOf(contentType)) ? 'cross-origin' : 'same-origin',
    'content-security-policy': "sandbox; default-src 'none'",
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'accept-ranges': 'bytes',
  };
}

/** With every answer of the door of files. */
export const forEverybody: Headers = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'Accept-Ranges, Content-Disposition, Content-Length, Content-Range, ETag, Retry-After',
};

const essenceOf = (mime: string) => mime.split(';', 1).join('').trim().toLowerCase();
