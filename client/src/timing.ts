/** How long a page waits, in seconds. */
export interface Timing {
  /** For the answer to a request. */
  readonly answer: number;
  /** For a socket to be let in. */
  readonly connect: number;
  /** Between two pings of the page, because a browser does not notice that a network has silently gone away. */
  readonly ping: number;
  /** For the answer to one. */
  readonly pong: number;
  /** The longest pause before it is tried again. */
  readonly pause: number;
}

export const usualTiming: Timing = { answer: 15, connect: 15, ping: 10, pong: 5, pause: 20 };

/** Seconds to wait before the `attempt`th try (from 0): longer each time, and by chance, because everybody comes at once when a node stops. */
export function pauseBefore(attempt: number, { pause } = usualTiming): number {
  return Math.random() * Math.min(0.3 * 2 ** attempt, pause);
}
