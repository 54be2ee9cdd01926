import type {
  ConversationFragment,
  ErrorCode,
  EventsSubscription,
  FileFragment,
  MessageFragment,
  PresenceStatus,
  UploadKind,
  UserFragment,
} from './generated/graphql.ts';

/**
 * Something that changes. `get` gives the present state: an immutable object, the same one until something in it changes, so that comparing by `===`
 * is enough. `subscribe` calls the listener after each change, once for all that changed together, until the function that it gives is called.
 * Both are bound, so they can be handed to `useSyncExternalStore(it.subscribe, it.get)` as they are.
 */
export interface Readable<T> {
  readonly get: () => T;
  readonly subscribe: (listener: () => void) => () => void;
}

/** How the page is connected. */
export type ConnectionState =
  /** Nobody is signed in, or nothing was asked for yet. */
  | { readonly status: 'idle' }
  | { readonly status: 'connecting' }
  /** What was missed is on its way. */
  | { readonly status: 'catchingUp' }
  | { readonly status: 'live' }
  /** The network or the server is away; tried again in `seconds`, counted from when this state was entered. */
  | { readonly status: 'waiting'; readonly seconds: number }
  /** Over until somebody signs in. */
  | { readonly status: 'ended'; readonly reason: EndReason };

/** Why a session is over: the server's code, or SIGNED_OUT where the person did it, in this tab or in another one. */
export type EndReason = ErrorCode | 'SIGNED_OUT';

/** Who this page is. */
export type SessionState =
  /** The store of tokens has not been read yet. */
  | { readonly status: 'restoring' }
  /** Nobody; `reason` is null where nobody has been here before. */
  | { readonly status: 'signedOut'; readonly reason: EndReason | null }
  | { readonly status: 'signedIn'; readonly user: User };

export type User = UserFragment;
export type Conversation = ConversationFragment;
export type StoredFile = FileFragment;

/** A message that the server has, or one of this page's that is on its way there. */
export type Message = MessageFragment & {
  /**
   * `sent`: the server has it. `sending`: it goes out, or waits for the network or for the time that the server asked for. `failed`: it was refused,
   * and waits for `retry` or `discard`. One that was not acknowledged yet has its `clientId` for an `id`, and 0 for `seq` and `rev`.
   */
  readonly state: 'sent' | 'sending' | 'failed';
  /** Why it failed; while it is `sending`, what it waits for: null where it simply goes out. */
  readonly error: ParleyErrorLike | null;
  /** The viewer wrote it. */
  readonly isOwn: boolean;
  /** Uploads that it waits for, by the place of the file. */
  readonly uploads: readonly UploadState[];
};

export interface ParleyErrorLike {
  readonly code: ErrorCode | 'NETWORK';
  readonly message: string;
  /** The same again can pass later, without anybody changing anything. */
  readonly retryable: boolean;
  /** Seconds to wait before that, where the server said so. */
  readonly retryAfter: number | null;
}

/** What can be sent. A string is a text. */
export type Sendable =
  | string
  | { readonly text: string }
  | { readonly attachments: readonly (Blob | Upload | string)[]; readonly caption?: string }
  | { readonly location: { readonly latitude: number; readonly longitude: number; readonly name?: string } }
  | { readonly contact: string }
  | { readonly custom: { readonly type: string; readonly text: string; readonly data: string } }
  /** The id of a message to forward. */
  | { readonly forward: string };

export interface SendOptions {
  /** The id of the message that this one answers. */
  readonly replyTo?: string;
  /** Ids of people who are mentioned. */
  readonly mentions?: readonly string[];
  readonly mentionsEveryone?: boolean;
}

/** One conversation as a page shows it. */
export interface ChatState {
  /** Null until there is one: with the first message to somebody. */
  readonly conversation: Conversation | null;
  /** Oldest first, without holes: the window that is looked at. What is on its way stands last where the window reaches to the newest one. */
  readonly messages: readonly Message[];
  readonly hasOlder: boolean;
  /** There are newer ones than the window shows: after a jump to an old message. */
  readonly hasNewer: boolean;
  readonly isLoading: boolean;
  /** Why the last reading failed; null again with the next one. */
  readonly error: ParleyErrorLike | null;
  /** It is gone for the viewer: left, removed, dissolved. */
  readonly isGone: boolean;
}

/** A conversation: what is in it, and what can be done there. It is read while somebody subscribes. */
export interface Chat extends Readable<ChatState> {
  readonly conversation: Conversation | null;
  readonly messages: readonly Message[];
  /**
   * Shows the message at once and sends it: never twice, in order, after every loss and reload. Resolves when the server has it; rejects with a
   * ParleyError where it was refused, which shows at the message too, so nobody has to wait for this.
   */
  send(content: Sendable, options?: SendOptions): Promise<Message>;
  retry(clientId: string): void;
  discard(clientId: string): void;
  /** Shown at once, taken back where it is refused. */
  edit(messageId: string, text: string): Promise<void>;
  recall(messageId: string): Promise<void>;
  react(messageId: string, emoji: string): Promise<void>;
  unreact(messageId: string, emoji: string): Promise<void>;
  loadOlder(): Promise<void>;
  loadNewer(): Promise<void>;
  /** Opens a window around the message; it joins the newest one when they meet. */
  jumpTo(messageId: string): Promise<void>;
  jumpToNewest(): Promise<void>;
  /** Up to this seq; without one, up to the newest. Once a second at most, while the page is visible. */
  markRead(seq?: number): void;
  /** The viewer is writing: call it with every key, it is told every few seconds. */
  setTyping(): void;
  /** Who is writing at the moment. Asked for while somebody subscribes. */
  readonly typing: Readable<readonly User[]>;
}

