import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { readConfig } from '../../src/config.ts';
import { madeKey, uploadKey } from '../../src/features/files/file.policy.ts';
import { createFileLinks, type FileLinks } from '../../src/features/files/file-links.service.ts';
import { createDiskFileStore } from '../../src/platform/file-store.disk.ts';
import { createS3FileStore } from '../../src/platform/file-store.s3.ts';
import type { FileStore } from '../../src/platform/file-store.ts';
import { createKeys } from '../../src/platform/keys.ts';
import type { FilesOfDoors } from '../../src/server/http/file-doors.ts';
import type { DeliveredFacts } from '../../src/server/http/files.ts';
import type { UploadFacts } from '../../src/server/http/uploads.ts';
import { type Env, startApp, type TestApp } from './app.ts';
import { closeLater } from './lifetime.ts';
import { emptyFolder } from './operator.ts';
import type { S3 } from './s3.ts';

/** What the doors of files are told, and what they have said. */
export interface TestFiles extends FilesOfDoors {
  readonly uploads: Map<string, UploadFacts>;
  readonly ready: Map<string, DeliveredFacts>;
  readonly avatars: Map<string, DeliveredFacts>;
  /** The uploads of which the door has said that all is there. */
  readonly receivedOf: string[];
}

/** Files in memory. */
export function createTestFiles(): TestFiles {
  const [uploads, ready, avatars] = [new Map<string, UploadFacts>(), new Map<string, DeliveredFacts>(), new Map<string, DeliveredFacts>()];
  const receivedOf: string[] = [];
  return {
    uploads,
    ready,
    avatars,
    receivedOf,
    findUpload: async (uuid) => uploads.get(uuid) ?? null,
    async received(uuid) {
      const upload = uploads.get(uuid);
      if (upload?.state !== 'WAITING') return;
      receivedOf.push(uuid);
      uploads.set(uuid, { ...upload, state: 'CHECKING' });
    },
    cancel: async ({ userId }, uuid) => uploads.get(uuid)?.ownerId === userId && uploads.delete(uuid),
    findReadable: async (uuid) => ready.get(uuid) ?? null,
    findAvatar: async (publicKey) => avatars.get(publicKey) ?? null,
  };
}

/** A server with files. */
export interface FileApp {
  readonly app: TestApp;
  readonly files: TestFiles;
  readonly links: FileLinks;
  readonly store: FileStore;
  /** The origin of the server. */
  readonly base: string;
  /** Announces an upload; gives its uuid and its address as the server signs it. */
  announce(size: number, ownerId?: number): Promise<{ readonly uuid: string; readonly url: string }>;
  /** Puts a file that is READY; gives its uuid. */
  put(bytes: string | Buffer, facts?: Partial<DeliveredFacts>): Promise<string>;
}

/** The variables of a server that keeps files there. */
export const envOf = ({ endpoint, bucket, key, secret, region }: S3): Env => ({
  S3_ENDPOINT: endpoint,
  S3_BUCKET: bucket,
  S3_KEY: key,
  S3_SECRET: secret,
  S3_REGION: region,
});

/** Starts one. */
export async function startFileApp(env: Env = {}, files = createTestFiles()): Promise<FileApp> {
  const app = await startApp(env, { files });
  const links = createFileLinks(createKeys(app.env.TOKEN_SECRET ?? '', app.env.TOKEN_SECRET_PREVIOUS), null);
  const { s3 } = readConfig(app.env);
  const store = s3 ? createS3FileStore(s3) : createDiskFileStore(join(app.env.DATA_DIR ?? '', 'files'));
  closeLater(() => store.close());
  const base = new URL(app.url).origin;
  return {
    app,
    files,
    links,
    store,
    base,
    async announce(size, ownerId = 1) {
      const uuid = randomUUID();
      files.uploads.set(uuid, { uuid, ownerId, size, state: 'WAITING' });
      await store.begin(uploadKey(uuid), size);
      return { uuid, url: base + links.upload({ uuid, expiresAt: Date.now() + 86_400_000 }) };
    },
    async put(bytes, facts = {}) {
      const uuid = randomUUID();
      const path = join(emptyFolder(), 'file');
      writeFileSync(path, bytes);
      const row: DeliveredFacts = { uuid, name: 'picture.png', mime: 'image/png', isMade: 1, hasThumbnail: 0, ...facts };
      for (const part of ['file', ...(row.hasThumbnail ? (['thumbnail'] as const) : [])] as const) await store.put(madeKey(uuid, part), path, '');
      files.ready.set(uuid, row);
      return uuid;
    },
  };
}

/** The headers of a PATCH of tus. */
export const patchHeaders = (offset: number) => ({
  'tus-resumable': '1.0.0',
  'upload-offset': String(offset),
  'content-type': 'application/offset+octet-stream',
});

/** Begins a PATCH by hand, of which as much is sent as one likes. Ended with the test. */
export async function openPatch(url: string, offset: number, length: number) {
  const { hostname, port, pathname, search } = new URL(url);
  const socket = connect(Number(port), hostname);
  closeLater(() => socket.destroy());
  socket.on('error', () => {});
  const lines = Object.entries({ host: 'x', ...patchHeaders(offset), 'content-length': String(length) }).map(([name, value]) => `${name}: ${value}\r\n`);
  let text = '';
  const answered = new Promise<string>((resolve) => {
    socket.on('data', (bytes) => {
      text += String(bytes);
      if (text.includes('\r\n\r\n')) resolve(text);
    });
    socket.on('close', () => resolve(text));
  });
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.write(`PATCH ${pathname}${search} HTTP/1.1\r\n${lines.join('')}\r\n`);
  return { socket, send: (bytes: string | Buffer) => void socket.write(bytes), answered };
}

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** Bytes of buffers that somebody in this process still holds. */
export function memoryInUse(): number {
  collectGarbage();
  return process.memoryUsage().arrayBuffers;
}
