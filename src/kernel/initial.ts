import { pinyin } from 'pinyin-pro';
import { withoutUnseen } from './texts.ts';

// Reading thousands of names takes tens of milliseconds, and a list of friends is read page by page.
const known = new Map<string, string>();
const mostKnown = 10_000;

/**
 * The letter under which a name stands in a list of contacts: A to Z, by its Latin letter (accents are left off) or by the pinyin of its
 * first character (read as a surname: 单 is S, 仇 is Q); "#" for everything else. What nobody sees in front of it does not count.
 */
export function initialOf(name: string): string {
  const found = known.get(name) ?? readInitial(name);
  if (known.size >= mostKnown) known.clear();
  known.set(name, found);
  return found;
}

function readInitial(name: string): string {
  const head = [...withoutUnseen(name).trim()].slice(0, 4);
  const [first = ''] = head;
  // The following characters come along because some surnames have two, read in their own way: 尉 alone is W, 尉迟 is Y.
  const sound = /\p{Script=Han}/u.test(first) ? pinyin(head.join(''), { mode: 'surname', pattern: 'first', toneType: 'none', type: 'array' })[0] : first;
  const letter = (sound ?? '').normalize('NFKD').charAt(0).toUpperCase();
  return /^[A-Z]$/.test(letter) ? letter : '#';
}
