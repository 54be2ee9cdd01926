import { expect, test } from 'vitest';
import {
  InviteToGroupDocument,
  MarkReadDocument,
  ReactDocument,
  RecallMessageDocument,
  RemoveMemberDocument,
  SendMessageDocument,
  UpdateConversationDocument,
  UpdateGroupDocument,
  UpdateMemberDocument,
  UpdateProfileDocument,
} from '../../test/generated/graphql.ts';
import { createGroup, memberIdOf } from '../../test/support/groups.ts';
import { makeFriends, openChatset, registerUser, sendText } from '../../test/support/people.ts';
import { openProxy } from '../../test/support/proxy.ts';
import type { Parley } from '../src/index.ts';
import { becomes, openPage, tokensOf } from './page.ts';
import { createHolding, look, pageOf, setStage, textsOf } from './stage.ts';

const groupsOf = (parley: Parley) => parley.conversations.get().conversations.filter(({ kind }) => kind === 'GROUP');

test('what is written comes into the list and into the chat, and goes on there', async () => {
  const { anna, bert, parley } = await setStage();
  const chat = look(parley.conversationWith(bert.user.id));
  await becomes(chat, ({ isLoading }) => !isLoading, 'nothing to load');
  expect(chat.get()).toMatchObject({ conversation: null, messages: [], hasOlder: false, hasNewer: false, error: null, isGone: false });
  await sendText(bert, anna.user.id, 'one');
  await becomes(chat, ({ messages }) => textsOf(messages).join() === 'one', 'the first message');
  await sendText(bert, anna.user.id, 'two');
  await becomes(chat, ({ messages }) => textsOf(messages).join() === 'one,two', 'the second message');
  const [conversation] = parley.conversations.get().conversations;
  expect(conversation).toBe(chat.conversation);
  expect(conversation).toMatchObject({ unreadCount: 2, lastSeq: 2, lastMessage: { content: { text: 'two' } } });
  expect(parley.conversation(conversation?.id ?? '').conversation).toBe(conversation);
});

test('the conversations are in the order of their activity, and those that nobody wrote to are the same objects as before', async () => {
  const { app, anna, bert, parley } = await setStage();
  const carl = await registerUser(app);
  await openChatset(carl);
  await sendText(bert, anna.user.id, 'from bert');
  await sendText(carl, anna.user.id, 'from carl');
  const { conversations } = await becomes(parley.conversations, (state) => state.conversations.length === 2, 'two conversations');
  expect(conversations.map(({ lastMessage }) => lastMessage?.content?.text)).toEqual(['from carl', 'from bert']);
  await sendText(bert, anna.user.id, 'from bert again');
  const after = await becomes(parley.conversations, (state) => state.conversations[0]?.lastMessage?.content?.text === 'from bert again', 'bert first');
  expect(after.conversations[1]).toBe(conversations[0]);
  expect(after.conversations).toHaveLength(2);
});

test('more conversations come by pages, and none of them twice', async () => {
  const { app, anna, parley } = await setStage();
  const people = await Promise.all(Array.from({ length: 33 }, () => registerUser(app)));
  for (const person of people) {
    await openChatset(person);
    await sendText(anna, person.user.id, 'hello');
  }
  const fresh = await pageOf(anna);
  expect(fresh.conversations.get().conversations).toHaveLength(30);
  expect(fresh.conversations.get().hasMore).toBe(true);
  await fresh.conversations.loadMore();
  const { conversations, hasMore } = fresh.conversations.get();
  expect(hasMore).toBe(false);
  expect(conversations.map(({ peer }) => peer?.id)).toEqual(people.map(({ user }) => user.id).reverse());
  expect((await becomes(parley.conversations, (state) => state.conversations.length === 33, 'all of them')).conversations.map(({ id }) => id)).toEqual(
    conversations.map(({ id }) => id),
  );
});

