import type { Feed } from '../../kernel/feed.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import type { EntryRow } from '../log/log.service.ts';
import { isTold } from './entry.policy.ts';
import { LogStream } from './log-stream.service.ts';
import { countMissed } from './missed.service.ts';
import type { Place } from './place.service.ts';
import { findBeginnings, readEntries, readMemberships } from './replay.service.ts';
import type { Round } from './round.service.ts';
import { type Returns, readSnapshot, type Snapshot, type StreamParts, startOf } from './start.service.ts';
import { readWideMemberships } from './wide.service.ts';

/** One event of a stream: an entry, or word about the stream itself. */
export interface EventFrame {
  readonly kind: 'ENTRY' | 'CAUGHT_UP' | 'RESET';
  /** Resumes the stream right after this event. */
  readonly cursor: string;
  /** Database time in milliseconds. */
  readonly at: number;
  readonly entry: EntryRow | null;
  /** One object for all who are told the same: the entry, or the clock of the snapshot that a word about the stream is of. */
  readonly moment: object;
}

const pageSize = 100;

/** Shared by all that have none, so never changed. */
const none: never[] = [];

/**
 * Everything that happens to a viewer, from a cursor on: first what was missed, then CAUGHT_UP, then live. `cursors` are the ones that the
 * client gave; the newest that can be used counts. `show` makes what the feed gives. Catching up after a reconnect, after a slow reader and
 * after a full list are the same loop. Frames hold positions, not contents: what an entry shows is read when the reader takes it, in one
 * snapshot with its rights.
 */
export function createStream<T>(parts: StreamParts, viewer: Viewer, cursors: readonly string[], show: (frame: EventFrame) => T): Feed<T> {
  const stream = new Stream(parts, viewer, cursors, show);
  void stream.catchUp();
  return stream;
}

class Stream<T> extends LogStream<T, StreamParts> {
  private readonly show: (frame: EventFrame) => T;
  private place: Place | null = null;
  private isAttached = false;
  private usable: readonly string[];
  private announcement: 'CAUGHT_UP' | 'RESET' | null = 'CAUGHT_UP';

  constructor(parts: StreamParts, viewer: Viewer, cursors: readonly string[], show: (frame: EventFrame) => T) {
    super(parts, viewer);
    this.usable = cursors;
    this.show = show;
  }

  protected takeAtOnce(round: Round): boolean {
    const { place, parts } = this;
    if (this.phase !== 'LIVE' || !place || !this.listener.ready?.(round)) return false;
    place.advance(parts.hub.given());
    const step = place.stepOver(round.entries);
    if (!step || !this.listener.take?.(place.head(), step.tails)) return false;
    place.stepTo(step);
    if (place.isCrowded()) void parts.hub.closeEpoch();
    return true;
  }

  foresee(entry: EntryRow): T | null {
    return isTold(entry) ? this.show({ kind: 'ENTRY', cursor: '', at: entry.at, entry, moment: entry }) : null;
  }

  protected entry(entry: EntryRow): void {
    const { place } = this;
    if (this.phase === 'LIVE' && place) {
      if (!this.isFull() && this.give(place, entry)) return;
      place.advance(this.parts.hub.given());
      void this.catchUp();
    } else if (this.phase === 'CATCHING_UP') this.keep(entry);
  }

  /** Whether an entry is for the viewer, by the newest word here. The hub has just asked that for what it gives; not for what it gave before. */
  private isMine({ logId, rev }: EntryRow): boolean {
    return this.parts.hub.isMember(this.userId, logId, rev);
  }

  /** Gives an entry to the reader, once. False where the cursor would become too long. */
  private give(at: Place, entry: EntryRow): boolean {
    if (at.covers(entry)) return true;
    if (!at.add(entry)) {
      // Only a live stream has been given everything up to the hub's epoch, so only it may stand there.
      if (this.phase === 'LIVE') at.advance(this.parts.hub.given());
      if (!at.add(entry)) return false;
    }
    if (this.phase === 'LIVE') {
      // Not only where the list is long: else whoever is live for longer than REPLAY_DAYS has cursors that are too old, and has missed nothing.
      at.advance(this.parts.hub.given());
      if (at.isCrowded()) void this.parts.hub.closeEpoch();
    }
    this.tellEntry(at, entry);
    return true;
  }

