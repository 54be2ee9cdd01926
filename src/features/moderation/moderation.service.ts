import { AppError, badInput } from '../../kernel/errors.ts';
import { decodeKeys, encodeKeys, type Page, pageOf, pageSize } from '../../kernel/page.ts';
import { foldText, optionalKeyword } from '../../kernel/search-text.ts';
import { optionalText } from '../../kernel/texts.ts';
import { rest } from '../../kernel/turns.ts';
import type { Role, Viewer } from '../../kernel/viewer.ts';
import type { Tx } from '../../platform/database.ts';
import { createStatement, type Slots } from '../../platform/statement.ts';
import type { AuditAction } from '../audit/audit.entity.ts';
import type { AuditChange, AuditService } from '../audit/audit.service.ts';
import type { SessionService } from '../auth/session.service.ts';
import type { WhichSessions } from '../auth/session-writer.service.ts';
import type { LogWriter } from '../log/log.service.ts';
import { lockUnderAdmin } from '../users/admin.service.ts';
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
  /** For the audit log and the server's, at most 500 characters. */
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
   * Disables or enables an account, or gives it another role. Disabling ends its sessions at once; enabling does not bring them back. Whoever becomes an
   * AGENT or ADMIN keeps the sessions that a password began, and no others. For each of the two a record is in the audit log.
   * Throws `NOT_FOUND`, `FORBIDDEN` for disabling or demoting oneself, `BAD_USER_INPUT` for a role that does not fit.
   */
  updateUser(viewer: Viewer, userUuid: string, change: UserChange): Promise<UserRow>;
}

/** What the service stands on. `onRecord` is told of each change, after it was committed. */
export interface ModerationServiceParts {
  readonly sessions: SessionService;
  readonly audit: AuditService;
  /** Stores, in the transaction in which it happens, what is still to be done about an account that has changed. */
  readonly onChanged: (writer: LogWriter, userId: number) => Promise<void>;
  readonly onRecord: (record: ModerationRecord) => void;
}

/** The most characters of what admins say. */
export const moderationLimits = { keyword: 100, reason: 500 } as const;

/** How many names are read at once, and for one page at most: it may have fewer people than asked for then, or nobody, and another one behind it. */
const namesAtOnce = 1000;
const namesAtMost = 100_000;

const isNameKey = (value: unknown): value is readonly [string] => Array.isArray(value) && value.length === 1 && typeof value[0] === 'string';

const usersInOrder = createStatement((tx, slot: Slots<{ ids: readonly number[] }>) =>
  tx.db.selectFrom('User').selectAll().where('id', 'in', slot('ids')).orderBy('usernameKey'),
);

/** All users, in the order of their usernames, as `ModerationService` has it. */
export async function listUsers(tx: Tx, { keyword, enabled, role, first, after }: UserFilter): Promise<Page<UserRow>> {
  const size = pageSize(first);
  const part = optionalKeyword('keyword', keyword, moderationLimits.keyword);
  const start = after ? decodeKeys(after, isNameKey)[0] : null;
  // As `base` has it: between two reads somebody may have changed.
  const isWanted = (user: UserRow) => (typeof enabled !== 'boolean' || user.enabled === (enabled ? 1 : 0)) && (!role || user.role === role);
  const base = () => {
    let query = tx.db.selectFrom('User').orderBy('usernameKey');
    if (enabled !== null && enabled !== undefined) query = query.where('enabled', '=', enabled ? 1 : 0);
    return role ? query.where('role', '=', role) : query;
  };
  const behind = (query: ReturnType<typeof base>, key: string | null) => (key === null ? query : query.where('usernameKey', '>', key));
  const cursorOf = (row: Pick<UserRow, 'usernameKey'>) => encodeKeys([row.usernameKey]);
  if (part === null) {
    const rows = await behind(base(), start)
      .selectAll()
      .limit(size + 1)
      .execute();
    return pageOf(rows, size, Boolean(after), cursorOf);
  }
  // Folded here and not there: each database has rules of its own on which letters are the same.
  const found: Pick<UserRow, 'id' | 'usernameKey'>[] = [];
  let last = start;
  let isThrough = false;
  for (let read = 0; !isThrough && found.length <= size && read < namesAtMost; read += namesAtOnce) {
    const names = await behind(base(), last).select(['id', 'username', 'usernameKey', 'nickname']).limit(namesAtOnce).execute();
    for (const name of names) if (foldText(name.username).includes(part) || foldText(name.nickname).includes(part)) found.push(name);
    last = names.at(-1)?.usernameKey ?? last;
    isThrough = names.length < namesAtOnce;
    await rest(0);
  }
  // Where the page ends is known from the names: whoever of them has changed or gone since is not on it, and nobody behind is passed over for that.
  const shown = found.slice(0, size);
  const rows = (await usersInOrder(tx, { ids: shown.map(({ id }) => id) })).filter(isWanted);
  const page = pageOf(rows, size, Boolean(after), cursorOf);
  // So many have been looked at that whoever asks goes on with the next page, though this one is not full.
  const end = found.length > size ? shown.at(-1)?.usernameKey : isThrough ? null : last;
  if (end === null || end === undefined) return page;
  return { ...page, pageInfo: { ...page.pageInfo, hasNextPage: true, endCursor: encodeKeys([end]) } };
}

