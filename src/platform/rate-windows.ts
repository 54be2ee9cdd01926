import type { Rate } from '../kernel/rates.ts';
import { burstSecondsOf } from '../kernel/rates.ts';

/** Who is counted: a number of ours, or what stands for an address or a name. */
export type Name = number | string;

/** What was taken by one who is counted, within a time that begins with the first of it. */
export class Window {
  readonly of: Windows;
  readonly name: Name;
  /** When it is over, by `performance.now()`. */
  ends: number;
  /** Taken here, and told to nobody yet. */
  own = 0;
  /** Told to the other nodes, who have not answered. */
  told = 0;
  /** What all nodes have told each other of, when this one last heard. */
  heard = 0;
  heardAt: number;

  constructor(of: Windows, name: Name, now: number) {
    this.of = of;
    this.name = name;
    this.ends = now + of.ms;
    this.heardAt = now;
  }

  /** All of it, as far as this node knows. */
  taken(): number {
    return this.heard + this.told + this.own;
  }

  /** Takes so much, whether there is as much or not; gives back where it is less than nothing, and never more than was taken. Nothing where the time is over. */
  add(points: number): void {
    if (points === 0 || performance.now() >= this.ends) return;
    this.own += Math.max(points, -this.taken());
    this.of.onAdded?.(this);
  }
}

/** How many are counted at once. Whoever counts for longest is forgotten first: to make place so, one has to be as many. */
const mostKept = 100_000;

/** The windows of all who are counted in one way. No timer ends them: with each new one go two of the oldest that are over. */
export class Windows {
  /** What may be taken in one. */
  readonly points: number;
  readonly ms: number;
  /** Told of each one in which something was taken or given back. */
  readonly onAdded: ((window: Window) => void) | undefined;
  private readonly kept = new Map<Name, Window>();
  private readonly most: number;

  constructor(points: number, seconds: number, onAdded?: (window: Window) => void, most = mostKept) {
    this.points = points;
    this.ms = seconds * 1000;
    this.onAdded = onAdded;
    this.most = most;
  }

  get size(): number {
    return this.kept.size;
  }

  /** The one that lasts; null where there is none. */
  find(name: Name): Window | null {
    const window = this.kept.get(name);
    return window && window.ends > performance.now() ? window : null;
  }

  /** The one that lasts, or one that begins now. */
  at(name: Name): Window {
    const now = performance.now();
    const found = this.kept.get(name);
    if (found) {
      if (found.ends > now) return found;
      this.kept.delete(name);
    }
    let looked = 0;
    for (const [oldest, { ends }] of this.kept) {
      if (this.kept.size < this.most && (looked === 2 || ends > now)) break;
      this.kept.delete(oldest);
      looked += 1;
    }
    const window = new Window(this, name, now);
    this.kept.set(name, window);
    return window;
  }
}

/** The windows of a rate: of the rate itself, and of its burst where it has one. The burst is there for whoever has taken what the rate gives, and for nobody else. */
export function windowsOf(rate: Rate, usual: Windows): readonly Windows[] {
  return rate.burst > 0 ? [usual, new Windows(rate.burst, burstSecondsOf(rate), usual.onAdded)] : [usual];
}

const anyone = () => true;

/** The first window in which there is room, where only a part of each may be taken, and which will do; null where there is none. */
export function roomIn(levels: readonly Windows[], name: Name, points: number, part = 1, willDo: (window: Window) => boolean = anyone): Window | null {
  for (const level of levels) {
    const window = level.at(name);
    if (window.taken() + points <= level.points * part && willDo(window)) return window;
  }
  return null;
}

/** In how many milliseconds there may be room for so much: at least one. */
export function waitFor(levels: readonly Windows[], name: Name, points: number): number {
  const fitting = levels.filter((level) => points <= level.points);
  const now = performance.now();
  return Math.max(1, Math.min(...(fitting.length > 0 ? fitting : levels).map((level) => level.at(name).ends - now)));
}
