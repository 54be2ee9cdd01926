import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  CarriedDocument,
  CarriedInDocument,
  InboxDocument,
  MarkReadDocument,
  RecallCarriedDocument,
  SendCarriedDocument,
  type SendMessageInput,
} from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { codesOf, present, refusalsOf } from '../support/client.ts';
import { makeOpenGroup } from '../support/open-group.ts';
import { openChatset, type Person, registerTwo, registerUser, sendText } from '../support/people.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});

const send = (person: Person, to: string, more: Partial<SendMessageInput> = {}) =>
  person.execute(SendCarriedDocument, { input: { to, clientId: randomUUID(), content: { text: 'hello' }, ...more } });
const sent = async (person: Person, to: string, more: Partial<SendMessageInput> = {}) => present((await send(person, to, more)).data?.sendMessage);
const countOf = async (person: Person, id: string) => {
  const conversation = present((await person.ask(CarriedInDocument, { id })).conversation);
  return [conversation.unreadCount, conversation.unreadMentionCount];
};
const idsOf = (users: readonly { readonly id: string }[]) => users.map(({ id }) => id).sort();

describe('mentions', () => {
  it('name members of the conversation, from its first message on', async () => {
    const [one, other] = await registerTwo(app);
    const first = await sent(one, other.user.id, { mentions: [other.user.id] });
    expect(first).toMatchObject({ seq: 1, mentions: [{ id: other.user.id }], mentionsEveryone: false });
    const both = await sent(other, first.conversation.id, { mentions: [one.user.id, other.user.id, one.user.id] });
    expect(idsOf(both.mentions)).toEqual(idsOf([one.user, other.user]));
    expect((await sent(one, other.user.id)).mentions).toEqual([]);
    expect((await other.ask(CarriedDocument, { id: first.id })).node).toEqual({ ...first, __typename: 'Message' });
  });

  it('name nobody else, whether there is such a user or not', async () => {
    const [one, other] = await registerTwo(app);
    const stranger = await registerUser(app);
    const refused = await send(one, other.user.id, { mentions: [stranger.user.id] });
    expect(refusalsOf(refused)).toEqual([['BAD_USER_INPUT', 'mentions']]);
    const message = await sendText(one, other.user.id, 'first');
    const nobody = Buffer.from(`User:${randomUUID()}`).toString('base64url');
    for (const id of [stranger.user.id, nobody, 'x', '', message.conversation.id])
      expect((await send(one, message.conversation.id, { mentions: [other.user.id, id] })).errors).toEqual(refused.errors);
    expect((await sendText(one, other.user.id, 'next')).seq).toBe(2);
  });

  it('are at most 50 people', async () => {
    const [one, other] = await registerTwo(app);
    const many = Array.from({ length: 51 }, () => Buffer.from(`User:${randomUUID()}`).toString('base64url'));
    const answer = await send(one, other.user.id, { mentions: many });
    expect(refusalsOf(answer)).toEqual([['BAD_USER_INPUT', 'mentions']]);
    expect(answer.errors[0]?.message).toContain('50');
    expect((await send(one, other.user.id, { mentions: Array.from({ length: 60 }, () => other.user.id) })).errors).toEqual([]);
  });

  it('are part of what a repeated send must be equal in', async () => {
    const [one, other] = await registerTwo(app);
    const input = { to: other.user.id, clientId: randomUUID(), content: { text: 'hello' } };
    const first = await one.ask(SendCarriedDocument, { input: { ...input, mentions: [one.user.id, other.user.id] } });
    expect(await one.ask(SendCarriedDocument, { input: { ...input, mentions: [other.user.id, one.user.id, other.user.id], mentionsEveryone: false } })).toEqual(
      first,
    );
    for (const mentions of [undefined, [], [other.user.id]])
      expect(codesOf(await one.execute(SendCarriedDocument, { input: { ...input, ...(mentions && { mentions }) } }))).toEqual(['CONFLICT']);
    const plain = { ...input, clientId: randomUUID() };
    const without = await one.ask(SendCarriedDocument, { input: plain });
    expect(await one.ask(SendCarriedDocument, { input: { ...plain, mentions: [], mentionsEveryone: null } })).toEqual(without);
  });

  it('are gone with a recall', async () => {
    const [one, other] = await registerTwo(app);
    const message = await sent(one, other.user.id, { mentions: [other.user.id] });
    expect(await countOf(other, message.conversation.id)).toEqual([1, 1]);
    expect((await one.ask(RecallCarriedDocument, { id: message.id })).recallMessage).toMatchObject({ mentions: [], mentionsEveryone: false });
    expect(await countOf(other, message.conversation.id)).toEqual([0, 0]);
  });

  it('of everyone are not for two people', async () => {
    const [one, other] = await registerTwo(app);
    expect(refusalsOf(await send(one, other.user.id, { mentionsEveryone: true }))).toEqual([['BAD_USER_INPUT', 'mentionsEveryone']]);
  });
});

