import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { ERRORS } from '@tus/server';
import { beforeAll, describe, expect, it } from 'vitest';
import { createDiskFileStore } from '../../src/platform/file-store.disk.ts';
import { createS3FileStore } from '../../src/platform/file-store.s3.ts';
import { type ByteRange, type FileStore, NoRoom, type StoredFile } from '../../src/platform/file-store.ts';
import { closeLater } from '../support/lifetime.ts';
import { emptyFolder } from '../support/operator.ts';
import { openS3, type S3 } from '../support/s3.ts';
import { hasS3 } from '../support/s3-program.ts';

interface Opened {
  readonly store: FileStore;
  /** Takes away what it stands on. */
  readonly lose: () => Promise<void>;
}

let s3: S3;

const implementations: { name: string; prepare: () => Promise<void>; make: () => Promise<Opened> }[] = [
  {
    name: 'a folder',
    prepare: async () => {},
    async make() {
      const folder = join(emptyFolder(), 'files');
      return {
        store: createDiskFileStore(folder),
        async lose() {
          rmSync(folder, { recursive: true });
          writeFileSync(folder, 'no folder any more');
        },
      };
    },
  },
  {
    name: 'S3',
    async prepare() {
      s3 = await openS3();
    },
    async make() {
      const store = createS3FileStore({ ...s3, endpoint: s3.endpoint, publicEndpoint: null });
      closeLater(() => store.close());
      // One server for all of them: nobody finds what another one has left.
      for await (const { key } of store.list()) await store.remove(key);
      return {
        store,
        async lose() {
          await s3.stop();
          closeLater(s3.start);
        },
      };
    },
  },
];

const bytesOf = async (store: FileStore, key: string, range?: ByteRange) => {
  const stream = await store.read(key, range);
  return stream && (await buffer(stream));
};

const listOf = async (store: FileStore) => {
  const listed: StoredFile[] = [];
  for await (const file of store.list()) listed.push(file);
  return listed;
};

const keysOf = async (store: FileStore) => (await listOf(store)).map(({ key }) => key).sort();

/** Sends bytes to an upload in pieces, as a socket does. */
const send = (store: FileStore, key: string, offset: number, bytes: Buffer) => {
  const pieces = Array.from({ length: Math.ceil(bytes.length / 65_536) }, (_, index) => bytes.subarray(index * 65_536, (index + 1) * 65_536));
  return store.uploads.write(Readable.from(pieces), key, offset);
};

/** Sends bytes to somebody who hears, as tus does, of whatever comes first: what `write` throws, or what ends the bytes. */
const sendAndHear = (store: FileStore, key: string, pieces: AsyncIterable<Buffer>) => {
  const bytes = new PassThrough();
  return pipeline(pieces, bytes, () => store.uploads.write(bytes, key, 0));
};

const fileOf = (bytes: string | Buffer) => {
  const path = join(emptyFolder(), 'file');
  writeFileSync(path, bytes);
  return path;
};

const away = expect.objectContaining({ code: 'UNAVAILABLE' });

