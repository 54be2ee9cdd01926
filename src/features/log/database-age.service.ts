import type { ClockService } from './clock.service.ts';

/** Tells how long ago something was written, by the database's clock. */
export interface DatabaseAge {
  /** The clock, of which each reading says what time it is there. */
  readonly clock: ClockService;
  /** Whether something was written less than so many milliseconds ago. While the time there is not known it says no. */
  isYounger(at: number, ms: number): boolean;
}

/** Makes it. */
export function createDatabaseAge(clock: ClockService): DatabaseAge {
  /** What the database's clock shows when this process's own shows 0: rather more than less, by what the answer took. */
  let offset = Number.POSITIVE_INFINITY;
  return {
    clock: {
      ...clock,
      async read(tx) {
        const asked = performance.now();
        const row = await clock.read(tx);
        offset = row.now - asked;
        return row;
      },
    },
    isYounger: (at, ms) => at > offset + performance.now() - ms,
  };
}
