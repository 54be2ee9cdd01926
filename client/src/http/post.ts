import { ownError, ParleyError } from '../errors.ts';
import type { ErrorCode } from '../generated/graphql.ts';
import { usualTiming } from '../timing.ts';
import type { TypedDocument } from '../types.ts';

/** What came back. There may be both: what of the document was answered, and why the rest was not. */
export type Answer<Result> = { readonly data: Result; readonly error: null } | { readonly data: Result | null; readonly error: ParleyError };

/** Sends one document. Rejects with NETWORK where no answer of the server's came, and with the signal's reason where it aborts. */
export type Post = <Result, Variables>(
  document: TypedDocument<Result, Variables>,
  variables: Variables,
  token: string,
  options?: PostOptions,
) => Promise<Answer<Result>>;

export interface PostOptions {
  readonly signal?: AbortSignal | undefined;
  /** After so many an answer does not come any more. Default: 15. */
  readonly seconds?: number;
}

interface Body<Result> {
  readonly data?: Result | null;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: ErrorCode } }[];
}

export function createPost(url: string, fetch: typeof globalThis.fetch, locale: () => string, { answer } = usualTiming): Post {
  return async <Result, Variables>(
    document: TypedDocument<Result, Variables>,
    variables: Variables,
    token: string,
    { signal, seconds = answer }: PostOptions = {},
  ) => {
    signal?.throwIfAborted();
    const ending = new AbortController();
    const abort = () => ending.abort();
    const timer = setTimeout(abort, seconds * 1000);
    signal?.addEventListener('abort', abort);
    let retryAfter = 0;
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'accept-language': locale(), ...(token && { authorization: `Bearer ${token}` }) },
        body: JSON.stringify({ query: String(document), variables }),
        signal: ending.signal,
      });
      retryAfter = Number(response.headers.get('retry-after'));
      // Whoever stands between says so in a language of its own, which may be JSON too.
      const { data = null, errors: [first] = [] }: Body<Result> = await response.json();
      if (first) return { data, error: new ParleyError(first.extensions?.code ?? 'INTERNAL', first.message, first.extensions) };
      if (!data) throw new TypeError();
      return { data, error: null };
    } catch {
      signal?.throwIfAborted();
      // A date is not read, and nobody who stands between keeps a page away for more than a minute.
      throw ownError('NETWORK', locale, retryAfter > 0 ? { retryAfterSeconds: Math.min(retryAfter, 60) } : {});
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
    }
  };
}
