import type { Bus, Unsubscribe } from '../../platform/bus.ts';
import type { Database } from '../../platform/database.ts';
import type { Metrics } from '../../platform/metrics.ts';
import type { ClockService } from '../log/clock.service.ts';
import type { EntryRow } from '../log/log.service.ts';
import type { Told, ToldEntry } from '../log/told.service.ts';
import type { Finding } from './finding.service.ts';
import type { Membership } from './replay.service.ts';
import type { LogListener, ReadAhead } from './round.service.ts';

/** What one node serves: which logs, to whom, and how far each has been given. See docs/architecture.md, "How nothing is missed". */
export interface Hub {
  /** Begins to listen for a user: resolves when the bells of the user ring here. May be called again where it has thrown. */
  attach(listener: LogListener): Promise<void>;
  detach(listener: LogListener): void;
  /** Whether somebody's memberships have been told to this node since it listens for them. */
  isLoaded(userId: number): boolean;
  /** Whether somebody has so many DIRECT conversations that they are not told: whatever rings for this person, or is found to be theirs, is given. */
  isWide(userId: number): boolean;
  /** Tells somebody's memberships. True where one was new here: a snapshot that brought it proves nothing yet, and is taken again. */
  load(userId: number, memberships: readonly Membership[]): boolean;
  /** Likewise, of somebody of whom nothing was told here when the snapshot was begun. False where it proves nothing: see `provesAll`. */
  loadFound(userId: number, found: Finding): boolean;
  /** Whether the entry at a rev of a conversation is for the user, by the newest word here. */
  isMember(userId: number, logId: number, rev: number): boolean;
  /** Whether this very entry was given here, to whoever was a member at its rev: all of its log up to it had been. */
  wasGiven(entry: EntryRow): boolean;
  /** Takes what this process itself has just written into a log. */
  hear(told: Told): void;
  /** The epoch up to which every live stream of this node has been given everything. */
  given(): number;
  /** Asks for the open epoch to be closed, and compares at once: for streams that cannot go on before it is. Resolves after the try. */
  closeEpoch(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** What a hub stands on. */
export interface HubParts {
  readonly database: Database;
  readonly bus: Bus;
  readonly clock: ClockService;
  /** Told of what failed and is tried again. */
  readonly onFault: (error: unknown) => void;
  /** How often it compares what it gave with what the tables hold. */
  readonly compareMs: number;
  readonly metrics?: Metrics;
  /** Without it every round is given as it comes. */
  readonly readAhead?: ReadAhead;
  /** Who has very many DIRECT conversations; asked when somebody begins to listen. */
  readonly isWide?: (userId: number) => boolean;
  /** Called with each message that may be given without being read, before it is. */
  readonly onTold?: (told: ToldEntry) => void;
}

/** Somebody for whom this node listens. */
export interface Person {
  /** Never changed in place: whoever goes through it may be the reason that somebody leaves. */
  listeners: readonly LogListener[];
  readonly memberships: Map<number, Membership>;
  /** Null where listening has failed: whoever attaches tries again. */
  bells: Promise<Unsubscribe> | null;
  loaded: boolean;
  /** The memberships of the finding by which they were loaded, which other streams may have in common; null once a later snapshot has told of them. */
  loadedBy: readonly Membership[] | null;
  /** A bell has rung for them of a log that is not served here: it may be one of theirs of which nothing was told yet. */
  isEarly: boolean;
  /** Has so many DIRECT conversations that they are not known here one by one. */
  readonly isWide: boolean;
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
