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

/** So many proofs in a row may be refused: it gets harder while many others guess. */
const mostProofs = 5;
/** Seconds that are waited for unseen. */
const patience = 5;

const prove = async (challenge: string): Promise<string> => {
  const { solveProof } = await import('./proof.ts');
  return await solveProof(challenge);
};

export function createSigningIn(url: string, post: Post, session: Session): SigningIn {
  const enter = async <Input extends object>(
    document: TypedDocument<Readonly<Record<string, AuthFragment | null>>, { input: Input }>,
    input: Input,
    deviceId?: string,
  ): Promise<User> => {
    let work: string | undefined;
    for (let proofs = 0; ; ) {
      const { data, error } = await post(document, { input: { ...input, ...(work === undefined ? {} : { work }) } }, '');
      const [auth] = Object.values(data ?? {});
      if (auth) return await session.enter(auth, deviceId);
      if (!error) throw new TypeError('An answer without data and without errors');
      const { challenge } = error.extensions;
      if (typeof challenge === 'string' && proofs < mostProofs) {
        proofs += 1;
        work = await prove(challenge).catch(() => {
          throw error;
        });
      } else if (error.code === 'RATE_LIMITED' && error.retryAfter !== null && error.retryAfter <= patience) {
        await sleep(error.retryAfter);
        // A wait that nobody sees a reason for. A longer one is for the person to know.
      } else throw error;
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
