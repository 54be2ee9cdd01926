import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  BlockUserDocument,
  FollowDocument,
  RecallMessageDocument,
  RelationshipToDocument,
  SendMessageDocument,
  type SendMessageInput,
  UnblockUserDocument,
  UnfollowDocument,
  UpdateChatsetDocument,
  UpdateUserDocument,
} from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { codesOf, present } from '../support/client.ts';
import { adminEnv, loginAdmin, openChatset, type Person, registerTwo, registerUser, registerVisitor, sendText } from '../support/people.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startApp(adminEnv);
});

const send = (from: Person, to: string, text = 'hello', more: Partial<SendMessageInput> = {}) =>
  from.execute(SendMessageDocument, { input: { to, clientId: randomUUID(), content: { text }, ...more } });

/** One who has written to the other, the id of their conversation, and the message. */
async function acquainted() {
  const [one, other] = await registerTwo(app);
  const message = await sendText(one, other.user.id, 'first');
  return { one, other, message, conversationId: message.conversation.id };
}

describe('the policy (U4)', () => {
  const canMessage = async (from: Person, to: Person) =>
    present((await from.ask(RelationshipToDocument, { uuid: to.user.uuid })).userInfo?.relationship).canMessage;

  /** What sendMessage answers: the code, or null where it sends. canMessage must have said the same before (U6). */
  async function attempt(from: Person, to: Person): Promise<string | null> {
    const before = await canMessage(from, to);
    const code = codesOf(await send(from, to.user.id))[0] ?? null;
    expect(before).toMatchObject({ allowed: code === null, reason: code });
    if (before.allowed && before.remaining === 1)
      expect(await canMessage(from, to)).toEqual({ allowed: false, reason: 'MESSAGE_LIMIT_REACHED', remaining: null });
    return code;
  }

  const cases = [
    { kind: 'a visitor', make: () => registerVisitor(app), rule: 'visitor', refusal: 'LOGIN_REQUIRED' },
    { kind: 'a user', make: () => registerUser(app), rule: 'user', refusal: 'FRIENDSHIP_REQUIRED' },
  ] as const;

  it.each(cases)('holds $kind to the rule of its kind only', async ({ make, rule, refusal }) => {
    const [from, to] = await Promise.all([make(), registerUser(app)]);
    const other = rule === 'visitor' ? 'user' : 'visitor';
    const set = (sendCount: number, needFollow: boolean) =>
      to.ask(UpdateChatsetDocument, { input: { [rule]: { sendCount, needFollow }, [other]: { sendCount: 2 - sendCount, needFollow: !needFollow } } });
    const userId = to.user.id;
    expect(await attempt(from, to)).toBe(refusal);
    await from.ask(FollowDocument, { userId });
    expect(await attempt(from, to)).toBe(refusal);
    await set(0, false);
    expect(await attempt(from, to)).toBe(refusal);
    await from.ask(UnfollowDocument, { userId });
    await set(1, true);
    expect(await attempt(from, to)).toBe('FOLLOW_REQUIRED');
    await from.ask(FollowDocument, { userId });
    expect(await attempt(from, to)).toBeNull();
    expect(await attempt(from, to)).toBe('MESSAGE_LIMIT_REACHED');
    await from.ask(UnfollowDocument, { userId });
    expect(await attempt(from, to)).toBe('FOLLOW_REQUIRED');
    await set(1, false);
    expect(await attempt(from, to)).toBe('MESSAGE_LIMIT_REACHED');
    await set(2, true);
    expect(await attempt(from, to)).toBe('FOLLOW_REQUIRED');
    await from.ask(FollowDocument, { userId });
    expect(await attempt(from, to)).toBeNull();
    await from.ask(UnfollowDocument, { userId });
    await set(2, false);
    expect(await attempt(from, to)).toBeNull();
    expect(await attempt(from, to)).toBeNull();
    await set(0, false);
    expect(await attempt(from, to)).toBe(refusal);
    // Whoever has written may be answered, whatever the chatset says.
    await to.execute(SendMessageDocument, { input: { to: from.user.id, clientId: randomUUID(), content: { text: 'x' } } });
    expect(await attempt(from, to)).toBeNull();
  });

  it('opens to a visitor to whom a user has written', async () => {
    const [visitor, user] = await Promise.all([registerVisitor(app), registerUser(app)]);
    await openChatset(user);
    expect(await attempt(visitor, user)).toBeNull();
    await user.ask(UpdateChatsetDocument, { input: { visitor: { sendCount: 0 } } });
    expect(await attempt(visitor, user)).toBe('LOGIN_REQUIRED');
    expect(await attempt(user, visitor)).toBeNull();
    expect(await attempt(visitor, user)).toBeNull();
  });

  it('counts a recalled message as the one message (U5)', async () => {
    const [from, to] = await Promise.all([registerVisitor(app), registerUser(app)]);
    await to.ask(UpdateChatsetDocument, { input: { visitor: { sendCount: 1, needFollow: false } } });
    const { id } = await sendText(from, to.user.id, 'only one');
    await from.ask(RecallMessageDocument, { id });
    expect(await attempt(from, to)).toBe('MESSAGE_LIMIT_REACHED');
  });

  it('lets the first rule that matches decide: disabled, blocked, blocked by you, then the rest', async () => {
    const { one, other, conversationId } = await acquainted();
    const admin = await loginAdmin(app);
    await sendText(other, one.user.id, 'hello');
    await one.ask(BlockUserDocument, { userId: other.user.id });
    expect(await attempt(one, other)).toBe('BLOCKED_BY_YOU');
    expect(await attempt(other, one)).toBe('BLOCKED');
    await other.ask(BlockUserDocument, { userId: one.user.id });
    expect(await attempt(one, other)).toBe('BLOCKED');
    await one.ask(UnblockUserDocument, { userId: other.user.id });
    expect(await attempt(one, other)).toBe('BLOCKED');
    await admin.ask(UpdateUserDocument, { userId: other.user.id, enabled: false });
    expect(codesOf(await send(one, other.user.id))).toEqual(['RECIPIENT_UNAVAILABLE']);
    expect(codesOf(await send(one, conversationId))).toEqual(['RECIPIENT_UNAVAILABLE']);
  });

  it('says why in both languages', async () => {
    const [visitor, user, to, admin] = await Promise.all([registerVisitor(app), registerUser(app), registerUser(app), loginAdmin(app)]);
    const says = async (from: Person, sentences: { zh: string; en: string }) => {
      for (const locale of ['zh', 'en'] as const) {
        const variables = { input: { to: to.user.id, clientId: randomUUID(), content: { text: 'x' } } };
        const answer = await app.execute(SendMessageDocument, variables, { token: from.token, locale });
        expect(answer.errors.map((error) => error.message)).toEqual([sentences[locale]]);
      }
    };
    await says(visitor, { zh: '对方设置成：先登录才能发消息', en: 'This user receives messages only from registered users: register or log in first' });
    await says(user, { zh: '对方设置成：需要您先成为他的好友才能发消息', en: 'This user receives messages only from friends' });
    await to.ask(UpdateChatsetDocument, { input: { user: { sendCount: 1, needFollow: true } } });
    await says(user, { zh: '需要先关注对方才能发送消息', en: 'Follow this user first' });
    await user.ask(FollowDocument, { userId: to.user.id });
    await sendText(user, to.user.id, 'x');
    await says(user, { zh: '在成为好友之前，对方只允许向他发一条消息', en: 'This user accepts one message before you are friends' });
    await to.ask(BlockUserDocument, { userId: user.user.id });
    await says(user, { zh: '对方把你拉黑了，不能发送消息', en: 'This user has blocked you' });
    await admin.ask(UpdateUserDocument, { userId: to.user.id, enabled: false });
    await says(user, { zh: '对方不存在或者被禁用，不能发消息', en: 'This user does not exist or is disabled and cannot receive messages' });
  });
});
