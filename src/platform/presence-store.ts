/** How long the store keeps what is written under the name of a node, in milliseconds: whoever lives longer takes another name in time. */
export const keptMs = 86_400_000;

/** What a node is told when it renews its lease. */
export interface Renewal {
  /**
   * Whether all that was written under the name is sure to be there and to count. False where the lease was over, or where the store has lost
   * something: then the node goes on under another name.
   */
  readonly held: boolean;
  /** Other nodes whose leases are over and whose people nobody has taken out yet. Each is told to one of those who ask, and again after a while. */
  readonly over: readonly string[];
}

/** What has changed since a place in the list of changes. */
export interface Changes {
  /** Where the list ends now. */
  readonly place: string;
  /** Who may have come or gone since; null: anybody may. */
  readonly userIds: readonly number[] | null;
}

/**
 * Who is connected, on all nodes together. A node has a lease, and each user the names of the nodes on which they are; a name counts until its
 * lease ends by the clock of the store, so that the people of a node that died go together. A name is used once: what comes late under one that
 * was given up counts nothing. Where the store is away, everything but `online` throws `UNAVAILABLE`.
 */
export interface PresenceStore {
  /** Begins the lease of a node under a new name. */
  open(node: string, leaseMs: number): Promise<void>;
  /** Begins the lease anew, one command however many people are there. */
  renew(node: string, leaseMs: number): Promise<Renewal>;
  /**
   * These users are on a node now, and under its former names no more. Gives those who were on no other; one that died since the last renewal may
   * be taken for another. All is written in this turn: what is asked for later happens later.
   */
  enter(node: string, former: readonly string[], userIds: readonly number[]): Promise<ReadonlySet<number>>;
  /** They are not there any more, under any of these names; those who are unknown too. Gives those who are on no other node, as `enter` does. */
  leave(nodes: readonly string[], userIds: readonly number[]): Promise<ReadonlySet<number>>;
  /** Writes into the list of changes who came or went; null: anybody may have. After the change itself, so that whoever reads it and looks finds it. */
  tell(userIds: readonly number[] | null): Promise<void>;
  /** They left the node and that is told: if it dies, nobody has to be told of them. */
  unlist(node: string, userIds: readonly number[]): Promise<void>;
  /** All who are on a node, and those who left and were not taken off the list. */
  peopleOf(node: string): Promise<readonly number[]>;
  /** Ends a name for good. What is left under it counts nothing, and nobody is told of it. */
  close(node: string): Promise<void>;
  /** What was told since a place; null: from nowhere, to learn where the list ends. One command, however many there are. */
  changes(after: string | null): Promise<Changes>;
  /** For each user whether they are on any node; null while the store is away, because then nobody knows. */
  online(userIds: readonly number[]): Promise<ReadonlyMap<number, boolean> | null>;
}
