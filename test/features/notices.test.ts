import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  BlockUserDocument,
  CarriedInDocument,
  DissolveGroupDocument,
  EditMessageDocument,
  MarkReadDocument,
  NoticeNodeDocument,
  PinMessageDocument,
  ReactDocument,
  RecallMessageDocument,
  RelationshipToDocument,
  SearchMessagesDocument,
  SendCarriedDocument,
  SendMessageDocument,
  SendNoticeAndTitleDocument,
  SendNoticeDocument,
  SendNoticeInPlaceDocument,
  ServerInfoDocument,
  UpdateChatsetDocument,
  UpdateConversationDocument,
  UpdateUserDocument,
} from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { codesOf, present } from '../support/client.ts';
import { insertExternal, insertProvider } from '../support/external-users.ts';
import { createGroup, openTables, registerFriends } from '../support/groups.ts';
import { conversationsOf, noticeTo, requireSystem, sendNotice, systemOf } from '../support/notices.ts';
import { adminEnv, loginAdmin, type Person, registerAgent, registerTwo, registerUser, registerVisitor, sendText } from '../support/people.ts';
import { type KeyClient, keyClient } from '../support/server-keys.ts';

let app: TestApp;
let key: KeyClient;
beforeAll(async () => {
  app = await startApp(adminEnv);
  key = await keyClient(app, ['NOTICES']);
});

const fieldsOf = (answer: { readonly errors: readonly { readonly extensions?: { readonly field?: string } }[] }) =>
  answer.errors.map(({ extensions }) => extensions?.field);

