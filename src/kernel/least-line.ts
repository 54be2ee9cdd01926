/** Whose something is: a person by number; by name what stands for many, an address or a server key. */
export type Owner = number | string;

/**
 * Those who wait for the one thread, first whoever has had least of it lately: somebody who asks for little goes before all who ask for much, however
 * many these are and however much they have in the line. Of one owner nothing overtakes another. What has no owner is done for everybody: it has half
 * of the time where there is more of it, in the order in which it came, as if one owner had all of it.
 */
export interface LeastLine<T> {
  readonly size: number;
  push(item: T, owner?: Owner): void;
  /** Whose turn it is; undefined where nobody waits. Nobody else's is it until `done` says how long it was. */
  next(): Turn<T> | undefined;
}

/** Somebody's turn. */
export interface Turn<T> {
  /** Takes the owner's next one out of the line; undefined where there is none. */
  take(): T | undefined;
  done(ms: number): void;
}

/** After so long half of what somebody has had counts, and whoever waits for so long goes before all who have had half as much. */
const halfLifeMs = 1000;

/** Whoever has had less is as good as new, in milliseconds. */
const nothingMs = 0.5;

/** Who have had about as much take turns: levels between which lies a factor of the square root of two. */
const levelsOfDouble = 2;

/** For so many people counts what stands for many. */
const many = 8;

/** So many of those who have had something are kept before those who are as good as new are looked for. */
const fewKept = 1000;

/** What somebody has had, as it counted at a moment. */
interface Had {
  readonly ms: number;
  readonly at: number;
}

const none: Had = { ms: 0, at: 0 };

/** Makes an empty line. */
export function createLeastLine<T>(now: () => number = () => performance.now()): LeastLine<T> {
  const unowned: T[] = [];
  /** Of each owner in the line what waits. */
  const waiting = new Map<Owner, T[]>();
  /** Who waits, by level. */
  const levels = new Map<number, Set<Owner>>();
  const had = new Map<Owner, Had>();
  let owned = none;
  let others = none;
  let size = 0;
  let sweepAt = fewKept;

  const left = ({ ms, at }: Had): number => ms * 2 ** ((at - now()) / halfLifeMs);
  const more = (before: Had, ms: number): Had => ({ ms: left(before) + ms, at: now() });

  const keep = (owner: Owner, ms: number): void => {
    had.set(owner, more(had.get(owner) ?? none, typeof owner === 'string' ? ms / many : ms));
    if (had.size < sweepAt) return;
    for (const [each, what] of had) if (left(what) < nothingMs) had.delete(each);
    sweepAt = Math.max(fewKept, 2 * had.size);
  };

  /** The level rises with time, as what was had halves with it: so the order of those who wait stays as it is, and nobody is overtaken for ever. */
  const enter = (owner: Owner): void => {
    const level = Math.floor(levelsOfDouble * (Math.log2(Math.max(nothingMs, left(had.get(owner) ?? none))) + now() / halfLifeMs));
    const owners = levels.get(level);
    if (owners) owners.add(owner);
    else levels.set(level, new Set([owner]));
  };

  const leave = (): Owner | undefined => {
    const lowest = Math.min(...levels.keys());
    const owners = levels.get(lowest);
    if (!owners) return undefined;
    const [owner] = owners;
    if (owner !== undefined) owners.delete(owner);
    if (owners.size === 0) levels.delete(lowest);
    return owner;
  };

  const nextOwned = (): Turn<T> | undefined => {
    const owner = leave();
    const items = owner === undefined ? undefined : waiting.get(owner);
    if (owner === undefined || items === undefined) return undefined;
    return {
      take() {
        const item = items.shift();
        if (item !== undefined) size -= 1;
        return item;
      },
      done(ms) {
        owned = more(owned, ms);
        keep(owner, ms);
        if (items.length > 0) enter(owner);
        else waiting.delete(owner);
      },
    };
  };

  const nextUnowned = (): Turn<T> | undefined => {
    if (unowned.length === 0) return undefined;
    return {
      take() {
        const item = unowned.shift();
        if (item !== undefined) size -= 1;
        return item;
      },
      done(ms) {
        others = more(others, ms);
      },
    };
  };

  return {
    get size() {
      return size;
    },
    push(item, owner) {
      size += 1;
      if (owner === undefined) return void unowned.push(item);
      const items = waiting.get(owner);
      if (items) return void items.push(item);
      waiting.set(owner, [item]);
      enter(owner);
    },
    next: () => (left(others) < left(owned) ? (nextUnowned() ?? nextOwned()) : (nextOwned() ?? nextUnowned())),
  };
}
