import { createSourceEventStream, type ExecutionResult, executeSubscriptionEvent, type GraphQLError, type ValidatedSubscriptionArgs } from 'graphql';
import type { Context } from '../graphql/context.ts';
import type { EventSource } from '../graphql/event-source.ts';
import { AppError } from '../kernel/errors.ts';
import type { Tx } from '../platform/database.ts';

/** What a stream of events needs from around it. */
export interface FanOut {
  readonly snapshot: <T>(work: (tx: Tx) => Promise<T>) => Promise<T>;
  /** Makes what was thrown fit to be told. */
  readonly present: (error: unknown) => GraphQLError;
  readonly presentResult: (result: ExecutionResult) => ExecutionResult;
  /** Resolves when the reader has room for a frame and no other stream makes one for it; gives what ends the turn. */
  readonly turn: () => Promise<() => void>;
  /** Told when an event could not be read and will be read again. */
  readonly onRetry: (error: AppError) => void;
}

/** How long to wait before an event is read again that could not be read because the database was away; doubles up to the second. */
const retry = { firstMs: 100, mostMs: 2000 } as const;

/**
 * Starts a subscription. Each event is executed in one snapshot of its own with a context of its own, so everything in a frame is of one
 * moment and nothing is remembered from the event before. Events are pulled: the next one is read when the frame before is out and the reader
 * has room for it, never earlier, so that nothing old waits to be written.
 * A source that fails ends the stream with the presented error; a database that is away only delays it.
 */
export async function subscribeWith(
  args: ValidatedSubscriptionArgs,
  context: Context,
  fanOut: FanOut,
): Promise<AsyncGenerator<ExecutionResult, void, void> | ExecutionResult> {
  const stream = await createSourceEventStream(args);
  if (!(Symbol.asyncIterator in stream)) return fanOut.presentResult(stream);
  const source = stream[Symbol.asyncIterator]();
  let over = false;
  // Resolves the `next` that is being waited for. Not one promise for the end of the stream, which would hold every event until then.
  let release: (end: IteratorReturnResult<undefined>) => void = () => {};
  let endTurn = () => {};

  const finish = () => {
    if (over) return;
    over = true;
    endTurn();
    // Not awaited: a source that is an async generator returns only when its present `next` does, which may be never.
    Promise.resolve(source.return?.()).catch(() => {});
  };

  const leave = async () => {
    finish();
    const done = { done: true as const, value: undefined };
    release(done);
    return done;
  };

  const next = async (): Promise<IteratorResult<ExecutionResult, void>> => {
    // The frame before is out, or this would not be called.
    endTurn();
    try {
      while (!over) {
        const event = await source.next();
        if (event.done || over) break;
        endTurn = await fanOut.turn();
        if (over) {
          endTurn();
          break;
        }
        const result = await readEvent(event.value, args, context, fanOut, () => over);
        if (result !== null && !over) return { done: false, value: fanOut.presentResult(result) };
        endTurn();
      }
    } catch (error) {
      if (over) return await leave();
      finish();
      throw fanOut.present(error);
    }
    return await leave();
  };

  const events: AsyncGenerator<ExecutionResult, void, void> = {
    // Whoever ends the stream while an event is awaited must not wait for it.
    next: () =>
      over
        ? leave()
        : new Promise((resolve, reject) => {
            release = resolve;
            next().then(resolve, reject);
          }),
    return: leave,
    throw: async (error) => {
      await leave();
      throw error;
    },
    [Symbol.asyncIterator]: () => events,
    async [Symbol.asyncDispose]() {
      await leave();
    },
  };
  return events;
}

/** Executes the selection for one event; null where the event is not for this reader (any more). */
async function readEvent(
  payload: unknown,
  args: ValidatedSubscriptionArgs,
  context: Context,
  fanOut: FanOut,
  isOver: () => boolean,
): Promise<ExecutionResult | null> {
  const { prepare, position } = sourceOf(payload);
  for (let wait: number = retry.firstMs; ; wait = Math.min(wait * 2, retry.mostMs)) {
    try {
      return await fanOut.snapshot(async (tx) => {
        if (prepare && !(await prepare(tx))) return null;
        const contextValue: Context = { ...context, read: (work) => work(tx), position: () => positionOf(position) };
        return await executeSubscriptionEvent({ ...args, rootValue: payload, contextValue });
      });
    } catch (error) {
      if (isOver()) return null;
      // Ending the stream here would leave a stock client without one: it does not subscribe again after an error.
      if (!(error instanceof AppError && error.code === 'UNAVAILABLE')) throw error;
      fanOut.onRetry(error);
      await new Promise((resolve) => setTimeout(resolve, wait));
      if (isOver()) return null;
    }
  }
}

async function positionOf(position: string | undefined): Promise<string> {
  if (position === undefined) throw new Error('this subscription tells no position');
  return position;
}

function sourceOf(payload: unknown): EventSource {
  const isSource = (value: unknown): value is EventSource =>
    typeof value === 'object' && value !== null && (!('prepare' in value) || typeof value.prepare === 'function');
  return isSource(payload) ? payload : {};
}
