import { AppError } from '../../kernel/errors.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import type { LogWriter } from '../log/log.service.ts';
import type { UserRow } from './user.entity.ts';

/**
 * Locks an admin's own log, with other logs, and gives the admin's row; throws `FORBIDDEN` for whoever is none any more. Under these locks nobody is
 * disabled or demoted.
 */
export async function lockAdmin(writer: LogWriter, { userId }: Pick<Viewer, 'userId'>, others: readonly number[] = []): Promise<UserRow> {
  await writer.lock([userId, ...others]);
  const admin = await writer.db.selectFrom('User').selectAll().where('id', '=', userId).modifyEnd(writer.dialect.forUpdate).executeTakeFirst();
  if (!admin || admin.enabled === 0 || admin.role !== 'ADMIN') throw new AppError('FORBIDDEN');
  return admin;
}

/** An admin, and the account about which they do something. They may be the same. */
export interface UnderAdmin {
  readonly admin: UserRow;
  readonly user: UserRow;
}

/**
 * Locks an admin and an account, and gives both rows as they are now: of two admins who do something to each other at the same moment only one may succeed.
 * Throws `NOT_FOUND` where there is no such account, `FORBIDDEN` where the viewer is no admin any more.
 */
export async function lockUnderAdmin(writer: LogWriter, viewer: Pick<Viewer, 'userId'>, userUuid: string): Promise<UnderAdmin> {
  const found = await writer.db.selectFrom('User').select('id').where('uuid', '=', userUuid).executeTakeFirst();
  if (!found) throw new AppError('NOT_FOUND');
  await writer.lock([viewer.userId, found.id]);
  const rows = await writer.db
    .selectFrom('User')
    .selectAll()
    .where('id', 'in', [viewer.userId, found.id])
    .orderBy('id')
    .modifyEnd(writer.dialect.forUpdate)
    .execute();
  const admin = rows.find(({ id }) => id === viewer.userId);
  const user = rows.find(({ id }) => id === found.id);
  if (!user || !admin || admin.enabled === 0 || admin.role !== 'ADMIN') throw new AppError('FORBIDDEN');
  return { admin, user };
}
