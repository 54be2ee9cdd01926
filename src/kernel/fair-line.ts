/**
 * Those who wait, in the order in which it is their turn: of each owner one, then of each the next one. So nobody waits for all that somebody else
 * has in the line, and of one owner nothing overtakes another.
 */
export interface FairLine<T> extends Iterable<T> {
  readonly size: number;
  /** How many different ones they belong to. */
  readonly owners: number;
  /** How many of one owner are in the line. */
  sizeOf(owner: unknown): number;
  push(item: T): void;
  /** Takes out whose turn it is; undefined where nobody waits. */
  shift(): T | undefined;
  /** How many there are of whoever has most. */
  readonly most: number;
  /** Takes out the newest of whoever has most; undefined where nobody waits. */
  dropNewest(): T | undefined;
  /** Takes these out of the line. Whoever they belong to stands behind all others with what is left. */
  remove(items: Iterable<T>): void;
}

/** Makes an empty line. */
export function createFairLine<T>(ownerOf: (item: T) => unknown): FairLine<T> {
  const lines = new Map<unknown, T[]>();
  let size = 0;

  function* inTurn(): Generator<T, void> {
    let going: Iterable<readonly T[]> = lines.values();
    for (let place = 0; ; place += 1) {
      const longer: (readonly T[])[] = [];
      for (const line of going) {
        yield* line.slice(place, place + 1);
        if (line.length > place + 1) longer.push(line);
      }
      if (longer.length === 0) return;
      going = longer;
    }
  }

  const longest = () => {
    let found: readonly [owner: unknown, line: T[]] | undefined;
    for (const entry of lines) if (found === undefined || entry[1].length > found[1].length) found = entry;
    return found;
  };

  return {
    get size() {
      return size;
    },
    get owners() {
      return lines.size;
    },
    sizeOf: (owner) => lines.get(owner)?.length ?? 0,
    [Symbol.iterator]: inTurn,
    push(item) {
      const owner = ownerOf(item);
      const line = lines.get(owner);
      if (line) line.push(item);
      else lines.set(owner, [item]);
      size += 1;
    },
    shift() {
      for (const [owner, line] of lines) {
        const item = line.shift();
        size -= 1;
        lines.delete(owner);
        if (line.length > 0) lines.set(owner, line);
        return item;
      }
      return undefined;
    },
    get most() {
      return longest()?.[1].length ?? 0;
    },
    dropNewest() {
      const [owner, line] = longest() ?? [];
      const item = line?.pop();
      if (item === undefined) return undefined;
      size -= 1;
      if (line?.length === 0) lines.delete(owner);
      return item;
    },
    remove(items) {
      const gone = new Set(items);
      for (const owner of new Set([...gone].map(ownerOf))) {
        const line = lines.get(owner) ?? [];
        const left = line.filter((item) => !gone.has(item));
        lines.delete(owner);
        if (left.length > 0) lines.set(owner, left);
        size -= line.length - left.length;
      }
    },
  };
}
