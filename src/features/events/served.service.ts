import type { Unsubscribe } from '../../platform/bus.ts';
import type { EntryRow } from '../log/log.service.ts';
import type { Membership } from './replay.service.ts';

/** A stream that is served by this node. */
export interface LogListener {
  readonly userId: number;
  /** Called for every entry of the logs that its user receives: strictly in order within a log, each once, without a hole. */
  readonly entry: (entry: EntryRow) => void;
}

/** Somebody for whom a node listens. */
export interface Person {
  /** Never changed in place: whoever goes through it may be the reason that somebody leaves. */
  listeners: readonly LogListener[];
  readonly memberships: Map<number, Membership>;
  /** Null where listening has failed: whoever attaches tries again. */
  bells: Promise<Unsubscribe> | null;
  loaded: boolean;
}

/** A log of a conversation that a node gives to somebody. */
export interface Served {
  readonly seats: Map<number, Seat>;
  readonly bells: Promise<Unsubscribe> | null;
}

/** Somebody who receives a log: no more than what giving an entry to thousands has to look at. */
export interface Seat {
  readonly person: Person;
  membership: Membership;
}
