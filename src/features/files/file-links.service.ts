import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Keys } from '../../platform/keys.ts';
import type { FileRow } from './file.entity.ts';
import type { FilePart } from './file.policy.ts';

/** An address, and until when it is good. */
export interface FileLink {
  readonly url: string;
  /** In milliseconds. */
  readonly expiresAt: number;
}

/** Makes addresses of files and knows its own again. They are signed for the file and the hour and for nobody, so that all who see a file get the same. */
export interface FileLinks {
  /** `/files/<uuid>/<part>?e=<hour>&s=<signature>`, good for one to two hours. */
  file(uuid: string, part: FilePart): FileLink;
  /** Whether what an address says was signed here and is good. */
  isGood(uuid: string, part: FilePart, query: URLSearchParams): boolean;
  /** Where the bytes of an upload go: `/uploads/<uuid>?e=…&s=…`, good until its row expires. */
  upload(file: Pick<FileRow, 'uuid' | 'expiresAt'>): string;
  isGoodUpload(uuid: string, query: URLSearchParams): boolean;
  /** The address under which everybody sees an avatar, for ever. */
  avatar(publicKey: string): string;
  /** An address of this server as clients are to see it: with PUBLIC_URL before it where that is set. */
  shown(path: string): string;
}

const hourMs = 3_600_000;

/**
 * Makes addresses that are signed with HMAC-SHA256: `e` says when one ends, in hours since 1970 for a file and in milliseconds for an upload. What was
 * signed with the secret before is good as long as that one is accepted. Without `publicUrl` an address begins with a slash, so that it is good at
 * whatever name the server is reached by; with it there is that before it, without a slash at its end.
 */
export function createFileLinks(keys: Keys, publicUrl: string | null): FileLinks {
  const shown = (path: string) => `${publicUrl ?? ''}${path}`;
  const signed = (what: string, end: number) => `e=${end}&s=${signature(keys.current('file'), what, end).toString('base64url')}`;
  const isGood = (what: string, query: URLSearchParams, unitMs: number) => {
    const [end = '', given = ''] = [query.get('e') ?? '', query.get('s') ?? ''];
    if (!/^\d{1,15}$/.test(end) || given.length !== signatureLength || Number(end) * unitMs <= Date.now()) return false;
    const bytes = Buffer.from(given, 'base64url');
    return keys.accepted('file').some((key) => {
      const wanted = signature(key, what, Number(end));
      return bytes.length === wanted.length && timingSafeEqual(bytes, wanted);
    });
  };
  return {
    shown,
    file(uuid, part) {
      const end = Math.floor(Date.now() / hourMs) + 2;
      return { url: shown(`/files/${uuid}/${part}?${signed(`file ${uuid} ${part}`, end)}`), expiresAt: end * hourMs };
    },
    isGood: (uuid, part, query) => isGood(`file ${uuid} ${part}`, query, hourMs),
    upload: ({ uuid, expiresAt }) => shown(`/uploads/${uuid}?${signed(`upload ${uuid}`, expiresAt)}`),
    isGoodUpload: (uuid, query) => isGood(`upload ${uuid}`, query, 1),
    avatar: (publicKey) => shown(`/avatars/${publicKey}`),
  };
}

/** Of 32 bytes in base64url. */
const signatureLength = 43;

function signature(key: Buffer, what: string, end: number): Buffer {
  return createHmac('sha256', key).update(`${what} ${end}`).digest();
}
