import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { AttachmentsContent } from '../../src/features/contents/attachments.service.ts';
import { findCarriedFiles } from '../../src/features/messages/carried-files.service.ts';
import type { Database } from '../../src/platform/database.ts';
import {
  type AttachmentsInput,
  ContentEventsDocument,
  ContentsInDocument,
  CursorDocument,
  EditContentDocument,
  type EditedContentInput,
  FileAddressesDocument,
  MarkReadDocument,
  type MessageContentInput,
  PinMessageDocument,
  ReactDocument,
  RecallContentDocument,
  SearchMessagesDocument,
  SendContentDocument,
} from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { codesOf, present, refusalsOf } from '../support/client.ts';
import { sendContent } from '../support/contents.ts';
import { createGroup, idsOf, openTables, registerFriends } from '../support/groups.ts';
import { globalId, keyIn } from '../support/hidden-things.ts';
import { type FileInput, fileState, insertFiles, kindsOfFiles } from '../support/inserted-files.ts';
import { placeOf } from '../support/node-of-before.ts';
import { openChatset, type Person, registerTwo, registerUser, sendText } from '../support/people.ts';
import { watchStatements } from '../support/statements.ts';

const { image, voice, video, other: document } = kindsOfFiles;

let app: TestApp;
let database: Database;
beforeAll(async () => {
  // A session that outlives the address of a file.
  app = await startApp({ TOKEN_TTL_SECONDS: '36000' });
  database = await openTables(app);
});

const filesOf = (owner: Person, ...files: readonly FileInput[]) => insertFiles(database, owner, files);
const send = (person: Person, to: string, content: MessageContentInput, clientId: string = randomUUID()) =>
  person.execute(SendContentDocument, { input: { to, clientId, content } });
const attach = (person: Person, to: string, attachments: AttachmentsInput, clientId?: string) => send(person, to, { attachments }, clientId);
const edit = (person: Person, id: string, content: EditedContentInput) => person.execute(EditContentDocument, { id, content });
const messagesIn = async (person: Person, id: string) =>
  present((await person.ask(ContentsInDocument, { id, last: 100 })).conversation).messages.edges.map(({ node }) => node);
const found = async (person: Person, keyword: string) =>
  present((await person.ask(SearchMessagesDocument, { keyword })).searchMessages).edges.map(({ node }) => node.id);
const stateOf = (uploadId: string | undefined) => fileState(database, present(uploadId));
const uploadIds = 'content.attachments.uploadIds';

/** Two who know each other, and a message of the first with these files. */
async function sent(files: readonly FileInput[], caption?: string) {
  const [one, other] = await registerTwo(app);
  const ids = await filesOf(one, ...files);
  const clientId = randomUUID();
  const attachments = { uploadIds: ids, ...(caption !== undefined && { caption }) };
  const message = await sendContent(one, other.user.id, { attachments }, { clientId });
  return { one, other, ids, message, clientId, attachments };
}

