import { randomBytes, randomUUID } from 'node:crypto';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { uploadKey } from '../../src/features/files/file.policy.ts';
import { createDiskFileStore } from '../../src/platform/file-store.disk.ts';
import { createS3FileStore } from '../../src/platform/file-store.s3.ts';
import type { FileStore } from '../../src/platform/file-store.ts';
import { CreateUploadDocument } from '../generated/graphql.ts';
import { createData, type Env, startApp } from '../support/app.ts';
import { codesOf, present } from '../support/client.ts';
import { createFakeLooker, type FakeLooker, pictureFacts, plainFacts } from '../support/fake-looker.ts';
import { envOf, patchHeaders } from '../support/files.ts';
import { keyIn } from '../support/hidden-things.ts';
import { closeLater } from '../support/lifetime.ts';
import { registerUser } from '../support/people.ts';
import { openS3 } from '../support/s3.ts';
import { hasS3 } from '../support/s3-program.ts';
import { addressOf, announce, listen, pixel, readUpload, sendBytes } from '../support/uploads.ts';

/** A store that a test takes away and gives back. */
interface Place {
  readonly env: Env;
  readonly store: FileStore;
  lose(): Promise<void>;
  giveBack(): Promise<void>;
}

async function openFolder(): Promise<Place> {
  const env = await createData({ migrated: true });
  const [folder, elsewhere] = [join(env.DATA_DIR ?? '', 'files'), join(env.DATA_DIR ?? '', 'elsewhere')];
  return {
    env,
    store: createDiskFileStore(folder),
    async lose() {
      renameSync(folder, elsewhere);
      writeFileSync(folder, 'no folder any more');
    },
    async giveBack() {
      rmSync(folder);
      renameSync(elsewhere, folder);
    },
  };
}

async function openBucket(): Promise<Place> {
  const s3 = await openS3();
  const env = { ...(await createData({ migrated: true })), ...envOf(s3) };
  const store = createS3FileStore(present(readConfig({ ...env, TOKEN_SECRET: 'x'.repeat(40) }).s3));
  closeLater(() => store.close());
  return { env, store, lose: s3.stop, giveBack: s3.start };
}

const keysIn = async (store: FileStore) => {
  const keys: string[] = [];
  for await (const { key } of store.list()) keys.push(key);
  return keys;
};

