import { createSourceEventStream, type ExecutionResult, type ValidatedSubscriptionArgs } from 'graphql';
import type { Context } from '../../graphql/context.ts';
import { AppError } from '../../kernel/errors.ts';
import { type Feed, type FeedEnd, feedOf, isFeed, type NewsListener } from '../../kernel/feed.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import type { Tx } from '../../platform/database.ts';
import {
  addTo,
  type Batch,
  type BatchReader,
  batchOf,
  type EventLimits,
  emptyBatch,
  joinPieces,
  type Presenter,
  type Reading,
  readBatch,
  type Shape,
  sourceOf,
} from './event-batch.ts';
import { type Selection, selectionOf } from './sharing.ts';

/** Where the frames of one subscription go. */
export interface Outlet {
  /** Whether the reader has taken enough of what it was sent to be sent more. */
  hasRoom(): boolean;
  /** Calls when there is room again, or the reader is gone. */
  onRoom(go: () => void): void;
  /** Sends the payload of one `next` message, as `bytesOf` spells it. */
  next(payload: string): void;
}

/** A subscription that may begin. */
export interface Subscription {
  /** May be shared with others, so what they say of the context does not count. */
  readonly args: ValidatedSubscriptionArgs;
  readonly context: Context;
  readonly outlet: Outlet;
  /** What one event of it costs at most. */
  readonly cost: number;
}

/**
 * Ends with the subscription, or fails with a presented error, and gives nothing itself: graphql-ws waits for it, and goes on to do
 * authentication, duplicate ids, `complete` and `error`, while the frames go past it.
 */
export type Silence = AsyncGenerator<never, void, void>;

/** Sends events to all who subscribed on this node: read once for all who see the same. */
export interface FanOut {
  /** Begins a subscription, or gives why it cannot. */
  open(subscription: Subscription): Promise<Silence | ExecutionResult>;
}

/** What the fan-out stands on. */
export interface FanOutOptions {
  readonly snapshot: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;
  /** How many snapshots may be open at once; the others wait, so that requests find a connection to the database. */
  readonly snapshotsAtOnce: number;
  /** For the run of one event; its bytes are those of what is sent. */
  readonly limits: EventLimits;
  /** Told when events could not be read and will be read again. */
  readonly onRetry: (error: AppError) => void;
  /** Told when a run for many asked for the viewer: a field lacks its `perViewer`. */
  readonly onUndeclared: (selection: string, typename: string) => void;
  /** Told when a subscription that was opened is over. */
  readonly onOver: (subscription: Subscription) => void;
  readonly presenter: Presenter;
}

/** How long to wait before events are read again that could not be read because the database was away; doubles up to the most. */
const retry = { firstMs: 100, mostMs: 2000 } as const;

/** For how long a fault that was said is not said again, and of how many that is kept. */
const sayAgainMs = 60_000;
const saidAtOnce = 100;

/** Events of one reader that are read in one snapshot. */
const eventsAtOnce = 16;

/** Different things that are read in one snapshot, or a few more: replays of many readers must not hold up what is live. */
const runsAtOnce = 32;

/**
 * Makes the fan-out of a node. Readers who have events and room are listed, when the event comes; in the next turn of the event loop what is
 * listed is read in one snapshot: rights for all at once, then each selection once for each event, whatever the number of readers. What was
 * read is sent in the turn in which the snapshot ends, so a frame shows one moment that is just over; for whom there is no room by then, it is
 * read again. Where there are thousands of readers, time goes into touching what belongs to each: that is done twice, when listing and when sending.
 */