  private tellEntry(at: Place, entry: EntryRow): void {
    if (isTold(entry)) this.put(this.show({ kind: 'ENTRY', cursor: at.cursor(), at: entry.at, entry, moment: entry }));
  }

  protected stand(): unknown {
    return this.place?.cursor();
  }

  protected async attempt(): Promise<boolean> {
    const { parts, viewer } = this;
    const { hub, database } = parts;
    const gate = this.turns();
    const { userId } = viewer;
    // Reading first and waiting afterwards would give old news.
    await this.room();
    if (this.isClosed()) return true;
    if (!this.isAttached) await hub.attach(this);
    this.isAttached = true;
    if (parts.returns && this.place === null && !hub.isWide(userId)) return await this.begin(parts.returns);
    // A snapshot begun before this node served all that the viewer receives proves nothing: an entry could have been given between the two.
    if (hub.isWide(userId) && !hub.isLoaded(userId)) hub.load(userId, await gate.run(() => database.read((tx) => readWideMemberships(tx, userId), userId)));
    if (!hub.isLoaded(userId)) hub.load(userId, await gate.run(() => database.read((tx) => readMemberships(tx, userId), userId)));
    const snapshot = await gate.run(() => readSnapshot(parts, viewer, this.place ? this.place.base : 'start', this.usable));
    // Likewise one that brought a membership which is new here.
    if (hub.load(userId, snapshot.memberships)) return this.isClosed();
    if (!this.place) {
      const place = this.placeAt(snapshot);
      if (place === null) {
        await hub.closeEpoch();
        return this.isClosed();
      }
      this.place = place;
    }
    this.place.date(snapshot.clock.n);
    if (this.place.base < snapshot.clock.pruned) return this.reset();
    return (await this.replay(this.place, snapshot)) && this.becomeLive(this.place, snapshot);
  }

  /** Where the stream begins by a snapshot; null where the open epoch has to be closed first. */
  private placeAt(snapshot: Snapshot): Place | null {
    const start = startOf(this.parts, this.viewer, this.usable, snapshot);
    if (start === 'CLOSE') return null;
    // Not asked for again: where the place is lost, none of them is good any more.
    this.usable = none;
    if (start.reset) this.announcement = 'RESET';
    return start.place;
  }

  /** The first round, of what is read for many together: mostly the only one. */
  private async begin(returns: Returns): Promise<boolean> {
    const { viewer, userId } = this;
    const { hub } = this.parts;
    const isKnown = hub.isLoaded(userId);
    const found = await returns.read(viewer, this.usable, () => this.isClosed());
    if (found === null || this.isClosed()) return true;
    const { clock, memberships, heads, entries } = found;
    const closed = clock.n - 1;
    // As in the rounds of one's own: a snapshot that proves nothing is taken again. By then the memberships are known here.
    const proves = isKnown ? !hub.load(userId, memberships) : hub.loadFound(userId, { memberships, heads, aboveEpoch: found.resumed?.base ?? closed, closed });
    if (!proves) return false;
    const place = this.placeAt(found);
    if (place === null) {
      await hub.closeEpoch();
      return this.isClosed();
    }
    this.place = place;
    place.date(clock.n);
    if (place.base < clock.pruned) return this.reset();
    if (entries === null) return (await this.replay(place, found)) && this.becomeLive(place, found);
    // In one turn with what follows. Few enough that the cursor names each log, and needs no mark.
    for (const entry of entries) {
      if (!this.isMine(entry) || this.give(place, entry)) continue;
      await hub.closeEpoch();
      return this.isClosed();
    }
    place.advance(closed);
    return this.becomeLive(place, found);
  }

  /** The replay is not possible: the stream goes on from now, and says so. */
  private reset(): false {
    this.place = null;
    this.usable = none;
    this.announcement = 'RESET';
    return false;
  }

