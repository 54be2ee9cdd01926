import { createConnection } from './connection/connection.ts';
import { createWaking, sleep } from './connection/waking.ts';
import type { Core } from './core.ts';
import { MessagesWaiting, ownError } from './errors.ts';
import { StartDocument } from './generated/graphql.ts';
import { createPost } from './http/post.ts';
import { createRequest } from './http/request.ts';
import { loaded, once } from './load-later.ts';
import { localeOf } from './locale.ts';
import { createListeners } from './observable.ts';
import { createOutbox } from './outbox/outbox.ts';
import type { Asking } from './session/asking.ts';
import { createSession } from './session/session.ts';
import { localStorageTokens } from './session/tokens.ts';
import { createStore } from './store/store.ts';
import { pauseBefore, type Timing } from './timing.ts';
import type { Parley, ParleyEvent, ParleyOptions, User } from './types.ts';
import type { WarmStart } from './warm-start/contract.ts';

/** Conversations that are read to begin with. */
const firstPage = 30;

/** `createParley`, with how long it waits. */
export function openParley(options: ParleyOptions, timing: Timing): Parley {
  const url = new URL(options.url, globalThis.location?.href).href;
  const locale = () => localeOf(options.locale);
  const isKept = (options.warmStart ?? true) && 'indexedDB' in globalThis;
  const send: typeof fetch = (input, init) => (options.fetch ?? fetch)(input, init);
  const post = createPost(url, send, locale, timing);
  const waking = createWaking();
  const session = createSession(url, options.tokens ?? localStorageTokens(), post, locale);
  const events = createListeners<[ParleyEvent]>();
  const closing = new AbortController();
  let warmStart: Promise<WarmStart | null> | null = null;
  let restoring: Promise<boolean> | null = null;
  /** Whose things the store has. */
  let owner: string | null = null;

  const request = createRequest(post, session, () => {
    const asked = store.moment();
    const askedBy = owner;
    return (data) => {
      // Not what somebody else has asked for, who has signed out since.
      if (askedBy === null || askedBy === owner) store.merge(data, asked);
    };
  });

  const connection = createConnection({
    url,
    webSocket: options.webSocket,
    session,
    waking,
    locale,
    timing,
    async begin(signal) {
      // Where nobody has a token any more it is over.
      await session.over('TOKEN_MISSING', '');
      const asked = store.moment();
      const start = await request(StartDocument, { first: firstPage, archived: false }, { signal });
      signal.throwIfAborted();
      if (!start.viewer) throw ownError('TOKEN_MISSING', locale);
      own(start.viewer.user.id);
      store.begin(start, asked);
      session.know(start.viewer.user);
      return start.viewer.cursor;
    },
    apply(event) {
      store.apply(event);
      outbox.apply(event);
      events.call(event);
      if (warmStart) void warmStart.then((it) => it?.reached(event));
    },
  });

  const own = (userId: string | null) => {
    if (owner !== null && owner !== userId) store.clear();
    owner = userId;
  };

  const warm = () => {
    if (isKept) warmStart ??= import('./warm-start/warm-start.ts').then(({ createWarmStart }) => createWarmStart(core, store)).catch(() => null);
    return warmStart;
  };

  /** Takes up what is in the store of tokens. */
  const takeUp = async (): Promise<boolean> => {
    const tokens = session.restore(await session.read());
    if (!tokens) return false;
    const { userId } = tokens;
    let cursor: string | null | undefined;
    if (userId !== undefined) {
      own(userId);
      cursor = await warm()
        ?.then((it) => it?.load(userId))
        .catch(() => null);
      // It is over by now, or somebody else has come and takes up what is theirs.
      if (owner !== userId) return await settled();
      const user = store.entity<User>(userId).get();
      if (cursor && user) session.know(user);
    }
    // The page may have been closed meanwhile.
    if (!closing.signal.aborted) connection.start(cursor ?? null);
    return await settled();
  };

  /** Resolves with whether somebody is signed in, when that is known or nobody asks any more. */
  const settled = () =>
    new Promise<boolean>((resolve) => {
      const check = () => {
        const { status } = session.state.get();
        if (status === 'restoring' && !closing.signal.aborted) return;
        stop();
        resolve(status === 'signedIn');
      };
      const stop = session.state.subscribe(check);
      closing.signal.addEventListener('abort', check);
      check();
    });

  const restore = () => {
    restoring ??= takeUp().finally(() => {
      restoring = null;
    });
    return restoring;
  };

  /** A new session, whoever was there before. */
  const enter =
    <Input extends unknown[]>(by: (ways: Asking) => (...input: Input) => Promise<User>) =>
    async (...input: Input): Promise<User> => {
      const entered = await by(await session.asking())(...input);
      store.merge(entered);
      void warm();
      connection.start(null);
      return entered;
    };
  const visit = enter((ways) => ways.visit);

  const core: Core = {
    url,
    session: session.state,
    connection: connection.state,
    viewerId: () => owner,
    fetch: send,
    request,
    load: (part) => loaded(part, locale),
    watch: connection.watch,
    async ensureSession() {
      if (session.state.get().status === 'restoring') await restore();
      const known = session.state.get();
      if (known.status === 'signedIn') return known.user;
      if (options.visitors === 'never') throw ownError('TOKEN_MISSING', locale);
      return await visit();
    },
    pause({ code, retryAfter }, attempt, signal) {
      // What the server itself asks for is waited for, whoever looks at the page meanwhile.
      const wait = retryAfter === null || code === 'NETWORK' ? waking.rest : sleep;
      return wait(Math.max(retryAfter ?? 0, pauseBefore(attempt, timing)), signal);
    },
  };
  const outbox = createOutbox(core, { isKept, conversationIdWith: (userId) => store.conversationIdWith(userId) });
  const store = createStore(core, outbox);
  const addresses = once(() => import('./uploads/url-of.ts').then(({ createUrlOf }) => createUrlOf(core, store.messageOf)));

  const stopFollowing = [
    session.state.subscribe(() => {
      const state = session.state.get();
      if (state.status === 'signedIn') own(state.user.id);
      if (state.status !== 'signedOut') return;
      connection.stop(state.reason);
      own(null);
    }),
    // Somebody's own name or picture has changed, here or on another device.
    store.onChange(() => {
      const state = session.state.get();
      const user = state.status === 'signedIn' ? store.entity<User>(state.user.id).get() : null;
      if (user) session.know(user);
    }),
    session.onSwitch(() => {
      connection.stop(null);
      own(null);
      // Whoever waits for the session that was there before waits for this one.
      void takeUp();
    }),
  ];

  return {
    session: session.state,
    connection: connection.state,
    unread: store.unread,
    conversations: store.conversations,
    archived: store.archived,
    waiting: outbox.waiting,
    restore,
    signIn: enter((ways) => ways.signIn),
    register: enter((ways) => ways.register),
    visit,
    identify: enter((ways) => ways.identify),
    async signOut({ drop = false } = {}) {
      const count = drop ? 0 : await outbox.count();
      if (count > 0) throw new MessagesWaiting(count);
      const userId = owner;
      await outbox.drop();
      await session.leave();
      if (userId !== null) await warmStart?.then((it) => it?.drop(userId));
    },
    async changePassword(oldPassword, newPassword) {
      await (await session.asking()).changePassword(request, oldPassword, newPassword);
    },
    conversation: store.conversation,
    conversationWith: store.conversationWith,
    entity: store.entity,
    presence: store.presence,
    request,
    onEvent: events.add,
    upload: outbox.upload,
    urlOf: async (file) => (await addresses())(file),
    async close() {
      closing.abort();
      for (const stop of stopFollowing) stop();
      connection.stop(null);
      const closed = outbox.close();
      store.close();
      session.close();
      waking.close();
      await closed;
      await warmStart?.then((it) => it?.close());
    },
  };
}