test('a history of pages is one list without holes, and the window of a jump joins it', async () => {
  const { anna, bert, parley } = await setStage();
  const sent: string[] = [];
  for (let number = 1; number <= 130; number++) sent.push((await sendText(bert, anna.user.id, `${number}`)).id);
  const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, place) => from + place);
  const chat = look(parley.conversationWith(bert.user.id));
  const seqs = () => chat.messages.map(({ seq }) => seq);
  await becomes(chat, ({ messages }) => messages.length === 30, 'the newest page');
  expect(seqs()).toEqual(range(101, 130));
  await chat.loadOlder();
  expect(seqs()).toEqual(range(71, 130));
  await chat.jumpTo(sent[19] ?? '');
  expect(seqs()).toEqual(range(5, 35));
  expect(chat.get()).toMatchObject({ hasOlder: true, hasNewer: true });
  await sendText(bert, anna.user.id, '131');
  await becomes(parley.conversations, ({ conversations }) => conversations[0]?.lastSeq === 131, 'the newest message');
  expect(seqs()).toEqual(range(5, 35));
  await chat.loadNewer();
  expect(seqs()).toEqual(range(5, 65));
  await chat.loadNewer();
  expect(seqs()).toEqual(range(5, 131));
  expect(chat.get()).toMatchObject({ hasOlder: true, hasNewer: false });
  await chat.loadOlder();
  expect(seqs()).toEqual(range(1, 131));
  expect(chat.get().hasOlder).toBe(false);
  const before = chat.messages;
  await chat.jumpTo(sent[0] ?? '');
  expect(chat.messages).toBe(before);
  await chat.jumpTo('nothing');
  expect(chat.get().error).toMatchObject({ code: 'BAD_USER_INPUT' });
});

test('from a jump one comes back to the newest messages', async () => {
  const { anna, bert, parley } = await setStage();
  const first = await sendText(bert, anna.user.id, 'first');
  for (let number = 2; number <= 60; number++) await sendText(bert, anna.user.id, `${number}`);
  const chat = look(parley.conversationWith(bert.user.id));
  await becomes(chat, ({ messages }) => messages.length === 30, 'the newest page');
  await chat.jumpTo(first.id);
  expect(chat.messages.map(({ seq }) => seq)).toEqual(Array.from({ length: 16 }, (_, place) => place + 1));
  await chat.jumpToNewest();
  expect(chat.messages.at(-1)?.seq).toBe(60);
  expect(chat.get().hasNewer).toBe(false);
});

test('an answer that was read before an event, and comes after it, takes nothing back', async () => {
  const { fetch, hold } = createHolding();
  const { anna, bert, parley } = await setStage({}, { fetch });
  const first = await sendText(bert, anna.user.id, 'to be recalled');
  await sendText(bert, anna.user.id, 'second');
  await becomes(parley.conversations, ({ conversations }) => conversations[0]?.lastSeq === 2, 'the messages');
  const answer = hold('query Messages(');
  const chat = look(parley.conversation(first.conversation.id));
  await answer.held;
  await bert.ask(RecallMessageDocument, { id: first.id });
  await sendText(bert, anna.user.id, 'third');
  await becomes(parley.conversations, ({ conversations }) => conversations[0]?.lastSeq === 3, 'the third message');
  answer.release();
  await becomes(chat, ({ messages, isLoading }) => messages.length === 3 && !isLoading, 'all messages');
  expect(chat.messages).toMatchObject([
    { content: null, seq: 1 },
    { content: { text: 'second' }, seq: 2 },
    { content: { text: 'third' }, seq: 3 },
  ]);
  expect(chat.messages[0]?.recalledAt).not.toBe(null);
  expect(chat.conversation?.lastSeq).toBe(3);
});

