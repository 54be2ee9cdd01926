import type { Core } from '../src/core.ts';
import type { EventsSubscription, StartQuery } from '../src/generated/graphql.ts';
import { createState } from '../src/observable.ts';
import type { Outbox, OutboxEntry } from '../src/outbox/contract.ts';
import { createStore } from '../src/store/store.ts';
import type { SessionState } from '../src/types.ts';

export interface Request {
  /** The name of the operation. */
  readonly name: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** What stands as JSON, with the types that the test says it has. */
function copy<T>(value: unknown): T {
  return JSON.parse(JSON.stringify(value));
}

const anna = person('anna');
export const bert = person('bert');

export function person(id: string) {
  return { __typename: 'User', id, uuid: id, username: id, nickname: id, avatar: null, role: 'USER' };
}

export function message(conversationId: string, seq: number, more: object = {}) {
  return {
    __typename: 'Message',
    id: `${conversationId}:${seq}`,
    seq,
    rev: seq,
    clientId: null,
    createdAt: new Date(1_700_000_000_000 + seq).toISOString(),
    editedAt: null,
    recalledAt: null,
    pinnedAt: null,
    mentionsEveryone: false,
    sender: bert,
    forwardedFrom: null,
    mentions: [],
    content: { __typename: 'TextContent', text: `text ${seq}` },
    replyTo: null,
    reactions: [],
    conversation: { __typename: 'Conversation', id: conversationId },
    ...more,
  };
}

export function conversation(id: string, seq: number, more: object = {}) {
  return {
    __typename: 'Conversation',
    id,
    kind: 'DIRECT',
    title: id,
    avatar: null,
    rev: seq,
    lastSeq: seq,
    readSeq: 0,
    peerReadSeq: 0,
    unreadCount: seq,
    unreadMentionCount: 0,
    isMuted: false,
    isArchived: false,
    peer: bert,
    group: null,
    lastMessage: seq === 0 ? null : message(id, seq),
    ...more,
  };
}

/** The answer to `Start`, for Anna. */
export function start(conversations: readonly object[], more: object = {}): StartQuery {
  return copy({
    viewer: { __typename: 'Viewer', id: 'viewer', cursor: 'cursor', unreadCount: 0, acceptsFriendsAtOnce: false, user: anna },
    conversations: { edges: conversations.map((node) => ({ cursor: 'c', node })), pageInfo: { hasNextPage: false, endCursor: null } },
    ...more,
  });
}

export function event(value: object): EventsSubscription['events'] {
  return copy({ cursor: 'cursor', at: new Date(0).toISOString(), ...value });
}

/** That a message was sent, with its conversation as it is then. */
export function sent(conversationId: string, seq: number, more: object = {}) {
  const { lastMessage, ...head } = conversation(conversationId, seq);
  return event({ __typename: 'MessageSent', message: { ...message(conversationId, seq, more), conversation: head } });
}

/** A page of messages, as `Messages` gives it. */
export function page(conversationId: string, from: number, to: number, newest: number) {
  const edges = Array.from({ length: to - from + 1 }, (_, place) => ({ node: message(conversationId, from + place) }));
  const pageInfo = { hasPreviousPage: from > 1, hasNextPage: to < newest };
  return { conversation: { ...conversation(conversationId, newest), messages: { edges, pageInfo } } };
}

/** A store whose server is the test: `answer` says what each request is answered with. */
export function createFakeStore(answer: (request: Request) => unknown = () => ({})) {
  const session = createState<SessionState>({ status: 'signedIn', user: copy(anna) });
  const entries = createState<readonly OutboxEntry[]>([]);
  const requests: Request[] = [];
  const watches: (Request & { tell(result: unknown): void; isOver: boolean })[] = [];
  const core: Core = {
    url: 'http://127.0.0.1/graphql',
    session,
    connection: createState({ status: 'live' }),
    fetch,
    viewerId: () => 'anna',
    async request(document, variables) {
      const request = { name: nameOf(document), variables: copy<Record<string, unknown>>(variables) };
      requests.push(request);
      const asked = store.moment();
      const result = await answer(request);
      store.merge(result, asked);
      return copy(result);
    },
    load: (part) => part,
    ensureSession: async () => copy(anna),
    watch(name, variables, listener) {
      const watch = {
        name,
        variables: copy<Record<string, unknown>>(variables),
        tell: (result: unknown) => listener(copy(result)),
        isOver: false,
      };
      watches.push(watch);
      return () => {
        watch.isOver = true;
      };
    },
    pause: async (_error, _attempt, signal) => {
      await new Promise((resolve) => setTimeout(resolve, 10));
      signal?.throwIfAborted();
    },
  };
  const outbox: Outbox = {
    waiting: createState(0),
    count: async () => 0,
    entries: () => entries,
    send: async () => copy(message('c', 1)),
    retry() {},
    discard() {},
    upload: () => {
      throw new Error('nothing is uploaded here');
    },
    apply() {},
    drop: async () => {},
    close: async () => {},
  };
  const store = createStore(core, outbox);
  return { store, session, requests, watches };
}

function nameOf(document: { toString(): string }): string {
  return /^\w+ (\w+)/.exec(document.toString())?.[1] ?? '';
}
