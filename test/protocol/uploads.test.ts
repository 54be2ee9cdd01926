import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, renameSync, rmdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { Upload } from 'tus-js-client';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { uploadKey } from '../../src/features/files/file.policy.ts';
import { createFileLinks } from '../../src/features/files/file-links.service.ts';
import { createKeys } from '../../src/platform/keys.ts';
import { envOf, type FileApp, memoryInUse, openPatch, patchHeaders, startFileApp } from '../support/files.ts';
import { openS3 } from '../support/s3.ts';
import { hasS3 } from '../support/s3-program.ts';

let app: FileApp;
beforeAll(async () => {
  app = await startFileApp({ ALLOWED_ORIGINS: 'https://app.example.com' });
});

const tus = { 'tus-resumable': '1.0.0' };

const patch = (url: string, offset: number, body: string | Buffer<ArrayBuffer>, headers: Readonly<Record<string, string>> = {}) =>
  fetch(url, { method: 'PATCH', headers: { ...patchHeaders(offset), ...headers }, body });

const head = (url: string) => fetch(url, { method: 'HEAD', headers: tus });

const offsetAt = async (url: string) => Number((await head(url)).headers.get('upload-offset'));

/** Sends a body that does not say how long it is; gives the status. */
const sendChunked = (url: string) =>
  new Promise((resolve, reject) => {
    const sending = request(url, { method: 'PATCH', headers: { ...patchHeaders(0), 'transfer-encoding': 'chunked' } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    });
    sending.on('error', reject);
    sending.end('abcd');
  });

const contentOf = async (uuid: string, of = app) => {
  const stream = await of.store.read(uploadKey(uuid));
  return stream && (await buffer(stream));
};

describe('an upload', () => {
  it('comes at once, by nothing but its address', async () => {
    const { uuid, url } = await app.announce(11);
    const answer = await patch(url, 0, 'hello world');
    expect([answer.status, answer.headers.get('upload-offset'), answer.headers.get('tus-resumable')]).toEqual([204, '11', '1.0.0']);
    expect(app.files.receivedOf).toContain(uuid);
    expect(String(await contentOf(uuid))).toBe('hello world');
  });

  it('comes in portions, and HEAD says how far it is', async () => {
    const { uuid, url } = await app.announce(11);
    await patch(url, 0, 'hello ');
    const answer = await head(url);
    expect([answer.status, answer.headers.get('upload-offset'), answer.headers.get('upload-length')]).toEqual([200, '6', '11']);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(app.files.receivedOf).not.toContain(uuid);
    await patch(url, 6, 'world');
    expect(app.files.receivedOf.filter((each) => each === uuid)).toHaveLength(1);
  });

  it('comes by a stock client, also after the connection broke', async () => {
    const bytes = randomBytes(3_000_000);
    const { uuid, url } = await app.announce(bytes.length);
    const half = await openPatch(url, 0, bytes.length);
    half.send(bytes.subarray(0, 1_000_000));
    await vi.waitFor(async () => expect(await app.store.received(uploadKey(uuid))).toBe(1_000_000), 20_000);
    half.socket.resetAndDestroy();
    await new Promise<void>((resolve, reject) => {
      new Upload(bytes, { uploadUrl: url, chunkSize: 700_000, retryDelays: [10, 100, 1000], onSuccess: () => resolve(), onError: reject }).start();
    });
    expect(
      createHash('sha256')
        .update((await contentOf(uuid)) ?? '')
        .digest('hex'),
    ).toBe(createHash('sha256').update(bytes).digest('hex'));
  });

  it('waits for 100-continue and is told to send only when its bytes are wanted', async () => {
    const { url } = await app.announce(4);
    const { hostname, port, pathname, search } = new URL(url);
    const ask = async (offset: number) => {
      const socket = connect(Number(port), hostname);
      let text = '';
      const done = new Promise<string>((resolve) => {
        socket.on('data', (data) => {
          text += String(data);
          if (text.startsWith('HTTP/1.1 100')) socket.write('abcd');
          if (/HTTP\/1\.1 (204|409)/.test(text)) resolve(text);
        });
      });
      const headers = Object.entries({ host: 'x', expect: '100-continue', 'content-length': '4', ...patchHeaders(offset) });
      socket.write(`PATCH ${pathname}${search} HTTP/1.1\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`);
      const said = await done;
      socket.destroy();
      return said;
    };
    expect(await ask(2)).toMatch(/^HTTP\/1\.1 409 /);
    expect(await ask(0)).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 204 /);
  });

  it('that has come is said to be there, whatever became of it, and takes nothing more', async () => {
    const { uuid, url } = await app.announce(4);
    await patch(url, 0, 'abcd');
    const answer = await head(url);
    expect([answer.status, answer.headers.get('upload-offset'), answer.headers.get('upload-length')]).toEqual([200, '4', '4']);
    expect((await patch(url, 4, '')).status).toBe(204);
    expect((await patch(url, 4, 'e')).status).toBe(413);
    expect((await patch(url, 0, 'abcd')).status).toBe(409);
    expect(String(await contentOf(uuid))).toBe('abcd');
  });

  it('is handed over by HEAD where the node that took its last byte could not say so', async () => {
    const { uuid, url } = await app.announce(4);
    await app.store.uploads.write(Readable.from([Buffer.from('abcd')]), uploadKey(uuid), 0);
    expect(app.files.receivedOf).not.toContain(uuid);
    expect(await offsetAt(url)).toBe(4);
    expect(app.files.receivedOf).toContain(uuid);
  });

  it('is taken back with DELETE, also while it comes in', async () => {
    const { uuid, url } = await app.announce(100);
    const coming = await openPatch(url, 0, 100);
    coming.send('half of it');
    await vi.waitFor(async () => expect(await app.store.received(uploadKey(uuid))).toBe(10), 20_000);
    expect((await fetch(url, { method: 'DELETE', headers: tus })).status).toBe(204);
    expect(await app.store.received(uploadKey(uuid))).toBe(null);
    expect((await head(url)).status).toBe(404);
    expect((await fetch(url, { method: 'DELETE', headers: tus })).status).toBe(404);
  });

  it('works inside the process, without the port', async () => {
    const { uuid, url } = await app.announce(4);
    const answer = await app.app.app.fetch(new Request(url, { method: 'PATCH', headers: { ...patchHeaders(0), 'content-length': '4' }, body: 'abcd' }));
    expect([answer.status, answer.headers.get('upload-offset')]).toEqual([204, '4']);
    expect(app.files.receivedOf).toContain(uuid);
  });
});

