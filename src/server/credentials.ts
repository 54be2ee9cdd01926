import type { Locale } from '../kernel/errors.ts';
import { pickLocale } from '../kernel/locale.ts';

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

/** What `connectionParams` hold: `token`, or `Authorization` with "Bearer" (in either case of the letter, also inside `headers`), `locale`, `cursor`. */
export function credentialsOf(params: Readonly<Record<string, unknown>> | undefined, acceptLanguage: string | undefined): Credentials {
  const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);
  const inner = params?.headers;
  const headers: Readonly<Record<string, unknown>> = typeof inner === 'object' && inner !== null ? { ...inner } : {};
  const header = text(params?.Authorization) ?? text(params?.authorization) ?? text(headers.Authorization) ?? text(headers.authorization);
  return {
    token: text(params?.token) ?? tokenOfHeader(header),
    locale: pickLocale(text(params?.locale) ?? acceptLanguage),
    cursor: text(params?.cursor),
  };
}
