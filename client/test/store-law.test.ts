import { expect, test, vi } from 'vitest';
import {
  EditMessageDocument,
  InviteToGroupDocument,
  MarkReadDocument,
  PinMessageDocument,
  ReactDocument,
  RecallMessageDocument,
  RemoveMemberDocument,
  UnreactDocument,
  UpdateConversationDocument,
  UpdateGroupDocument,
  UpdateProfileDocument,
} from '../../test/generated/graphql.ts';
import { createGroup, memberIdOf } from '../../test/support/groups.ts';
import { makeFriends, registerUser, sendText } from '../../test/support/people.ts';
import { openProxy } from '../../test/support/proxy.ts';
import type { Chat, Message, Parley } from '../src/index.ts';
import { becomes, isLive, openPage, tokensOf } from './page.ts';
import { look, pageOf, setStage, textsOf } from './stage.ts';

/** `PARLEY_LAW_SEED` for other sequences, `PARLEY_LAW_STEPS` for longer ones. */
const seed = Number(process.env.PARLEY_LAW_SEED ?? 1);
const steps = Number(process.env.PARLEY_LAW_STEPS ?? 120);

function createRandom(start: number) {
  let state = start;
  const below = (limit: number) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return Math.floor((state / 0x80000000) * limit);
  };
  return { below, one: <T>(of: readonly T[]): T | undefined => of[below(of.length)] };
}

/** What the newest message of those that the server has says: what was refused stands behind them. */
const lastOf = (messages: readonly Message[]) => textsOf(messages.filter(({ state }) => state === 'sent')).at(-1);

/** What a page shows of everything, without what is this page's own. */
function pictureOf(parley: Parley, chats: readonly Chat[]) {
  return {
    conversations: parley.conversations.get().conversations,
    archived: parley.archived.get().conversations,
    unread: parley.unread.get(),
    chats: chats.map((chat) => ({ conversation: chat.conversation, isGone: chat.get().isGone })),
  };
}

