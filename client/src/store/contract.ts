import type { EventsSubscription, StartQuery } from '../generated/graphql.ts';
import type { Chat, Conversations, Presence, Readable, User } from '../types.ts';
import type { StoreInside } from './dump.ts';

/** An event as the page's one subscription selects it. One of a newer server may have another `__typename`: it changes nothing. */
export type StoreEvent = EventsSubscription['events'];

/** What the page knows. `createStore(core, outbox)` makes it, empty. */
export interface Store {
  readonly conversations: Conversations;
  readonly archived: Conversations;
  readonly unread: Readable<number>;
  conversation(id: string): Chat;
  conversationWith(userId: string): Chat;
  entity<T extends { readonly __typename: string; readonly id: string } = User>(id: string): Readable<T | null>;
  presence(userId: string): Readable<Presence>;
  /** The id of a message that shows the file, where one is known: an address whose time is over is read anew by it. */
  messageOf(fileId: string): string | null;
  /** The id of the conversation with somebody; null where none is known. */
  conversationIdWith(userId: string): string | null;

  /**
   * The beginning, after a sign-in and after a SyncReset: what `StartDocument` read, whose cursor the events then go on from. What was known before is
   * no longer taken for complete: the list begins anew with this page, and every window that somebody looks at is read again.
   */
  begin(start: StartQuery, asked?: number): void;
  /** The present moment, to be taken before a request is sent. */
  moment(): number;
  /**
   * Puts every object of an answer that has `__typename` and `id` into the store: what is newer wins. `asked` is the moment at which it was asked for:
   * what has no rev is then not taken back by an answer that was read before an event. Without it the answer counts as read now.
   */
  merge(result: unknown, asked?: number): void;
  /** One event, and one change of each snapshot that it concerns. */
  apply(event: StoreEvent): void;
  /** Nobody is signed in: forgets everything. Snapshots that somebody holds become empty ones. */
  clear(): void;
  /** Stops all timers and subscriptions. What is known stays. */
  close(): void;

  /** For the warm start: `createKeeping` makes plain data of it. */
  readonly inside: StoreInside;
  /** Calls the listener after each change that would be kept. */
  onChange(listener: () => void): () => void;
}
