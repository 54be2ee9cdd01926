import { AppError } from './errors.ts';
import { createFairLine, type FairLine } from './fair-line.ts';
import { createGate } from './gate.ts';

/** Whose task it is: houses take turns, and in a house those who live there. */
export interface Place {
  readonly house: string;
  /** Null: one of those in the house whom nobody can tell apart. They share one line. */
  readonly who: string | null;
}

/** A gate before which everybody in a house waits in a line of their own. */
export interface NestedGate {
  /** How many wait. */
  readonly waiting: number;
  /**
   * Runs the task when there is room and it is its turn: nobody waits for all that somebody else has in a line, in another house or in the same one.
   * Throws `UNAVAILABLE` at once where too many wait already in its line; where too many wait in all, for the newest one of the house that has most,
   * in the longest line there: so whoever fills the gate keeps nobody else out.
   */
  run<T>(task: () => Promise<T>, place: Place): Promise<T>;
}

interface Waiting {
  readonly who: string | null;
  go(): Promise<void>;
  refuse(): void;
}

/** How many tasks run at once, and how many more may wait: in one line, and in all of them together. */
export interface NestedGateOptions {
  readonly atOnce: number;
  readonly mostInLine: number;
  readonly most: number;
}

/** Makes it. */
export function createNestedGate({ atOnce, mostInLine, most }: NestedGateOptions): NestedGate {
  const houses = createGate(atOnce);
  const lines = new Map<string, FairLine<Waiting>>();
  let waitingInAll = 0;

  const goOn = async (house: string): Promise<void> => {
    const line = lines.get(house);
    for (const next of line ?? []) {
      line?.remove([next]);
      if (line?.size === 0) lines.delete(house);
      waitingInAll -= 1;
      await next.go();
      return;
    }
  };

  /** The house with the longest line, where it has more than one who comes would have in theirs; in their own house likewise. */
  const lineOver = (house: string, who: string | null): FairLine<Waiting> | null => {
    const own = lines.get(house);
    let largest = own;
    for (const line of lines.values()) if (line.size > (largest?.size ?? 0) && line.size > (own?.size ?? 0) + 1) largest = line;
    if (!largest || (largest === own && own.most <= own.sizeOf(who) + 1)) return null;
    return largest;
  };

  /** Makes room for one more. The turn of whoever gives way stays: the next one of its house has it, or nobody. */
  const hasRoomFor = (house: string, who: string | null): boolean => {
    if (waitingInAll < most) return true;
    const dropped = lineOver(house, who)?.dropNewest();
    if (!dropped) return false;
    waitingInAll -= 1;
    dropped.refuse();
    return true;
  };

  return {
    get waiting() {
      return waitingInAll;
    },
    run: (task, { house, who }) =>
      new Promise((resolve, reject) => {
        const waitsHere = lines.get(house)?.sizeOf(who) ?? 0;
        if (waitsHere >= mostInLine || !hasRoomFor(house, who)) throw new AppError('UNAVAILABLE');
        const line = lines.get(house) ?? createFairLine<Waiting>((waiting) => waiting.who);
        line.push({ who, go: () => task().then(resolve, reject), refuse: () => reject(new AppError('UNAVAILABLE')) });
        lines.set(house, line);
        waitingInAll += 1;
        // A turn is the house's: who of those in it has it is found out when it comes.
        void houses.run(() => goOn(house), house);
      }),
  };
}
