import { ERRORS, Server } from '@tus/server';
import type { FileRow } from '../../features/files/file.entity.ts';
import { uploadKey } from '../../features/files/file.policy.ts';
import type { FileService } from '../../features/files/file.service.ts';
import type { FileLinks } from '../../features/files/file-links.service.ts';
import { AppError } from '../../kernel/errors.ts';
import { type FileStore, NoRoom } from '../../platform/file-store.ts';
import type { Logger } from '../../platform/logger.ts';
import type { UploadLocks } from '../../platform/upload-locks.ts';
import type { ArrivingBody, BodyTaking } from './arriving-body.ts';
import { empty, type FileRequest, type Headers, refusal, retrySoon } from './file-answers.ts';
import type { Answered } from './http-writer.ts';
import { createUploadPlaces } from './upload-places.ts';

/** What the door knows of an upload. */
export type UploadFacts = Pick<FileRow, 'uuid' | 'ownerId' | 'size' | 'state'>;

/** What the door asks of the service of files. */
export interface FilesOfUploads extends Pick<FileService, 'received' | 'cancel'> {
  findUpload(uuid: string): Promise<UploadFacts | null>;
}

/** What the door of uploads stands on. */
export interface UploadDoorOptions {
  readonly files: FilesOfUploads;
  readonly links: Pick<FileLinks, 'isGoodUpload'>;
  readonly store: Pick<FileStore, 'uploads' | 'pace'>;
  readonly locks: UploadLocks;
  /** How many bodies are taken at the same time. */
  readonly mostAtOnce: number;
  /** How often it is asked anew whether bytes of one may still be taken, in milliseconds. */
  readonly checkMs: number;
  readonly logger: Logger;
}

/** A request for an upload. */
export interface UploadRequest extends FileRequest {
  /** Its body. */
  readonly arriving: (taking: BodyTaking) => ArrivingBody;
}

/** The door to which the bytes of uploads go. */
export interface UploadDoor {
  answer(request: UploadRequest, uuid: string): Promise<Answered>;
  /** Ends all bodies that are coming in, and takes no more. What has come of them is kept, and their senders are told how much that is. */
  stop(): void;
}

/** What may be done there. */
export const uploadMethods = 'HEAD, PATCH, DELETE, OPTIONS';

/** For how long a request that writes may go on when another one wants to, in milliseconds: it may only have to end. */
const drainMs = 1000;

/** What our answers take from the library's. */
const told = ['tus-resumable', 'tus-version', 'tus-extension', 'upload-offset', 'upload-length'];

/** What the library is told of a request. */
const heard = ['tus-resumable', 'upload-offset', 'content-type', 'content-length'];

/** Whatever goes wrong is told in these words and no others. */
const sentences: Readonly<Record<number, string>> = {
  400: 'This is no request of tus 1.0: a PATCH has Upload-Offset and the Content-Type application/offset+octet-stream',
  403: 'This address is not good, or not any more: ask for it again',
  404: 'There is no such upload',
  409: 'Upload-Offset is not where the upload stands: ask with HEAD where that is',
  411: 'Say in Content-Length how many bytes come',
  412: 'This speaks tus 1.0: say Tus-Resumable: 1.0.0',
  413: 'That is more than was announced',
  423: 'Another request writes to this upload: try again',
  503: 'The service is not available right now: try again',
  507: 'The server has no room for files right now: try again later',
};

/**
 * The door of uploads: tus 1.0 (https://tus.io/protocols/resumable-upload) without creation, which a mutation does, and with termination. The signature
 * in the address is the right. A body says its length, so that too much of it is refused before it comes. What was asked for before the last byte came, and
 * its answer was lost, is answered after it too.
 */
