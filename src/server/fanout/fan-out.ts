import { createSourceEventStream, type ExecutionResult } from 'graphql';
import type { ReadAhead } from '../../features/events/round.service.ts';
import { contextOfEvents } from '../../graphql/context.ts';
import { AppError } from '../../kernel/errors.ts';
import { createFairLine } from '../../kernel/fair-line.ts';
import { type FeedEnd, feedOf, isFeed } from '../../kernel/feed.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import { type Metrics, noMetrics, secondsSince } from '../../platform/metrics.ts';
import type { Charge } from '../../platform/rate-limit.ts';
import { openSpan } from '../../platform/tracing.ts';
import { addRound, addTo, type Batch, type BatchReader, batchOf, emptyBatch, readersOf, type Shape, sourceOf, type WaitingRound } from './batch.ts';
import { type EventLimits, joinPieces, type Presenter, type Reading, readBatch } from './event-batch.ts';
import type { ReadMoment } from './moment.ts';
import { firstRetryMs, none, Reader, type Served, type Silence, type Subscription } from './reader.ts';
import { groupsFor, Handing } from './rounds.ts';
import { type Selection, selectionOf } from './sharing.ts';

/** Sends events to all who subscribed on this node: read once for all who see the same. */
export interface FanOut {
  /** Begins a subscription, or gives why it cannot. */
  open(subscription: Subscription): Promise<Silence | ExecutionResult>;
  /** Reads a round for all who have nothing else to be told, before it is given; then each takes it at once. */
  readonly readAhead: ReadAhead;
}

/** What the fan-out stands on. */
export interface FanOutOptions {
  readonly snapshot: ReadMoment;
  /** How many snapshots may be open at once; the others wait, so that requests find a connection to the database. */
  readonly snapshotsAtOnce: number;
  /**
   * Takes what one event costs at most, before it is run for somebody; afterwards is said what it was. Where there is too little it gives in how many
   * milliseconds to come again: until then the reader is a slow one. Null: nothing is counted.
   */
  readonly charge: ((viewer: Viewer, cost: number) => Charge | number) | null;
  /** For the run of one event; its bytes are those of what is sent. */
  readonly limits: EventLimits;
  /** Told when events could not be read and will be read again. */
  readonly onRetry: (error: AppError) => void;
  /** Told when a run for many asked for the viewer: a field lacks its `perViewer`. */
  readonly onUndeclared: (selection: string, typename: string) => void;
  /** Told when a subscription that was opened is over. */
  readonly onOver: (subscription: Subscription) => void;
  readonly presenter: Presenter;
  /** For how many readers at least something is read ahead. */
  readonly readAheadFrom?: number;
  readonly metrics?: Metrics;
}

/** For fewer, what a visit costs is little, and a log in which much is written would wait for each snapshot. */
const usualReadAhead = 16;

/** How long to wait before events are read again that could not be read because the database was away; doubles up to the most. */
const longestRetryMs = 2000;

/** For how long a fault that was said is not said again, and of how many that is kept. */
const sayAgainMs = 60_000;
const saidAtOnce = 100;

/** After how long at most it is tried again whether a reader can pay for more, in milliseconds. */
const longestPauseMs = 1000;

/** Events of one reader that are read in one snapshot. */
const eventsAtOnce = 16;

/** Different things that are read in one snapshot, or a few more. */
const runsAtOnce = 32;

/**
 * Makes the fan-out of a node. What goes to many is read before it is given, and then taken at once by each who has nothing else to be told: see
 * `readAhead`. All other readers who have events and room are listed, when the event comes; in the next turn of the event loop what is
 * listed is read in one snapshot: rights for all at once, then each selection once for each event, whatever the number of readers. What was
 * read is sent in the turn in which the snapshot ends, so a frame shows one moment that is just over; for whom there is no room by then, it is
 * read again. Where there are thousands of readers, time goes into touching what belongs to each: that is done twice, when listing and when sending.
 */
