import { randomUUID } from 'node:crypto';
import { parse } from 'graphql';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  BlockUserDocument,
  ConversationDocument,
  EventsDocument,
  HistoryDocument,
  RecallMessageDocument,
  RelationshipToDocument,
  SendMessageDocument,
  type SendMessageInput,
  type SendMessageMutation,
  SendTwoDocument,
  ThingsDocument,
  UnblockUserDocument,
  UpdateChatsetDocument,
  UpdateProfileDocument,
  UpdateUserDocument,
} from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { codesOf, present, refusalsOf } from '../support/client.ts';
import { adminEnv, loginAdmin, openChatset, type Person, registerTwo, registerUser, sendText } from '../support/people.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startApp(adminEnv);
});

const globalId = (typename: string, key: string) => Buffer.from(`${typename}:${key}`).toString('base64url');
/** The code and the field of each error. */
const send = (from: Person, to: string, text = 'hello', more: Partial<SendMessageInput> = {}) =>
  from.execute(SendMessageDocument, { input: { to, clientId: randomUUID(), content: { text }, ...more } });
const history = async (person: Person, id: string) =>
  present((await person.ask(HistoryDocument, { id, last: 100 })).conversation, 'the conversation').messages.edges.map(({ node }) => node);

/** One who has written to the other, the id of their conversation, and the message. */
async function acquainted() {
  const [one, other] = await registerTwo(app);
  const message = await sendText(one, other.user.id, 'first');
  return { one, other, message, conversationId: message.conversation.id };
}

describe('sendMessage', () => {
  it('makes the DIRECT conversation with the first message, the same for both', async () => {
    const [one, other] = await registerTwo(app);
    const conversationOf = async (person: Person, peer: Person) =>
      (await person.ask(RelationshipToDocument, { uuid: peer.user.uuid })).userInfo?.relationship?.conversation;
    expect(await conversationOf(one, other)).toBeNull();
    const message = await sendText(one, other.user.id, 'hello');
    expect(message).toMatchObject({
      seq: 1,
      rev: 1,
      sender: { id: one.user.id },
      content: { __typename: 'TextContent', text: 'hello' },
      recalledAt: null,
      replyTo: null,
    });
    const { id } = message.conversation;
    expect(await conversationOf(one, other)).toEqual({ id });
    expect(await conversationOf(other, one)).toEqual({ id });
    expect((await one.ask(ConversationDocument, { id })).conversation).toMatchObject({ kind: 'DIRECT', peer: { id: other.user.id }, lastSeq: 1, rev: 1 });
    expect((await other.ask(ConversationDocument, { id })).conversation).toMatchObject({ kind: 'DIRECT', peer: { id: one.user.id }, lastSeq: 1, rev: 1 });
  });

  it('numbers 1, 2, 3 … without holes, the same for both, by either id (M1)', async () => {
    const { one, other, message, conversationId } = await acquainted();
    const sent = [
      message,
      await sendText(other, one.user.id, '2'),
      await sendText(one, conversationId, '3'),
      await sendText(other, conversationId, '4'),
      await sendText(one, other.user.id, '5'),
    ];
    expect(sent.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5]);
    expect(sent.map(({ rev }) => rev)).toEqual([1, 2, 3, 4, 5]);
    expect(new Set(sent.map(({ conversation }) => conversation.id))).toEqual(new Set([conversationId]));
    await one.ask(RecallMessageDocument, { id: present(sent[2]).id });
    expect(await sendText(one, conversationId, '6')).toMatchObject({ seq: 6, rev: 7 });
    for (const person of [one, other]) {
      const read = await history(person, conversationId);
      expect(read.map(({ seq, rev }) => [seq, rev])).toEqual([
        [1, 1],
        [2, 2],
        [3, 6],
        [4, 4],
        [5, 5],
        [6, 7],
      ]);
    }
    expect(await history(one, conversationId)).toEqual(await history(other, conversationId));
  });

  it('refused, it takes no number', async () => {
    const { one, other, conversationId } = await acquainted();
    await other.ask(BlockUserDocument, { userId: one.user.id });
    expect(codesOf(await send(one, conversationId))).toEqual(['BLOCKED']);
    expect(codesOf(await send(other, conversationId))).toEqual(['BLOCKED_BY_YOU']);
    await other.ask(UnblockUserDocument, { userId: one.user.id });
    expect(await sendText(one, conversationId, 'again')).toMatchObject({ seq: 2, rev: 2 });
  });

  it('two in one document: each answer shows what was so right after it', async () => {
    const { one, other, conversationId } = await acquainted();
    await sendText(other, conversationId, 'second');
    const inputs = {
      one: { to: conversationId, clientId: randomUUID(), content: { text: 'a' } },
      other: { to: other.user.id, clientId: randomUUID(), content: { text: 'b' } },
    };
    const answer = await one.ask(SendTwoDocument, inputs);
    expect(answer.one).toMatchObject({
      seq: 3,
      conversation: { rev: 3, lastSeq: 3, lastMessage: { seq: 3, content: { text: 'a' } }, readSeq: 3, unreadCount: 0 },
    });
    expect(answer.other).toMatchObject({
      seq: 4,
      conversation: { rev: 4, lastSeq: 4, lastMessage: { seq: 4, content: { text: 'b' } }, readSeq: 4, unreadCount: 0 },
    });
  });

  it('two in one document: a refused one does not hide the other (E3)', async () => {
    const { one, conversationId } = await acquainted();
    const input = (to: string) => ({ to, clientId: randomUUID(), content: { text: 'a' } });
    const answer = await one.execute(SendTwoDocument, { one: input('nobody'), other: input(conversationId) });
    expect(codesOf(answer)).toEqual(['NOT_FOUND']);
    expect(answer.errors[0]?.path).toEqual(['one']);
    expect(answer.data).toMatchObject({ one: null, other: { seq: 2 } });
  });

  it('works over a socket with the same rules', async () => {
    const { one, other, conversationId } = await acquainted();
    const socket = one.socket();
    const input = { to: conversationId, clientId: randomUUID(), content: { text: 'by socket' } };
    const first = await socket.ask(SendMessageDocument, { input });
    expect(first.sendMessage).toMatchObject({ seq: 2, content: { text: 'by socket' } });
    expect(await one.ask(SendMessageDocument, { input })).toEqual(first);
    await other.ask(BlockUserDocument, { userId: one.user.id });
    expect(codesOf(await socket.execute(SendMessageDocument, { input: { ...input, clientId: randomUUID() } }))).toEqual(['BLOCKED']);
  });
});

