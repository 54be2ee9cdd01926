import { expect, test } from 'vitest';
import { confirmed } from '../src/store/dump.ts';
import { createEntities, type Entity, now } from '../src/store/entities.ts';

const user = (id: string, nickname: string) => ({ __typename: 'User', id, nickname });
const message = (id: string, rev: number, more: object = {}) => ({
  __typename: 'Message',
  id,
  rev,
  seq: 1,
  content: { __typename: 'TextContent', text: `${id} at ${rev}` },
  reactions: [],
  sender: user('anna', 'Anna'),
  conversation: { __typename: 'Conversation', id: 'c' },
  ...more,
});
const conversation = (rev: number, more: object = {}) => ({ __typename: 'Conversation', id: 'c', rev, readSeq: 0, peerReadSeq: 0, ...more });

function setUp() {
  const entities = createEntities();
  const show = (id: string): Entity => {
    const record = entities.find(id);
    if (!record) throw new Error(`nothing is known of ${id}`);
    return entities.show(record);
  };
  /** The ids of what has changed since the last call. */
  const changed = () => [...entities.settle()].map(({ id }) => id).sort();
  return { entities, show, changed, take: (copy: object) => entities.merge(copy, now) };
}

test('an entity is the same object until something in it changes, and nothing changes elsewhere', () => {
  const { show, take, changed } = setUp();
  take([message('m1', 1), message('m2', 2, { sender: user('bert', 'Bert') })]);
  changed();
  const [first, second] = [show('m1'), show('m2')];
  take([message('m1', 1), message('m2', 2, { sender: user('bert', 'Bert') })]);
  expect(changed()).toEqual([]);
  take(message('m2', 3, { sender: user('bert', 'Bert') }));
  expect(changed()).toEqual(['m2']);
  expect(show('m1')).toBe(first);
  expect(show('m2')).not.toBe(second);
  expect(show('m2').sender).toBe(second.sender);
  expect(second.rev).toBe(2);
});

test('whoever is renamed is renamed in everything that shows them, and in nothing else', () => {
  const { show, take, changed } = setUp();
  take([message('m1', 1), message('m2', 2, { sender: user('bert', 'Bert') }), conversation(2, { lastMessage: message('m1', 1) })]);
  changed();
  const other = show('m2');
  expect(show('c')).toMatchObject({ lastMessage: { sender: { nickname: 'Anna' } } });
  take(user('anna', 'Anne'));
  expect(changed()).toEqual(['anna', 'c', 'm1']);
  expect(show('c')).toMatchObject({ lastMessage: { sender: { nickname: 'Anne' } } });
  expect(show('m2')).toBe(other);
});

test('what more is known of somebody changes no message', () => {
  const { show, take } = setUp();
  take(message('m1', 1));
  const before = show('m1');
  take({ ...user('anna', 'Anna'), profile: { bio: 'a bio' } });
  expect(show('anna')).toMatchObject({ profile: { bio: 'a bio' } });
  expect(show('m1')).toBe(before);
});

test('of two copies the one with the higher rev is kept, in whatever order they come', () => {
  const [older, newer] = [message('m1', 4), message('m1', 5, { content: null, recalledAt: 'then' })];
  for (const copies of [
    [older, newer],
    [newer, older],
  ]) {
    const { show, take } = setUp();
    for (const copy of copies) take(copy);
    expect(show('m1')).toMatchObject({ rev: 5, content: null, recalledAt: 'then' });
  }
});

test('an older copy brings what was not known, and the people in it are as old as it is', () => {
  const { show, take } = setUp();
  take(message('m1', 5));
  take(message('m1', 4, { sender: user('anna', 'her name of before'), clientId: 'x' }));
  expect(show('m1')).toMatchObject({ rev: 5, clientId: 'x', sender: { nickname: 'Anna' } });
});

test('read marks never fall, and a copy with a higher one is newer at the same rev', () => {
  const { show, take } = setUp();
  take(conversation(7, { readSeq: 3, peerReadSeq: 5, unreadCount: 4 }));
  take(conversation(7, { readSeq: 2, peerReadSeq: 5, unreadCount: 5 }));
  expect(show('c')).toMatchObject({ readSeq: 3, peerReadSeq: 5, unreadCount: 4 });
  take(conversation(7, { readSeq: 7, peerReadSeq: 5, unreadCount: 0 }));
  expect(show('c')).toMatchObject({ readSeq: 7, unreadCount: 0 });
  take(conversation(6, { readSeq: 7, peerReadSeq: 6 }));
  expect(show('c')).toMatchObject({ rev: 7, readSeq: 7, peerReadSeq: 6 });
});

