/** One open connection of a user, on any node. */
export interface Lease {
  readonly userId: number;
  /** Unique among all connections of all nodes. */
  readonly connectionId: string;
}

/**
 * Who is connected, on all nodes together. A connection counts until its lease ends by the clock of the store, so that the connections of a node
 * that died go by themselves. Where the store is away, everything but `online` throws `UNAVAILABLE`.
 */
export interface PresenceStore {
  /** Adds a connection, for `leaseMs`. `first`: the user had none before. */
  connect(lease: Lease, leaseMs: number): Promise<{ readonly first: boolean }>;
  /** Begins the leases anew, in one batch; what the store does not know (any more) it takes in. A connection that is taken out after this call began stays out. */
  renew(leases: readonly Lease[], leaseMs: number): Promise<void>;
  /** Takes a connection out; one that is unknown too. `last`: the user has none now. */
  disconnect(lease: Lease): Promise<{ readonly last: boolean }>;
  /** For each user whether there is a connection; null while the store is away, because then nobody knows. */
  online(userIds: readonly number[]): Promise<ReadonlyMap<number, boolean> | null>;
  /** A text that changes when the store has lost everything: then every node renews what it holds. */
  incarnation(): Promise<string>;
}
