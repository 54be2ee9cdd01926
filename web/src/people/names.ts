import type { ContactFragment, UserFragment } from 'parley-client/documents';

/** What somebody is called: the viewer's own name for them before their own. */
export function nameOf(user: UserFragment | ContactFragment): string {
  return ('relationship' in user ? user.relationship?.remark : null) ?? user.nickname;
}

/** What an invite code looks like in what somebody has pasted: a link that ends in it, or the code itself. */
export function codeIn(text: string): string {
  const last = text.trim().replace(/\/+$/, '').split(/[/=]/).at(-1) ?? '';
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}
