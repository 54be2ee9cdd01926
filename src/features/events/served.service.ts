import type { NewsListener } from '../../kernel/feed.ts';
import type { Unsubscribe } from '../../platform/bus.ts';
import type { EntryRow } from '../log/log.service.ts';
import type { Membership } from './replay.service.ts';
import type { Round } from './round.service.ts';

/** A stream that is served by this node. */
export interface LogListener {
  readonly userId: number;
  /** Called for all entries of the logs that its user receives: strictly in order within a log, each once, without a hole. */
  readonly round: (round: Round) => void;
  /** Who reads what it makes of a round at once, where nothing else is to be told before; null where it makes nothing of it, or not at once. */
  readonly readerOf: (round: Round) => NewsListener | null;
  /** What it would make of an entry of a round; null: nothing. */
  readonly foresee: (entry: EntryRow) => unknown;
}

/** Somebody for whom this node listens. */
export interface Person {
  /** Never changed in place: whoever goes through it may be the reason that somebody leaves. */
  listeners: readonly LogListener[];
  readonly memberships: Map<number, Membership>;
  /** Null where listening has failed: whoever attaches tries again. */
  bells: Promise<Unsubscribe> | null;
  loaded: boolean;
}

/** A log that this node serves. */
export interface Served {
  readonly seats: Map<number, Seat>;
  readonly bells: Promise<Unsubscribe> | null;
}

/** Somebody who receives a log: no more than what giving an entry to thousands has to look at. */
export interface Seat {
  readonly person: Person;
  membership: Membership;
}