export function createFanOut(options: FanOutOptions): FanOut {
  const { snapshot, snapshotsAtOnce, charge, limits, onRetry, onUndeclared, onOver, presenter, readAheadFrom = usualReadAhead, metrics = noMetrics } = options;
  let filling = emptyBatch<Reader>();
  /** Rounds for which there is no room in what is filling. */
  const rounds: WaitingRound<Reader>[] = [];
  /** What is being handed over at this moment. */
  let handing: Handing | null = null;
  /** How often something was sent: what is read from now on is newer than all of that. */
  let sends = 0;
  /** Who has something that is too much for what is filling: people take turns, so that nobody's replays hold up what somebody else has live. */
  const crowd = createFairLine<Reader>(({ viewer }) => viewer.userId);
  /** What is read apart. */
  const apart: Batch<Reader>[] = [];
  const shapes = new Map<string, Shape>();
  /** Faults that were said, and when. */
  const said = new Map<string, number>();
  let open = 0;
  let scheduled = false;
  metrics.watch('queueLength', { queue: 'batches' }, () => apart.length + rounds.length + crowd.size);
  metrics.watch('subscriptions', {}, () => [...shapes.values()].reduce((sum, { readers }) => sum + readers, 0));

  const schedule = () => {
    if (scheduled || open >= snapshotsAtOnce || apart.length + filling.readers.length + filling.rounds.length + crowd.size === 0) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      serve();
    });
  };

  const serve = () => {
    while (open < snapshotsAtOnce) {
      const batch = apart.shift() ?? nextBatch();
      if (!batch) return;
      void read(batch);
    }
  };

  /** What is filling, filled up with something of each who waits. */
  const nextBatch = (): Batch<Reader> | null => {
    const each = Math.min(eventsAtOnce, Math.max(1, Math.floor(runsAtOnce / Math.max(1, crowd.owners))));
    while (filling.runs < runsAtOnce) {
      const reader = crowd.shift();
      if (!reader) break;
      if (isReady(reader)) enlist(reader, each);
    }
    fillUp(each);
    if (filling.readers.length + filling.rounds.length === 0) return null;
    const batch = filling;
    filling = emptyBatch();
    // Many wait for each of them, but nobody is to wait for ever because of them.
    while (filling.runs < runsAtOnce / 2) {
      const round = rounds.shift();
      if (!round) break;
      addRound(filling, round);
    }
    return batch;
  };

  /** Where there is room left everybody who is listed has one more, in turn: where all are behind, most of them wait for the same. */
  const fillUp = (each: number): void => {
    for (let most = each + 1; most <= eventsAtOnce && filling.runs < runsAtOnce; most += 1) for (const reader of filling.readers) listMore(reader, most);
  };

  const isOver = ({ state }: Reader) => state === 'OVER';

  /** Says what is the matter: the presenter logs it. Once in a while, because what stands in a log is met again by everybody who reads it. */
  const fault = (error: unknown, reader: BatchReader) => {
    const what = String(error);
    const now = performance.now();
    if (now - (said.get(what) ?? Number.NEGATIVE_INFINITY) < sayAgainMs) return;
    if (said.size >= saidAtOnce) said.clear();
    said.set(what, now);
    presenter.present(error, reader);
  };

  /** Something was added to a reader's feed, or that has ended. */
  const hear = (reader: Reader) => {
    if (reader.state === 'IDLE') list(reader);
    else if (reader.batch === filling) listMore(reader);
  };

  /** Lists what a reader has, where there is room for it. */
  const list = (reader: Reader) => {
    if (!isReady(reader)) return;
    reader.state = 'LISTED';
    if (crowd.size > 0 || filling.runs >= runsAtOnce) crowd.push(reader);
    else enlist(reader, eventsAtOnce);
    schedule();
  };

  /** Whether a reader has something and room for it; else it is listed when it has. */
  const isReady = (reader: Reader): boolean => {
    const { feed, outlet } = reader;
    if (isOver(reader)) return false;
    if (feed.waiting.length === 0) {
      reader.state = 'IDLE';
      if (feed.end) end(reader, feed.end);
      return false;
    }
    if (!outlet.hasRoom()) {
      reader.state = 'WAITING';
      outlet.onRoom(() => list(reader));
      return false;
    }
    const waitMs = pay(reader);
    if (waitMs > 0) {
      reader.state = 'WAITING';
      setTimeout(() => list(reader), Math.min(waitMs, longestPauseMs)).unref();
      return false;
    }
    return true;
  };

  const enlist = (reader: Reader, most: number) => {
    reader.batch = filling;
    filling.readers.push(reader);
    listMore(reader, most);
  };

  /** Has the next event paid that is to be listed. Gives in how many milliseconds to try again where it cannot be. */
  const pay = (reader: Reader): number => {
    if (charge === null || reader.charges.length > reader.listed) return 0;
    const taken = charge(reader.viewer, reader.cost);
    if (typeof taken === 'number') return taken;
    if (reader.charges.length === 0) reader.charges = [taken];
    else reader.charges.push(taken);
    return 0;
  };

  const listMore = (reader: Reader, most: number = eventsAtOnce) => {
    const { waiting } = reader.feed;
    while (reader.listed < waiting.length && reader.listed < most && filling.runs < runsAtOnce && pay(reader) === 0) {
      addTo(filling, reader, sourceOf(waiting[reader.listed]));
      reader.listed += 1;
    }
  };

  const unlist = (reader: Reader) => {
    reader.batch = null;
    reader.listed = 0;
    for (const paid of reader.charges) paid.settle(0);
    reader.charges = none;
  };

  const readAhead: ReadAhead = (round, forAll, give) => {
    const groups = groupsFor(round, forAll);
    if (groups.reduce((sum, { readers }) => sum + readers.length, 0) < readAheadFrom) return null;
    return new Promise((resolve, reject) => {
      const waiting: WaitingRound<Reader> = {
        round,
        groups,
        give() {
          try {
            give();
            resolve();
          } catch (error) {
            reject(error);
          }
        },
      };
      if (rounds.length === 0 && filling.runs < runsAtOnce) addRound(filling, waiting);
      else rounds.push(waiting);
      schedule();
    });
  };

  /** Gives a round, of which everybody takes at once what was read ahead. Gives how much was sent. */
  const handOver = (waiting: WaitingRound<Reader>, reading: Reading, readAt: number): number => {
    const hands = new Handing(waiting, reading, { readAt, sentAt: sends });
    handing = hands;
    waiting.give();
    handing = null;
    return hands.sent;
  };

  const read = async (batch: Batch<Reader>): Promise<void> => {
    const began = performance.now();
    // It is for many, whoever of them was the first.
    const span = openSpan('fan-out batch', { root: true });
    const over = (sent: number, failed: boolean) => {
      metrics.add('deliveries', {}, sent);
      metrics.observe('batchSeconds', {}, secondsSince(began));
      span?.end({ 'parley.readers': readersOf(batch), 'parley.runs': batch.runs, 'parley.deliveries': sent }, { failed });
    };
    open += 1;
    const readAt = sends;
    let reading: Reading;
    try {
      reading = await snapshot((tx) => readBatch(tx, batch, { presenter, limits, onUndeclared, onFault: fault }), batch);
    } catch (error) {
      const { readers, rounds } = batch;
      // Ending the streams here would leave stock clients without them: they do not subscribe again after an error.
      if (error instanceof AppError && error.code === 'UNAVAILABLE') {
        onRetry(error);
        for (const reader of readers) readAgain(reader);
      } else for (const reader of readers) readApart(reader, readers.length + rounds.length, error);
      // Everybody reads it by themselves.
      for (const { give } of rounds) give();
      over(0, true);
      return;
    } finally {
      open -= 1;
      schedule();
    }
    let sent = 0;
    sends += 1;
    for (const round of batch.rounds) sent += handOver(round, reading, readAt);
    for (const reader of batch.readers) sent += send(reader, reading);
    over(sent, false);
  };

  /** A fault of ours is the matter of one event: it is found by reading one reader's alone, and then only the oldest, which is left out at last. */
  const readApart = (reader: Reader, together: number, error: unknown) => {
    if (isOver(reader)) return unlist(reader);
    if (together > 1 || reader.listed > 1) {
      if (together === 1) {
        reader.listed = 1;
        for (const paid of reader.charges.splice(1)) paid.settle(0);
      }
      apart.push(batchOf(reader));
      return;
    }
    fault(error, reader);
    unlist(reader);
    reader.feed.drop(1);
    list(reader);
  };

  const readAgain = (reader: Reader) => {
    unlist(reader);
    if (isOver(reader)) return;
    reader.state = 'WAITING';
    setTimeout(() => list(reader), reader.retryMs);
    reader.retryMs = Math.min(reader.retryMs * 2, longestRetryMs);
  };

  /** Hands over what was read for a reader, and gives how much that was. */
  const send = (reader: Reader, reading: Reading): number => {
    const { feed, outlet, listed } = reader;
    let done = 0;
    let sent = 0;
    for (; done < listed && !isOver(reader); done += 1) {
      if (!outlet.hasRoom()) break;
      const event = sourceOf(feed.waiting[done]);
      const shown = reading.shownTo(reader, event);
      reader.charges[done]?.settle(shown?.cost ?? 0);
      if (shown === null) continue;
      outlet.next(joinPieces(shown.pieces, event.position));
      sent += 1;
    }
    // What there is no room for by now is read again, and paid for then. Of what was read for somebody who has left nothing is given back.
    reader.charges = done === listed || isOver(reader) ? none : reader.charges.slice(done);
    reader.retryMs = firstRetryMs;
    reader.sentAt = sends;
    unlist(reader);
    feed.drop(done);
    list(reader);
    return sent;
  };

  const end = (reader: Reader, { error }: FeedEnd) => {
    if (isOver(reader)) return;
    reader.state = 'OVER';
    leave(reader.shape);
    onOver(reader);
    reader.feed.close();
    reader.settle(error === undefined ? {} : { error: presenter.present(error, reader) });
  };

  const enter = ({ name, types }: Selection): Shape => {
    const shape = shapes.get(name) ?? { name, readers: 0, types: new Set(types) };
    shape.readers += 1;
    shapes.set(name, shape);
    return shape;
  };

  const leave = (shape: Shape) => {
    shape.readers -= 1;
    if (shape.readers === 0) shapes.delete(shape.name);
  };

  const served: Served = {
    hear,
    end,
    ready: (reader, round) => reader.state === 'IDLE' && handing !== null && handing.isFor(reader, round),
    take(reader, head, tails) {
      if (handing === null) return false;
      if (charge !== null && typeof charge(reader.viewer, handing.costFor(reader)) === 'number') return false;
      handing.sendTo(reader, head, tails);
      return true;
    },
  };

  return {
    readAhead,
    async open({ args, context, outlet, cost }) {
      const source = await createSourceEventStream({ ...args, contextValue: context });
      if (!(Symbol.asyncIterator in source)) return presenter.presentResult(source, { args, context });
      const { viewer } = context;
      if (!viewer) throw new Error('a subscription without a session');
      const feed = isFeed(source) ? source : feedOf(source[Symbol.asyncIterator]());
      const reader = new Reader(served, { args, context: contextOfEvents(context), outlet, cost }, feed, enter(selectionOf(args, context.locale)), viewer);
      feed.onNews(reader);
      hear(reader);
      return reader;
    },
  };
}
