import { Buffer } from 'node:buffer';
import { badInput } from '../../kernel/errors.ts';

/** How much room there is for reactions. */
export const reactionLimits = {
  /** Bytes of UTF-8 of one emoji; the longest that Unicode recommends has 35. */
  bytes: 40,
  /** Different ones on one message. */
  perMessage: 20,
  /** Of one person on one message. */
  perPerson: 3,
} as const;

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
// Not the emoji that this version of Unicode recommends: newer clients know newer ones.
const emojiParts = /\p{Extended_Pictographic}|^\p{Regional_Indicator}{2}$|^[0-9#*]\ufe0f?\u20e3$/u;

/** The key under which an emoji is stored: its UTF-8 bytes in hex. Throws `BAD_USER_INPUT` for `emoji` where the text is not exactly one. */
export function requireEmoji(emoji: string): string {
  const key = Buffer.from(emoji).toString('hex');
  const single = key.length <= reactionLimits.bytes * 2 && [...graphemes.segment(emoji)].length === 1;
  if (!single || !emojiParts.test(emoji)) throw badInput('emoji', { zh: '请填写一个表情符号', en: 'Give one emoji' });
  return key;
}

/** The emoji that is stored under a key. */
export function emojiOf(key: string): string {
  return Buffer.from(key, 'hex').toString();
}
