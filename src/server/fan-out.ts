import { randomUUID } from 'node:crypto';
import { createSourceEventStream, type ExecutionResult, executeSubscriptionEvent, type GraphQLError, type ValidatedSubscriptionArgs } from 'graphql';
import { type Context, contextForMany, type WhyForEach } from '../graphql/context.ts';
import type { EventSource, MayHave, SharedEvent } from '../graphql/event-source.ts';
import { AppError } from '../kernel/errors.ts';
import { type Feed, type FeedEnd, feedOf, isFeed } from '../kernel/feed.ts';
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
  readonly feed: Feed<unknown>;
  readonly shape: Shape;
  readonly viewer: Viewer;
  /** Taken from the feed, and not sent yet. */
  taken: readonly EventSource[];
  /** WAITING for room, READY in the line, READING in a snapshot. */
  state: 'IDLE' | 'WAITING' | 'READY' | 'READING' | 'OVER';
  /** More may wait in its feed: not all was taken, or something came while it was not idle. */
  again: boolean;
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

/** What was read of an event for a reader: null where it is not for this one (any more). */
type Reading = (reader: Reader, event: EventSource) => Pieces | null;

/**
 * Makes the fan-out of a node. Readers who have events and room wait in one line; in the next turn of the event loop what they have is read
 * in one snapshot: rights for all at once, then each selection once for each event, whatever the number of readers. What was read is sent
 * in the turn in which the snapshot ends, so a frame shows one moment that is just over; for whom there is no room by then, it is read again.
 */
