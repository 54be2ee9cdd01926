import { setTimeout as sleep } from 'node:timers/promises';
import { documents, type SessionAnswer } from './documents.ts';
import type { Ledger } from './ledger.ts';

/** The answer to an operation: its data, or the code of its first error; NETWORK where none came. */
export type Outcome<T> = { readonly data: T; readonly code: null } | { readonly data: null; readonly code: string };

/** How long a client waits for an answer, in milliseconds. */
const patienceMs = 6000;

/** Asks once. */
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
      signal: AbortSignal.timeout(patienceMs),
    });
    const { data, errors }: { data?: T; errors?: { message: string; extensions?: { code?: string } }[] } = await response.json();
    const [error] = errors ?? [];
    if (error) return { data: null, code: error.extensions?.code ?? error.message };
    return data === undefined || data === null ? { data: null, code: 'NETWORK' } : { data, code: null };
  } catch {
    return { data: null, code: 'NETWORK' };
  }
}

/** A person's session, kept alive as a good client does. */
export interface ChaosSession {
  readonly userId: string;
  readonly uuid: string;
  /** The token to use now, fresh where the last one was said to have expired. */
  token(): Promise<string>;
  /** Says that a token was refused because it has expired. */
  expire(token: string): void;
  /** Begins a new session, where the old one is over. */
  logIn(): Promise<void>;
  /** Asks until there is an answer that trying again cannot change, or `until` says that it is enough. */
  insist<T>(query: string, variables: object, isOver?: () => boolean): Promise<Outcome<T>>;
}

/** Codes after which a client tries again, with the same clientId. */
const retryable = ['NETWORK', 'UNAVAILABLE', 'INTERNAL', 'RATE_LIMITED'];

/** Registers somebody. Once `isRunOver`, nothing is tried again. */
export async function openSession(url: string, username: string, ledger: Ledger, isRunOver: () => boolean): Promise<ChaosSession> {
  const password = 'correct horse';
  const registered = await ask<SessionAnswer>(url, documents.register, { input: { username, password } });
  if (!registered.data?.session) throw new Error(`${username} could not be registered: ${registered.code}`);
  const { user } = registered.data.session;
  let tokens: { readonly token: string; readonly refreshToken: string } = registered.data.session;
  let expired = '';
  let renewing: Promise<void> | null = null;

  const once = (work: () => Promise<void>) => {
    renewing ??= work().finally(() => {
      renewing = null;
    });
    return renewing;
  };
  const logIn = async () => {
    while (!isRunOver()) {
      const { data, code } = await ask<SessionAnswer>(url, documents.login, { input: { username, password } });
      if (data?.session) {
        tokens = data.session;
        ledger.counts.relogins += 1;
        return;
      }
      ledger.countCode(`login: ${code}`);
      await sleep(300);
    }
  };
  const refresh = async () => {
    const { data, code } = await ask<SessionAnswer>(url, documents.refresh, { refreshToken: tokens.refreshToken });
    if (data?.session) {
      tokens = data.session;
      ledger.counts.refreshes += 1;
      return;
    }
    ledger.countCode(`refresh: ${code}`);
    if (code !== null && retryable.includes(code)) await sleep(200);
    else await logIn();
  };

  const session: ChaosSession = {
    userId: user.id,
    uuid: user.uuid,
    async token() {
      if (tokens.token === expired) await once(refresh);
      return tokens.token;
    },
    expire(token) {
      expired = token;
    },
    logIn: () => once(logIn),
    async insist<T>(query: string, variables: object, isOver = () => false): Promise<Outcome<T>> {
      for (;;) {
        const token = await session.token();
        const outcome = await ask<T>(url, query, variables, token);
        if (outcome.code === null || isOver() || isRunOver()) return outcome;
        ledger.countCode(outcome.code);
        if (outcome.code === 'TOKEN_EXPIRED') session.expire(token);
        else if (outcome.code === 'TOKEN_INVALID') {
          if (token === tokens.token) await session.logIn();
        } else if (!retryable.includes(outcome.code)) return outcome;
        else await sleep(100 + Math.random() * 200);
      }
    },
  };
  return session;
}
