import { beforeAll, describe, expect, it, vi } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { entities } from '../../src/entities.ts';
import { createDatabase } from '../../src/platform/database.ts';
import { BlockUserDocument, SetTypingDocument, TypingDocument, UnblockUserDocument } from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { codesOf } from '../support/client.ts';
import { closeLater } from '../support/lifetime.ts';
import { loginAgain, type Person, registerTwo, registerUser, sendText } from '../support/people.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});

/** Two people who have written to each other, and the id of their conversation. */
async function talking(at: TestApp = app): Promise<[Person, Person, string]> {
  const [one, other] = await registerTwo(at);
  const { conversation } = await sendText(one, other.user.id, 'hello');
  await sendText(other, conversation.id, 'hello');
  return [one, other, conversation.id];
}

/** What the listener is told of the speaker's typing, from a moment on at which the subscription is known to hear; nothing of it waits to be taken. */
async function hearing(listener: Person, speaker: Person, conversationId: string) {
  const socket = listener.socket();
  await socket.connected();
  const stream = socket.subscribe(TypingDocument, { conversationId });
  // What is said before anybody listens is told to nobody, and not again for a while: but anew after a message.
  for (let isHeard = false; !isHeard; ) {
    await sendText(speaker, conversationId, 'done');
    await speaker.ask(SetTypingDocument, { conversationId });
    isHeard = await vi
      .waitFor(() => expect(stream.all().length).toBeGreaterThan(0), { timeout: 1000, interval: 10 })
      .then(
        () => true,
        () => false,
      );
  }
  await stream.next();
  return stream;
}

describe('typing', () => {
  it('tells the other one, who and where', async () => {
    const [one, other, conversationId] = await talking();
    const stream = await hearing(other, one, conversationId);
    expect(stream.all()[0]?.data?.typing).toEqual({ conversation: { id: conversationId }, user: { id: one.user.id, uuid: one.user.uuid } });
  });

  it('never tells one of oneself, on no device', async () => {
    const [one, other, conversationId] = await talking();
    const mine = await hearing(await loginAgain(one), other, conversationId);
    await hearing(other, one, conversationId);
    expect(mine.all().map(({ data }) => data?.typing.user.uuid)).toEqual([other.user.uuid]);
  });

  it('is told once however often it is said within a moment', async () => {
    const slow = await startApp({ TYPING_SECONDS: '600' });
    const [one, other, conversationId] = await talking(slow);
    const socket = other.socket();
    await socket.connected();
    const stream = socket.subscribe(TypingDocument, { conversationId });
    const say = () => one.ask(SetTypingDocument, { conversationId });
    for (let round = 0; round < 20; round += 1) expect(await say()).toEqual({ setTyping: true });
    expect(stream.all().length).toBeLessThanOrEqual(1);
  });

  it('is told anew after a message, however soon', async () => {
    const slow = await startApp({ TYPING_SECONDS: '600' });
    const [one, other, conversationId] = await talking(slow);
    const stream = await hearing(other, one, conversationId);
    for (let round = 0; round < 3; round += 1) {
      await sendText(one, conversationId, 'done');
      await one.ask(SetTypingDocument, { conversationId });
      expect((await stream.next()).typing.user.uuid).toBe(one.user.uuid);
    }
    await sendText(other, conversationId, 'of the other one');
    await one.ask(SetTypingDocument, { conversationId });
    await sendText(one, conversationId, 'done');
    await one.ask(SetTypingDocument, { conversationId });
    expect((await stream.next()).typing.user.uuid).toBe(one.user.uuid);
    expect(stream.waiting()).toEqual([]);
  });

  it('comes again while it goes on', async () => {
    const quick = await startApp({ TYPING_SECONDS: '0.6' });
    const [one, other, conversationId] = await talking(quick);
    const stream = await hearing(other, one, conversationId);
    const again = async () => {
      await one.ask(SetTypingDocument, { conversationId });
      return stream.all().length;
    };
    await expect.poll(again, { timeout: 8000 }).toBeGreaterThan(3);
  });

  it('is refused where a message would be', async () => {
    const [one, other, conversationId] = await talking();
    await other.ask(BlockUserDocument, { userId: one.user.id });
    expect(codesOf(await one.execute(SetTypingDocument, { conversationId }))).toEqual(['BLOCKED']);
    expect(codesOf(await other.execute(SetTypingDocument, { conversationId }))).toEqual(['BLOCKED_BY_YOU']);
    await other.ask(UnblockUserDocument, { userId: one.user.id });
    expect(await one.ask(SetTypingDocument, { conversationId })).toEqual({ setTyping: true });
  });

  it('does not exist for those who are no members, as for ids that never were', async () => {
    const [, , conversationId] = await talking();
    const stranger = await registerUser(app);
    const socket = stranger.socket();
    await socket.connected();
    const unknown = Buffer.from('Conversation:00000000-0000-4000-8000-000000000000').toString('base64url');
    for (const id of [conversationId, unknown, stranger.user.id, 'nonsense']) {
      expect(codesOf(await stranger.execute(SetTypingDocument, { conversationId: id }))).toEqual(['NOT_FOUND']);
      expect(codesOf(await socket.subscribe(TypingDocument, { conversationId: id }).answer())).toEqual(['NOT_FOUND']);
    }
  });

  it('completes for whoever is a member no more, and tells nothing before', async () => {
    const [one, other, conversationId] = await talking();
    const stream = await hearing(other, one, conversationId);
    const config = readConfig(app.env);
    const database = await createDatabase({ ...config.database, dataDir: config.dataDir }, entities);
    closeLater(() => database.close());
    await database.transaction((tx) =>
      tx.db
        .updateTable('Member')
        .set({ active: 0 })
        .where('userId', '=', ({ selectFrom }) => selectFrom('User').select('id').where('uuid', '=', other.user.uuid))
        .execute(),
    );
    const ended = stream.ended();
    await expect
      .poll(
        async () => {
          await one.ask(SetTypingDocument, { conversationId });
          return await Promise.race([ended, 'open']);
        },
        { timeout: 8000 },
      )
      .toBe('completed');
    expect(stream.waiting()).toEqual([]);
  });
});
