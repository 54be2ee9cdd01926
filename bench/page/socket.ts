import { type Client, type ClientOptions, createClient } from 'graphql-ws';
import type { Session } from './session.ts';

/** How far this page has come: the cursor of the last event that it has applied. */
export interface Place {
  cursor: string | null;
}

/** The one socket of a page. It comes back by itself, with a good token and with the newest cursor. */
export function createSocket(url: string, session: Session, place: Place, options: Partial<ClientOptions> = {}): Client {
  const { keepAlive = 10_000 } = options;
  let token = '';
  let silence: ReturnType<typeof setTimeout> | undefined;
  const socket = createClient({
    url,
    retryAttempts: Number.POSITIVE_INFINITY,
    // By default the client gives up where it cannot connect at all, such as while the server restarts.
    shouldRetry: () => true,
    // By default the first pause is longer than a second. At random, because everybody comes at once when a node stops.
    retryWait: (retries) => new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(300 * 2 ** retries, 20_000))),
    // A function, because it is asked on every connect.
    connectionParams: async () => {
      token = await session.token();
      return { token, cursor: place.cursor, locale: 'en' };
    },
    // A browser does not notice that a network has silently gone away.
    keepAlive,
    on: {
      ping: (received) => {
        if (!received) silence = setTimeout(() => socket.terminate(), keepAlive / 2);
      },
      pong: (received) => {
        if (received) clearTimeout(silence);
      },
      closed: (event) => {
        clearTimeout(silence);
        if (codeOf(event) === 4403) session.expire(token);
      },
    },
    ...options,
  });
  return socket;
}

/** The code of a close event. */
function codeOf(event: unknown): number | null {
  return typeof event === 'object' && event !== null && 'code' in event ? Number(event.code) : null;
}