describe('a message with files', () => {
  it('shows each as what it is, with its caption, and tells them in the language of the reader', async () => {
    const { one, other, message } = await sent([image, voice, video, document], 'From the lake');
    const files = [
      {
        __typename: 'ImageFile',
        name: 'Sunset.jpg',
        mime: 'image/jpeg',
        size: 123_456,
        width: 640,
        height: 480,
        isAnimated: false,
        placeholder: image.placeholder,
      },
      { __typename: 'AudioFile', name: 'voice.webm', mime: 'audio/webm', size: 4096, duration: 6.6, peaks: JSON.parse(voice.peaks) },
      { __typename: 'VideoFile', name: 'film.mp4', mime: 'video/mp4', size: 9_000_000, width: 1920, height: 1080, duration: 61 },
      { __typename: 'OtherFile', name: 'Report 报告.pdf', mime: 'application/pdf', size: 77 },
    ];
    const expected = { __typename: 'AttachmentsContent', caption: 'From the lake', files };
    const english = { ...expected, text: '[picture] [voice 0:07] [video] [file Report 报告.pdf] From the lake' };
    expect(message.content).toMatchObject(english);
    for (const person of [one, other]) expect((await messagesIn(person, message.conversation.id)).map((node) => node.content)).toMatchObject([english]);
    const { conversation } = await app.ask(ContentsInDocument, { id: message.conversation.id }, { token: other.token, locale: 'zh' });
    const chinese = { ...expected, text: '[图片] [语音 0:07] [视频] [文件 Report 报告.pdf] From the lake' };
    expect(conversation).toMatchObject({ unreadCount: 1, lastMessage: { content: chinese } });
  });

  it.each<[string, readonly FileInput[], string, string]>([
    ['one picture', [image], '[picture]', '[图片]'],
    ['three pictures', [image, image, image], '[picture] × 3', '[图片] × 3'],
    ['a kind that comes again later', [image, document, image], '[picture] × 2 [file Report 报告.pdf]', '[图片] × 2 [文件 Report 报告.pdf]'],
    ['a voice of which nobody knows how long it is', [{ ...voice, duration: null }], '[voice]', '[语音]'],
    ['a long voice', [{ ...voice, duration: 3723.2 }], '[voice 1:02:03]', '[语音 1:02:03]'],
    ['a minute less a moment', [{ ...voice, duration: 59.7 }], '[voice 1:00]', '[语音 1:00]'],
    ['two voices', [voice, voice], '[voice] × 2', '[语音] × 2'],
    ['a name that would turn the line', [{ ...document, name: 'a\u202egpj.exe' }], '[file agpj.exe]', '[文件 agpj.exe]'],
    ['ten files', Array.from({ length: 10 }, () => document), '[file] × 10', '[文件] × 10'],
  ])('is told in words: %s', async (_what, files, en, zh) => {
    const { other, message } = await sent(files);
    expect(message.content).toMatchObject({ text: en, caption: null });
    const { conversation } = await app.ask(ContentsInDocument, { id: message.conversation.id }, { token: other.token, locale: 'zh' });
    expect(conversation?.lastMessage?.content?.text).toBe(zh);
  });

  it('has 1 to 10 files, none of them twice', async () => {
    const [one, other] = await registerTwo(app);
    const ids = await filesOf(one, ...Array.from({ length: 11 }, () => image));
    for (const wrong of [[], ids, [ids[0] ?? '', ids[1] ?? '', ids[0] ?? '']])
      expect(refusalsOf(await attach(one, other.user.id, { uploadIds: wrong }))).toEqual([['BAD_USER_INPUT', uploadIds]]);
    expect((await sendContent(one, other.user.id, { attachments: { uploadIds: ids.slice(1) } })).seq).toBe(1);
  });

  it('has only files of its sender: anything else is as if it never was', async () => {
    const [one, other] = await registerTwo(app);
    const [mine = '', gone = '', theirs = ''] = [...(await filesOf(one, image, { state: 'GONE' })), ...(await filesOf(other, image))];
    const answers = [];
    for (const id of [theirs, gone, globalId('Upload', randomUUID()), globalId('User', keyIn(mine)), keyIn(mine), 'x', ''])
      answers.push(await attach(one, other.user.id, { uploadIds: [mine, id] }));
    for (const answer of answers) {
      expect(refusalsOf(answer)).toEqual([['NOT_FOUND', uploadIds]]);
      expect(answer.errors).toEqual(answers[0]?.errors);
    }
  });

  it.each(['WAITING', 'CHECKING', 'REFUSED'] as const)('waits for each of them to be READY: not one that is %s', async (state) => {
    const [one, other] = await registerTwo(app);
    const [ready = '', open = ''] = await filesOf(one, image, { state });
    expect(refusalsOf(await attach(one, other.user.id, { uploadIds: [ready, open] }))).toEqual([['FILE_NOT_READY', uploadIds]]);
    expect(await stateOf(ready)).toEqual({ state: 'READY', uses: 0 });
  });

  it('has no AVATAR, which is for a profile', async () => {
    const [one, other] = await registerTwo(app);
    const ids = await filesOf(one, { ...image, kind: 'AVATAR', publicKey: randomUUID().replaceAll('-', '') });
    expect(refusalsOf(await attach(one, other.user.id, { uploadIds: ids }))).toEqual([['BAD_USER_INPUT', uploadIds]]);
  });

  it('has a caption of at most 5,000 code points, and none where nothing of it can be seen', async () => {
    const [one, other] = await registerTwo(app);
    const ids = await filesOf(one, image);
    const captioned = (caption: string | null) => attach(one, other.user.id, { uploadIds: ids, caption });
    expect((await captioned('😀'.repeat(5000))).data?.sendMessage?.content).toMatchObject({ caption: '😀'.repeat(5000) });
    expect(refusalsOf(await captioned('x'.repeat(5001)))).toEqual([['BAD_USER_INPUT', 'content.attachments.caption']]);
    for (const nothing of ['', ' \n', '\u200b', null])
      expect((await captioned(nothing)).data?.sendMessage?.content).toMatchObject({ caption: null, text: '[picture]' });
  });

  it('is stored whole, however much of it has to be written in another way', async () => {
    const long = { ...voice, kind: 'FILE', name: '\\"消'.repeat(85), mime: `application/${'x'.repeat(110)}` } as const;
    const { other, message } = await sent(
      Array.from({ length: 10 }, () => long),
      '\u0001'.repeat(4999).concat('x'),
    );
    expect((await messagesIn(other, message.conversation.id)).map((node) => node.content)).toEqual([message.content]);
  });

  it('gives the addresses of its files anew whenever it is read, the same to all who see it', async () => {
    const { one, other, ids, message } = await sent([image]);
    const [uuid] = ids.map(keyIn);
    const read = async (person: Person) => (await person.ask(FileAddressesDocument, { id: message.id })).node;
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    try {
      const first = await read(one);
      expect(await read(other)).toEqual(first);
      expect(first).toMatchObject({
        content: { files: [{ url: expect.stringContaining(`/files/${uuid}/file?`), thumbnailUrl: expect.stringContaining(`/files/${uuid}/thumbnail?`) }] },
      });
      vi.setSystemTime(Date.now() + 3_600_000);
      const later = await read(one);
      expect(later).not.toEqual(first);
      expect(later).toMatchObject({ content: { files: [{ __typename: 'ImageFile' }] } });
    } finally {
      vi.useRealTimers();
    }
  });

  it('may hold a file that stands in other messages too', async () => {
    const { one, ids, message } = await sent([image]);
    const third = await registerUser(app);
    await openChatset(third);
    for (const to of [message.conversation.id, third.user.id]) await sendContent(one, to, { attachments: { uploadIds: ids } });
    expect(await stateOf(ids[0])).toEqual({ state: 'READY', uses: 3 });
  });

  it('is one message when it is sent again, and a conflict with everything else, also after an edit and a recall', async () => {
    const { one, other, ids, message, clientId } = await sent([image, document], 'a caption');
    const [first = '', second = ''] = ids;
    const check = async () => {
      const again = await attach(one, other.user.id, { uploadIds: ids, caption: 'a caption' }, clientId);
      expect(again.data?.sendMessage?.id).toBe(message.id);
      for (const different of [
        { uploadIds: [second, first], caption: 'a caption' },
        { uploadIds: [first], caption: 'a caption' },
        { uploadIds: ids },
        { uploadIds: ids, caption: 'b' },
      ])
        expect(codesOf(await attach(one, other.user.id, different, clientId))).toEqual(['CONFLICT']);
      expect(codesOf(await send(one, other.user.id, { text: 'a caption' }, clientId))).toEqual(['CONFLICT']);
    };
    await check();
    await edit(one, message.id, { caption: 'b' });
    await check();
    await one.ask(RecallContentDocument, { id: message.id });
    await check();
    expect(await messagesIn(one, message.conversation.id)).toHaveLength(1);
  });

  it('is told at once and by a replay, answered, pinned, reacted to, and counts mentions', async () => {
    const { one, other, message } = await sent([image], 'look');
    const { cursor } = present((await one.ask(CursorDocument, {})).viewer);
    const stream = one.socket().subscribe(ContentEventsDocument, {});
    await stream.next('CaughtUp');
    const uploads = await filesOf(other, document);
    const reply = await sendContent(other, message.conversation.id, { attachments: { uploadIds: uploads } }, { replyTo: message.id, mentions: [one.user.id] });
    expect(reply).toMatchObject({ replyTo: { content: { __typename: 'AttachmentsContent', text: '[picture] look' } }, mentions: [{ id: one.user.id }] });
    const later = one.socket().subscribe(ContentEventsDocument, { after: cursor });
    for (const each of [stream, later]) {
      const { events } = await each.until(({ events: event }) => event.__typename === 'MessageSent');
      expect(events).toMatchObject({ message: { id: reply.id, content: reply.content } });
    }
    await other.ask(PinMessageDocument, { messageId: message.id });
    await other.ask(ReactDocument, { messageId: message.id, emoji: '👍' });
    const { conversation } = await one.ask(ContentsInDocument, { id: message.conversation.id });
    expect(conversation?.pinnedMessages).toMatchObject([{ id: message.id, content: message.content, reactions: [{ count: 1 }] }]);
  });
});

