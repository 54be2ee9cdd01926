import { localStorageTokens, MessagesWaiting, memoryTokens, type Parley, type ParleyError, type TokenStore, type Tokens } from 'parley-client';

/** What `createParley` takes as `tokens`: where there is no localStorage, or another place is wanted. */
export const stores = {
  /** The default of a page: one session for all tabs, below a name of its own. */
  ofThisPage: localStorageTokens('shop-chat'),
  /** Gone with the page. */
  forNow: memoryTokens(),
  /** A place of your own: keep the object whole. */
  ofOurOwn: ownStore(),
};

function ownStore(): TokenStore {
  let kept: Tokens | null = null;
  return {
    get: () => kept,
    set: (tokens) => {
      kept = tokens;
    },
  };
}

/** Signs somebody in in whatever way there is, and says how it went in a sentence. */
export async function comeIn(parley: Parley, way: { username: string; password: string } | { proof: string } | 'visitor' | 'register') {
  try {
    if (way === 'visitor') return `Welcome, ${(await parley.visit()).nickname}`;
    if (way === 'register') return `Welcome, ${(await parley.register({ username: `u_${Date.now()}`, password: 'correct horse' })).nickname}`;
    const user = 'proof' in way ? await parley.identify(way) : await parley.signIn(way);
    return `Welcome back, ${user.nickname}`;
  } catch (error) {
    if (!isParleyError(error)) throw error;
    // The server's sentence, in the language of the page.
    return error.retryAfter === null ? error.message : `${error.message} (${error.retryAfter} s)`;
  }
}

/** Leaves in all tabs. Messages that wait, in whichever of them, would be lost: the person is asked first. */
export async function goOut(parley: Parley, mayDrop: (count: number) => boolean) {
  try {
    await parley.signOut();
  } catch (error) {
    if (!(error instanceof MessagesWaiting)) throw error;
    if (mayDrop(error.count)) await parley.signOut({ drop: true });
  }
}

/** Says who the page is, now and whenever that changes: after `restore`, too, and when another tab has signed out. */
export function watchSession(parley: Parley, say: (words: string) => void) {
  const tell = () => {
    const state = parley.session.get();
    if (state.status === 'restoring') say('…');
    else say(state.status === 'signedIn' ? state.user.nickname : `signed out: ${state.reason}`);
  };
  tell();
  return parley.session.subscribe(tell);
}

const isParleyError = (error: unknown): error is ParleyError => error instanceof Error && error.name === 'ParleyError';
