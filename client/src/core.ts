import type { ParleyError } from './errors.ts';
import type { PresenceSubscription, PresenceSubscriptionVariables, TypingSubscription, TypingSubscriptionVariables } from './generated/graphql.ts';
import type { ConnectionState, Readable, RequestOptions, SessionState, TypedDocument, User } from './types.ts';

/** What lies between a page and its server, as the store, the outbox, uploads and the warm start use it. */
export interface Core {
  /** The GraphQL endpoint, as an absolute address where the platform knows what a relative one means. */
  readonly url: string;
  readonly session: Readable<SessionState>;
  readonly connection: Readable<ConnectionState>;
  readonly fetch: typeof fetch;
  /** The global id of whose things the store has: known before `session` says so, while what was kept is read. */
  viewerId(): string | null;

  /**
   * As `Parley.request`: what comes back is in the store when it resolves. An expired token is renewed, and what is RATE_LIMITED is sent again when the
   * time is over that the server asks for, both unseen. Rejects with a ParleyError: `NETWORK` where no answer came.
   */
  request<Result, Variables>(document: TypedDocument<Result, Variables>, variables: Variables, options?: CoreRequestOptions): Promise<Result>;

  /** What a part of the client that is loaded later resolves with. Rejects with NETWORK where it cannot be loaded. */
  load<Part>(part: Promise<Part>): Promise<Part>;

  /** Who is signed in; makes a visitor where that is allowed. Rejects with TOKEN_MISSING where nobody is and nobody can be. */
  ensureSession(): Promise<User>;

  /**
   * A subscription over the socket, as long as there is a session: begun anew after every loss, until the function that it gives is called. `ended` is
   * called where the server has completed or refused it.
   */
  watch<Name extends keyof Watchable>(
    name: Name,
    variables: Watchable[Name]['variables'],
    listener: (result: Watchable[Name]['result']) => void,
    ended?: (error: ParleyError | null) => void,
  ): () => void;

  /**
   * Resolves when it is time to try again what failed with a retryable error for the `attempt`th time (from 0): after a pause that grows, with chance in
   * it, which ends at once when the network comes back; not before `retryAfter` where the server said so. Rejects when the signal aborts.
   */
  pause(error: ParleyError, attempt: number, signal?: AbortSignal): Promise<void>;
}

/** The subscriptions that can be watched, by their names. */
export interface Watchable {
  readonly Presence: { readonly variables: PresenceSubscriptionVariables; readonly result: PresenceSubscription };
  readonly Typing: { readonly variables: TypingSubscriptionVariables; readonly result: TypingSubscription };
}

export interface CoreRequestOptions extends RequestOptions {
  /** The longest time that is waited for unseen, in seconds, where the server asks to wait. Default: 60. */
  readonly patience?: number;
}