describe('a clientId that was seen before (M2)', () => {
  it('gives the first message back, by whichever id the conversation is named', async () => {
    const [one, other] = await registerTwo(app);
    const clientId = randomUUID();
    const first = await sendText(one, other.user.id, 'once', clientId);
    expect(first.clientId).toBe(clientId);
    expect(await sendText(one, other.user.id, 'once', clientId)).toEqual(first);
    expect(await sendText(one, first.conversation.id, 'once', clientId)).toEqual(first);
    expect(await sendText(one, first.conversation.id, 'once', clientId.toUpperCase())).toEqual(first);
    expect(await history(one, first.conversation.id)).toHaveLength(1);
  });

  it('comes back exactly as the sender gave it', async () => {
    const [one, other] = await registerTwo(app);
    const clientId = randomUUID().toUpperCase();
    const first = await sendText(one, other.user.id, 'once', clientId);
    expect(first.clientId).toBe(clientId);
    expect(await sendText(one, other.user.id, 'once', clientId.toLowerCase())).toEqual(first);
  });

  it('gives it back after a recall, also when the policy now refuses, and when the other one is disabled', async () => {
    const [[one, other], admin] = await Promise.all([registerTwo(app), loginAdmin(app)]);
    const clientId = randomUUID();
    const first = await sendText(one, other.user.id, 'once', clientId);
    await one.ask(RecallMessageDocument, { id: first.id });
    const recalled = { id: first.id, seq: 1, rev: 2, content: null };
    expect(await sendText(one, other.user.id, 'once', clientId)).toMatchObject(recalled);
    await other.ask(BlockUserDocument, { userId: one.user.id });
    await other.ask(UpdateChatsetDocument, { input: { user: { sendCount: 0 } } });
    expect(await sendText(one, first.conversation.id, 'once', clientId)).toMatchObject(recalled);
    await admin.ask(UpdateUserDocument, { userId: other.user.id, enabled: false });
    expect(await sendText(one, other.user.id, 'once', clientId)).toMatchObject(recalled);
    expect(codesOf(await send(one, other.user.id))).toEqual(['RECIPIENT_UNAVAILABLE']);
  });

  it('is a CONFLICT with another text, another reply or another conversation', async () => {
    const { one, message, conversationId } = await acquainted();
    const third = await registerUser(app);
    await openChatset(third);
    const clientId = randomUUID();
    await sendText(one, conversationId, 'once', clientId);
    const conflict = [['CONFLICT', 'clientId']];
    expect(refusalsOf(await send(one, conversationId, 'twice', { clientId }))).toEqual(conflict);
    expect(refusalsOf(await send(one, conversationId, 'once ', { clientId }))).toEqual(conflict);
    expect(refusalsOf(await send(one, conversationId, 'once', { clientId, replyTo: message.id }))).toEqual(conflict);
    expect(refusalsOf(await send(one, third.user.id, 'once', { clientId }))).toEqual(conflict);
    const elsewhere = await sendText(one, third.user.id, 'hello');
    expect(refusalsOf(await send(one, elsewhere.conversation.id, 'once', { clientId }))).toEqual(conflict);
    expect(await history(one, conversationId)).toHaveLength(2);
  });

  it('of another sender is another message', async () => {
    const { one, other, conversationId } = await acquainted();
    const clientId = randomUUID();
    expect((await sendText(one, conversationId, 'mine', clientId)).seq).toBe(2);
    expect((await sendText(other, conversationId, 'theirs', clientId)).seq).toBe(3);
  });
});

