import { constants, PerformanceObserver } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';

/** By how much of what lives, in percent, the heap may grow until all garbage is collected. 0: as V8 finds right, which is up to three times as much. */
const growth = { little: 60, any: 0 } as const;

/** So many collections of all garbage in so many milliseconds are many: their time is better spent on something else. */
const many = { count: 4, ms: 8000 } as const;

/** For how long there have to be fewer again, in milliseconds. */
const quietMs = 30_000;

/** Says how much the heap may grow from now on, to be told of each collection of all garbage. Times are in milliseconds. */
export function createGrowth(): { after(collectedAt: number): number } {
  const last: number[] = [];
  let busyAt = Number.NEGATIVE_INFINITY;
  return {
    after(collectedAt) {
      last.push(collectedAt);
      if (last.length > many.count) last.shift();
      if (last.length === many.count && collectedAt - (last[0] ?? 0) < many.ms) busyAt = collectedAt;
      return collectedAt - busyAt < quietMs ? growth.any : growth.little;
    },
  };
}

/**
 * Has V8 keep the heap small: it would let garbage pile up to four times what lives, at any load. A server that does so much that collections come often
 * is left alone until it is quiet again: there they would cost more than the memory is worth. What a start makes, until `started` resolves, does not count for that.
 */
export function keepHeapSmall(started: Promise<unknown>): void {
  const set = (percent: number) => setFlagsFromString(`--heap-growing-percent=${percent}`);
  const { after } = createGrowth();
  let now: number = growth.little;
  set(now);
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if (!isWhole('detail' in entry ? entry.detail : null)) continue;
      const next = after(entry.startTime);
      if (next !== now) set(next);
      now = next;
    }
  });
  started.then(
    () => observer.observe({ entryTypes: ['gc'] }),
    () => {},
  );
}

const isWhole = (detail: unknown) => typeof detail === 'object' && detail !== null && 'kind' in detail && detail.kind === constants.NODE_PERFORMANCE_GC_MAJOR;
