import { badInput } from './errors.ts';
import { firstOf, isBlank, isLonger, tooLong } from './texts.ts';

/** What does not stand in a name: it would break the line, reach into the terminal or the sentence around it, or turn that around. */
const misleading = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/u;

/** The most characters of a name of a person or a group. */
export const nameLimit = 50;

/** The most combining marks that may follow each other in a name. */
export const marksInARow = 3;

/** More marks on one letter than any language writes: they grow over the lines above and below. What nobody sees between them does not end the row. */
const piled = new RegExp(String.raw`(?:[\p{Mn}\p{Me}](?:\p{Cf}|(?!\p{M})\p{Default_Ignorable_Code_Point})*){${marksInARow + 1}}`, 'u');

/**
 * What people call themselves, others, groups and devices: one line without the blanks around it, or null where nothing of it can be seen.
 * `BAD_USER_INPUT` where it has more than `most` characters (Unicode code points), control characters, line or paragraph separators, direction
 * controls, or more than three combining marks in a row.
 */
export function optionalName(field: string, value: string | null | undefined, most: number): string | null {
  if (value === null || value === undefined) return null;
  const name = value.trim();
  if (isLonger(name, most)) throw tooLong(field, most);
  if (isBlank(name)) return null;
  if (misleading.test(name))
    throw badInput(field, {
      zh: '不能包含控制字符、换行符或改变文字方向的字符',
      en: 'Leave out control characters, line breaks and characters that turn the direction of text',
    });
  if (piled.test(name))
    throw badInput(field, { zh: `一个字符上的附加符号最多 ${marksInARow} 个`, en: `At most ${marksInARow} combining marks may follow each other` });
  return name;
}

/** Likewise for a name that has to be there: `BAD_USER_INPUT` also where nothing of it can be seen. */
export function requireName(field: string, value: string, most: number): string {
  const name = optionalName(field, value, most);
  if (name === null)
    throw badInput(field, { zh: `应为 1 到 ${most} 个字符，且不能全是空白`, en: `Give 1 to ${most} characters, and something to see among them` });
  return name;
}

/** What of a text can be a name, where nobody is there to be asked for another one: it is cut, and what misleads is left out. Null where nothing is left. */
export function fittingName(text: string, most: number): string | null {
  const name = firstOf(harmlessName(text.toWellFormed()), most).trim();
  return isBlank(name) || piled.test(name) ? null : name;
}

/** A name of whatever was once stored, as it stands in a longer text: without what could break or turn that. */
export function harmlessName(name: string): string {
  return name
    .replace(/\p{Bidi_Control}/gu, '')
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ')
    .trim();
}

/** Likewise within a sentence: in an isolate (UAX #9), so that a name in Arabic or Hebrew leaves the words around it where they are. */
export function isolatedName(name: string): string {
  return `\u2068${harmlessName(name)}\u2069`;
}
