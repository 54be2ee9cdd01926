import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { startApp, type TestApp } from '../support/app.ts';
import { present } from '../support/client.ts';
import { createFakeLooker } from '../support/fake-looker.ts';
import { type Person, registerUser } from '../support/people.ts';
import { tusUpload } from '../support/tus.ts';
import { addressOf, announce, listen, readUpload } from '../support/uploads.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startApp({}, { fileLooker: createFakeLooker() });
});

const size = 3_000_000;
const half = 1_000_000;

/** Announces some bytes and has a stock client send a part of them; it is as far as that in the end. */
async function begin(person: Person) {
  const bytes = randomBytes(size);
  const { id, uploadUrl } = await announce(person, { kind: 'FILE', name: 'some.bin', size });
  const upload = tusUpload(addressOf(app, present(uploadUrl)), bytes, half);
  upload.client.start();
  await expect.poll(() => receivedOf(person, id), { timeout: 20_000 }).toBe(half);
  return { id, bytes, upload };
}

const receivedOf = async (person: Person, id: string) => (await readUpload(person, id))?.receivedBytes;

describe('an upload by a stock client', () => {
  it('is paused and goes on: what was sent is kept and not sent again, and the file is what it was, byte for byte', async () => {
    const person = await registerUser(app);
    const events = await listen(person);
    const { id, bytes, upload } = await begin(person);
    await upload.client.abort();
    expect(await readUpload(person, id)).toMatchObject({ state: 'WAITING', receivedBytes: half });
    upload.client.start();
    await upload.done;
    expect(upload.sentFrom).toEqual([0, half]);
    const { state, file } = await events.over(id);
    expect(state).toBe('READY');
    const response = await fetch(addressOf(app, present(file).url));
    expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true);
  });

  it('is paused by one device and ended by another one, which asks with the same clientId', async () => {
    const person = await registerUser(app);
    const events = await listen(person);
    const { id, bytes, upload } = await begin(person);
    await upload.client.abort();
    const { clientId } = present(await readUpload(person, id));
    const again = await announce(person, { clientId, kind: 'FILE', name: 'some.bin', size });
    expect(again).toMatchObject({ id, receivedBytes: half });
    const second = tusUpload(addressOf(app, present(again.uploadUrl)), bytes, size);
    second.client.start();
    // The first request of a client that is not held sends nothing after its bytes, and is whole.
    await second.done;
    expect(second.sentFrom).toEqual([half]);
    const response = await fetch(addressOf(app, present((await events.over(id)).file).url));
    expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true);
  });

  it('is taken back by it, and nothing goes on', async () => {
    const person = await registerUser(app);
    const { id, upload } = await begin(person);
    await upload.client.abort(true);
    expect(await readUpload(person, id)).toBeNull();
    const gone = upload.done.catch((error: unknown) => String(error));
    upload.client.start();
    expect(await gone).toMatch(/response code: 404/);
  });
});
