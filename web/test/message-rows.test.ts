import type { Message, User } from 'parley-client';
import { describe, expect, it } from 'vitest';
import { createHeights } from '../src/chat/heights.ts';
import { rowsOf } from '../src/chat/rows.ts';

const person = (id: string): User => ({ __typename: 'User', id, uuid: id, username: id, nickname: id, avatar: null, role: 'USER' });
const [ann, bo] = [person('ann'), person('bo')];

function message(seq: number, sender: User, minute: number, over: Partial<Message> = {}): Message {
  return {
    __typename: 'Message',
    id: `m${seq}`,
    seq,
    rev: seq,
    clientId: `c${seq}`,
    createdAt: new Date(2026, 2, 9, 12, minute).toISOString(),
    editedAt: null,
    recalledAt: null,
    pinnedAt: null,
    mentionsEveryone: false,
    sender,
    forwardedFrom: null,
    mentions: [],
    content: { __typename: 'TextContent', text: `${seq}` },
    replyTo: null,
    reactions: [],
    conversation: { __typename: 'Conversation', id: 'chat' },
    state: 'sent',
    error: null,
    isOwn: sender === ann,
    uploads: [],
    ...over,
  };
}

/** What the list shows, in short: days and lines by their names, messages as `>1` where somebody begins, `1<` where they end. */
function shown(messages: readonly Message[], unreadAfter: number | null = null): string[] {
  return rowsOf(messages, unreadAfter).map((row) => {
    if (row.kind !== 'message' && row.kind !== 'notice') return row.kind;
    return `${row.isFirst ? '>' : ''}${row.message.seq}${row.isLast ? '<' : ''}`;
  });
}

describe('the rows of a conversation', () => {
  it('put together what one person writes within five minutes', () => {
    expect(shown([message(1, bo, 0), message(2, bo, 4), message(3, bo, 10), message(4, ann, 11), message(5, ann, 12)])).toEqual([
      'head',
      'day',
      '>1',
      '2<',
      '>3<',
      '>4',
      '5<',
    ]);
  });

  it('part what belongs together at midnight, at a notice and at what was recalled', () => {
    const notice = message(2, bo, 1, { content: { __typename: 'NoticeContent', text: 'joined', code: 'MEMBER_JOINED' } });
    const recalled = message(4, bo, 3, { content: null, recalledAt: new Date(2026, 2, 9).toISOString() });
    const nextDay = message(6, bo, 5, { createdAt: new Date(2026, 2, 10, 0, 1).toISOString() });
    const late = message(5, bo, 4, { createdAt: new Date(2026, 2, 9, 23, 59).toISOString() });
    expect(shown([message(1, bo, 0), notice, message(3, bo, 2), recalled, late, nextDay])).toEqual([
      'head',
      'day',
      '>1<',
      '>2<',
      '>3<',
      '>4<',
      '>5<',
      'day',
      '>6<',
    ]);
  });

  it('have one line before what is unread, which begins anew even within what belongs together', () => {
    expect(shown([message(1, bo, 0), message(2, bo, 1), message(3, bo, 2)], 1)).toEqual(['head', 'day', '>1<', 'unread', '>2', '3<']);
  });

  it('have no line before what the viewer wrote, and none where it may stand further above', () => {
    expect(shown([message(1, bo, 0), message(2, ann, 1), message(3, bo, 2)], 1)).not.toContain('unread');
    expect(shown([message(8, bo, 0), message(9, bo, 1)], 3)).not.toContain('unread');
    expect(shown([message(4, bo, 0), message(5, bo, 1)], 3)).toContain('unread');
  });

  it('are the same objects for messages that did not change', () => {
    const first = [message(1, bo, 0), message(2, ann, 1)];
    const before = rowsOf(first, null);
    const after = rowsOf([...first, message(3, bo, 2)], null);
    expect(after.slice(2, 4)).toEqual(before.slice(2, 4));
    expect(after[2]).toBe(before[2]);
    expect(after[3]).toBe(before[3]);
  });

  it('keep their key while a message goes out and is acknowledged, and trust no clientId of others', () => {
    const keyOf = (one: Message) => rowsOf([one], null).at(-1)?.key;
    expect(keyOf(message(1, ann, 0, { id: 'c1', seq: 0, state: 'sending' }))).toBe(keyOf(message(1, ann, 0)));
    expect(keyOf(message(1, bo, 0, { clientId: 'c2' }))).toBe('m1');
  });
});

describe('the heights of a long list', () => {
  const rows = Array.from({ length: 10_000 }, (_, index) => ({ key: `${index}` }));

  it('are those that were measured, and guesses elsewhere', () => {
    const heights = createHeights(() => 50);
    heights.setRows(rows);
    expect(heights.total()).toBe(500_000);
    heights.measure('1', 80);
    expect([heights.top(1), heights.top(2), heights.total()]).toEqual([50, 130, 500_030]);
  });

  it('tell which row is where', () => {
    const heights = createHeights(() => 50);
    heights.setRows(rows);
    heights.measure('0', 100);
    expect([-5, 0, 99, 100, 149, 150, 10_000_000].map(heights.indexAt)).toEqual([0, 0, 0, 1, 1, 2, 9999]);
  });

  it('go with their rows when others come in above', () => {
    const heights = createHeights(() => 50);
    heights.setRows(rows.slice(5000));
    heights.measure('5000', 70);
    heights.setRows(rows);
    expect(heights.top(heights.indexOf('5001') ?? -1)).toBe(5000 * 50 + 70);
  });

  it('know nothing of an empty list', () => {
    const heights = createHeights(() => 50);
    heights.setRows([]);
    expect([heights.total(), heights.indexAt(40), heights.indexOf('1')]).toEqual([0, 0, undefined]);
  });
});
