import { createHash } from 'node:crypto';
import { acceptedCodings, encode } from './compression.ts';
import type { Answered } from './http-writer.ts';

/** Something that is sent as it is to everybody, and is kept in memory. */
export interface KeptFile {
  readonly type: string;
  readonly bytes: Buffer<ArrayBuffer>;
  /** A hash of the bytes, in quotes. */
  readonly etag: string;
  /** Made when it is first asked for, and kept. */
  readonly coded: Map<string, Promise<Buffer<ArrayBuffer>>>;
}

/** For what is never changed: another content has another address. */
export const forEver = 'public, max-age=31536000, immutable';

/** Keeps a file. */
export function keepFile(type: string, content: string | Buffer<ArrayBuffer>): KeptFile {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return { type, bytes, etag: `"${createHash('sha256').update(bytes).digest('hex').slice(0, 32)}"`, coded: new Map() };
}

/** Pictures, sounds and fonts are packed already. */
const isText = (type: string) => /^text\/|json|svg|javascript/.test(type);

/** Answers with it, or with 304 where the reader has it already. */
export async function answerWithFile(
  { type, bytes, etag, coded }: KeptFile,
  header: (name: string) => string | undefined,
  more: Readonly<Record<string, string>>,
): Promise<Answered> {
  const headers = { 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', ...more, etag, 'content-type': type };
  const known = header('if-none-match')
    ?.slice(0, 1000)
    .split(',')
    .map((tag) => tag.trim().replace(/^W\//, ''));
  if (known?.some((tag) => tag === etag || tag === '*')) return { status: 304, headers, body: '' };
  const { coding } = acceptedCodings(header('accept-encoding'));
  if (coding === null || !isText(type)) return { status: 200, headers, body: bytes };
  let body = coded.get(coding);
  if (!body) {
    body = encode(bytes, coding, 'SMALL');
    coded.set(coding, body);
  }
  // Another form of the same, so the tag is a weak one.
  return { status: 200, headers: { ...headers, etag: `W/${etag}`, 'content-encoding': coding }, body: await body };
}