export function createUploadDoor({ files, links, store, locks, mostAtOnce, checkMs, logger }: UploadDoorOptions): UploadDoor {
  const places = createUploadPlaces(mostAtOnce);
  const coming = new Set<ArrivingBody>();
  let isStopped = false;
  const tus = new Server({
    path: '/uploads',
    datastore: store.uploads,
    locker: locks,
    lockDrainTimeout: drainMs,
    getFileIdFromRequest: (_request, uuid) => uploadKey(uuid ?? ''),
    onResponseError: (_request, error) => ({ status_code: statusFor(error), body: '' }),
  });

  const statusFor = (error: unknown): number => {
    const status = statusOf(error);
    if (status === 503 || status === 507) logger.warn({ err: error instanceof Error ? (error.cause ?? error) : error }, 'a file could not be read or written');
    if (status === 500) logger.error({ err: error }, 'a request failed');
    return status;
  };

  /** Has the library answer. */
  const ask = async ({ method, header }: FileRequest, uuid: string, body: ArrivingBody | null): Promise<Answered> => {
    const headers = Object.fromEntries(heard.flatMap((name) => (header(name) === undefined ? [] : [[name, header(name) ?? '']])));
    const response = await tus.handleWeb(new Request(`http://parley/uploads/${uuid}`, { method, headers, ...(body && { body: body.stream, duplex: 'half' }) }));
    const answered: Record<string, string> = {};
    for (const name of told) {
      const value = response.headers.get(name);
      if (value !== null) answered[name] = value;
    }
    // What has not come of a body is no next request.
    if (body && !body.isWhole()) answered.connection = 'close';
    return response.status < 400 ? empty(response.status, answered) : refuse(response.status, answered);
  };

  const write = async (request: UploadRequest, { uuid, ownerId, size }: UploadFacts): Promise<Answered> => {
    if (isStopped) return refuse(503);
    const body = request.arriving({ mayTake: () => locks.holds(uploadKey(uuid)), pace: store.pace, owner: ownerId });
    const leave = places.enter(ownerId, body.end);
    coming.add(body);
    // Whoever is disabled while it comes, or takes it back elsewhere, sends no more of it.
    const check = () => files.findUpload(uuid).then((found) => (found === null ? body.end() : undefined));
    const checking = setInterval(() => void check().catch(() => {}), checkMs);
    try {
      const answered = await ask(request, uuid, body);
      if (answered.headers['upload-offset'] === String(size)) await files.received(uuid);
      return answered;
    } finally {
      clearInterval(checking);
      body.end();
      leave();
      coming.delete(body);
    }
  };

  const look = async (request: UploadRequest, { uuid, size, state }: UploadFacts): Promise<Answered> => {
    if (state !== 'WAITING') return empty(200, { ...resumable, 'upload-offset': String(size), 'upload-length': String(size) });
    const answered = await ask(request, uuid, null);
    // Whoever took the last byte may have died before it could say so.
    if (answered.headers['upload-offset'] === String(size)) await files.received(uuid);
    return answered;
  };

  const remove = async (request: UploadRequest, { uuid, ownerId, state }: UploadFacts): Promise<Answered> => {
    if (!(await files.cancel({ userId: ownerId }, uuid))) return refuse(404);
    // Whoever still writes to it is asked to let go, and then nothing is left of it.
    return state === 'WAITING' ? await ask(request, uuid, null) : empty(204, resumable);
  };

  const judge = async (request: UploadRequest, uuid: string): Promise<Answered> => {
    const { method, header, target } = request;
    if (method === 'OPTIONS') return await ask(request, uuid, null);
    if (method !== 'HEAD' && method !== 'PATCH' && method !== 'DELETE')
      return refusal(405, 'Use HEAD, PATCH or DELETE as tus 1.0 says', { allow: uploadMethods });
    if (!links.isGoodUpload(uuid, new URLSearchParams(target.search))) return refuse(403);
    if (header('tus-resumable') !== '1.0.0') return refuse(412, { 'tus-version': '1.0.0' });
    if (method === 'PATCH' && (header('content-length') === undefined || header('transfer-encoding') !== undefined)) return refuse(411);
    const file = await files.findUpload(uuid);
    if (file === null) return refuse(404);
    if (method === 'HEAD') return await look(request, file);
    if (method === 'DELETE') return await remove(request, file);
    if (file.state === 'WAITING') return await write(request, file);
    if (header('upload-offset') !== String(file.size)) return refuse(409);
    return header('content-length') === '0' ? empty(204, { ...resumable, 'upload-offset': String(file.size) }) : refuse(413);
  };

  return {
    answer: (request, uuid) => judge(request, uuid).catch((error: unknown) => refuse(statusFor(error))),
    stop() {
      isStopped = true;
      for (const body of coming) body.end();
    },
  };
}

const resumable: Headers = { 'tus-resumable': '1.0.0' };

function refuse(status: number, headers: Headers = {}): Answered {
  const sentence = sentences[status] ?? 'Something went wrong on our side';
  return refusal(status, sentence, { ...resumable, ...(status === 503 || status === 507 || status === 423 ? retrySoon : {}), ...headers });
}

/** The status for what went wrong: by our errors, or by those of the library. */
function statusOf(error: unknown): number {
  if (error instanceof NoRoom) return 507;
  if (error instanceof AppError) return error.code === 'UNAVAILABLE' ? 503 : error.code === 'NOT_FOUND' ? 404 : 500;
  // It was asked to let go before it began.
  if (error === ERRORS.ABORTED) return 423;
  const status = typeof error === 'object' && error !== null && 'status_code' in error ? Number(error.status_code) : 500;
  // 403 means the signature, and what is not there any more is not there.
  return status === 403 ? 400 : status === 410 ? 404 : status;
}
