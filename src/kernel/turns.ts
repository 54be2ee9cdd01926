import { setTimeout as sleep } from 'node:timers/promises';

/** Resolves in a later turn of the event loop: timers, sockets and signals have theirs before. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Keeps work whose answers come without the event loop from holding it. */
export interface Turns {
  /** To be awaited before each piece of such work: null, or, where such work has gone on for too long in this turn, what resolves in a later one. */
  wait(): Promise<void> | null;
}

/** How long such work goes on in one turn, in milliseconds: many pieces as long as that is hardly felt, few as long as nobody has to wait for them. */
const mostMs = { ofMany: 10, ofFew: 250 } as const;

/** From how many pieces on they are many. */
const many = 50;

/** Turns of the event loop for work in pieces. */
export function createTurns(): Turns {
  let began: number | null = null;
  let pieces = 0;
  return {
    wait() {
      pieces += 1;
      if (began !== null) return performance.now() - began < (pieces > many ? mostMs.ofMany : mostMs.ofFew) ? null : turn();
      began = performance.now();
      setImmediate(() => {
        began = null;
        pieces = 0;
      });
      return null;
    },
  };
}

const quickRounds = 3;
const longestRestMs = 250;

/**
 * Between two rounds of a loop that goes on until it is through, of which the last `idle` ones have changed nothing: always a turn of the event
 * loop, and from the fourth idle round on a pause, which doubles. What keeps such a loop from ending is mostly nothing that it can hurry.
 */
export async function rest(idle: number): Promise<void> {
  if (idle <= quickRounds) await turn();
  else await sleep(Math.min(longestRestMs, 10 * 2 ** (idle - quickRounds)));
}
