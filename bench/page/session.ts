/** What `login`, `register`, `registerVisitor`, `identify` and `refreshSession` give. */
export interface Tokens {
  readonly token: string;
  readonly refreshToken: string;
}

/** Where the page keeps them: the same place for all its tabs, such as localStorage. */
export interface TokenStore {
  get(): Tokens;
  set(tokens: Tokens): void;
}

const refreshSession = `mutation RefreshSession($refreshToken: String!) {
  refreshSession(refreshToken: $refreshToken) { token refreshToken }
}`;

/** The code of the first error of an answer, which can still be read. */
async function codeIn(response: Response): Promise<string | undefined> {
  const { errors } = await response
    .clone()
    .json()
    .catch(() => ({}));
  return errors?.[0]?.extensions?.code;
}

/** Seconds that nobody sees a reason for. Where the server asks for more, the page has to say so. */
const patience = 60;

/** Sends, and sends the same again when the time is over that the server asks to wait: the header is there where nothing of it was done. */
async function patiently(send: () => Promise<Response>): Promise<Response> {
  for (;;) {
    const response = await send();
    const seconds = response.headers.get('retry-after');
    if (seconds === null || Number(seconds) > patience || (await codeIn(response)) !== 'RATE_LIMITED') return response;
    await new Promise((resolve) => setTimeout(resolve, Number(seconds) * 1000));
  }
}

/** The session of a page: it gets a new token when the server says that the old one has expired, and looks at no clock. */
export function createSession(api: string, store: TokenStore) {
  let expired = '';
  let refreshing: Promise<void> | null = null;

  const refresh = async () => {
    const variables = { refreshToken: store.get().refreshToken };
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ query: refreshSession, variables });
    // A refresh that hangs would hold everything up. Made again, it brings the same pair.
    const response = await patiently(() => fetch(api, { method: 'POST', headers, body, signal: AbortSignal.timeout(10_000) }));
    const { data, errors } = await response.json();
    if (data?.refreshSession) store.set(data.refreshSession);
    // The session is over. Without a token the socket is closed with 4401, and the client stops trying: time to log in again.
    else if (!['UNAVAILABLE', 'RATE_LIMITED', 'INTERNAL'].includes(errors?.[0]?.extensions?.code)) store.set({ token: '', refreshToken: '' });
  };

  const session = {
    /** Says that the server answered TOKEN_EXPIRED, or closed the socket with 4403, to this token. */
    expire(token: string) {
      expired = token;
    },
    /** The token to send. Where the network is away it is still the old one: it is refused, and the client tries again. */
    async token(): Promise<string> {
      if (store.get().token !== '' && store.get().token === expired) {
        refreshing ??= refresh()
          .catch(() => {})
          .finally(() => {
            refreshing = null;
          });
        await refreshing;
      }
      return store.get().token;
    },
    /** `fetch` with the token, and once more with a new one where it has expired; later where it was too often. For HttpLink and for urql. */
    async fetch(input: string | URL | Request, init: RequestInit = {}): Promise<Response> {
      const send = (token: string) => {
        const headers = new Headers(init.headers);
        if (token !== '') headers.set('authorization', `Bearer ${token}`);
        return patiently(() => fetch(input, { ...init, headers }));
      };
      const token = await session.token();
      const response = await send(token);
      if ((await codeIn(response)) !== 'TOKEN_EXPIRED') return response;
      session.expire(token);
      return await send(await session.token());
    },
  };
  return session;
}

export type Session = ReturnType<typeof createSession>;
