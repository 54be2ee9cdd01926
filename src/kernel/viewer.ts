import type { ServerCaller } from './server-caller.ts';

/** What an account may do; only an admin makes an AGENT or ADMIN. */
export type Role = 'VISITOR' | 'USER' | 'AGENT' | 'ADMIN';

/** Who asks: the person of a request that passed the check, by a session of their own or by a server key that acts as them. Numeric ids never leave the server. */
export interface Viewer {
  readonly userId: number;
  readonly uuid: string;
  readonly role: Role;
  /** The session; null where a server key acts, which has none. */
  readonly sessionId: number | null;
  readonly sessionUuid: string | null;
  /** The server key that acts as the person; null where the person asks. */
  readonly actedBy: ServerCaller | null;
}

/** Somebody who asks by a session of their own. */
export interface SessionViewer extends Viewer {
  readonly sessionId: number;
  readonly sessionUuid: string;
  readonly actedBy: null;
}

/** Who a request comes from. Both are null where it came without a token; both are there where a server key acts as somebody. */
export interface Asker {
  /** The person as whom it is answered. */
  readonly viewer: Viewer | null;
  /** The server key with which it came. */
  readonly server: ServerCaller | null;
}

/** Whoever came without a token. */
export const anonymous: Asker = { viewer: null, server: null };

/** Whether somebody asks by a session of their own. */
export function hasOwnSession(viewer: Viewer): viewer is SessionViewer {
  return viewer.sessionId !== null && viewer.sessionUuid !== null && viewer.actedBy === null;
}