describe('what is refused', () => {
  it('has no other right than the signature of this upload, today', async () => {
    const [mine, other] = [await app.announce(4), await app.announce(4)];
    const { search } = new URL(other.url);
    const keys = createKeys(app.app.env.TOKEN_SECRET ?? '');
    const signed = (expiresAt: number, by = keys) => app.base + createFileLinks(by, null).upload({ uuid: mine.uuid, expiresAt });
    const file = app.base + app.links.file(mine.uuid, 'file').url.replace('/files/', '/uploads/').replace('/file?', '?');
    for (const url of [
      `${app.base}/uploads/${mine.uuid}`,
      `${app.base}/uploads/${mine.uuid}${search}`,
      mine.url.replace(/s=.*/, 's='),
      mine.url.replace(/e=\d+/, (text) => `${text}0`),
      mine.url.replace(/e=\d+/, 'e=NaN'),
      `${mine.url}x`,
      signed(Date.now() - 86_400_000),
      signed(Date.now() + 60_000, createKeys('another secret, long enough for everybody')),
      file,
    ])
      for (const method of ['HEAD', 'PATCH', 'DELETE'])
        expect((await fetch(url, { method, headers: patchHeaders(0), ...(method === 'PATCH' ? { body: 'abcd' } : {}) })).status, `${method} ${url}`).toBe(403);
    expect(await app.store.received(uploadKey(mine.uuid))).toBe(0);
  });

  it('accepts what was signed with the secret before', async () => {
    const old = 'the secret before this one, long enough';
    const changed = await startFileApp({ TOKEN_SECRET_PREVIOUS: old });
    const { uuid } = await changed.announce(4);
    const path = createFileLinks(createKeys(old), null).upload({ uuid, expiresAt: Date.now() + 60_000 });
    expect((await patch(changed.base + path, 0, 'abcd')).status).toBe(204);
  });

  it('is nothing that was never announced, or is gone', async () => {
    const uuid = randomUUID();
    const url = app.base + app.links.upload({ uuid, expiresAt: Date.now() + 60_000 });
    expect((await head(url)).status).toBe(404);
    expect((await patch(url, 0, 'abcd')).status).toBe(404);
    const half = await app.announce(4);
    await app.store.remove(uploadKey(half.uuid));
    expect((await patch(half.url, 0, 'abcd')).status).toBe(404);
    for (const path of ['/uploads/', '/uploads/x', `/uploads/${uuid}/more`, '/uploads/../files', `/uploads/${uuid.toUpperCase()}`])
      expect((await fetch(app.base + path, { method: 'HEAD', headers: tus })).status, path).toBe(404);
  });

  it('is every method that makes, or gives, an upload', async () => {
    const { url } = await app.announce(4);
    for (const method of ['GET', 'POST', 'PUT']) {
      const answer = await fetch(url, { method, headers: { ...tus, 'upload-length': '4' } });
      expect([answer.status, answer.headers.get('allow')], method).toEqual([405, 'HEAD, PATCH, DELETE, OPTIONS']);
    }
    const made = await fetch(`${app.base}/uploads/`, { method: 'POST', headers: { ...tus, 'upload-length': '4' } });
    expect(made.status).toBe(404);
    const overridden = await fetch(url, { method: 'HEAD', headers: { ...tus, 'x-http-method-override': 'DELETE' } });
    expect(overridden.status).toBe(200);
  });

  it('is a wrong offset, more than was announced, and what is no tus', async () => {
    const { uuid, url } = await app.announce(4);
    for (const [offset, body, headers, status] of [
      [2, 'cd', {}, 409],
      [0, 'abcde', {}, 413],
      [0, 'abcd', { 'tus-resumable': '0.2.2' }, 412],
      [0, 'abcd', { 'content-type': 'text/plain' }, 400],
      [0, 'abcd', { 'upload-offset': '-1' }, 400],
      [0, 'abcd', { 'upload-offset': '0x0' }, 400],
    ] as const) {
      const answer = await patch(url, offset, body, headers);
      expect(answer.status, JSON.stringify([offset, body, headers])).toBe(status);
      const text = await answer.text();
      expect(Object.keys(JSON.parse(text))).toEqual(['error']);
      expect(text).not.toMatch(/\/tmp|\/work|node_modules| at /);
    }
    expect(await sendChunked(url)).toBe(411);
    expect(await app.store.received(uploadKey(uuid))).toBe(0);
    expect((await patch(url, 0, 'abcd')).status).toBe(204);
  });

  it('is a page of another origin', async () => {
    const { url } = await app.announce(4);
    const asked = { 'access-control-request-method': 'PATCH', 'access-control-request-headers': 'tus-resumable,upload-offset,content-type' };
    const good = { origin: 'https://app.example.com' };
    const preflight = await fetch(url, { method: 'OPTIONS', headers: { ...good, ...asked } });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-origin')).toBe('https://app.example.com');
    expect(preflight.headers.get('access-control-allow-methods')).toBe('HEAD, PATCH, DELETE, OPTIONS');
    expect(preflight.headers.get('access-control-allow-headers')).toContain('tus-resumable,upload-offset,content-type');
    expect([preflight.headers.get('tus-version'), preflight.headers.get('tus-extension')]).toEqual(['1.0.0', 'termination']);
    const answer = await patch(url, 0, 'ab', good);
    expect([answer.status, answer.headers.get('access-control-allow-origin'), answer.headers.get('vary')]).toEqual([204, 'https://app.example.com', 'Origin']);
    expect(answer.headers.get('access-control-expose-headers')).toContain('Upload-Offset');
    for (const method of ['OPTIONS', 'HEAD', 'PATCH', 'DELETE']) {
      const refused = await fetch(url, {
        method,
        headers: { ...patchHeaders(2), ...asked, origin: 'https://evil.example.com' },
        ...(method === 'PATCH' ? { body: 'cd' } : {}),
      });
      expect([refused.status, refused.headers.get('access-control-allow-origin')], method).toEqual([403, null]);
    }
    expect(await offsetAt(url)).toBe(2);
  });

  it('is too many requests of one address', async () => {
    const few = await startFileApp({ RATE_LIMITS: 'on', RATES: 'fileOfAddress=3/h' });
    const { url } = await few.announce(4);
    const statuses = [];
    for (let count = 0; count < 4; count += 1) statuses.push((await head(url)).status);
    expect(statuses).toEqual([200, 200, 200, 429]);
    expect(Number((await head(url)).headers.get('retry-after'))).toBeGreaterThan(0);
  });
});