describe('the caption of a message with files', () => {
  it('can be found, edited and taken away; the files stay', async () => {
    const { one, other, ids, message } = await sent([image, document], 'beside the pond');
    expect(await found(other, 'the pond')).toEqual([message.id]);
    expect(await found(other, 'picture')).toEqual([]);
    const edited = present((await edit(one, message.id, { caption: 'beside the lake' })).data?.editMessage);
    expect(edited).toMatchObject({ rev: 2, content: { ...message.content, caption: 'beside the lake', text: expect.stringMatching(/ beside the lake$/) } });
    expect(edited.editedAt).not.toBeNull();
    expect([await found(other, 'the pond'), await found(other, 'the lake')]).toEqual([[], [message.id]]);
    expect((await edit(one, message.id, { caption: 'beside the lake' })).data?.editMessage?.rev).toBe(2);
    const bare = present((await edit(one, message.id, { caption: ' ' })).data?.editMessage);
    expect(bare.content).toMatchObject({ caption: null, text: '[picture] [file Report 报告.pdf]' });
    expect(await found(other, 'the lake')).toEqual([]);
    expect((await edit(one, message.id, { caption: 'and again' })).data?.editMessage?.content).toMatchObject({ caption: 'and again' });
    expect(await found(other, 'and again')).toEqual([message.id]);
    for (const id of ids) expect(await stateOf(id)).toEqual({ state: 'READY', uses: 1 });
  });

  it('is all that can be edited of it, and other messages have none', async () => {
    const { one, other, message } = await sent([image], 'a caption');
    expect(refusalsOf(await edit(one, message.id, { text: 'a text' }))).toEqual([['BAD_USER_INPUT', 'content.text']]);
    expect(refusalsOf(await edit(one, message.id, { caption: 'x'.repeat(5001) }))).toEqual([['BAD_USER_INPUT', 'content.caption']]);
    const text = await sendText(one, other.user.id, 'a text');
    expect(refusalsOf(await edit(one, text.id, { caption: 'a caption' }))).toEqual([['BAD_USER_INPUT', 'content.caption']]);
    const copy = await sendContent(other, message.conversation.id, { forward: message.id });
    expect(codesOf(await edit(other, copy.id, { caption: 'what was never said' }))).toEqual(['FORBIDDEN']);
  });
});

