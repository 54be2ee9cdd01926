import type { Core } from '../core.ts';
import { EventsDocument, type EventsSubscription } from '../generated/graphql.ts';
import { loadLater } from '../load-later.ts';
import { createListeners, createState, safely } from '../observable.ts';
import { pauseBefore } from '../timing.ts';
import { tools } from '../tools.ts';
import type { ConnectionState, EndReason, Readable } from '../types.ts';
import { createSocket, endOf, type Socket, type SocketOptions } from './socket.ts';

export interface ConnectionOptions extends Pick<SocketOptions, 'url' | 'webSocket' | 'session' | 'waking' | 'locale' | 'timing'> {
  /** Reads what the page begins with; gives the cursor from which events go on. */
  readonly begin: (signal: AbortSignal) => Promise<string>;
  /** Takes an event. Each comes once, in order. */
  readonly apply: (event: EventsSubscription['events']) => void;
}

/** What keeps a page up to date: it begins, follows the events, and comes back from wherever it was. */
export interface Connection {
  readonly state: Readable<ConnectionState>;
  /** For somebody who has just come: from a cursor, or from the beginning. */
  start(cursor: string | null): void;
  /** Nobody is there any more; `reason` says why, null where there is none. */
  stop(reason: EndReason | null): void;
  readonly watch: Core['watch'];
}

export interface Run {
  readonly socket: Socket;
  readonly signal: AbortSignal;
  readonly abort: () => void;
  /** How far the page has come; null where it has to begin. */
  cursor: string | null;
}

export function createConnection({ begin, apply, ...options }: ConnectionOptions): Connection {
  const { session, waking, timing } = options;
  const state = createState<ConnectionState>({ status: 'idle' });
  const started = createListeners();
  let run: Run | null = null;

  const tell = (next: ConnectionState) => {
    if (next.status === 'waiting' || next.status !== state.get().status) state.set(next);
  };

  const pause = async (attempt: number, signal: AbortSignal) => {
    const seconds = pauseBefore(attempt, timing);
    state.set({ status: 'waiting', seconds });
    await waking.rest(seconds, signal);
  };

  const follow = async (own: Run) => {
    const { signal, socket } = own;
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        if (own.cursor === null) own.cursor = await begin(signal);
        if (await events(own)) attempt = -1;
        else if (attempt > 0) await pause(attempt, signal);
      } catch (error) {
        if (signal.aborted) return;
        const reason = endOf(error);
        if (reason && (await session.over(reason, socket.token()))) return;
        await pause(attempt, signal).catch(() => {});
      }
    }
  };

  /** Follows until what is shown has to be read anew: true where events had come by then. Rejects where that cannot go on by itself. */
  const events = (own: Run) =>
    new Promise<boolean>((resolve, reject) => {
      let wasLive = false;
      const variables = {
        // Asked on every connect.
        get after() {
          return own.cursor;
        },
      };
      const end = own.socket.client.subscribe<EventsSubscription>(
        { query: String(EventsDocument), variables },
        {
          next({ data }) {
            const event = data?.events;
            if (event) safely(() => apply(event));
            // An event that is too big to be told comes as an error: what it was about is read anew, as all is after a SyncReset.
            if (!event || event.__typename === 'SyncReset') {
              own.cursor = null;
              end();
              return;
            }
            own.cursor = event.cursor;
            if (event.__typename !== 'CaughtUp') return;
            wasLive = true;
            own.socket.calm();
            tell({ status: 'live' });
            waking.end();
          },
          error: reject,
          complete: () => resolve(wasLive),
        },
      );
      own.signal.addEventListener('abort', end);
    });

  const stop = () => {
    run?.abort();
    run?.socket.close();
    run = null;
  };

  return {
    state,
    start(cursor) {
      stop();
      const ending = new AbortController();
      const { signal } = ending;
      const tellOf = (next: ConnectionState) => {
        if (!signal.aborted) tell(next);
      };
      const socket = createSocket({
        ...options,
        onConnecting: () => tellOf({ status: 'connecting' }),
        onConnected: () => tellOf({ status: 'catchingUp' }),
        onWaiting: (seconds) => tellOf({ status: 'waiting', seconds }),
      });
      run = { socket, signal, abort: () => ending.abort(), cursor };
      tell({ status: 'connecting' });
      void follow(run);
      started.call();
    },
    stop(reason) {
      stop();
      tell(reason === null ? { status: 'idle' } : { status: 'ended', reason });
    },
    watch(name, variables, listener, ended) {
      const ending = new AbortController();
      const { signal } = ending;
      const watched = { run: () => run, started, rest: waking.rest, tools, signal };
      loadLater(
        () => import('./watching.ts'),
        (attempt) => waking.rest(pauseBefore(attempt, timing), signal),
      ).then(
        ({ watch }) => watch(watched, name, variables, listener, ended),
        () => {},
      );
      return () => ending.abort();
    },
  };
}
