import { AppError } from '../../kernel/errors.ts';
import type { ServerCaller } from '../../kernel/server-caller.ts';
import type { UserRow } from '../users/user.entity.ts';

/** Throws `FORBIDDEN` where a server key does not reach somebody: no key reaches an ADMIN, and only one with ALL an AGENT. */
export function requireReach(server: ServerCaller, { role }: Pick<UserRow, 'role'>): void {
  if (role === 'VISITOR' || role === 'USER') return;
  if (role === 'AGENT' && server.isAll) return;
  // A role that a newer version has made is reached by none.
  throw new AppError('FORBIDDEN');
}

/** Throws `FORBIDDEN` where no server key changes somebody, or what others may do to them, whatever it has: an ADMIN. */
export function requireNoAdmin({ role }: Pick<UserRow, 'role'>): void {
  if (role === 'ADMIN') throw new AppError('FORBIDDEN');
}
