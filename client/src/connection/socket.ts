import { type Client, createClient } from 'graphql-ws';
import type { ErrorCode } from '../generated/graphql.ts';
import { isObject } from '../is-object.ts';
import { overCodeOf, type Session } from '../session/session.ts';
import { pauseBefore, type Timing, usualTiming } from '../timing.ts';
import type { Waking } from './waking.ts';

/** Where somebody looks at the page again, or the network is back, an answer is not waited for as long, in seconds. */
const pongAtOnce = 2;

export interface SocketOptions {
  readonly url: string;
  readonly webSocket: unknown;
  readonly session: Session;
  readonly waking: Waking;
  readonly locale: () => string;
  readonly timing?: Timing | undefined;
  /** It connects. */
  readonly onConnecting: () => void;
  /** The server has let it in. */
  readonly onConnected: () => void;
  /** It connects in so many seconds. */
  readonly onWaiting: (seconds: number) => void;
}

/** The one socket of a page: stock graphql-ws, which comes back by itself with a good token. */
export interface Socket {
  readonly client: Client;
  /** All is well: the next pause is a short one again. */
  calm(): void;
  /** The token that it was opened with last. */
  readonly token: () => string;
  /** Closes it for good. All subscriptions have to be ended before. */
  close(): void;
}

export function createSocket({ url, webSocket, session, waking, locale, timing = usualTiming, onConnecting, onConnected, onWaiting }: SocketOptions): Socket {
  let token = '';
  let attempt = 0;
  let open: Sender | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const closing = new AbortController();

  const give = (seconds: number) => {
    clearTimeout(timer);
    timer = setTimeout(() => client.terminate(), seconds * 1000);
  };
  const client = createClient({
    // Not before there is a good token: the server does not wait long for the first word of a socket.
    url: async () => {
      // Where none can be had the old one is refused, and it is tried again.
      token = await session
        .bind()()
        .catch(() => token);
      give(timing.connect);
      return url.replace(/^http/, 'ws');
    },
    connectionParams: () => ({ token, locale: locale() }),
    webSocketImpl: typeof webSocket === 'function' ? likeInBrowsers(webSocket) : webSocket,
    retryAttempts: Number.POSITIVE_INFINITY,
    shouldRetry: () => true,
    retryWait: async () => {
      const seconds = pauseBefore(attempt++, timing);
      onWaiting(seconds);
      await waking.rest(seconds, closing.signal).catch(() => {});
    },
    keepAlive: timing.ping * 1000,
    on: {
      connecting: onConnecting,
      connected: (socket) => {
        clearTimeout(timer);
        open = isSender(socket) ? socket : null;
        onConnected();
      },
      // A browser does not notice that a network has silently gone away.
      ping: (received) => {
        if (!received) give(timing.pong);
      },
      pong: (received) => {
        if (received) clearTimeout(timer);
      },
      closed: (event) => {
        clearTimeout(timer);
        open = null;
        if (isObject(event) && event.code === 4403) session.expire(token);
      },
    },
  });
  const stopWaking = waking.onWake(() => {
    if (!open) return;
    open.send('{"type":"ping"}');
    give(pongAtOnce);
  });
  const stopLoss = waking.onLoss(() => client.terminate());
  return {
    client,
    token: () => token,
    calm() {
      attempt = 0;
    },
    close() {
      clearTimeout(timer);
      stopWaking();
      stopLoss();
      closing.abort();
      // One that is just trying to connect says so by failing.
      void Promise.resolve(client.dispose()).catch(() => {});
    },
  };
}

/** What the sockets of the package `ws` have beyond those of browsers. */
interface NodeSocket {
  on(event: 'error', listener: () => void): unknown;
  close(code?: number, reason?: string): void;
  terminate(): void;
}

/**
 * Of the package `ws`: a socket that is closed before it is open must not end the process, and one that is given up must not bring anything any more,
 * as those of browsers do not.
 */
function likeInBrowsers(webSocket: object): object {
  return new Proxy(webSocket, {
    construct(target, args) {
      const socket: object = typeof target === 'function' ? Reflect.construct(target, args) : {};
      if (!isNodeSocket(socket)) return socket;
      const close = socket.close.bind(socket);
      socket.on('error', () => {});
      socket.close = (code, reason) => (code === terminated ? socket.terminate() : close(code, reason));
      return socket;
    },
  });
}

/** With what graphql-ws closes a connection that is given up. */
const terminated = 4499;

function isNodeSocket(socket: object): socket is NodeSocket {
  return 'on' in socket && 'terminate' in socket;
}

/** Why a session is over, where the server has closed for that. */
export function endOf(event: unknown): ErrorCode | undefined {
  return isObject(event) && event.code === 4401 ? overCodeOf(event.reason) : undefined;
}

interface Sender {
  send(data: string): void;
}

function isSender(value: unknown): value is Sender {
  return isObject(value) && 'send' in value;
}