describe('of two at once', () => {
  it('the one that came first lets go, and what it had sent counts', async () => {
    const { uuid, url } = await app.announce(20);
    const first = await openPatch(url, 0, 20);
    first.send('0123456789');
    await vi.waitFor(async () => expect(await app.store.received(uploadKey(uuid))).toBe(10), 20_000);
    expect(await offsetAt(url)).toBe(10);
    expect(await first.answered).toMatch(/^HTTP\/1\.1 204 [\s\S]*upload-offset: 10\r\n/i);
    first.send('9876543210');
    expect((await patch(url, 10, 'abcdefghij')).status).toBe(204);
    expect(String(await contentOf(uuid))).toBe('0123456789abcdefghij');
  });

  it('each byte is of one of them, however many there are', async () => {
    const bytes = randomBytes(400_000);
    const { uuid, url } = await app.announce(bytes.length);
    const statuses = await Promise.all(Array.from({ length: 5 }, async () => (await patch(url, 0, bytes)).status));
    expect(statuses.filter((status) => status === 204).length).toBeGreaterThanOrEqual(1);
    expect(statuses.filter((status) => ![204, 409, 423].includes(status))).toEqual([]);
    await patch(url, await offsetAt(url), bytes.subarray(await offsetAt(url)));
    expect((await contentOf(uuid))?.equals(bytes)).toBe(true);
    expect(app.files.receivedOf.filter((each) => each === uuid)).toHaveLength(1);
  });
});