test('what has no rev is not taken back by an answer that was asked for before an event', () => {
  const { entities, show, take } = setUp();
  take(user('anna', 'Anna'));
  const asked = entities.moment();
  take(user('anna', 'Anne'));
  entities.merge({ ...user('anna', 'Anna'), bio: 'new to us' }, asked);
  expect(show('anna')).toMatchObject({ nickname: 'Anne', bio: 'new to us' });
  entities.merge(user('anna', 'Annie'), entities.moment());
  expect(show('anna').nickname).toBe('Annie');
});

test('of two answers the one that was asked for later is kept, also for what raises no rev', () => {
  const { entities, show } = setUp();
  const [first, second] = [entities.moment(), entities.moment()];
  entities.merge(conversation(1, { isMuted: true }), second);
  entities.merge(conversation(1, { isMuted: false }), first);
  expect(show('c').isMuted).toBe(true);
});

test('a quote takes nothing away from the message that it shows', () => {
  const { show, take } = setUp();
  const files = [{ __typename: 'ImageFile', id: 'f', name: 'a.png' }];
  const content = { __typename: 'AttachmentsContent', text: '[picture]', caption: null, files };
  take(message('m1', 1, { content }));
  const before = show('m1');
  const quote = { __typename: 'Message', id: 'm1', seq: 1, rev: 1, content: { __typename: 'AttachmentsContent', text: '[picture]' } };
  take(message('m2', 2, { replyTo: quote }));
  expect(show('m1')).toBe(before);
  expect(show('m1')).toMatchObject({ content: { files: [{ name: 'a.png' }] } });
  take(message('m1', 3, { content: null }));
  expect(show('m2')).toMatchObject({ replyTo: { rev: 3, content: null } });
  expect(show('m2').replyTo).not.toHaveProperty('reactions');
});

test('what a message is in does not change with the message, and a circle of selections has an end', () => {
  const { show, take } = setUp();
  take(message('m1', 1, { conversation: conversation(1, { title: 'a title' }) }));
  const before = show('m1');
  take(conversation(2, { title: 'another title' }));
  expect(show('m1')).toBe(before);
  expect(before.conversation).toEqual({ __typename: 'Conversation', id: 'c' });
  take({ __typename: 'User', id: 'anna', friend: { __typename: 'User', id: 'bert', friend: { __typename: 'User', id: 'anna', friend: null } } });
  take({ __typename: 'User', id: 'anna', friend: { __typename: 'User', id: 'bert', friend: { __typename: 'User', id: 'anna', friend: null } } });
  expect(JSON.stringify(show('bert')).length).toBeLessThan(300);
});

test('a chain of ten thousand quotes is shown and changed without a deep recursion', () => {
  const { show, take, changed } = setUp();
  for (let number = 1; number <= 10_000; number++) {
    const replyTo =
      number === 1 ? null : { __typename: 'Message', id: `m${number - 1}`, rev: 1, seq: number - 1, content: { __typename: 'TextContent', text: '' } };
    take(message(`m${number}`, 1, { seq: number, replyTo }));
  }
  changed();
  expect(show('m10000')).toMatchObject({ replyTo: { id: 'm9999' } });
  take(message('m1', 2, { content: null }));
  expect(show('m2')).toMatchObject({ replyTo: { content: null } });
});

test('a list within an answer is walked through and not kept', () => {
  const { show, take } = setUp();
  take(conversation(1, { messages: { edges: [{ node: message('m1', 1) }], pageInfo: { hasNextPage: false } } }));
  expect(show('m1').rev).toBe(1);
  expect(show('c')).not.toHaveProperty('messages');
});

test('a change that is shown before the server has made it goes when it is taken back, or stays with what comes', () => {
  const { entities, show, take, changed } = setUp();
  take(message('m1', 1));
  changed();
  const before = show('m1');
  const record = entities.find('m1');
  const takeBack = record && entities.patch(record, (shown) => ({ ...shown, content: null }));
  expect(changed()).toEqual(['m1']);
  expect(show('m1').content).toBe(null);
  expect(record && confirmed(record)).toEqual(before);
  takeBack?.();
  expect(show('m1')).toEqual(before);
});

test('what nothing leads to is let go, and what is kept stays whole', () => {
  const { entities, show, take } = setUp();
  take([message('m1', 1), message('m2', 2, { sender: user('bert', 'Bert') })]);
  const record = entities.find('m1');
  const before = show('m1');
  entities.keepOnly(record ? [record] : []);
  expect(entities.find('m2')).toBe(undefined);
  expect(entities.find('bert')).toBe(undefined);
  expect(show('m1')).toBe(before);
  expect(show('anna').nickname).toBe('Anna');
});
