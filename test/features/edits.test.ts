import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  BlockUserDocument,
  CarriedDocument,
  CarriedEventsDocument,
  CarriedInDocument,
  EditMessageDocument,
  HistoryDocument,
  MessagesDocument,
  RecallMessageDocument,
  SendCarriedDocument,
  SendMessageDocument,
  UpdateChatsetDocument,
} from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { codesOf, present, refusalsOf } from '../support/client.ts';
import { type Person, registerTwo, registerUser, sendText } from '../support/people.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});

const edit = (person: Person, id: string, text: string) => person.execute(EditMessageDocument, { id, content: { text } });
const textOf = async (person: Person, id: string) => {
  const { node } = await person.ask(CarriedDocument, { id });
  return node?.__typename === 'Message' ? (node.content?.text ?? null) : undefined;
};

/** One who has written to the other, who may not be written to without limit, and the message. */
async function acquainted(where = app) {
  const [one, other] = await registerTwo(where);
  const message = await sendText(one, other.user.id, 'the old text');
  return { one, other, message, conversationId: message.conversation.id };
}

describe('editMessage', () => {
  it('puts the new text into the place of the old one, which is nowhere any more', async () => {
    const { one, other, message, conversationId } = await acquainted();
    const streams = [one, other].map((person) => person.socket().subscribe(CarriedEventsDocument, {}));
    for (const stream of streams) await stream.next();
    const reply = present(
      (await other.ask(SendMessageDocument, { input: { to: conversationId, clientId: randomUUID(), content: { text: 'reply' }, replyTo: message.id } }))
        .sendMessage,
    );
    const edited = present((await edit(one, message.id, 'the new text')).data?.editMessage);
    expect(edited).toMatchObject({
      id: message.id,
      seq: 1,
      rev: 3,
      clientId: message.clientId,
      createdAt: message.createdAt,
      content: { text: 'the new text' },
    });
    expect(Date.parse(present(edited.editedAt))).toBeGreaterThanOrEqual(Date.parse(message.createdAt));
    for (const [index, person] of [one, other].entries()) {
      const history = await person.ask(HistoryDocument, { id: conversationId, last: 100 });
      expect(history.conversation?.messages.edges.map(({ node }) => [node.content?.text, node.replyTo?.content?.text ?? null])).toEqual([
        ['the new text', null],
        ['reply', 'the new text'],
      ]);
      const events = [(await present(streams[index]).next()).events, (await present(streams[index]).next()).events];
      expect(events[0]).toMatchObject({ __typename: 'MessageSent', message: { id: reply.id } });
      expect(events[1]).toMatchObject({ __typename: 'MessageChanged', message: { ...edited, conversation: { rev: 3 } } });
      const places = person.socket().subscribe(MessagesDocument, { conversationId, afterRev: 0 });
      expect([(await places.next()).messages, (await places.next()).messages].map(({ seq, content }) => [seq, content?.text])).toEqual([
        [2, 'reply'],
        [1, 'the new text'],
      ]);
      expect(JSON.stringify([history, await person.ask(CarriedInDocument, { id: conversationId })])).not.toContain('old text');
    }
    expect(app.logs().join('\n')).not.toContain('old text');
  });

  it('again with the same text changes nothing and tells nobody', async () => {
    const { one, other, message } = await acquainted();
    const unchanged = present((await edit(one, message.id, 'the old text')).data?.editMessage);
    expect(unchanged).toMatchObject({ rev: 1, editedAt: null });
    const first = (await edit(one, message.id, 'another')).data;
    expect((await edit(one, message.id, 'another')).data).toEqual(first);
    expect((await sendText(other, one.user.id, 'next')).rev).toBe(3);
  });

  it('leaves the clientId what it was: the first content again gives the message, the new one is a conflict', async () => {
    const { one, other } = await acquainted();
    const clientId = randomUUID();
    const message = await sendText(one, other.user.id, 'first', clientId);
    await edit(one, message.id, 'second');
    expect(await sendText(one, other.user.id, 'first', clientId)).toMatchObject({ id: message.id, content: { text: 'second' } });
    expect(codesOf(await one.execute(SendMessageDocument, { input: { to: other.user.id, clientId, content: { text: 'second' } } }))).toEqual(['CONFLICT']);
  });

  it('takes 1 to 5000 code points', async () => {
    const { one, message } = await acquainted();
    for (const text of ['', '😀'.repeat(5001)]) expect(refusalsOf(await edit(one, message.id, text))).toEqual([['BAD_USER_INPUT', 'content.text']]);
    const longest = '😀'.repeat(5000);
    expect((await edit(one, message.id, longest)).data?.editMessage?.content?.text).toBe(longest);
  });

  it('is for the sender only; to strangers the message does not exist', async () => {
    const { one, other, message } = await acquainted();
    const stranger = await registerUser(app);
    expect(codesOf(await edit(other, message.id, 'mine'))).toEqual(['FORBIDDEN']);
    const refused = await edit(stranger, message.id, 'mine');
    expect(codesOf(refused)).toEqual(['NOT_FOUND']);
    for (const id of [message.conversation.id, Buffer.from(`Message:${randomUUID()}:1`).toString('base64url'), 'x', ''])
      expect((await edit(stranger, id, 'mine')).errors).toEqual(refused.errors);
    expect(await textOf(one, message.id)).toBe('the old text');
  });

  it('finds nothing where the message was recalled', async () => {
    const { one, message } = await acquainted();
    await edit(one, message.id, 'edited');
    await one.ask(RecallMessageDocument, { id: message.id });
    expect(codesOf(await edit(one, message.id, 'again'))).toEqual(['NOT_FOUND']);
    expect((await one.ask(CarriedDocument, { id: message.id })).node).toMatchObject({ content: null, editedAt: null });
  });

  it('is refused after the window, by the clock of the database, unless nothing would change', async () => {
    const windowMs = 40;
    const brief = await startApp({ EDIT_SECONDS: String(windowMs / 1000) });
    const { one, other, message } = await acquainted(brief);
    for (let passed = 0; passed <= windowMs; ) passed = Date.parse((await sendText(one, other.user.id, 'tick')).createdAt) - Date.parse(message.createdAt);
    for (const [locale, sentence] of [
      ['zh', '消息已超过可编辑的时间'],
      ['en', 'The message is too old to be edited'],
    ] as const) {
      const answer = await brief.execute(EditMessageDocument, { id: message.id, content: { text: 'late' } }, { token: one.token, locale });
      expect(codesOf(answer)).toEqual(['EDIT_EXPIRED']);
      expect(answer.errors[0]?.message).toBe(sentence);
    }
    expect(codesOf(await edit(other, message.id, 'late'))).toEqual(['FORBIDDEN']);
    expect((await edit(one, message.id, 'the old text')).data?.editMessage?.rev).toBe(1);
  });

  it('is refused where a message would be, but not because the one message is used up', async () => {
    const [one, other] = await Promise.all([registerUser(app), registerUser(app)]);
    await other.ask(UpdateChatsetDocument, { input: { user: { sendCount: 1, needFollow: false } } });
    const message = await sendText(one, other.user.id, 'the one');
    expect((await edit(one, message.id, 'the only one')).data?.editMessage?.content?.text).toBe('the only one');
    await other.ask(BlockUserDocument, { userId: one.user.id });
    expect(codesOf(await edit(one, message.id, 'blocked'))).toEqual(['BLOCKED']);
    expect(await textOf(other, message.id)).toBe('the only one');
  });

  it('against a recall at the same moment: when the recall has answered, no text is read any more', async () => {
    const { one, other, conversationId } = await acquainted();
    for (let round = 0; round < 8; round += 1) {
      const { sendMessage } = await one.ask(SendCarriedDocument, { input: { to: conversationId, clientId: randomUUID(), content: { text: 'a secret' } } });
      const { id } = present(sendMessage);
      const stream = other.socket().subscribe(CarriedEventsDocument, {});
      await stream.next();
      const early = Array.from({ length: 6 }, (_, index) => edit(one, id, `a secret ${index}`));
      const recall = one.ask(RecallMessageDocument, { id });
      const late = recall.then(async () => [
        await textOf(other, id),
        await textOf(one, id),
        ...(await Promise.all(Array.from({ length: 3 }, async (_, index) => codesOf(await edit(one, id, `a secret, late ${index}`))[0]))),
        await textOf(other, id),
      ]);
      expect(await late).toEqual([null, null, 'NOT_FOUND', 'NOT_FOUND', 'NOT_FOUND', null]);
      for (const answer of await Promise.all(early)) expect(['NOT_FOUND', undefined]).toContain(codesOf(answer)[0]);
      await sendText(other, conversationId, 'end');
      const told: (string | null)[] = [];
      for (let ended = false; !ended; ) {
        const { events } = await stream.next();
        ended = events.__typename === 'MessageSent';
        if (events.__typename === 'MessageChanged') told.push(events.message.content?.text ?? null);
      }
      // A text may have been told before, never after.
      expect(told).toContain(null);
      expect(told.slice(told.indexOf(null)).filter((text) => text !== null)).toEqual([]);
      stream.close();
    }
  });
});
