import { PassThrough } from 'node:stream';
import { Upload, type UploadOptions } from 'tus-js-client';
import { within } from './lifetime.ts';

/** An upload by a stock client. */
export interface TusUpload {
  /** The client itself. */
  readonly client: Upload;
  /** From which bytes on the client has sent, request by request. */
  readonly sentFrom: readonly number[];
  /** Resolves when the server has all of it; fails where the client gives up. */
  readonly done: Promise<void>;
}

/** A body of a request; the client says its `size` to the server. */
class Body extends PassThrough {
  readonly size: number;

  constructor(size: number) {
    super();
    this.size = size;
  }
}

/** Prepares an upload of these bytes whose first request sends so many of them and then nothing more, until its connection ends; every later one sends all. */
export function tusUpload(uploadUrl: string, bytes: Buffer, heldAfter: number, options: UploadOptions = {}): TusUpload {
  const sentFrom: number[] = [];
  const { promise: done, resolve, reject } = Promise.withResolvers<void>();
  const client = new Upload(bytes, {
    uploadUrl,
    retryDelays: [100, 500, 1000, 5000],
    storeFingerprintForResuming: false,
    onSuccess: () => resolve(),
    onError: reject,
    fileReader: {
      openFile: async () => ({
        size: bytes.length,
        async slice(start, end) {
          const value = new Body(end - start);
          if (sentFrom.push(start) === 1) value.write(bytes.subarray(start, heldAfter));
          else value.end(bytes.subarray(start, end));
          return { value, done: end >= bytes.length };
        },
        close() {},
      }),
    },
    ...options,
  });
  return { client, sentFrom, done: within(done, 60_000, () => `the upload does not end; sent from ${sentFrom.join()}`) };
}
