import { describe, expect, it } from 'vitest';
import { mentionablesFor, mentionedIn, mentionQueryOf, withMention } from '../src/chat/mentions.ts';
import { isEmojiOnly, partsOf } from '../src/chat/text-parts.ts';

const linksIn = (text: string) => partsOf(text).flatMap((part) => (part.kind === 'link' ? [part.href] : []));

describe('a text', () => {
  it('has links, without the signs of the sentence around them', () => {
    expect(linksIn('See https://example.com/a?b=c#d, and (http://example.org/x_(y)). Or www.example.net!')).toEqual([
      'https://example.com/a?b=c#d',
      'http://example.org/x_(y)',
      'https://www.example.net',
    ]);
    expect(linksIn('去看https://example.com/路径。好吗')).toEqual(['https://example.com/路径']);
  });

  it('has no links to what no browser should follow', () => {
    expect(linksIn('javascript:alert(1) data:text/html,x file:///etc/passwd https:// http://nowhere ftp://example.com')).toEqual([]);
  });

  it('loses nothing of what it says when it is taken apart', () => {
    const text = 'a <b> https://example.com @Ann\n@Bo. https://';
    expect(
      partsOf(text, [{ id: '1', names: ['Ann'] }])
        .map((part) => part.text)
        .join(''),
    ).toBe(text);
  });

  it('names those who are mentioned, the longest name first', () => {
    const mentioned = [
      { id: '1', names: ['Ann', 'ann'] },
      { id: '2', names: ['Anna Bell', '小明'] },
    ];
    const named = partsOf('@Anna Bell @Ann @小明 @all @Nobody', mentioned, ['all']).filter((part) => part.kind === 'mention');
    expect(named).toEqual([
      { kind: 'mention', text: '@Anna Bell', userId: '2' },
      { kind: 'mention', text: '@Ann', userId: '1' },
      { kind: 'mention', text: '@小明', userId: '2' },
      { kind: 'mention', text: '@all', userId: null },
    ]);
  });

  it('is shown large where it is one to three emoji', () => {
    expect(['👍', '👩‍👩‍👧', '🎉 👍🏽 ❤️'].map(isEmojiOnly)).toEqual([true, true, true]);
    expect(['', '1', '12', 'ok 👍', '👍👍👍👍'].map(isEmojiOnly)).toEqual([false, false, false, false, false]);
  });
});

describe('a mention', () => {
  const people = ['Ann', 'Joanna', 'Bo'].map((name) => ({ id: name, name, username: name.toLowerCase(), avatar: null }));

  it('is looked for after an @ at the caret, and not in an address', () => {
    expect(mentionQueryOf('Hey @An', 7)).toEqual({ at: 4, text: 'An' });
    expect(mentionQueryOf('你好@', 3)).toEqual({ at: 2, text: '' });
    expect(mentionQueryOf('ann@example.com', 15)).toBeNull();
    expect(mentionQueryOf('@Ann\nand', 8)).toBeNull();
    expect(mentionQueryOf('Hey @An', 3)).toBeNull();
  });

  it('offers first whose name begins so', () => {
    expect(mentionablesFor(people, 'an').map(({ name }) => name)).toEqual(['Ann', 'Joanna']);
  });

  it('takes the place of what was written, and counts only while it stands in the text', () => {
    const query = mentionQueryOf('Hey @An!', 7);
    expect(query && withMention('Hey @An!', query, 'Ann')).toEqual({ text: 'Hey @Ann !', caret: 9 });
    const everyone = { id: null, name: 'everyone', username: 'all', avatar: null };
    expect(mentionedIn('@Ann and @everyone', [...people, everyone])).toEqual({ ids: ['Ann'], everyone: true });
  });
});
