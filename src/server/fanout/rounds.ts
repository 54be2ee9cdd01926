import type { LogListener, Round } from '../../features/events/round.service.ts';
import type { EventSource } from '../../graphql/event-source.ts';
import { type Group, type Shape, sourceOf, type WaitingRound } from './batch.ts';
import type { Pieces, Reading } from './event-batch.ts';
import { Reader } from './reader.ts';
import { Told } from './told.ts';

/** So many different things are read ahead of one round at most; who selects still others is read for when it was given. */
const mostRuns = 32;

/** More bytes than these are not handed over without looking for room between two events. */
const mostBytes = 65_536;

/** Those for whom a round can be read ahead: who have nothing else to be told and room, in groups of those who see the same. */
export function groupsFor(round: Round, forAll: (call: (listener: LogListener) => void) => void): readonly Group<Reader>[] {
  const found = new Map<Shape, { readonly shape: Shape; readonly readers: Reader[]; readonly first: LogListener }>();
  let last: { readonly shape: Shape; readonly readers: Reader[] } | undefined;
  forAll((listener) => {
    const reader = listener.readerOf(round);
    if (!(reader instanceof Reader) || reader.state !== 'IDLE' || !reader.outlet.hasRoom()) return;
    const { shape } = reader;
    if (last?.shape !== shape) {
      const group = found.get(shape) ?? { shape, readers: [], first: listener };
      found.set(shape, group);
      last = group;
    }
    last.readers.push(reader);
  });
  const most = Math.max(1, Math.floor(mostRuns / round.entries.length));
  const chosen = [...found.values()].slice(0, most).map((group) => ({ ...group, events: [] as Group['events'][number][], at: [] as number[] }));
  // Entry by entry: what several groups are told of is one event.
  for (const [index, entry] of round.entries.entries())
    for (const { first, events, at } of chosen) {
      const event = sourceOf(first.foresee(entry));
      if (!isShared(event)) continue;
      events.push(event);
      at.push(index);
    }
  return chosen.filter(({ shape, events }) => events.length > 0 && events.every(({ shared }) => shape.types.has(shared.typename)));
}

function isShared(event: EventSource): event is Group['events'][number] {
  return event.shared !== undefined;
}

/** What was read ahead of a round, while it is given. */
export class Handing {
  /** How many events were sent. */
  sent = 0;
  private readonly round: Round;
  /** After which sending it was read, and with which it is sent. */
  private readonly moment: { readonly readAt: number; readonly sentAt: number };
  private readonly told = new Map<Shape, Told>();
  private lastShape: Shape | null = null;
  private lastTold: Told | undefined;

  constructor({ round, groups }: WaitingRound, reading: Reading, moment: Handing['moment']) {
    this.round = round;
    this.moment = moment;
    for (const group of groups) {
      const shown = reading.shownToAll(group);
      if (shown !== null && (shown.events.length === 1 || bytesOf(shown.events) <= mostBytes))
        this.told.set(group.shape, new Told(shown, group.at, group.readers.length));
    }
  }

  /** Whether a reader who has nothing else to be told may take a round. Nobody is shown something older than what they were sent already. */
  isFor({ shape, outlet, viewer, sentAt }: Reader, round: object): boolean {
    const told = round === this.round ? this.toldTo(shape) : undefined;
    return (
      told !== undefined && (sentAt <= this.moment.readAt || sentAt === this.moment.sentAt) && (told.may === undefined || told.may(viewer)) && outlet.hasRoom()
    );
  }

  /** What it costs a reader for whom it is. */
  costFor({ shape }: Reader): number {
    return this.toldTo(shape)?.cost ?? 0;
  }

  /** Sends it to a reader for whom it is. */
  sendTo(reader: Reader, head: string, tails: readonly string[]): void {
    const told = this.toldTo(reader.shape);
    if (!told) return;
    told.sendTo(reader.outlet, head, tails);
    reader.sentAt = this.moment.sentAt;
    this.sent += told.size;
  }

  /** What those are told who select this; undefined where it was not read ahead, or is not the same for all of them. */
  private toldTo(shape: Shape): Told | undefined {
    if (this.lastShape !== shape) {
      this.lastShape = shape;
      this.lastTold = this.told.get(shape);
    }
    return this.lastTold;
  }
}

function bytesOf(events: readonly Pieces[]): number {
  return events.reduce((sum, pieces) => sum + pieces.reduce((bytes, piece) => bytes + piece.length, 0), 0);
}