describe('a file', () => {
  it('is gone when the last message that shows it is recalled, and not before', async () => {
    const { one, other, ids, message } = await sent([image, document], 'soon gone');
    const again = await sendContent(one, other.user.id, { attachments: { uploadIds: ids.slice(1) } });
    await one.ask(RecallContentDocument, { id: message.id });
    expect([await stateOf(ids[0]), await stateOf(ids[1])]).toEqual([
      { state: 'GONE', uses: 0 },
      { state: 'READY', uses: 1 },
    ]);
    expect((await messagesIn(other, message.conversation.id)).map((node) => node.content?.__typename)).toEqual([undefined, 'AttachmentsContent']);
    expect(await found(other, 'soon gone')).toEqual([]);
    await one.ask(RecallContentDocument, { id: again.id });
    expect(await stateOf(ids[1])).toEqual({ state: 'GONE', uses: 0 });
    expect(refusalsOf(await attach(one, other.user.id, { uploadIds: ids }))).toEqual([['NOT_FOUND', uploadIds]]);
  });

  it('leaves nothing of what is known of it in the message', async () => {
    const { one, message } = await sent([document], 'a caption');
    await one.ask(RecallContentDocument, { id: message.id });
    const { conversationId, seq } = await placeOf(database, message.id);
    const stored = await database.read((tx) =>
      tx.db.selectFrom('Message').selectAll().where('conversationId', '=', conversationId).where('seq', '=', seq).execute(),
    );
    expect(stored).toMatchObject([{ kind: 'ATTACHMENTS', content: null, text: null }]);
  });

  it('stays where a recall is refused', async () => {
    const server = await startApp({ RECALL_SECONDS: '0.001' });
    const tables = await openTables(server);
    const [one, other] = await registerTwo(server);
    const ids = await insertFiles(tables, one, [image]);
    const { id } = await sendContent(one, other.user.id, { attachments: { uploadIds: ids } });
    expect(codesOf(await one.execute(RecallContentDocument, { id }))).toEqual(['RECALL_EXPIRED']);
    expect(codesOf(await other.execute(RecallContentDocument, { id }))).toEqual(['FORBIDDEN']);
    expect(await fileState(tables, present(ids[0]))).toEqual({ state: 'READY', uses: 1 });
  });

  it('is carried on by whoever sees it, and stays there when its owner takes it back', async () => {
    const { one, other, ids, message } = await sent([image, voice], 'pass it on');
    const third = await registerUser(app);
    await openChatset(third);
    const copy = await sendContent(other, third.user.id, { forward: message.id });
    expect(copy).toMatchObject({ content: message.content, forwardedFrom: { id: one.user.id } });
    const further = await sendContent(third, other.user.id, { forward: copy.id });
    await one.ask(RecallContentDocument, { id: message.id });
    await other.ask(RecallContentDocument, { id: copy.id });
    for (const id of ids) expect(await stateOf(id)).toEqual({ state: 'READY', uses: 1 });
    expect((await messagesIn(other, further.conversation.id)).at(-1)?.content).toEqual(message.content);
    expect(refusalsOf(await send(third, other.user.id, { forward: message.id }))).toEqual([['NOT_FOUND', 'content.forward']]);
    await third.ask(RecallContentDocument, { id: further.id });
    for (const id of ids) expect(await stateOf(id)).toEqual({ state: 'GONE', uses: 0 });
  });

  it('is shown or gone, and never both, however sends and recalls meet', async () => {
    const [one, other] = await registerTwo(app);
    const third = await registerUser(app);
    await openChatset(third);
    for (let round = 0; round < 8; round += 1) {
      const ids = await filesOf(one, image, document);
      const first = await sendContent(one, other.user.id, { attachments: { uploadIds: ids } });
      const answers = await Promise.all([
        one.execute(RecallContentDocument, { id: first.id }),
        attach(one, third.user.id, { uploadIds: ids.toReversed() }),
        send(other, third.user.id, { forward: first.id }),
      ]);
      expect(answers.flatMap(codesOf).filter((code) => code !== 'NOT_FOUND')).toEqual([]);
      const uses = answers.slice(1).filter(({ errors }) => errors.length === 0).length;
      for (const id of ids) expect(await stateOf(id)).toEqual({ state: uses > 0 ? 'READY' : 'GONE', uses });
    }
  });
});

