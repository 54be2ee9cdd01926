import type { AuthFragment, RefreshSessionMutation, RegisterVisitorMutationVariables } from '../generated/graphql.ts';
import {
  ChangePasswordDocument,
  IdentifyDocument,
  LoginDocument,
  LogoutDocument,
  RefreshSessionDocument,
  RegisterDocument,
  RegisterVisitorDocument,
} from '../generated/later.ts';
import type { Post } from '../http/post.ts';
import type { Tools } from '../tools.ts';
import type { Parley, Tokens, TypedDocument, User } from '../types.ts';
import { withLock } from './lock.ts';
import type { Session } from './session.ts';

/** What is asked of the server about a session: loaded when it is first needed. */
export interface Asking extends Pick<Parley, 'signIn' | 'register' | 'visit' | 'identify'> {
  /** New tokens for old ones, one tab at a time. Rejects with NETWORK where they cannot be had. */
  refresh(old: Tokens): Promise<void>;
  changePassword(request: Parley['request'], oldPassword: string, newPassword: string): Promise<void>;
  /** Ends a session at the server, where that can be reached. */
  leave(kept: Tokens): Promise<void>;
}

/** So many proofs in a row may be refused: it gets harder while many others guess. */
const mostProofs = 5;
/** Seconds that are waited for unseen while somebody signs in, and while a token is renewed. */
const patience = { entering: 5, renewing: 60 };
/** After so many seconds an answer does not come any more: a refresh that hangs would hold everything up. */
const seconds = 10;

const prove = async (challenge: string): Promise<string> => {
  const { solveProof } = await import('./proof.ts');
  return await solveProof(challenge);
};

export function createAsking(url: string, post: Post, session: Session, { ParleyError, randomId, sleep }: Tools): Asking {
  const enter = async <Input extends object>(
    document: TypedDocument<Readonly<Record<string, AuthFragment | null>>, { input: Input }>,
    input: Input,
    deviceId?: string,
  ): Promise<User> => {
    let work: string | undefined;
    for (let proofs = 0; ; ) {
      const { data, error } = await post(document, { input: { ...input, ...(work === undefined ? {} : { work }) } }, '');
      const [auth] = Object.values(data ?? {});
      if (auth) {
        const { token, refreshToken, user } = auth;
        await session.write({ token, refreshToken, userId: user.id, ...(deviceId && { deviceId }) });
        session.know(user);
        return user;
      }
      if (!error) throw new TypeError('An answer without data and without errors');
      const { challenge } = error.extensions;
      if (typeof challenge === 'string' && proofs < mostProofs) {
        proofs += 1;
        work = await prove(challenge).catch(() => {
          throw error;
        });
      } else if (error.code === 'RATE_LIMITED' && error.retryAfter !== null && error.retryAfter <= patience.entering) {
        await sleep(error.retryAfter);
        // A wait that nobody sees a reason for. A longer one is for the person to know.
      } else throw error;
    }
  };

  /** By what a visitor of this page is known to the server. */
  const deviceId = async () => (await session.read())?.deviceId;

  /** Made again, it brings the same pair. */
  const renew = async (refreshToken: string): Promise<RefreshSessionMutation['refreshSession']> => {
    for (;;) {
      const { data, error } = await post(RefreshSessionDocument, { refreshToken }, '', { seconds });
      if (!error) return data.refreshSession;
      if (error.code !== 'RATE_LIMITED' || error.retryAfter === null || error.retryAfter > patience.renewing) throw error;
      await sleep(error.retryAfter);
    }
  };

  return {
    signIn: (input) => enter(LoginDocument, input),
    register: async (input) => await enter(RegisterDocument, { ...input, deviceId: await deviceId() }),
    identify: async (input) => await enter(IdentifyDocument, { ...input, deviceId: await deviceId() }),
    // Two tabs that begin to write at the same time are one visitor.
    visit: () =>
      withLock(`parley ${url} visit`, 30, async () => {
        const known = session.state.get();
        if (known.status === 'signedIn') return known.user;
        const input: RegisterVisitorMutationVariables['input'] = { deviceId: (await deviceId()) ?? randomId(), platform: 'web' };
        return await enter(RegisterVisitorDocument, input, input.deviceId);
      }),
    async changePassword(request, oldPassword, newPassword) {
      await request(ChangePasswordDocument, { oldPassword, newPassword });
    },
    refresh: (old) =>
      withLock(`parley ${url} ${old.refreshToken}`, 15, async () => {
        // Another tab may have been there first.
        if ((await session.read())?.token !== old.token) return;
        try {
          const fresh = await renew(old.refreshToken);
          if (fresh && (await session.read())?.token === old.token) await session.write({ ...old, ...fresh });
        } catch (error) {
          if (!(error instanceof ParleyError) || error.code === 'NETWORK' || error.retryable) throw error;
          await session.over(error.code, old.token);
        }
      }),
    async leave(kept) {
      const { error } = await post(LogoutDocument, {}, kept.token, { seconds });
      const fresh = error?.code === 'TOKEN_EXPIRED' ? await renew(kept.refreshToken) : null;
      if (fresh) await post(LogoutDocument, {}, fresh.token, { seconds });
    },
  };
}
