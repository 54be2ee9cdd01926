import { randomBytes, randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { uploadKey } from '../../src/features/files/file.policy.ts';
import { ChatGalleryDocument, CreateUploadDocument } from '../generated/graphql.ts';
import { createData, startApp, startNodes } from '../support/app.ts';
import { openBalancer } from '../support/balancer.ts';
import { codesOf, present } from '../support/client.ts';
import { sendContent } from '../support/contents.ts';
import { createFakeLooker, type Found } from '../support/fake-looker.ts';
import { keyIn } from '../support/hidden-things.ts';
import { registerTwo, registerUser } from '../support/people.ts';
import { freePort } from '../support/private-services.ts';
import { startProcess } from '../support/process.ts';
import { createQueue } from '../support/queue.ts';
import { tusUpload } from '../support/tus.ts';
import { addressOf, announce, listen, pixel, sendBytes } from '../support/uploads.ts';

it('what is announced at one node comes through any, is looked at by any, and is told and given by all', async () => {
  const [one, other, third] = await startNodes(3);
  const person = await registerUser(present(one));
  const events = await Promise.all([one, other, third].map((node) => listen(person.at(present(node)))));
  const announced = await announce(person, { kind: 'FILE', name: 'a.txt' });
  await sendBytes(present(other), announced, pixel.subarray(0, 7));
  await sendBytes(present(third), announced, pixel.subarray(7), 7);
  const over = await Promise.all(events.map((each) => each.over(announced.id)));
  expect(over.map(({ state }) => state)).toEqual(['READY', 'READY', 'READY']);
  for (const node of [one, other, third]) {
    const response = await fetch(addressOf(present(node), present(over[0]?.file).url));
    expect(Buffer.from(await response.arrayBuffer()).equals(pixel)).toBe(true);
  }
});

it('what a node looks at that stops is looked at by another one at once', async () => {
  const data = await createData({ migrated: true });
  const begun = createQueue<string>('looks');
  const ended = Promise.withResolvers<Found>();
  const hanging = createFakeLooker(({ path }) => {
    begun.push(path);
    return ended.promise;
  });
  const one = await startApp(data, { fileLooker: { ...hanging, stop: async () => ended.resolve({ refusal: 'FILE_TYPE' }) } });
  const person = await registerUser(one);
  const announced = await announce(person, { kind: 'FILE', name: 'a.txt' });
  await sendBytes(one, announced, pixel);
  await begun.next('the look of the first node');
  const other = await startApp(data, { fileLooker: createFakeLooker() });
  const events = await listen(person.at(other));
  await one.stop();
  expect((await events.over(announced.id)).state).toBe('READY');
});

it('an upload goes on at another node when its node is killed (kill -9), and its file is sent and read, byte for byte', { timeout: 90_000 }, async () => {
  const near = await startApp();
  const port = await freePort();
  const node = await startProcess(port, near.env);
  const balancer = await openBalancer([port, Number(new URL(near.url).port)], 'order');
  const [person, friend] = await registerTwo(near);
  const events = await listen(person);
  const [bytes, half] = [randomBytes(12_000_000), 5_000_000];
  const { id, uploadUrl } = await announce(person, { kind: 'FILE', name: 'some.bin', size: bytes.length });
  const upload = tusUpload(new URL(present(uploadUrl), balancer.url).href, bytes, half);
  upload.client.start();
  const stored = join(near.env.DATA_DIR ?? '', 'files', uploadKey(keyIn(id)));
  await expect.poll(() => statSync(stored).size, { timeout: 20_000 }).toBe(half);
  expect(node.said()).not.toContain('"level":"error"');
  node.kill('SIGKILL');
  expect(await node.exit).toBeNull();
  await upload.done;
  expect(upload.sentFrom).toEqual([0, half]);
  expect((await events.over(id)).state).toBe('READY');
  const message = await sendContent(person, friend.user.id, { attachments: { uploadIds: [id] } });
  const { conversation } = await friend.ask(ChatGalleryDocument, { id: message.conversation.id });
  const shown = present(conversation?.attachments.edges[0]?.node.content);
  if (shown.__typename !== 'AttachmentsContent') throw new Error(shown.__typename);
  const response = await fetch(addressOf(near, present(shown.files[0]).url));
  expect(Buffer.from(await response.arrayBuffer()).equals(bytes)).toBe(true);
});

it('what is announced at three nodes at once never takes more than there is room for', async () => {
  const nodes = await startNodes(3, { FILE_BYTES_PER_USER: '1000', UPLOADS_OPEN: '100' });
  const person = await registerUser(present(nodes[0]));
  const sizes = Array.from({ length: 30 }, (_, index) => 60 + ((index * 37) % 90));
  const answers = await Promise.all(
    sizes.map((size, index) =>
      person.at(present(nodes[index % 3])).execute(CreateUploadDocument, { input: { clientId: randomUUID(), kind: 'FILE', name: 'a', size } }),
    ),
  );
  expect(new Set(answers.flatMap(codesOf))).toEqual(new Set(['QUOTA_EXCEEDED']));
  const taken = answers.flatMap(({ data }) => data?.createUpload?.size ?? []).reduce((sum, size) => sum + size, 0);
  expect(taken).toBeLessThanOrEqual(1000);
  // Whatever was refused had no room left: nothing is lost to a race either.
  expect(taken).toBeGreaterThan(1000 - Math.max(...sizes));
});
