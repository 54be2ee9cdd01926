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

const picture = String.raw`\p{Extended_Pictographic}\p{Emoji_Modifier}?`;
/** The letters of a part of a country as tags: others show the black flag alone. */
const tags = String.raw`[\u{e0061}-\u{e007a}]{2}[\u{e0030}-\u{e0039}\u{e0061}-\u{e007a}]{1,4}`;
/** What an emoji is made of (UTS #51). Not the emoji that this version of Unicode recommends: newer clients know newer ones. */
const emojiForm = new RegExp(
  `^(?:${picture}(?:\\u200d${picture})*|\\p{Emoji_Modifier}|\\u{1f3f4}${tags}\\u{e007f}|\\p{Regional_Indicator}{2}|[0-9#*]\\u20e3)$`,
  'u',
);

/** What of an emoji decides whether two are the same picture: not how it asks to be drawn (U+FE0E, U+FE0F), nor a joiner with nothing to join. */
function pictureOf(emoji: string): string {
  return emoji.replace(/[\ufe0e\ufe0f]/g, '').replace(/^\u200d+|\u200d+$|(\u200d)\u200d+/g, '$1');
}

/** The form in which an emoji that somebody gives is stored: its UTF-8 bytes in hex. Throws `BAD_USER_INPUT` for `emoji` where the text is not exactly one. */
export function requireEmoji(emoji: string): string {
  const short = Buffer.byteLength(emoji) <= reactionLimits.bytes;
  const single = short && [...graphemes.segment(emoji)].length === 1;
  if (!single || !emojiForm.test(pictureOf(emoji))) throw badInput('emoji', { zh: '请填写一个表情符号', en: 'Give one emoji' });
  return Buffer.from(emoji).toString('hex');
}

/** Whether two emoji, the first in its stored form, are the same picture. */
export function isSamePicture(emojiHex: string, emoji: string): boolean {
  return storedPicture(emojiHex) === pictureOf(emoji);
}

/** The emoji that is stored in this form. */
export function emojiOf(emojiHex: string): string {
  return Buffer.from(emojiHex, 'hex').toString();
}

/** The picture of an emoji that is stored in this form. */
export function storedPicture(emojiHex: string): string {
  return pictureOf(emojiOf(emojiHex));
}
