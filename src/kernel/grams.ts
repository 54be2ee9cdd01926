/** So many bits has a gram. */
export const gramBits = 24;

/** From here on writing systems have thousands of letters, of which two in a row say as much as three of an alphabet. */
const firstDenseLetter = 0x2e80;
const blank = 0x20;

/**
 * What a folded text can be found by, each once: its letters, its pairs of letters, and of alphabets the three that follow each other, a blank only in
 * the middle. As a number of 24 bits that says nothing of the letters; several may share one, so whoever finds by it compares.
 */
export function gramsOf(text: string): number[] {
  const grams = new Set<number>();
  let [before, last] = [blank, blank];
  for (const letter of text) {
    const code = letter.codePointAt(0) ?? 0;
    if (code !== blank) {
      grams.add(gramOf(code, 0, 0));
      if (last !== blank) grams.add(gramOf(last, code, 0));
      if (isTriple(before, last, code)) grams.add(gramOf(before, last, code));
    }
    [before, last] = [last, code];
  }
  return [...grams];
}

/**
 * Some of the grams of a folded keyword, at least one and at most `most` (2 or more): every text that holds the keyword has all of them. Those that say
 * most: a letter only where it stands in nothing longer.
 */
export function gramsToFind(keyword: string, most: number): number[] {
  const codes = Array.from(keyword, (letter) => letter.codePointAt(0) ?? 0);
  const at = (index: number) => codes[index] ?? blank;
  const isPair = (index: number) => at(index) !== blank && at(index + 1) !== blank;
  const isTripleAt = (index: number) => isTriple(at(index), at(index + 1), at(index + 2));
  const longer: number[] = [];
  const single: number[] = [];
  for (let index = 0; index < codes.length; index += 1) {
    if (isTripleAt(index)) longer.push(gramOf(at(index), at(index + 1), at(index + 2)));
    else if (isPair(index) && !isTripleAt(index - 1)) longer.push(gramOf(at(index), at(index + 1), 0));
    if (at(index) !== blank) single.push(gramOf(at(index), 0, 0));
  }
  const grams = [...new Set(longer.length > 0 ? longer : single)];
  // Not those that follow each other: what is far apart says more.
  const step = Math.max(1, Math.ceil((grams.length - 1) / (most - 1)));
  return grams.filter((_gram, index) => index % step === 0);
}

function isTriple(one: number, two: number, three: number): boolean {
  return one !== blank && three !== blank && one < firstDenseLetter && two < firstDenseLetter && three < firstDenseLetter;
}

/** Mixes the letters so that each bit depends on all of them; 0 is no letter. */
function gramOf(one: number, two: number, three: number): number {
  let mixed = Math.imul(one, 0x9e3779b1) ^ Math.imul(two + 0x7f4a7c15, 0x85ebca6b) ^ Math.imul(three + 0x165667b1, 0xc2b2ae35);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b);
  return (mixed ^ (mixed >>> 16)) >>> (32 - gramBits);
}
