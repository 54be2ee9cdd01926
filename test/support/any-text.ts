import fc from 'fast-check';

const surrogates = { first: 0xd800, count: 0x800 } as const;

function characterOf(nth: number): string {
  return String.fromCodePoint(nth < surrogates.first ? nth : nth + surrogates.count);
}

function placeOf(character: unknown): number {
  const code = typeof character === 'string' ? (character.codePointAt(0) ?? -1) : -1;
  const nth = code < surrogates.first ? code : code - surrogates.count;
  if (nth < 0 || characterOf(nth) !== character) throw new Error('no character');
  return nth;
}

/**
 * Any character of Unicode, as `unit: 'binary'` of fast-check, which keeps a table of all million of them in each process that uses it, to find its way
 * back from a text.
 */
export const anyCharacter = fc.nat(0x10_ffff - surrogates.count).map(characterOf, placeOf);
