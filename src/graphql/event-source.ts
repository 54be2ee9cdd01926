import type { Viewer } from '../kernel/viewer.ts';
import type { Tx } from '../platform/database.ts';

/**
 * What the feed of a subscription gives for each event, beside its own data. The selection of an event is executed inside a snapshot of the
 * database, opened when the reader has room for it: what a frame shows is of one moment, read just before it is written.
 */
export interface EventSource {
  /** Judges, inside the event's snapshot and before anything is read for the frame, for its one reader. False drops the event: nothing is sent. */
  readonly prepare?: (tx: Tx) => Promise<boolean>;
  /** In the place of `prepare`, for an event that many have: it is judged for all of them at once, and read once for all who see the same. */
  readonly shared?: SharedEvent;
  /** What `Event.cursor` and `viewer.cursor` give inside this event. */
  readonly position?: string;
}

/** An event that many have: one object for all of them, wherever that is known. */
export interface SharedEvent {
  /** The object type of what it shows. */
  readonly typename: string;
  /** Who may have it by the rights of the snapshot; `viewers` gives all for whom that will be asked. */
  readonly judge: (tx: Tx, viewers: () => readonly Viewer[]) => Promise<MayHave>;
  /** Whether what it shows is known without reading it: then it is tried at a glance, see `Glance`. */
  readonly isKnown?: () => boolean;
  /** Where a stream without positions stands: told in the place of an event that is too large. */
  readonly placeOf?: (tx: Tx) => Promise<string>;
}

/** Whether a viewer may have an event; EVERYBODY where all may to whom it was given. */
export type MayHave = 'EVERYBODY' | ((viewer: Viewer) => boolean);
