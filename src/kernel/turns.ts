import { nextTick } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLeastLine, type Owner } from './least-line.ts';

/** Resolves in a later turn of the event loop: timers, sockets and signals have theirs before. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * Turns of the event loop for work in pieces, so that nobody's work holds it. Those who wait go on one after the other, as far as a turn lasts: first
 * whoever has had least lately, see `LeastLine`.
 */
export interface Turns {
  /**
   * To be awaited before a piece that is done in one go: null, or, where this turn has lasted long enough or others wait, what resolves when it is its
   * turn. Of one owner nothing overtakes another.
   */
  wait(owner?: Owner): Promise<void> | null;
  /** Likewise, for whoever holds what others in the line may want, such as a connection to the database: nobody goes before them. */
  waitHolding(): Promise<void> | null;
  /** Does a piece whose questions are answered without the event loop, as SQLite does: when it is its turn, and no other one meanwhile, unless it gives its turn away. */
  run<T>(work: () => Promise<T>, owner?: Owner): Promise<T>;
}

/** Resolves when the piece is done or has given its turn away: 'AWAY'. */
type GoOn = () => Promise<unknown>;

/** So long one owner goes on while others wait, in milliseconds, and one more piece. */
const goMs = 2;

/** Makes turns in which such work goes on for `mostMs`, and one more piece. */
export function createTurns(mostMs: number): Turns {
  const line = createLeastLine<GoOn>();
  const holding: GoOn[] = [];
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

  /** What one owner has in the line, for a while: what is asked for in it is gathered. */
  const serveOne = async (): Promise<void> => {
    const held = holding.shift();
    if (held) return void (await held());
    const mine = line.next();
    if (!mine) return;
    const from = performance.now();
    let took = 0;
    for (let goOn = mine.take(); goOn; goOn = took < goMs && !look() ? mine.take() : undefined) {
      // What others do in a turn that is given away is not the owner's.
      if ((await goOn()) === 'AWAY') return mine.done(took);
      took = performance.now() - from;
    }
    // What was let go on has come as far as it comes now.
    await new Promise<void>((done) => nextTick(done));
    mine.done(performance.now() - from);
  };

  const serve = async () => {
    if (look()) await turn();
    while (line.size + holding.length > 0) {
      // The time of this turn begins before what is done first in it.
      look();
      await serveOne();
      if (look()) await turn();
    }
    isServing = false;
  };

  const serveIfWaiting = () => {
    if (isServing || line.size + holding.length === 0) return;
    isServing = true;
    void serve();
  };

  /** Else it is served when the piece is done, or the turn over. */
  const serveUnlessAtWork = () => {
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

  const waitIn = (push: (goOn: GoOn) => void): Promise<void> =>
    new Promise((resolve) => {
      push(() => {
        resolve();
        return Promise.resolve();
      });
      serveUnlessAtWork();
    });

  return {
    // Nobody goes past those who wait.
    wait: (owner) => (look() || line.size > 0 ? waitIn((goOn) => line.push(goOn, owner)) : null),
    waitHolding: () => (look() ? waitIn((goOn) => holding.push(goOn)) : null),
    run(work, owner) {
      // In this order: the time of a turn begins with the first look.
      if (!look() && atWork === null && line.size === 0) return begin(work);
      return new Promise((resolve, reject) => {
        line.push(() => {
          const done = begin(work);
          done.then(resolve, reject);
          return Promise.race([done.catch(() => {}), turn().then(() => 'AWAY')]);
        }, owner);
        serveUnlessAtWork();
      });
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
