import { randomUUID } from 'node:crypto';
import { createSourceEventStream, type ExecutionResult, executeSubscriptionEvent, type GraphQLError, type ValidatedSubscriptionArgs } from 'graphql';
import { type Context, contextForMany } from '../graphql/context.ts';
import type { EventSource, SharedEvent } from '../graphql/event-source.ts';
import { AppError } from '../kernel/errors.ts';
import { type Feed, type FeedEnd, feedOf, isFeed, mapFeed } from '../kernel/feed.ts';
import type { Viewer } from '../kernel/viewer.ts';
import type { Tx } from '../platform/database.ts';
import { bytesOf } from './frame-writer.ts';
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

interface Reader extends Subscription {
  readonly feed: Feed<EventSource>;
  readonly shape: Shape;
  /** Taken from the feed, and not sent yet. */
  taken: readonly EventSource[];
  state: 'IDLE' | 'READY' | 'READING' | 'OVER';
  retryMs: number;
  end(how: FeedEnd): void;
}

/** What several readers select: one object for all of them. */
interface Shape {
  readonly name: string;
  readers: number;
  /** The types of events that are run once for all of them. */
  readonly types: Set<string>;
}

/** The JSON of what one event shows, in pieces: the reader's own position stands between them. */
type Pieces = readonly string[];

/** What was read of an event for a reader: null where it is not for this one (any more), an error where it could not be read. */
type Reading = (reader: Reader, event: EventSource) => Pieces | Error | null;

/**
 * Makes the fan-out of a node. Readers who have events and room wait in one line; in the next turn of the event loop what they have is read
 * in one snapshot: rights for all at once, then each selection once for each event, whatever the number of readers. What was read is sent
 * in the turn in which the snapshot ends, so a frame shows one moment that is just over; for whom there is no room by then, it is read again.
 */
export function createFanOut({ snapshot, snapshotsAtOnce, onRetry, onUndeclared }: FanOutOptions): FanOut {
  const line = new Set<Reader>();
  const shapes = new Map<string, Shape>();
  let open = 0;
  let scheduled = false;

  const schedule = () => {
    if (scheduled || line.size === 0 || open >= snapshotsAtOnce) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      serve();
    });
  };

  const ready = (reader: Reader) => {
    if (reader.state !== 'IDLE') return;
    reader.state = 'READY';
    line.add(reader);
    schedule();
  };

  const isOver = ({ state }: Reader) => state === 'OVER';

  /** Takes what a reader has to be told. False where there is nothing, or no room. */
  const take = (reader: Reader): boolean => {
    reader.state = 'IDLE';
    if (reader.taken.length === 0) reader.taken = reader.feed.take(eventsAtOnce);
    if (reader.taken.length === 0) {
      if (reader.feed.end) reader.end(reader.feed.end);
      return false;
    }
    if (!reader.outlet.hasRoom()) {
      reader.outlet.onRoom(() => ready(reader));
      return false;
    }
    reader.state = 'READING';
    return true;
  };

  const serve = () => {
    let readers: Reader[] = [];
    let runs = new Set<unknown>();
    for (const reader of line) {
      // The rest waits until a snapshot is over.
      if (open >= snapshotsAtOnce) break;
      line.delete(reader);
      if (isOver(reader) || !take(reader)) continue;
      readers.push(reader);
      for (const event of reader.taken) runs.add(isForMany(reader, event) ? event.shared : event);
      if (runs.size < runsAtOnce) continue;
      void read(readers);
      readers = [];
      runs = new Set();
    }
    if (readers.length > 0) void read(readers);
  };

  const read = async (readers: readonly Reader[]): Promise<void> => {
    open += 1;
    try {
      const reading = await snapshot((tx) => readAll(tx, readers, onUndeclared));
      for (const reader of readers) send(reader, reading);
    } catch (error) {
      // Ending the streams here would leave stock clients without them: they do not subscribe again after an error.
      if (error instanceof AppError && error.code === 'UNAVAILABLE') {
        onRetry(error);
        for (const reader of readers) readAgain(reader);
      } else for (const reader of readers) reader.end({ error });
    } finally {
      open -= 1;
      schedule();
    }
  };

  const readAgain = (reader: Reader) => {
    setTimeout(() => {
      if (isOver(reader)) return;
      reader.state = 'IDLE';
      ready(reader);
    }, reader.retryMs);
    reader.retryMs = Math.min(reader.retryMs * 2, retry.mostMs);
  };

  const send = (reader: Reader, reading: Reading) => {
    if (isOver(reader)) return;
    reader.retryMs = retry.firstMs;
    const { taken, outlet } = reader;
    let done = 0;
    for (const event of taken) {
      if (!outlet.hasRoom()) break;
      done += 1;
      const shown = reading(reader, event);
      if (shown === null) continue;
      if (shown instanceof Error) return reader.end({ error: shown });
      outlet.next(join(shown, event.position));
    }
    reader.taken = done === taken.length ? [] : taken.slice(done);
    reader.state = 'IDLE';
    ready(reader);
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
      const { args, context, present, presentResult } = subscription;
      const source = await createSourceEventStream(args);
      if (!(Symbol.asyncIterator in source)) return presentResult(source);
      const feed = mapFeed<unknown, EventSource>(isFeed(source) ? source : feedOf(source[Symbol.asyncIterator]()), sourceOf);
      const shape = enter(selectionOf(args, context.locale));
      const over = Promise.withResolvers<IteratorReturnResult<undefined>>();
      const reader: Reader = {
        ...subscription,
        feed,
        shape,
        taken: [],
        state: 'IDLE',
        retryMs: retry.firstMs,
        end({ error }) {
          if (isOver(reader)) return;
          reader.state = 'OVER';
          reader.taken = [];
          line.delete(reader);
          leave(shape);
          feed.close();
          if (error === undefined) over.resolve({ done: true, value: undefined });
          else over.reject(present(error));
        },
      };
      feed.onReady(() => ready(reader));
      ready(reader);
      return silence(over.promise, () => reader.end({}));
    },
  };
}

