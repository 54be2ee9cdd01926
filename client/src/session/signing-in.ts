import { sleep } from '../connection/waking.ts';
import {
  type AuthFragment,
  IdentifyDocument,
  LoginDocument,
  RegisterDocument,
  RegisterVisitorDocument,
  type RegisterVisitorMutationVariables,
} from '../generated/graphql.ts';
import type { Post } from '../http/post.ts';
import { randomId } from '../random-id.ts';
import type { Parley, TypedDocument, User } from '../types.ts';
import { withLock } from './lock.ts';
import type { Session } from './session.ts';

/** The ways in. */
export interface SigningIn extends Pick<Parley, 'signIn' | 'register' | 'visit' | 'identify'> {}

export function createSigningIn(url: string, post: Post, session: Session): SigningIn {
  const enter = async <Input extends object>(
    document: TypedDocument<Readonly<Record<string, AuthFragment | null>>, { input: Input }>,
    input: Input,
    deviceId?: string,
  ): Promise<User> => {
    for (;;) {
      const { data, error } = await post(document, { input }, '');
      const [auth] = Object.values(data ?? {});
      if (auth) return await session.enter(auth, deviceId);
      if (!error) throw new TypeError('An answer without data and without errors');
      // A wait that nobody sees a reason for. A longer one is for the person to know.
      if (error.code !== 'RATE_LIMITED' || error.retryAfter === null || error.retryAfter > 5) throw error;
      await sleep(error.retryAfter);
    }
  };
  return {
    signIn: (input) => enter(LoginDocument, input),
    register: async (input) => await enter(RegisterDocument, { ...input, deviceId: await session.deviceId() }),
    identify: async (input) => await enter(IdentifyDocument, { ...input, deviceId: await session.deviceId() }),
    // Two tabs that begin to write at the same time are one visitor.
    visit: () =>
      withLock(`parley ${url} visit`, 30, async () => {
        const known = session.state.get();
        if (known.status === 'signedIn') return known.user;
        const input: RegisterVisitorMutationVariables['input'] = { deviceId: (await session.deviceId()) ?? randomId(), platform: 'web' };
        return await enter(RegisterVisitorDocument, input, input.deviceId);
      }),
  };
}
