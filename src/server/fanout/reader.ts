import type { ValidatedSubscriptionArgs } from 'graphql';
import type { Context } from '../../graphql/context.ts';
import type { Feed, FeedEnd, NewsListener } from '../../kernel/feed.ts';
import type { Viewer } from '../../kernel/viewer.ts';
import type { Charge } from '../../platform/rate-limit.ts';
import type { Batch, BatchReader, Shape } from './batch.ts';

/** Where the frames of one subscription go. */
export interface Outlet {
  /** Whether the reader has taken enough of what it was sent to be sent more. */
  hasRoom(): boolean;
  /** Calls when there is room again, or the reader is gone. */
  onRoom(go: () => void): void;
  /** Sends the payload of one `next` message, as `bytesOf` spells it. */
  next(payload: string): void;
  /** Sends several, one after the other, as many others get them at the same time, with what is the reader's own in the gaps. */
  nextAll(payloads: Payloads, own: string): void;
}

/** The payloads of `next` messages: pieces, as `bytesOf` spells them, between which something of the reader's own stands. */
export type Payloads = readonly (readonly string[])[];

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

/** After how long, in milliseconds, events are read again that could not be read. */
export const firstRetryMs = 100;

/** Shared by all readers that have none, so never changed. */
export const none: never[] = [];

/** What readers ask of their fan-out: one object for all of them. */
export interface Served {
  hear(reader: Reader): void;
  ready(reader: Reader, round: object): boolean;
  take(reader: Reader, head: string, tails: readonly string[]): boolean;
  end(reader: Reader, how: FeedEnd): void;
}

/** A class, and the silence and the listener of its own feed, because there is one for each subscription. */
export class Reader implements Subscription, BatchReader, NewsListener, Silence {
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
  /** What was taken for what is listed, one for each. */
  charges: Charge[] = none;
  retryMs: number = firstRetryMs;
  /** With which sending of its fan-out it was sent something last. */
  sentAt = 0;
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

  ready(round: object) {
    return this.served.ready(this, round);
  }

  take(head: string, tails: readonly string[]) {
    return this.served.take(this, head, tails);
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