/** Whether an event is run once for all who select the same. */
function isForMany({ shape }: Reader, { shared }: EventSource): boolean {
  return shared !== undefined && shape.types.has(shared.typename);
}

/** Reads, in one snapshot, all that these readers have taken: rights first. */
async function readAll(tx: Tx, readers: readonly Reader[], onUndeclared: FanOutOptions['onUndeclared']): Promise<Reading> {
  const judged = await judgeAll(tx, readers);
  const token = randomUUID();
  const forMany = new Map<Shape, Map<SharedEvent, Pieces | Error>>();
  const forOne = new Map<EventSource, Pieces | Error | null>();

  const isRefused = ({ context }: Reader, { shared }: EventSource) => shared !== undefined && !judged.get(shared)?.has(context.viewer?.userId ?? 0);

  /** What a run for many gives; null where it has asked for a viewer. */
  const runForMany = async ({ args, context, presentResult }: Reader, event: EventSource): Promise<Pieces | null> => {
    let askedForViewer = false;
    const contextValue = contextForMany(context, {
      read: (work) => work(tx),
      position: async () => token,
      onViewer: () => {
        askedForViewer = true;
      },
    });
    const result = await executeSubscriptionEvent({ ...args, rootValue: event, contextValue });
    return askedForViewer ? null : bytesOf(jsonOf(presentResult(result))).split(token);
  };

  const runForOne = async ({ args, context, presentResult }: Reader, event: EventSource): Promise<Pieces | null> => {
    if (event.prepare && !(await event.prepare(tx))) return null;
    const contextValue: Context = { ...context, read: (work) => work(tx), position: () => positionOf(event) };
    return [bytesOf(jsonOf(presentResult(await executeSubscriptionEvent({ ...args, rootValue: event, contextValue }))))];
  };

  for (const reader of readers) {
    const { shape } = reader;
    for (const event of reader.taken) {
      const { shared } = event;
      if (isRefused(reader, event)) continue;
      if (shared && isForMany(reader, event)) {
        const runs = forMany.get(shape) ?? new Map<SharedEvent, Pieces | Error>();
        forMany.set(shape, runs);
        if (runs.has(shared)) continue;
        const pieces = await attempt(() => runForMany(reader, event));
        if (pieces !== null) {
          runs.set(shared, pieces);
          continue;
        }
        shape.types.delete(shared.typename);
        onUndeclared(shape.name, shared.typename);
      }
      forOne.set(event, await attempt(() => runForOne(reader, event)));
    }
  }

  return (reader, event) => {
    if (isRefused(reader, event)) return null;
    const own = forOne.get(event);
    if (own !== undefined) return own;
    return (event.shared && forMany.get(reader.shape)?.get(event.shared)) ?? null;
  };
}

/** Who may have each event that many have. */
async function judgeAll(tx: Tx, readers: readonly Reader[]): Promise<ReadonlyMap<SharedEvent, ReadonlySet<number>>> {
  const asking = new Map<SharedEvent, Map<number, Viewer>>();
  for (const { taken, context } of readers) {
    const { viewer } = context;
    for (const { shared } of taken) {
      if (!shared || !viewer) continue;
      const viewers = asking.get(shared) ?? new Map<number, Viewer>();
      asking.set(shared, viewers.set(viewer.userId, viewer));
    }
  }
  const judged = new Map<SharedEvent, ReadonlySet<number>>();
  for (const [shared, viewers] of asking) judged.set(shared, await shared.judge(tx, [...viewers.values()]));
  return judged;
}

/** What fails for one reader fails for no other; a database that is away fails for all, and is tried again. */
async function attempt<T>(work: () => Promise<T>): Promise<T | Error> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AppError && error.code === 'UNAVAILABLE') throw error;
    return error instanceof Error ? error : new Error(String(error));
  }
}

function join(pieces: Pieces, position: string | undefined): string {
  return pieces.length === 1 ? (pieces[0] ?? '') : pieces.join(position);
}

/** The payload of a `next` message, as graphql-ws writes it. */
function jsonOf({ errors, ...rest }: ExecutionResult): string {
  return JSON.stringify(errors ? { ...rest, errors: errors.map((error) => error.toJSON()) } : rest);
}

async function positionOf({ position }: EventSource): Promise<string> {
  if (position === undefined) throw new Error('this subscription tells no position');
  return position;
}

function sourceOf(payload: unknown): EventSource {
  const isSource = (value: unknown): value is EventSource =>
    typeof value === 'object' && value !== null && (!('prepare' in value) || typeof value.prepare === 'function');
  return isSource(payload) ? payload : {};
}

/** An iteration without items. Whoever ends it need not wait for anything. */
function silence(over: Promise<IteratorReturnResult<undefined>>, onReturn: () => void): Silence {
  const leave = async () => {
    onReturn();
    return { done: true, value: undefined } as const;
  };
  const silent: Silence = {
    next: () => over,
    return: leave,
    async throw(error) {
      await leave();
      throw error;
    },
    [Symbol.asyncIterator]: () => silent,
    async [Symbol.asyncDispose]() {
      await leave();
    },
  };
  return silent;
}
