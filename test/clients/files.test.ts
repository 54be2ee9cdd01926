import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { print } from 'graphql';
import sharp from 'sharp';
import { expect, test } from 'vitest';
import {
  ChatAnnounceDocument,
  ChatCancelUploadDocument,
  ChatGalleryDocument,
  ChatSendFilesDocument,
  ChatSetAvatarDocument,
  ChatUploadsDocument,
  type ChatUploadsSubscription,
} from '../generated/graphql.ts';
import { blocks } from '../house/documents.ts';
import { readText } from '../house/sources.ts';
import { startApp } from '../support/app.ts';
import { present } from '../support/client.ts';
import { emptyFolder } from '../support/operator.ts';
import { type Person, registerTwo, registerUser } from '../support/people.ts';
import { openProxy } from '../support/proxy.ts';
import { openPage } from './page.ts';
import { sendBytes, UploadGone } from './send-bytes.ts';
import { sendWithTus } from './tus.ts';
import { createUploads } from './uploads.ts';

/** A page that uploads files. */
function openUploads(person: Person, at: string = person.app.url) {
  const page = openPage(person, { at });
  const uploads = createUploads(page.transport.url, page.ask);
  const next = ({ data }: { data?: ChatUploadsSubscription | null }) => data && uploads.apply(data.events);
  page.transport.subscribe({ query: print(ChatUploadsDocument) }, { next, error: () => {}, complete: () => {} });
  return { page, uploads };
}

const picture = async () =>
  new File(
    [
      await sharp({ create: { width: 64, height: 48, channels: 3, background: '#369' } })
        .png()
        .toBuffer(),
    ],
    'lake.png',
  );
const someBytes = (size: number) => new File([randomBytes(size)], 'some.bin');
const bytesAt = async (url: string, api: string) => Buffer.from(await (await fetch(new URL(url, api))).arrayBuffer());

test('a picture is announced, sent, waited for, sent in a message, and stands in the gallery', async () => {
  const app = await startApp();
  const [ann, bob] = await registerTwo(app);
  const { page, uploads } = openUploads(ann);
  const upload = await uploads.upload(await picture(), 'IMAGE', randomUUID());
  expect(upload).toMatchObject({ state: 'READY', reason: null, uploadUrl: null, file: { __typename: 'ImageFile', name: 'lake.png', width: 64, height: 48 } });
  const input = { to: bob.user.id, clientId: randomUUID(), content: { attachments: { uploadIds: [upload.id], caption: 'From the lake' } } };
  const { sendMessage } = await page.ask(ChatSendFilesDocument, { input });
  const content = present(sendMessage?.content);
  if (content.__typename !== 'AttachmentsContent') throw new Error(content.__typename);
  expect(content).toMatchObject({ text: '[picture] From the lake', caption: 'From the lake' });
  const shown = present(content.files[0]);
  expect((await sharp(await bytesAt(shown.url, page.transport.url)).metadata()).width).toBe(64);
  const { conversation } = await openPage(bob).ask(ChatGalleryDocument, { id: await conversationOf(bob, ann), kind: 'IMAGE' });
  expect(conversation?.attachments.edges.map(({ node }) => node.id)).toEqual([sendMessage?.id]);
});

test('bytes that were on their way when the connection broke are sent again, and nothing else of the file', async () => {
  const app = await startApp();
  const person = await registerUser(app);
  const proxy = await openProxy(app.url);
  const { page, uploads } = openUploads(person, proxy.url);
  const file = someBytes(20 * 1024 ** 2);
  const told: number[] = [];
  const upload = await uploads.upload(file, 'FILE', randomUUID(), (bytes) => {
    told.push(bytes);
    if (told.length === 3) proxy.breakOnce();
  });
  expect(upload).toMatchObject({ state: 'READY', file: { __typename: 'OtherFile', size: file.size } });
  expect(told).toEqual(told.toSorted((a, b) => a - b));
  expect(Buffer.compare(await bytesAt(present(upload.file).url, page.transport.url), Buffer.from(await file.arrayBuffer()))).toBe(0);
});