describe('a notice to a person', () => {
  it('stands in the one SYSTEM conversation of theirs, which the first one makes', async () => {
    const person = await registerUser(app);
    expect(await systemOf(person)).toEqual([]);
    const clientId = randomUUID();
    const notice = await sendNotice(key, person, 'Your order is on its way', { clientId });
    expect(notice).toMatchObject({ seq: 1, rev: 1, clientId, sender: null, content: { __typename: 'TextContent', text: 'Your order is on its way' } });
    const again = await sendNotice(key, { userId: person.user.uuid }, 'It is there');
    expect(again).toMatchObject({ seq: 2, rev: 2, conversation: notice.conversation });
    const conversation = await requireSystem(person);
    expect(conversation).toMatchObject({ id: notice.conversation.id, kind: 'SYSTEM', rev: 2, lastSeq: 2, readSeq: 0, isMuted: false, isArchived: false });
    expect(conversation).toMatchObject({ avatar: null, peer: null, peerReadSeq: null, group: null, lastMessage: again });
    expect(conversation.messages.edges.map(({ node }) => node)).toEqual([notice, again]);
  });

  it('counts as unread until it is read, in the conversation and in all', async () => {
    const person = await registerUser(app);
    const { conversation } = await sendNotice(key, person, 'one');
    await sendNotice(key, person, 'two');
    expect(await conversationsOf(person)).toMatchObject({
      viewer: { unreadCount: 2 },
      conversations: { edges: [{ node: { unreadCount: 2, unreadMentionCount: 0 } }] },
    });
    const { markRead } = await person.ask(MarkReadDocument, { conversationId: conversation.id, seq: 1 });
    expect(markRead).toMatchObject({ readSeq: 1, peerReadSeq: null, unreadCount: 1 });
    await person.ask(MarkReadDocument, { conversationId: conversation.id, seq: 99 });
    expect(await conversationsOf(person)).toMatchObject({ viewer: { unreadCount: 0 }, conversations: { edges: [{ node: { readSeq: 2, unreadCount: 0 } }] } });
  });

  it('is called Notifications, in Chinese 通知, or what SYSTEM_TITLE says', async () => {
    const person = await registerUser(app);
    await sendNotice(key, person, 'one');
    const titleIn = async (locale: string, by = person) => (await conversationsOf(by, { locale })).conversations?.edges.map(({ node }) => node.title);
    expect(await titleIn('en')).toEqual(['Notifications']);
    expect(await titleIn('zh')).toEqual(['通知']);
    const named = await startApp({ ...adminEnv, SYSTEM_TITLE: '  Ada’s shop ' });
    const customer = await registerUser(named);
    await sendNotice(await keyClient(named, ['NOTICES']), customer, 'one');
    for (const locale of ['en', 'zh']) expect(await titleIn(locale, customer)).toEqual(['Ada’s shop']);
    for (const wrong of ['x'.repeat(51), '\u200b', 'nimda\u202e']) expect(await faultOfStart({ SYSTEM_TITLE: wrong })).toMatch(/SYSTEM_TITLE/);
  });

  it('shows a CustomContent where type and data are given', async () => {
    const person = await registerUser(app);
    const data = '{"order": 2041}';
    const notice = await sendNotice(key, person, 'Order 2041 shipped', { type: 'shop.order', data });
    expect(notice.content).toEqual({ __typename: 'CustomContent', text: 'Order 2041 shipped', type: 'shop.order', data });
  });

  it('reaches visitors, agents and admins too', async () => {
    const admin = await loginAdmin(app);
    for (const person of [await registerVisitor(app), await registerAgent(admin), admin]) {
      const notice = await sendNotice(key, person, 'for everybody');
      expect((await requireSystem(person)).lastMessage).toEqual(notice);
    }
  });

  it('is found by searching, by its person and by nobody else', async () => {
    const [person, other] = [await registerUser(app), await registerUser(app)];
    const notice = await sendNotice(key, person, 'a parcel with a zebra');
    await sendNotice(key, person, 'Order shipped', { type: 'shop.order', data: '{"secret":"quagga"}' });
    const found = async (by: Person, keyword: string, conversationId?: string) =>
      present((await by.ask(SearchMessagesDocument, { keyword, ...(conversationId && { conversationId }) })).searchMessages).edges.map(({ node }) => node.id);
    expect(await found(person, 'zebra')).toEqual([notice.id]);
    expect(await found(person, 'zebra', notice.conversation.id)).toEqual([notice.id]);
    expect(await found(person, 'quagga')).toEqual([]);
    expect(await found(other, 'zebra')).toEqual([]);
  });

  it('is muted and archived as every other', async () => {
    const person = await registerUser(app);
    const { conversation } = await sendNotice(key, person, 'one');
    await person.ask(UpdateConversationDocument, { conversationId: conversation.id, isMuted: true, isArchived: true });
    await sendNotice(key, person, 'two');
    expect(await requireSystem(person)).toMatchObject({ isMuted: true, isArchived: true, lastSeq: 2, unreadCount: 2 });
  });

  it('is forwarded to elsewhere as what nobody of the people has written, and is not edited there', async () => {
    const [person, friend] = await registerTwo(app);
    const notice = await sendNotice(key, person, 'come at eight');
    const input = { to: friend.user.id, clientId: randomUUID(), content: { forward: notice.id } };
    const { sendMessage: forwarded } = await person.ask(SendCarriedDocument, { input });
    expect(forwarded).toMatchObject({ sender: { id: person.user.id }, forwardedFrom: null, content: { __typename: 'TextContent', text: 'come at eight' } });
    const edited = await person.execute(EditMessageDocument, { id: present(forwarded).id, content: { text: 'come at nine' } });
    expect(codesOf(edited)).toEqual(['FORBIDDEN']);
    const on = await friend.ask(SendCarriedDocument, { input: { to: person.user.id, clientId: randomUUID(), content: { forward: present(forwarded).id } } });
    expect(on.sendMessage?.forwardedFrom).toBeNull();
  });

  it('is RECIPIENT_UNAVAILABLE to somebody who is disabled, and comes again to somebody who is enabled again', async () => {
    const admin = await loginAdmin(app);
    const person = await registerUser(app);
    const { conversation } = await sendNotice(key, person, 'before');
    await admin.ask(UpdateUserDocument, { userId: person.user.id, enabled: false });
    for (const to of [{ userId: person.user.id }, { conversationId: conversation.id }]) {
      const refused = await key.execute(SendNoticeDocument, { input: noticeTo(to, 'meanwhile') });
      expect(codesOf(refused)).toEqual(['RECIPIENT_UNAVAILABLE']);
    }
    await admin.ask(UpdateUserDocument, { userId: person.user.id, enabled: true });
    expect(await sendNotice(key, person, 'after')).toMatchObject({ seq: 2 });
  });

  it('of many at once makes one conversation, whose seq has no holes', async () => {
    const person = await registerUser(app);
    const sent = await Promise.all(Array.from({ length: 40 }, (_, index) => sendNotice(key, person, `notice ${index}`)));
    expect(sent.map(({ seq }) => seq).toSorted((one, other) => one - other)).toEqual(Array.from({ length: 40 }, (_, index) => index + 1));
    expect(new Set(sent.map(({ conversation }) => conversation.id)).size).toBe(1);
    expect((await requireSystem(person)).lastSeq).toBe(40);
  });

  it('stands in nobody else’s lists, and to nobody else exists', async () => {
    const [person, other] = [await registerUser(app), await registerUser(app)];
    const notice = await sendNotice(key, person, 'a secret');
    expect((await conversationsOf(other)).conversations?.edges).toEqual([]);
    expect((await other.ask(NoticeNodeDocument, { id: notice.id })).node).toBeNull();
    expect((await person.ask(NoticeNodeDocument, { id: notice.id })).node).toMatchObject({ content: { text: 'a secret' }, conversation: { kind: 'SYSTEM' } });
  });
});

