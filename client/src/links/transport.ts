import type { Client, FormattedExecutionResult, Sink, SubscribePayload } from 'graphql-ws';
import { createSocket, endOf, type Socket } from '../connection/socket.ts';
import { createWaking, sleep } from '../connection/waking.ts';
import { ParleyError } from '../errors.ts';
import { MeDocument } from '../generated/graphql.ts';
import { createPost } from '../http/post.ts';
import { createRequest } from '../http/request.ts';
import { localeOf, sentence } from '../locale.ts';
import { createSession, overCodeOf } from '../session/session.ts';
import { localStorageTokens } from '../session/tokens.ts';
import { pauseBefore } from '../timing.ts';
import type { Parley, ParleyOptions } from '../types.ts';

/** The session and the one socket of a page, for a client that keeps what is shown by itself. The functions that `Parley` has as well do the same here. */
export interface Transport extends Pick<Parley, 'session' | 'restore' | 'signIn' | 'register' | 'visit' | 'identify' | 'close'> {
  /** The GraphQL endpoint, as an absolute address. */
  readonly url: string;
  /** `fetch` with the token of the session, and once more with a new one where it has expired; later where the server asks to wait, up to a minute. */
  readonly fetch: (input: string | URL | Request, init?: RequestInit) => Promise<Response>;
  /**
   * As `subscribe` of graphql-ws: runs an operation on the socket, which is opened for it, and again after every loss, until the function that it gives
   * is called. The operation is read anew each time. `error` gets what the server has refused it for, or a ParleyError where the session is over.
   */
  readonly subscribe: Client['subscribe'];
  /** Ends the session in all tabs. */
  signOut(): Promise<void>;
}

export interface TransportOptions extends Pick<ParleyOptions, 'url' | 'tokens' | 'locale' | 'webSocket' | 'fetch'> {}

/** Seconds that nobody sees a reason for. Where the server asks for more, the page has to say so. */
const patience = 60;

/** Makes the session and the socket of a page; opens nothing before it is used. */
export function createTransport(options: TransportOptions): Transport {
  const url = new URL(options.url, globalThis.location?.href).href;
  const locale = () => localeOf(options.locale);
  const send: typeof fetch = (input, init) => (options.fetch ?? fetch)(input, init);
  const post = createPost(url, send, locale);
  const waking = createWaking();
  const session = createSession(url, options.tokens ?? localStorageTokens(), post, locale);
  const request = createRequest(post, session, () => () => {});
  const endings = new Set<(why: ParleyError | null) => void>();
  const closing = new AbortController();
  let socket: Socket | null = null;

  const open = () => {
    const nothing = () => {};
    socket ??= createSocket({
      ...{ url, webSocket: options.webSocket, session, waking, locale },
      onConnecting: nothing,
      onConnected: nothing,
      onWaiting: nothing,
    });
    return socket;
  };
  /** The socket is somebody's who is not there any more. */
  const shut = (why: ParleyError | null) => {
    for (const end of endings) end(why);
    socket?.close();
    socket = null;
  };

  const subscribe = <Data = Record<string, unknown>, Extensions = unknown>(
    operation: SubscribePayload,
    sink: Sink<FormattedExecutionResult<Data, Extensions>>,
  ) => {
    const ending = new AbortController();
    let end = () => {};
    const isOver = () => ending.signal.aborted;
    const stop = () => {
      ending.abort();
      endings.delete(shutOne);
      end();
    };
    /** Ends by itself, where another one has not been quicker. */
    const finish = (tell: () => void) => {
      if (isOver()) return;
      stop();
      tell();
    };
    const shutOne = (why: ParleyError | null) => finish(() => (why ? sink.error(why) : sink.complete()));
    const begin = (attempt: number) => {
      const own = open();
      end = own.client.subscribe<Data, Extensions>(operation, {
        next(result) {
          own.calm();
          sink.next(result);
        },
        complete: () => finish(() => sink.complete()),
        error: (error) => void failed(error, own, attempt),
      });
    };
    const failed = async (error: unknown, own: Socket, attempt: number) => {
      if (isOver()) return;
      // The errors of the operation: it was refused.
      if (Array.isArray(error)) return finish(() => sink.error(error));
      const reason = endOf(error);
      // What is over ends all, this one too.
      if (reason && (await session.over(reason, own.token()))) return;
      await waking.rest(pauseBefore(attempt), ending.signal).catch(() => {});
      if (!isOver()) begin(attempt + 1);
    };
    endings.add(shutOne);
    begin(0);
    return stop;
  };

  const stopFollowing = [
    session.state.subscribe(() => {
      const state = session.state.get();
      if (state.status !== 'signedOut') return;
      const code = state.reason && state.reason !== 'SIGNED_OUT' ? state.reason : 'TOKEN_MISSING';
      shut(new ParleyError(code, sentence('TOKEN_MISSING', locale())));
    }),
    session.onSwitch(() => {
      shut(null);
      void follow();
    }),
  ];

  const restore = async () => {
    if (!session.restore(await session.read())) return false;
    const { viewer } = await request(MeDocument, {});
    if (viewer) session.know(viewer.user);
    // Nobody has a token any more, or another tab has one by now.
    else await session.over('TOKEN_MISSING', '');
    return viewer !== null;
  };
  /** Until it is known who is there: nobody has asked, so nobody would ask again. */
  const follow = async () => {
    for (let attempt = 0; session.state.get().status === 'restoring' && !closing.signal.aborted; attempt++) {
      await restore().catch(() => waking.rest(pauseBefore(attempt), closing.signal).catch(() => {}));
    }
  };

  return {
    url,
    session: session.state,
    signIn: async (input) => (await session.asking()).signIn(input),
    register: async (input) => (await session.asking()).register(input),
    visit: async () => (await session.asking()).visit(),
    identify: async (input) => (await session.asking()).identify(input),
    restore,
    subscribe,
    signOut: session.leave,
    async fetch(input, init = {}) {
      const headers = new Headers(init.headers);
      if (!headers.has('accept-language')) headers.set('accept-language', locale());
      const withToken = (token: string) => {
        if (token !== '') headers.set('authorization', `Bearer ${token}`);
        return patiently(() => send(input, { ...init, headers }));
      };
      const ownToken = session.bind();
      const token = await ownToken();
      const response = await withToken(token);
      const code = await codeIn(response);
      if (code === 'TOKEN_EXPIRED') {
        session.expire(token);
        return await withToken(await ownToken());
      }
      const over = overCodeOf(code);
      if (over && token !== '') await session.over(over, token);
      return response;
    },
    async close() {
      closing.abort();
      for (const stop of stopFollowing) stop();
      shut(null);
      session.close();
      waking.close();
    },
  };
}

/** Sends, and sends the same again when the time is over that the server asks to wait: the header is there where nothing of it was done. */
async function patiently(send: () => Promise<Response>): Promise<Response> {
  for (;;) {
    const response = await send();
    const seconds = Number(response.headers.get('retry-after'));
    if (!(seconds > 0 && seconds <= patience) || (await codeIn(response)) !== 'RATE_LIMITED') return response;
    await sleep(seconds);
  }
}

/** The code of the first error of an answer, which can still be read. */
async function codeIn(response: Response): Promise<unknown> {
  const { errors }: { errors?: readonly { readonly extensions?: { readonly code?: unknown } }[] } = await response
    .clone()
    .json()
    .catch(() => ({}));
  return errors?.[0]?.extensions?.code;
}
