/** To what a link leads: to a user, by the uuid, or to a group, by its invite code. */
export type LinkKind = 'user' | 'group';

/** The most characters of a form: in a picture of a longer one the points would be too fine for the camera of a phone. */
const longest = 200;

/** Whether a text is an address with places for `{kind}` and `{code}` and no others, at most 200 characters long. Schemes of apps are taken too. */
export function isLinkForm(text: string): boolean {
  const example = linkOf(text, 'user', '0');
  const hasBoth = text.includes('{kind}') && text.includes('{code}');
  return text.length <= longest && hasBoth && !/[{}\s]/.test(example) && /^[a-z][a-z0-9+.-]*:\/\//i.test(text) && URL.canParse(example);
}

/** A form of links with its places filled in. */
export function linkOf(form: string, kind: LinkKind, code: string): string {
  return form.replaceAll('{kind}', kind).replaceAll('{code}', encodeURIComponent(code));
}
