import { AppError } from '../../kernel/errors.ts';
import { createSeldom } from '../../kernel/seldom.ts';
import { looksLikeServerKey, nameOfKey, type ServerCaller } from '../../kernel/server-caller.ts';
import { type Asker, anonymous } from '../../kernel/viewer.ts';
import type { Logger } from '../../platform/logger.ts';
import type { RateLimiter } from '../../platform/rate-limit.ts';
import type { Services } from '../../services.ts';

/** What a request says about who asks. */
export interface ShownCredentials {
  /** As it was sent, good or not; null where none was. */
  readonly token: string | null;
  /** The header Parley-Act-As. */
  readonly actAs: string | undefined;
  /** The header Origin: it comes from pages only. */
  readonly origin: string | undefined;
  /** See `Addresses`. */
  readonly address: () => string;
}

/** The check of whoever comes over HTTP: by a session, or by a server key, which comes nowhere else. */
export interface Askers {
  /** Throws what the session check throws, `TOKEN_INVALID` for a key that is none or was revoked, and `FORBIDDEN` for one that comes from a page or acts without the right. */
  require(shown: ShownCredentials): Promise<Asker>;
}

/** What the check stands on. */
export interface AskersOptions {
  readonly services: Pick<Services, 'sessions' | 'serverKeyCheck' | 'acting'>;
  readonly limiter: RateLimiter;
  readonly logger: Logger;
}

/** What a key costs an address that nobody knows, until it turns out to be good: each is asked of the database. */
const unknownCost = 10;

/** Makes it. */
export function createAskers({ services, limiter, logger }: AskersOptions): Askers {
  const { sessions, serverKeyCheck, acting } = services;
  const inPage = createSeldom(60_000);

  const requireServer = async (token: string, address: () => string): Promise<ServerCaller> => {
    const shown = serverKeyCheck.look(token);
    if (shown.isKnown) return await shown.requireServer();
    const charge = await limiter.charge('costOfAddress', [address()], unknownCost);
    const server = await shown.requireServer();
    charge.settle(0);
    return server;
  };

  return {
    async require({ token, actAs, origin, address }) {
      if (token === null && actAs === undefined) return anonymous;
      if (token === null) throw new AppError('TOKEN_MISSING');
      if (!looksLikeServerKey(token)) {
        const viewer = await sessions.requireViewer(token);
        // Whoever says it means to be somebody else, and would be themselves.
        if (actAs !== undefined) throw new AppError('FORBIDDEN', {}, keysOnly);
        return { viewer, server: null };
      }
      const server = await requireServer(token, address);
      if (origin !== undefined) {
        inPage((times) => {
          const facts = { serverKey: nameOfKey(server), name: server.name, origin, times };
          logger.warn(facts, 'a server key came from a page: whoever opens it has the key, revoke it');
        });
        throw new AppError('FORBIDDEN', {}, fromPage);
      }
      return { viewer: actAs === undefined ? null : await acting.requireViewer(server, actAs), server };
    },
  };
}

const keysOnly = { zh: 'Parley-Act-As 只能与服务器密钥一起使用', en: 'Parley-Act-As goes with a server key only' } as const;

const fromPage = {
  zh: '服务器密钥不能在网页中使用：请撤销它，并让您的服务器来请求',
  en: 'A server key must not be in a page: revoke it, and have your server ask',
} as const;
