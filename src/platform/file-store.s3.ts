import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { GetObjectCommand, S3, type S3ClientConfig } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { type MetadataValue, S3Store } from '@tus/s3-store';
import { ERRORS, type KvStore, Upload } from '@tus/server';
import { type BytePace, paced, unbounded } from '../kernel/byte-pace.ts';
import { AppError } from '../kernel/errors.ts';
import { awayBecause, borrowed, type FileStore, isKey, NoRoom, requireKey } from './file-store.ts';
import { removeLeft } from './folder.ts';

/** A bucket of a store that speaks S3. */
export interface S3Options {
  /** Where it is; null: at Amazon. */
  readonly endpoint: string | null;
  /** Where clients find it; null: at the same address. */
  readonly publicEndpoint: string | null;
  readonly region: string;
  readonly bucket: string;
  readonly key: string;
  readonly secret: string;
}

/** How folders begin in which files are looked at. */
const lookPrefix = 'parley-look-';

/** Without one it writes to the console, between the lines of our own log. */
const silent = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };

/** How patient each call is, in milliseconds: to connect, and while nothing comes. */
const patience = { connectionTimeout: 3_000, socketTimeout: 20_000 } as const;

/**
 * Keeps files in a bucket. An upload is a multipart upload, with what is known of it in `<key>.info`, and a last part that is too small for one in
 * `<key>.part`; parts wait in the temporary folder of this machine until they are large enough.
 */
export function createS3FileStore(options: S3Options, pace: BytePace = unbounded): FileStore {
  const { bucket: Bucket, endpoint, publicEndpoint } = options;
  const client = new S3(clientOptions(options, endpoint));
  // Signs and connects to nothing.
  const presigner = new S3(clientOptions(options, publicEndpoint ?? endpoint));
  const uploads = new Uploads(clientOptions(options, endpoint), Bucket);

  // Of this machine, which may never be the one that searches the store.
  void removeLeft(tmpdir(), lookPrefix);

  const bytesOf = async (Key: string) => (await ifThere(client.headObject({ Bucket, Key })))?.ContentLength ?? null;

  return {
    uploads,
    pace,
    async ping() {
      await s3(() => client.headBucket({ Bucket }));
    },
    begin: (key, bytes) =>
      s3(async () => {
        if ((await bytesOf(`${requireKey(key)}.info`)) === null) await uploads.create(new Upload({ id: key, size: bytes, offset: 0 }));
      }),
    received: (key) => s3(async () => (await bytesOf(requireKey(key))) ?? (await uploads.offsetOf(key))),
    put: (key, path, contentType) =>
      s3(async () => {
        const Key = requireKey(key);
        const { size } = await stat(path);
        // What cannot be read is less than was said, which S3 refuses.
        const bytes = createReadStream(path).on('error', () => {});
        try {
          await client.putObject({ Bucket, Key, Body: bytes, ContentLength: size, ContentType: contentType });
        } finally {
          // Where S3 does not answer nobody has read it to its end.
          bytes.destroy();
        }
      }),
    async fetch(key, path) {
      const from = await this.read(key);
      if (from === null) throw new AppError('NOT_FOUND');
      await s3(() => pipeline(from, (pieces: AsyncIterable<Buffer>) => paced(pieces, pace), createWriteStream(path)));
    },
    openFolder: () => mkdtemp(join(tmpdir(), lookPrefix)),
    read: (key, range) =>
      s3(async () => {
        const Range = range && `bytes=${range.first}-${range.last}`;
        const found = await ifThere(client.getObject({ Bucket, Key: requireKey(key), Range }));
        return found?.Body instanceof Readable ? found.Body : null;
      }),
    remove: async (key) => await uploads.remove(requireKey(key)),
    async *list() {
      await removeLeft(tmpdir(), lookPrefix);
      let after: string | undefined;
      let last: string | undefined;
      do {
        const page = await s3(() => client.listObjectsV2({ Bucket, ContinuationToken: after }));
        for (const { Key = '', LastModified } of page.Contents ?? []) {
          const key = Key.replace(/\.(?:info|part)$/, '');
          // What belongs to one key stands together.
          if (key === last || !isKey(key)) continue;
          last = key;
          yield { key, at: LastModified?.getTime() ?? 0 };
        }
        after = page.NextContinuationToken;
      } while (after !== undefined);
    },
    link: (key, seconds, { contentType, contentDisposition, cacheControl }) =>
      getSignedUrl(
        presigner,
        new GetObjectCommand({
          Bucket,
          Key: requireKey(key),
          ResponseContentType: contentType,
          ResponseContentDisposition: contentDisposition,
          ResponseCacheControl: cacheControl,
        }),
        { expiresIn: seconds },
      ),
    async close() {
      client.destroy();
      presigner.destroy();
      uploads.close();
    },
  };
}

