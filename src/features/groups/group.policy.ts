import { AppError, badInput } from '../../kernel/errors.ts';
import { harmlessName, nameLimit } from '../../kernel/names.ts';
import { isLonger } from '../../kernel/texts.ts';
import type { MemberRole } from '../conversations/conversation.entity.ts';
import { runsGroup } from '../conversations/member.policy.ts';
import type { JoinPolicy } from './group.entity.ts';

/** The most people that one call may bring in. */
export const portionLimit = 100;

/** The most characters of an announcement. */
export const announcementLimit = 2000;

/** The name of a group that was given none: of the first members as many as fit into it. */
export function nameFromMembers(nicknames: readonly string[]): string {
  // Rows of before may hold what no name holds now.
  const [first = '', ...others] = nicknames.map(harmlessName);
  let name = [...first].slice(0, nameLimit).join('');
  for (const nickname of others) {
    const longer = `${name}、${nickname}`;
    if (isLonger(longer, nameLimit)) break;
    name = longer;
  }
  return name;
}

/** Each of these once. `BAD_USER_INPUT` with the field where there are more than 100, or fewer than `least`. */
export function requirePortion(field: string, uuids: readonly string[], least: number): readonly string[] {
  const distinct = [...new Set(uuids)];
  if (distinct.length < least || distinct.length > portionLimit)
    throw badInput(field, { zh: `每次请选择 ${least} 到 ${portionLimit} 人`, en: `Choose ${least} to ${portionLimit} people at a time` });
  return distinct;
}

/** Whether those whom a member invites are in at once; else they wait for the owner or an admin. */
export function letsIn(role: MemberRole, joinPolicy: JoinPolicy): boolean {
  return runsGroup(role) || joinPolicy === 'OPEN';
}

/** Throws `CONFLICT` with the field where so many more requests may not wait in a group. */
export function requireRoomToWait(field: string, waiting: number, more: number, limit: number): void {
  if (waiting + more > limit)
    throw new AppError(
      'CONFLICT',
      { field },
      { zh: '该群待处理的入群申请过多，请稍后再试', en: 'Too many requests wait in this group: try again when some have been answered' },
    );
}

/** Throws `CONFLICT` for the role where so many more admins would be too many for a group: what waits for an answer is told to each of them. */
export function requireRoomForAdmins(admins: number, more: number, limit: number): void {
  if (admins + more > limit) throw new AppError('CONFLICT', { field: 'role' }, { zh: `群管理员最多 ${limit} 人`, en: `A group has at most ${limit} admins` });
}

/** Throws `CONFLICT` with the field where so many more would be too many for a group. */
export function requireRoom(field: string, memberCount: number, more: number, memberLimit: number): void {
  if (memberCount + more > memberLimit)
    throw new AppError('CONFLICT', { field }, { zh: `群成员最多 ${memberLimit} 人`, en: `A group has at most ${memberLimit} members` });
}
