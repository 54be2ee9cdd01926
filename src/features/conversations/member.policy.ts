import { AppError } from '../../kernel/errors.ts';
import { formatTime } from '../../kernel/times.ts';
import type { MemberRole } from './conversation.entity.ts';

const ranks: Readonly<Record<MemberRole, number>> = { MEMBER: 0, ADMIN: 1, OWNER: 2 };

/** Whether a role stands above another: the owner above admins, both above members. Nobody stands above their like. */
export function standsAbove(role: MemberRole, other: MemberRole): boolean {
  return ranks[role] > ranks[other];
}

/** Whether a role runs the group, as the owner's and those of admins do. One that this version does not know does not. */
export function runsGroup(role: MemberRole): boolean {
  return role === 'OWNER' || role === 'ADMIN';
}

/** Throws `MUTED` where a member may not write until a later time than now. */
export function refuseMuted(mutedUntil: number | null, now: number): void {
  if (mutedUntil !== null && mutedUntil > now) throw new AppError('MUTED', { until: formatTime(mutedUntil) });
}