function clientOptions({ region, key, secret }: S3Options, endpoint: string | null): S3ClientConfig {
  return {
    region,
    credentials: { accessKeyId: key, secretAccessKey: secret },
    // Only Amazon has a name for each bucket for sure.
    ...(endpoint === null ? {} : { endpoint, forcePathStyle: true }),
    requestHandler: patience,
    logger: silent,
    maxAttempts: 3,
    // Many a store does not know the checksums that Amazon does not need.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  };
}

/** Other nodes change what is known of an upload, so nothing of it is kept. */
const nothingKept: KvStore<MetadataValue> = { get: async () => undefined, set: async () => {}, delete: async () => {} };

/** The library's store, which says that S3 is away in the place of taking an upload for one that is not there, and removes everything of one. */
class Uploads extends S3Store {
  constructor(config: S3ClientConfig, bucket: string) {
    super({ s3ClientConfig: { ...config, bucket }, cache: nothingKept, useTags: false });
    this.extensions = ['termination'];
  }

  /** How many bytes are there; null: there is no such upload. */
  async offsetOf(key: string): Promise<number | null> {
    if ((await ifThere(this.getMetadata(key))) === null) return null;
    return (await super.getUpload(key)).offset;
  }

  override getUpload(key: string): Promise<Upload> {
    return s3(async () => {
      if ((await ifThere(this.getMetadata(key))) === null) throw ERRORS.FILE_NOT_FOUND;
      const upload = await super.getUpload(key);
      if (upload.offset === upload.size) await this.finish(key);
      return upload;
    });
  }

  override write(bytes: Readable, key: string, offset: number): Promise<number> {
    return s3(async () => {
      const { file } = await this.getMetadata(key);
      // Put together when it was asked for, just before and under the same lock.
      return file.size === offset ? offset : await super.write(Readable.from(borrowed(bytes), { objectMode: false }), key, offset);
    });
  }

  override remove(key: string): Promise<void> {
    return s3(async () => {
      const Bucket = this.bucket;
      const { Uploads: begun = [] } = (await ifThere(this.client.listMultipartUploads({ Bucket, Prefix: key }))) ?? {};
      const own = begun.filter(({ Key }) => Key === key);
      await Promise.all(own.map(({ UploadId }) => ifThere(this.client.abortMultipartUpload({ Bucket, Key: key, UploadId }))));
      await Promise.all([key, `${key}.part`, `${key}.info`].map((Key) => ifThere(this.client.deleteObject({ Bucket, Key }))));
    });
  }

  close(): void {
    this.client.destroy();
  }

  /** Puts the parts of an upload together where that was tried when the last of them came and did not work. */
  private async finish(key: string): Promise<void> {
    const parts = await ifThere(this.retrieveParts(key));
    if (parts !== null) await this.finishMultipartUpload(await this.getMetadata(key), parts);
  }
}

/** Asks S3 for something: whatever goes wrong there becomes `UNAVAILABLE`, but what the library itself answers and what is wrong with the question. */
async function s3<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AppError || error instanceof TypeError || (typeof error === 'object' && error !== null && 'status_code' in error)) throw error;
    throw statusOf(error) === 507 || /^(ENOSPC|EDQUOT)$/.test(codeOf(error)) || /Storage(Full|Exhausted)|QuotaExceeded/.test(nameOf(error))
      ? new NoRoom(error)
      : awayBecause(error);
  }
}

async function ifThere<T>(asking: Promise<T>): Promise<T | null> {
  return await asking.catch((error: unknown) => {
    if (statusOf(error) === 404 && nameOf(error) !== 'NoSuchBucket') return null;
    throw error;
  });
}

const nameOf = (error: unknown) => (error instanceof Error ? error.name : '');

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : '');

function statusOf(error: unknown): number | null {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return null;
  const metadata = error.$metadata;
  return typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata ? Number(metadata.httpStatusCode) : null;
}
