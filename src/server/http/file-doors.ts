import type { Config } from '../../config.ts';
import type { FileLinks } from '../../features/files/file-links.service.ts';
import { AppError } from '../../kernel/errors.ts';
import { exactUuid } from '../../kernel/ids.ts';
import type { FileStore } from '../../platform/file-store.ts';
import type { Logger } from '../../platform/logger.ts';
import type { RateLimiter } from '../../platform/rate-limit.ts';
import type { UploadLocks } from '../../platform/upload-locks.ts';
import { forEverybody } from './delivery-headers.ts';
import { refusal } from './file-answers.ts';
import { createDeliveryDoor, type FilesOfDelivery } from './files.ts';
import type { Answered } from './http-writer.ts';
import { corsHeaders, type Origins, preflightHeaders } from './origins.ts';
import { createUploadDoor, type FilesOfUploads, type UploadRequest, uploadMethods } from './uploads.ts';

/** The doors for bytes of files: `/uploads`, `/files` and `/avatars`. */
export interface FileDoors {
  /** Whether a path leads there. */
  leadsHere(path: string): boolean;
  /** Answers a request for such a path. */
  answer(request: UploadRequest): Promise<Answered>;
  /** Ends what is coming in, and takes no more, so that its senders go on elsewhere. */
  stop(): void;
}

/** What the doors ask of the service of files. */
export interface FilesOfDoors extends FilesOfUploads, FilesOfDelivery {}

/** What the doors are made of. */
export interface FileDoorOptions {
  readonly files: FilesOfDoors;
  readonly links: FileLinks;
  readonly store: FileStore;
  readonly locks: UploadLocks;
  readonly transfers: Config['transfers'];
  readonly origins: Origins;
  readonly limiter: RateLimiter;
  readonly logger: Logger;
}

const form = /^\/(uploads|files|avatars)\/([^/]+)(?:\/([^/]+))?$/;

/** What pages read of an answer of tus. */
const exposed = 'Tus-Resumable, Tus-Version, Tus-Extension, Upload-Offset, Upload-Length, Retry-After';

/** Makes them. */
export function createFileDoors({ files, links, store, locks, transfers, origins, limiter, logger }: FileDoorOptions): FileDoors {
  const uploads = createUploadDoor({ files, links, store, locks, mostAtOnce: transfers.uploadsAtOnce, checkMs: transfers.checkMs, logger });
  const delivery = createDeliveryDoor({ files, links, store, stallMs: transfers.fileStallMs, logger });

  const answerUpload = async (request: UploadRequest, uuid: string): Promise<Answered> => {
    const { header, target, method } = request;
    const origin = header('origin');
    const isAllowed = origins.allows(origin, target.host ?? header('host'));
    const answered = isAllowed ? await uploads.answer(request, uuid) : refusal(403, 'This origin is not in ALLOWED_ORIGINS');
    const preflight = isAllowed && method === 'OPTIONS' ? preflightHeaders(header('access-control-request-headers'), uploadMethods) : {};
    const vary = ['Origin', preflight.vary].filter((name) => name !== undefined).join(', ');
    return { ...answered, headers: { ...answered.headers, ...corsHeaders(origin, isAllowed, exposed), ...preflight, vary } };
  };

  const find = async (request: UploadRequest): Promise<Answered> => {
    const [, door, name = '', part] = form.exec(request.target.path) ?? [];
    const uuid = exactUuid(name);
    if (door === 'uploads' && uuid !== null && part === undefined) return await answerUpload(request, uuid);
    if (door === 'files' && uuid !== null && (part === 'file' || part === 'thumbnail')) return await delivery.file(request, uuid, part);
    if (door === 'avatars' && /^[\da-f]{32}$/.test(name) && part === undefined) return await delivery.avatar(request, name);
    return refusal(404, 'There is nothing here', forEverybody);
  };

  return {
    leadsHere: (path) => /^\/(?:uploads|files|avatars)\//.test(path),
    async answer(request) {
      try {
        await limiter.charge('fileOfAddress', [request.address()]);
      } catch (error) {
        if (!(error instanceof AppError) || error.code !== 'RATE_LIMITED') throw error;
        return refusal(429, error.sentence.en, { ...forEverybody, 'retry-after': String(error.details.retryAfterSeconds) });
      }
      return await find(request);
    },
    stop: uploads.stop,
  };
}
