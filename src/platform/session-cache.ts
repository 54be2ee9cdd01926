import type { Role } from '../kernel/viewer.ts';

/** What the session check needs to know of a session, as it was in the database at some moment. */
export interface SessionState {
  readonly sessionId: number;
  readonly userId: number;
  /** Empty where the user is gone. */
  readonly userUuid: string;
  readonly role: Role;
  /** When the session's present token ends, in milliseconds. */
  readonly tokenExpiresAt: number;
  /** Why the session is refused; null while it is good. */
  readonly refusal: 'TOKEN_INVALID' | 'SESSION_REPLACED' | 'USER_NOT_FOUND' | 'USER_DISABLED' | null;
}

/**
 * Makes the session check cheap. The row in the database is the truth, so no operation ever throws: a cache that is away caches nothing.
 * Keys are the uuids of sessions, times are milliseconds.
 */
export interface SessionCache {
  /** The state of a session, or null where it is not cached. */
  get(sessionUuid: string): Promise<SessionState | null>;
  /** Keeps what was read, unless something is kept already: a reader that read before a change must not overwrite it. */
  putIfAbsent(sessionUuid: string, state: SessionState, ttlMs: number): Promise<void>;
  /** Keeps what has just been committed, whatever was kept before. */
  put(sessionUuid: string, state: SessionState, ttlMs: number): Promise<void>;
}
