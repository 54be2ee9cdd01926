import { ownError } from '../errors.ts';
import type { ErrorCode } from '../generated/graphql.ts';
import type { Post } from '../http/post.ts';
import { loaded } from '../load-later.ts';
import { createListeners, createState } from '../observable.ts';
import { tools } from '../tools.ts';
import type { EndReason, Readable, SessionState, TokenStore, Tokens, User } from '../types.ts';
import type { Asking } from './asking.ts';

/** The one session of all tabs that share a store of tokens. It looks at no clock: the server says when a token is over. */
export interface Session {
  readonly state: Readable<SessionState>;
  /** What is asked of the server. Rejects with NETWORK where that cannot be loaded. */
  asking(): Promise<Asking>;
  /** Takes up what was read just now: gives the tokens of a session, null where there is none. Says `signedOut` then. */
  restore(kept: Tokens | null): Tokens | null;
  /** Who the tokens are of. */
  know(user: User): void;
  /** What all tabs share. */
  read(): Promise<Tokens | null>;
  write(next: Tokens): Promise<void>;
  /**
   * Gives the token to send for whoever the page shows now, or whoever has signed in by the first call: renewed where the server has said that it is over,
   * empty without a session. Rejects with NETWORK where it cannot be renewed, and with TOKEN_MISSING once the tokens are of somebody else: nobody does what
   * another one has asked for.
   */
  bind(): () => Promise<string>;
  /** The server has said TOKEN_EXPIRED to this token. */
  expire(token: string): void;
  /** The server has said to this token that the session is over. False where another tab has a new one by now. */
  over(code: EndReason, token: string): Promise<boolean>;
  /** Ends the session in all tabs, and at the server. */
  leave(): Promise<void>;
  /** Somebody else is signed in now, by another tab: the state is `restoring` until it is known who. */
  onSwitch(listener: () => void): () => void;
  close(): void;
}

const overCodes: readonly ErrorCode[] = ['TOKEN_MISSING', 'TOKEN_INVALID', 'SESSION_REPLACED', 'USER_NOT_FOUND', 'USER_DISABLED'];

/** The code, where the server says by it that a session is over. */
export function overCodeOf(code: unknown): ErrorCode | undefined {
  return overCodes.find((known) => known === code);
}

export function createSession(url: string, store: TokenStore, post: Post, locale: () => string): Session {
  const state = createState<SessionState>({ status: 'restoring' });
  const switched = createListeners();
  let userId: string | undefined;
  let expired = '';
  let refreshing: Promise<void> | null = null;
  let writing = 0;

  const write = async (next: Tokens) => {
    writing += 1;
    try {
      await store.set(next);
    } finally {
      writing -= 1;
    }
  };

  const read = async () => await store.get();

  const renewed = async (): Promise<Tokens | null> => {
    const kept = await read();
    if (!kept?.token || kept.token !== expired) return kept;
    refreshing ??= asking()
      .then((it) => it.refresh(kept))
      .finally(() => {
        refreshing = null;
      });
    await refreshing;
    return await read();
  };

  const asking = async (): Promise<Asking> => {
    const { createAsking } = await loaded(import('./asking.ts'), locale);
    return createAsking(url, post, session, tools);
  };

  const end = (reason: EndReason | null) => {
    userId = undefined;
    state.set({ status: 'signedOut', reason });
  };

  const over = async (ended: EndReason, token: string): Promise<boolean> => {
    const kept = await read();
    if (kept?.token) {
      if (kept.token !== token) return false;
      await write({ token: '', refreshToken: '', ended, ...(kept.deviceId && { deviceId: kept.deviceId }) });
    }
    end(kept?.ended ?? ended);
    return true;
  };

  /** Another tab has signed in, out, or got a new token. */
  const changed = async () => {
    // What this tab has written it knows.
    if (writing > 0) return;
    const kept = await read();
    const { status } = state.get();
    if (!kept?.token) {
      if (status !== 'signedOut') end(kept?.ended ?? 'SIGNED_OUT');
    } else if (status === 'signedOut' || (userId && kept.userId && kept.userId !== userId)) {
      userId = kept.userId;
      state.set({ status: 'restoring' });
      switched.call();
    }
  };

  const session: Session = {
    state,
    asking,
    onSwitch: switched.add,
    expire(token) {
      expired = token;
    },
    over,
    read,
    write,
    restore(kept) {
      if (kept?.token) {
        userId = kept.userId;
        return kept;
      }
      end(kept?.ended ?? null);
      return null;
    },
    know(user) {
      userId = user.id;
      const known = state.get();
      if (known.status !== 'signedIn' || known.user !== user) state.set({ status: 'signedIn', user });
    },
    bind() {
      const shown = state.get();
      let asker = shown.status === 'signedIn' ? shown.user.id : undefined;
      return async () => {
        const kept = await renewed();
        const owner = kept?.userId;
        asker ??= owner;
        if (owner && owner !== asker) {
          // Not every store of tokens tells of what another tab does.
          void changed();
          throw ownError('TOKEN_MISSING', locale);
        }
        return kept?.token ?? '';
      };
    },
    async leave() {
      const kept = await read();
      // First, so that other tabs hear from here why it is over.
      await write({ token: '', refreshToken: '', ended: 'SIGNED_OUT' });
      end('SIGNED_OUT');
      if (!kept?.token) return;
      try {
        await (await asking()).leave(kept);
      } catch {
        // Nobody has the tokens any more: it ends by itself.
      }
    },
    close: store.subscribe?.(() => void changed()) ?? (() => {}),
  };
  return session;
}
