/** What an account may do; only an admin makes an AGENT or ADMIN. */
export type Role = 'VISITOR' | 'USER' | 'AGENT' | 'ADMIN';

/** Who asks: the person and the session of a request that passed the session check. Numeric ids never leave the server. */
export interface Viewer {
  readonly userId: number;
  readonly uuid: string;
  readonly role: Role;
  readonly sessionId: number;
  readonly sessionUuid: string;
}
