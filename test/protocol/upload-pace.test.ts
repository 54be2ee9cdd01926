import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it, vi } from 'vitest';
import { uploadKey } from '../../src/features/files/file.policy.ts';
import { type FileApp, openPatch, patchHeaders, startFileApp } from '../support/files.ts';

const patch = (url: string, offset: number, body: string | Buffer<ArrayBuffer>) => fetch(url, { method: 'PATCH', headers: patchHeaders(offset), body });

const offsetAt = async (url: string) => Number((await fetch(url, { method: 'HEAD', headers: { 'tus-resumable': '1.0.0' } })).headers.get('upload-offset'));

const contentOf = async (uuid: string, of: FileApp) => {
  const stream = await of.store.read(uploadKey(uuid));
  return stream && (await buffer(stream));
};

describe('a sender', () => {
  it('is read at the pace of the node, as all others together, and no wait for that is a stall', async () => {
    const slow = await startFileApp({ UPLOADS_BYTES_PER_SECOND: '400000', UPLOAD_STALL_SECONDS: '0.2' });
    const bytes = randomBytes(500_000);
    const [one, other] = [await slow.announce(bytes.length, 1), await slow.announce(bytes.length, 2)];
    const began = performance.now();
    const answers = await Promise.all([patch(one.url, 0, bytes), patch(other.url, 0, bytes)]);
    // Of the last piece nobody knows: at most what Node reads at once.
    const least = ((2 * bytes.length - 2 * 131_072) / 400_000) * 1000;
    expect([answers.map(({ status }) => status), performance.now() - began > least]).toEqual([[204, 204], true]);
    for (const { uuid } of [one, other]) expect((await contentOf(uuid, slow))?.equals(bytes)).toBe(true);
  });

  it('lets go at once of an upload that waits for its turn, where another request wants it', async () => {
    const slow = await startFileApp({ UPLOADS_BYTES_PER_SECOND: '65536' });
    const bytes = randomBytes(400_000);
    const { uuid, url } = await slow.announce(bytes.length);
    const first = await openPatch(url, 0, bytes.length);
    first.send(bytes);
    await vi.waitFor(async () => expect(await slow.store.received(uploadKey(uuid))).toBeGreaterThan(0), 20_000);
    const there = await offsetAt(url);
    expect(await first.answered).toMatch(new RegExp(`^HTTP/1\\.1 204 [\\s\\S]*upload-offset: ${there}\\r\\n`, 'i'));
    expect((await contentOf(uuid, slow))?.equals(bytes.subarray(0, there))).toBe(true);
  });

  it('whose account is disabled while bytes come sends no more of them', async () => {
    const strict = await startFileApp({ SESSION_CHECK_SECONDS: '0.2' });
    const { uuid, url } = await strict.announce(20);
    const half = await openPatch(url, 0, 20);
    half.send('0123456789');
    await vi.waitFor(async () => expect(await strict.store.received(uploadKey(uuid))).toBe(10), 20_000);
    strict.files.uploads.delete(uuid);
    expect(await half.answered).toMatch(/^HTTP\/1\.1 204 [\s\S]*upload-offset: 10\r\n/i);
    expect((await patch(url, 10, '9876543210')).status).toBe(404);
  });
});