describe('a sender', () => {
  it('that sends nothing for too long is ended and told how much is there', async () => {
    const impatient = await startFileApp({ UPLOAD_STALL_SECONDS: '0.2' });
    const { uuid, url } = await impatient.announce(20);
    const half = await openPatch(url, 0, 20);
    half.send('0123456789');
    expect(await half.answered).toMatch(/^HTTP\/1\.1 204 [\s\S]*upload-offset: 10\r\n/i);
    await new Promise((resolve) => half.socket.once('close', resolve));
    expect(await impatient.store.received(uploadKey(uuid))).toBe(10);
  });

  it('that is slow is not ended for that', async () => {
    const { uuid, url } = await app.announce(30);
    const slow = await openPatch(url, 0, 30);
    for (let sent = 0; sent < 30; sent += 1) {
      await vi.waitFor(async () => expect(await app.store.received(uploadKey(uuid))).toBe(sent), { timeout: 20_000, interval: 5 });
      slow.send('x');
    }
    expect(await slow.answered).toMatch(/^HTTP\/1\.1 204 /);
  });

  it('that takes the last place ends one of whoever has most, and that one goes on later', async () => {
    const narrow = await startFileApp({ UPLOADS_AT_ONCE: '2' });
    const [greedy, another, modest] = [await narrow.announce(20, 1), await narrow.announce(20, 1), await narrow.announce(20, 2)];
    const running = [await openPatch(greedy.url, 0, 20)];
    running[0]?.send('01234');
    await vi.waitFor(async () => expect(await narrow.store.received(uploadKey(greedy.uuid))).toBe(5), 20_000);
    running.push(await openPatch(another.url, 0, 20));
    running[1]?.send('01234');
    await vi.waitFor(async () => expect(await narrow.store.received(uploadKey(another.uuid))).toBe(5), 20_000);
    expect((await patch(modest.url, 0, 'x'.repeat(20))).status).toBe(204);
    expect(await running[0]?.answered).toMatch(/^HTTP\/1\.1 204 [\s\S]*upload-offset: 5\r\n/i);
    running[1]?.send('x'.repeat(15));
    expect(await running[1]?.answered).toMatch(/^HTTP\/1\.1 204 [\s\S]*upload-offset: 20\r\n/i);
    expect((await patch(greedy.url, 5, 'x'.repeat(15))).status).toBe(204);
  });

  it('that sends a large file costs no memory for it', async () => {
    const size = 100_000_000;
    const { uuid, url } = await app.announce(size);
    const sender = await openPatch(url, 0, size);
    const piece = Buffer.alloc(1_000_000, 'x');
    let most = 0;
    const before = memoryInUse();
    for (let sent = 0; sent < size; sent += piece.length) {
      if (!sender.socket.write(piece)) await new Promise((resolve) => sender.socket.once('drain', resolve));
      if (sent % 10_000_000 === 0) most = Math.max(most, memoryInUse() - before);
    }
    expect(await sender.answered).toMatch(/^HTTP\/1\.1 204 /);
    expect(await app.store.received(uploadKey(uuid))).toBe(size);
    expect(most).toBeLessThan(size / 3);
    await app.store.remove(uploadKey(uuid));
  });
});

