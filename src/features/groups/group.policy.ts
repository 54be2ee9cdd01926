import { AppError, badInput } from '../../kernel/errors.ts';
import type { MemberRole } from '../conversations/conversation.entity.ts';
import type { JoinPolicy } from './group.entity.ts';

/** The most that a name of a group may hold, in Unicode code points. */
const nameLimit = 50;

/** The most people that one call may bring in. */
const portionLimit = 100;

/** A name without the blanks around it, or null where none is given. `BAD_USER_INPUT` where it is longer than 50 characters. */
export function requireGroupName(name: string | null | undefined): string | null {
  const trimmed = name?.trim() ?? '';
  if ([...trimmed].length > nameLimit) throw badInput('name', { zh: `最多 ${nameLimit} 个字符`, en: `At most ${nameLimit} characters` });
  return trimmed === '' ? null : trimmed;
}

/** The name of a group that was given none: of the first members as many as fit into it. */
export function nameFromMembers(nicknames: readonly string[]): string {
  let name = [...(nicknames[0] ?? '')].slice(0, nameLimit).join('');
  for (const nickname of nicknames.slice(1)) {
    const longer = `${name}、${nickname}`;
    if ([...longer].length > nameLimit) break;
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
  return role !== 'MEMBER' || joinPolicy === 'OPEN';
}

/** Throws `CONFLICT` with the field where so many more would be too many for a group. */
export function requireRoom(field: string, memberCount: number, more: number, memberLimit: number): void {
  if (memberCount + more > memberLimit)
    throw new AppError('CONFLICT', { field }, { zh: `群成员最多 ${memberLimit} 人`, en: `A group has at most ${memberLimit} members` });
}
