import { isLonger, tooLong, withoutUnseen } from './texts.ts';

/** More marks on one letter than any text has (UAX #15, stream-safe text): normalizing takes a time with their square. */
const piled = /(\p{M}{30})\p{M}+/gu;

/**
 * Text as searching compares it: what nobody sees is left out, compatibility forms are one (NFKC: full-width letters and digits, half-width kana),
 * letters are small, a run of blanks is one blank, and there are none at the ends. Letter by letter, so that a part of a text gives the same as it
 * does within the text.
 */
export function foldText(text: string): string {
  // What is plain has one form only.
  if (isPlain(text)) return text.toLowerCase().replace(/\s+/g, ' ').trim();
  return foldLetters(withoutUnseen(text).replace(piled, '$1'));
}

/**
 * The forms in which an index may hold a text, today's first: until what nobody sees was left out, it stood in the index as well. What is written now
 * is written in the first form only.
 */
export function foldings(text: string): readonly string[] {
  const [today, before] = [foldText(text), foldLetters(text)];
  return today === before ? [today] : [today, before];
}

function foldLetters(text: string): string {
  const small = Array.from(text.normalize('NFKC'), (letter) => letter.toLowerCase()).join('');
  return small.normalize('NFKC').replace(/\s+/gu, ' ').trim();
}

function isPlain(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) if (text.charCodeAt(index) > 0x7f) return false;
  return true;
}

/**
 * A keyword as it is compared, or null where nothing is left of it. `BAD_USER_INPUT` where it has more than `most` characters, blanks around it not
 * counted: judged before it is folded, which takes a time with the square of the marks that stand on one letter.
 */
export function optionalKeyword(field: string, keyword: string | null | undefined, most: number): string | null {
  if (keyword === null || keyword === undefined) return null;
  if (isLonger(keyword.trim(), most)) throw tooLong(field, most);
  return foldText(keyword) || null;
}

/** What is stored of the rest of a name: at most so many bytes. Longer keywords are compared with the name itself. */
const suffixBytes = 32;

/** The key under which the rest of a name is found: its UTF-8 bytes in hex, at most 64 characters. Its order is that of code points, in every collation. */
export function suffixKey(rest: string): string {
  return Buffer.from(rest).subarray(0, suffixBytes).toString('hex');
}

/** A place in a name where a keyword could begin. */
export interface NamePlace {
  /** 0 where the name begins, 1 within it. */
  readonly place: 0 | 1;
  /** The name from there on. */
  readonly rest: string;
}

/** All places in a folded name but blanks. */
export function placesOf(name: string): NamePlace[] {
  const letters = Array.from(name);
  return letters.flatMap((letter, index) => (letter === ' ' ? [] : [{ place: index === 0 ? 0 : 1, rest: letters.slice(index).join('') } as const]));
}

const letterValues = 2 ** 16;

/** What a node of 0.1.0 finds a folded text by: the three letters from each place on that is no blank, 16 bits of each, as one integer, each once. */
export function triplesOf(text: string): number[] {
  const values = Array.from(text, (letter) => (letter.codePointAt(0) ?? 0) % letterValues);
  const grams = new Set<number>();
  let at = 0;
  for (const letter of text) {
    if (letter !== ' ') grams.add(((values[at] ?? 0) * letterValues + (values[at + 1] ?? 0)) * letterValues + (values[at + 2] ?? 0));
    at += 1;
  }
  return [...grams];
}
