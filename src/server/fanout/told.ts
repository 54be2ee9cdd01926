import type { Viewer } from '../../kernel/viewer.ts';
import { joinPieces, type Pieces, type ShownToAll } from './event-batch.ts';
import type { Outlet, Payloads } from './reader.ts';

/** For fewer readers it costs more to make something for all of them than to put together a text for each. */
const fewReaders = 4;

/** Readers who stand at so many different places have something in common; of any others each has a text. */
const mostPlaces = 16;

/** What all readers of a group are told of a round, but for the position of each. */
export class Told {
  /** Who of those may have it that were asked about; undefined where all may. */
  readonly may: ((viewer: Viewer) => boolean) | undefined;
  /** What it has cost each. */
  readonly cost: number;
  private readonly events: readonly Pieces[];
  /** Which of the round's entries they are about. */
  private readonly at: readonly number[];
  /** By the tails of their positions: nearly always one after the other has the same. */
  private readonly payloads = new Map<readonly string[], Payloads>();
  private readonly mostPayloads: number;
  private last: { readonly tails: readonly string[]; readonly payloads: Payloads } | null = null;

  constructor({ events, may, cost }: ShownToAll, at: readonly number[], readers: number) {
    this.events = events;
    this.may = may;
    this.cost = cost;
    this.at = at;
    this.mostPayloads = readers < fewReaders ? 0 : mostPlaces;
  }

  /** How many events these are. */
  get size(): number {
    return this.events.length;
  }

  /** Sends them to a reader, whose positions are the head and the tails. */
  sendTo(outlet: Outlet, head: string, tails: readonly string[]): void {
    const payloads = this.payloadsFor(tails);
    if (payloads !== null) outlet.nextAll(payloads, head);
    else for (const [index, pieces] of this.events.entries()) outlet.next(joinPieces(pieces, head + this.tailOf(index, tails)));
  }

  private tailOf(index: number, tails: readonly string[]): string {
    return tails[this.at[index] ?? 0] ?? '';
  }

  private payloadsFor(tails: readonly string[]): Payloads | null {
    if (this.last?.tails === tails) return this.last.payloads;
    let payloads = this.payloads.get(tails);
    if (payloads === undefined) {
      if (this.payloads.size >= this.mostPayloads) return null;
      payloads = this.events.map((pieces, index) => pieces.map((piece, place) => (place === 0 ? piece : this.tailOf(index, tails) + piece)));
      this.payloads.set(tails, payloads);
    }
    this.last = { tails, payloads };
    return payloads;
  }
}