test('a page that is loaded again goes on with the same clientId, and tus-js-client does too', async () => {
  const app = await startApp();
  const { page, uploads } = openUploads(await registerUser(app));
  const file = someBytes(9 * 1024 ** 2);
  const input = { clientId: randomUUID(), kind: 'FILE' as const, name: file.name, size: file.size };
  const url = new URL(present((await page.ask(ChatAnnounceDocument, { input })).createUpload?.uploadUrl), page.transport.url).href;
  const headers = { 'Tus-Resumable': '1.0.0', 'Upload-Offset': '0', 'Content-Type': 'application/offset+octet-stream' };
  expect((await fetch(url, { method: 'PATCH', headers, body: file.slice(0, 5_000_000) })).status).toBe(204);
  const told: number[] = [];
  await sendWithTus(url, Buffer.from(await file.arrayBuffer()), (bytes) => told.push(bytes));
  expect(told[0]).toBeGreaterThanOrEqual(5_000_000);
  const upload = await uploads.upload(file, 'FILE', input.clientId);
  expect(upload.state).toBe('READY');
  expect(Buffer.compare(await bytesAt(present(upload.file).url, page.transport.url), Buffer.from(await file.arrayBuffer()))).toBe(0);
});

test('curl sends a small file, by the line of docs/files.md', async () => {
  const app = await startApp();
  const { page, uploads } = openUploads(await registerUser(app));
  const file = await picture();
  const input = { clientId: randomUUID(), kind: 'IMAGE' as const, name: file.name, size: file.size };
  const { createUpload } = await page.ask(ChatAnnounceDocument, { input });
  const path = join(emptyFolder(), file.name);
  writeFileSync(path, Buffer.from(await file.arrayBuffer()));
  const line = present(blocks(readText('docs/files.md'), 'sh').find((block) => block.includes('PATCH')));
  const env = { ...process.env, file: path, uploadUrl: new URL(present(createUpload?.uploadUrl), page.transport.url).href };
  await promisify(execFile)('sh', ['-c', line], { env });
  expect((await uploads.upload(file, 'IMAGE', input.clientId)).state).toBe('READY');
});

test('a file that is not what it says is refused, and an upload that was taken back takes no bytes', async () => {
  const app = await startApp();
  const { page, uploads } = openUploads(await registerUser(app));
  expect(await uploads.upload(new File(['<svg/>'], 'x.png'), 'IMAGE', randomUUID())).toMatchObject({ state: 'REFUSED', reason: 'FILE_TYPE', file: null });
  const file = someBytes(1000);
  const input = { clientId: randomUUID(), kind: 'FILE' as const, name: file.name, size: file.size };
  const upload = present((await page.ask(ChatAnnounceDocument, { input })).createUpload);
  expect((await page.ask(ChatCancelUploadDocument, { id: upload.id })).cancelUpload).toBe(true);
  await expect(sendBytes(new URL(present(upload.uploadUrl), page.transport.url).href, file)).rejects.toThrow(UploadGone);
});

test('an avatar has an address that everybody may read and keep', async () => {
  const app = await startApp();
  const { page, uploads } = openUploads(await registerUser(app));
  const { id } = await uploads.upload(await picture(), 'AVATAR', randomUUID());
  const { updateProfile } = await page.ask(ChatSetAvatarDocument, { input: { avatarId: id } });
  const answer = await fetch(new URL(present(updateProfile?.avatar), page.transport.url));
  expect([answer.status, answer.headers.get('cache-control')]).toEqual([200, expect.stringContaining('immutable')]);
});

async function conversationOf(one: Person, other: Person): Promise<string> {
  const { conversations } = await openPage(one).start();
  return present(conversations?.edges.find(({ node }) => node.title === other.user.nickname)?.node.id);
}
