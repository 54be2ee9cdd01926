import type { Tx } from '../platform/database.ts';

/**
 * What the source of a subscription yields for each event, beside its own data. The selection of an event is executed inside one snapshot
 * of the database, opened when the reader has taken the event before: what a frame shows is of one moment, read just before it is written.
 */
export interface EventSource {
  /** Judges rights inside the event's snapshot, before anything is read for the frame. False drops the event: nothing is sent. */
  readonly prepare?: (tx: Tx) => Promise<boolean>;
  /** The position that `viewer.cursor` gives inside this event. */
  readonly position?: string;
}
