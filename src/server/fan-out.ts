import { createSourceEventStream, type ExecutionResult, type GraphQLError, type ValidatedSubscriptionArgs } from 'graphql';
import type { Context } from '../graphql/context.ts';
import { AppError } from '../kernel/errors.ts';
import { type FeedEnd, feedOf, isFeed } from '../kernel/feed.ts';
import type { Tx } from '../platform/database.ts';
import { addTo, type Batch, type BatchReader, batchOf, emptyBatch, joinPieces, type Reading, readBatch, type Shape, sourceOf } from './event-batch.ts';
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
  readonly args: ValidatedSubscriptionArgs;
  readonly context: Context;
  readonly outlet: Outlet;
  /** Makes what was thrown fit to be told. */
  readonly present: (error: unknown) => GraphQLError;
  readonly presentResult: (result: ExecutionResult) => ExecutionResult;
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
  /** Told when events could not be read and will be read again. */
  readonly onRetry: (error: AppError) => void;
  /** Told when a run for many asked for the viewer: a field lacks its `perViewer`. */
  readonly onUndeclared: (selection: string, typename: string) => void;
}

/** How long to wait before events are read again that could not be read because the database was away; doubles up to the most. */
const retry = { firstMs: 100, mostMs: 2000 } as const;

/** Events of one reader that are read in one snapshot. */
const eventsAtOnce = 16;

/** Different things that are read in one snapshot, or a few more: replays of many readers must not hold up what is live. */
const runsAtOnce = 32;

interface Reader extends Subscription, BatchReader {
  /** WAITING for room, or for the database. */
  state: 'IDLE' | 'LISTED' | 'WAITING' | 'OVER';
  /** What it is listed in: that is to be read, or is being read. */
  batch: Batch<Reader> | null;
  retryMs: number;
  readonly over: PromiseWithResolvers<IteratorReturnResult<undefined>>;
}

/**
 * Makes the fan-out of a node. Readers who have events and room are listed, when the event comes; in the next turn of the event loop what is
 * listed is read in one snapshot: rights for all at once, then each selection once for each event, whatever the number of readers. What was
 * read is sent in the turn in which the snapshot ends, so a frame shows one moment that is just over; for whom there is no room by then, it is
 * read again. Where there are thousands of readers, time goes into touching what belongs to each: that is done twice, when listing and when sending.
 */
export function createFanOut({ snapshot, snapshotsAtOnce, onRetry, onUndeclared }: FanOutOptions): FanOut {
  let filling = emptyBatch<Reader>();
  let full: Batch<Reader>[] = [];
  const shapes = new Map<string, Shape>();
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
      reading = await snapshot((tx) => readBatch(tx, batch, onUndeclared));
    } catch (error) {
      const { readers } = batch;
      // Ending the streams here would leave stock clients without them: they do not subscribe again after an error.
      if (error instanceof AppError && error.code === 'UNAVAILABLE') {
        onRetry(error);
        for (const reader of readers) readAgain(reader);
      } else if (readers.length === 1) for (const reader of readers) end(reader, { error });
      // A fault of ours with one event is not the others' matter.
      else for (const reader of readers) void read(batchOf(reader));
      return;
    } finally {
      open -= 1;
      schedule();
    }
    for (const reader of batch.readers) send(reader, reading);
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
    reader.feed.close();
    if (error === undefined) reader.over.resolve({ done: true, value: undefined });
    else reader.over.reject(reader.present(error));
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

  return {
    async open(subscription) {
      const { args, context, presentResult } = subscription;
      const source = await createSourceEventStream(args);
      if (!(Symbol.asyncIterator in source)) return presentResult(source);
      const { viewer } = context;
      if (!viewer) throw new Error('a subscription without a session');
      const feed = isFeed(source) ? source : feedOf(source[Symbol.asyncIterator]());
      const shape = enter(selectionOf(args, context.locale));
      const over = Promise.withResolvers<IteratorReturnResult<undefined>>();
      // It may fail before anybody waits for it.
      over.promise.catch(() => {});
      const reader: Reader = { ...subscription, feed, shape, viewer, state: 'IDLE', batch: null, listed: 0, retryMs: retry.firstMs, over };
      feed.onNews(() => hear(reader));
      hear(reader);
      return new SilentStream(over.promise, () => end(reader, {}));
    },
  };
}

/** A class, because there is one for each subscription. Whoever ends it need not wait for anything. */
class SilentStream implements Silence {
  private readonly over: Promise<IteratorReturnResult<undefined>>;
  private readonly onReturn: () => void;

  constructor(over: Promise<IteratorReturnResult<undefined>>, onReturn: () => void) {
    this.over = over;
    this.onReturn = onReturn;
  }

  next() {
    return this.over;
  }

  async return() {
    this.onReturn();
    return { done: true, value: undefined } as const;
  }

  async throw(error: unknown): Promise<never> {
    this.onReturn();
    throw error;
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  async [Symbol.asyncDispose]() {
    this.onReturn();
  }
}