describe.each([
  { name: 'a folder', open: openFolder, delivery: 503 },
  // Clients are told where in S3 it is, and nothing is asked for that: it is there that they find nobody.
  ...(hasS3() ? [{ name: 'S3', open: openBucket, delivery: 302 }] : []),
])('while $name is away', { timeout: 90_000 }, ({ open, delivery }) => {
  const start = async (env: Env = {}, fileLooker: FakeLooker = createFakeLooker()) => {
    const place = await open();
    const app = await startApp({ ...place.env, ...env }, { fileLooker });
    return { place, app, person: await registerUser(app) };
  };

  it('an upload is announced to nobody, and the same one is when it is back; it has taken room once', async () => {
    const { place, app, person } = await start({ FILE_BYTES_PER_USER: String(pixel.length) });
    const input = { clientId: randomUUID(), kind: 'FILE', name: 'a.txt', size: pixel.length } as const;
    await place.lose();
    for (let time = 0; time < 3; time += 1) {
      const { data, errors } = await person.execute(CreateUploadDocument, { input });
      expect([data?.createUpload ?? null, errors.map(({ extensions }) => extensions?.code)]).toEqual([null, ['UNAVAILABLE']]);
    }
    await place.giveBack();
    expect(await keysIn(place.store)).toEqual([]);
    const events = await listen(person);
    const announced = await announce(person, input);
    expect(await keysIn(place.store)).toEqual([uploadKey(keyIn(announced.id))]);
    await sendBytes(app, announced, pixel);
    expect((await events.over(announced.id)).state).toBe('READY');
    expect(codesOf(await person.execute(CreateUploadDocument, { input: { ...input, clientId: randomUUID(), size: 1 } }))).toEqual(['QUOTA_EXCEEDED']);
  });

  it('nothing that is tried takes a place among the uploads that are under way, and the log says once that it is away, and once that it is back', async () => {
    const { place, app, person } = await start({ UPLOADS_OPEN: '1' });
    const inputs = Array.from({ length: 3 }, () => ({ clientId: randomUUID(), kind: 'FILE', name: 'a.txt', size: pixel.length }) as const);
    await place.lose();
    for (const input of inputs) expect(codesOf(await person.execute(CreateUploadDocument, { input }))).toEqual(['UNAVAILABLE']);
    const said = () => app.logs().flatMap((line) => /the store of files is \w+/.exec(line) ?? []);
    await expect.poll(said, { timeout: 20_000 }).toEqual(['the store of files is away']);
    await place.giveBack();
    await announce(person, inputs[2]);
    await expect.poll(said, { timeout: 20_000 }).toEqual(['the store of files is away', 'the store of files is back']);
  });

  it('an upload takes no bytes, says so, and goes on where it was', async () => {
    const { place, app, person } = await start();
    const [bytes, half] = [randomBytes(300_000), 100_000];
    const events = await listen(person);
    const announced = await announce(person, { kind: 'FILE', size: bytes.length });
    await sendBytes(app, announced, bytes.subarray(0, half));
    const url = addressOf(app, present(announced.uploadUrl));
    await place.lose();
    const patch = await fetch(url, { method: 'PATCH', headers: patchHeaders(half), body: bytes.subarray(half) });
    const head = await fetch(url, { method: 'HEAD', headers: { 'tus-resumable': '1.0.0' } });
    for (const { status, headers } of [patch, head]) expect([status, headers.get('retry-after')]).toEqual([503, '1']);
    await place.giveBack();
    expect(await readUpload(person, announced.id)).toMatchObject({ state: 'WAITING', receivedBytes: half });
    await sendBytes(app, announced, bytes.subarray(half), half);
    const { state, file } = await events.over(announced.id);
    expect(state).toBe('READY');
    const response = await fetch(addressOf(app, present(file).url));
    expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true);
  });

  it('a file is not given, and is not gone: its address is good again afterwards', async () => {
    const { place, app, person } = await start();
    const events = await listen(person);
    const announced = await announce(person, { kind: 'FILE' });
    await sendBytes(app, announced, pixel);
    const url = addressOf(app, present((await events.over(announced.id)).file).url);
    await place.lose();
    const away = await fetch(url, { redirect: 'manual' });
    expect(away.status).toBe(delivery);
    if (delivery === 302) await expect(fetch(present(away.headers.get('location')))).rejects.toThrow();
    await place.giveBack();
    expect(Buffer.from(await (await fetch(url)).arrayBuffer()).equals(pixel)).toBe(true);
  });

  it('no look ends: neither where the file cannot be read, nor where what was made of it cannot be written; it is ready at last', async () => {
    let away: (() => Promise<void>) | null = null;
    // Each first look finds the store there, and loses it before what it has made can be written.
    const looker = createFakeLooker(async (job) => {
      const facts = job.kind === 'IMAGE' ? await pictureFacts(job) : await plainFacts(job);
      await away?.();
      return facts;
    });
    const { place, app, person } = await start({ LOG_LEVEL: 'debug' }, looker);
    const lost = Promise.withResolvers<void>();
    away = async () => {
      away = null;
      await place.lose();
      lost.resolve();
    };
    const events = await listen(person);
    const announced = await announce(person);
    await sendBytes(app, announced, pixel);
    await lost.promise;
    await expect.poll(() => app.logs().join(''), { timeout: 20_000 }).toContain('background work failed; it goes on');
    expect((await readUpload(person, announced.id))?.state).toBe('CHECKING');
    await place.giveBack();
    const { state, file } = await events.over(announced.id);
    expect([state, looker.jobs.length]).toEqual(['READY', 2]);
    if (file?.__typename !== 'ImageFile') throw new Error('no picture');
    for (const url of [file.url, present(file.thumbnailUrl)])
      expect(Buffer.from(await (await fetch(addressOf(app, url))).arrayBuffer()).equals(pixel)).toBe(true);
  });
});
