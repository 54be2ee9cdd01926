/** Somebody who can be named, with the name that is written after the @. */
export interface Mentionable {
  /** Null stands for everyone. */
  readonly id: string | null;
  readonly name: string;
  readonly username: string;
  readonly avatar: string | null;
}

/** The name that is being written after an @ before the caret. */
export interface MentionQuery {
  /** The place of the @. */
  readonly at: number;
  readonly text: string;
}

/** What is being written after an @ at the caret, or null. An @ within a word, as in an address, is none. */
export function mentionQueryOf(text: string, caret: number): MentionQuery | null {
  const at = text.lastIndexOf('@', caret - 1);
  if (at === -1 || caret - at > 30) return null;
  if (at > 0 && /[A-Za-z0-9._-]/u.test(text[at - 1] ?? '')) return null;
  const query = text.slice(at + 1, caret);
  return /[\n@]/u.test(query) || query.startsWith(' ') ? null : { at, text: query };
}

/** Who fits what was written: first whose name begins so. */
export function mentionablesFor(people: readonly Mentionable[], query: string, most = 8): Mentionable[] {
  const wanted = query.toLowerCase();
  const begins: Mentionable[] = [];
  const contains: Mentionable[] = [];
  for (const person of people) {
    const name = person.name.toLowerCase();
    const username = person.username.toLowerCase();
    if (name.startsWith(wanted) || username.startsWith(wanted)) begins.push(person);
    else if (name.includes(wanted) || username.includes(wanted)) contains.push(person);
  }
  return [...begins, ...contains].slice(0, most);
}

/** The text with the name in the place of what was written, and where the caret stands then. */
export function withMention(text: string, query: MentionQuery, name: string): { readonly text: string; readonly caret: number } {
  const before = `${text.slice(0, query.at)}@${name} `;
  const after = text.slice(query.at + 1 + query.text.length);
  return { text: before + after.replace(/^ /u, ''), caret: before.length };
}

/** Those of the chosen whose names still stand in the text. */
export function mentionedIn(text: string, chosen: readonly Mentionable[]): { readonly ids: string[]; readonly everyone: boolean } {
  const standing = chosen.filter(({ name }) => text.includes(`@${name}`));
  const ids = new Set(standing.flatMap(({ id }) => (id === null ? [] : [id])));
  return { ids: [...ids].slice(0, 50), everyone: standing.some(({ id }) => id === null) };
}
