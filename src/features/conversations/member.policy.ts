import type { MemberRole } from './conversation.entity.ts';

const ranks: Readonly<Record<MemberRole, number>> = { MEMBER: 0, ADMIN: 1, OWNER: 2 };

/** Whether a role stands above another: the owner above admins, both above members. Nobody stands above their like. */
export function standsAbove(role: MemberRole, other: MemberRole): boolean {
  return ranks[role] > ranks[other];
}
