import { badInput } from './errors.ts';

/** How many characters a username has. */
export const usernameLimits = { least: 4, most: 20 } as const;

const wellFormed = new RegExp(`^[A-Za-z0-9_]{${usernameLimits.least},${usernameLimits.most}}$`);

/** What visitors are called, and people of providers: VIS or EXT and 8 letters or digits. Nobody else is, in any case. */
const kept = /^(?:vis|ext)[a-z0-9]{8}$/i;

/** Names that seem to speak for the server. */
const reserved: ReadonlySet<string> = new Set(['admin', 'administrator', 'moderator', 'parley', 'root', 'support', 'system']);

/** The key by which a name is looked for, or null where nobody can have it: a database may take other letters for the same ones. */
export function usernameKeyOf(username: string): string | null {
  return wellFormed.test(username) ? username.toLowerCase() : null;
}

/** Whether an account may be called so, also by the server's own configuration: 4 to 20 of A-Z a-z 0-9 _, and not as visitors and people of providers are. */
export function isUsername(username: string): boolean {
  return wellFormed.test(username) && !kept.test(username);
}

/** What somebody who registers may be called, as it is. Throws `BAD_USER_INPUT` for `username`. */
export function requireUsername(username: string): string {
  if (!wellFormed.test(username)) throw badInput('username', { zh: '用户名须为 4 到 20 位字母、数字或下划线', en: 'A username has 4 to 20 of A-Z a-z 0-9 _' });
  if (kept.test(username))
    throw badInput('username', {
      zh: 'VIS 或 EXT 加 8 位字母或数字的用户名是保留的',
      en: 'Names of VIS or EXT and 8 letters or digits are kept for visitors and for people of providers',
    });
  if (reserved.has(username.toLowerCase()))
    throw badInput('username', { zh: '这个用户名是保留的，请换一个', en: 'This username is reserved: choose another one' });
  return username;
}
