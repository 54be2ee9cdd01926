/** A piece of a text, as it is shown. */
export type TextPart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'link'; readonly text: string; readonly href: string }
  | { readonly kind: 'mention'; readonly text: string; readonly userId: string | null };

export interface Mentioned {
  readonly id: string;
  readonly names: readonly string[];
}

/** What a link may end with only where a bracket of it was opened inside. */
const closing: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{', '）': '（', '】': '【', '》': '《' };
const linkPattern = /(?:https?:\/\/|www\.)[^\s<>"'`，。；！？、“”‘’]+/giu;

/** A text in pieces: what is a link, who is named, and the rest. Nothing of it is HTML. `everyone`: the words for everybody, where all are named. */
export function partsOf(text: string, mentioned: readonly Mentioned[] = [], everyone: readonly string[] = []): TextPart[] {
  const parts: TextPart[] = [];
  let from = 0;
  for (const match of text.matchAll(linkPattern)) {
    const shown = withoutEnd(match[0]);
    const href = hrefOf(shown);
    if (href === null) continue;
    pushText(parts, text.slice(from, match.index), mentioned, everyone);
    parts.push({ kind: 'link', text: shown, href });
    from = match.index + shown.length;
  }
  pushText(parts, text.slice(from), mentioned, everyone);
  return parts;
}

function hrefOf(shown: string): string | null {
  const href = /^www\./iu.test(shown) ? `https://${shown}` : shown;
  if (!URL.canParse(href)) return null;
  const { hostname } = new URL(href);
  return hostname.includes('.') || hostname === 'localhost' || hostname.startsWith('[') ? href : null;
}

/** Without the full stop, comma or bracket that belongs to the sentence around. */
function withoutEnd(link: string): string {
  let end = link.length;
  while (end > 0) {
    const last = link[end - 1] ?? '';
    const opening = closing[last];
    const isUnopened = opening !== undefined && link.slice(0, end).split(last).length > link.slice(0, end).split(opening).length;
    if (!isUnopened && !'.,;:!?*_~'.includes(last)) break;
    end -= 1;
  }
  return link.slice(0, end);
}

function pushText(parts: TextPart[], text: string, mentioned: readonly Mentioned[], everyone: readonly string[]): void {
  if (text === '') return;
  const names = [...mentioned.flatMap(({ id, names: all }) => all.map((name) => ({ name, id }))), ...everyone.map((name) => ({ name, id: null }))];
  // The longest name first: of @Anna and @Ann the one that is meant.
  names.sort((a, b) => b.name.length - a.name.length);
  let from = 0;
  let at = text.indexOf('@');
  while (at !== -1) {
    const found = names.find(({ name }) => name !== '' && text.startsWith(name, at + 1));
    if (found) {
      if (at > from) parts.push({ kind: 'text', text: text.slice(from, at) });
      const end = at + 1 + found.name.length;
      parts.push({ kind: 'mention', text: text.slice(at, end), userId: found.id });
      from = end;
    }
    at = text.indexOf('@', Math.max(at + 1, from));
  }
  if (from < text.length) parts.push({ kind: 'text', text: text.slice(from) });
}

/** One to three emoji and nothing else: shown large. */
export function isEmojiOnly(text: string): boolean {
  if (text.length > 60) return false;
  const trimmed = text.trim();
  if (!/^(?:\p{Emoji_Presentation}|\p{Extended_Pictographic}|\p{Emoji_Modifier}|\p{Regional_Indicator}|[\u200d\ufe0f\u{e0020}-\u{e007f}]|\s)+$/u.test(trimmed))
    return false;
  const count = [...new Intl.Segmenter().segment(trimmed.replace(/\s/gu, ''))].length;
  return count >= 1 && count <= 3;
}
