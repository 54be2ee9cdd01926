import { within } from './lifetime.ts';

/** How long a test waits for something that ought to come, in milliseconds. */
export const patience = 20_000;

/** What came in order, kept until somebody takes it: nothing is missed between two waits. */
export interface Queue<T> {
  push(value: T): void;
  /** Nothing comes after this; who waits is told why. What came before can still be taken. */
  end(why: string): void;
  /** The next value. Fails, with all that came so far, where none comes in time or the queue has ended. */
  next(what?: string, ms?: number): Promise<T>;
  /** The next value for which the predicate holds; those before it are dropped. */
  until(predicate: (value: T) => boolean, what?: string, ms?: number): Promise<T>;
  /** Resolves when the queue ends, with the reason. */
  ended(ms?: number): Promise<string>;
  /** What has come and was not taken yet, without taking it. */
  waiting(): readonly T[];
  /** Everything that ever came. */
  all(): readonly T[];
}

/** Makes an empty queue; `name` is how failures call it. */
export function createQueue<T>(name: string): Queue<T> {
  const all: T[] = [];
  let taken = 0;
  let why: string | null = null;
  let wake = Promise.withResolvers<void>();
  const changed = () => {
    wake.resolve();
    wake = Promise.withResolvers();
  };
  const seen = () => `It got ${all.length}: ${JSON.stringify(all)?.slice(-2000)}`;

  const take = async (predicate: (value: T) => boolean, what: string, isLate: () => boolean): Promise<T> => {
    while (!isLate()) {
      for (const value of all.slice(taken)) {
        taken += 1;
        if (predicate(value)) return value;
      }
      if (why !== null) throw new Error(`${name} ended before ${what} came: ${why}. ${seen()}`);
      await wake.promise;
    }
    throw new Error('late');
  };
  const until = async (predicate: (value: T) => boolean, what = 'what was waited for', ms = patience) => {
    let late = false;
    try {
      return await within(
        take(predicate, what, () => late),
        ms,
        () => `${name}: ${what} did not come. ${seen()}`,
      );
    } finally {
      // Else a wait that was given up takes the value that the next one is for.
      late = true;
    }
  };

  return {
    push(value) {
      all.push(value);
      changed();
    },
    end(reason) {
      why ??= reason;
      changed();
    },
    next: (what = 'one more', ms) => until(() => true, what, ms),
    until,
    ended: async (ms = patience) => {
      const end = async () => {
        while (why === null) await wake.promise;
        return why;
      };
      return await within(end(), ms, () => `${name} did not end. ${seen()}`);
    },
    waiting: () => all.slice(taken),
    all: () => [...all],
  };
}