export function createFanOut({ snapshot, snapshotsAtOnce, onRetry, onUndeclared }: FanOutOptions): FanOut {
  let line: Reader[] = [];
  const shapes = new Map<string, Shape>();
  let open = 0;
  let scheduled = false;

  const schedule = () => {
    if (scheduled || line.length === 0 || open >= snapshotsAtOnce) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      serve();
    });
  };

  const ready = (reader: Reader) => {
    if (reader.state !== 'IDLE') {
      reader.again = true;
      return;
    }
    reader.state = 'READY';
    line.push(reader);
    schedule();
  };

  const isOver = ({ state }: Reader) => state === 'OVER';

  /** Takes what a reader has to be told. False where there is nothing, or no room. */
  const take = (reader: Reader): boolean => {
    const { feed, outlet } = reader;
    if (reader.taken.length === 0) {
      reader.taken = sourcesOf(feed.take(eventsAtOnce));
      reader.again = reader.taken.length === eventsAtOnce;
    }
    if (reader.taken.length === 0) {
      reader.state = 'IDLE';
      if (feed.end) reader.end(feed.end);
      return false;
    }
    if (!outlet.hasRoom()) {
      reader.state = 'WAITING';
      outlet.onRoom(() => becomeIdle(reader, true));
      return false;
    }
    reader.state = 'READING';
    return true;
  };

  const becomeIdle = (reader: Reader, hasMore: boolean) => {
    if (isOver(reader)) return;
    reader.state = 'IDLE';
    if (hasMore || reader.again) ready(reader);
  };

  const serve = () => {
    const waiting = line;
    line = [];
    let readers: Reader[] = [];
    let runs = new Set<EventSource | SharedEvent>();
    for (const [index, reader] of waiting.entries()) {
      if (open >= snapshotsAtOnce) {
        // The rest waits until a snapshot is over.
        line = [...waiting.slice(index), ...line];
        break;
      }
      if (isOver(reader) || !take(reader)) continue;
      readers.push(reader);
      for (const event of reader.taken) runs.add(event.shared && isForMany(reader, event) ? event.shared : event);
      if (runs.size < runsAtOnce) continue;
      void read(readers);
      readers = [];
      runs = new Set();
    }
    if (readers.length > 0) void read(readers);
  };

  const read = async (readers: readonly Reader[]): Promise<void> => {
    open += 1;
    let reading: Reading;
    try {
      reading = await snapshot((tx) => readAll(tx, readers, onUndeclared));
    } catch (error) {
      // Ending the streams here would leave stock clients without them: they do not subscribe again after an error.
      if (error instanceof AppError && error.code === 'UNAVAILABLE') {
        onRetry(error);
        for (const reader of readers) readAgain(reader);
      } else if (readers.length === 1) for (const reader of readers) reader.end({ error });
      // A fault of ours with one event is not the others' matter.
      else for (const reader of readers) void read([reader]);
      return;
    } finally {
      open -= 1;
      schedule();
    }
    for (const reader of readers) send(reader, reading);
  };

  const readAgain = (reader: Reader) => {
    setTimeout(() => becomeIdle(reader, true), reader.retryMs);
    reader.retryMs = Math.min(reader.retryMs * 2, retry.mostMs);
  };

  const send = (reader: Reader, reading: Reading) => {
    if (isOver(reader)) return;
    reader.retryMs = retry.firstMs;
    const { taken, outlet, feed } = reader;
    let done = 0;
    for (const event of taken) {
      if (!outlet.hasRoom()) break;
      done += 1;
      const shown = reading(reader, event);
      if (shown !== null) outlet.next(join(shown, event.position));
    }
    reader.taken = done === taken.length ? nothing : taken.slice(done);
    if (done === taken.length) feed.done?.();
    becomeIdle(reader, done < taken.length || feed.end !== null);
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
      const { viewer } = context;
      if (!viewer) throw new Error('a subscription without a session');
      const feed = isFeed(source) ? source : feedOf(source[Symbol.asyncIterator]());
      const shape = enter(selectionOf(args, context.locale));
      const over = Promise.withResolvers<IteratorReturnResult<undefined>>();
      // It may fail before anybody waits for it.
      over.promise.catch(() => {});
      const reader: Reader = {
        ...subscription,
        feed,
        shape,
        viewer,
        taken: nothing,
        state: 'IDLE',
        again: false,
        retryMs: retry.firstMs,
        end({ error }) {
          if (isOver(reader)) return;
          reader.state = 'OVER';
          reader.taken = nothing;
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
  const read: Context['read'] = (work) => work(tx);
  const forMany = new Map<Shape, Map<SharedEvent, Pieces | WhyForEach>>();
  const forOne = new Map<EventSource, Pieces | null>();

  const isRefused = ({ viewer }: Reader, { shared }: EventSource) => shared !== undefined && judged.get(shared)?.(viewer) !== true;

  /** What a run for many gives, or why there can be none. */
  const runForMany = async ({ args, context, presentResult }: Reader, event: EventSource): Promise<Pieces | WhyForEach> => {
    const reasons: WhyForEach[] = [];
    const contextValue = contextForMany(context, {
      read,
      moment: tx,
      position: async () => token,
      onForEach: (why) => reasons.push(why),
    });
    const result = await executeSubscriptionEvent({ ...args, rootValue: event, contextValue });
    return reasons.at(-1) ?? bytesOf(jsonOf(presentResult(result))).split(token);
  };

  const runForOne = async ({ args, context, presentResult }: Reader, event: EventSource): Promise<Pieces | null> => {
    if (event.prepare && !(await event.prepare(tx))) return null;
    const contextValue: Context = { ...context, read, moment: tx, position: () => positionOf(event) };
    return [bytesOf(jsonOf(presentResult(await executeSubscriptionEvent({ ...args, rootValue: event, contextValue }))))];
  };

  // All at once, so that they ask the database together.
  const running: Promise<void>[] = [];
  for (const reader of readers) {
    const { shape } = reader;
    for (const event of reader.taken) {
      const { shared } = event;
      // Not for those who may not have it alone: a run reads, and has to find what it reads.
      if (!shared || !isForMany(reader, event) || isRefused(reader, event)) continue;
      const runs = forMany.get(shape) ?? new Map<SharedEvent, Pieces | WhyForEach>();
      forMany.set(shape, runs);
      if (runs.has(shared)) continue;
      runs.set(shared, 'DIFFERS');
      running.push(
        runForMany(reader, event).then((run) => {
          runs.set(shared, run);
          if (run === 'UNDECLARED' && shape.types.delete(shared.typename)) onUndeclared(shape.name, shared.typename);
        }),
      );
    }
  }
  await Promise.all(running);
  await Promise.all(
    readers.flatMap((reader) =>
      reader.taken.map(async (event) => {
        const isRun = event.shared !== undefined && typeof forMany.get(reader.shape)?.get(event.shared) === 'object';
        if (!isRun && !isRefused(reader, event)) forOne.set(event, await runForOne(reader, event));
      }),
    ),
  );

  return (reader, event) => {
    if (isRefused(reader, event)) return null;
    const own = forOne.get(event);
    if (own !== undefined) return own;
    const run = event.shared && forMany.get(reader.shape)?.get(event.shared);
    return typeof run === 'object' ? run : null;
  };
}

/** Who may have each event that many have. */
async function judgeAll(tx: Tx, readers: readonly Reader[]): Promise<ReadonlyMap<SharedEvent, MayHave>> {
  const asked = new Set<SharedEvent>();
  for (const { taken } of readers) for (const { shared } of taken) if (shared) asked.add(shared);
  const judged = new Map<SharedEvent, MayHave>();
  await Promise.all(
    [...asked].map(async (shared) => {
      const viewers = () => readers.filter(({ taken }) => taken.some((event) => event.shared === shared)).map(({ viewer }) => viewer);
      judged.set(shared, await shared.judge(tx, viewers));
    }),
  );
  return judged;
}

function join(pieces: Pieces, position = ''): string {
  let text = pieces[0] ?? '';
  for (let index = 1; index < pieces.length; index += 1) text += position + pieces[index];
  return text;
}

/** The payload of a `next` message, as graphql-ws writes it. */
function jsonOf({ errors, ...rest }: ExecutionResult): string {
  return JSON.stringify(errors ? { ...rest, errors: errors.map((error) => error.toJSON()) } : rest);
}

async function positionOf({ position }: EventSource): Promise<string> {
  if (position === undefined) throw new Error('this subscription tells no position');
  return position;
}

const nothing: readonly EventSource[] = [];

function sourcesOf(items: readonly unknown[]): readonly EventSource[] {
  return items.every(isSource) ? items : items.map((item) => (isSource(item) ? item : {}));
}

function isSource(value: unknown): value is EventSource {
  return typeof value === 'object' && value !== null && (!('prepare' in value) || typeof value.prepare === 'function');
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