/** The conversations of the viewer, newest activity first. */
export interface ConversationsState {
  readonly conversations: readonly Conversation[];
  readonly hasMore: boolean;
  readonly isLoading: boolean;
  readonly error: ParleyErrorLike | null;
}

export interface Conversations extends Readable<ConversationsState> {
  loadMore(): Promise<void>;
}

export interface UploadState {
  /** The server's id, once there is one. */
  readonly id: string | null;
  readonly name: string;
  readonly kind: UploadKind;
  readonly size: number;
  readonly sentBytes: number;
  readonly status: 'waiting' | 'uploading' | 'paused' | 'checking' | 'ready' | 'failed';
  readonly error: ParleyErrorLike | null;
  readonly file: StoredFile | null;
}

export interface Upload extends Readable<UploadState> {
  pause(): void;
  resume(): void;
  cancel(): Promise<void>;
  /** Resolves with the id of the upload when it can be sent; rejects with a ParleyError. */
  readonly ready: Promise<string>;
}

export interface UploadOptions {
  readonly kind?: UploadKind;
  readonly name?: string;
  /** Seconds, of sound and film. */
  readonly duration?: number;
}

export interface Presence {
  readonly status: PresenceStatus | null;
  readonly lastSeenAt: string | null;
}

export interface Tokens {
  readonly token: string;
  readonly refreshToken: string;
  /** The global id of whose session it is. */
  readonly userId?: string | undefined;
  /** Of a visitor: by what they come back as the same one. */
  readonly deviceId?: string | undefined;
  /** Why the session is over; the tokens are empty then. */
  readonly ended?: EndReason | undefined;
}

/** Where the page keeps its tokens: `localStorageTokens()`, `memoryTokens()`, or three functions of its own, which keep the object whole. */
export interface TokenStore {
  get(): Tokens | null | Promise<Tokens | null>;
  set(tokens: Tokens | null): void | Promise<void>;
  /** Calls the listener when another tab has changed them. */
  subscribe?(listener: () => void): () => void;
}

export interface ParleyOptions {
  /** The GraphQL endpoint, such as https://chat.example.com/graphql; in a browser it may be relative. */
  readonly url: string;
  /** Default: localStorage where there is one, memory otherwise. */
  readonly tokens?: TokenStore;
  /** `onFirstMessage` (default): whoever has no session becomes a visitor when they first send. `never`: that is an error, TOKEN_MISSING. */
  readonly visitors?: 'onFirstMessage' | 'never';
  /** The language of the server's sentences. Default: that of the page, else English. */
  readonly locale?: string;
  /** Keeps what was shown, and what waits to be sent, in IndexedDB. Default: true where there is one. */
  readonly warmStart?: boolean;
  /** For platforms without one, such as Node 20. */
  readonly webSocket?: unknown;
  readonly fetch?: typeof fetch;
}

/** A document as `parley-client/documents` exports them, or as graphql-codegen makes them with documentMode `string`. */
export interface TypedDocument<Result, Variables> {
  toString(): string;
  readonly __apiType?: (variables: Variables) => Result;
}

export interface RequestOptions {
  readonly signal?: AbortSignal;
}

export interface Parley {
  readonly session: Readable<SessionState>;
  readonly connection: Readable<ConnectionState>;
  /** The sum over all conversations that are not muted. */
  readonly unread: Readable<number>;
  readonly conversations: Conversations;
  readonly archived: Conversations;
  /** How many messages of this tab and of closed ones wait to be sent or have failed. */
  readonly waiting: Readable<number>;

  /** Takes up the session that the store of tokens has; resolves with whether there was one. */
  restore(): Promise<boolean>;
  signIn(input: { username: string; password: string; newPassword?: string; device?: string }): Promise<User>;
  register(input: { username: string; password: string; nickname?: string }): Promise<User>;
  visit(): Promise<User>;
  identify(input: { proof: string; provider?: string; device?: string }): Promise<User>;
  /** Ends the session in all tabs and deletes what was kept. Rejects with MessagesWaiting where messages wait, unless `drop` is true. */
  signOut(options?: { drop?: boolean }): Promise<void>;
  changePassword(oldPassword: string, newPassword: string): Promise<void>;

  /** The conversation with this id. */
  conversation(id: string): Chat;
  /** The one with a person, whether it exists or not. */
  conversationWith(userId: string): Chat;

  /** What the store knows of an object, by its global id, and what changes of it. Null while it is not known. */
  entity<T extends { readonly __typename: string; readonly id: string } = User>(id: string): Readable<T | null>;
  /** Whether somebody is there: asked for while somebody subscribes, all in one subscription. */
  presence(userId: string): Readable<Presence>;

  /**
   * Sends any query or mutation with the session, waits as the server asks, and puts every object with `__typename` and `id` into the store: what is
   * newer wins by `rev`. Whatever has no function of its own here is done so, with the documents of `parley-client/documents`.
   */
  request<Result, Variables>(document: TypedDocument<Result, Variables>, variables: Variables, options?: RequestOptions): Promise<Result>;
  /** Calls the listener with every event once it is in the store, for what the store does not keep, such as a list of friend requests. */
  onEvent(listener: (event: ParleyEvent) => void): () => void;

  upload(file: Blob, options?: UploadOptions): Upload;
  /** An address of the file that is good now: read anew where its time is over. */
  urlOf(file: StoredFile): Promise<string>;

  /** Closes the socket and stops all timers; the session stays. */
  close(): Promise<void>;
}

/** An event of the server's, by its `__typename`. Others than these may come, of newer servers: ignore them. */
export type ParleyEvent = EventsSubscription['events'];