/** Why a server does not start. */
async function faultOfStart(env: Readonly<Record<string, string>>): Promise<string> {
  return await startApp(env).then(
    () => 'started',
    (error: unknown) => String(error),
  );
}

describe('a notice to somebody by the operator’s own id', () => {
  it('is one to the person, whom either id names', async () => {
    const shop = await startApp(adminEnv);
    await insertProvider(shop, 'shop');
    const person = await registerUser(shop);
    const external = { id: await insertExternal(shop, person.user) };
    const each = await keyClient(shop, ['NOTICES']);
    const clientId = randomUUID();
    const first = await sendNotice(each, { external }, 'one', { clientId });
    expect(await sendNotice(each, person, 'one', { clientId })).toEqual(first);
    expect(await sendNotice(each, { external: { ...external, provider: 'shop' } }, 'two')).toMatchObject({ seq: 2, conversation: first.conversation });
    for (const other of [external.id.toUpperCase(), `${external.id} `, person.user.uuid]) {
      const refused = await each.execute(SendNoticeDocument, { input: noticeTo({ external: { id: other } }, 'x') });
      expect([codesOf(refused), fieldsOf(refused)]).toEqual([['NOT_FOUND'], ['to']]);
    }
    await insertProvider(shop, 'another shop');
    expect(codesOf(await each.execute(SendNoticeDocument, { input: noticeTo({ external }, 'x') }))).toEqual(['BAD_USER_INPUT']);
  });
});

