import { createHmac, randomInt } from 'node:crypto';
import { badInput } from '../../kernel/errors.ts';
import { isLonger } from '../../kernel/texts.ts';
import type { Keys } from '../../platform/keys.ts';

const wellFormed = /^[A-Za-z0-9_]{4,20}$/;
const visitorPrefix = 'VIS';

/** What a registered user may be called: 4 to 20 of A-Z a-z 0-9 _, not beginning with VIS in any case. Throws `BAD_USER_INPUT` for `username`. */
export function requireUsername(username: string): string {
  if (!wellFormed.test(username)) throw badInput('username', { zh: '用户名须为 4 到 20 位字母、数字或下划线', en: 'A username has 4 to 20 of A-Z a-z 0-9 _' });
  if (username.toUpperCase().startsWith(visitorPrefix))
    throw badInput('username', { zh: '用户名不能以 VIS 开头', en: 'Names that begin with VIS are kept for visitors' });
  return username;
}

/** The key by which a name is looked for, or null where nobody can have it: a database may take other letters for the same ones. */
export function usernameKeyOf(username: string): string | null {
  return wellFormed.test(username) ? username.toLowerCase() : null;
}

/** A password of 6 to 128 characters (Unicode code points), as it is. Throws `BAD_USER_INPUT` for `field`. */
export function requirePassword(field: string, password: string): string {
  if (!isLonger(password, 5) || isLonger(password, 128)) throw badInput(field, { zh: '密码须为 6 到 128 个字符', en: 'A password has 6 to 128 characters' });
  return password;
}

/** A name for a new visitor: VIS and 8 random letters or digits. Somebody may have it already. */
export function visitorName(): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
  return visitorPrefix + Array.from({ length: 8 }, () => letters[randomInt(letters.length)]).join('');
}

/** How a device id is stored: under the present key first, then under the previous one while it is accepted. */
export function deviceHashes(keys: Keys, deviceId: string): readonly string[] {
  return keys.accepted('device').map((key) => createHmac('sha256', key).update(deviceId.toLowerCase()).digest('hex'));
}
