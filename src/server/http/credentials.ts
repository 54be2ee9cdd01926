import type { Locale } from '../../kernel/errors.ts';
import { pickLocale } from '../../kernel/locale.ts';

/** What a client says about itself when it connects or asks. */
export interface Credentials {
  /** As it was sent, good or not; null where none was. */
  readonly token: string | null;
  readonly locale: Locale;
  /** `connectionParams.cursor`; null over HTTP. */
  readonly cursor: string | null;
}

const bearer = /^Bearer +(\S+) *$/i;

/** The token of an `Authorization` header (RFC 6750). One of another scheme counts as a token that is not valid, not as none. */
export function tokenOfHeader(header: string | null | undefined): string | null {
  const text = header?.trim() ?? '';
  return text === '' ? null : (bearer.exec(text)?.[1] ?? text);
}

/** What `connectionParams` hold: `token`, or `Authorization` with "Bearer" (as a header in any letters, also inside `headers`), `locale`, `cursor`. */
export function credentialsOf(params: Readonly<Record<string, unknown>> | undefined, acceptLanguage: string | undefined): Credentials {
  const inner = params?.headers;
  const header = authorizationIn(params) ?? (typeof inner === 'object' && inner !== null ? authorizationIn({ ...inner }) : null);
  return {
    token: textOf(params?.token) ?? tokenOfHeader(header),
    locale: pickLocale(textOf(params?.locale) ?? acceptLanguage),
    cursor: textOf(params?.cursor),
  };
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function authorizationIn(params: Readonly<Record<string, unknown>> = {}): string | null {
  for (const [name, value] of Object.entries(params)) {
    const text = name.toLowerCase() === 'authorization' ? textOf(value) : null;
    if (text !== null) return text;
  }
  return null;
}