test('the quote of a message that is recalled says nothing any more', async () => {
  const { anna, bert, parley } = await setStage();
  const quoted = await sendText(bert, anna.user.id, 'a secret');
  await sendText(bert, anna.user.id, 'something else');
  await bert.ask(SendMessageDocument, { input: { to: anna.user.id, clientId: crypto.randomUUID(), content: { text: 'as I said' }, replyTo: quoted.id } });
  const chat = look(parley.conversationWith(bert.user.id));
  await becomes(chat, ({ messages }) => messages[2]?.replyTo?.content?.text === 'a secret', 'the quote');
  const [, other] = chat.messages;
  await bert.ask(RecallMessageDocument, { id: quoted.id });
  await becomes(chat, ({ messages }) => messages[2]?.replyTo?.content === null, 'the quote without its text');
  expect(chat.messages[0]).toMatchObject({ content: null });
  expect(chat.messages[1]).toBe(other);
});

test('unread messages are counted without those of muted conversations, and read marks of both are shown', async () => {
  const { app, anna, bert, parley } = await setStage();
  const carl = await registerUser(app);
  await openChatset(carl);
  const message = await sendText(bert, anna.user.id, 'one');
  await sendText(bert, anna.user.id, 'two');
  await sendText(carl, anna.user.id, 'three');
  await becomes(parley.unread, (count) => count === 3, 'three unread messages');
  const conversationId = message.conversation.id;
  await anna.ask(UpdateConversationDocument, { conversationId, isMuted: true });
  await becomes(parley.unread, (count) => count === 1, 'one unread message');
  await anna.ask(UpdateConversationDocument, { conversationId, isMuted: false });
  await becomes(parley.unread, (count) => count === 3, 'three again');
  const chat = parley.conversation(conversationId);
  chat.markRead(1);
  expect(parley.unread.get()).toBe(2);
  expect(chat.conversation).toMatchObject({ readSeq: 1, unreadCount: 1 });
  chat.markRead();
  await becomes(parley.unread, (count) => count === 1, 'one is left');
  const theirs = await pageOf(bert);
  expect(theirs.conversations.get().conversations[0]?.peerReadSeq).toBeGreaterThan(0);
  await becomes(theirs.conversations, ({ conversations }) => conversations[0]?.peerReadSeq === 2, 'the mark of the peer');
  await sendText(anna, bert.user.id, 'an answer');
  await becomes(chat, ({ conversation }) => conversation?.lastSeq === 3, 'the answer');
  await bert.ask(MarkReadDocument, { conversationId, seq: 3 });
  await becomes(chat, ({ conversation }) => conversation?.peerReadSeq === 3, 'bert has read it');
});

test('all that is unread is counted, also where no page of the list has reached', async () => {
  const { app, anna } = await setStage();
  for (let number = 0; number < 35; number++) await sendText(await registerUser(app), anna.user.id, 'hello');
  const fresh = await pageOf(anna);
  expect(fresh.unread.get()).toBe(30);
  await becomes(fresh.unread, (count) => count === 35, 'all of them');
});

test('what is archived is in a list of its own, and stays there when something is written', async () => {
  const { anna, bert, parley } = await setStage();
  const { conversation } = await sendText(bert, anna.user.id, 'one');
  await becomes(parley.conversations, ({ conversations }) => conversations.length === 1, 'the conversation');
  await anna.ask(UpdateConversationDocument, { conversationId: conversation.id, isArchived: true });
  await becomes(parley.conversations, ({ conversations }) => conversations.length === 0, 'an empty list');
  await sendText(bert, anna.user.id, 'two');
  const { conversations } = await becomes(parley.archived, (state) => state.conversations[0]?.lastSeq === 2, 'the archived one');
  expect(conversations).toHaveLength(1);
  expect(parley.conversations.get().conversations).toEqual([]);
});

