/** A message whose sending was answered. */
export interface Acknowledged {
  readonly sender: number;
  readonly clientId: string;
  readonly conversationId: string;
  readonly messageId: string;
  readonly seq: number;
  readonly text: string;
  /** When it was first tried, and when it was answered, by the clock of this process. */
  readonly begunAt: number;
  readonly ackedAt: number;
}

/** What all clients of a run write down, and what is wrong. */
export interface Ledger {
  readonly acknowledged: Acknowledged[];
  /** Ids of messages whose recall was answered. */
  readonly recalled: Set<string>;
  /** How often each error code was answered. */
  readonly codes: Map<string, number>;
  readonly counts: {
    reconnects: number;
    catchUps: number;
    caughtUpEntries: number;
    events: number;
    refreshes: number;
    relogins: number;
    joins: number;
    leaves: number;
    removals: number;
    /** Times of membership in groups, by the tables. */
    stays: number;
    /** Of them those of somebody who had been a member before. */
    returns: number;
    /** Of them those that are over, and of these the ones of which the member received everything. */
    endedStays: number;
    wholeStays: number;
  };
  /** The first of each kind of thing that must not be, and how many there were. */
  readonly wrong: Map<string, { first: string; count: number }>;
  /** Notes something that must not be. `kind` is the sentence, `details` one case of it. */
  complain(kind: string, details?: string): void;
  countCode(code: string): void;
}

/** An empty one. */
export function createLedger(): Ledger {
  const wrong: Ledger['wrong'] = new Map();
  const codes = new Map<string, number>();
  return {
    acknowledged: [],
    recalled: new Set(),
    codes,
    counts: {
      reconnects: 0,
      catchUps: 0,
      caughtUpEntries: 0,
      events: 0,
      refreshes: 0,
      relogins: 0,
      joins: 0,
      leaves: 0,
      removals: 0,
      stays: 0,
      returns: 0,
      endedStays: 0,
      wholeStays: 0,
    },
    wrong,
    complain(kind, details = '') {
      const known = wrong.get(kind);
      if (known) known.count += 1;
      else wrong.set(kind, { first: details, count: 1 });
    },
    countCode: (code) => void codes.set(code, (codes.get(code) ?? 0) + 1),
  };
}