describe('a notice to a conversation', () => {
  it('of two people counts as unread to both, makes none, and as if neither had written', async () => {
    const [one, other] = await registerTwo(app);
    await other.ask(UpdateChatsetDocument, { input: { visitor: { sendCount: 1, needFollow: false }, user: { sendCount: 1, needFollow: false } } });
    const { conversation } = await sendText(one, other.user.id, 'the one message');
    await other.ask(MarkReadDocument, { conversationId: conversation.id, seq: 1 });
    const notice = await sendNotice(key, { conversationId: conversation.id }, 'the item was sold');
    expect(notice).toMatchObject({ seq: 2, sender: null, conversation: { id: conversation.id } });
    for (const person of [one, other]) expect(await conversationsOf(person)).toMatchObject({ viewer: { unreadCount: 1 } });
    const reasonFor = async (from: Person, to: Person) => (await from.ask(RelationshipToDocument, { uuid: to.user.uuid })).userInfo?.relationship?.canMessage;
    expect(await reasonFor(one, other)).toMatchObject({ allowed: false, reason: 'MESSAGE_LIMIT_REACHED' });
    for (const person of [one, other]) expect(await systemOf(person)).toEqual([]);
  });

  it('comes through where one of the two blocks the other', async () => {
    const [one, other] = await registerTwo(app);
    const { conversation } = await sendText(one, other.user.id, 'hello');
    await other.ask(BlockUserDocument, { userId: one.user.id });
    expect(await sendNotice(key, { conversationId: conversation.id }, 'to both')).toMatchObject({ seq: 2 });
  });

  it('of a group is seen by all of it, answered, reacted to, pinned and forwarded, and neither edited nor recalled', async () => {
    const { owner, member } = await registerFriends(app, await openTables(app), 'owner', 'member');
    const group = await createGroup(owner, [member]);
    const notice = await sendNotice(key, { conversationId: group.id }, 'the course begins at eight');
    for (const person of [owner, member]) {
      const { conversation } = await person.ask(CarriedInDocument, { id: group.id });
      expect(conversation?.messages.edges.at(-1)?.node).toMatchObject({ id: notice.id, sender: null });
      // The notice of the invitation counts nowhere.
      expect(conversation?.unreadCount).toBe(1);
    }
    const reply = { to: group.id, clientId: randomUUID(), content: { text: 'I come' }, replyTo: notice.id };
    expect((await member.ask(SendMessageDocument, { input: reply })).sendMessage?.replyTo).toMatchObject({
      id: notice.id,
      content: { __typename: 'TextContent' },
    });
    expect((await member.ask(ReactDocument, { messageId: notice.id, emoji: '👍' })).react?.reactions).toMatchObject([{ emoji: '👍', count: 1 }]);
    expect((await owner.ask(PinMessageDocument, { messageId: notice.id })).pinMessage?.pinnedAt).not.toBeNull();
    const forward = { to: group.id, clientId: randomUUID(), content: { forward: notice.id } };
    expect((await member.ask(SendCarriedDocument, { input: forward })).sendMessage?.content?.text).toBe('the course begins at eight');
    for (const person of [owner, member]) {
      expect(codesOf(await person.execute(RecallMessageDocument, { id: notice.id }))).toEqual(['FORBIDDEN']);
      expect(codesOf(await person.execute(EditMessageDocument, { id: notice.id, content: { text: 'x' } }))).toEqual(['FORBIDDEN']);
    }
  });

  it('that is not there is NOT_FOUND, whoever or whatever is named', async () => {
    const { owner, member } = await registerFriends(app, await openTables(app), 'owner', 'member');
    const group = await createGroup(owner, [member]);
    await owner.ask(DissolveGroupDocument, { conversationId: group.id });
    const never = (type: string) => Buffer.from(`${type}:${randomUUID()}`).toString('base64url');
    const targets = [
      { userId: never('User') },
      { userId: randomUUID() },
      { userId: 'x' },
      { userId: group.id },
      { conversationId: never('Conversation') },
      { conversationId: group.id },
      { conversationId: owner.user.id },
      { conversationId: '' },
    ];
    for (const to of targets) {
      const refused = await key.execute(SendNoticeDocument, { input: noticeTo(to, 'x') });
      expect([codesOf(refused), fieldsOf(refused)], JSON.stringify(to)).toEqual([['NOT_FOUND'], ['to']]);
    }
  });
});

describe('the same clientId', () => {
  it('gives the first notice back, by whatever key and in whatever case, also when its person was disabled since', async () => {
    const other = await keyClient(app, ['ALL']);
    const person = await registerUser(app);
    const clientId = randomUUID();
    const first = await sendNotice(key, person, 'once', { clientId });
    expect(await sendNotice(other, person, 'once', { clientId: clientId.toUpperCase() })).toEqual(first);
    expect(await sendNotice(key, { conversationId: first.conversation.id }, 'once', { clientId })).toEqual(first);
    await (await loginAdmin(app)).ask(UpdateUserDocument, { userId: person.user.id, enabled: false });
    expect(await sendNotice(other, person, 'once', { clientId })).toEqual(first);
  });

  it('with other words, or to somewhere else, is a CONFLICT', async () => {
    const [person, other] = await registerTwo(app);
    const { conversation } = await sendText(person, other.user.id, 'hello');
    const clientId = randomUUID();
    await sendNotice(key, person, 'once', { clientId });
    const to = { userId: person.user.id };
    const custom = { type: 'shop.order', data: '{}' };
    for (const input of [
      noticeTo(to, 'twice', { clientId }),
      noticeTo(to, 'once', { clientId, ...custom }),
      noticeTo({ userId: other.user.id }, 'once', { clientId }),
      noticeTo({ conversationId: conversation.id }, 'once', { clientId }),
    ]) {
      const refused = await key.execute(SendNoticeDocument, { input });
      expect([codesOf(refused), fieldsOf(refused)]).toEqual([['CONFLICT'], ['clientId']]);
    }
    expect(await systemOf(other)).toEqual([]);
    expect((await requireSystem(person)).lastSeq).toBe(1);
  });

  it('of many at once is sent once, also as the first one of a person', async () => {
    for (const known of [true, false]) {
      const person = await registerUser(app);
      if (known) await sendNotice(key, person, 'before');
      const clientId = randomUUID();
      const sent = await Promise.all(Array.from({ length: 20 }, () => sendNotice(key, person, 'at once', { clientId })));
      expect(new Set(sent.map(({ id }) => id)).size).toBe(1);
      expect((await requireSystem(person)).lastSeq).toBe(known ? 2 : 1);
    }
  });

  it('of many at once to different people is sent to one of them', async () => {
    const people = await Promise.all(Array.from({ length: 8 }, () => registerUser(app)));
    const clientId = randomUUID();
    const answers = await Promise.all(
      people.map(({ user }) => key.execute(SendNoticeDocument, { input: noticeTo({ userId: user.id }, 'one of you', { clientId }) })),
    );
    expect(answers.flatMap(codesOf)).toEqual(Array.from({ length: 7 }, () => 'CONFLICT'));
    expect((await Promise.all(people.map(systemOf))).flat()).toHaveLength(1);
  });

  it('is not that of people: a message and a notice with the same one are two', async () => {
    const [person, other] = await registerTwo(app);
    const clientId = randomUUID();
    const { id } = await sendText(person, other.user.id, 'by a person', clientId);
    const notice = await sendNotice(key, person, 'by a server', { clientId });
    expect(notice.id).not.toBe(id);
  });
});

