import { setTimeout as sleep } from 'node:timers/promises';
import { memoryTokens, type Parley, ParleyError } from '../../client/src/index.ts';
import { openParley } from '../../client/src/parley.ts';
import { documents } from './documents.ts';
import type { Ledger } from './ledger.ts';

/** The answer to an operation: its data, or the code of its first error; NETWORK where none came. */
export type Outcome<T> = { readonly data: T; readonly code: null } | { readonly data: null; readonly code: string };

/** How long a client waits, in seconds: less than a page does, because a run is short. */
const timing = { answer: 6, connect: 5, ping: 3, pong: 3, pause: 0.8 } as const;

/** Asks one node once, without a client. */
export async function ask<T>(
  url: string,
  query: string,
  variables: object = {},
  token = '',
  headers: Readonly<Record<string, string>> = {},
): Promise<Outcome<T>> {
  try {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers, ...(token === '' ? {} : { authorization: `Bearer ${token}` }) },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(timing.answer * 1000),
    });
    const { data, errors }: { data?: T; errors?: { message: string; extensions?: { code?: string } }[] } = await response.json();
    const [error] = errors ?? [];
    if (error) return { data: null, code: error.extensions?.code ?? error.message };
    return data === undefined || data === null ? { data: null, code: 'NETWORK' } : { data, code: null };
  } catch {
    return { data: null, code: 'NETWORK' };
  }
}

/** A person with a client, which keeps the session alive. */
export interface ChaosSession {
  readonly parley: Parley;
  readonly userId: string;
  readonly uuid: string;
  /** How often the session has ended, and the person has logged in again: the page has begun anew then. */
  relogins(): number;
  /** The token of now. */
  token(): Promise<string>;
  /** Sees to it that the token is good for a while. */
  renew(): Promise<unknown>;
  /** Asks until there is an answer that trying again cannot change, or `until` says that it is enough. */
  insist<T>(query: string, variables: object, isOver?: () => boolean): Promise<Outcome<T>>;
}

/** Registers somebody. Once `isRunOver`, nothing is tried again. */
export async function openSession(url: string, username: string, webSocket: unknown, ledger: Ledger, isRunOver: () => boolean): Promise<ChaosSession> {
  const password = 'correct horse';
  const store = memoryTokens();
  const tokens = {
    ...store,
    set(next: Parameters<typeof store.set>[0]) {
      if (next?.token) ledger.counts.refreshes += 1;
      return store.set(next);
    },
  };
  const parley = openParley({ url: `${url}/graphql`, tokens, webSocket, warmStart: false, locale: 'en' }, timing);
  const user = await parley.register({ username, password });
  let relogins = 0;
  let returning: Promise<void> | null = null;

  const logIn = async () => {
    while (!isRunOver() && parley.session.get().status !== 'signedIn') {
      try {
        await parley.signIn({ username, password });
        relogins += 1;
        ledger.counts.relogins += 1;
      } catch (error) {
        ledger.countCode(`login: ${error instanceof ParleyError ? error.code : error}`);
        await sleep(300);
      }
    }
  };
  parley.session.subscribe(() => {
    if (parley.session.get().status !== 'signedOut' || isRunOver()) return;
    returning ??= logIn().finally(() => {
      returning = null;
    });
  });

  const session: ChaosSession = {
    parley,
    userId: user.id,
    uuid: user.uuid,
    relogins: () => relogins,
    token: async () => (await tokens.get())?.token ?? '',
    renew: () => session.insist(documents.start, {}),
    async insist<T>(query: string, variables: object, isOver = () => false): Promise<Outcome<T>> {
      for (;;) {
        try {
          const document: { toString(): string; readonly __apiType?: (variables: object) => T } = query;
          return { data: await parley.request(document, variables), code: null };
        } catch (error) {
          if (!(error instanceof ParleyError)) throw error;
          const { code, retryable } = error;
          if (isOver() || isRunOver()) return { data: null, code };
          ledger.countCode(code);
          if (parley.session.get().status === 'signedOut') await returning;
          else if (!retryable) return { data: null, code };
          await sleep(100 + Math.random() * 200);
        }
      }
    },
  };
  return session;
}
