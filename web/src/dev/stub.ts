import type { Chat, Parley, Readable, User } from 'parley-client';

const still = <T>(value: T): Readable<T> => ({ get: () => value, subscribe: () => () => {} });

/** Somebody signed in with nothing there, until there is a client. */
export function createStub(): Parley {
  const user: User = { __typename: 'User', id: 'VXNlcjox', uuid: '0', username: 'ada', nickname: 'Ada Lovelace', avatar: null, role: 'USER' };
  const absent = () => Promise.reject(new Error('This is a stub'));
  const none = { conversations: [], hasMore: false, isLoading: false, error: null };
  const list = { ...still(none), loadMore: () => Promise.resolve() };
  const chat = (): Chat => ({
    ...still({ conversation: null, messages: [], hasOlder: false, hasNewer: false, isLoading: false, error: null, isGone: false }),
    conversation: null,
    messages: [],
    send: absent,
    retry: () => {},
    discard: () => {},
    edit: absent,
    recall: absent,
    react: absent,
    unreact: absent,
    loadOlder: absent,
    loadNewer: absent,
    jumpTo: absent,
    jumpToNewest: absent,
    markRead: () => {},
    setTyping: () => {},
    typing: still([]),
  });
  return {
    session: still({ status: 'signedIn', user } as const),
    connection: still({ status: 'live' } as const),
    unread: still(0),
    waiting: still(0),
    conversations: list,
    archived: list,
    restore: () => Promise.resolve(true),
    signIn: absent,
    register: absent,
    visit: absent,
    identify: absent,
    signOut: absent,
    changePassword: absent,
    conversation: chat,
    conversationWith: chat,
    entity: () => still(null),
    presence: () => still({ status: null, lastSeenAt: null }),
    request: absent,
    onEvent: () => () => {},
    upload: () => {
      throw new Error('This is a stub');
    },
    urlOf: absent,
    close: () => Promise.resolve(),
  };
}
