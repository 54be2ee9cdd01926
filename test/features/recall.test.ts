import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  CursorDocument,
  EventsDocument,
  type EventsSubscription,
  HistoryDocument,
  MessagesDocument,
  RecallMessageDocument,
  SendMessageDocument,
  type SendMessageInput,
  ThingsDocument,
} from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { codesOf, present } from '../support/client.ts';
import { type Person, registerTwo, registerUser, sendText } from '../support/people.ts';
import type { Stream } from '../support/socket.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});

const globalId = (typename: string, key: string) => Buffer.from(`${typename}:${key}`).toString('base64url');
const send = (from: Person, to: string, text = 'hello', more: Partial<SendMessageInput> = {}) =>
  from.execute(SendMessageDocument, { input: { to, clientId: randomUUID(), content: { text }, ...more } });
const history = async (person: Person, id: string) =>
  present((await person.ask(HistoryDocument, { id, last: 100 })).conversation, 'the conversation').messages.edges.map(({ node }) => node);
const cursorOf = async (person: Person) => present((await person.ask(CursorDocument, {})).viewer).cursor;

/** What the events after a cursor are, up to the end of the replay. */
async function replay(person: Person, after: string): Promise<EventsSubscription['events'][]> {
  const stream: Stream<EventsSubscription> = person.socket().subscribe(EventsDocument, { after });
  const events: EventsSubscription['events'][] = [];
  for (;;) {
    const { events: event } = await stream.next('the end of the replay');
    if (event.__typename === 'CaughtUp') return events;
    events.push(event);
  }
}

/** One who has written to the other, the id of their conversation, and the message. */
async function acquainted() {
  const [one, other] = await registerTwo(app);
  const message = await sendText(one, other.user.id, 'first');
  return { one, other, message, conversationId: message.conversation.id };
}

describe('recallMessage (M5)', () => {
  const secret = 'the secret text';

  it('takes the content out of everything that is read afterwards', async () => {
    const { one, other, conversationId } = await acquainted();
    const after = { one: await cursorOf(one), other: await cursorOf(other) };
    const sent = await sendText(one, conversationId, secret);
    const reply = (await send(other, conversationId, 'what?', { replyTo: sent.id })).data?.sendMessage;
    const latest = await sendText(one, conversationId, secret);
    const recalled = (await one.ask(RecallMessageDocument, { id: sent.id })).recallMessage;
    expect(recalled).toMatchObject({ id: sent.id, seq: sent.seq, rev: latest.rev + 1, content: null, clientId: sent.clientId, sender: { id: one.user.id } });
    expect(present(recalled).recalledAt).toMatch(/^\d{4}-\d\d-\d\dT[\d:]+\.\d{3}Z$/);
    await one.ask(RecallMessageDocument, { id: latest.id });
    for (const [name, person] of Object.entries({ one, other })) {
      const seen = {
        history: await history(person, conversationId),
        things: await person.ask(ThingsDocument, { messageId: sent.id, conversationId }),
        events: await replay(person, name === 'one' ? after.one : after.other),
      };
      expect(seen.things.message).toMatchObject({ id: sent.id, content: null });
      expect(seen.things.conversation).toMatchObject({ rev: latest.rev + 2, lastSeq: 4, lastMessage: { id: latest.id, content: null } });
      expect(seen.history.map(({ content }) => content?.text ?? null)).toEqual(['first', null, 'what?', null]);
      expect(seen.history[2]?.replyTo).toMatchObject({ id: sent.id, content: null });
      expect(seen.events.map(({ __typename }) => __typename)).toEqual(['MessageSent', 'MessageSent', 'MessageSent', 'MessageChanged', 'MessageChanged']);
      expect(JSON.stringify(seen)).not.toContain(secret);
      const stream = person.socket().subscribe(MessagesDocument, { conversationId, afterRev: 0 });
      const changed = [await stream.next(), await stream.next(), await stream.next(), await stream.next()];
      expect(changed.map(({ messages }) => [messages.seq, messages.content?.text ?? null])).toEqual([
        [1, 'first'],
        [3, 'what?'],
        [2, null],
        [4, null],
      ]);
    }
    expect(reply?.seq).toBe(3);
    expect(app.logs().join('\n')).not.toContain(secret);
  });

  it('tells everybody once, on every device', async () => {
    const { one, other, message } = await acquainted();
    const streams = [one, one, other].map((person) => person.socket().subscribe(EventsDocument, {}));
    for (const stream of streams) expect((await stream.next()).events.__typename).toBe('CaughtUp');
    const first = await one.ask(RecallMessageDocument, { id: message.id });
    expect(await one.ask(RecallMessageDocument, { id: message.id })).toEqual(first);
    await sendText(one, other.user.id, 'next');
    for (const stream of streams) {
      expect((await stream.next()).events).toMatchObject({ __typename: 'MessageChanged', message: { id: message.id, rev: 2, content: null } });
      expect((await stream.next()).events).toMatchObject({ __typename: 'MessageSent', message: { rev: 3 } });
    }
  });

  it('is for the sender only; to strangers the message does not exist', async () => {
    const { other, message } = await acquainted();
    const stranger = await registerUser(app);
    expect(codesOf(await other.execute(RecallMessageDocument, { id: message.id }))).toEqual(['FORBIDDEN']);
    const refused = await stranger.execute(RecallMessageDocument, { id: message.id });
    expect(codesOf(refused)).toEqual(['NOT_FOUND']);
    const uuid = Buffer.from(message.id, 'base64url').toString().split(':')[1];
    for (const id of [
      globalId('Message', `${randomUUID()}:1`),
      globalId('Message', `${uuid}:2`),
      globalId('Message', `${uuid}:-1`),
      message.conversation.id,
      'x',
      '',
    ]) {
      const answer = await stranger.execute(RecallMessageDocument, { id });
      expect([answer.errors, answer.data]).toEqual([refused.errors, refused.data]);
    }
    expect((await history(other, message.conversation.id))[0]?.content?.text).toBe('first');
  });

  it('is refused after the window, by the clock of the database', async () => {
    const windowMs = 40;
    const brief = await startApp({ RECALL_SECONDS: String(windowMs / 1000) });
    const [one, other] = await registerTwo(brief);
    const message = await sendText(one, other.user.id, 'too late');
    for (let passed = 0; passed <= windowMs; ) passed = Date.parse((await sendText(one, other.user.id, 'tick')).createdAt) - Date.parse(message.createdAt);
    for (const [locale, sentence] of [
      ['zh', '消息已超过可撤回的时间，不能撤回'],
      ['en', 'The message is too old to be recalled'],
    ] as const) {
      const answer = await brief.execute(RecallMessageDocument, { id: message.id }, { token: one.token, locale });
      expect(codesOf(answer)).toEqual(['RECALL_EXPIRED']);
      expect(answer.errors[0]?.message).toBe(sentence);
    }
    // Who may not recall at all is told that first.
    expect(codesOf(await other.execute(RecallMessageDocument, { id: message.id }))).toEqual(['FORBIDDEN']);
    expect((await history(other, message.conversation.id))[0]?.content?.text).toBe('too late');
  });

  it('answers the same after the window to whoever recalled within it', async () => {
    const before = await startApp();
    const [one, other] = await registerTwo(before);
    const { id } = await sendText(one, other.user.id, 'hello');
    const first = await one.ask(RecallMessageDocument, { id });
    await before.stop();
    const after = await startApp({ ...before.env, RECALL_SECONDS: '0.001' });
    expect(await one.at(after).ask(RecallMessageDocument, { id })).toEqual(first);
  });
});
