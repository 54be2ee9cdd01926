import type { Core } from './core.ts';
import { ParleyError } from './errors.ts';
import { createState } from './observable.ts';
import type { Parts } from './parley.ts';
import type { Chat, ConversationsState } from './types.ts';

/** Parts that do nothing, until the real ones are there. */
export function createStandIns(core: Core): Parts {
  const list = { ...createState<ConversationsState>({ conversations: [], hasMore: false, isLoading: false, error: null }), loadMore: async () => {} };
  const none = () => {
    throw new ParleyError('INTERNAL', 'not there yet');
  };
  const chat = (): Chat => none();
  return {
    store: {
      conversations: list,
      archived: list,
      unread: createState(0),
      conversation: chat,
      conversationWith: chat,
      entity: () => createState(null),
      presence: () => createState({ status: null, lastSeenAt: null }),
      begin() {},
      merge() {},
      apply() {},
      clear() {},
      dump: () => null,
      load: () => false,
      onChange: () => () => {},
    },
    outbox: {
      waiting: createState(0),
      entries: () => createState([]),
      send: none,
      retry() {},
      discard() {},
      upload: none,
      drop: async () => {},
      close() {},
    },
    openWarmStart: null,
    urlOf: async (file) => new URL(file.url, core.url).href,
  };
}
