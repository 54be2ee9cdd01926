import { createFairLine } from './fair-line.ts';

/** Bounds how many bytes pass in a second, all together: what moves them takes turns, a piece at a time, and leaves the event loop to others between two. */
export interface BytePace {
  /**
   * Calls `take` when it is the turn of its owner, at once where nobody waits: it moves a piece, without waiting for anything, and gives how many bytes that
   * were. Of each owner one piece is taken, then of each the next one.
   */
  inTurn(owner: unknown, take: () => number): void;
}

interface Waiting {
  readonly owner: unknown;
  readonly take: () => number;
}

/** What a late timer has missed is made up for, as far as it is no more than what passes in so many milliseconds. */
const madeUpMs = 5;

/** Makes it. */
export function createBytePace(bytesPerSecond: number): BytePace {
  const line = createFairLine<Waiting>(({ owner }) => owner);
  /** When all that was taken has had its time. */
  let paidAt = 0;
  let isAwaited = false;

  const move = ({ take }: Waiting) => {
    // What is wanted meanwhile waits until this is paid for.
    isAwaited = true;
    const bytes = take();
    isAwaited = false;
    paidAt = Math.max(paidAt, performance.now() - madeUpMs) + (bytes * 1000) / bytesPerSecond;
    awaitNext();
  };

  const serve = () => {
    isAwaited = false;
    const next = line.shift();
    if (next) move(next);
  };

  const awaitNext = () => {
    if (isAwaited || line.size === 0) return;
    isAwaited = true;
    const ms = paidAt - performance.now();
    if (ms > 0) setTimeout(serve, Math.ceil(ms));
    else setImmediate(serve);
  };

  return {
    inTurn(owner, take) {
      const waiting = { owner, take };
      if (!isAwaited && paidAt <= performance.now()) return move(waiting);
      line.push(waiting);
      awaitNext();
    },
  };
}

/** A pace for whoever has none: everything passes at once. */
export const unbounded: BytePace = { inTurn: (_owner, take) => void take() };

/** Pieces as somebody gives them, each when it is its turn; together they are one owner. */
export async function* paced(pieces: AsyncIterable<Buffer>, pace: BytePace): AsyncGenerator<Buffer> {
  for await (const piece of pieces) {
    await new Promise<void>((resolve) =>
      pace.inTurn(pieces, () => {
        resolve();
        return piece.length;
      }),
    );
    yield piece;
  }
}
