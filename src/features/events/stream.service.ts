import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../kernel/errors.ts';
import { type Feed, type FeedEnd, Outbox } from '../../kernel/feed.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import type { EntryRow } from '../log/log.service.ts';
import type { Place } from './place.service.ts';
import { findBeginnings, readEntries, readMemberships } from './replay.service.ts';
import { readSnapshot, type Snapshot, type StreamParts, startOf } from './start.service.ts';

/** One event of a stream: an entry, or word about the stream itself. */
export interface EventFrame {
  readonly kind: 'ENTRY' | 'CAUGHT_UP' | 'RESET';
  /** Resumes the stream right after this event. */
  readonly cursor: string;
  /** Database time in milliseconds. */
  readonly at: number;
  readonly entry: EntryRow | null;
}

const pageSize = 100;

/**
 * Everything that happens to a viewer, from a cursor on: first what was missed, then CAUGHT_UP, then live. `cursors` are the ones that the
 * client gave; the newest that can be used counts. `show` makes what the feed gives. Catching up after a reconnect, after a slow reader and after a full list are the same
 * loop. Frames hold positions, not contents: what an entry shows is read when the reader takes it, in one snapshot with its rights.
 */
export function createStream<T>(parts: StreamParts, viewer: Viewer, cursors: readonly string[], show: (frame: EventFrame) => T): Feed<T> {
  const { database, hub, gate, replayLimit, queueLimit } = parts;
  const { userId } = viewer;

  let phase: 'CATCHING_UP' | 'LIVE' | 'CLOSED' = 'CATCHING_UP';
  let place: Place | null = null;
  let usable = cursors;
  let announcement: 'CAUGHT_UP' | 'RESET' | null = 'CAUGHT_UP';
  let queue: EntryRow[] = [];
  let overflow = false;
  const isClosed = () => phase === 'CLOSED';

  const close = (how: FeedEnd) => {
    if (isClosed()) return;
    phase = 'CLOSED';
    hub.detach(listener);
    outbox.finish(how);
  };
  const outbox = new Outbox<T>(queueLimit, () => close({}));

  /** Whether an entry is for the viewer, by the newest word here. The hub has just asked that for what it gives; not for what it gave before. */
  const isMine = ({ logId, rev }: EntryRow) => hub.isMember(userId, logId, rev);

  /** Gives an entry to the reader, once. False where the cursor would become too long. */
  const give = (at: Place, entry: EntryRow): boolean => {
    if (at.covers(entry)) return true;
    if (!at.add(entry)) {
      // Only a live stream has been given everything up to the hub's epoch, so only it may stand there.
      if (phase === 'LIVE') at.advance(hub.given());
      if (!at.add(entry)) return false;
    }
    if (phase === 'LIVE') {
      // Not only where the list is long: else whoever is live for longer than REPLAY_DAYS has cursors that are too old, and has missed nothing.
      at.advance(hub.given());
      if (at.isCrowded()) void hub.closeEpoch();
    }
    tell(at, entry);
    return true;
  };

  const tell = (at: Place, entry: EntryRow) => {
    // Becoming a member is silent: the conversation's own entries tell.
    if (entry.kind !== 'JOINED') outbox.put(show({ kind: 'ENTRY', cursor: at.cursor(), at: entry.at, entry }));
  };

  const listener = {
    userId,
    entry(entry: EntryRow) {
      if (phase === 'LIVE' && place) {
        if (!outbox.isFull() && give(place, entry)) return;
        place.advance(hub.given());
        phase = 'CATCHING_UP';
        queue = [];
        overflow = false;
        void catchUp();
      } else if (phase === 'CATCHING_UP' && !overflow) {
        queue.push(entry);
        if (queue.length <= queueLimit) return;
        overflow = true;
        queue = [];
      }
    },
  };

  const catchUp = async (): Promise<void> => {
    while (!isClosed()) {
      try {
        if (await attempt()) return;
      } catch (error) {
        if (!(error instanceof AppError && error.code === 'UNAVAILABLE')) {
          fail(error);
          return;
        }
        await sleep(250);
      }
    }
  };

  /** One round of catching up. True where the stream is live, or closed; false where another round is needed. */
  const attempt = async (): Promise<boolean> => {
    // Reading first and waiting afterwards would give old news.
    await outbox.room();
    // A snapshot begun before this node served all that the viewer receives proves nothing: an entry could have been given between the two.
    if (!hub.isLoaded(userId)) hub.load(userId, await gate.run(() => database.read((tx) => readMemberships(tx, userId))));
    const snapshot = await gate.run(() => readSnapshot(parts, viewer, place ? place.base : 'start', usable));
    // Likewise one that brought a membership which is new here.
    if (hub.load(userId, snapshot.memberships)) return isClosed();
    if (!place) {
      const start = startOf(parts, viewer, usable, snapshot);
      if (start === 'CLOSE') {
        await hub.closeEpoch();
        return isClosed();
      }
      place = start.place;
      if (start.reset) announcement = 'RESET';
    }
    place.date(snapshot.clock.n);
    if (place.base < snapshot.clock.pruned) return reset();
    return (await replay(place, snapshot)) && becomeLive(place, snapshot);
  };

  /** The replay is not possible: the stream goes on from now, and says so. */
  const reset = (): false => {
    place = null;
    usable = [];
    announcement = 'RESET';
    return false;
  };

  /** Gives what was missed up to the snapshot. False where another round is needed. */
  const replay = async (at: Place, { clock, heads }: Snapshot): Promise<boolean> => {
    const closed = clock.n - 1;
    const { beginnings, pruned } = await gate.run(() =>
      database.read(async (tx) => ({ beginnings: await findBeginnings(tx, heads, at.base), pruned: (await parts.clock.read(tx)).pruned })),
    );
    // Entries that went after the snapshot have no beginning, and would be taken for none at all.
    if (at.base < pruned) return reset();
    const next = new Map(
      heads.flatMap(({ logId }) => (beginnings.has(logId) ? [[logId, Math.max(beginnings.get(logId) ?? 0, at.rev(logId) + 1)] as const] : [])),
    );
    const missed = heads.reduce((sum, { logId, lastRev }) => sum + Math.max(0, lastRev + 1 - (next.get(logId) ?? lastRev + 1)), 0);
    if (missed > replayLimit) return reset();

    if (at.mark === null && closed > at.base && next.size > 0) at.beginSweep(closed);
    if (at.mark) {
      // A mark that came with the cursor, or was left by the round before, is finished with its own epoch: below it lies what it has swept.
      const { epoch, logId, rev } = at.mark;
      const swept = new Map([...next].filter(([id]) => id >= logId).map(([id, from]) => [id, id === logId ? Math.max(from, rev + 1) : from]));
      if (!(await sweep(at, swept, epoch))) return false;
      at.advance(epoch);
      if (epoch < closed) return false;
      for (const [id, from] of swept) next.set(id, from);
    } else at.advance(closed);

    // What the open epoch holds so far goes into the list.
    await outbox.room();
    const entries = await readPage(at, next, Number.MAX_SAFE_INTEGER);
    if (!entries || isClosed()) return false;
    for (const entry of entries) {
      if (!isMine(entry) || give(at, entry)) continue;
      await hub.closeEpoch();
      return false;
    }
    return entries.length < pageSize;
  };

  /** Gives everything up to an epoch, log by log, and moves `next` along. False where the stream is closed or must be reset. */
  const sweep = async (at: Place, next: Map<number, number>, epoch: number): Promise<boolean> => {
    for (;;) {
      await outbox.room();
      const entries = await readPage(at, next, epoch);
      if (!entries || isClosed()) return false;
      for (const entry of entries) {
        next.set(entry.logId, entry.rev + 1);
        if (at.covers(entry) || !isMine(entry)) continue;
        at.sweep(entry);
        tell(at, entry);
      }
      if (entries.length < pageSize) return true;
    }
  };

  const readPage = async (at: Place, from: ReadonlyMap<number, number>, upToEpoch: number): Promise<EntryRow[] | null> => {
    const page = await gate.run(() =>
      database.read(async (tx) => ({ entries: await readEntries(tx, from, pageSize, upToEpoch), pruned: (await parts.clock.read(tx)).pruned })),
    );
    // Read after the entries: whoever deletes raises this number first, so a hole is never taken for the whole.
    if (at.base >= page.pruned) return page.entries;
    reset();
    return null;
  };

  /** The queue of what came meanwhile, then live, in one turn of the event loop. */
  const becomeLive = (at: Place, { clock }: Snapshot): boolean => {
    if (isClosed()) return true;
    const pending = queue;
    queue = [];
    if (overflow) {
      overflow = false;
      return false;
    }
    for (const entry of pending) {
      if (!isMine(entry) || give(at, entry)) continue;
      void hub.closeEpoch();
      return false;
    }
    phase = 'LIVE';
    if (announcement) outbox.put(show({ kind: announcement, cursor: at.cursor(), at: clock.now, entry: null }));
    announcement = null;
    return true;
  };

  const fail = (error: unknown) => close({ error });

  const begin = hub.attach(listener).then(catchUp);
  begin.catch(fail);

  return outbox;
}
