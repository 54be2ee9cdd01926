/** Words whose frequencies fall as they do in a language, and messages made of them; always the same. */
export interface Corpus {
  /** The next message: a third Chinese, of some 20 characters, a third Latin, of some 70, a third of both. */
  message(): string;
  /** Keywords of a kind, the commonest first. */
  readonly keywords: Readonly<Record<string, readonly string[]>>;
}

const words = 30_000;
const vowels = 'eaoiu';
const consonants = 'tnshrdlcmfwypvbgkjxqz';
const characters = 4000;
const firstCharacter = 0x4e00;

// The same numbers for the same seed, from 0 up to 1.
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Makes one. */
export function createCorpus(seed = 1): Corpus {
  const random = createRandom(seed);
  /** A number below `most`, the low ones oftener: the tenth one a tenth as often as the first. */
  const seldom = (most: number) => Math.floor(Math.exp(random() * Math.log(most + 1))) - 1;
  const latinWord = (rank: number) => {
    const length = Math.min(10, 2 + Math.floor(Math.log2(rank + 2) / 2 + random() * 3));
    return Array.from({ length }, (_, at) => {
      const letters = at % 2 === rank % 2 ? vowels : consonants;
      return letters.charAt(Math.floor(random() ** 2 * letters.length));
    }).join('');
  };
  const character = () => String.fromCodePoint(firstCharacter + seldom(characters) * 5);
  const latin = Array.from({ length: words }, (_, rank) => latinWord(rank));
  const chinese = Array.from({ length: words }, (_, rank) => (rank % 5 === 0 ? character() : character() + character()));
  const some = (of: readonly string[]) => of[seldom(of.length)] ?? '';
  const said = (of: readonly string[], count: number, between: string) => Array.from({ length: count }, () => some(of)).join(between);
  let next = 0;
  return {
    message() {
      next += 1;
      const length = 0.3 + random() * 1.4;
      if (next % 3 === 0) return `${said(chinese, Math.round(11 * length), '')}。`;
      if (next % 3 === 1) return `${said(latin, Math.round(14 * length), ' ')}.`;
      return `${said(chinese, Math.round(5 * length), '')} ${said(latin, Math.round(4 * length), ' ')} ${Math.floor(random() * 10_000)}`;
    },
    keywords: {
      'one Latin letter': ['e', 't', 'p', 'z', 'ж', 'ю'],
      'one Chinese character': [0, 40, 400, 2000].map((rank) => String.fromCodePoint(firstCharacter + rank * 5)).concat('龘', '鱻'),
      'three Latin letters': [2, 30, 300, 3000].map((rank) => (latin.slice(rank).find((word) => word.length >= 3) ?? '').slice(0, 3)).concat('zqx', 'xjq'),
      'three Chinese characters': [0, 20, 200, 2000].map((rank) => `${chinese[rank + 1]}${chinese[rank + 2]}`.slice(0, 3)).concat('龘靐齉', '的龘一'),
      'a whole word': [5, 100, 2000, 20_000].map((rank) => latin[rank] ?? '').concat(`${latin[200]}${latin[7]}`, 'nowhere at all'),
    },
  };
}
