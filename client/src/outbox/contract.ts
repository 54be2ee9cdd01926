import type { Message, ParleyErrorLike, Readable, Sendable, SendOptions, Upload, UploadOptions, UploadState } from '../types.ts';

/** Where a message goes: a conversation, or a person with whom there may be none yet. */
export type Target = { readonly conversationId: string } | { readonly userId: string };

/** A message that the server has not acknowledged. */
export interface OutboxEntry {
  readonly clientId: string;
  /** The global id of the conversation or of the person. */
  readonly to: string;
  readonly createdAt: string;
  readonly state: 'sending' | 'failed';
  readonly error: ParleyErrorLike | null;
  readonly content: Sendable;
  readonly options: SendOptions;
  readonly uploads: readonly UploadState[];
}

/** Messages on their way. `createOutbox(core)` makes it; it works for whoever is signed in, by `core.session`. */
export interface Outbox {
  readonly waiting: Readable<number>;
  /** What is on its way to there, in the order in which it was sent: the same array until it changes. */
  entries(to: string): Readable<readonly OutboxEntry[]>;
  /** As Chat.send. Before it resolves the message is in the store, and then its entry is gone, both in the same turn. */
  send(to: string, content: Sendable, options?: SendOptions): Promise<Message>;
  retry(clientId: string): void;
  discard(clientId: string): void;
  upload(file: Blob, options?: UploadOptions): Upload;
  /** Signing out: forgets what waits for this person, here and in IndexedDB. */
  drop(): Promise<void>;
  /** Stops all timers and uploads; what waits stays where it is kept. */
  close(): void;
}
