import type { Core } from '../core.ts';
import type { StartQuery } from '../generated/graphql.ts';
import { isObject } from '../is-object.ts';
import { ownMessage } from '../outbox/content.ts';
import type { Outbox } from '../outbox/contract.ts';
import { tools } from '../tools.ts';
import type { Conversation, Message, Readable, User } from '../types.ts';
import { createChanges } from './changes.ts';
import { createChat, type OpenChat } from './chat.ts';
import type { Store, StoreEvent } from './contract.ts';
import { createConversationList } from './conversation-list.ts';
import { createEntities, type EntityRecord, now } from './entities.ts';
import { createPresences } from './presence.ts';
import { createRoom, type Room } from './room.ts';
import { createSignals, type Signal } from './signals.ts';
import { seqOf } from './windows.ts';

/** So many objects are held before what nobody looks at is let go. */
const most = 4000;
/** Makes a store that knows nothing yet. */
export function createStore(core: Core, outbox: Outbox): Store {
  const viewer = (): User | null => {
    const session = core.session.get();
    if (session.status === 'signedIn') return session.user;
    const record = entities.find(core.viewerId() ?? '');
    return record ? showUser(record) : null;
  };
  let isClosed = false;
  const isReady = () => !isClosed && viewer() !== null;
  const entities = createEntities({ extra: (record) => (record.type === 'Message' ? (isOwn(record) ? ownMessage : otherMessage) : null) });
  const signals = createSignals();
  const asks = async () => (await core.load(import('./asks.ts'))).createAsks(core, tools);
  const rooms = new Map<string, Room>();
  const chats = new Map<string, OpenChat>();
  /** The conversations of the viewer that are known, and what counts of each as unread. */
  const unreadOf = new Map<EntityRecord, number>();
  /** By the id of the other person, the id of the conversation. */
  const directs = new Map<string, string>();
  const conversationIdWith = (userId: string) => directs.get(userId) ?? null;
  /** By its id, the rev at which a conversation was gone for the viewer. */
  const goneAt = new Map<string, number>();
  /** Messages of the viewer's by their clientId. */
  const acknowledged = new Map<string, EntityRecord>();
  const watched = new Map<string, Set<Signal>>();
  const readables = new Map<string, Readable<unknown>>();
  const onChange = signals();
  let unread = 0;
  /** How much of the sum of what is unread is in conversations that no page has reached. */
  let missing = 0;
  let limit = most;

  function isOwn(record: EntityRecord): boolean {
    const sender = entities.linked(record, 'sender');
    return sender !== undefined && sender.id === core.viewerId();
  }
  // What comes from the server has the types that the documents say.
  const showMessage = (record: EntityRecord) => entities.show(record) as unknown as Message;
  const showConversation = (record: EntityRecord) => entities.show(record) as unknown as Conversation;
  const showUser = (record: EntityRecord) => entities.show(record) as unknown as User;

  const readOn = async () => {
    while (missing > 0 && unreadSignal.isWatched() && (conversations.hasMore || archived.hasMore)) {
      const list = conversations.hasMore ? conversations : archived;
      await list.loadMore();
      if (list.get().error || !isReady()) break;
    }
  };
  const unreadSignal = signals({ first: () => void readOn() });

  const listParts = {
    core,
    isReady,
    entities,
    signals,
    show: showConversation,
    known: { [Symbol.iterator]: () => unreadOf.keys() },
    onPage(page: StartQuery['conversations']) {
      for (const { node } of page?.edges ?? []) missing -= node.unreadCount;
    },
  };
  const conversations = createConversationList(false, listParts);
  const archived = createConversationList(true, listParts);
  const presences = createPresences(core, signals);

  const room = (id: string): Room => {
    const known = rooms.get(id);
    if (known) return known;
    const made = createRoom(id, { core, asks, isReady, entities, show: showMessage, changed: () => changeChats(id) });
    rooms.set(id, made);
    return made;
  };

  /** The open chats of a conversation: by its own id, and by that of the other person. */
  const chatsOf = (id: string): OpenChat[] => {
    const record = entities.find(id);
    const peer = record && entities.linked(record, 'peer')?.id;
    return [chats.get(id), peer === undefined ? undefined : chats.get(peer)].filter((chat) => chat !== undefined);
  };
  const changeChats = (id: string) => {
    for (const chat of chatsOf(id)) chat.changed();
  };

  const count = (record: EntityRecord, next: number | null) => {
    const before = unreadOf.get(record) ?? 0;
    if (next === null) unreadOf.delete(record);
    else unreadOf.set(record, next);
    if (before === (next ?? 0)) return;
    unread += (next ?? 0) - before;
    unreadSignal.changed();
  };

  const forget = (record: EntityRecord) => {
    changeChats(record.id);
    count(record, null);
    conversations.remove(record);
    archived.remove(record);
    const peer = entities.linked(record, 'peer');
    if (peer && directs.get(peer.id) === record.id) directs.delete(peer.id);
    entities.delete(record);
  };

  const conversationChanged = (record: EntityRecord) => {
    const { rev } = record.fields;
    // Of some conversations only that there are such is known.
    if (typeof rev !== 'number') return;
    if (rev <= (goneAt.get(record.id) ?? -1)) return forget(record);
    const peer = entities.linked(record, 'peer');
    if (peer) directs.set(peer.id, record.id);
    const { isMuted, unreadCount } = showConversation(record);
    count(record, isMuted ? 0 : unreadCount);
    conversations.file(record);
    archived.file(record);
    rooms.get(record.id)?.appear();
    changeChats(record.id);
  };

  const messageChanged = (record: EntityRecord) => {
    const id = conversationOf(record);
    if (id === null) return;
    const { clientId } = record.fields;
    if (typeof clientId === 'string' && isOwn(record)) acknowledged.set(clientId, record);
    const conversation = entities.find(id);
    const last = conversation && entities.linked(conversation, 'lastMessage');
    if (conversation && typeof conversation.fields.rev === 'number' && seqOf(record) > seqOf(last)) entities.link(conversation, 'lastMessage', record);
    const held = rooms.get(id);
    held?.windows.touch(record);
    held?.place(record, false);
    changeChats(id);
  };

  /** Does what follows from changes, until nothing does. */
  const settle = () => {
    let hasChanged = false;
    for (let records = entities.settle(); records.size > 0; records = entities.settle()) {
      hasChanged = true;
      for (const record of records) {
        const isThere = entities.find(record.id) === record;
        if (isThere && record.type === 'Conversation') conversationChanged(record);
        if (isThere && record.type === 'Message') messageChanged(record);
        for (const signal of watched.get(record.id) ?? []) signal.changed();
      }
    }
    if (!hasChanged) return;
    onChange.changed();
    if (entities.size > limit) letGo();
  };

  const letGo = () => {
    // Not again meanwhile.
    limit = now;
    import('./let-go.ts')
      .then((it) => it.letGo(inside))
      // The network is away: with the next ones.
      .catch(() => {})
      .finally(() => {
        limit = Math.max(most, entities.size * 2);
      });
  };

  const vanish = (id: string, rev: number) => {
    goneAt.set(id, Math.max(rev, goneAt.get(id) ?? 0));
    const record = entities.find(id);
    const held = chats.has(id) ? room(id) : rooms.get(id);
    held?.vanish();
    // It may be there again already: what is told of the person, and of the conversation, is in no order.
    if (record && typeof record.fields.rev === 'number') {
      if (record.fields.rev > rev) held?.appear();
      else forget(record);
    }
  };

  /** A conversation between two is called as the other one is; no event says that of the conversation. */
  const rename = (userId: string) => {
    const [user, conversation] = [entities.find(userId), entities.find(directs.get(userId) ?? '')];
    if (!user || !conversation) return;
    const remark = entities.linked(user, 'relationship')?.fields.remark;
    entities.set(conversation, { title: remark ?? user.fields.nickname, avatar: user.fields.avatar });
  };

  const apply = (event: StoreEvent) => {
    entities.merge(event, now);
    switch (event.__typename) {
      case 'MessageSent': {
        settle();
        const record = entities.find(event.message.id);
        const id = event.message.conversation.id;
        if (record) rooms.get(id)?.place(record, true);
        const sender = event.message.sender?.id;
        for (const chat of chatsOf(id)) chat.sent(sender === viewer()?.id ? undefined : sender);
        break;
      }
      case 'ConversationGone':
        vanish(event.conversationId, event.rev);
        break;
      case 'MembersChanged':
        for (const id of event.removedIds) {
          const record = entities.find(id);
          if (record) entities.delete(record);
        }
        break;
      case 'UserChanged':
        rename(event.user.id);
        break;
      // Everything else: the objects are all there is to it, or the server is newer than this page.
    }
    settle();
  };

  const changes = createChanges(core, asks, entities, settle);
  const chatParts = {
    core,
    asks,
    isReady,
    outbox,
    entities,
    signals,
    changes,
    room,
    direct: conversationIdWith,
    showMessage,
    showConversation,
    surroundings: {
      get viewer() {
        return viewer();
      },
      message(id: string) {
        const record = entities.find(id);
        return record?.type === 'Message' ? showMessage(record) : null;
      },
      user(id: string) {
        const record = entities.find(id);
        return record?.type === 'User' ? showUser(record) : null;
      },
    },
    isAcknowledged: (clientId: string) => acknowledged.has(clientId),
  };
  const openChat = (id: string, isPerson: boolean) => {
    const known = chats.get(id);
    if (known) return known.chat;
    const made = createChat(id, isPerson, chatParts);
    chats.set(id, made);
    return made.chat;
  };

  const reset = () => {
    for (const chat of chats.values()) chat.clear();
    entities.clear();
    rooms.clear();
    unreadOf.clear();
    directs.clear();
    goneAt.clear();
    acknowledged.clear();
    unread = 0;
    missing = 0;
    limit = most;
    conversations.begin(null);
    archived.begin(null);
  };
  const changeAll = () => {
    for (const chat of chats.values()) chat.restart();
    unreadSignal.changed();
    for (const set of watched.values()) for (const signal of set) signal.changed();
  };
  // Whether anything can be asked has changed.
  const leaveSession = core.session.subscribe(() => {
    conversations.changed();
    archived.changed();
    for (const chat of chats.values()) chat.changed();
  });

  const inside = {
    viewer: () => entities.find(viewer()?.id ?? ''),
    conversations,
    archived,
    rooms,
    chats,
    readables,
    watched,
    unreadOf,
    acknowledged,
    room,
    entities,
    settle,
    reset,
    missing: () => missing,
    resume(nowMissing: number) {
      missing = nowMissing;
      changeAll();
    },
  };

  return {
    conversations,
    archived,
    unread: { get: () => unread, subscribe: unreadSignal.subscribe },
    conversation: (id) => openChat(id, false),
    conversationWith: (userId) => openChat(userId, true),
    entity<T extends { readonly __typename: string; readonly id: string } = User>(id: string): Readable<T | null> {
      const known = readables.get(id);
      // Whoever asks for an id knows what it is of.
      if (known) return known as Readable<T | null>;
      const signal: Signal = signals({
        first: () => void watched.set(id, (watched.get(id) ?? new Set()).add(signal)),
        last() {
          const set = watched.get(id);
          set?.delete(signal);
          if (set?.size === 0) watched.delete(id);
        },
      });
      const get = () => {
        const record = entities.find(id);
        return record ? (entities.show(record) as unknown as T) : null;
      };
      const readable = { get, subscribe: signal.subscribe };
      readables.set(id, readable);
      return readable;
    },
    presence: presences.of,
    conversationIdWith,
    messageOf: (fileId) => [...(entities.find(fileId)?.parents ?? [])].find(({ type }) => type === 'Message')?.id ?? null,
    begin(start, asked = now) {
      missing = start.viewer?.unreadCount ?? 0;
      entities.merge(start, asked);
      const listed = new Set(start.conversations?.edges.map(({ node }) => node.id));
      // What is not on the page comes with another one, or is gone without a word.
      for (const record of [...unreadOf.keys()]) if (!listed.has(record.id)) forget(record);
      settle();
      conversations.begin(start.conversations);
      archived.begin(null);
      for (const held of rooms.values()) held.restart();
      changeAll();
      onChange.changed();
      void readOn();
    },
    moment: entities.moment,
    merge(result, asked = now) {
      entities.merge(result, asked);
      settle();
    },
    apply,
    clear() {
      changes.clear();
      presences.clear();
      reset();
      changeAll();
    },
    close() {
      isClosed = true;
      leaveSession();
      changes.clear();
      presences.clear();
      for (const chat of chats.values()) chat.clear();
    },
    inside,
    onChange: onChange.subscribe,
  };
}

const otherMessage = { ...ownMessage, isOwn: false };

function conversationOf({ fields }: EntityRecord): string | null {
  return isObject(fields.conversation) && typeof fields.conversation.id === 'string' ? fields.conversation.id : null;
}