describe('sendNotice refuses', () => {
  it.each([
    ['nothing to see', { text: ' \u200b' }, 'text'],
    ['too much', { text: 'x'.repeat(5001) }, 'text'],
    ['a type without data', { type: 'shop.order' }, 'data'],
    ['data without a type', { data: '{}' }, 'type'],
    ['a type of other letters', { type: 'Shop order', data: '{}' }, 'type'],
    ['data that is no JSON', { type: 'shop.order', data: '{' }, 'data'],
    ['too much data', { type: 'shop.order', data: JSON.stringify('x'.repeat(8192)) }, 'data'],
    ['nothing to see beside data', { type: 'shop.order', data: '{}', text: '' }, 'text'],
  ])('%s', async (_what, more, field) => {
    const person = await registerUser(app);
    const refused = await key.execute(SendNoticeDocument, { input: noticeTo({ userId: person.user.id }, 'x', more) });
    expect([codesOf(refused), fieldsOf(refused)]).toEqual([['BAD_USER_INPUT'], [field]]);
    expect(await systemOf(person)).toEqual([]);
  });

  it('people, whoever they are, and keys without NOTICES', async () => {
    const [user, visitor, admin] = [await registerUser(app), await registerVisitor(app), await loginAdmin(app)];
    const variables = { input: noticeTo({ userId: user.user.id }, 'x') };
    expect(codesOf(await user.execute(SendNoticeDocument, variables))).toEqual(['FORBIDDEN']);
    expect(codesOf(await admin.execute(SendNoticeDocument, variables))).toEqual(['FORBIDDEN']);
    expect(codesOf(await visitor.execute(SendNoticeDocument, variables))).toEqual(['FORBIDDEN']);
    expect(codesOf(await app.execute(SendNoticeDocument, variables))).toEqual(['TOKEN_MISSING']);
    const others = await keyClient(app, ['USERS', 'SESSIONS', 'ACT', 'READ']);
    expect(codesOf(await others.execute(SendNoticeDocument, variables))).toEqual(['FORBIDDEN']);
    expect(await systemOf(user)).toEqual([]);
  });
});

it('a key is shown of the conversation what all of it see, and what is a member’s own is FORBIDDEN', async () => {
  const person = await registerUser(app);
  const { sendNotice: shown } = await key.ask(SendNoticeInPlaceDocument, { input: noticeTo({ userId: person.user.id }, 'one') });
  expect(shown?.conversation).toMatchObject({ kind: 'SYSTEM', rev: 1, lastSeq: 1 });
  const input = noticeTo({ userId: person.user.id }, 'two');
  expect(codesOf(await key.execute(SendNoticeAndTitleDocument, { input }))).toEqual(['FORBIDDEN']);
  // It was sent all the same, and the same again says so.
  expect(await sendNotice(key, input.to, 'two', input)).toMatchObject({ seq: 2 });
});

it('serverInfo.features says that there are notices', async () => {
  expect((await app.ask(ServerInfoDocument, {})).serverInfo.features).toContain('notices');
});