export function createFanOut({ snapshot, snapshotsAtOnce, limits, onRetry, onUndeclared, onOver, presenter }: FanOutOptions): FanOut {
  let filling = emptyBatch<Reader>();
  let full: Batch<Reader>[] = [];
  const shapes = new Map<string, Shape>();
  /** Faults that were said, and when. */
  const said = new Map<string, number>();
  let open = 0;
  let scheduled = false;

  const schedule = () => {
    if (scheduled || open >= snapshotsAtOnce || (full.length === 0 && filling.readers.length === 0)) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      serve();
    });
  };

  const serve = () => {
    if (filling.readers.length > 0) turnOver();
    const batches = full;
    full = batches.splice(Math.max(0, snapshotsAtOnce - open));
    for (const batch of batches) void read(batch);
  };

  const turnOver = () => {
    full.push(filling);
    filling = emptyBatch();
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
    const { feed, outlet } = reader;
    if (isOver(reader)) return;
    if (feed.waiting.length === 0) {
      reader.state = 'IDLE';
      if (feed.end) end(reader, feed.end);
      return;
    }
    if (!outlet.hasRoom()) {
      reader.state = 'WAITING';
      outlet.onRoom(() => list(reader));
      return;
    }
    reader.state = 'LISTED';
    reader.batch = filling;
    filling.readers.push(reader);
    listMore(reader);
    schedule();
  };

  const listMore = (reader: Reader) => {
    const { waiting } = reader.feed;
    while (reader.listed < waiting.length && reader.listed < eventsAtOnce && filling.runs < runsAtOnce) {
      addTo(filling, reader, sourceOf(waiting[reader.listed]));
      reader.listed += 1;
    }
    if (filling.runs >= runsAtOnce) turnOver();
  };

  const unlist = (reader: Reader) => {
    reader.batch = null;
    reader.listed = 0;
  };

  const read = async (batch: Batch<Reader>): Promise<void> => {
    open += 1;
    let reading: Reading;
    try {
      reading = await snapshot((tx) => readBatch(tx, batch, { presenter, limits, onUndeclared, onFault: fault }));
    } catch (error) {
      const { readers } = batch;
      // Ending the streams here would leave stock clients without them: they do not subscribe again after an error.
      if (error instanceof AppError && error.code === 'UNAVAILABLE') {
        onRetry(error);
        for (const reader of readers) readAgain(reader);
      } else for (const reader of readers) readApart(reader, readers.length, error);
      return;
    } finally {
      open -= 1;
      schedule();
    }
    for (const reader of batch.readers) send(reader, reading);
  };

  /** A fault of ours is the matter of one event: it is found by reading one reader's alone, and then only the oldest, which is left out at last. */
  const readApart = (reader: Reader, together: number, error: unknown) => {
    if (isOver(reader)) return;
    if (together > 1 || reader.listed > 1) {
      if (together === 1) reader.listed = 1;
      full.push(batchOf(reader));
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
    reader.retryMs = Math.min(reader.retryMs * 2, retry.mostMs);
  };

  const send = (reader: Reader, reading: Reading) => {
    const { feed, outlet, listed } = reader;
    let done = 0;
    for (; done < listed && !isOver(reader); done += 1) {
      if (!outlet.hasRoom()) break;
      const event = sourceOf(feed.waiting[done]);
      const shown = reading(reader, event);
      if (shown !== null) outlet.next(joinPieces(shown, event.position));
    }
    reader.retryMs = retry.firstMs;
    unlist(reader);
    feed.drop(done);
    list(reader);
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

  const served: Served = { hear, end };

  return {
    async open({ args, context, outlet, cost }) {
      const source = await createSourceEventStream({ ...args, contextValue: context });
      if (!(Symbol.asyncIterator in source)) return presenter.presentResult(source, { args, context });
      const { viewer } = context;
      if (!viewer) throw new Error('a subscription without a session');
      const feed = isFeed(source) ? source : feedOf(source[Symbol.asyncIterator]());
      const reader = new Reader(served, { args, context, outlet, cost }, feed, enter(selectionOf(args, context.locale)), viewer);
      feed.onNews(reader);
      hear(reader);
      return reader;
    },
  };
}

/** What readers ask of their fan-out: one object for all of them. */
interface Served {
  hear(reader: Reader): void;
  end(reader: Reader, how: FeedEnd): void;
}

/** A class, and the silence and the listener of its own feed, because there is one for each subscription. */
class Reader implements Subscription, BatchReader, NewsListener, Silence {
  readonly args: ValidatedSubscriptionArgs;
  readonly context: Context;
  readonly outlet: Outlet;
  readonly cost: number;
  readonly feed: Feed<unknown>;
  readonly shape: Shape;
  readonly viewer: Viewer;
  /** WAITING for room, or for the database. */
  state: 'IDLE' | 'LISTED' | 'WAITING' | 'OVER' = 'IDLE';
  /** What it is listed in: that is to be read, or is being read. */
  batch: Batch<Reader> | null = null;
  listed = 0;
  retryMs: number = retry.firstMs;
  private readonly served: Served;
  private ended: FeedEnd | null = null;
  private waiting: Promise<IteratorReturnResult<undefined>> | null = null;
  private stopWaiting: ((over: IteratorReturnResult<undefined> | Promise<never>) => void) | null = null;

  constructor(served: Served, { args, context, outlet, cost }: Subscription, feed: Feed<unknown>, shape: Shape, viewer: Viewer) {
    this.served = served;
    this.args = args;
    this.context = context;
    this.outlet = outlet;
    this.cost = cost;
    this.feed = feed;
    this.shape = shape;
    this.viewer = viewer;
  }

  news() {
    this.served.hear(this);
  }

  settle(how: FeedEnd) {
    this.ended = how;
    this.stopWaiting?.(outcomeOf(how));
  }

  next(): Promise<IteratorReturnResult<undefined>> {
    if (this.ended) return Promise.resolve(outcomeOf(this.ended));
    this.waiting ??= new Promise((resolve) => {
      this.stopWaiting = resolve;
    });
    return this.waiting;
  }

  /** Whoever ends it need not wait for anything. */
  async return() {
    this.served.end(this, {});
    return { done: true, value: undefined } as const;
  }

  async throw(error: unknown): Promise<never> {
    this.served.end(this, {});
    throw error;
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  async [Symbol.asyncDispose]() {
    this.served.end(this, {});
  }
}

function outcomeOf({ error }: FeedEnd): IteratorReturnResult<undefined> | Promise<never> {
  return error === undefined ? { done: true, value: undefined } : Promise.reject(error);
}