describe.each(implementations.filter(({ name }) => name !== 'S3' || hasS3()))('files in $name', ({ prepare, make }) => {
  beforeAll(prepare);

  it('take an upload in portions, and know how far it is', async () => {
    const { store } = await make();
    const key = `uploads/${randomUUID()}`;
    expect(await store.received(key)).toBe(null);
    await store.begin(key, 11);
    expect(await store.received(key)).toBe(0);
    expect(await send(store, key, 0, Buffer.from('hello '))).toBe(6);
    await store.begin(key, 11);
    expect(await store.received(key)).toBe(6);
    expect(await store.uploads.getUpload(key)).toMatchObject({ offset: 6, size: 11 });
    expect(await send(store, key, 6, Buffer.from('world'))).toBe(11);
    expect(await store.received(key)).toBe(11);
    expect(await store.uploads.getUpload(key)).toMatchObject({ offset: 11, size: 11 });
    expect(String(await bytesOf(store, key))).toBe('hello world');
  });

  it('take one that is larger than a part of S3, cut where the network cuts it', async () => {
    const { store } = await make();
    const key = `uploads/${randomUUID()}`;
    const bytes = randomBytes(14_000_000);
    await store.begin(key, bytes.length);
    let offset = 0;
    for (const end of [3, 1_000_003, 7_500_000, 13_999_999, 14_000_000]) {
      offset = await send(store, key, offset, bytes.subarray(offset, end));
      expect(offset).toBe(end);
      expect((await store.uploads.getUpload(key)).offset).toBe(end);
    }
    expect((await bytesOf(store, key))?.equals(bytes)).toBe(true);
  });

  it('know of an upload that is not there that it is not', async () => {
    const { store } = await make();
    await expect(store.uploads.getUpload('uploads/none')).rejects.toBe(ERRORS.FILE_NOT_FOUND);
  });

  it('offer with tus nothing but to remove one', async () => {
    const { store } = await make();
    expect(store.uploads.extensions).toEqual(['termination']);
  });

  it('give a part of one', async () => {
    const { store } = await make();
    await store.put('files/a/file', fileOf('0123456789'), 'text/plain');
    expect(String(await bytesOf(store, 'files/a/file', { first: 2, last: 5 }))).toBe('2345');
    expect(String(await bytesOf(store, 'files/a/file', { first: 9, last: 9 }))).toBe('9');
  });

  it('are copied from this machine and to it, and put in the place of those before', async () => {
    const { store } = await make();
    await store.put('files/a/thumbnail', fileOf('first'), 'image/webp');
    await store.put('files/a/thumbnail', fileOf('second one'), 'image/webp');
    expect(await store.received('files/a/thumbnail')).toBe(10);
    const path = join(emptyFolder(), 'copy');
    await store.fetch('files/a/thumbnail', path);
    expect(readFileSync(path, 'utf8')).toBe('second one');
    expect(await store.read('files/b/file')).toBe(null);
    await expect(store.fetch('files/b/file', path)).rejects.toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
  });

  it('are removed whole, however far they are', async () => {
    const { store } = await make();
    const [fresh, half, whole] = ['uploads/1', 'uploads/2', 'uploads/3'];
    for (const key of [fresh, half, whole]) await store.begin(key, 4);
    await send(store, half, 0, Buffer.from('ab'));
    await send(store, whole, 0, Buffer.from('abcd'));
    await store.put('files/3/file', fileOf('made'), 'image/webp');
    await store.put('files/3/thumbnail', fileOf('small'), 'image/webp');
    for (const key of [fresh, half, whole, 'files/3/file', 'files/none/file', 'uploads/none']) await store.remove(key);
    expect(await keysOf(store)).toEqual(['files/3/thumbnail']);
    expect(await store.received(half)).toBe(null);
    await expect(store.uploads.getUpload(whole)).rejects.toBe(ERRORS.FILE_NOT_FOUND);
    await store.begin(half, 4);
    expect(await store.received(half)).toBe(0);
    await store.uploads.remove(half);
    await store.remove('files/3/thumbnail');
    expect(await keysOf(store)).toEqual([]);
  });

  it('are listed, those that are not whole too, each once and with its time', async () => {
    const { store } = await make();
    const began = Date.now();
    await store.begin('uploads/1', 4);
    await store.begin('uploads/2', 4);
    await send(store, 'uploads/2', 0, Buffer.from('ab'));
    await store.begin('uploads/3', 2);
    await send(store, 'uploads/3', 0, Buffer.from('ab'));
    await store.put('files/3/file', fileOf('made'), 'image/webp');
    const listed = await listOf(store);
    expect(listed.map(({ key }) => key).sort()).toEqual(['files/3/file', 'uploads/1', 'uploads/2', 'uploads/3']);
    for (const { at } of listed) expect(Math.abs(at - began)).toBeLessThan(60_000);
  });

  it('are looked at in folders of which those that were left by a process that died are removed when the store is searched', async () => {
    const { store } = await make();
    const [left, used] = [await store.openFolder(), await store.openFolder()];
    writeFileSync(join(left, 'film'), 'bytes');
    const twoDaysAgo = new Date(Date.now() - 2 * 86_400_000);
    utimesSync(left, twoDaysAgo, twoDaysAgo);
    await store.begin('uploads/1', 2);
    await send(store, 'uploads/1', 0, Buffer.from('ab'));
    // Whoever has seen enough of the list leaves it.
    for await (const { key } of store.list()) {
      expect(key).toBe('uploads/1');
      break;
    }
    expect([existsSync(left), existsSync(used)]).toEqual([false, true]);
    rmSync(used, { recursive: true });
  });

  it('are under no name that leads elsewhere', async () => {
    const { store } = await make();
    for (const key of ['../outside', '/etc/passwd', 'a//b', 'a/.aside', 'A', 'a.size', '', 'a/\0'])
      for (const asked of [() => store.begin(key, 1), () => store.read(key), () => store.remove(key), () => store.put(key, fileOf('x'), 'text/plain')])
        await expect(asked(), JSON.stringify(key)).rejects.toThrow(TypeError);
  });

  it('keep what has come of an upload whose sender breaks off', async () => {
    const { store } = await make();
    await store.begin('uploads/1', 100);
    const pieces = (async function* () {
      yield Buffer.from('some');
      throw new Error('gone');
    })();
    await expect(store.uploads.write(Readable.from(pieces), 'uploads/1', 0)).rejects.toThrow();
    const kept = (await store.received('uploads/1')) ?? -1;
    expect(kept).toBeGreaterThanOrEqual(0);
    expect(kept).toBeLessThanOrEqual(4);
    expect(await send(store, 'uploads/1', kept, Buffer.alloc(100 - kept))).toBe(100);
  });

  it('are said to be away where they are, and never to be gone', async () => {
    const { store, lose } = await make();
    await store.begin('uploads/1', 4);
    await send(store, 'uploads/1', 0, Buffer.from('ab'));
    await store.put('files/1/file', fileOf('made'), 'image/webp');
    await lose();
    for (const asked of [
      () => store.begin('uploads/2', 1),
      () => store.received('uploads/1'),
      () => store.uploads.getUpload('uploads/1'),
      () => store.read('files/1/file'),
      () => store.fetch('files/1/file', join(emptyFolder(), 'copy')),
      () => store.put('files/2/file', fileOf('x'), 'text/plain'),
      () => store.remove('files/1/file'),
      () => listOf(store),
    ])
      await expect(asked(), String(asked)).rejects.toThrow(away);
    await expect(send(store, 'uploads/1', 2, Buffer.from('cd'))).rejects.toThrow(away);
  });

  it('say that they are away where they go in the middle of an upload, and nothing else to whoever gives the bytes', async () => {
    const { store, lose } = await make();
    await store.begin('uploads/1', 20_000_000);
    const pieces = (async function* () {
      yield Buffer.alloc(1_000_000);
      await lose();
      for (let piece = 1; piece < 20; piece += 1) yield Buffer.alloc(1_000_000);
    })();
    await expect(sendAndHear(store, 'uploads/1', pieces)).rejects.toThrow(away);
  });
});

