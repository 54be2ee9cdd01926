import common from './common-passwords.json' with { type: 'json' };
import { badInput } from './errors.ts';
import { isLonger } from './texts.ts';

/** How many characters a new password has. */
export const passwordLimits = { least: 8, most: 128 } as const;

/** Longer than any password that was ever taken, in whatever form: normalizing takes a time with the square of the marks on one letter. */
const mostUnits = 1024;

let known: ReadonlySet<string> | undefined;

/** Whether a password, in lower case, is among those that are used most. Read when it is first asked for. */
function isCommon(password: string): boolean {
  known ??= new Set(common.passwords.flatMap((line) => line.split(' ')));
  return known.has(password);
}

/**
 * The forms of a password of which the hash may be, the one that is hashed today first: NFKC, because the same keys give other letters on other
 * devices (é as one or as two, digits of full width); and as it was typed, where that differs, because it once was hashed so.
 */
export function formsOf(password: string): readonly string[] {
  if (password.length > mostUnits) return [''];
  const normal = password.normalize('NFKC');
  return normal === password ? [normal] : [normal, password];
}

/**
 * Throws `BAD_USER_INPUT` for a new password that has not 8 to 128 characters (code points of its NFKC form), is the username, or is one of the 10,000
 * that are used most, in whatever case.
 */
export function requirePassword(field: string, password: string, username: string): void {
  const { least, most } = passwordLimits;
  const [normal = ''] = formsOf(password);
  if (!isLonger(normal, least - 1) || isLonger(normal, most))
    throw badInput(field, { zh: `密码须为 ${least} 到 ${most} 个字符`, en: `A password has ${least} to ${most} characters` });
  const small = normal.toLowerCase();
  if (small === username.toLowerCase()) throw badInput(field, { zh: '密码不能与用户名相同', en: 'Choose a password other than the username' });
  if (isCommon(small)) throw badInput(field, { zh: '这个密码太常见，容易被猜到', en: 'Too many people use this password: choose another one' });
}

/** Whether two passwords are the same one, however they were typed. */
export function isSamePassword(one: string, other: string): boolean {
  return formsOf(one)[0] === formsOf(other)[0];
}
