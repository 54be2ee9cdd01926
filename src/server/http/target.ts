/** What the target of a request names. */
export interface Target {
  readonly path: string;
  /** With its question mark; empty where there is none. */
  readonly search: string;
  /** Host and port that it names, in the place of the header `Host`; null where it names none. */
  readonly host: string | null;
}

const absolute = /^https?:\/\/(?:[^/?#@]*@)?([^/?#]*)([^?#]*)/i;

/** Reads the target of a request line: a path, `*`, or the absolute form that proxies send (RFC 9112, section 3.2). */
export function targetOf(text: string): Target {
  const found = absolute.exec(text);
  const rest = found === null ? text : (found[2] || '/') + text.slice(found[0].length);
  const [whole = ''] = rest.split('#', 1);
  const at = whole.indexOf('?');
  return { path: at < 0 ? whole : whole.slice(0, at), search: at < 0 ? '' : whole.slice(at), host: found?.[1] ?? null };
}
