/** What a server key may do. ALL is all of them, and more: see `ServerCaller.isAll`. */
export const serverRights = ['USERS', 'SESSIONS', 'ACT', 'NOTICES', 'READ', 'ALL'] as const;

/** A right of a server key. */
export type ServerRight = (typeof serverRights)[number];

/** A server of the operator's that asks with a key of its own. */
export interface ServerCaller {
  /** 0: the key of the environment, which has no row. */
  readonly keyId: number;
  /** Null: likewise. */
  readonly keyUuid: string | null;
  readonly name: string;
  /** With ALL, every right stands here. */
  readonly rights: ReadonlySet<ServerRight>;
  /** Whether it has ALL: it reaches an AGENT as well. An ADMIN is reached by none. */
  readonly isAll: boolean;
}

/** What stands in audit records and log lines for a key. */
export function nameOfKey({ keyUuid }: ServerCaller): string {
  return keyUuid ?? 'environment';
}

const form = /^psk_[A-Za-z0-9_-]{43}$/;

/** Whether a token means to be a server key; it may be none for all that. */
export function looksLikeServerKey(token: string): boolean {
  return token.startsWith('psk_');
}

/** Whether a text has the form of a server key: psk_ and 32 bytes in base64url. */
export function isServerKey(text: string): boolean {
  return form.test(text);
}
