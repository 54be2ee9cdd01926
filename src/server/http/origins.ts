import { originOf } from '../../kernel/origin.ts';

/** Which web pages may use the API. */
export interface Origins {
  /**
   * Whether a request with this `Origin` header is served, which named `host` as the server that it wants. Without the header it comes from no
   * browser page, and is.
   */
  allows(origin: string | undefined, host?: string | null): boolean;
}

/** What else decides. */
export interface OriginRules {
  /** Any port of this machine, for the servers of development. */
  readonly anyLocalPort?: boolean;
  /** Told of an origin that is refused; null where it has not even the form of one. */
  readonly onRefused?: (origin: string | null) => void;
}

const local = /^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/;

/**
 * These origins, in the form of `originOf`, and that of the server itself by the address that is really used: a page is the server's own where
 * its host and port are those that the request names. The scheme is the affair of a proxy that takes TLS off. docs/decisions/0009-origins.md
 * says what that leaves open to a page whose name is turned to this server's address.
 */
export function createOrigins(list: readonly string[], { anyLocalPort = false, onRefused }: OriginRules = {}): Origins {
  const listed = new Set(list);
  const isOwn = (origin: string, host: string | null | undefined) => {
    const scheme = /^https?:/.exec(origin)?.[0];
    return scheme !== undefined && host != null && originOf(`${scheme}//${host}`) === origin;
  };
  return {
    allows(text, host) {
      if (text === undefined) return true;
      const origin = originOf(text);
      if (origin !== null && (listed.has(origin) || isOwn(origin, host) || (anyLocalPort && local.test(origin)))) return true;
      onRefused?.(origin);
      return false;
    },
  };
}

/** The headers that let a browser page of an allowed origin read the answer, those of its headers too that are `exposed` (the Fetch standard's CORS protocol). Cookies are never used. */
export function corsHeaders(origin: string | undefined, isAllowed: boolean, exposed = 'Retry-After'): Readonly<Record<string, string>> {
  if (origin === undefined || !isAllowed) return {};
  return { 'access-control-allow-origin': origin, 'access-control-expose-headers': exposed };
}

const usualHeaders = 'Authorization, Content-Type, Accept-Language';
const headerNames = /^[\w!#$%&'*+.^`|~-]+(?: *, *[\w!#$%&'*+.^`|~-]+)*$/;

/** What a preflight of an allowed origin is told beside `corsHeaders`: it may send what it asked for, whatever monitors and clients have added, by these `methods`. */
export function preflightHeaders(asked: string | undefined, methods = 'GET, POST, OPTIONS'): Readonly<Record<string, string>> {
  return {
    'access-control-allow-methods': methods,
    'access-control-allow-headers': asked !== undefined && asked.length <= 2_000 && headerNames.test(asked) ? `${usualHeaders}, ${asked}` : usualHeaders,
    'access-control-max-age': '600',
    vary: 'Access-Control-Request-Headers',
  };
}
