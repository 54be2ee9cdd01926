import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { uploadKey } from '../../src/features/files/file.policy.ts';
import { createFileCleaning } from '../../src/features/files/file-cleaning.service.ts';
import { turn } from '../../src/kernel/turns.ts';
import type { Database } from '../../src/platform/database.ts';
import { createDiskFileStore } from '../../src/platform/file-store.disk.ts';
import {
  CancelUploadDocument,
  ChatGalleryDocument,
  type ChatGalleryQuery,
  CreateUploadDocument,
  type MessageContentInput,
  RecallContentDocument,
  SendContentDocument,
} from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { type Answer, codesOf, present } from '../support/client.ts';
import { sendContent } from '../support/contents.ts';
import { createFakeLooker } from '../support/fake-looker.ts';
import { openTables } from '../support/groups.ts';
import { keyIn } from '../support/hidden-things.ts';
import { insertFiles } from '../support/inserted-files.ts';
import { closeLater } from '../support/lifetime.ts';
import { openChatset, type Person, registerTwo, registerUser } from '../support/people.ts';
import { addressOf } from '../support/uploads.ts';

let app: TestApp;
let tables: Database;
let folder: string;
beforeAll(async () => {
  app = await startApp({ FILE_BYTES_PER_USER: '1000', UPLOADS_OPEN: '100', CLEAN_SECONDS: '0.2' }, { fileLooker: createFakeLooker() });
  tables = await openTables(app);
  folder = join(readConfig(app.env).dataDir, 'files');
  mkdirSync(join(folder, 'uploads'), { recursive: true });
});

interface Outcomes {
  won: number;
  lost: number;
}

/** How many pairs meet, in so many lanes. Both halves of the tests have theirs, so that it is twice as many. */
const [pairs, lanes] = [500, 10];

/**
 * Has two things begin together, again and again, the one that has lost some turns of the event loop sooner the next time: twice as many as the last time
 * where it has lost again, and half as many where it had won. So each lane finds the moment in which they meet, and stays there. Says how often the first
 * one, which says so itself, has won.
 */
