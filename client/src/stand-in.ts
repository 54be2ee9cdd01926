import type { Core } from './core.ts';
import { ParleyError } from './errors.ts';
import { createState } from './observable.ts';
import type { Outbox } from './outbox/contract.ts';
import type { Store } from './store/contract.ts';
import type { Chat, ConversationsState } from './types.ts';

/** A store that keeps nothing, until the real one is there. */
export function createStore(_core: Core, _outbox: Outbox): Store {
  const list = { ...createState<ConversationsState>({ conversations: [], hasMore: false, isLoading: false, error: null }), loadMore: async () => {} };
  const chat = (): Chat => {
    throw new ParleyError('INTERNAL', 'not there yet');
  };
  return {
    conversations: list,
    archived: list,
    unread: createState(0),
    conversation: chat,
    conversationWith: chat,
    entity: () => createState(null),
    presence: () => createState({ status: null, lastSeenAt: null }),
    messageOf: () => null,
    begin() {},
    merge() {},
    apply() {},
    clear() {},
    dump: () => null,
    load: () => false,
    onChange: () => () => {},
  };
}
