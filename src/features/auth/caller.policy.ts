/** Who asks to come in, as the door knows them. */
export interface Caller {
  /** In one form for each address. It is kept nowhere as it is. */
  readonly address: string;
  /** False where nobody waits for the answer any more. */
  readonly isAwaited: () => boolean;
}

/** A proof of work as it came, if one did. */
export type Work = string | null | undefined;

/** Wrong tries after each of which again a proof becomes twice as hard. */
const triesToDouble = 20;

/** What a proof is at most: times as hard as the easiest one. */
const hardest = 30;

/** How many times as hard a proof is after so many wrong tries further than what passes without one. */
export function difficultyAfter(further: number): number {
  return Math.min(hardest, 2 ** Math.floor(further / triesToDouble));
}
