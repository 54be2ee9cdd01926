import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ParleyError } from '../src/errors.ts';
import { createKeeping } from '../src/store/dump.ts';
import { bert, conversation, createFakeStore, event, message, page, person, sent, start } from './fake-core.ts';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** All that is asked for is answered. */
const settled = () => vi.advanceTimersByTimeAsync(0);

test('what this version does not know changes nothing, and what it shows of a new content is its text', async () => {
  const { store } = createFakeStore(() => page('c', 1, 1, 1));
  store.begin(start([conversation('c', 1)]));
  const chat = store.conversation('c');
  chat.subscribe(() => {});
  await settled();
  const before = [chat.get(), store.conversations.get(), store.unread.get()];
  store.apply(event({ __typename: 'SomethingNew', something: { a: 1 } }));
  expect([chat.get(), store.conversations.get(), store.unread.get()]).toEqual(before);
  expect(chat.get()).toBe(before[0]);
  store.apply(sent('c', 2, { content: { __typename: 'HologramContent', text: '[hologram]' } }));
  expect(chat.messages.at(-1)?.content).toEqual({ __typename: 'HologramContent', text: '[hologram]' });
});

test('one event is one change for whoever listens, and none for those whom it does not concern', async () => {
  const { store } = createFakeStore(({ variables }) => page(String(variables.conversationId), 1, 3, 3));
  store.begin(start([conversation('c', 3), conversation('d', 3, { peer: person('carl') })]));
  const [chat, other] = [store.conversation('c'), store.conversation('d')];
  const told = { chat: 0, other: 0, list: 0, entity: 0 };
  chat.subscribe(() => told.chat++);
  other.subscribe(() => told.other++);
  await settled();
  store.conversations.subscribe(() => told.list++);
  store.entity('d:3').subscribe(() => told.entity++);
  Object.assign(told, { chat: 0, other: 0 });
  const [theirs, before] = [other.get(), chat.messages];
  store.apply(sent('c', 4));
  expect(chat.messages).toHaveLength(4);
  await settled();
  expect(told).toEqual({ chat: 1, other: 0, list: 1, entity: 0 });
  expect(other.get()).toBe(theirs);
  expect(chat.messages.slice(0, 3)).toEqual(before);
  expect(chat.messages.every((one, place) => place === 3 || one === before[place])).toBe(true);
  for (let seq = 5; seq < 20; seq++) store.apply(sent('c', seq));
  await settled();
  expect(told).toEqual({ chat: 2, other: 0, list: 2, entity: 0 });
});

test('whoever listens without looking hears of every change', async () => {
  const { store } = createFakeStore(() => page('c', 1, 1, 1));
  store.begin(start([conversation('c', 1)]));
  let told = 0;
  store.entity('bert').subscribe(() => told++);
  for (const nickname of ['one', 'two', 'three']) {
    store.merge({ ...bert, nickname });
    await settled();
  }
  expect(told).toBe(3);
});