describe('a text (M9)', () => {
  const texts: readonly (readonly [name: string, text: string])[] = [
    ['one letter', 'a'],
    ['combining characters', 'e\u0301 n\u0303 가 각 ﷺ'],
    ['right to left', 'שלום \u202Eabc\u202C مرحبا'],
    ['lines', 'one\r\ntwo\nthree\rfour\u2028five'],
    ['Chinese', '您好，世界！𠮷野家'],
    ['emoji', '👩‍👩‍👧‍👦 🇨🇳 😀'],
    ['spaces at both ends', '  \t hello \u00A0  '],
    ['a visible letter among what shows nothing', '\u200b\u3164.\u2800'],
    ['what databases and browsers take for their own', `'"\\%_--/* */ \${x} <script>alert(1)</script> \u0001\u007F`],
    ['a byte order mark', '\uFEFFx\uFFFD\uFFFE'],
    ['5000 emoji', '😀'.repeat(5000)],
  ];

  it('is stored and delivered exactly as it was sent', async () => {
    const { one, other, conversationId } = await acquainted();
    const stream = other.socket().subscribe(EventsDocument, {});
    expect((await stream.next()).events.__typename).toBe('CaughtUp');
    for (const [name, text] of texts) {
      expect((await sendText(one, conversationId, text)).content?.text, name).toBe(text);
      expect((await other.ask(ConversationDocument, { id: conversationId })).conversation?.lastMessage?.content?.text, name).toBe(text);
      expect((await stream.next()).events, name).toMatchObject({ __typename: 'MessageSent', message: { content: { text } } });
    }
    expect((await history(other, conversationId)).map(({ content }) => content?.text)).toEqual(['first', ...texts.map(([, text]) => text)]);
  });

  it('has 1 to 5000 code points', async () => {
    const { one, conversationId } = await acquainted();
    for (const text of ['', 'a'.repeat(5001), '😀'.repeat(5001), 'e\u0301'.repeat(2501)])
      expect(refusalsOf(await send(one, conversationId, text))).toEqual([['BAD_USER_INPUT', 'content.text']]);
    expect((await sendText(one, conversationId, 'a'.repeat(5000))).seq).toBe(2);
  });

  it('without text is refused, as is text that no database stores', async () => {
    const { one, conversationId } = await acquainted();
    for (const text of ['a\u0000b', 'a\uD83D', '\uDE00a']) {
      const [refusal, ...more] = refusalsOf(await send(one, conversationId, text));
      expect(refusal).toEqual(['BAD_USER_INPUT', expect.stringMatching(/content\.text$/)]);
      expect(more).toEqual([]);
    }
    for (const content of [{}, { text: null }]) {
      const document = parse('mutation Send($input: SendMessageInput!) { sendMessage(input: $input) { id } }');
      const answer = await one.execute<SendMessageMutation, object>(document, { input: { to: conversationId, clientId: randomUUID(), content } });
      expect(codesOf(answer)).toEqual(['BAD_USER_INPUT']);
    }
    expect(await history(one, conversationId)).toHaveLength(1);
  });
});