/** Makes the service. */
export function createModerationService({ sessions, audit, onChanged, onRecord }: ModerationServiceParts): ModerationService {
  return {
    listUsers,

    async updateUser(viewer, userUuid, change) {
      const reason = optionalText('reason', change.reason, moderationLimits.reason);
      const { user, changed } = await sessions.write(async (writer) => {
        const { admin, user: before } = await lockUnderAdmin(writer, viewer, userUuid);
        const after: UserRow = { ...before, enabled: flagOf(change.enabled) ?? before.enabled, role: change.role ?? before.role };
        if (after.enabled === before.enabled && after.role === before.role) return { user: before, changed: false };
        requireAllowed(admin, before, after);
        await writer.stamp();
        await writer.db.updateTable('User').set({ enabled: after.enabled, role: after.role }).where('id', '=', after.id).execute();
        await indexNames(writer, after.id, before, after);
        if (after.enabled === 0) await writer.endSessions(after, 'DISABLED');
        else {
          if (isMadeStaff(before, after)) await writer.endSessions(after, 'REVOKED', after.passwordHash === null ? undefined : wasIssued);
          await writer.renewSessions(after);
        }
        writer.append(after.id, { kind: 'PERSON', aboutId: after.id }, [after.id]);
        await onChanged(writer, after.id);
        for (const [action, auditChange] of actionsIn(before, after))
          await audit.record(writer, { by: viewer, action, target: { type: 'User', key: after.uuid }, reason, change: auditChange });
        return { user: after, changed: true };
      });
      if (changed) onRecord({ adminUuid: viewer.uuid, userUuid, enabled: user.enabled === 1, role: user.role, reason });
      return user;
    },
  };
}

/** Whether somebody has become what proofs and server keys do not reach, or not all of them. */
function isMadeStaff(before: UserRow, after: UserRow): boolean {
  return before.role !== after.role && (after.role === 'ADMIN' || after.role === 'AGENT');
}

/**
 * Sessions that a server key asked for. Whoever has them has had the tokens as well as the person, and would be an admin from then on whom no key reaches; so
 * it is with all sessions of whoever comes in by proofs, and has no password.
 */
const wasIssued: WhichSessions = (eb) => eb('ttlMs', 'is not', null);

function flagOf(value: boolean | null | undefined): 0 | 1 | null {
  if (value === null || value === undefined) return null;
  return value ? 1 : 0;
}

/** What an admin has done who made one row of the other. */
function actionsIn(before: UserRow, after: UserRow): (readonly [AuditAction, AuditChange])[] {
  const actions: (readonly [AuditAction, AuditChange])[] = [];
  if (after.role !== before.role) actions.push(['user.role', { before: { role: before.role }, after: { role: after.role } }]);
  const isEnabled = after.enabled === 1;
  if (after.enabled !== before.enabled)
    actions.push([isEnabled ? 'user.enable' : 'user.disable', { before: { enabled: !isEnabled }, after: { enabled: isEnabled } }]);
  return actions;
}

/** Nobody locks out the last admin, and roles keep their meaning: visitors become users by registering only, and nobody becomes a visitor. */
function requireAllowed(admin: UserRow, before: UserRow, after: UserRow): void {
  if (admin.id === after.id) throw new AppError('FORBIDDEN');
  if (before.role === after.role) return;
  if (before.role === 'VISITOR') throw badInput('role', { zh: '访客须先注册', en: 'A visitor must register first' });
  if (after.role === 'VISITOR') throw badInput('role', { zh: '不能改为访客', en: 'Nobody can be made a visitor' });
}