  /** Gives what was missed up to the snapshot. False where another round is needed. */
  private async replay(at: Place, { clock, heads }: Snapshot): Promise<boolean> {
    const closed = clock.n - 1;
    const { beginnings, pruned } = await this.read(async (tx) => ({
      beginnings: await findBeginnings(tx, heads, at.base),
      pruned: (await this.parts.clock.read(tx)).pruned,
    }));
    // Entries that went after the snapshot have no beginning, and would be taken for none at all.
    if (at.base < pruned) return this.reset();
    const next = new Map(
      heads.flatMap(({ logId }) => (beginnings.has(logId) ? [[logId, Math.max(beginnings.get(logId) ?? 0, at.rev(logId) + 1)] as const] : [])),
    );
    let missed = heads.reduce((sum, { logId, lastRev }) => sum + Math.max(0, lastRev + 1 - (next.get(logId) ?? lastRev + 1)), 0);
    if (missed > this.parts.replayLimit) {
      // Only what would be given counts; and of much that was never for the viewer nothing is read.
      for (const { logId, since } of heads) if (next.has(logId)) next.set(logId, Math.max(next.get(logId) ?? 0, since));
      missed = await this.read((tx) => countMissed(tx, this.userId, next, this.parts.replayLimit));
    }
    if (missed > this.parts.replayLimit) return this.reset();

    if (at.mark === null && closed > at.base && next.size > 0) at.beginSweep(closed);
    if (at.mark) {
      // A mark that came with the cursor, or was left by the round before, is finished with its own epoch: below it lies what it has swept.
      const { epoch, logId, rev } = at.mark;
      const swept = new Map([...next].filter(([id]) => id >= logId).map(([id, from]) => [id, id === logId ? Math.max(from, rev + 1) : from]));
      if (!(await this.sweep(at, swept, epoch))) return false;
      at.advance(epoch);
      if (epoch < closed) return false;
      for (const [id, from] of swept) next.set(id, from);
    } else at.advance(closed);

    // What the open epoch holds so far goes into the list.
    await this.room();
    const entries = await this.readPage(at, next, Number.MAX_SAFE_INTEGER);
    if (!entries || this.isClosed()) return false;
    for (const entry of entries) {
      if (!this.isMine(entry) || this.give(at, entry)) continue;
      await this.parts.hub.closeEpoch();
      return false;
    }
    return entries.length < pageSize;
  }

  /** Gives everything up to an epoch, log by log, and moves `next` along. False where the stream is closed or must be reset. */
  private async sweep(at: Place, next: Map<number, number>, epoch: number): Promise<boolean> {
    for (;;) {
      await this.room();
      const entries = await this.readPage(at, next, epoch);
      if (!entries || this.isClosed()) return false;
      for (const entry of entries) {
        next.set(entry.logId, entry.rev + 1);
        if (at.covers(entry) || !this.isMine(entry)) continue;
        at.sweep(entry);
        this.tellEntry(at, entry);
      }
      if (entries.length < pageSize) return true;
    }
  }

  private async readPage(at: Place, from: ReadonlyMap<number, number>, upToEpoch: number): Promise<EntryRow[] | null> {
    const page = await this.read(async (tx) => ({
      entries: await readEntries(tx, from, pageSize, upToEpoch),
      pruned: (await this.parts.clock.read(tx)).pruned,
    }));
    // Read after the entries: whoever deletes raises this number first, so a hole is never taken for the whole.
    if (at.base >= page.pruned) return page.entries;
    this.reset();
    return null;
  }

  /** The queue of what came meanwhile, then live, in one turn of the event loop. */
  private becomeLive(at: Place, { clock }: Snapshot): boolean {
    if (this.isClosed()) return true;
    const pending = this.take();
    if (this.overflow) {
      this.overflow = false;
      return false;
    }
    for (const entry of pending) {
      if (!this.isMine(entry) || this.give(at, entry)) continue;
      void this.parts.hub.closeEpoch();
      return false;
    }
    this.phase = 'LIVE';
    if (this.announcement === 'RESET') this.parts.metrics.add('resets', {});
    if (this.announcement) this.put(this.show({ kind: this.announcement, cursor: at.cursor(), at: clock.now, entry: null, moment: clock }));
    this.announcement = null;
    return true;
  }
}