describe('the recipient', () => {
  it('that does not exist, in whatever form, gets one answer: NOT_FOUND (M8)', async () => {
    const { one, message, conversationId } = await acquainted();
    const stranger = await registerUser(app);
    const wanted = await send(stranger, conversationId);
    expect(refusalsOf(wanted)).toEqual([['NOT_FOUND', 'to']]);
    for (const to of [
      globalId('Conversation', randomUUID()),
      globalId('User', randomUUID()),
      globalId('User', 'x'),
      globalId('User', one.user.uuid.toUpperCase()),
      globalId('Message', one.user.uuid),
      message.id,
      randomUUID(),
      `${one.user.uuid} `,
      `{${one.user.uuid}}`,
      Buffer.from(conversationId, 'base64url').toString().split(':')[1] ?? '',
      '',
      'x',
      '1',
      '你好',
      'x'.repeat(10_000),
    ]) {
      const answer = await send(stranger, to);
      expect({ ...answer, headers: null }, to.slice(0, 80)).toEqual({ ...wanted, headers: null });
    }
  });

  it('cannot be oneself (U6)', async () => {
    const one = await registerUser(app);
    await openChatset(one);
    expect(refusalsOf(await send(one, one.user.id))).toEqual([['BAD_USER_INPUT', 'to']]);
  });

  it('needs a session to write to', async () => {
    const { other } = await acquainted();
    const answer = await app.execute(SendMessageDocument, { input: { to: other.user.id, clientId: randomUUID(), content: { text: 'x' } } });
    expect(codesOf(answer)).toEqual(['TOKEN_MISSING']);
  });
});

describe('replyTo', () => {
  it('shows the message that is answered, as it is now', async () => {
    const { one, other, message, conversationId } = await acquainted();
    const answer = (await send(other, conversationId, 'yes', { replyTo: message.id })).data?.sendMessage;
    expect(answer?.replyTo).toMatchObject({ id: message.id, seq: 1, content: { text: 'first' } });
    await one.ask(RecallMessageDocument, { id: message.id });
    expect((await history(other, conversationId)).at(-1)?.replyTo).toEqual({ id: message.id, seq: 1, content: null });
  });

  it('of another conversation, of none, or malformed is NOT_FOUND', async () => {
    const { one, other, conversationId } = await acquainted();
    const elsewhere = await acquainted();
    const third = await registerUser(app);
    await openChatset(third);
    const own = await sendText(one, third.user.id, 'elsewhere');
    const uuid = Buffer.from(conversationId, 'base64url').toString().split(':')[1];
    const bad = [
      own.id,
      elsewhere.message.id,
      globalId('Message', `${uuid}:2`),
      globalId('Message', `${uuid}:0`),
      globalId('Message', `${uuid}:x`),
      globalId('Message', `${uuid}:1e9`),
      conversationId,
      'x',
      '',
    ];
    for (const replyTo of bad) expect(refusalsOf(await send(one, conversationId, 'x', { replyTo })), replyTo).toEqual([['NOT_FOUND', 'replyTo']]);
    const fresh = await registerUser(app);
    expect(refusalsOf(await send(fresh, other.user.id, 'x', { replyTo: own.id }))).toEqual([['NOT_FOUND', 'replyTo']]);
    expect(await history(one, conversationId)).toHaveLength(1);
  });
});

describe('what a message shows', () => {
  it('of its sender and conversation stays with it', async () => {
    const { one, other, message, conversationId } = await acquainted();
    await one.ask(UpdateProfileDocument, { input: { nickname: 'renamed' } });
    const things = await other.ask(ThingsDocument, { messageId: message.id, conversationId });
    expect(things.message).toMatchObject({ __typename: 'Message', id: message.id, sender: { id: one.user.id }, conversation: { id: conversationId } });
    expect(things.conversation).toMatchObject({ title: 'renamed' });
  });

  it('is shown to members only (M8)', async () => {
    const { message, conversationId } = await acquainted();
    const stranger = await registerUser(app);
    expect(await stranger.ask(ThingsDocument, { messageId: message.id, conversationId })).toEqual({ message: null, conversation: null });
    const anonymous = await app.execute(ThingsDocument, { messageId: message.id, conversationId });
    expect(codesOf(anonymous)).toEqual(['TOKEN_MISSING', 'TOKEN_MISSING']);
  });
});
