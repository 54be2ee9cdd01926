import { type AppError, badInput } from './errors.ts';

/**
 * What shows nothing: blanks, control and format characters, what Unicode says to ignore (fillers of Hangul, variation selectors, tags …), and the
 * few that have a shape of nothing without being declared so (the blank of Braille, the null notehead, blanks of hieroglyphs, a filler of Khitan).
 */
const unseen = /^[\s\p{Z}\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\u2800\u{1d159}\u{13441}\u{13442}\u{16fe4}]*$/u;

/** Whether a text has nothing visible in it. */
export function isBlank(text: string): boolean {
  return unseen.test(text);
}

/** Whether every database and every client can hold a text: no NUL, no half of a surrogate pair. */
export function isCleanText(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

/** A text without what nobody sees between its letters: soft hyphens, zero-width blanks and joiners, variation selectors … Blanks stay. */
export function withoutUnseen(text: string): string {
  return text.replace(/\p{Default_Ignorable_Code_Point}+/gu, '');
}

/** How many characters a text has: Unicode code points. */
function lengthOf(text: string): number {
  let length = 0;
  for (const _ of text) length += 1;
  return length;
}

/** Whether a text has more than so many characters; what is far too long is not counted. */
export function isLonger(text: string, most: number): boolean {
  return text.length > most && (text.length > 2 * most || lengthOf(text) > most);
}

/** The first characters of a text, at most so many. */
export function firstOf(text: string, most: number): string {
  return isLonger(text, most)
    ? Array.from(text.slice(0, 2 * most))
        .slice(0, most)
        .join('')
    : text;
}

/** The refusal of what has more characters than it may. */
export function tooLong(field: string, most: number): AppError {
  return badInput(field, { zh: `最多 ${most} 个字符`, en: `At most ${most} characters` });
}

/** The text as it is, or null where it is null or blank. `BAD_USER_INPUT` where it has more than `most` characters. */
export function optionalText(field: string, value: string | null | undefined, most: number): string | null {
  if (value === null || value === undefined) return null;
  if (isLonger(value, most)) throw tooLong(field, most);
  return isBlank(value) ? null : value;
}

/** Throws `BAD_USER_INPUT` where a text has nothing visible in it, or more than `most` characters. */
export function requireText(field: string, value: string, most: number): void {
  if (isLonger(value, most) || isBlank(value))
    throw badInput(field, { zh: `应为 1 到 ${most} 个字符，且不能全是空白`, en: `Give 1 to ${most} characters, and something to see among them` });
}
