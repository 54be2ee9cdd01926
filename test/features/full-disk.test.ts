import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { promisify } from 'node:util';
import { beforeAll, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.ts';
import { present } from '../support/client.ts';
import { createFakeLooker, pictureFacts, plainFacts } from '../support/fake-looker.ts';
import { patchHeaders } from '../support/files.ts';
import { closeLater } from '../support/lifetime.ts';
import { registerUser } from '../support/people.ts';
import { createQueue } from '../support/queue.ts';
import { addressOf, announce, listen, readUpload, sendBytes } from '../support/uploads.ts';

/** The system lets no file of this process, and so of the servers in it, grow beyond so many bytes; 'unlimited': as before. */
const limitFiles = async (bytes: number | 'unlimited') => {
  await promisify(execFile)('prlimit', [`--pid=${process.pid}`, `--fsize=${bytes}:`]);
};

// Above what the servers write beside: a database and its journal.
const room = 12_000_000;

/** What is to happen at the end of the next look. */
let afterLook: (() => Promise<void>) | null = null;
const looks = createQueue<string>('looks');
let app: TestApp;
beforeAll(async () => {
  // Node ignores the signal that comes with the refusal; what a stock client brings into this process ends it where nobody else listens.
  const ignore = () => {};
  process.on('SIGXFSZ', ignore);
  closeLater(() => process.off('SIGXFSZ', ignore));
  const looker = createFakeLooker(async (job) => {
    const facts = job.kind === 'IMAGE' ? await pictureFacts(job) : await plainFacts(job);
    await afterLook?.();
    looks.push(job.kind);
    return facts;
  });
  app = await startApp({ LOG_LEVEL: 'debug' }, { fileLooker: looker });
});

const size = room + 4_000_000;

it('a PATCH that fills the disk is answered 507; what there was room for is kept, and the same upload goes on when there is more', {
  timeout: 60_000,
}, async () => {
  const person = await registerUser(app);
  const events = await listen(person);
  const bytes = randomBytes(size);
  const announced = await announce(person, { kind: 'FILE', name: 'some.bin', size });
  const url = addressOf(app, present(announced.uploadUrl));
  const patch = (offset: number) => fetch(url, { method: 'PATCH', headers: patchHeaders(offset), body: bytes.subarray(offset) });
  const offset = async () => Number((await fetch(url, { method: 'HEAD', headers: { 'tus-resumable': '1.0.0' } })).headers.get('upload-offset'));
  closeLater(() => limitFiles('unlimited'));
  await limitFiles(room);
  const full = await patch(0);
  expect([full.status, full.headers.get('retry-after')]).toEqual([507, '1']);
  const there = await offset();
  expect(there).toBeGreaterThan(0);
  expect(there).toBeLessThanOrEqual(room);
  // Still no room, and nothing is lost by asking.
  expect((await patch(there)).status).toBe(507);
  const kept = await offset();
  expect(kept).toBeGreaterThanOrEqual(there);
  expect(await readUpload(person, announced.id)).toMatchObject({ state: 'WAITING', receivedBytes: kept });
  await limitFiles('unlimited');
  expect((await patch(kept)).status).toBe(204);
  const { state, file } = await events.over(announced.id);
  expect(state).toBe('READY');
  const response = await fetch(addressOf(app, present(file).url));
  expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true);
});

it('a look whose picture has no room on the disk is made again when there is more', async () => {
  const person = await registerUser(app);
  const events = await listen(person);
  const bytes = randomBytes(size);
  const announced = await announce(person, { size });
  closeLater(() => limitFiles('unlimited'));
  // It was copied from the store, and cannot be put back there.
  afterLook = () => limitFiles(room);
  await sendBytes(app, announced, bytes);
  await looks.until((kind) => kind === 'IMAGE', 'the first look');
  afterLook = null;
  await expect.poll(() => app.logs().join(''), { timeout: 20_000 }).toContain('background work failed; it goes on');
  expect(await readUpload(person, announced.id)).toMatchObject({ state: 'CHECKING' });
  await limitFiles('unlimited');
  await looks.until((kind) => kind === 'IMAGE', 'the second look');
  const { state, file } = await events.over(announced.id);
  expect(state).toBe('READY');
  const response = await fetch(addressOf(app, present(file).url));
  expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true);
});