describe('what showing files costs', () => {
  it('is, where many forward together, no more than the files that they carry', async () => {
    const { one, message } = await sent([image]);
    const { seq } = await placeOf(database, message.id);
    const [userId = 0] = await idsOf(database, [one.user]);
    const statements = watchStatements();
    const viewer = { userId, uuid: one.user.uuid, role: 'USER', sessionId: 0, sessionUuid: '', actedBy: null } as const;
    const forwards = [0, 1, 2, 3].map((after) => ({ conversationUuid: keyIn(message.conversation.id), seq: seq + after }));
    const carriers = forwards.map((forward) => ({ viewer, carrying: { uploads: [], forwards: forward } }));
    const found = await database.read((tx) => findCarriedFiles(tx, carriers));
    expect(carriers.map((carrier) => found.get(carrier)?.length)).toEqual([1, 0, 0, 0]);
    const [reading] = statements.take().filter((text) => /\bfile_use\b/.test(text));
    const plan = await database.read(async (tx) => {
      const explain = tx.dialect.name === 'sqlite' ? 'explain query plan ' : 'explain ';
      const { rows } = await sql.raw<Record<string, unknown>>(explain + present(reading).replaceAll('?', '1')).execute(tx.db);
      return rows.map((row) => JSON.stringify(row)).join('\n');
    });
    // Not all files of the conversation, nor all its members.
    expect(plan).not.toMatch(/SCAN |MULTI-INDEX|\b[fm] USING [^(]*\((?!log_id=\? AND seq=\?|user_id=\? AND log_id=\?)|"type":"ALL"/);
  });

  it('is nothing at the tables: a message holds what is known of its files', async () => {
    const owner = await registerUser(app);
    const { id } = await createGroup(owner, []);
    const write = async (count: number) => {
      for (const uploadId of await filesOf(owner, ...Array.from({ length: count }, () => image)))
        await sendContent(owner, id, { attachments: { uploadIds: [uploadId] } });
    };
    const statements = watchStatements();
    const read = async () => {
      statements.take();
      const { length } = await messagesIn(owner, id);
      // Not what the server asks on its own, at any time: which files wait to be looked at.
      const texts = statements.take().filter((text) => !text.includes('looked_until'));
      expect(texts.filter((text) => /\bfile(_use)?\b/.test(text))).toEqual([]);
      return { length, statements: texts.length };
    };
    await write(1);
    const few = await read();
    await write(12);
    // Jobs behind the answers ask the tables too.
    await expect.poll(async () => (await read()).statements).toBeLessThanOrEqual(few.statements);
    expect((await read()).length).toBe(few.length + 12);
  });

  it('is the same for one and for many readers: what they are told is made once', async () => {
    const people = await registerFriends(app, database, 'owner', 'a', 'b', 'c', 'd', 'e', 'f');
    const { owner, ...others } = people;
    const readers = Object.values(others);
    const { id } = await createGroup(owner, readers);
    const streams = readers.flatMap((reader) => [0, 1].map(() => reader.socket({ locale: 'zh' }).subscribe(ContentEventsDocument, {})));
    for (const stream of streams) await stream.next('CaughtUp');
    const text = vi.spyOn(AttachmentsContent.prototype, 'text');
    const { id: messageId } = await sendContent(owner, id, { attachments: { uploadIds: await filesOf(owner, image, voice) } });
    for (const stream of streams) {
      const { events } = await stream.until(({ events: event }) => event.__typename === 'MessageSent');
      expect(events).toMatchObject({ message: { id: messageId, content: { text: '[图片] [语音 0:07]' } } });
    }
    expect(text.mock.calls.filter(([locale]) => locale === 'zh')).toHaveLength(1);
    expect(app.logs().filter((line) => line.includes('is not declared so'))).toEqual([]);
  });
});

it('a message with files is read like any other', async () => {
  const { one, other, message } = await sent([image]);
  expect((await other.ask(MarkReadDocument, { conversationId: message.conversation.id, seq: 1 })).markRead).toMatchObject({ readSeq: 1, unreadCount: 0 });
  expect(await messagesIn(one, message.conversation.id)).toHaveLength(1);
});
