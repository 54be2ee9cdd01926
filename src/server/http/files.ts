import fresh from 'fresh';
import parseRange from 'range-parser';
import type { FileRow } from '../../features/files/file.entity.ts';
import { deliveredKey, type FilePart } from '../../features/files/file.policy.ts';
import type { FileLinks } from '../../features/files/file-links.service.ts';
import { AppError } from '../../kernel/errors.ts';
import type { ByteRange, FileStore } from '../../platform/file-store.ts';
import type { Logger } from '../../platform/logger.ts';
import { type Delivered, deliveryHeaders, forEverybody, ownHeaders } from './delivery-headers.ts';
import { empty, type FileRequest, type Headers, refusal, retrySoon } from './file-answers.ts';
import type { Answered } from './http-writer.ts';

/** What the door knows of a file. */
export type DeliveredFacts = Pick<FileRow, 'uuid' | 'name' | 'mime' | 'isMade' | 'hasThumbnail'>;

/** What the door asks of the service of files. */
export interface FilesOfDelivery {
  findReadable(uuid: string): Promise<DeliveredFacts | null>;
  findAvatar(publicKey: string): Promise<DeliveredFacts | null>;
}

/** What the door of files stands on. */
export interface DeliveryOptions {
  readonly files: FilesOfDelivery;
  readonly links: Pick<FileLinks, 'isGood'>;
  readonly store: Pick<FileStore, 'received' | 'read' | 'link'>;
  /** For how long a reader may take nothing, in milliseconds: players pause. */
  readonly stallMs: number;
  readonly logger: Logger;
}

/** The door from which files come. */
export interface DeliveryDoor {
  /** A part of a file, by an address that is signed. */
  file(request: FileRequest, uuid: string, part: FilePart): Promise<Answered>;
  /** An avatar, for everybody. */
  avatar(request: FileRequest, publicKey: string): Promise<Answered>;
}

const methods = 'GET, HEAD, OPTIONS';

/** How long an address of another store is good, in seconds: what is taken back can be read so long through one that somebody has. */
const linkSeconds = 300;

/** Of an avatar the redirect may be kept for almost as long. */
const linkForAll: Headers = { 'cache-control': `public, max-age=${linkSeconds - 60}` };

/** What is asked for each time anew, so that it ends at once where the file does; nothing has to come again for that. */
const askedAgain = 'private, no-cache';

/** What never changes. */
const forEver = 'public, max-age=31536000, immutable';