describe('mentionsEveryone', () => {
  it('is for the owner and admins of a group, and counts for all others', async () => {
    const [owner, one, other] = await Promise.all([registerUser(app), registerUser(app), registerUser(app)]);
    const { id } = await makeOpenGroup(owner, [one, other]);
    expect(refusalsOf(await send(one, id, { mentionsEveryone: true }))).toEqual([['FORBIDDEN', 'mentionsEveryone']]);
    const message = await sent(owner, id, { mentionsEveryone: true, mentions: [one.user.id] });
    expect(message).toMatchObject({ mentionsEveryone: true, mentions: [{ id: one.user.id }] });
    await sent(other, id, { mentions: [one.user.id] });
    await sent(other, id);
    expect([await countOf(one, id), await countOf(other, id), await countOf(owner, id)]).toEqual([
      [3, 2],
      [0, 0],
      [2, 0],
    ]);
    const stranger = await registerUser(app);
    expect(refusalsOf(await send(owner, id, { mentions: [stranger.user.id] }))).toEqual([['BAD_USER_INPUT', 'mentions']]);
    await owner.ask(RecallCarriedDocument, { id: message.id });
    expect(await countOf(one, id)).toEqual([2, 1]);
  });
});

describe('unreadMentionCount', () => {
  it('counts what others wrote above the read mark, and falls as it is read', async () => {
    const [one, other] = await registerTwo(app);
    await openChatset(one);
    const name = { mentions: [other.user.id] };
    const { id } = (await sent(one, other.user.id, name)).conversation;
    await sent(one, id);
    await sent(one, id, name);
    await sent(one, id, { mentions: [one.user.id] });
    expect([await countOf(other, id), await countOf(one, id)]).toEqual([
      [4, 2],
      [0, 0],
    ]);
    await other.ask(MarkReadDocument, { conversationId: id, seq: 2 });
    expect(await countOf(other, id)).toEqual([2, 1]);
    await sent(other, id, { mentions: [one.user.id, other.user.id] });
    expect([await countOf(other, id), await countOf(one, id)]).toEqual([
      [0, 0],
      [1, 1],
    ]);
  });

  it('is told for each conversation of a list', async () => {
    const me = await registerUser(app);
    await openChatset(me);
    const expected: Record<string, number> = {};
    for (let count = 0; count < 3; count += 1) {
      const other = await registerUser(app);
      const { id } = (await sendText(other, me.user.id, 'hello')).conversation;
      for (let index = 0; index < count; index += 1) await sent(other, id, { mentions: [me.user.id] });
      expected[id] = count;
    }
    const { conversations } = await me.ask(InboxDocument, {});
    expect(Object.fromEntries(present(conversations).edges.map(({ node }) => [node.id, node.unreadMentionCount]))).toEqual(expected);
  });
});
