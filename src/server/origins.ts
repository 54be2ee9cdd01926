/** Which web pages may use the API. */
export interface Origins {
  /** Whether a request with this `Origin` header is served. Without the header it comes from no browser page, and is. */
  allows(origin: string | undefined): boolean;
}

/** Exactly these origins, compared as texts; nothing is matched by pattern. Where the server was given port 0, `port` takes its place. */
export function createOrigins(list: readonly string[], port: number): Origins {
  const allowed = new Set(list.map((origin) => origin.replace(/:0$/, `:${port}`)));
  return { allows: (origin) => origin === undefined || allowed.has(origin) };
}

/** The headers that let a browser page of an allowed origin read the answer (the Fetch standard's CORS protocol). Cookies are never used. */
export function corsHeaders(origin: string | undefined, origins: Origins): Readonly<Record<string, string>> {
  if (origin === undefined || !origins.allows(origin)) return { vary: 'Origin' };
  return { vary: 'Origin', 'access-control-allow-origin': origin, 'access-control-expose-headers': 'Retry-After' };
}

/** What a preflight of an allowed origin is told beside `corsHeaders`. */
export const preflightHeaders: Readonly<Record<string, string>> = {
  'access-control-allow-methods': 'GET, POST, OPTIONS',
  'access-control-allow-headers': 'Authorization, Content-Type, Accept-Language',
  'access-control-max-age': '600',
};