test('a hole in what the events told is filled, and what came meanwhile follows', async () => {
  const { store, requests } = createFakeStore(({ variables }) => (variables.after === undefined ? page('c', 1, 3, 3) : page('c', 4, 9, 9)));
  store.begin(start([conversation('c', 3)]));
  const chat = store.conversation('c');
  chat.subscribe(() => {});
  await settled();
  store.apply(sent('c', 8));
  store.apply(sent('c', 9));
  store.apply(sent('c', 10));
  await settled();
  expect(chat.messages.map(({ seq }) => seq)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(chat.get()).toMatchObject({ hasNewer: false, isLoading: false });
  expect(requests.filter(({ name }) => name === 'Messages')).toHaveLength(2);
});

test('whoever stops looking and looks again has the messages read, once where it is at once, and also where nothing came before', async () => {
  let isAway = true;
  const { store, requests } = createFakeStore(() => {
    if (isAway) throw new ParleyError('NETWORK', 'away');
    return page('c', 1, 3, 3);
  });
  store.begin(start([conversation('c', 3)]));
  const chat = store.conversation('c');
  chat.subscribe(() => {})();
  const stop = chat.subscribe(() => {});
  await settled();
  expect(chat.get()).toMatchObject({ isLoading: true, error: { code: 'NETWORK' } });
  stop();
  await settled();
  expect(chat.get().isLoading).toBe(false);
  isAway = false;
  const before = requests.length;
  chat.subscribe(() => {})();
  chat.subscribe(() => {});
  await settled();
  expect(chat.messages).toHaveLength(3);
  expect(requests).toHaveLength(before + 1);
  expect(chat.get()).toMatchObject({ isLoading: false, error: null });
});

test('what nobody looks at is let go, and what somebody looks at stays', async () => {
  const { store } = createFakeStore(() => page('c', 1, 30, 30));
  store.begin(start([conversation('c', 30)]));
  const chat = store.conversation('c');
  chat.subscribe(() => {});
  store.entity('x:7').subscribe(() => {});
  await settled();
  const before = chat.get();
  for (let seq = 1; seq <= 9000; seq++) store.merge(message('x', seq));
  await vi.waitFor(() => expect(store.entity('x:1').get()).toBe(null));
  expect(store.entity('x:7').get()).not.toBe(null);
  expect(chat.get()).toEqual(before);
  expect(chat.messages[0]).toBe(before.messages[0]);
  expect(store.conversations.get().conversations).toHaveLength(1);
});

test('of conversations that nobody looks at any more the newest messages are held, and then nothing', async () => {
  const { store } = createFakeStore(({ variables }) => page(String(variables.conversationId), 71, 100, 100));
  const ids = Array.from({ length: 20 }, (_, place) => `c${place}`);
  store.begin(start(ids.map((id) => conversation(id, 100, { peer: person(`peer of ${id}`) }))));
  for (const id of ids) {
    const stop = store.conversation(id).subscribe(() => {});
    await settled();
    stop();
    await vi.advanceTimersByTimeAsync(10);
  }
  for (let seq = 1; seq <= 9000; seq++) store.merge(message('x', seq));
  await vi.waitFor(() => expect(store.conversation('c0').messages).toHaveLength(0));
  expect(store.conversation('c19').messages).toHaveLength(30);
  expect(store.conversation('c0').conversation?.lastMessage?.seq).toBe(100);
});

test('a conversation with somebody that was found, and is not on the first page when all is read anew, is found again', async () => {
  const { store, requests } = createFakeStore(({ name }) =>
    name === 'DirectConversation'
      ? { node: { ...bert, relationship: { __typename: 'Relationship', id: 'r', conversation: conversation('c', 3) } } }
      : page('c', 1, 3, 3),
  );
  store.begin(start([]));
  const chat = store.conversationWith('bert');
  const stop = chat.subscribe(() => {});
  await vi.waitFor(() => expect(chat.messages).toHaveLength(3));
  stop();
  store.begin(start([]));
  expect(chat.messages).toHaveLength(0);
  chat.subscribe(() => {});
  await vi.waitFor(() => expect(chat.messages).toHaveLength(3));
  expect(requests.filter(({ name }) => name === 'DirectConversation')).toHaveLength(2);
});

test('presence is asked for in one subscription, for those who are looked at, and for no more than the server follows', async () => {
  const { store, watches } = createFakeStore();
  const open = () => watches.filter(({ name, isOver }) => name === 'Presence' && !isOver);
  const ids = Array.from({ length: 150 }, (_, place) => `u${place}`);
  const stops = ids.map((id) => store.presence(id).subscribe(() => {}));
  await vi.advanceTimersByTimeAsync(100);
  expect(watches).toHaveLength(1);
  expect(open()[0]?.variables.userIds).toEqual(ids.slice(50));
  expect(store.presence('u149').get()).toEqual({ status: null, lastSeenAt: null });
  open()[0]?.tell({ presence: { __typename: 'User', id: 'u149', presence: 'ONLINE', lastSeenAt: null } });
  expect(store.presence('u149').get()).toEqual({ status: 'ONLINE', lastSeenAt: null });
  for (const stop of stops.slice(0, 149)) stop();
  await vi.advanceTimersByTimeAsync(100);
  expect(open().map(({ variables }) => variables.userIds)).toEqual([['u149']]);
  stops[149]?.();
  await vi.advanceTimersByTimeAsync(100);
  expect(open()).toEqual([]);
  expect(store.presence('u149').get().status).toBe(null);
});

test('whoever is looked at while nobody is signed in is followed again afterwards', async () => {
  const { store, watches } = createFakeStore();
  const stop = store.presence('u1').subscribe(() => {});
  await vi.advanceTimersByTimeAsync(100);
  watches[0]?.tell({ presence: { __typename: 'User', id: 'u1', presence: 'ONLINE', lastSeenAt: null } });
  store.clear();
  expect(store.presence('u1').get().status).toBe(null);
  await vi.advanceTimersByTimeAsync(100);
  // It begins anew with the next session.
  expect(watches.filter(({ isOver }) => !isOver)).toHaveLength(1);
  watches[0]?.tell({ presence: { __typename: 'User', id: 'u1', presence: 'OFFLINE', lastSeenAt: null } });
  expect(store.presence('u1').get().status).toBe('OFFLINE');
  stop();
});

test('whoever writes is shown for some seconds, and no longer than until the message is there', async () => {
  const { store, watches } = createFakeStore(() => page('c', 1, 1, 1));
  store.begin(start([conversation('c', 1)]));
  const { typing } = store.conversation('c');
  expect(watches).toEqual([]);
  const stop = typing.subscribe(() => {});
  const tell = () => watches[0]?.tell({ typing: { conversation: { __typename: 'Conversation', id: 'c' }, user: bert } });
  tell();
  expect(typing.get().map(({ id }) => id)).toEqual(['bert']);
  await vi.advanceTimersByTimeAsync(4000);
  tell();
  await vi.advanceTimersByTimeAsync(4000);
  expect(typing.get()).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(2100);
  expect(typing.get()).toEqual([]);
  tell();
  store.apply(sent('c', 2));
  expect(typing.get()).toEqual([]);
  stop();
  expect(watches.map(({ name, isOver }) => [name, isOver])).toEqual([['Typing', true]]);
});

test('that the viewer writes is told every few seconds, and at once after a message', async () => {
  const { store, requests } = createFakeStore(() => ({ setTyping: true }));
  store.begin(start([conversation('c', 1)]));
  const chat = store.conversation('c');
  const told = () => requests.filter(({ name }) => name === 'SetTyping').length;
  for (let key = 0; key < 20; key++) {
    chat.setTyping();
    await vi.advanceTimersByTimeAsync(200);
  }
  expect(told()).toBe(2);
  chat.setTyping();
  expect(told()).toBe(2);
  store.apply(sent('c', 2, { sender: person('anna') }));
  chat.setTyping();
  expect(told()).toBe(3);
});

test('read marks are told once a second at most, the highest one, and not while nobody sees the page', async () => {
  const { store, requests } = createFakeStore(({ variables }) => ({
    markRead: { ...conversation('c', 9), readSeq: variables.seq, unreadCount: 9 - Number(variables.seq) },
  }));
  store.begin(start([conversation('c', 9)]));
  const seqs = () => requests.filter(({ name }) => name === 'MarkRead').map(({ variables }) => variables.seq);
  const page = Object.assign(new EventTarget(), { visibilityState: 'visible' });
  vi.stubGlobal('document', page);
  const chat = store.conversation('c');
  for (const seq of [1, 2, 4, 3]) chat.markRead(seq);
  await settled();
  expect(seqs()).toEqual([1]);
  await vi.advanceTimersByTimeAsync(1000);
  expect(seqs()).toEqual([1, 4]);
  expect(chat.conversation).toMatchObject({ readSeq: 4, unreadCount: 5 });
  page.visibilityState = 'hidden';
  chat.markRead(7);
  await vi.advanceTimersByTimeAsync(5000);
  expect(seqs()).toEqual([1, 4]);
  expect(store.unread.get()).toBe(5);
  page.visibilityState = 'visible';
  page.dispatchEvent(new Event('visibilitychange'));
  await settled();
  expect(seqs()).toEqual([1, 4, 7]);
  chat.markRead();
  await vi.advanceTimersByTimeAsync(1000);
  expect(seqs()).toEqual([1, 4, 7, 9]);
  expect(store.unread.get()).toBe(0);
});

test('what is kept is shown again at once, goes on with the events that were missed, and has no address of a file', async () => {
  const file = {
    __typename: 'ImageFile',
    id: 'f',
    name: 'a.png',
    url: 'https://secret/',
    urlExpiresAt: new Date(9e12).toISOString(),
    thumbnailUrl: 'https://secret/t',
  };
  const content = { __typename: 'AttachmentsContent', text: '[picture]', caption: null, files: [file] };
  const first = createFakeStore(() => page('c', 1, 3, 3));
  first.store.begin(start([conversation('c', 3), conversation('d', 1, { peer: person('carl') })]));
  first.store.conversation('c').subscribe(() => {});
  await settled();
  first.store.apply(sent('c', 4, { content }));
  const dump = structuredClone(createKeeping(first.store.inside).dump());
  expect(JSON.stringify(dump)).not.toContain('secret');
  const { store, requests } = createFakeStore(() => page('d', 1, 1, 1));
  expect(createKeeping(store.inside).load({ version: 'of another time' })).toBe(false);
  expect(createKeeping(store.inside).load(dump)).toBe(true);
  expect(store.conversations.get()).toMatchObject({ conversations: [{ id: 'c' }, { id: 'd' }], hasMore: false, isLoading: false });
  expect(store.unread.get()).toBe(5);
  const chat = store.conversationWith('bert');
  chat.subscribe(() => {});
  expect(chat.messages.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
  expect(chat.messages.slice(0, 3)).toEqual(first.store.conversation('c').messages.slice(0, 3));
  await settled();
  expect(requests).toEqual([]);
  store.apply(sent('c', 5));
  expect(chat.messages.at(-1)?.seq).toBe(5);
  expect(store.entity('anna').get()?.nickname).toBe('anna');
});