test('reactions of others and of the viewer are told apart', async () => {
  const { anna, bert, parley } = await setStage();
  const message = await sendText(bert, anna.user.id, 'one');
  const chat = look(parley.conversation(message.conversation.id));
  await bert.ask(ReactDocument, { messageId: message.id, emoji: '👍' });
  await becomes(chat, ({ messages }) => messages[0]?.reactions.length === 1, 'the reaction');
  expect(chat.messages[0]?.reactions).toEqual([{ emoji: '👍', count: 1, viewerReacted: false }]);
  await anna.ask(ReactDocument, { messageId: message.id, emoji: '👍' });
  await becomes(chat, ({ messages }) => messages[0]?.reactions[0]?.count === 2, 'the second one');
  expect(chat.messages[0]?.reactions).toEqual([{ emoji: '👍', count: 2, viewerReacted: true }]);
});

test('a group is there when one is invited, changes, is gone when one is removed, and is there again from then on', async () => {
  const { app, anna, bert, parley } = await setStage();
  await makeFriends(anna, bert);
  const { id } = await createGroup(bert, [anna], { name: 'a group' });
  const chat = look(parley.conversation(id));
  await becomes(chat, ({ conversation }) => conversation?.title === 'a group', 'the group');
  await sendText(bert, id, 'before');
  await becomes(chat, ({ messages }) => textsOf(messages).at(-1) === 'before', 'a message');
  await bert.ask(UpdateGroupDocument, { input: { conversationId: id, name: 'another name' } });
  await becomes(parley.conversations, () => groupsOf(parley)[0]?.title === 'another name', 'the new name');
  const memberId = memberIdOf(id, anna);
  await bert.ask(UpdateMemberDocument, { memberId, role: 'ADMIN' });
  await becomes(parley.entity(memberId), (member) => member !== null && 'role' in member && member.role === 'ADMIN', 'an admin');
  const carl = await registerUser(app);
  await makeFriends(bert, carl);
  await bert.ask(InviteToGroupDocument, { conversationId: id, userIds: [carl.user.id] });
  await becomes(chat, ({ conversation }) => conversation?.group?.memberCount === 3, 'three members');
  await bert.ask(RemoveMemberDocument, { memberId });
  await becomes(chat, ({ isGone }) => isGone, 'the group is gone');
  expect(chat.get()).toMatchObject({ conversation: null, messages: [] });
  expect(groupsOf(parley)).toEqual([]);
  await sendText(bert, id, 'not for her');
  await bert.ask(InviteToGroupDocument, { conversationId: id, userIds: [anna.user.id] });
  await sendText(bert, id, 'after');
  await becomes(chat, ({ messages, isGone, isLoading }) => !isGone && !isLoading && textsOf(messages).at(-1) === 'after', 'the group is there again');
  expect(textsOf(chat.messages)).not.toContain('not for her');
  expect(groupsOf(parley)[0]).toBe(chat.conversation);
});

test('a group that one is removed from is gone also where an answer of before comes later', async () => {
  const { fetch, hold } = createHolding();
  const { anna, bert, parley } = await setStage({}, { fetch });
  await makeFriends(anna, bert);
  const { id } = await createGroup(bert, [anna], { name: 'a group' });
  await sendText(bert, id, 'hello');
  await becomes(parley.conversations, () => groupsOf(parley)[0]?.lastSeq === 2, 'the group');
  const answer = hold('query Messages(');
  const chat = look(parley.conversation(id));
  await answer.held;
  await bert.ask(RemoveMemberDocument, { memberId: memberIdOf(id, anna) });
  await becomes(chat, ({ isGone }) => isGone, 'the group is gone');
  answer.release();
  await becomes(chat, ({ isLoading }) => !isLoading, 'the answer');
  await anna.ask(UpdateProfileDocument, { input: { nickname: 'Anne' } });
  await becomes(parley.entity(anna.user.id), (user) => user?.nickname === 'Anne', 'a later event');
  expect(chat.get()).toMatchObject({ conversation: null, messages: [], isGone: true });
  expect(groupsOf(parley)).toEqual([]);
});