describe('files in a folder', () => {
  it('say that there is no room, and leave nothing half under its name', async () => {
    const folder = emptyFolder();
    const store = createDiskFileStore(folder);
    mkdirSync(join(folder, 'uploads'));
    await store.begin('uploads/1', 10);
    rmSync(join(folder, 'uploads', '1'));
    symlinkSync('/dev/full', join(folder, 'uploads', '1'));
    await expect(send(store, 'uploads/1', 0, Buffer.from('some'))).rejects.toThrow(NoRoom);
    const endless = (async function* () {
      for (;;) yield Buffer.alloc(65_536);
    })();
    await expect(sendAndHear(store, 'uploads/1', endless)).rejects.toThrow(NoRoom);
    await expect(store.put('files/1/file', join(folder, 'none'), 'text/plain')).rejects.toThrow(away);
    expect(await store.read('files/1/file')).toBe(null);
  });

  it('are read by whoever sees them, and no link leads there', async () => {
    const store = createDiskFileStore(emptyFolder());
    expect(await store.link('files/1/file', 60, { contentType: 'image/png', contentDisposition: 'inline', cacheControl: 'private' })).toBe(null);
  });

  it('are the same for all who use the folder', async () => {
    const folder = emptyFolder();
    const [one, other] = [createDiskFileStore(folder), createDiskFileStore(folder)];
    await one.begin('uploads/1', 4);
    await send(other, 'uploads/1', 0, Buffer.from('ab'));
    await send(one, 'uploads/1', 2, Buffer.from('cd'));
    expect(String(await bytesOf(other, 'uploads/1'))).toBe('abcd');
  });
});

