import type { Viewer } from '../../kernel/viewer.ts';
import { joinPieces, type Pieces, type ShownToAll } from './event-batch.ts';
import type { Outlet } from './reader.ts';

/** What all readers of a group are told of a round, but for the position of each. */
export class Told {
  /** Who of those may have it that were asked about; undefined where all may. */
  readonly may: ((viewer: Viewer) => boolean) | undefined;
  /** What it has cost each. */
  readonly cost: number;
  private readonly events: readonly Pieces[];
  /** Which of the round's entries they are about. */
  private readonly at: readonly number[];
  private tails: readonly string[] | null = null;
  /** What stands behind a reader's own part of a position. */
  private ends: readonly string[] = [];

  constructor({ events, may, cost }: ShownToAll, at: readonly number[]) {
    this.events = events;
    this.may = may;
    this.cost = cost;
    this.at = at;
  }

  /** How many events these are. */
  get size(): number {
    return this.events.length;
  }

  /** Sends them to a reader, whose positions are the head and the tails. */
  sendTo(outlet: Outlet, head: string, tails: readonly string[]): void {
    // Mostly one after the other stands at the same place: then all but the head is the same text.
    if (this.tails !== tails) {
      this.tails = tails;
      this.ends = this.events.map((pieces, index) => (tails[this.at[index] ?? 0] ?? '') + (pieces[1] ?? ''));
    }
    for (let index = 0; index < this.events.length; index += 1) {
      const pieces = this.events[index] ?? none;
      const [before = ''] = pieces;
      if (pieces.length === 1) outlet.next(before);
      else if (pieces.length === 2) outlet.next(before + head + this.ends[index]);
      else outlet.next(joinPieces(pieces, head + (tails[this.at[index] ?? 0] ?? '')));
    }
  }
}

const none: Pieces = [];
