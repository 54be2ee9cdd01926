/** What GraphiQL wants to run. */
export interface FetcherParams {
  readonly query: string;
  readonly operationName?: string | null;
  readonly variables?: unknown;
}

/** What it knows beside it. */
export interface FetcherOptions {
  /** What its header editor holds. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly documentAST?: {
    readonly definitions: readonly { readonly kind: string; readonly operation?: string; readonly name?: { readonly value: string } }[];
  };
}

/** An answer as GraphiQL shows it. */
export interface Shown {
  readonly data?: unknown;
  readonly errors?: readonly unknown[];
}

/** Where the answers to a subscription go. */
export interface Sink {
  next(shown: Shown): void;
  complete(): void;
}

/** A subscription that begins when somebody listens. */
export interface Following {
  subscribe(sink: Sink): { unsubscribe(): void };
}

/** What the page has from its browser. */
export interface Browser {
  /** The address of the API. */
  readonly url: string;
  readonly fetch: typeof fetch;
  readonly WebSocket: typeof WebSocket;
}

/**
 * Makes the fetcher of the page of GraphiQL. Its source is sent to browsers as it stands here, so it uses nothing but its arguments and what is
 * inside it. Subscriptions come back by themselves, with their cursor, and end with the reason where that would not help.
 */
export function createFetcher({ url, fetch, WebSocket }: Browser) {
  const advice: Readonly<Record<string, string>> = {
    TOKEN_MISSING: 'A subscription needs a token: put { "Authorization": "Bearer <token>" } into the headers below, then run it again.',
    TOKEN_INVALID: 'The token in the headers below is not valid, or its session has ended: log in, put the new token there, then run it again.',
    TOKEN_EXPIRED: 'The token has expired: get a new one with refreshSession or login, put it into the headers below, then run it again.',
    SESSION_REPLACED: 'This account was used to log in on another device, which ended this session.',
    USER_DISABLED: 'An administrator has disabled this account.',
    USER_NOT_FOUND: 'The user of the token is gone.',
  };
  const firstPauseMs = 300;
  const longestPauseMs = 10_000;
  const mostTries = 10;

  const problem = (message: string, code?: string): Shown => ({ errors: [{ message, ...(code ? { extensions: { code } } : {}) }] });

  const isSubscription = ({ query, operationName }: FetcherParams, options?: FetcherOptions) => {
    const operations = options?.documentAST?.definitions.filter(({ kind }) => kind === 'OperationDefinition') ?? [];
    const chosen = operations.find(({ name }) => name !== undefined && name.value === operationName) ?? operations[0];
    return chosen ? chosen.operation === 'subscription' : /^\s*subscription\b/.test(query);
  };

  const ask = async (params: FetcherParams, headers: Readonly<Record<string, string>>): Promise<Shown> => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { ...headers, accept: 'application/json', 'content-type': 'application/json' },
      body: JSON.stringify(params),
    });
    const text = await response.text();
    try {
      return JSON.parse(text);
    } catch {
      return problem(`The server answered with ${response.status} and no JSON: ${text.slice(0, 200)}`);
    }
  };

  const follow = (params: FetcherParams, headers: Readonly<Record<string, string>>): Following => ({
    subscribe(sink) {
      let socket: WebSocket | null = null;
      let timer: ReturnType<typeof setTimeout> | undefined;
      let cursor: unknown;
      let tries = 0;
      let isOver = false;

      const end = (last?: Shown) => {
        if (isOver) return;
        isOver = true;
        clearTimeout(timer);
        socket?.close();
        if (last) sink.next(last);
        sink.complete();
      };

      const receive = (text: string) => {
        const { type, payload } = JSON.parse(text);
        const say = (message: object) => socket?.send(JSON.stringify(message));
        if (type === 'connection_ack') {
          tries = 0;
          say({ id: '1', type: 'subscribe', payload: params });
        } else if (type === 'ping') say({ type: 'pong' });
        else if (type === 'next') {
          for (const event of Object.values(payload.data ?? {})) if (typeof event === 'object' && event !== null && 'cursor' in event) cursor = event.cursor;
          sink.next(payload);
        } else if (type === 'error') end({ errors: payload });
        else if (type === 'complete') end();
      };

      const lost = (code: number, reason: string) => {
        if (isOver) return;
        const comesBack = code === 1001 || code === 1005 || code === 1006 || code === 1012 || code === 1013 || code === 4408;
        if (!comesBack) return end(problem(advice[reason] ?? `The server closed the socket with ${code} ${reason}`, reason));
        tries += 1;
        if (tries > mostTries) return end(problem(`The socket cannot be opened, or is lost again and again (${code} ${reason}): see the log of the server`));
        const pause = Math.min(firstPauseMs * 2 ** (tries - 1), longestPauseMs);
        timer = setTimeout(open, Math.random() * pause);
      };

      const open = () => {
        const opened = new WebSocket(url.replace(/^http/, 'ws'), 'graphql-transport-ws');
        socket = opened;
        opened.onopen = () => opened.send(JSON.stringify({ type: 'connection_init', payload: { headers, cursor } }));
        opened.onmessage = ({ data }) => {
          if (!isOver) receive(String(data));
        };
        opened.onclose = ({ code, reason }) => lost(code, reason);
      };

      open();
      return { unsubscribe: () => end() };
    },
  });

  return (params: FetcherParams, options?: FetcherOptions): Promise<Shown> | Following => {
    // The schema is there for everybody who sees the page: a token that has expired must not hide it.
    const headers = params.operationName === 'IntrospectionQuery' ? {} : (options?.headers ?? {});
    return isSubscription(params, options) ? follow(params, headers) : ask(params, headers);
  };
}
