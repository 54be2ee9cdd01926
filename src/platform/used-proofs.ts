/** Remembers which proofs of work have been used, so that each is good once, on all nodes together. */
export interface UsedProofs {
  /** Takes a proof by its id: true the first time within `keptMs`, for whoever comes first. */
  take(id: string): Promise<boolean>;
}

/** How long it is remembered, in milliseconds: longer than a challenge is good, also where the clocks of two nodes are a minute apart. */
export const keptMs = 660_000;
