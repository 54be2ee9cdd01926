import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { expect, it, vi } from 'vitest';
import { uploadKey } from '../../src/features/files/file.policy.ts';
import { createData } from '../support/app.ts';
import { createTestFiles, type FileApp, openPatch, patchHeaders, startFileApp } from '../support/files.ts';
import { emptyFolder } from '../support/operator.ts';

/** Two nodes on one database, one Redis and one folder. */
async function startTwo(): Promise<readonly [FileApp, FileApp]> {
  const data = await createData({ migrated: true });
  const env = { ...data, DATA_DIR: join(emptyFolder(), 'shared') };
  const files = createTestFiles();
  return [await startFileApp(env, files), await startFileApp(env, files)];
}

/** The same address at another node. */
const at = (node: FileApp, url: string) => {
  const { pathname, search } = new URL(url);
  return node.base + pathname + search;
};

const patch = (url: string, offset: number, body: Buffer<ArrayBuffer>) => fetch(url, { method: 'PATCH', headers: patchHeaders(offset), body });

const offsetAt = async (url: string) => {
  const answer = await fetch(url, { method: 'HEAD', headers: { 'tus-resumable': '1.0.0' } });
  return Number(answer.headers.get('upload-offset') ?? `-${answer.status}`);
};

it('an upload goes on at another node, which the first one lets have it', async () => {
  const [one, other] = await startTwo();
  const { uuid, url } = await one.announce(20);
  const half = await openPatch(url, 0, 20);
  half.send('0123456789');
  await vi.waitFor(async () => expect(await one.store.received(uploadKey(uuid))).toBe(10), 20_000);
  expect(await offsetAt(at(other, url))).toBe(10);
  expect(await half.answered).toMatch(/^HTTP\/1\.1 204 [\s\S]*upload-offset: 10\r\n/i);
  expect((await patch(at(other, url), 10, Buffer.from('abcdefghij'))).status).toBe(204);
  const stream = await one.store.read(uploadKey(uuid));
  expect(String(stream && (await buffer(stream)))).toBe('0123456789abcdefghij');
});

it('each byte is written by one node, however many send it', async () => {
  const [one, other] = await startTwo();
  const bytes = randomBytes(500_000);
  const { uuid, url } = await one.announce(bytes.length);
  const statuses = await Promise.all([url, at(other, url), url, at(other, url)].map(async (each) => (await patch(each, 0, bytes)).status));
  expect(statuses.filter((status) => ![204, 409, 423].includes(status))).toEqual([]);
  const offset = await offsetAt(url);
  await patch(url, offset, bytes.subarray(offset));
  const stream = await other.store.read(uploadKey(uuid));
  expect((stream && (await buffer(stream)))?.equals(bytes)).toBe(true);
  expect(one.files.receivedOf).toEqual([uuid]);
});