async function meetAgain(ids: readonly string[], first: (id: string) => Promise<boolean>, second: (id: string) => Promise<unknown>): Promise<Outcomes> {
  const outcomes: Outcomes = { won: 0, lost: 0 };
  const after = async <R>(turns: number, work: () => Promise<R>) => {
    for (let count = 0; count < turns; count += 1) await turn();
    return await work();
  };
  const left = [...ids];
  const lane = async () => {
    let [lead, step, hadWon] = [0, 4, false];
    for (let id = left.pop(); id !== undefined; id = left.pop()) {
      const it = id;
      const [won] = await Promise.all([after(-lead, () => first(it)), after(lead, () => second(it))]);
      outcomes[won ? 'won' : 'lost'] += 1;
      step = Math.max(1, won === hadWon ? step * 2 : step / 2);
      lead += won ? -step : step;
      hadWon = won;
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return outcomes;
}

/** A file for each pair that is ready, with its own uuid for its bytes. */
async function makeFiles(owner: Person): Promise<string[]> {
  const uuids = Array.from({ length: pairs }, () => randomUUID());
  for (const uuid of uuids) writeFileSync(join(folder, uploadKey(uuid)), uuid);
  return await insertFiles(
    tables,
    owner,
    uuids.map((uuid) => ({ uuid, bytes: uuid.length })),
  );
}

const send = (person: Person, to: string, content: MessageContentInput) =>
  person.execute(SendContentDocument, { input: { to, clientId: randomUUID(), content } });

/** Resolves when everything is removed that is to be. */
const removed = () =>
  expect
    .poll(() => tables.read(({ db }) => db.selectFrom('File').select('id').where('state', '=', 'GONE').execute()), { timeout: 20_000, interval: 50 })
    .toEqual([]);

/** Expects that each message with files in a conversation can be read whole, and gives how many there are. */
async function readAll(reader: Person, conversationId: string): Promise<number> {
  let count = 0;
  for (let after: string | null | undefined = null; after !== undefined; ) {
    const page: ChatGalleryQuery = await reader.ask(ChatGalleryDocument, { id: conversationId, first: 50, after });
    const { edges, pageInfo } = present(page.conversation).attachments;
    const files = edges.flatMap(({ node: { content } }) => (content?.__typename === 'AttachmentsContent' ? content.files : []));
    const texts = await Promise.all(files.map(async ({ url }) => (await fetch(addressOf(app, url))).text()));
    expect(texts).toEqual(files.map(({ id }) => keyIn(id)));
    count += files.length;
    after = pageInfo.hasNextPage ? present(pageInfo.endCursor) : undefined;
  }
  return count;
}

const isSent = (answer: Answer<unknown>) => answer.errors.length === 0;
const isExpected = (code: unknown) => code === 'NOT_FOUND' || code === 'FILE_NOT_READY';

/** Both outcomes came, and often: else nothing met. */
function expectMeetings({ won, lost }: Outcomes): void {
  expect(won + lost).toBe(pairs);
  for (const outcome of [won, lost]) expect(outcome, `${won} to ${lost}`).toBeGreaterThan(pairs / 10);
}

describe('a file that is sent at the moment in which its time is over', () => {
  it('is sent or removed: no message shows one whose bytes are gone', async () => {
    const faults: unknown[] = [];
    const database = await openTables(app);
    const cleaning = createFileCleaning({ database, store: createDiskFileStore(folder), everyMs: 1, onFault: (error) => faults.push(error) });
    closeLater(() => cleaning.stop());
    cleaning.start();
    const [sender, reader] = await registerTwo(app);
    const codes: unknown[] = [];
    let conversationId = '';
    const outcomes = await meetAgain(
      await makeFiles(sender),
      async (id) => {
        const answer = await send(sender, reader.user.id, { attachments: { uploadIds: [id] } });
        codes.push(...codesOf(answer));
        conversationId = answer.data?.sendMessage?.conversation.id ?? conversationId;
        return isSent(answer);
      },
      (id) => tables.transaction((tx) => tx.db.updateTable('File').set({ expiresAt: 1 }).where('uuid', '=', keyIn(id)).execute()),
    );
    await removed();
    expect(codes.filter((code) => !isExpected(code))).toEqual([]);
    expect(await readAll(reader, conversationId)).toBe(outcomes.won);
    expect(faults).toEqual([]);
    expectMeetings(outcomes);
  });
});

describe('a message that is forwarded at the moment in which it is recalled', () => {
  it('is forwarded or not there: no message shows a file whose bytes are gone', async () => {
    const [sender, reader] = await registerTwo(app);
    const third = await registerUser(app);
    await openChatset(third);
    const files = await makeFiles(sender);
    const messages = await Promise.all(files.map((id) => sendContent(sender, reader.user.id, { attachments: { uploadIds: [id] } })));
    const codes: unknown[] = [];
    let further = '';
    const outcomes = await meetAgain(
      messages.map(({ id }) => id),
      async (id) => {
        const answer = await send(reader, third.user.id, { forward: id });
        codes.push(...codesOf(answer));
        further = answer.data?.sendMessage?.conversation.id ?? further;
        return isSent(answer);
      },
      (id) => sender.ask(RecallContentDocument, { id }),
    );
    await removed();
    expect(codes.filter((code) => !isExpected(code))).toEqual([]);
    expect(await readAll(third, further)).toBe(outcomes.won);
    expect(await readAll(reader, present(messages[0]).conversation.id)).toBe(0);
    expectMeetings(outcomes);
  });
});

describe('uploads that are announced at the same moment', () => {
  const announce = (person: Person, size: number) => person.execute(CreateUploadDocument, { input: { clientId: randomUUID(), kind: 'FILE', name: 'a', size } });

  it('30 of them never take more than there is room for, and leave none that one of them wanted', async () => {
    const person = await registerUser(app);
    const answers = await Promise.all(Array.from({ length: 30 }, () => announce(person, 90)));
    const codes = answers.flatMap(codesOf);
    expect([codes.length, new Set(codes)]).toEqual([30 - 11, new Set(['QUOTA_EXCEEDED'])]);
    expect((await announce(person, 10)).errors).toEqual([]);
    expect(codesOf(await announce(person, 1))).toEqual(['QUOTA_EXCEEDED']);
  });

  it('30 of them, while what was there before is taken back, never take more than there is room for', async () => {
    const person = await registerUser(app);
    const before = await Promise.all(Array.from({ length: 10 }, () => announce(person, 100)));
    const ids = before.map(({ data }) => present(data?.createUpload).id);
    const [answers, cancelled] = await Promise.all([
      Promise.all(Array.from({ length: 30 }, () => announce(person, 90))),
      Promise.all(ids.map((id) => person.execute(CancelUploadDocument, { id }))),
    ]);
    expect(cancelled.flatMap(codesOf)).toEqual([]);
    expect(new Set(answers.flatMap(codesOf))).toEqual(new Set(['QUOTA_EXCEEDED']));
    const taken = answers.filter(isSent).length;
    expect(taken).toBeLessThanOrEqual(11);
    // What is left is exactly what was not taken: nothing was counted twice, or not at all.
    expect(codesOf(await announce(person, 1000 - taken * 90 + 1))).toEqual(['QUOTA_EXCEEDED']);
    expect((await announce(person, 1000 - taken * 90)).errors).toEqual([]);
  });
});