test('whoever takes another name has it everywhere', async () => {
  const { anna, bert, parley } = await setStage();
  await sendText(bert, anna.user.id, 'one');
  const chat = look(parley.conversationWith(bert.user.id));
  await becomes(chat, ({ messages }) => messages.length === 1, 'the message');
  await bert.ask(UpdateProfileDocument, { input: { nickname: 'Bertram' } });
  await becomes(chat, ({ messages }) => messages[0]?.sender?.nickname === 'Bertram', 'the new name');
  expect(chat.conversation).toMatchObject({ title: 'Bertram', peer: { nickname: 'Bertram' }, lastMessage: { sender: { nickname: 'Bertram' } } });
});

test('after a SyncReset everything is as a fresh page has it', async () => {
  const { app, anna, bert } = await setStage({ REPLAY_LIMIT: '5' });
  const proxy = await openProxy(app.url);
  const { parley, events } = openPage({ url: proxy.url }, { tokens: tokensOf(anna) });
  await makeFriends(anna, bert);
  const group = await createGroup(bert, [anna], { name: 'to be left' });
  const first = await sendText(bert, anna.user.id, 'to be recalled');
  await parley.restore();
  const chat = look(parley.conversationWith(bert.user.id));
  const left = look(parley.conversation(group.id));
  await becomes(chat, ({ messages }) => messages.length === 2, 'the message');
  await becomes(left, ({ messages }) => messages.length > 0, 'the group');
  await events.until(({ __typename }) => __typename === 'CaughtUp');
  await proxy.cut();
  await bert.ask(RecallMessageDocument, { id: first.id });
  await bert.ask(RemoveMemberDocument, { memberId: memberIdOf(group.id, anna) });
  for (let number = 0; number < 10; number++) await sendText(bert, anna.user.id, `${number}`);
  await proxy.mend();
  await becomes(chat, ({ messages, isLoading }) => messages.length === 12 && !isLoading, 'all messages');
  await becomes(left, ({ isGone }) => isGone, 'the group is gone');
  const fresh = await pageOf(anna);
  const theirs = look(fresh.conversationWith(bert.user.id));
  await becomes(theirs, ({ messages }) => messages.length === 12, 'the same');
  expect(chat.messages).toEqual(theirs.messages);
  expect(chat.messages[1]).toMatchObject({ content: null });
  expect(parley.conversations.get().conversations).toEqual(fresh.conversations.get().conversations);
  expect(parley.unread.get()).toBe(10);
});

test('what was missed while the network was away comes by itself', async () => {
  const { app, anna, bert } = await setStage();
  const proxy = await openProxy(app.url);
  const { parley } = openPage({ url: proxy.url }, { tokens: tokensOf(anna) });
  await parley.restore();
  await sendText(bert, anna.user.id, 'before');
  const chat = look(parley.conversationWith(bert.user.id));
  await becomes(chat, ({ messages }) => messages.length === 1, 'the message');
  const [before] = chat.messages;
  await proxy.cut();
  await sendText(bert, anna.user.id, 'meanwhile');
  await proxy.mend();
  await becomes(chat, ({ messages }) => textsOf(messages).join() === 'before,meanwhile', 'both messages');
  expect(chat.messages[0]).toBe(before);
});

test('signing out empties what somebody holds, and the next one sees nothing of it', async () => {
  const { anna, bert, parley } = await setStage();
  await sendText(bert, anna.user.id, 'one');
  const chat = look(parley.conversationWith(bert.user.id));
  await becomes(chat, ({ messages }) => messages.length === 1, 'the message');
  const user = parley.entity(bert.user.id);
  expect(user.get()?.nickname).toBe(bert.user.nickname);
  await parley.signOut();
  expect(chat.get()).toMatchObject({ conversation: null, messages: [], isLoading: false });
  expect(parley.conversations.get()).toMatchObject({ conversations: [], isLoading: false });
  expect(user.get()).toBe(null);
  expect(parley.unread.get()).toBe(0);
  await parley.signIn({ username: bert.username, password: bert.password });
  await becomes(parley.conversations, ({ conversations }) => conversations.length === 1, 'the conversation of bert');
  expect(chat.messages).toEqual([]);
});