describe.skipIf(!hasS3())('files in S3', () => {
  beforeAll(async () => {
    s3 = await openS3();
  });
  const open = () => {
    const store = createS3FileStore({ ...s3, publicEndpoint: null });
    closeLater(() => store.close());
    return store;
  };

  it('are read by a link, with the headers that it was made for, and by none that was changed', async () => {
    const store = open();
    await store.put('files/1/file', fileOf('0123456789'), 'image/png');
    const headers = {
      contentType: 'image/png',
      contentDisposition: 'inline; filename="a ä.png"; filename*=UTF-8\'\'a%20%C3%A4.png',
      cacheControl: 'private, no-cache',
    };
    const link = (await store.link('files/1/file', 60, { ...headers, contentDisposition: 'attachment; filename=a.png' })) ?? '';
    const answer = await fetch(link, { headers: { range: 'bytes=2-4' } });
    expect([answer.status, await answer.text()]).toEqual([206, '234']);
    expect(answer.headers.get('content-type')).toBe('image/png');
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename=a.png');
    expect(answer.headers.get('cache-control')).toBe('private, no-cache');
    expect((await fetch(link.replace('files/1/file', 'files/2/file'))).status).toBe(403);
  });

  it('are linked at the address that clients know', async () => {
    const store = createS3FileStore({ ...s3, publicEndpoint: 'https://files.example.com' });
    closeLater(() => store.close());
    const link = await store.link('files/1/file', 60, { contentType: 'image/png', contentDisposition: 'inline', cacheControl: 'private' });
    expect(link).toMatch(new RegExp(`^https://files\\.example\\.com/${s3.bucket}/files/1/file\\?`));
  });

  it('say at the start where the bucket is none of ours', async () => {
    await open().ping();
    for (const wrong of [{ secret: 'wrong' }, { bucket: 'another' }]) {
      const store = createS3FileStore({ ...s3, publicEndpoint: null, ...wrong });
      closeLater(() => store.close());
      await expect(store.ping()).rejects.toThrow(away);
    }
  });

  it('are put together when they are asked for, where that did not work with the last part', async () => {
    const store = open();
    await store.begin('uploads/late', 4);
    const finish = Reflect.get(store.uploads, 'finishMultipartUpload');
    Reflect.set(store.uploads, 'finishMultipartUpload', () => Promise.reject(new Error('S3 went away')));
    await expect(send(store, 'uploads/late', 0, Buffer.from('abcd'))).rejects.toThrow(away);
    Reflect.set(store.uploads, 'finishMultipartUpload', finish);
    expect((await store.uploads.getUpload('uploads/late')).offset).toBe(4);
    expect(String(await bytesOf(store, 'uploads/late'))).toBe('abcd');
    expect(await send(store, 'uploads/late', 4, Buffer.alloc(0))).toBe(4);
  });
});
