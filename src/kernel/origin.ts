const form = /^([a-z][a-z0-9+.-]*:)\/\/[^\s/?#@\\*]+\/?$/i;
const longest = 500;

/**
 * A text as the URL standard writes an origin: scheme, host, and the port unless it is the scheme's default (https://url.spec.whatwg.org/#origin).
 * Also of schemes of apps, such as `capacitor://localhost`, for which the standard itself knows no origin. Null where it is none.
 */
export function originOf(text: string): string | null {
  if (text.length > longest || !form.test(text) || !URL.canParse(text)) return null;
  const { protocol, host } = new URL(text);
  return host === '' ? null : `${protocol}//${host}`.toLowerCase();
}
