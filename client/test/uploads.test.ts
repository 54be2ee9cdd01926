import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { beforeEach, describe, expect, test, vi } from 'vitest';
import { BlockUserDocument, CancelUploadDocument, UnblockUserDocument } from '../../test/generated/graphql.ts';
import { type Env, startApp, type TestApp } from '../../test/support/app.ts';
import { present } from '../../test/support/client.ts';
import { openTables } from '../../test/support/groups.ts';
import { closeLater } from '../../test/support/lifetime.ts';
import { registerTwo, sendText } from '../../test/support/people.ts';
import { openProxy } from '../../test/support/proxy.ts';
import { pixel, readUpload } from '../../test/support/uploads.ts';
import type { Message, StoredFile } from '../src/index.ts';
import { becomes } from './page.ts';
import { look, openBrowser, stubIndexedDb, textsAt } from './tabs.ts';

beforeEach(stubIndexedDb);

async function setUp(env: Env = {}) {
  const app = await startApp(env);
  const [ann, bob] = await registerTwo(app);
  const { conversation } = await sendText(ann, bob.user.id, 'hello');
  const proxy = await openProxy(app.url);
  const browser = openBrowser(ann, proxy.url);
  return { app, ann, bob, id: conversation.id, proxy, browser, at: () => textsAt(bob, conversation.id) };
}

const filesOf = ({ content }: Message): readonly StoredFile[] => (content?.__typename === 'AttachmentsContent' ? content.files : []);
const picture = () => new Blob([pixel], { type: 'image/png' });
const bytesAt = async (url: string) => Buffer.from(await (await fetch(url)).arrayBuffer());

/** So slow that a file of this size is on its way for a while. */
const slow = { UPLOADS_BYTES_PER_SECOND: '400000' };
const large = () => randomBytes(700_000);

/** How many uploads are announced, and count for somebody. */
async function openUploads(app: TestApp): Promise<number> {
  const tables = await openTables(app);
  return (await tables.read(({ db }) => db.selectFrom('File').select('id').where('state', '=', 'WAITING').execute())).length;
}

/** A second of silence. */
function wav(): Uint8Array<ArrayBuffer> {
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + 8000, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(8000, 24);
  header.writeUInt32LE(8000, 28);
  header.writeUInt16LE(1, 32);
  header.writeUInt16LE(8, 34);
  header.write('data', 36);
  header.writeUInt32LE(8000, 40);
  return new Uint8Array([...header, ...Buffer.alloc(8000, 128)]);
}

