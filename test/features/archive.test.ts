import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { CarriedEventsDocument, InboxDocument, ServerInfoDocument, UpdateConversationDocument } from '../generated/graphql.ts';
import { startApp, type TestApp } from '../support/app.ts';
import { codesOf, present } from '../support/client.ts';
import { loginAgain, openChatset, type Person, registerTwo, registerUser, sendText } from '../support/people.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});

const inbox = async (person: Person, archived?: boolean) =>
  present((await person.ask(InboxDocument, archived === undefined ? {} : { archived })).conversations).edges.map(({ node }) => node.id);

async function acquainted() {
  const [one, other] = await registerTwo(app);
  const { conversation } = await sendText(one, other.user.id, 'first');
  return { one, other, conversationId: conversation.id };
}

describe('updateConversation', () => {
  it('sets it for oneself alone, on every device, and raises no rev', async () => {
    const { one, other, conversationId } = await acquainted();
    const devices = [one, await loginAgain(one), other].map((person) => person.socket().subscribe(CarriedEventsDocument, {}));
    for (const device of devices) await device.next();
    const answer = await one.ask(UpdateConversationDocument, { conversationId, isMuted: true, isArchived: true });
    expect(answer.updateConversation).toEqual({ id: conversationId, rev: 1, isMuted: true, isArchived: true });
    for (const device of devices.slice(0, 2))
      expect((await device.next()).events).toMatchObject({
        __typename: 'ConversationChanged',
        conversation: { id: conversationId, isMuted: true, isArchived: true },
      });
    await sendText(other, one.user.id, 'next');
    for (const device of devices) expect((await device.next()).events).toMatchObject({ __typename: 'MessageSent', message: { rev: 2 } });
    const { conversations } = await other.ask(InboxDocument, {});
    expect(conversations?.edges[0]?.node).toMatchObject({ id: conversationId, isMuted: false, isArchived: false });
  });

  it('leaves what is not said, and tells nothing where nothing changes', async () => {
    const { one, other, conversationId } = await acquainted();
    const stream = one.socket().subscribe(CarriedEventsDocument, {});
    await stream.next();
    const set = async (settings: { isMuted?: boolean | null; isArchived?: boolean | null }) =>
      present((await one.ask(UpdateConversationDocument, { conversationId, ...settings })).updateConversation);
    expect(await set({ isMuted: true })).toMatchObject({ isMuted: true, isArchived: false });
    expect(await set({ isArchived: true, isMuted: null })).toMatchObject({ isMuted: true, isArchived: true });
    expect(await set({})).toMatchObject({ isMuted: true, isArchived: true });
    expect(await set({ isMuted: true, isArchived: true })).toMatchObject({ isMuted: true, isArchived: true });
    await sendText(other, one.user.id, 'end');
    const told = [(await stream.next()).events, (await stream.next()).events, (await stream.next()).events];
    expect(told.map(({ __typename }) => __typename)).toEqual(['ConversationChanged', 'ConversationChanged', 'MessageSent']);
  });

  it('is for members only; to strangers the conversation does not exist', async () => {
    const { conversationId } = await acquainted();
    const stranger = await registerUser(app);
    const refused = await stranger.execute(UpdateConversationDocument, { conversationId, isMuted: true });
    expect(codesOf(refused)).toEqual(['NOT_FOUND']);
    for (const id of ['x', '', Buffer.from(`Conversation:${randomUUID()}`).toString('base64url')])
      expect((await stranger.execute(UpdateConversationDocument, { conversationId: id, isMuted: true })).errors).toEqual(refused.errors);
  });
});

describe('conversations', () => {
  it('can be those that are archived, or those that are not; a message does not bring one back', async () => {
    const me = await registerUser(app);
    await openChatset(me);
    const ids: string[] = [];
    for (const text of ['a', 'b', 'c', 'd']) ids.unshift((await sendText(await registerUser(app), me.user.id, text)).conversation.id);
    const [d, c, b, a] = ids;
    for (const conversationId of [b, d]) await me.ask(UpdateConversationDocument, { conversationId: present(conversationId), isArchived: true });
    expect([await inbox(me), await inbox(me, true), await inbox(me, false)]).toEqual([ids, [d, b], [c, a]]);
    await sendText(me, present(b), 'a message');
    expect([await inbox(me), await inbox(me, true), await inbox(me, false)]).toEqual([
      [b, d, c, a],
      [b, d],
      [c, a],
    ]);
    const page = present((await me.ask(InboxDocument, { archived: false, first: 1 })).conversations);
    expect(page).toMatchObject({ edges: [{ node: { id: c } }], pageInfo: { hasNextPage: true } });
    const next = present((await me.ask(InboxDocument, { archived: false, first: 1, after: present(page.pageInfo.endCursor) })).conversations);
    expect(next).toMatchObject({ edges: [{ node: { id: a } }], pageInfo: { hasNextPage: false } });
    await me.ask(UpdateConversationDocument, { conversationId: present(b), isArchived: false });
    expect(await inbox(me, true)).toEqual([d]);
  });
});

describe('serverInfo.features', () => {
  it('names what messages and conversations can do beyond the first edition', async () => {
    const { serverInfo } = await app.ask(ServerInfoDocument, {});
    expect(serverInfo.features).toEqual(expect.arrayContaining(['archive', 'edit', 'forward', 'mentions', 'mute', 'pins', 'reactions']));
    expect(serverInfo.features).toEqual([...new Set(serverInfo.features)].sort());
  });
});
