import type { Message, ParleyErrorLike, Readable, Sendable, SendOptions, Upload, UploadOptions, UploadState } from '../types.ts';

/** A message that the server has not acknowledged. */
export interface OutboxEntry {
  readonly clientId: string;
  /** The global id of the conversation or of the person. */
  readonly to: string;
  readonly createdAt: string;
  readonly state: 'sending' | 'failed';
  /** Why it failed; while it is `sending`, what it waits for: null where it simply goes out. */
  readonly error: ParleyErrorLike | null;
  readonly content: Sendable;
  readonly options: SendOptions;
  readonly uploads: readonly UploadState[];
}

/** What the outbox has to know of an event: those that are about uploads bring them forward. */
export interface OutboxEvent {
  readonly __typename?: string;
  readonly upload?: { readonly id: string };
}

/** Messages on their way. `createOutbox(core)` makes it; it works for whoever is signed in, by `core.session`. */
export interface Outbox {
  /** How many messages of this tab, and of closed ones that it has taken over, wait or have failed. */
  readonly waiting: Readable<number>;
  /** The same over all tabs: what signing out would drop. */
  count(): Promise<number>;
  /** What is on its way to there, in the order in which it was sent: the same array until it changes. */
  entries(to: string): Readable<readonly OutboxEntry[]>;
  /** As Chat.send. Before it resolves the message is in the store, and then its entry is gone, both in the same turn. */
  send(to: string, content: Sendable, options?: SendOptions): Promise<Message>;
  retry(clientId: string): void;
  discard(clientId: string): void;
  upload(file: Blob, options?: UploadOptions): Upload;
  /** An event, once it is in the store. */
  apply(event: OutboxEvent): void;
  /** Signing out: forgets what waits for this person, here and in IndexedDB. */
  drop(): Promise<void>;
  /** Stops all timers and uploads; what waits stays where it is kept. */
  close(): Promise<void>;
}