test('after whatever happens, and whatever was lost on the way, a page shows what a fresh page shows', { timeout: 120_000 }, async () => {
  const { below, one } = createRandom(seed);
  const { app, anna, bert } = await setStage();
  const carl = await registerUser(app);
  await makeFriends(anna, bert);
  await makeFriends(bert, carl);
  await makeFriends(anna, carl);
  const groups = [await createGroup(bert, [anna, carl], { name: 'one' }), await createGroup(bert, [anna], { name: 'two' })];
  await bert.ask(UpdateGroupDocument, { input: { conversationId: groups[1]?.id ?? '', showsHistory: true } });
  const proxy = await openProxy(app.url);
  const { parley } = openPage({ url: proxy.url }, { tokens: tokensOf(anna) });
  await parley.restore();
  await isLive(parley);
  parley.archived.subscribe(() => {});
  const open = (page: Parley) => [
    look(page.conversationWith(bert.user.id)),
    look(page.conversationWith(carl.user.id)),
    ...groups.map(({ id }) => look(page.conversation(id))),
  ];
  const chats = open(parley);
  const places = [
    { from: [bert], to: anna.user.id },
    { from: [carl], to: anna.user.id },
    { from: [bert, carl], to: groups[0]?.id ?? '' },
    { from: [bert], to: groups[1]?.id ?? '' },
  ];
  const sent: { readonly id: string; readonly by: typeof bert }[] = [];
  const quietly = async (doing: Promise<unknown>) => {
    await doing.catch(() => {});
  };
  for (let step = 0; step < steps; step++) {
    const [place, message, chat] = [one(places), one(sent), one(chats)];
    const kind = below(22);
    if (kind < 6 && place) {
      const by = one(place.from) ?? bert;
      const message = await sendText(by, place.to, `message ${step}`).catch(() => null);
      if (message) sent.push({ id: message.id, by });
    } else if (kind === 6 && chat && !chat.get().isGone) chat.send(`mine ${step}`).catch(() => {});
    else if (kind === 7 && message) await quietly(message.by.execute(EditMessageDocument, { id: message.id, content: { text: `edited ${step}` } }));
    else if (kind === 8 && message) await quietly(message.by.execute(RecallMessageDocument, { id: message.id }));
    else if (kind === 9 && message) await quietly(bert.execute(ReactDocument, { messageId: message.id, emoji: '👍' }));
    else if (kind === 10 && message && chat) chat.react(message.id, '🎉').catch(() => {});
    else if (kind === 11 && message) await quietly(anna.execute(UnreactDocument, { messageId: message.id, emoji: '🎉' }));
    else if (kind === 12 && message) await quietly(bert.execute(PinMessageDocument, { messageId: message.id }));
    else if (kind === 13) await quietly(bert.execute(UpdateProfileDocument, { input: { nickname: `bert ${step}` } }));
    else if (kind === 14) await quietly(bert.execute(UpdateGroupDocument, { input: { conversationId: groups[0]?.id ?? '', name: `group ${step}` } }));
    else if (kind === 15) {
      const id = one(groups)?.id ?? '';
      await quietly(bert.execute(RemoveMemberDocument, { memberId: memberIdOf(id, anna) }));
      if (below(3) > 0) await quietly(bert.execute(InviteToGroupDocument, { conversationId: id, userIds: [anna.user.id] }));
    } else if (kind === 16) for (const { id } of groups) await quietly(bert.execute(InviteToGroupDocument, { conversationId: id, userIds: [anna.user.id] }));
    else if (kind === 17) {
      const conversationId = chat?.conversation?.id ?? '';
      await quietly(anna.execute(UpdateConversationDocument, { conversationId, isArchived: below(2) === 0, isMuted: below(2) === 0 }));
    } else if (kind === 18) await quietly(anna.execute(MarkReadDocument, { conversationId: chat?.conversation?.id ?? '', seq: below(step + 1) }));
    else if (kind === 19) chat?.markRead();
    else if (kind === 20) proxy.breakOnce();
    else if (kind === 21 && chat) void (below(2) === 0 ? chat.loadOlder() : chat.jumpTo(message?.id ?? ''));
  }
  await becomes(parley.waiting, (count) => count === 0 || chats.every((chat) => chat.messages.every(({ state }) => state !== 'sending')), 'nothing on its way');
  // The last thing that happens: what was told before it is there when it is.
  await Promise.all(groups.map(({ id }) => quietly(bert.execute(InviteToGroupDocument, { conversationId: id, userIds: [anna.user.id] }))));
  for (const [place, to] of [
    [bert, anna.user.id],
    [carl, anna.user.id],
    [bert, groups[0]?.id ?? ''],
    [bert, groups[1]?.id ?? ''],
  ] as const)
    await sendText(place, to, 'the end');
  await anna.ask(UpdateProfileDocument, { input: { nickname: 'the end' } });
  await becomes(parley.entity(anna.user.id), (user) => user?.nickname === 'the end', 'the last event');
  for (const chat of chats) {
    await chat.jumpToNewest();
    await becomes(chat, ({ messages, isLoading }) => !isLoading && lastOf(messages) === 'the end', 'the last message');
  }
  const fresh = await pageOf(anna);
  fresh.archived.subscribe(() => {});
  const theirs = open(fresh);
  for (const chat of theirs) await becomes(chat, ({ messages, isLoading }) => !isLoading && lastOf(messages) === 'the end', 'the last message');
  await becomes(fresh.archived, ({ isLoading, hasMore }) => !isLoading && !hasMore, 'the archived ones');
  for (const [place, chat] of theirs.entries()) {
    for (let known = chats[place]; known?.get().hasOlder; ) await known.loadOlder();
    while (chat.get().hasOlder) await chat.loadOlder();
    expect(chats[place]?.messages.filter(({ state }) => state === 'sent')).toEqual(chat.messages);
    expect(new Set(chat.messages.map(({ seq }) => seq)).size).toBe(chat.messages.length);
  }
  // A mark that is shown already may still be on its way. And one that has lived longer may know more of what it shows.
  await vi.waitFor(() => expect(pictureOf(parley, chats)).toMatchObject(pictureOf(fresh, theirs)), { timeout: 20_000, interval: 200 });
});
