import { randomInt } from 'node:crypto';
import { AppError, badInput } from '../../kernel/errors.ts';
import type { UserRow } from '../users/user.entity.ts';

/** What nobody takes for something else who reads it from paper, or hears it. */
const letters = '23456789abcdefghjkmnpqrstuvwxyz';

/** A password to be handed over: four times four letters and digits with hyphens between them, which is 79 bits. */
export function passwordToHandOver(): string {
  return Array.from({ length: 4 }, () => Array.from({ length: 4 }, () => letters[randomInt(letters.length)]).join('')).join('-');
}

/**
 * Throws where an admin may not reset the password of an account: `FORBIDDEN` for one's own, which needs the present one, and for another admin's;
 * `BAD_USER_INPUT` where there is none: nobody gives visitors, and people for whom a provider vouches, a second way in.
 */
export function requireResettable(admin: Pick<UserRow, 'id'>, user: Pick<UserRow, 'id' | 'role' | 'passwordHash'>): void {
  if (admin.id === user.id)
    throw new AppError('FORBIDDEN', {}, { zh: '请用 changePassword 修改自己的密码', en: 'Change your own password with changePassword' });
  if (user.role === 'ADMIN') throw new AppError('FORBIDDEN');
  if (user.passwordHash === null)
    throw badInput('userId', {
      zh: '这个帐号没有密码：访客凭设备登录，外部用户由其身份提供方登录',
      en: 'This account has no password: a visitor comes in by a device, a person of a provider by that provider',
    });
}