describe('an upload', () => {
  test('tells how far it is, and can be sent when it is ready', async () => {
    const { browser, id } = await setUp(slow);
    const parley = await browser.open();
    const bytes = large();
    const upload = parley.upload(new Blob([bytes]), { name: 'lake.bin' });
    expect(upload.get()).toMatchObject({ name: 'lake.bin', kind: 'FILE', size: bytes.length, sentBytes: 0, status: 'waiting', file: null });
    const statuses = new Set<string>();
    upload.subscribe(() => statuses.add(upload.get().status));

    expect(await upload.ready).toBe(upload.get().id);
    expect([...statuses]).toEqual(['waiting', 'uploading', 'checking', 'ready']);
    expect(upload.get()).toMatchObject({ status: 'ready', sentBytes: bytes.length, error: null, file: { name: 'lake.bin' } });

    const chat = await look(parley, id);
    const sent = await chat.send({ attachments: [upload], caption: 'From the lake' });
    expect(filesOf(sent).map(({ name }) => name)).toEqual(['lake.bin']);
    expect(bytes.equals(await bytesAt(await parley.urlOf(present(filesOf(sent)[0]))))).toBe(true);
  });

  test('pauses, and goes on where the server stands', async () => {
    const { app, ann, browser } = await setUp(slow);
    const parley = await browser.open();
    const bytes = large();
    const upload = parley.upload(new Blob([bytes]));
    const { id } = await becomes(upload, (state) => state.status === 'uploading' && state.id !== null && state.sentBytes > 0, 'the first bytes');
    await expect.poll(async () => (await readUpload(ann, present(id)))?.receivedBytes, { timeout: 20_000 }).toBeGreaterThan(0);
    upload.pause();
    await becomes(upload, ({ status }) => status === 'paused', 'the pause');
    const { receivedBytes } = present(await readUpload(ann, present(id)));
    expect(receivedBytes).toBeLessThan(bytes.length);

    upload.resume();
    await upload.ready;
    expect(bytes.equals(await bytesAt(new URL(present(upload.get().file).url, app.url).href))).toBe(true);
  });

  test('leaves its place to others while it is paused', async () => {
    const { browser } = await setUp(slow);
    const parley = await browser.open();
    const paused = [1, 2, 3].map(() => parley.upload(new Blob([large()])));
    for (const upload of paused) {
      await becomes(upload, ({ sentBytes }) => sentBytes > 0, 'the first bytes');
      upload.pause();
      await becomes(upload, ({ status }) => status === 'paused', 'the pause');
    }
    await parley.upload(picture()).ready;
    expect(paused.map((upload) => upload.get().status)).toEqual(['paused', 'paused', 'paused']);
    for (const upload of paused) upload.resume();
    await Promise.all(paused.map(({ ready }) => ready));
  });

  test('goes on after a lost connection', async () => {
    const { app, browser, proxy } = await setUp(slow);
    const parley = await browser.open();
    const bytes = large();
    const upload = parley.upload(new Blob([bytes]));
    await becomes(upload, ({ sentBytes }) => sentBytes > 0, 'the first bytes');
    await proxy.cut();
    await proxy.mend();
    await upload.ready;
    expect(bytes.equals(await bytesAt(new URL(present(upload.get().file).url, app.url).href))).toBe(true);
  });

  test('is taken back on the server too when it is cancelled', async () => {
    const { ann, browser } = await setUp(slow);
    const parley = await browser.open();
    const upload = parley.upload(new Blob([large()]));
    const { id } = await becomes(upload, (state) => state.id !== null && state.sentBytes > 0, 'the first bytes');
    await upload.cancel();
    expect(await readUpload(ann, present(id))).toBeNull();
    await expect(upload.ready).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('counts once among those that somebody may make in an hour', async () => {
    const { browser } = await setUp({ RATE_LIMITS: 'on', RATES: 'register=1000/min,upload=1/h' });
    const parley = await browser.open();
    const upload = parley.upload(picture());
    await becomes(upload, ({ status }) => status === 'ready', 'the file');
    upload.pause();
    expect(await upload.ready).toBe(upload.get().id);
  });

  test('that is paused and cancelled at once is over', async () => {
    const { browser } = await setUp(slow);
    const parley = await browser.open();
    const upload = parley.upload(new Blob([large()]));
    await becomes(upload, ({ sentBytes }) => sentBytes > 0, 'the first bytes');
    upload.pause();
    await upload.cancel();
    await expect(upload.ready).rejects.toMatchObject({ name: 'AbortError' });
    expect(upload.get().status).toBe('failed');
  });

  test('that is cancelled before the server has answered is taken back when it has', async () => {
    const { app, browser } = await setUp();
    const gate = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    const parley = await browser.open({
      async fetch(input, init) {
        const response = await fetch(input, init);
        if (!String(init?.body).includes('createUpload')) return response;
        asked.resolve();
        await gate.promise;
        return response;
      },
    });
    const upload = parley.upload(new Blob([large()]));
    await asked.promise;
    await upload.cancel();
    await expect(upload.ready).rejects.toMatchObject({ name: 'AbortError' });
    expect(await openUploads(app)).toBe(1);
    gate.resolve();
    await expect.poll(() => openUploads(app)).toBe(0);
  });

  test('whose address leads nowhere fails with a code, and leaves nothing announced', async () => {
    const nowhere = createServer((_request, response) => response.writeHead(404).end()).listen(0, '127.0.0.1');
    await once(nowhere, 'listening');
    closeLater(() => nowhere.close());
    const address = nowhere.address();
    const { app, browser } = await setUp({ PUBLIC_URL: `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}` });
    const parley = await browser.open();
    const upload = parley.upload(new Blob([large()]));
    await expect(upload.ready).rejects.toMatchObject({ name: 'ParleyError', code: 'NOT_FOUND' });
    expect(upload.get()).toMatchObject({ status: 'failed', error: { code: 'NOT_FOUND' } });
    await expect.poll(() => openUploads(app)).toBe(0);
  });

  test('that is refused says why', async () => {
    const { browser } = await setUp();
    const parley = await browser.open();
    const upload = parley.upload(new Blob(['no picture at all'], { type: 'image/png' }));
    await expect(upload.ready).rejects.toMatchObject({ name: 'ParleyError', code: 'FILE_TYPE', retryable: false });
    expect(upload.get()).toMatchObject({ status: 'failed', error: { code: 'FILE_TYPE' } });
  });
});

describe('a message with files', () => {
  test('is shown at once with how far they are, and goes out when they are ready, before what was written after it', async () => {
    const { browser, id, at } = await setUp(slow);
    const parley = await browser.open();
    const chat = await look(parley, id);
    const sending = chat.send({ attachments: [picture(), new Blob([large()])], caption: 'two files' });
    const after = chat.send('after');
    expect(chat.messages.at(-2)).toMatchObject({ state: 'sending', uploads: [{ kind: 'IMAGE', name: 'image.png' }, { kind: 'FILE' }] });
    await becomes(chat, ({ messages }) => (messages.at(-2)?.uploads[1]?.sentBytes ?? 0) > 0, 'its first bytes');

    const sent = await sending;
    await after;
    expect(filesOf(sent).map(({ __typename }) => __typename)).toEqual(['ImageFile', 'OtherFile']);
    expect((await at()).at(-1)).toBe('after');
    expect(await at()).toHaveLength(3);
  });

  test('asks once for the addresses of all its files', async () => {
    const { browser, id } = await setUp();
    let asked = 0;
    const parley = await browser.open({
      fetch: (input, init) => {
        if (String(init?.body).includes('ReadMessage')) asked += 1;
        return fetch(input, init);
      },
    });
    const chat = await look(parley, id);
    const files = filesOf(await chat.send({ attachments: [picture(), picture(), picture()] }));
    const over = files.map((file) => ({ ...file, url: `${file.url}&over`, urlExpiresAt: new Date(0).toISOString() }));
    const urls = await Promise.all(over.map(parley.urlOf));
    for (const url of urls) expect((await fetch(url)).status).toBe(200);
    expect([files.length, asked]).toEqual([3, 1]);
  });

  test('goes on after a reload, where its Blobs were kept', async () => {
    const { browser, id, at } = await setUp(slow);
    const before = await browser.open();
    const chat = await look(before, id);
    const bytes = large();
    void chat.send({ attachments: [new Blob([bytes])], caption: 'kept' });
    await becomes(chat, ({ messages }) => (messages.at(-1)?.uploads[0]?.sentBytes ?? 0) > 0, 'its first bytes');
    await before.close();

    const after = await browser.open();
    const again = await look(after, id);
    await becomes(again, ({ messages }) => messages.at(-1)?.state === 'sending' && messages.at(-1)?.uploads.length === 1, 'the message that waits');
    await expect.poll(at, { timeout: 20_000 }).toHaveLength(2);
    await becomes(again, ({ messages }) => messages.at(-1)?.state === 'sent', 'the sent message');
    const [file] = filesOf(present(again.messages.at(-1)));
    expect(bytes.equals(await bytesAt(await after.urlOf(present(file))))).toBe(true);
  });

  test('that was refused can be sent again after a reload', async () => {
    const { browser, ann, bob, id, at } = await setUp();
    const before = await browser.open();
    const chat = await look(before, id);
    await bob.ask(BlockUserDocument, { userId: ann.user.id });
    await expect(chat.send({ attachments: [picture()], caption: 'refused' })).rejects.toMatchObject({ code: 'BLOCKED' });
    await before.close();
    await bob.ask(UnblockUserDocument, { userId: ann.user.id });

    const after = await browser.open();
    const again = await look(after, id);
    const { messages } = await becomes(again, (state) => state.messages.at(-1)?.state === 'failed', 'the message that failed');
    expect(messages.at(-1)).toMatchObject({ error: { code: 'BLOCKED' }, uploads: [{ name: 'image.png', kind: 'IMAGE' }] });
    again.retry(present(messages.at(-1)?.clientId));
    const sent = await becomes(again, (state) => state.messages.at(-1)?.state === 'sent', 'the sent message');
    expect(filesOf(present(sent.messages.at(-1)))).toHaveLength(1);
    expect(await at()).toHaveLength(2);
  });

  test('whose file was removed before it was sent has it again when it is sent again', async () => {
    const { ann, browser, id, at } = await setUp();
    const parley = await browser.open();
    const chat = await look(parley, id);
    const upload = parley.upload(picture());
    await ann.ask(CancelUploadDocument, { id: await upload.ready });
    await expect(chat.send({ attachments: [upload], caption: 'late' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    chat.retry(present(chat.messages.at(-1)?.clientId));
    const sent = await becomes(chat, ({ messages }) => messages.at(-1)?.state === 'sent', 'the sent message');
    expect(filesOf(present(sent.messages.at(-1)))).toHaveLength(1);
    expect(await at()).toHaveLength(2);
  });

  test('fails where one of them is refused, and can be discarded', async () => {
    const { browser, id, at } = await setUp();
    const parley = await browser.open();
    const chat = await look(parley, id);
    await expect(chat.send({ attachments: [new Blob(['nothing'], { type: 'image/png' })] })).rejects.toMatchObject({ code: 'FILE_TYPE' });
    const failed = present(chat.messages.at(-1));
    expect(failed).toMatchObject({ state: 'failed', error: { code: 'FILE_TYPE' }, uploads: [{ status: 'failed' }] });
    chat.discard(present(failed.clientId));
    expect(chat.messages).toHaveLength(1);
    expect(await at()).toEqual(['hello']);
  });

  test('can be a voice message with its duration', async () => {
    const { browser, id } = await setUp();
    const parley = await browser.open();
    const voice = parley.upload(new Blob([wav()], { type: 'audio/wav' }), { name: 'voice.wav', duration: 1 });
    const chat = await look(parley, id);
    const [file] = filesOf(await chat.send({ attachments: [voice] }));
    expect(file).toMatchObject({ __typename: 'AudioFile', name: 'voice.wav', duration: 1 });
  });

  test('has a JPEG of what a telephone made as HEIC, where the browser can read that', async () => {
    const close = vi.fn();
    vi.stubGlobal('createImageBitmap', async () => ({ width: 1, height: 1, close }));
    vi.stubGlobal(
      'OffscreenCanvas',
      class {
        getContext = () => ({ drawImage: () => {} });
        convertToBlob = async () => picture();
      },
    );
    const { browser, id } = await setUp();
    const parley = await browser.open();
    const heic = parley.upload(new Blob(['HEIC'], { type: 'image/heic' }), { name: 'IMG_1.HEIC' });
    const [file] = filesOf(await (await look(parley, id)).send({ attachments: [heic] }));
    expect(file).toMatchObject({ __typename: 'ImageFile', name: 'IMG_1.jpg' });
    expect(close).toHaveBeenCalled();
  });
});

test('an address whose time is over is read anew, once for all who ask', async () => {
  const { browser, id } = await setUp();
  const asked: string[] = [];
  const parley = await browser.open({
    fetch: (input, init) => {
      asked.push(String(init?.body));
      return fetch(input, init);
    },
  });
  const chat = await look(parley, id);
  const file = present(filesOf(await chat.send({ attachments: [picture()] }))[0]);
  asked.length = 0;
  expect((await bytesAt(await parley.urlOf(file))).length).toBeGreaterThan(0);
  expect(asked).toEqual([]);

  const old = { ...file, url: '/files/over', urlExpiresAt: new Date(0).toISOString() };
  const urls = await Promise.all([parley.urlOf(old), parley.urlOf(old)]);
  expect(urls[0]).toBe(urls[1]);
  expect((await fetch(present(urls[0]))).status).toBe(200);
  expect(asked).toHaveLength(1);

  // The clock of this machine is far ahead: what was just read is good all the same.
  expect(await parley.urlOf({ ...file, urlExpiresAt: new Date(0).toISOString() })).toBe(urls[0]);
  expect(asked).toHaveLength(1);
  // It is far behind, and the page has been open for long.
  const now = performance.now();
  vi.spyOn(performance, 'now').mockImplementation(() => now + 7_200_000);
  expect(await parley.urlOf(file)).toBe(urls[0]);
  expect(asked).toHaveLength(2);
});
