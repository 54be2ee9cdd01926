import { setTimeout as sleep } from 'node:timers/promises';
import { createFairLine } from './fair-line.ts';

/** Resolves in a later turn of the event loop: timers, sockets and signals have theirs before. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * Turns of the event loop for work in pieces, so that nobody's work holds it. Those who wait go on one after the other, as far as a turn lasts: of
 * each owner one, then of each the next one, however many pieces somebody has. Without an owner each is its own.
 */
export interface Turns {
  /**
   * To be awaited before a piece that is done in one go: null, or, where this turn has lasted long enough or the owner has others in line, what resolves
   * when it is its turn. Of one owner nothing overtakes another.
   */
  wait(owner?: unknown): Promise<void> | null;
  /** Likewise, for whoever holds what others in the line may want, such as a connection to the database: nobody goes before them. */
  waitHolding(): Promise<void> | null;
  /** Does a piece whose questions are answered without the event loop, as SQLite does: when it is its turn, and no other one meanwhile, unless it gives its turn away. */
  run<T>(work: () => Promise<T>, owner?: unknown): Promise<T>;
}

interface Waiting {
  readonly owner: unknown;
  /** Resolves when the piece is done or has given its turn away. */
  goOn(): Promise<unknown>;
}

/** Makes turns in which such work goes on for `mostMs`, and one more piece. */
export function createTurns(mostMs: number): Turns {
  const line = createFairLine<Waiting>(({ owner }) => owner);
  const holding: Waiting[] = [];
  let began: number | null = null;
  let isOver = false;
  let isServing = false;
  /** The piece of `run` that is being done in this turn. */
  let atWork: object | null = null;

  const end = () => {
    began = null;
    isOver = false;
    atWork = null;
    serveIfWaiting();
  };

  const look = (): boolean => {
    if (isOver) return true;
    const now = performance.now();
    if (began !== null) isOver = now - began >= mostMs;
    else {
      began = now;
      setImmediate(end);
    }
    return isOver;
  };

  const shift = () => holding.shift() ?? line.shift();

  const serve = async () => {
    if (look()) await turn();
    for (let next = shift(); next; next = shift()) {
      // The time of this turn begins before what is done first in it.
      look();
      await next.goOn();
      if (look()) await turn();
    }
    isServing = false;
  };

  const serveIfWaiting = () => {
    if (isServing || line.size + holding.length === 0) return;
    isServing = true;
    void serve();
  };

  const push = (owner: unknown, goOn: Waiting['goOn'], to: { push(item: Waiting): unknown } = line) => {
    to.push({ owner: owner ?? Symbol('alone'), goOn });
    // Else it is served when the piece is done, or the turn over.
    if (atWork === null) serveIfWaiting();
  };

  const begin = async <T>(work: () => Promise<T>): Promise<T> => {
    const piece = {};
    atWork = piece;
    try {
      return await work();
    } finally {
      if (atWork === piece) {
        atWork = null;
        serveIfWaiting();
      }
    }
  };

  const waitIn = (to: { push(item: Waiting): unknown }, owner: unknown): Promise<void> =>
    new Promise((resolve) =>
      push(
        owner,
        async () => {
          resolve();
          // What was let go on does so now.
          await null;
        },
        to,
      ),
    );

  return {
    wait: (owner) => (look() || (owner !== undefined && line.sizeOf(owner) > 0) ? waitIn(line, owner) : null),
    waitHolding: () => (look() ? waitIn(holding, undefined) : null),
    run(work, owner) {
      // In this order: the time of a turn begins with the first look.
      if (!look() && atWork === null) return begin(work);
      return new Promise((resolve, reject) =>
        push(owner, () => {
          const done = begin(work);
          done.then(resolve, reject);
          return Promise.race([done.catch(() => {}), turn()]);
        }),
      );
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
