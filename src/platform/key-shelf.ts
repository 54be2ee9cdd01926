/** A set of keys as it was got. */
export interface ShelvedKeys {
  readonly text: string;
  /** How old it is, in milliseconds. */
  readonly ageMs: number;
}

/** Whether a set of keys may be asked for. ASKING: another one does just now. RESTING: it is too soon. */
export type Turn = 'YOURS' | 'ASKING' | 'RESTING';

/**
 * What all nodes share about sets of public keys that are somewhere else: what was got, and whose turn it is to ask. No operation throws: where the place is
 * away that they share, each node goes by what it knows itself.
 */
export interface KeyShelf {
  /** What was got last and is not older than `keptMs`, or null. */
  read(url: string): Promise<ShelvedKeys | null>;
  /** Keeps what was got just now. */
  keep(url: string, text: string): Promise<void>;
  /** Takes the turn, for `askedMs` at most unless it is ended. */
  begin(url: string): Promise<Turn>;
  /** Ends a turn: from now on nobody asks for `restMs`, or the next one may ask at once. */
  end(url: string, how: 'REST' | 'FREE'): Promise<void>;
}

/** For how long keys that cannot be had anew are good, in milliseconds. */
export const keptMs = 3_600_000;

/** How far apart two tries are that were not due, or the second of which comes after a failure, in milliseconds. */
export const restMs = 30_000;
