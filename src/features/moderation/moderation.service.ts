import { AppError, badInput } from '../../kernel/errors.ts';
import { decodeKeys, encodeKeys, type Page, pageOf, pageSize } from '../../kernel/page.ts';
import { optionalKeyword } from '../../kernel/search-text.ts';
import { optionalText } from '../../kernel/texts.ts';
import type { Role, Viewer } from '../../kernel/viewer.ts';
import type { Tx } from '../../platform/database.ts';
import type { SessionService } from '../auth/session.service.ts';
import type { LogWriter } from '../log/log.service.ts';
import { indexNames } from '../users/name-index.service.ts';
import type { UserRow } from '../users/user.entity.ts';

/** Which users an admin looks for; what is null or absent does not narrow. */
export interface UserFilter {
  /** Part of the username or the nickname. */
  readonly keyword?: string | null | undefined;
  readonly enabled?: boolean | null | undefined;
  readonly role?: Role | null | undefined;
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
}

/** What an admin changes of a user; null or absent leaves. */
export interface UserChange {
  readonly enabled?: boolean | null | undefined;
  readonly role?: Role | null | undefined;
  /** For the server's log, at most 500 characters. */
  readonly reason?: string | null | undefined;
}

/** An action of an admin that changed something, by public ids. */
export interface ModerationRecord {
  readonly adminUuid: string;
  readonly userUuid: string;
  readonly enabled: boolean;
  readonly role: Role;
  readonly reason: string | null;
}

/** What admins do with accounts. */
export interface ModerationService {
  /** All users, visitors and disabled ones included, in the order of their usernames. */
  listUsers(tx: Tx, filter: UserFilter): Promise<Page<UserRow>>;
  /**
   * Disables or enables an account, or gives it another role. Disabling ends its sessions at once; enabling does not bring them back.
   * Throws `NOT_FOUND`, `FORBIDDEN` for disabling or demoting oneself, `BAD_USER_INPUT` for a role that does not fit.
   */
  updateUser(viewer: Viewer, userUuid: string, change: UserChange): Promise<UserRow>;
}

/** What the service stands on. `onRecord` is told of each change, after it was committed. */
export interface ModerationServiceParts {
  readonly sessions: SessionService;
  /** Stores, in the transaction in which it happens, what is still to be done about an account that has changed. */
  readonly onChanged: (writer: LogWriter, userId: number) => Promise<void>;
  readonly onRecord: (record: ModerationRecord) => void;
}

const isNameKey = (value: unknown): value is readonly [string] => Array.isArray(value) && value.length === 1 && typeof value[0] === 'string';

/** Makes the service. */
export function createModerationService({ sessions, onChanged, onRecord }: ModerationServiceParts): ModerationService {
  return {
    async listUsers(tx, { keyword, enabled, role, first, after }) {
      const size = pageSize(first);
      const part = optionalKeyword('keyword', keyword, 100);
      let query = tx.db.selectFrom('User').selectAll();
      if (part)
        query = query.where((e) =>
          e.or([e(e.fn('instr', ['usernameKey', e.val(part)]), '>', 0), e(e.fn('instr', [e.fn('lower', ['nickname']), e.val(part)]), '>', 0)]),
        );
      if (enabled !== null && enabled !== undefined) query = query.where('enabled', '=', enabled ? 1 : 0);
      if (role) query = query.where('role', '=', role);
      if (after) query = query.where('usernameKey', '>', decodeKeys(after, isNameKey)[0]);
      const rows = await query
        .orderBy('usernameKey')
        .limit(size + 1)
        .execute();
      return pageOf(rows, size, Boolean(after), (row) => encodeKeys([row.usernameKey]));
    },

    async updateUser(viewer, userUuid, change) {
      const reason = optionalText('reason', change.reason, 500);
      const { user, changed } = await sessions.write(async (writer) => {
        const found = await writer.db.selectFrom('User').select('id').where('uuid', '=', userUuid).executeTakeFirst();
        if (!found) throw new AppError('NOT_FOUND');
        // The admin's own log too: of two admins who disable each other at the same moment only one may succeed.
        await writer.lock([viewer.userId, found.id]);
        const rows = await writer.db
          .selectFrom('User')
          .selectAll()
          .where('id', 'in', [viewer.userId, found.id])
          .orderBy('id')
          .modifyEnd(writer.dialect.forUpdate)
          .execute();
        const admin = rows.find(({ id }) => id === viewer.userId);
        const before = rows.find(({ id }) => id === found.id);
        if (!before || !admin || admin.enabled === 0 || admin.role !== 'ADMIN') throw new AppError('FORBIDDEN');
        const after: UserRow = { ...before, enabled: flagOf(change.enabled) ?? before.enabled, role: change.role ?? before.role };
        if (after.enabled === before.enabled && after.role === before.role) return { user: before, changed: false };
        requireAllowed(admin, before, after);
        await writer.stamp();
        await writer.db.updateTable('User').set({ enabled: after.enabled, role: after.role }).where('id', '=', after.id).execute();
        await indexNames(writer, after.id, before, after);
        if (after.enabled === 0) await writer.endSessions(after, 'DISABLED');
        else await writer.renewSessions(after);
        writer.append(after.id, { kind: 'PERSON', aboutId: after.id }, [after.id]);
        await onChanged(writer, after.id);
        return { user: after, changed: true };
      });
      if (changed) onRecord({ adminUuid: viewer.uuid, userUuid, enabled: user.enabled === 1, role: user.role, reason });
      return user;
    },
  };
}

function flagOf(value: boolean | null | undefined): 0 | 1 | null {
  if (value === null || value === undefined) return null;
  return value ? 1 : 0;
}

/** Nobody locks out the last admin, and roles keep their meaning: visitors become users by registering only, and nobody becomes a visitor. */
function requireAllowed(admin: UserRow, before: UserRow, after: UserRow): void {
  if (admin.id === after.id) throw new AppError('FORBIDDEN');
  if (before.role === after.role) return;
  if (before.role === 'VISITOR') throw badInput('role', { zh: '访客须先注册', en: 'A visitor must register first' });
  if (after.role === 'VISITOR') throw badInput('role', { zh: '不能改为访客', en: 'Nobody can be made a visitor' });
}
