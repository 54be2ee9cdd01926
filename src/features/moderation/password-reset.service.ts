import { AppError } from '../../kernel/errors.ts';
import type { SessionViewer } from '../../kernel/viewer.ts';
import type { Database } from '../../platform/database.ts';
import type { Passwords } from '../../platform/passwords.ts';
import type { AuditService } from '../audit/audit.service.ts';
import type { Caller } from '../auth/caller.policy.ts';
import type { SessionService } from '../auth/session.service.ts';
import { lockUnderAdmin } from '../users/admin.service.ts';
import { passwordToHandOver, requireResettable } from './password-reset.policy.ts';

/** For people who have forgotten their password: there is no mail, so an admin hands a new one over. */
export interface PasswordResets {
  /**
   * Gives somebody a password that is good for one login within the configured time, in which it has to be changed, and ends all their sessions. It is
   * told here and nowhere else. Doing it again gives another one. Throws `NOT_FOUND`, and what `requireResettable` throws.
   */
  reset(viewer: SessionViewer, userUuid: string, caller: Caller): Promise<string>;
}

/** What the service stands on. `goodForMs`: until when the password is good. */
export interface PasswordResetParts {
  readonly database: Database;
  readonly passwords: Passwords;
  readonly sessions: SessionService;
  readonly audit: AuditService;
  readonly goodForMs: number;
}

/** Makes the service. */
export function createPasswordResets({ database, passwords, sessions, audit, goodForMs }: PasswordResetParts): PasswordResets {
  return {
    async reset(viewer, userUuid, { address, isAwaited }) {
      const known = await database.read((tx) =>
        tx.db.selectFrom('User').select(['id', 'role', 'passwordHash']).where('uuid', '=', userUuid).executeTakeFirst(),
      );
      if (!known) throw new AppError('NOT_FOUND');
      // Before the work, and again under the locks.
      requireResettable({ id: viewer.userId }, known);
      const password = passwordToHandOver();
      const passwordHash = await passwords.hash(password, { house: address, who: viewer.uuid, isAwaited });
      await sessions.write(async (writer) => {
        const { admin, user } = await lockUnderAdmin(writer, viewer, userUuid);
        requireResettable(admin, user);
        const { now } = await writer.stamp();
        const changes = { passwordHash, passwordUntil: now + goodForMs };
        await writer.db.updateTable('User').set(changes).where('id', '=', user.id).execute();
        await writer.endSessions({ ...user, ...changes }, 'PASSWORD');
        await audit.record(writer, { by: viewer, action: 'user.password', target: { type: 'User', key: user.uuid }, reason: null, change: null });
      });
      return password;
    },
  };
}