describe('a store that cannot take it', () => {
  it('answers 507 where it is full and 503 where it is away, and goes on afterwards', async () => {
    const { uuid, url } = await app.announce(4);
    const path = join(app.app.env.DATA_DIR ?? '', 'files', 'uploads', uuid);
    rmSync(path);
    symlinkSync('/dev/full', path);
    const full = await patch(url, 0, 'abcd');
    expect([full.status, full.headers.get('retry-after')]).toEqual([507, '1']);
    rmSync(path);
    writeFileSync(path, '');
    renameSync(`${path}.size`, `${path}.kept`);
    mkdirSync(`${path}.size`);
    for (const answer of [await patch(url, 0, 'abcd'), await head(url)]) {
      expect(answer.status).toBe(503);
      expect(await answer.text()).not.toContain(uuid);
    }
    rmdirSync(`${path}.size`);
    renameSync(`${path}.kept`, `${path}.size`);
    expect((await patch(url, 0, 'abcd')).status).toBe(204);
    expect(app.app.logs().join('')).toContain('a file could not be read or written');
  });

  it('is asked again where what follows the last byte fails', async () => {
    const broken = await startFileApp();
    const { uuid, url } = await broken.announce(4);
    const { received } = broken.files;
    broken.files.received = async () => {
      throw new Error('a secret place: /tmp/x');
    };
    const answer = await patch(url, 0, 'abcd');
    expect([answer.status, await answer.text()]).toEqual([500, JSON.stringify({ error: 'Something went wrong on our side' })]);
    broken.files.received = received;
    expect(await offsetAt(url)).toBe(4);
    expect(broken.files.receivedOf).toEqual([uuid]);
  });
});

it('ends what comes in where the server stops, and keeps it', async () => {
  const first = await startFileApp();
  const { uuid, url } = await first.announce(20);
  const half = await openPatch(url, 0, 20);
  half.send('0123456789');
  await vi.waitFor(async () => expect(await first.store.received(uploadKey(uuid))).toBe(10), 20_000);
  await first.app.stop();
  expect(await half.answered).toMatch(/^HTTP\/1\.1 204 [\s\S]*upload-offset: 10\r\n/i);
  expect(first.app.logs().join('')).not.toContain('did not end in time');
});

describe.skipIf(!hasS3())('an upload to S3', () => {
  it('comes in portions through the door, is read there, and says so while S3 is away', async () => {
    const s3 = await openS3();
    const there = await startFileApp(envOf(s3));
    const bytes = randomBytes(9_000_000);
    const { uuid, url } = await there.announce(bytes.length);
    expect((await patch(url, 0, bytes.subarray(0, 1_000_000))).status).toBe(204);
    await s3.stop();
    for (const answer of [await patch(url, 1_000_000, bytes.subarray(1_000_000)), await head(url)]) expect(answer.status).toBe(503);
    await s3.start();
    expect(await offsetAt(url)).toBe(1_000_000);
    expect((await patch(url, 1_000_000, bytes.subarray(1_000_000))).status).toBe(204);
    expect(there.files.receivedOf).toEqual([uuid]);
    expect((await contentOf(uuid, there))?.equals(bytes)).toBe(true);
    expect((await fetch(url, { method: 'DELETE', headers: tus })).status).toBe(204);
  });
});
