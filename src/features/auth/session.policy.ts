import { AppError, type ErrorCode } from '../../kernel/errors.ts';
import type { SessionViewer } from '../../kernel/viewer.ts';
import type { SessionState } from '../../platform/session-cache.ts';
import type { UserRow } from '../users/user.entity.ts';
import type { SessionRow } from './session.entity.ts';

/** The outcome of the session check of an open socket. `tokenExpiresAt` (milliseconds) is when the session's present token ends. */
export type SessionCheck =
  | { readonly ok: true; readonly viewer: SessionViewer; readonly tokenExpiresAt: number }
  | { readonly ok: false; readonly code: ErrorCode };

/** The state of a session, from its row and its user's (null where the user is gone). */
export function stateOf(
  session: Pick<SessionRow, 'id' | 'userId' | 'tokenExpiresAt' | 'endedAt' | 'endReason'>,
  user: Pick<UserRow, 'uuid' | 'role' | 'enabled'> | null,
): SessionState {
  return {
    sessionId: session.id,
    userId: session.userId,
    userUuid: user?.uuid ?? '',
    role: user?.role ?? 'VISITOR',
    tokenExpiresAt: session.tokenExpiresAt,
    refusal: refusalOf(session, user),
  };
}

/** Why a session is refused: by the reason of its end, else because its user is gone or disabled; null while it is good. */
function refusalOf(session: Pick<SessionRow, 'endedAt' | 'endReason'>, user: Pick<UserRow, 'enabled'> | null): SessionState['refusal'] {
  const disabled = user !== null && user.enabled === 0;
  if (session.endedAt !== null) {
    if (session.endReason === 'REPLACED') return 'SESSION_REPLACED';
    return session.endReason === 'DISABLED' && disabled ? 'USER_DISABLED' : 'TOKEN_INVALID';
  }
  if (user === null) return 'USER_NOT_FOUND';
  return disabled ? 'USER_DISABLED' : null;
}

/**
 * The steps of the check that come after "is there a token, and is it ours", in their order: invalid, expired, replaced, user gone, disabled.
 * `state` is null where there is no such session, `expiresAt` is when the token in question ends.
 */
export function judge(sessionUuid: string, state: SessionState | null, expiresAt: number, now: number): SessionCheck {
  if (state === null || state.refusal === 'TOKEN_INVALID') return { ok: false, code: 'TOKEN_INVALID' };
  if (expiresAt <= now) return { ok: false, code: 'TOKEN_EXPIRED' };
  if (state.refusal !== null) return { ok: false, code: state.refusal };
  const { userId, userUuid, role, sessionId, tokenExpiresAt } = state;
  return { ok: true, viewer: { userId, uuid: userUuid, role, sessionId, sessionUuid, actedBy: null }, tokenExpiresAt };
}

/** The viewer of a check that passed; throws its code otherwise. */
export function requirePassed(check: SessionCheck): SessionViewer {
  if (!check.ok) throw new AppError(check.code);
  return check.viewer;
}