/** Makes the door. The right is judged with each request: by the signature, and by what is so of the file now. */
export function createDeliveryDoor({ files, links, store, stallMs, logger }: DeliveryOptions): DeliveryDoor {
  const deliver = async (request: FileRequest, key: string, etag: string, delivered: Delivered): Promise<Answered> => {
    const { method, header } = request;
    const headers = deliveryHeaders(delivered);
    const own = { ...ownHeaders(headers), etag };
    if (fresh({ 'if-none-match': header('if-none-match') }, { etag })) return empty(304, own);
    // An address elsewhere is signed for GET only.
    const elsewhere = method === 'HEAD' ? null : await store.link(key, linkSeconds, headers);
    if (elsewhere !== null) return empty(302, { ...forEverybody, location: elsewhere, ...(delivered.cacheControl === forEver ? linkForAll : {}) });
    const size = await store.received(key);
    if (size === null) return notFound();
    const range = method === 'HEAD' ? null : rangeOf(header, etag, size);
    if (range === 'NONE') return refusal(416, 'The file is shorter than that', { ...forEverybody, 'content-range': `bytes */${size}` });
    const { first, last } = range ?? { first: 0, last: size - 1 };
    const partial: Headers = range === null ? {} : { 'content-range': `bytes ${first}-${last}/${size}` };
    const status = range === null ? 200 : 206;
    const described = { ...own, ...partial, 'content-length': String(last - first + 1) };
    if (method === 'HEAD' || size === 0) return { status, headers: described, body: '' };
    const body = await store.read(key, range ?? undefined);
    return body === null ? notFound() : { status, headers: described, body, stallMs };
  };

  const readable = async (request: FileRequest, find: () => Promise<Found | null>): Promise<Answered> => {
    const { method } = request;
    if (method === 'OPTIONS') return empty(204, { ...forEverybody, ...preflight, allow: methods });
    if (method !== 'GET' && method !== 'HEAD') return refusal(405, 'Use GET or HEAD', { ...forEverybody, allow: methods });
    try {
      const found = await find();
      if (found === null) return notFound();
      return await deliver(request, deliveredKey(found.row, found.part), `"${found.row.uuid}-${found.part}"`, found.delivered);
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'UNAVAILABLE') throw error;
      logger.warn({ requestId: request.requestId, err: error.cause ?? error }, 'a file could not be read or written');
      return refusal(503, 'The service is not available right now: try again', { ...forEverybody, ...retrySoon });
    }
  };

  return {
    async file(request, uuid, part) {
      const isAsked = request.method === 'GET' || request.method === 'HEAD';
      if (isAsked && !links.isGood(uuid, part, new URLSearchParams(request.target.search)))
        return refusal(403, 'This address is not good, or not any more: ask for it again', forEverybody);
      return await readable(request, async () => {
        const row = await files.findReadable(uuid);
        if (row === null || (part === 'thumbnail' && row.hasThumbnail === 0)) return null;
        return { row, part, delivered: part === 'file' ? asFile(row, askedAgain) : asThumbnail(askedAgain) };
      });
    },
    avatar: (request, publicKey) =>
      readable(request, async () => {
        const row = await files.findAvatar(publicKey);
        if (row === null) return null;
        return row.hasThumbnail === 1 ? { row, part: 'thumbnail', delivered: asThumbnail(forEver) } : { row, part: 'file', delivered: asFile(row, forEver) };
      }),
  };
}

interface Found {
  readonly row: DeliveredFacts;
  readonly part: FilePart;
  readonly delivered: Delivered;
}

const asFile = ({ mime, name }: DeliveredFacts, cacheControl: string): Delivered => ({ mime: mime ?? '', name, cacheControl });

const asThumbnail = (cacheControl: string): Delivered => ({ mime: 'image/webp', name: 'thumbnail.webp', cacheControl });

const notFound = () => refusal(404, 'There is no such file', forEverybody);

/** Which bytes are asked for; null: all of them, NONE: some that are not there. Of several parts nobody gets less than the whole. */
function rangeOf(header: FileRequest['header'], etag: string, size: number): ByteRange | 'NONE' | null {
  const asked = header('range');
  const ifRange = header('if-range');
  if (asked === undefined || asked.length > longestRange || (ifRange !== undefined && ifRange !== etag)) return null;
  // The last bytes, of which more are asked for than there are: all of them (RFC 9110, section 14.1.2), of which the library says that there are none.
  if (Number(/^bytes= *-(\d+) *$/.exec(asked)?.[1] ?? 0) > size && size > 0) return { first: 0, last: size - 1 };
  // What is no range of bytes is passed over (section 14.2), and so is one that ends before it begins (14.1.1): of both the library says that they begin too late.
  if (!/^bytes=/i.test(asked) || isBackwards(asked)) return null;
  const ranges = parseRange(size, asked, { combine: true });
  if (ranges === -1) return 'NONE';
  if (ranges === -2 || ranges.type !== 'bytes' || ranges.length !== 1) return null;
  const [range] = ranges;
  return range ? { first: range.start, last: range.end } : null;
}

const isBackwards = (asked: string) => [...asked.matchAll(/(\d+) *- *(\d+)/g)].some(([, first, last]) => Number(first) > Number(last));

/** Of a header that means one range. */
const longestRange = 100;

const preflight: Headers = {
  'access-control-allow-methods': methods,
  'access-control-allow-headers': 'Range, If-Range, If-None-Match',
  'access-control-max-age': '600',
};
